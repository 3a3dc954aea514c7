// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/core/result.hpp>
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/data/head_scanner.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/file/meta.hpp>
#include <codimse/io/file.hpp>
#include <codimse/io/source.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// A Part 10 file that is ready to be sent: what it is, and where its data set lies. Holds no
/// descriptor, so that thousands can be listed before the first is opened.
/// A value: distinct objects may be used from different threads.
struct part10_file {
  std::filesystem::path path;
  object_info info;
  std::uint64_t data_set_offset = 0;
  std::uint64_t data_set_size = 0;
  /// When the file was last written to, in nanoseconds since 1970; 0: not known.
  std::int64_t modified = 0;
};

namespace detail {

/// Reads the head of one file, more of it when the meta information is long.
class part10_examiner {
 public:
  explicit part10_examiner(std::filesystem::path path) { out_.path = std::move(path); }

  result<part10_file> examine() {
    if (auto failed = file_.open_to_read(out_.path.string())) return failed;
    if (auto failed = file_.size(size_)) return failed;
    out_.modified = file_.modified();
    auto meta = read_meta();
    if (!meta) return meta.error();
    out_.data_set_offset = meta->data_set_offset;
    out_.data_set_size = size_ - meta->data_set_offset;
    out_.info.transfer_syntax = meta->meta.transfer_syntax;
    if (out_.info.transfer_syntax.empty()) return make_error_code(errc::data_set_malformed);
    if (auto failed = scan_data_set()) return failed;
    // The data set is what is sent; the meta information only stands in for what it lacks.
    if (out_.info.sop_class.empty()) out_.info.sop_class = meta->meta.media_storage_sop_class;
    if (out_.info.sop_instance.empty())
      out_.info.sop_instance = meta->meta.media_storage_sop_instance;
    if (out_.info.sop_class.empty() || out_.info.sop_instance.empty())
      return make_error_code(errc::no_sop_instance);
    return out_;
  }

 private:
  static constexpr std::size_t first_read = 4096;

  std::error_code read_up_to(std::size_t wanted) {
    auto const old = head_.size();
    wanted = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, size_));
    if (wanted <= old) return {};
    head_.resize(wanted);
    std::array const rest{std::span{head_}.subspan(old)};
    auto const got = file_.read_at(old, rest);
    head_.resize(old + got.bytes);
    return got.error;
  }

  result<decoded_file_meta> read_meta() {
    for (std::size_t wanted = first_read;;) {
      if (auto failed = read_up_to(wanted)) return failed;
      bool const whole = head_.size() == size_;
      auto meta = decode_file_meta(head_, whole);
      if (!meta || meta->complete) return meta;
      if (whole || head_.size() < std::min<std::uint64_t>(wanted, size_))
        return make_error_code(errc::data_set_malformed);
      wanted = std::max(meta->wanted, 2 * wanted);
    }
  }

  /// Looks for what identifies the object; in a transfer syntax that is not known it stays hidden,
  /// and in a deflated data set unless `use_deflate()` was called.
  std::error_code scan_data_set() {
    auto const* const syntax = find_transfer_syntax(out_.info.transfer_syntax.view());
    if (syntax == nullptr) return {};
    std::array const wanted{tags::sop_class_uid, tags::sop_instance_uid, tags::study_instance_uid};
    head_scanner scanner{*syntax, wanted, tags::study_instance_uid};
    std::size_t const limit = 16 * 1024 * 1024;
    std::size_t at = out_.data_set_offset;
    while (true) {
      auto const state = scanner.feed(std::span{head_}.subspan(at));
      at = head_.size();
      if (state != head_state::need_more || at >= size_ || at >= limit) break;
      if (auto failed = read_up_to(4 * at)) return failed;
      if (head_.size() == at) break;
    }
    auto const uid_of = [&](tag which) {
      auto const text = scanner.text(which);
      return text ? uid::from_wire(*text) : uid{};
    };
    out_.info.sop_class = uid_of(tags::sop_class_uid);
    out_.info.sop_instance = uid_of(tags::sop_instance_uid);
    out_.info.study_instance = uid_of(tags::study_instance_uid);
    return {};
  }

  part10_file out_;
  file file_;
  std::uint64_t size_ = 0;
  std::vector<std::byte> head_;
};

}  // namespace detail

/// Looks into a file: what is it, and where is its data set? SOP Class and Instance UID are those
/// of the data set, from the meta information only where it lacks them. Fails with
/// `errc::not_a_dicom_file`, `errc::data_set_malformed`, `errc::no_sop_instance` or an error of the
/// system. Blocks.
[[nodiscard]] inline result<part10_file> examine_part10(std::filesystem::path path) {
  return detail::part10_examiner{std::move(path)}.examine();
}

/// The data set of a Part 10 file as it lies on disk, read as it is sent. A file that has
/// another length, or is another object, since it was examined, and one that is written to while it
/// is read, yield `errc::source_failed`, so that nobody gets parts of two objects as one.
/// Used by one association, on its executor.
class part10_source {
 public:
  /// Throws `codimse::error` where the file is none or cannot be read.
  explicit part10_source(std::filesystem::path const& path)
      : part10_source{checked(examine_part10(path), path)} {}
  /// Opens a file that was examined before.
  explicit part10_source(part10_file const& examined)
      : info_{examined.info}, offset_{examined.data_set_offset}, size_{examined.data_set_size} {
    if (auto failed = file_.open_to_read(examined.path.string())) throw_for(failed, examined.path);
    modified_ = file_.modified();
    if (examined.modified != 0 && examined.modified != modified_)
      other_ = !same_object(examined, examine_part10(examined.path));
  }

  [[nodiscard]] object_info const& info() const { return info_; }
  /// Size of the data set in bytes.
  [[nodiscard]] std::uint64_t size() const { return size_; }

  read_result read(pieces into) {
    if (other_) return {0, false, make_error_code(errc::source_failed)};
    std::uint64_t const left = size_ - done_;
    // Never past the size that was promised, even if the file has grown.
    cut_.clear();
    std::uint64_t wanted = 0;
    for (auto const& piece : into) {
      auto const n = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), left - wanted));
      if (wanted == left) break;
      cut_.push_back(piece.first(n));
      wanted += n;
    }
    auto const got = file_.read_at(offset_ + done_, cut_);
    if (got.error) return {0, false, got.error};
    if (got.bytes < wanted) return {0, false, make_error_code(errc::source_failed)};
    done_ += got.bytes;
    bool const last = done_ == size_;
    if (last && file_.modified() != modified_)
      return {0, false, make_error_code(errc::source_failed)};
    return {got.bytes, last, {}};
  }

 private:
  static part10_file checked(result<part10_file> examined, std::filesystem::path const& path) {
    if (!examined) throw_for(examined.error(), path);
    return *std::move(examined);
  }
  static bool same_object(part10_file const& was, result<part10_file> const& is) {
    return is && is->info.sop_class == was.info.sop_class &&
           is->info.sop_instance == was.info.sop_instance &&
           is->info.transfer_syntax == was.info.transfer_syntax &&
           is->data_set_offset == was.data_set_offset && is->data_set_size == was.data_set_size;
  }
  [[noreturn]] static void throw_for(std::error_code why, std::filesystem::path const& path) {
    throw error{why, path.string() + ": " + why.message()};
  }

  object_info info_;
  detail::file file_;
  std::uint64_t offset_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t done_ = 0;
  std::int64_t modified_ = 0;
  bool other_ = false;
  std::vector<std::span<std::byte>> cut_;
};

}  // namespace codimse::inline v0

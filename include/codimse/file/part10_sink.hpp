// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/implementation.hpp>
#include <codimse/core/outcome.hpp>
#include <codimse/file/meta.hpp>
#include <codimse/file/storage_path.hpp>
#include <codimse/io/durability.hpp>
#include <codimse/io/file.hpp>
#include <codimse/io/sink.hpp>
#include <codimse/io/temporary_file.hpp>

#include <asio/any_io_executor.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// What happens when an instance is stored that is there already.
enum class on_duplicate {
  overwrite,  ///< replaced, atomically
  keep,       ///< the old file stays; the answer is success
  refuse,     ///< the old file stays; the answer is a failure (C001)
};

struct part10_options {
  file_layout layout = file_layout::flat;
  codimse::on_duplicate duplicates = codimse::on_duplicate::overwrite;
  codimse::durability durability = codimse::durability::none;
};

/// Stores data sets as Part 10 files (PS3.10 section 7) below a folder: preamble, file meta
/// information with the negotiated transfer syntax, the data set byte for byte as received. A file
/// is written under a temporary name and gets its own when it is complete (`commit`); one that is
/// not leaves nothing behind (`discard`; `incoming_data_set::save` always calls one of them). What
/// can go wrong is answered with 0117 (no valid SOP Instance UID) or A700. What a killed process
/// leaves is removed by `remove_leftovers` when the next one starts.
///
/// With `durability`, `commit` goes in this order: the bytes are on the disk, the file gets its
/// name, its folder and the root are on the disk. The root's own name is the caller's to make
/// durable (`make_storage_folder`); where the sink has to make the root, it does that too. Where
/// the last step fails, the answer is A700 but the file, which is whole, keeps its name: to take it
/// away could take away what it has replaced, or what others were told is stored (`keep`). Sent
/// again, it is a duplicate. With `keep`, an old file that stays is made as durable first.
///
/// File calls block. Given an executor (a thread pool), they run there for objects that do not fit
/// one receive buffer, and `commit` for all objects where it waits for the disk; without, on the
/// association's own.
class part10_sink {
 public:
  explicit part10_sink(std::filesystem::path const& root, part10_options options = {},
                       std::optional<asio::any_io_executor> executor = {})
      : root_{root.string() + '/'}, options_{options}, executor_{std::move(executor)} {}

  outcome open(object_info const& object) {
    auto relative = storage_path(object, options_.layout);
    if (!relative) return {status::invalid_sop_instance, "SOP Instance UID is not a valid UID"};
    final_ = root_ + *relative;
    std::error_code exists;
    if (options_.duplicates == on_duplicate::refuse && std::filesystem::exists(final_, exists))
      return already_stored();
    auto failed = file_.create_beside(final_);
    // The folder is made when first needed; one that another sink gives up may go again meanwhile.
    for (int tries = 0; failed == std::errc::no_such_file_or_directory && tries < 8; ++tries) {
      bool made = false;
      failed = detail::make_folders(folder(), names_too(), made);
      made_folder_ = made && options_.layout == file_layout::by_study;
      if (!failed) failed = file_.create_beside(final_);
    }
    if (failed) return cannot(failed);
    meta_ = encode_file_meta(meta_of(object));
    return {};
  }

  outcome write(fragments slices) {
    if (!meta_.empty()) return write_with_meta(slices);
    if (auto const failed = file_.write(slices)) return cannot(failed);
    return {};
  }

  outcome commit() {
    if (!meta_.empty())
      if (outcome const how = write_with_meta({}); how.is_failure()) return how;
    bool const replace = options_.duplicates == on_duplicate::overwrite;
    auto failed = file_.place(final_, replace, options_.durability);
    if (failed == std::errc::file_exists) return duplicate();
    if (failed) return cannot(failed);
    made_folder_ = false;
    if (names_too()) failed = synchronize_folders();
    if (failed) return cannot(failed);
    return {};
  }

  void discard() noexcept {
    file_.discard();
    if (std::exchange(made_folder_, false)) {
      std::error_code in_use;  // by then it may hold other objects
      std::filesystem::remove(folder(), in_use);
    }
  }

  [[nodiscard]] bool wants_study_instance_uid() const {
    return options_.layout == file_layout::by_study;
  }
  [[nodiscard]] std::optional<asio::any_io_executor> executor() const { return executor_; }
  [[nodiscard]] bool commit_waits_for_disk() const {
    return options_.durability != codimse::durability::none;
  }
  /// Where the object is, or will be.
  [[nodiscard]] std::filesystem::path path() const { return final_; }

 private:
  static file_meta meta_of(object_info const& object) {
    file_meta meta;
    meta.media_storage_sop_class = object.sop_class;
    meta.media_storage_sop_instance = object.sop_instance;
    meta.transfer_syntax = object.transfer_syntax;
    meta.implementation_class = implementation_class_uid;
    meta.implementation_version_name = implementation_version_name;
    meta.source = object.calling_ae_title;
    return meta;
  }

  outcome write_with_meta(fragments slices) {
    std::vector<std::span<std::byte const>> all;
    all.reserve(slices.size() + 1);
    all.emplace_back(meta_);
    all.insert(all.end(), slices.begin(), slices.end());
    auto const failed = file_.write(all);
    meta_.clear();
    if (failed) return cannot(failed);
    return {};
  }

  [[nodiscard]] std::filesystem::path folder() const {
    return std::filesystem::path{final_}.parent_path();
  }
  [[nodiscard]] bool names_too() const {
    return options_.durability == codimse::durability::file_and_folder;
  }
  /// Both each time: another sink, or another process, may have made the folder and not have come
  /// that far yet.
  [[nodiscard]] std::error_code synchronize_folders() const {
    if (auto failed = detail::file::synchronize(folder().string())) return failed;
    if (options_.layout == file_layout::flat) return {};
    return detail::file::synchronize(root_);
  }

  outcome duplicate() {
    discard();
    if (options_.duplicates != on_duplicate::keep) return already_stored();
    std::error_code failed;
    if (commit_waits_for_disk()) failed = detail::file::synchronize(final_);
    if (!failed && names_too()) failed = synchronize_folders();
    if (failed) return cannot(failed);
    return {};
  }
  static outcome already_stored() { return {status{0xC001}, "SOP Instance is already stored"}; }
  static outcome cannot(std::error_code const& why) {
    return {status::out_of_resources, "cannot store: " + why.message()};
  }

  std::string root_;  // with a slash at its end
  part10_options options_;
  std::optional<asio::any_io_executor> executor_;
  std::string final_;
  bool made_folder_ = false;
  detail::temporary_file file_;
  std::vector<std::byte> meta_;
};

}  // namespace codimse::inline v0

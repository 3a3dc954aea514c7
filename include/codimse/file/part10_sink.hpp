// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/implementation.hpp>
#include <codimse/core/outcome.hpp>
#include <codimse/file/meta.hpp>
#include <codimse/file/storage_path.hpp>
#include <codimse/io/file.hpp>
#include <codimse/io/sink.hpp>

#include <asio/any_io_executor.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <random>
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
};

/// Stores data sets as Part 10 files (PS3.10 section 7) below a folder: preamble, file meta
/// information with the negotiated transfer syntax, the data set byte for byte as received. A file
/// is written under a temporary name and gets its own when it is complete (`commit`); one that is
/// not leaves nothing behind (`discard`; `incoming_data_set::save` always calls one of them). What
/// can go wrong is answered with 0117 (no valid SOP Instance UID) or A700.
///
/// File calls block. Given an executor (a thread pool), they run there for objects that do not fit
/// one receive buffer; without, on the association's own.
class part10_sink {
 public:
  explicit part10_sink(std::filesystem::path root, part10_options options = {},
                       std::optional<asio::any_io_executor> executor = {})
      : root_{std::move(root).string() + '/'}, options_{options}, executor_{std::move(executor)} {}

  outcome open(object_info const& object) {
    auto relative = storage_path(object, options_.layout);
    if (!relative) return {status::invalid_sop_instance, "SOP Instance UID is not a valid UID"};
    final_ = root_ + *relative;
    std::error_code exists;
    if (options_.duplicates == on_duplicate::refuse && std::filesystem::exists(final_, exists))
      return already_stored();
    std::string const folder = final_.substr(0, final_.rfind('/') + 1);
    temporary_ = folder + temporary_name();
    auto failed = file_.create(temporary_);
    // The folder is made when first needed; one that another sink gives up may go again meanwhile.
    for (int tries = 0; failed == std::errc::no_such_file_or_directory && tries < 8; ++tries) {
      std::error_code cannot_make;
      bool const made = std::filesystem::create_directories(folder, cannot_make);
      made_folder_ = made && options_.layout == file_layout::by_study;
      failed = cannot_make ? cannot_make : file_.create(temporary_);
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
    if (auto const failed = file_.close()) return cannot(failed);
    std::error_code failed;
    if (options_.duplicates == on_duplicate::overwrite)
      failed = detail::file::replace(temporary_, final_);
    else failed = detail::file::claim(temporary_, final_);
    if (failed == std::errc::file_exists) return duplicate();
    if (failed) return cannot(failed);
    temporary_.clear();
    made_folder_ = false;
    return {};
  }

  void discard() noexcept {
    static_cast<void>(file_.close());
    if (!temporary_.empty()) detail::file::remove(temporary_);
    if (std::exchange(made_folder_, false)) {
      std::error_code in_use;  // by then it may hold other objects
      std::filesystem::remove(std::filesystem::path{final_}.parent_path(), in_use);
    }
    temporary_.clear();
  }

  [[nodiscard]] bool wants_study_instance_uid() const {
    return options_.layout == file_layout::by_study;
  }
  [[nodiscard]] std::optional<asio::any_io_executor> executor() const { return executor_; }
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

  /// Unique among the processes and threads that may share the folder.
  static std::string temporary_name() {
    static std::uint64_t const process =
        (std::uint64_t{std::random_device{}()} << 32U) ^ std::random_device{}();
    static std::atomic<std::uint64_t> counter{0};
    return "." + std::to_string(process) + "." + std::to_string(++counter) + ".part";
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

  outcome duplicate() {
    bool const keep = options_.duplicates == on_duplicate::keep;
    discard();
    return keep ? outcome{} : already_stored();
  }
  static outcome already_stored() { return {status{0xC001}, "SOP Instance is already stored"}; }
  static outcome cannot(std::error_code const& why) {
    return {status::out_of_resources, "cannot store: " + why.message()};
  }

  std::string root_;  // with a slash at its end
  part10_options options_;
  std::optional<asio::any_io_executor> executor_;
  std::string final_;
  std::string temporary_;
  bool made_folder_ = false;
  detail::file file_;
  std::vector<std::byte> meta_;
};

}  // namespace codimse::inline v0

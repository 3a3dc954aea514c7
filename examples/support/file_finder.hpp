// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "support/delivery_report.hpp"
#include "support/program.hpp"
#include <codimse/core/uid.hpp>
#include <codimse/file/part10_source.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace program {

/// Finds the files to send. What cannot be sent is a failure where it was asked for by name, and is
/// skipped where it was met in a directory. What the report says was acknowledged is left out.
class file_finder {
 public:
  /// `report`: nullptr where nobody wants one.
  file_finder(command_line& line, delivery_report* report) : line_{line}, report_{report} {}

  void add(std::filesystem::path const& path) {
    visited_.clear();
    std::error_code failed;
    auto const status = std::filesystem::status(path, failed);
    if (failed && status.type() != std::filesystem::file_type::not_found)
      fail(path, failed.message());
    else if (status.type() == std::filesystem::file_type::not_found)
      fail(path, "no such file or directory");
    else if (std::filesystem::is_directory(status)) add_directory(path);
    else add_file(path, status, true);
  }
  /// What a former run left.
  void add_rest_of_report() {
    for (auto const& path : report_->paths())
      if (!taken_.contains(path.native())) add(path);
  }

  [[nodiscard]] std::vector<codimse::part10_file> const& files() const { return files_; }
  [[nodiscard]] std::size_t failed() const { return failed_; }
  [[nodiscard]] std::size_t skipped() const { return skipped_; }
  [[nodiscard]] std::size_t acknowledged_before() const { return acknowledged_before_; }

 private:
  /// Sorted, so that the order is the same each time; each directory once, so that loops of
  /// symbolic links end.
  void add_directory(std::filesystem::path const& path) {
    std::error_code failed;
    if (!visited_.insert(std::filesystem::canonical(path, failed)).second) return;
    std::vector<std::filesystem::path> entries;
    std::filesystem::directory_iterator at{path, failed};
    for (; !failed && at != std::filesystem::directory_iterator{}; at.increment(failed))
      entries.push_back(*at);
    if (failed) return fail(path, failed.message());
    std::ranges::sort(entries);
    for (auto const& entry : entries) {
      auto const status = std::filesystem::status(entry, failed);
      if (std::filesystem::is_directory(status)) add_directory(entry);
      else add_file(entry, status, false);
    }
  }

  void add_file(std::filesystem::path const& path, std::filesystem::file_status const& status,
                bool named) {
    if (!std::filesystem::is_regular_file(status))
      return leave_out(path, "not a regular file", named);
    file_stamp stamp;
    if (report_ != nullptr) {
      if (!taken_.insert(absolute(path).native()).second) return;
      stamp = stamp_of(path);  // before the file is looked into: a later change is noticed
      if (was_acknowledged(path, stamp)) return;
    }
    auto const found = codimse::examine_part10(path);
    if (!found && found.error() == codimse::errc::not_a_dicom_file)
      leave_out(path, found.error().message(), named);
    else if (!found) fail(path, found.error().message());
    else if (found->info.sop_class == media_storage_directory)
      leave_out(path, "a DICOMDIR, which is not for sending", named);
    else if (!whole(found->info.sop_class) || !whole(found->info.sop_instance))
      fail(path, "a UID has more than 64 characters");
    else take(*found, stamp);
  }

  void take(codimse::part10_file const& file, file_stamp const& stamp) {
    auto const [first, is_new] = instances_.emplace(file.info.sop_instance.str(), files_.size());
    if (!is_new)
      line_.remark("same SOP Instance UID twice: " + shown(file.path) + " and " +
                   shown(files_[first->second].path));
    if (report_ != nullptr) report_->list(absolute(file.path), file.info.sop_instance.str(), stamp);
    files_.push_back(file);
  }
  bool was_acknowledged(std::filesystem::path const& path, file_stamp const& stamp) {
    auto const* const known = report_->find(absolute(path));
    if (known == nullptr || !known->acknowledged()) return false;
    if (known->stamp == stamp) {
      ++acknowledged_before_;
      return true;
    }
    line_.remark("changed since it was sent, so sent again: " + shown(path));
    return false;
  }

  void leave_out(std::filesystem::path const& path, std::string const& why, bool named) {
    if (named) return fail(path, why);
    line_.remark("skipped: " + shown(path) + ": " + why);
    ++skipped_;
  }
  void fail(std::filesystem::path const& path, std::string const& why) {
    if (report_ != nullptr) {
      auto const name = absolute(path);
      taken_.insert(name.native());
      auto const* const known = report_->find(name);
      bool const gone = stamp_of(path) == file_stamp{};
      if (gone && known != nullptr && known->acknowledged()) {  // what was sent may go
        ++acknowledged_before_;
        return;
      }
      report_->cannot_send(name, why);
    }
    ++failed_;
    line_.complain(shown(path) + ": " + why);
  }

  /// The one name of a file that does not depend on the working directory.
  std::filesystem::path absolute(std::filesystem::path const& path) {
    auto const folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
    if (folder != folder_) {
      std::error_code failed;
      folder_ = folder;
      canonical_folder_ = std::filesystem::canonical(folder, failed);
      if (failed) canonical_folder_ = std::filesystem::absolute(folder, failed);
    }
    return canonical_folder_ / path.filename();
  }

  /// A longer UID is not kept whole: sent, it would name another object.
  static bool whole(codimse::uid const& one) { return codimse::uid{one.view()} == one; }

  static constexpr codimse::uid media_storage_directory{"1.2.840.10008.1.3.10"};

  command_line& line_;
  delivery_report* report_;
  std::set<std::filesystem::path> visited_;
  std::set<std::string> taken_;  // absolute names; only with a report
  std::map<std::string, std::size_t> instances_;
  std::filesystem::path folder_;
  std::filesystem::path canonical_folder_;
  std::vector<codimse::part10_file> files_;
  std::size_t failed_ = 0;
  std::size_t skipped_ = 0;
  std::size_t acknowledged_before_ = 0;
};

}  // namespace program

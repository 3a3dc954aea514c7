// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/io/durability.hpp>
#include <codimse/io/file.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0::detail {

inline constexpr std::string_view temporary_prefix = ".codimse-";
inline constexpr std::string_view temporary_suffix = ".part";

/// A name that no other file in whatever folder has or had: of no thread, no process, no machine.
[[nodiscard]] inline std::string temporary_name() {
  static std::uint64_t const process =
      (std::uint64_t{std::random_device{}()} << 32U) ^ std::random_device{}();
  static std::atomic<std::uint64_t> counter{0};
  return std::string{temporary_prefix} + std::to_string(process) + '-' + std::to_string(++counter) +
         std::string{temporary_suffix};
}

/// Is it a name that `temporary_name` makes?
[[nodiscard]] inline bool is_temporary_name(std::string_view name) {
  if (!name.starts_with(temporary_prefix) || !name.ends_with(temporary_suffix)) return false;
  if (name.size() < temporary_prefix.size() + temporary_suffix.size()) return false;
  name.remove_prefix(temporary_prefix.size());
  name.remove_suffix(temporary_suffix.size());
  auto const dash = name.find('-');
  if (dash == 0 || dash == name.npos || dash + 1 == name.size()) return false;
  auto const other = name.find_first_not_of("0123456789");
  return other == dash && name.find_first_not_of("0123456789", dash + 1) == name.npos;
}

/// The folder that a path lies in, as something that can be opened.
[[nodiscard]] inline std::string folder_of(std::filesystem::path const& path) {
  auto const parent = path.parent_path();
  return parent.empty() ? "." : parent.string();
}

/// Makes a folder and those above it that are missing; with `durable`, the entry of each that it
/// made is on the disk when this returns. `made`: the last of them was not there before.
[[nodiscard]] inline std::error_code make_folders(std::filesystem::path folder, bool durable,
                                                  bool& made) {
  made = false;
  if (!folder.has_filename()) folder = folder.parent_path();  // a slash at its end
  std::vector<std::filesystem::path> missing;
  std::error_code failed;
  for (auto at = folder; !at.empty() && !std::filesystem::exists(at, failed);
       at = at.parent_path()) {
    if (failed) return failed;
    missing.push_back(at);
  }
  for (; !missing.empty(); missing.pop_back()) {
    made = std::filesystem::create_directory(missing.back(), failed);
    if (!failed && durable) failed = file::synchronize(folder_of(missing.back()));
    if (failed) return failed;
  }
  return {};
}

/// A file that is written under a temporary name beside its final one, and gets that when it is
/// complete. Whatever ends early leaves nothing behind; only a process that is killed does, and
/// `remove_leftovers` finds that.
///
/// It holds a lock (flock) from its creation until it has lost its temporary name. So whoever gets
/// the lock of such a file knows that its writer is gone, and may remove it: the system gives the
/// lock back however a process ends. Between the creation and the lock, somebody who cleans up may
/// come first; the writer then finds the file locked or without a name, and takes another one.
///
/// Used by one thread at a time. All calls block.
class temporary_file {
 public:
  temporary_file() = default;
  temporary_file(temporary_file&& other) noexcept
      : file_{std::move(other.file_)}, name_{std::exchange(other.name_, {})} {}
  temporary_file& operator=(temporary_file&& other) noexcept {
    std::swap(file_, other.file_);
    std::swap(name_, other.name_);
    return *this;
  }
  ~temporary_file() { discard(); }

  [[nodiscard]] std::error_code create_beside(std::string const& path) {
    discard();
    auto const folder = path.substr(0, path.rfind('/') + 1);
    constexpr int enough_tries = 8;
    for (int tries = 0; tries < enough_tries; ++tries) {
      auto const name = folder + temporary_name();
      auto const failed = file_.create(name);
      if (failed == std::errc::file_exists) continue;  // of a process that was forked
      if (failed) return failed;
      if (file_.lock()) {
        name_ = name;
        return {};
      }
      file::remove(name);
    }
    return std::make_error_code(std::errc::device_or_resource_busy);
  }
  [[nodiscard]] std::error_code write(std::span<std::span<std::byte const> const> pieces) {
    return file_.write(pieces);
  }

  /// Gives the file its name: in place of what has it, or not at all (`file_exists`). After an
  /// error only `discard` is left.
  [[nodiscard]] std::error_code place(std::string const& path, bool replace, durability how) {
    if (how != durability::none)
      if (auto failed = file_.synchronize()) return failed;
    // Closed before it gets its name, because that may fail too (NFS); the lock stays till after.
    auto const held = file_.duplicate();
    if (auto failed = file_.close()) return failed;
    auto failed = replace ? file::replace(name_, path) : file::claim(name_, path);
    if (failed) return failed;
    name_.clear();
    return {};
  }

  void discard() noexcept {
    if (!name_.empty()) file::remove(name_);
    static_cast<void>(file_.close());
    name_.clear();
  }

 private:
  file file_;
  std::string name_;
};

}  // namespace codimse::inline v0::detail

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/io/durability.hpp>
#include <codimse/io/file.hpp>
#include <codimse/io/temporary_file.hpp>

#include <cstddef>
#include <filesystem>
#include <system_error>

namespace codimse::inline v0 {

/// Makes a folder for `part10_sink`, and those above it that are missing; with `file_and_folder`
/// the names of all that it made are on the disk when it returns. Throws `codimse::error` with the
/// name of the folder and an error of the system. Blocks.
inline void make_storage_folder(std::filesystem::path const& root,
                                durability how = durability::none) {
  bool made = false;
  if (auto failed = detail::make_folders(root, how == durability::file_and_folder, made))
    throw error{failed, root.string() + ": " + failed.message()};
  if (!std::filesystem::is_directory(root))
    throw error{std::make_error_code(std::errc::not_a_directory), root.string() + ": no folder"};
}

namespace detail {

/// In one folder and, if `below`, in those right below it, as long as there are names `left`. What
/// goes meanwhile, or cannot be read, is passed over.
inline std::size_t remove_leftovers_in(std::filesystem::path const& folder, bool below,
                                       std::size_t& left) {
  namespace fs = std::filesystem;
  std::size_t removed = 0;
  std::error_code failed;
  for (fs::directory_iterator at{folder, failed}, end; !failed && at != end && left > 0;
       at.increment(failed)) {
    --left;
    auto const& path = at->path();
    std::error_code gone;
    if (below && at->symlink_status(gone).type() == fs::file_type::directory)
      removed += remove_leftovers_in(path, false, left);
    else if (is_temporary_name(path.filename().string()) &&
             file::remove_unless_locked(path.string()))
      ++removed;
  }
  return removed;
}

}  // namespace detail

/// Removes what killed processes left in a folder of `part10_sink` and in the folders right below
/// it (the studies): files of which only a part was received, under names that nobody takes for an
/// object. To be called when a program starts; other processes may be storing there meanwhile,
/// because what somebody is still writing is locked and stays. No symbolic link is followed below
/// `root`, and what cannot be read stays. Looks at no more than `at_most` names. Yields how
/// many files were removed. Blocks.
inline std::size_t remove_leftovers(std::filesystem::path const& root,
                                    std::size_t at_most = 10'000'000) {
  return detail::remove_leftovers_in(root, true, at_most);
}

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "archive/index.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace archive {

/// How indexing the files of a folder is watched.
class scan_callbacks {
 public:
  std::function<void(std::uint64_t done, std::uint64_t all)> progress;  ///< bytes of files
  std::function<void(std::string const&)> complain;                     ///< a file was skipped
};

struct scan_result {
  std::uint64_t added = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t skipped = 0;
};

/// Indexes the Part 10 files in a folder and below, where they lie. Files that are none, or lack
/// what an object needs, are named and skipped; so are second files of one SOP Instance. Blocks.
scan_result index_files(std::filesystem::path const& folder, object_index& index,
                        scan_callbacks const& watch);

/// Makes the index of an archive anew from its files. It takes its place when it is complete:
/// until then, the old one stays.
scan_result rebuild_index(std::filesystem::path const& folder, std::filesystem::path const& index,
                          scan_callbacks const& watch);

}  // namespace archive

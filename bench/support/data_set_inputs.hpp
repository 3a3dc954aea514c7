// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "data_sets.hpp"
#include "scratch_folder.hpp"
#include "toolkit.hpp"
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/file/part10.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <ios>
#include <string>
#include <vector>

namespace bench {

inline bytes load_bytes(std::filesystem::path const& path) {
  bytes all(std::filesystem::file_size(path));
  std::ifstream from{path, std::ios::binary};
  from.read(reinterpret_cast<char*>(all.data()), static_cast<std::streamsize>(all.size()));
  require(from.good(), "reading a file of our own");
  return all;
}

/// The files that are measured, in the page cache because they were just written, and the same in
/// memory; of the CT images only the first ones there.
class data_set_inputs {
 public:
  data_set_inputs(std::size_t files, std::size_t frames) {
    constexpr std::size_t in_memory = 100;
    auto const& syntax = codimse::transfer_syntaxes::explicit_vr_little_endian;
    for (std::size_t i = 0; i < files; ++i) {
      ct_files.push_back(folder_.path() / ("ct" + std::to_string(i) + ".dcm"));
      codimse::save_part10(ct_files.back(), make_ct(i), syntax);
      if (i < in_memory) cts.push_back(load_bytes(ct_files.back()));
    }
    enhanced_files.push_back(folder_.path() / "enhanced.dcm");
    codimse::save_part10(enhanced_files.back(), make_enhanced_ct(frames), syntax);
    enhanced.push_back(load_bytes(enhanced_files.back()));
  }

  [[nodiscard]] std::filesystem::path output() const { return folder_.path() / "written.dcm"; }

  std::vector<std::filesystem::path> ct_files, enhanced_files;
  std::vector<bytes> cts, enhanced;

 private:
  scratch_folder folder_;
};

}  // namespace bench

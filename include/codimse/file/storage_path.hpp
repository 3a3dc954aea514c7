// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/core/result.hpp>
#include <codimse/io/object_info.hpp>

#include <string>

namespace codimse::inline v0 {

/// How stored files are laid out below their root.
enum class file_layout {
  flat,      ///< {SOPInstanceUID}.dcm
  by_study,  ///< {StudyInstanceUID}/{SOPInstanceUID}.dcm, or unknown-study/ where it has none
};

/// The only function that turns what a peer sent into a path. Everything received is hostile: only
/// a valid UID (digits and dots, at most 64, PS3.5 9.1) becomes a file name, so that no path leaves
/// the root. Yields a path relative to it. `errc::invalid_uid` where the SOP Instance UID is none.
[[nodiscard]] inline result<std::string> storage_path(object_info const& object,
                                                      file_layout layout) {
  if (!object.sop_instance.valid()) return make_error_code(errc::invalid_uid);
  std::string path;
  path.reserve(2 * uid::max_size + 8);
  if (layout == file_layout::by_study) {
    path += object.study_instance.valid() ? object.study_instance.view() : "unknown-study";
    path += '/';
  }
  path += object.sop_instance.view();
  path += ".dcm";
  return path;
}

}  // namespace codimse::inline v0

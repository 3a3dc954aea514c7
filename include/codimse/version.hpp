// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string_view>

// The one place where the version is written: CMakeLists.txt reads it from here.
#define CODIMSE_VERSION_MAJOR 0
#define CODIMSE_VERSION_MINOR 1
#define CODIMSE_VERSION_PATCH 0

/// For comparisons in #if: major * 10000 + minor * 100 + patch.
#define CODIMSE_VERSION \
  (CODIMSE_VERSION_MAJOR * 10000 + CODIMSE_VERSION_MINOR * 100 + CODIMSE_VERSION_PATCH)

/// Everything of the library lives in `codimse::inline v0`, so that two incompatible versions
/// linked into one program have different symbols instead of one silent mixture. Users write
/// `codimse::` and never name `v0`; each header opens `namespace codimse::inline v0 {`.
namespace codimse::inline v0 {

inline constexpr int version_major = CODIMSE_VERSION_MAJOR;
inline constexpr int version_minor = CODIMSE_VERSION_MINOR;
inline constexpr int version_patch = CODIMSE_VERSION_PATCH;

/// "major.minor.patch", as printed by the programs' --version.
inline constexpr std::string_view version_string = "0.1.0";

}  // namespace codimse::inline v0

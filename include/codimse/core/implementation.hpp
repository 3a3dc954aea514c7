// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/uid.hpp>

#include <string_view>

namespace codimse::inline v0 {

/// Implementation Class UID of codimse (PS3.7 D.3.3.2), derived from a UUID chosen once (PS3.5
/// B.2).
inline constexpr uid implementation_class_uid{"2.25.165072877839102959893703119121575705190"};

/// Implementation Version Name, at most 16 characters.
inline constexpr std::string_view implementation_version_name = "CODIMSE_0.1.0";

}  // namespace codimse::inline v0

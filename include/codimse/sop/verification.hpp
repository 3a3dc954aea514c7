// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/sop/sop_class.hpp>

namespace codimse::inline v0::sop {

/// The Verification SOP Class (PS3.4 Annex A): C-ECHO.
inline constexpr sop_class verification{"1.2.840.10008.1.1", "Verification SOP Class",
                                        dimse_operation::c_echo};

}  // namespace codimse::inline v0::sop

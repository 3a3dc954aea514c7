// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace codimse::inline v0 {

/// Priority (0000,0700): a hint that performers need not honour (PS3.7 9.1).
namespace priority {
inline constexpr std::uint16_t medium = 0;
inline constexpr std::uint16_t high = 1;
inline constexpr std::uint16_t low = 2;
}  // namespace priority

}  // namespace codimse::inline v0

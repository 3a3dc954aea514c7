// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace codimse::inline v0 {

/// How many values an element may have (PS3.5 section 6.4): "1", "1-2", "1-n", "2-2n".
/// A value: distinct objects may be used from different threads.
struct multiplicity {
  std::uint16_t min = 1;
  std::uint16_t max = 1;   ///< 0: as many as there are (n)
  std::uint16_t step = 1;  ///< the number of values is a multiple of it: 2 of "2-2n"

  /// May an element have so many values? None is left to the attribute's type (PS3.5 7.4).
  [[nodiscard]] constexpr bool allows(std::size_t values) const {
    return values >= min && (max == 0 || values <= max) && values % step == 0;
  }

  friend constexpr bool operator==(multiplicity, multiplicity) = default;
};

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string_view>

namespace codimse::inline v0::detail {

/// The n-th of the fields at the beginning of a generated text, each of which ends with a bar.
/// Loops by hand: GCC 12 with -fsanitize=undefined cannot evaluate `find` of a literal at compile
/// time.
[[nodiscard]] constexpr std::string_view packed_field(std::string_view text, std::size_t n) {
  std::size_t first = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '|') continue;
    if (n == 0) return text.substr(first, i - first);
    --n;
    first = i + 1;
  }
  return {};
}

}  // namespace codimse::inline v0::detail

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

namespace codimse::inline v0 {

namespace detail {

template <std::size_t Size>
void reverse_each(std::span<std::byte> bytes) {
  for (std::size_t i = 0; i + Size <= bytes.size(); i += Size)
    std::reverse(bytes.data() + i, bytes.data() + i + Size);
}

}  // namespace detail

/// Turns little endian numbers of `word` bytes (`word_size` of their VR) into big endian ones, or
/// the reverse, in place. Bytes that make no whole number at the end stay as they are.
/// Any thread: no state.
inline void swap_words(std::span<std::byte> bytes, std::size_t word) {
  if (word == 2) detail::reverse_each<2>(bytes);
  else if (word == 4) detail::reverse_each<4>(bytes);
  else if (word == 8) detail::reverse_each<8>(bytes);
}

}  // namespace codimse::inline v0

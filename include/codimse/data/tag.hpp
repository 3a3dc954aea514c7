// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace codimse::inline v0 {

/// The tag of a data element: group and element number (PS3.5 section 7.1). Tags are ordered as
/// elements are in a data set. The registered ones are in `data/tags.hpp`.
/// A value: distinct objects may be used from different threads.
struct tag {
  std::uint16_t group = 0;
  std::uint16_t element = 0;

  /// From the form 0xGGGGEEEE.
  [[nodiscard]] static constexpr tag from_number(std::uint32_t number) {
    return {static_cast<std::uint16_t>(number >> 16U),
            static_cast<std::uint16_t>(number & 0xFFFFU)};
  }
  [[nodiscard]] constexpr std::uint32_t number() const {
    return static_cast<std::uint32_t>(group) << 16U | element;
  }

  /// Odd groups are private (PS3.5 7.8).
  [[nodiscard]] constexpr bool is_private() const { return (group & 1U) != 0; }
  /// (gggg,0010) to (gggg,00FF) of an odd group name who owns a block of private elements.
  [[nodiscard]] constexpr bool is_private_creator() const {
    return is_private() && element >= 0x0010 && element <= 0x00FF;
  }
  /// (gggg,0000): retired but for groups 0000 and 0002; readers drop it (PS3.5 7.2).
  [[nodiscard]] constexpr bool is_group_length() const { return element == 0; }

  friend constexpr bool operator==(tag, tag) = default;
  friend constexpr auto operator<=>(tag, tag) = default;
};

inline constexpr tag item_tag{0xFFFE, 0xE000};                   ///< starts an item (PS3.5 7.5)
inline constexpr tag item_delimitation_tag{0xFFFE, 0xE00D};      ///< ends one of undefined length
inline constexpr tag sequence_delimitation_tag{0xFFFE, 0xE0DD};  ///< ends such a sequence

/// "(gggg,eeee)" in upper-case hexadecimal.
[[nodiscard]] inline std::string to_string(tag at) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string text = "(0000,0000)";
  auto const number = at.number();
  for (unsigned i = 0; i < 8; ++i)
    text[i < 4 ? 1 + i : 2 + i] = digits[number >> (28 - 4 * i) & 0xFU];
  return text;
}

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/utf8.hpp>
#include <codimse/data/code_table.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace codimse::inline v0::detail {

/// GBK and GB18030: ASCII, two bytes (81H to FEH, then 40H to FEH), and in GB18030 four (81H to FEH
/// and 30H to 39H, twice). Codes count the pairs first, then the fours that stand for the BMP;
/// the fours of the other planes follow a formula.
namespace gb {
inline constexpr std::uint32_t row = 0xFE - 0x40 + 1;
inline constexpr std::uint32_t pairs = (0xFE - 0x81 + 1) * row;
inline constexpr std::uint32_t bmp_fours = 39420;
inline constexpr std::uint32_t first_other_plane = 189000;  // 90H 30H 81H 30H is U+10000

/// Bytes of a four, counted from 81H 30H 81H 30H.
[[nodiscard]] inline std::string four_bytes(std::uint32_t number) {
  return {to_char(0x81 + number / 12600), to_char(0x30 + number / 1260 % 10),
          to_char(0x81 + number / 10 % 126), to_char(0x30 + number % 10)};
}

[[nodiscard]] inline std::string bytes_of(std::uint32_t code) {
  if (code >= pairs) return four_bytes(code - pairs);
  return {to_char(0x81 + code / row), to_char(0x40 + code % row)};
}

[[nodiscard]] inline code_table const& gbk_table() {
  static auto const table = code_table::from_system("GBK", pairs, bytes_of);
  return table;
}

[[nodiscard]] inline code_table const& gb18030_table() {
  static auto const table = code_table::from_system("GB18030", pairs + bmp_fours, bytes_of);
  return table;
}

[[nodiscard]] constexpr bool is_lead(unsigned byte) { return byte >= 0x81 && byte <= 0xFE; }
[[nodiscard]] constexpr bool is_digit(unsigned byte) { return byte >= 0x30 && byte <= 0x39; }
}  // namespace gb

/// Reads one character of GBK or GB18030. `bytes` is not empty. A byte that does not begin a
/// character is one bad character; an ASCII byte behind it is never lost.
[[nodiscard]] inline read_character read_gb(std::string_view bytes, code_table const& table) {
  auto const at = [&](std::size_t i) { return i < bytes.size() ? to_unsigned(bytes[i]) : 0U; };
  auto const found = [](char32_t value, std::size_t length) {
    return value != 0 ? read_character{value, length, true} : read_character{};
  };
  if (at(0) < 0x80) return {at(0), 1, true};
  if (!gb::is_lead(at(0))) return {};
  if (at(1) >= 0x40 && at(1) <= 0xFE) {
    auto const pair = found(table.character((at(0) - 0x81) * gb::row + at(1) - 0x40), 2);
    return pair.valid || at(1) < 0x80 ? pair : read_character{replacement_character, 2, false};
  }
  if (!gb::is_digit(at(1)) || !gb::is_lead(at(2)) || !gb::is_digit(at(3))) return {};
  auto const number =
      (((at(0) - 0x81) * 10 + at(1) - 0x30) * 126 + at(2) - 0x81) * 10 + at(3) - 0x30;
  if (number < gb::bmp_fours) return found(table.character(gb::pairs + number), 4);
  auto const beyond = number - gb::first_other_plane;
  bool const other_plane = number >= gb::first_other_plane && beyond <= 0xFFFFF;
  // GBK has no fours: there the lead byte alone is bad.
  bool const has_fours = table.character(gb::pairs) != 0;
  return found(other_plane && has_fours ? 0x10000 + beyond : 0, 4);
}

/// Appends a character; false when the set does not have it.
[[nodiscard]] inline bool append_gb(std::string& out, char32_t value, code_table const& table) {
  if (value < 0x80) {
    out += to_char(value);
    return true;
  }
  bool const has_fours = table.character(gb::pairs) != 0;
  if (value > 0xFFFF) {
    if (has_fours) out += gb::four_bytes(gb::first_other_plane + (value - 0x10000));
    return has_fours;
  }
  auto const code = table.code(value);
  if (code) out += gb::bytes_of(*code);
  return code.has_value();
}

}  // namespace codimse::inline v0::detail

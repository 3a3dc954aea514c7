// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace codimse::inline v0::detail {

inline constexpr char32_t replacement_character = 0xFFFD;

constexpr unsigned to_unsigned(char byte) { return static_cast<unsigned char>(byte); }
constexpr char to_char(std::size_t byte) { return static_cast<char>(byte & 0xFFU); }

/// A character at the start of some bytes, and how many bytes it takes: at least one, so that a
/// loop makes progress on bytes that are no character.
struct read_character {
  char32_t value = replacement_character;
  std::size_t length = 1;
  bool valid = false;
};

/// Reads one character of UTF-8 (RFC 3629: no surrogates, no overlong forms). What is broken counts
/// as one bad character up to the first byte that cannot belong to it. `bytes` is not empty.
[[nodiscard]] constexpr read_character read_utf8(std::string_view bytes) {
  auto const lead = to_unsigned(bytes[0]);
  if (lead < 0x80) return {lead, 1, true};
  std::size_t const length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4) return {};
  auto value = static_cast<char32_t>(lead & (0x7FU >> length));
  for (std::size_t i = 1; i < length; ++i) {
    auto const next = i < bytes.size() ? to_unsigned(bytes[i]) : 0U;
    // The second byte is where overlong forms, surrogates and too large numbers show.
    unsigned const lowest = i > 1 ? 0x80 : lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned const highest = i > 1 ? 0xBF : lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (next < lowest || next > highest) return {replacement_character, i, false};
    value = value << 6U | (next & 0x3FU);
  }
  return {value, length, true};
}

/// Appends a character, which must be a Unicode scalar value.
inline void append_utf8(std::string& out, char32_t value) {
  if (value < 0x80) {
    out += to_char(value);
    return;
  }
  if (value < 0x800) {
    out += to_char(0xC0 | value >> 6U);
  } else {
    if (value < 0x10000) {
      out += to_char(0xE0 | value >> 12U);
    } else {
      out += to_char(0xF0 | value >> 18U);
      out += to_char(0x80 | (value >> 12U & 0x3FU));
    }
    out += to_char(0x80 | (value >> 6U & 0x3FU));
  }
  out += to_char(0x80 | (value & 0x3FU));
}

}  // namespace codimse::inline v0::detail

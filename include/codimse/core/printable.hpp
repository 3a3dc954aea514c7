// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/utf8.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace codimse::inline v0 {

namespace detail {

/// Does it do something to a terminal, or to the order of what stands beside it, instead of being
/// seen? C0 and C1 controls, line separators, and Unicode's directional formatting characters.
[[nodiscard]] constexpr bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || (c >= 0x200E && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

/// Appends so many hexadecimal digits of a number.
inline void append_hex(std::string& out, std::uint64_t number, unsigned digits) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  for (; digits > 0; --digits) out += hex[number >> (4 * (digits - 1)) & 0xFU];
}

inline void append_escaped(std::string& out, char32_t c) {
  if (c == '\n') {
    out += "\\n";
  } else if (c == '\r') {
    out += "\\r";
  } else if (c == '\t') {
    out += "\\t";
  } else {
    out += c < 0x100 ? "\\x" : "\\u";
    append_hex(out, c, c < 0x100 ? 2 : 4);
  }
}

}  // namespace detail

/// UTF-8 text that may go to a terminal or a log, on one line: control characters as \n or \x1B,
/// directional ones as \u202E, bytes that are no UTF-8 as \xFF. Backslashes stay as they are, since
/// they separate values: this is for people. At most about `limit` bytes, then "..." (0: all).
[[nodiscard]] inline std::string printable(std::string_view utf8, std::size_t limit = 0) {
  std::string out;
  while (!utf8.empty()) {
    if (limit != 0 && out.size() >= limit) return out += "...";
    auto const next = detail::read_utf8(utf8);
    if (!next.valid) {
      for (char const byte : utf8.substr(0, next.length))
        detail::append_escaped(out, detail::to_unsigned(byte));
    } else if (detail::is_control(next.value)) {
      detail::append_escaped(out, next.value);
    } else {
      out += utf8.substr(0, next.length);
    }
    utf8.remove_prefix(next.length);
  }
  return out;
}

}  // namespace codimse::inline v0

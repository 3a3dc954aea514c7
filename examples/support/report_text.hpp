// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Lines of tab separated fields that can hold any bytes: what is not printable ASCII, and '%', is
/// written as %XX.
namespace program::report_text {

inline std::string escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F && c != '%') {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 0xFU];
    }
  }
  return out;
}

/// None where the text was not made by `escaped`.
inline std::optional<std::string> unescaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return {};
    auto const high = digits.find(text[i + 1]);
    auto const low = digits.find(text[i + 2]);
    if (high == std::string_view::npos || low == std::string_view::npos) return {};
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

/// One line, its end included.
inline std::string line_of(std::vector<std::string> const& fields) {
  std::string out;
  for (auto const& field : fields) {
    if (!out.empty()) out += '\t';
    out += escaped(field);
  }
  return out += '\n';
}

/// The fields of a line; none where it is malformed.
inline std::optional<std::vector<std::string>> fields_of(std::string_view line) {
  std::vector<std::string> fields;
  for (std::size_t at = 0; at <= line.size();) {
    auto const end = std::min(line.find('\t', at), line.size());
    auto field = unescaped(line.substr(at, end - at));
    if (!field) return {};
    fields.push_back(*std::move(field));
    at = end + 1;
  }
  return fields;
}

}  // namespace program::report_text

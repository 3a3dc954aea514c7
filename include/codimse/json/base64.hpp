// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace codimse::inline v0::detail {

inline constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with padding, on one line (RFC 4648 section 4).
[[nodiscard]] inline std::string encode_base64(std::span<std::byte const> bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    auto const group = bytes.subspan(at, bytes.size() - at < 3 ? bytes.size() - at : 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8U | (i < group.size() ? std::to_integer<std::uint32_t>(group[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      out += i <= group.size() ? base64_digits[bits >> (18 - 6 * i) & 0x3FU] : '=';
  }
  return out;
}

/// The value of each character as a digit; 64 for those that are none.
[[nodiscard]] constexpr std::array<std::uint8_t, 256> base64_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(64);
  for (std::uint8_t i = 0; i < 64; ++i) values[static_cast<unsigned char>(base64_digits[i])] = i;
  return values;
}

/// The bytes; nothing where the text is not exactly what `encode_base64` writes for them.
[[nodiscard]] inline std::optional<std::vector<std::byte>> decode_base64(std::string_view text) {
  static constexpr auto values = base64_values();
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  for (; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  std::vector<std::byte> out;
  out.reserve((text.size() + padding) / 4 * 3);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (char const c : text) {
    auto const value = values[static_cast<unsigned char>(c)];
    if (value == 64) return std::nullopt;
    bits = (bits << 6U | value) & 0xFFFFU;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<std::byte>(bits >> held & 0xFFU));
  }
  // What is left of the last digit stands for nothing and must be zero.
  if ((bits & ((1U << held) - 1U)) != 0) return std::nullopt;
  return out;
}

}  // namespace codimse::inline v0::detail

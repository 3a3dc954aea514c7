// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace codimse::inline v0 {

/// A number as DS (PS3.5 6.2): the shortest text that gives it back, rounded where that takes more
/// than 16 characters. Infinities and NaN have no such text: empty.
[[nodiscard]] inline std::string decimal_string(double value) {
  if (!std::isfinite(value)) return {};
  std::array<char, 32> text{};
  auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  for (int digits = 16; end - text.data() > 16; --digits) {
    auto* const last = text.data() + text.size();
    end = std::to_chars(text.data(), last, value, std::chars_format::general, digits).ptr;
  }
  return {text.data(), end};
}

/// The number that a DS or IS value says, spaces around it trimmed before; a leading plus is
/// allowed, a decimal comma, infinities and anything behind the number are not.
[[nodiscard]] inline std::optional<double> parse_decimal(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.front() == '+') return std::nullopt;
  double value = 0;
  auto const* const end = text.data() + text.size();
  auto const [stop, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc{} || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// The same for a whole number, of up to 64 bits (IS has 32).
[[nodiscard]] inline std::optional<std::int64_t> parse_integer(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.front() == '+') return std::nullopt;
  std::int64_t value = 0;
  auto const* const end = text.data() + text.size();
  auto const [stop, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc{} || stop != end) return std::nullopt;
  return value;
}

}  // namespace codimse::inline v0

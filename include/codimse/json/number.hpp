// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/endian.hpp>
#include <codimse/core/printable.hpp>
#include <codimse/data/number_text.hpp>
#include <codimse/data/value.hpp>
#include <codimse/data/vr.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace codimse::inline v0::detail {

/// The largest magnitude up to which every whole number is one of JSON's (RFC 8259 section 6).
inline constexpr std::int64_t json_largest_integer = std::int64_t{1} << 53U;

// --- to JSON
// --------------------------------------------------------------------------------------

/// JSON has no other words for these, and the standard has none either: they are what fo-dicom and
/// others write.
[[nodiscard]] inline nlohmann::json json_of_real(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

/// The shortest decimal that gives the float back, rather than all digits of the same double.
[[nodiscard]] inline nlohmann::json json_of_float(float value) {
  if (!std::isfinite(value)) return json_of_real(value);
  std::array<char, 40> text{};
  auto const end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  double shortest = 0;
  std::from_chars(text.data(), end, shortest);
  bool const fits = std::abs(shortest) <= double{std::numeric_limits<float>::max()};
  bool const same = fits && static_cast<float>(shortest) == value;
  return same ? shortest : double{value};
}

/// 64-bit numbers beyond what every reader holds exactly are strings (PS3.18 F.2.3).
template <class T>
[[nodiscard]] nlohmann::json json_of_large(T value) {
  bool const exact = std::cmp_less_equal(value, json_largest_integer) &&
                     std::cmp_greater_equal(value, -json_largest_integer);
  if (!exact) return std::to_string(value);
  return value;
}

/// Digits between the first and the last that is no zero.
[[nodiscard]] inline std::size_t significant_digits(std::string_view decimal) {
  std::string digits;
  for (char const c : decimal.substr(0, decimal.find_first_of("eE")))
    if (c >= '0' && c <= '9') digits += c;
  auto const first = digits.find_first_not_of('0');
  if (first == std::string::npos) return 0;
  return digits.find_last_not_of('0') - first + 1;
}

/// A value of IS or DS: a number where that loses nothing, else the text (PS3.18 F.2.3).
[[nodiscard]] inline nlohmann::json json_of_decimal(vr type, std::string_view text) {
  // So many decimal digits are the same again after a double.
  constexpr std::size_t safe_digits = std::numeric_limits<double>::digits10;
  if (auto const whole = parse_integer(text)) {
    bool const exact = *whole <= json_largest_integer && *whole >= -json_largest_integer;
    if (exact) return *whole;
    return std::string{text};
  }
  auto const number = parse_decimal(text);
  bool const exact = number && significant_digits(text) <= safe_digits &&
                     (*number == 0 || std::abs(*number) > 1e-290);
  // Nor may it lose when the number becomes a DS again.
  if (!exact || parse_decimal(decimal_string(*number)) != number) return std::string{text};
  auto const whole = fitting<std::int64_t>(*number);
  if (whole && std::abs(*number) <= double{json_largest_integer}) return *whole;
  if (type == vr::is) return std::string{text};
  return *number;
}

/// One number of a value field, or an AT.
[[nodiscard]] inline nlohmann::json json_of_number(vr type, std::span<std::byte const> at) {
  switch (type) {
    case vr::us: return number_at<std::uint16_t, std::uint16_t>(at);
    case vr::ss: return number_at<std::int16_t, std::uint16_t>(at);
    case vr::ul: return number_at<std::uint32_t, std::uint32_t>(at);
    case vr::sl: return number_at<std::int32_t, std::uint32_t>(at);
    case vr::uv: return json_of_large(number_at<std::uint64_t, std::uint64_t>(at));
    case vr::sv: return json_of_large(number_at<std::int64_t, std::uint64_t>(at));
    case vr::fl: return json_of_float(number_at<float, std::uint32_t>(at));
    case vr::fd: return json_of_real(number_at<double, std::uint64_t>(at));
    default: break;
  }
  std::string name;
  append_hex(name, load_little<std::uint16_t>(at.data()), 4);
  append_hex(name, load_little<std::uint16_t>(at.data() + 2), 4);
  return name;
}

// --- from JSON
// ------------------------------------------------------------------------------------

[[nodiscard]] inline std::optional<double> parse_non_finite(std::string_view text) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (text == "NaN" || text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity" || text == "inf") return infinity;
  if (text == "-Infinity" || text == "-inf") return -infinity;
  return std::nullopt;
}

/// Appends to a value of FL or FD; false where the number is too large for a float.
[[nodiscard]] inline bool append_real(value_field& field, vr type, double value) {
  constexpr double most = std::numeric_limits<float>::max();
  bool const too_large = type == vr::fl && std::isfinite(value) && std::abs(value) > most;
  // Decimal text of the largest float may lie a little above it.
  if (too_large && std::abs(value) >= most + std::ldexp(1.0, 103)) return false;
  return append_number(field, type, too_large ? std::copysign(most, value) : value);
}

/// A number as text, as SV and UV may have it.
template <class T>
[[nodiscard]] bool append_parsed(value_field& field, vr type, std::string_view text) {
  T value = 0;
  auto const* const end = text.data() + text.size();
  auto const [stop, failed] = std::from_chars(text.data(), end, value);
  return failed == std::errc{} && stop == end && append_number(field, type, value);
}

/// Appends one number to a value of a binary VR; false where JSON has something else there, or one
/// that does not fit.
[[nodiscard]] inline bool append_json_number(value_field& field, vr type,
                                             nlohmann::json const& from) {
  bool const real = type == vr::fl || type == vr::fd;
  if (from.is_string()) {
    auto const& text = from.get_ref<std::string const&>();
    if (type == vr::uv) return append_parsed<std::uint64_t>(field, type, text);
    if (type == vr::sv) return append_parsed<std::int64_t>(field, type, text);
    auto const special = parse_non_finite(text);
    return real && special && append_real(field, type, *special);
  }
  if (!from.is_number()) return false;
  if (real) return append_real(field, type, from.get<double>());
  if (from.is_number_unsigned()) return append_number(field, type, from.get<std::uint64_t>());
  if (from.is_number_integer()) return append_number(field, type, from.get<std::int64_t>());
  return append_number(field, type, from.get<double>());
}

/// A JSON number as the text of an IS or DS.
[[nodiscard]] inline std::optional<std::string> decimal_of_json(vr type,
                                                                nlohmann::json const& from) {
  if (from.is_number_unsigned()) return std::to_string(from.get<std::uint64_t>());
  if (from.is_number_integer()) return std::to_string(from.get<std::int64_t>());
  auto const value = from.get<double>();
  if (type == vr::ds) return decimal_string(value);
  auto const whole = fitting<std::int64_t>(value);
  if (!whole) return std::nullopt;
  return std::to_string(*whole);
}

}  // namespace codimse::inline v0::detail

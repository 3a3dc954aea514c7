// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/core/result.hpp>
#include <codimse/data/date_time_types.hpp>
#include <codimse/data/element.hpp>
#include <codimse/data/value.hpp>
#include <codimse/data/vr.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// DA, TM and DT: text to values (`parse_*`), values to text (`to_text`), and so `get` and `set` of
/// data sets with `date`, `time_of_day` and `date_time`.
namespace codimse::inline v0 {

/// DA: "YYYYMMDD", and the old "YYYY.MM.DD" (PS3.5 6.2 note). Spaces at the end do not count.
[[nodiscard]] constexpr std::optional<date> parse_date(std::string_view text);
/// TM: "HH[MM[SS[.F]]]", F of 1 to 6 digits, and the old form with colons.
[[nodiscard]] constexpr std::optional<time_of_day> parse_time_of_day(std::string_view text);
/// DT: "YYYY[MM[DD[HH[MM[SS[.F]]]]]][&ZZXX]", & a sign; offsets reach from -1200 to +1400.
[[nodiscard]] constexpr std::optional<date_time> parse_date_time(std::string_view text);

namespace detail {

/// The number that so many digits, at most 9, say; -1 where that is not what stands there.
constexpr int parse_digits(std::string_view text, std::size_t count) {
  if (text.size() < count || count == 0) return -1;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

constexpr std::string_view without_padding(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
  return text;
}

/// Takes two digits off the front; false where there are none.
constexpr bool take_two(std::string_view& text, unsigned& into) {
  int const value = parse_digits(text, 2);
  if (value < 0) return false;
  into = static_cast<unsigned>(value);
  text.remove_prefix(2);
  return true;
}

/// ".F" to microseconds.
constexpr bool take_fraction(std::string_view& text, unsigned& microseconds) {
  auto const digits = text.substr(1);
  int value = digits.size() > 6 ? -1 : parse_digits(digits, digits.size());
  if (value < 0) return false;
  for (auto i = digits.size(); i < 6; ++i) value *= 10;
  microseconds = static_cast<unsigned>(value);
  text = {};
  return true;
}

/// Reads all of `text` as "HH[MM[SS[.F]]]", with that character between them if it is not 0.
constexpr bool take_time(std::string_view text, char between, time_of_day& into) {
  unsigned* const parts[] = {&into.hour, &into.minute, &into.second};
  for (unsigned i = 0; i < 3; ++i) {
    if (i > 0 && between != 0) {
      if (!text.starts_with(between)) return false;
      text.remove_prefix(1);
    }
    if (!take_two(text, *parts[i])) return false;
    into.precision = static_cast<time_precision>(static_cast<unsigned>(time_precision::hour) + i);
    if (text.empty()) return into.valid();
  }
  if (!text.starts_with('.') || !take_fraction(text, into.microsecond)) return false;
  into.precision = time_precision::fraction;
  return into.valid();
}

/// "&ZZXX" (PS3.5 6.2).
constexpr std::optional<std::chrono::minutes> parse_utc_offset(std::string_view text) {
  if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  int const hours = parse_digits(text.substr(1), 2);
  int const minutes = parse_digits(text.substr(3), 2);
  if (hours < 0 || minutes < 0 || minutes > 59) return std::nullopt;
  int const total = (hours * 60 + minutes) * (text[0] == '-' ? -1 : 1);
  if (total < -12 * 60 || total > 14 * 60) return std::nullopt;
  return std::chrono::minutes{total};
}

inline void append_digits(std::string& out, unsigned value, unsigned count) {
  auto const digits = std::to_string(value);
  if (digits.size() < count) out.append(count - digits.size(), '0');
  out += digits;
}

inline void append_date(std::string& out, date value, time_precision precision) {
  append_digits(out, static_cast<unsigned>(value.year), 4);
  if (precision >= time_precision::month) append_digits(out, value.month, 2);
  if (precision >= time_precision::day) append_digits(out, value.day, 2);
}

inline void append_time(std::string& out, time_of_day value, time_precision precision) {
  if (precision >= time_precision::hour) append_digits(out, value.hour, 2);
  if (precision >= time_precision::minute) append_digits(out, value.minute, 2);
  if (precision >= time_precision::second) append_digits(out, value.second, 2);
  if (precision < time_precision::fraction) return;
  out += '.';
  append_digits(out, value.microsecond, 6);
}

template <class T>
void require_valid(T const& value) {
  if (!value.valid()) throw error{errc::invalid_value};
}

/// One value of an element of this VR, parsed.
template <class T, class Parse>
[[nodiscard]] result<T> read_parsed(element const& from, std::size_t index, vr type, Parse parse) {
  auto const text = nth_text(from, index);
  if (!text) return text.error();
  if (from.vr() != type && from.vr() != vr::un) return make_error_code(errc::wrong_vr);
  auto const trimmed = trim_spaces(*text);
  if (trimmed.empty()) return make_error_code(errc::missing_element);
  auto const value = parse(trimmed);
  if (!value) return make_error_code(errc::invalid_value);
  return *value;
}

}  // namespace detail

constexpr std::optional<date> parse_date(std::string_view text) {
  text = detail::without_padding(text);
  bool const old = text.size() == 10 && text[4] == '.' && text[7] == '.';
  if (!old && text.size() != 8) return std::nullopt;
  int const year = detail::parse_digits(text, 4);
  int const month = detail::parse_digits(text.substr(old ? 5 : 4), 2);
  int const day = detail::parse_digits(text.substr(old ? 8 : 6), 2);
  if (year < 0 || month < 0 || day < 0) return std::nullopt;
  date const value{year, static_cast<unsigned>(month), static_cast<unsigned>(day)};
  return value.valid() ? std::optional{value} : std::nullopt;
}

constexpr std::optional<time_of_day> parse_time_of_day(std::string_view text) {
  text = detail::without_padding(text);
  bool const old = text.size() > 2 && text[2] == ':';
  time_of_day value;
  if (!detail::take_time(text, old ? ':' : '\0', value)) return std::nullopt;
  return value;
}

constexpr std::optional<date_time> parse_date_time(std::string_view text) {
  text = detail::without_padding(text);
  date_time value;
  if (auto const sign = text.find_first_of("+-"); sign != std::string_view::npos) {
    value.offset = detail::parse_utc_offset(text.substr(sign));
    if (!value.offset) return std::nullopt;
    text = text.substr(0, sign);
  }
  value.date.year = detail::parse_digits(text, 4);
  if (value.date.year < 0) return std::nullopt;
  text.remove_prefix(4);
  value.precision = time_precision::year;
  if (!text.empty()) {
    if (!detail::take_two(text, value.date.month)) return std::nullopt;
    value.precision = time_precision::month;
  }
  if (!text.empty()) {
    if (!detail::take_two(text, value.date.day)) return std::nullopt;
    value.precision = time_precision::day;
  }
  if (!text.empty()) {
    if (!detail::take_time(text, '\0', value.time)) return std::nullopt;
    value.precision = value.time.precision;
  }
  value.time.precision = time_precision::second;
  return value.valid() ? std::optional{value} : std::nullopt;
}

/// "YYYYMMDD". Throws `errc::invalid_value` for what is no day.
[[nodiscard]] inline std::string to_text(date value) {
  detail::require_valid(value);
  std::string out;
  detail::append_date(out, value, time_precision::day);
  return out;
}
/// "HH[MM[SS[.FFFFFF]]]" to its precision. Throws `errc::invalid_value` for what is no time.
[[nodiscard]] inline std::string to_text(time_of_day value) {
  detail::require_valid(value);
  std::string out;
  detail::append_time(out, value, value.precision);
  return out;
}
/// To its precision, with the offset if it has one. Throws `errc::invalid_value` for what is none.
[[nodiscard]] inline std::string to_text(date_time const& value) {
  detail::require_valid(value);
  std::string out;
  detail::append_date(out, value.date, value.precision);
  detail::append_time(out, value.time, value.precision);
  if (!value.offset) return out;
  auto const minutes = value.offset->count();
  auto const distance = static_cast<unsigned>(minutes < 0 ? -minutes : minutes);
  out += minutes < 0 ? '-' : '+';
  detail::append_digits(out, distance / 60, 2);
  detail::append_digits(out, distance % 60, 2);
  return out;
}

/// DA.
template <>
struct element_value<date> {
  [[nodiscard]] static result<date> read(element const& from, std::size_t index) {
    return detail::read_parsed<date>(from, index, vr::da, parse_date);
  }
};
/// TM.
template <>
struct element_value<time_of_day> {
  [[nodiscard]] static result<time_of_day> read(element const& from, std::size_t index) {
    return detail::read_parsed<time_of_day>(from, index, vr::tm, parse_time_of_day);
  }
};
/// DT.
template <>
struct element_value<date_time> {
  [[nodiscard]] static result<date_time> read(element const& from, std::size_t index) {
    return detail::read_parsed<date_time>(from, index, vr::dt, parse_date_time);
  }
};

}  // namespace codimse::inline v0

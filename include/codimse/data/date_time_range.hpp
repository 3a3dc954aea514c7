// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/data/date_time.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

namespace codimse::inline v0 {

/// A range of a query (PS3.4 C.2.2.2.5), both ends included; an end that is missing is open. Of an
/// end with components left out, all instants it may be are included. A value with components left
/// out stands at its first instant. A range that ends before it begins contains nothing.
/// A value: distinct objects may be used from different threads.
template <class T>
struct value_range {
  std::optional<T> from;
  std::optional<T> to;

  friend constexpr bool operator==(value_range const&, value_range const&) = default;
};
using date_range = value_range<date>;
using time_range = value_range<time_of_day>;
using date_time_range = value_range<date_time>;

[[nodiscard]] constexpr bool contains(date_range const& range, date value) {
  return (!range.from || *range.from <= value) && (!range.to || value <= *range.to);
}
/// Within one day: a range does not cross midnight (PS3.4 C.2.2.2.5.2).
[[nodiscard]] constexpr bool contains(time_range const& range, time_of_day value) {
  return (!range.from || range.from->earliest() <= value.earliest()) &&
         (!range.to || value.earliest() <= range.to->latest());
}
/// The zones are the offsets from UTC of what says none itself.
[[nodiscard]] constexpr bool contains(date_time_range const& range, date_time const& value,
                                      std::chrono::minutes zone_of_range = {},
                                      std::chrono::minutes zone_of_value = {}) {
  auto const at = value.earliest(zone_of_value);
  return (!range.from || range.from->earliest(zone_of_range) <= at) &&
         (!range.to || at <= range.to->latest(zone_of_range));
}

namespace detail {

constexpr std::string_view without_spaces(std::string_view text) {
  text = without_padding(text);
  while (text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

/// The range whose hyphen stands at `hyphen`, spaces around it allowed (PS3.4 prints them).
template <class T, class Parse>
constexpr std::optional<value_range<T>> parse_range_at(std::string_view text, std::size_t hyphen,
                                                       Parse parse) {
  auto const first = without_spaces(text.substr(0, hyphen));
  auto const second = without_spaces(text.substr(hyphen + 1));
  value_range<T> range;
  if (!first.empty()) range.from = parse(first);
  if (!second.empty()) range.to = parse(second);
  bool const bad =
      range.from.has_value() == first.empty() || range.to.has_value() == second.empty();
  if (bad || (first.empty() && second.empty())) return std::nullopt;
  return range;
}

template <class T, class Parse>
constexpr std::optional<value_range<T>> parse_range(std::string_view text, Parse parse) {
  auto const hyphen = text.find('-');
  if (hyphen == std::string_view::npos) return std::nullopt;
  return parse_range_at<T>(text, hyphen, parse);
}

constexpr bool is_ordered(date_time_range const& range) {
  return !range.from || !range.to || range.from->earliest() <= range.to->latest();
}

}  // namespace detail

/// "a-b", "a-" or "-b" with values of DA; nothing for a single value and for other text.
[[nodiscard]] constexpr std::optional<date_range> parse_date_range(std::string_view text) {
  return detail::parse_range<date>(text, parse_date);
}
/// The same with TM.
[[nodiscard]] constexpr std::optional<time_range> parse_time_range(std::string_view text) {
  return detail::parse_range<time_of_day>(text, parse_time_of_day);
}
/// The same with DT, where a hyphen may also begin an offset from UTC. What reads as one value with
/// an offset is no range ("2020-0500"); else the first hyphen that has values, or nothing, on its
/// sides divides, preferably so that the range does not end before it begins.
[[nodiscard]] constexpr std::optional<date_time_range> parse_date_time_range(
    std::string_view text) {
  text = detail::without_spaces(text);
  constexpr std::size_t longest = 64;  // two values have 52 characters, PS3.5 allows 54
  if (text.size() > longest || parse_date_time(text)) return std::nullopt;
  std::optional<date_time_range> backwards;
  for (auto at = text.find('-'); at != std::string_view::npos; at = text.find('-', at + 1)) {
    auto const range = detail::parse_range_at<date_time>(text, at, parse_date_time);
    if (range && detail::is_ordered(*range)) return range;
    if (range && !backwards) backwards = range;
  }
  return backwards;
}

}  // namespace codimse::inline v0

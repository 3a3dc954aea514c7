// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>

namespace codimse::inline v0 {

/// A value of DA (PS3.5 6.2): a day of the Gregorian calendar, years 0 to 9999.
/// A value: distinct objects may be used from different threads.
struct date {
  int year = 1;
  unsigned month = 1;
  unsigned day = 1;

  [[nodiscard]] static constexpr date from(std::chrono::year_month_day day) {
    return {int{day.year()}, unsigned{day.month()}, unsigned{day.day()}};
  }
  /// What the standard library's calendar calculates with; `ymd().ok()` when the day exists.
  [[nodiscard]] constexpr std::chrono::year_month_day ymd() const {
    return std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day};
  }
  /// Is it a day of the calendar that DA can hold?
  [[nodiscard]] constexpr bool valid() const { return year >= 0 && year <= 9999 && ymd().ok(); }

  friend constexpr bool operator==(date, date) = default;
  friend constexpr auto operator<=>(date, date) = default;
};

/// How many components of a time or a date and time are there: those behind it are unknown.
enum class time_precision : std::uint8_t {
  year,
  month,
  day,
  hour,
  minute,
  second,
  fraction  ///< exact, however many digits it had
};

/// A value of TM (PS3.5 6.2): a time of a day, without zone. Components that are not there are 0,
/// `precision` tells. Second 60 is a leap second. Ordered by the time, then by the precision:
/// "1030" and "103000" differ.
/// A value: distinct objects may be used from different threads.
struct time_of_day {
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  unsigned microsecond = 0;
  time_precision precision = time_precision::second;  ///< hour or finer

  /// The time so long after midnight, which is less than a day.
  [[nodiscard]] static constexpr time_of_day from(std::chrono::microseconds since_midnight) {
    auto const whole = static_cast<std::uint64_t>(since_midnight.count());
    auto const seconds = whole / 1'000'000;
    return {static_cast<unsigned>(seconds / 3600), static_cast<unsigned>(seconds / 60 % 60),
            static_cast<unsigned>(seconds % 60), static_cast<unsigned>(whole % 1'000'000),
            time_precision::fraction};
  }
  [[nodiscard]] constexpr bool valid() const {
    return hour < 24 && minute < 60 && second <= 60 && microsecond < 1'000'000 &&
           precision >= time_precision::hour && precision <= time_precision::fraction;
  }
  /// The first instant that this may be, since midnight.
  [[nodiscard]] constexpr std::chrono::microseconds earliest() const {
    return std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second} +
           std::chrono::microseconds{microsecond};
  }
  /// The last one: 10:59:59.999999 for "10".
  [[nodiscard]] constexpr std::chrono::microseconds latest() const;

  friend constexpr bool operator==(time_of_day, time_of_day) = default;
  friend constexpr auto operator<=>(time_of_day, time_of_day) = default;
};

/// A value of DT (PS3.5 6.2): date and time, components from the right left out (`precision` tells;
/// they then have their first value), and the offset from UTC where it is said.
/// `==` compares what is written; compare instants by `earliest` and `latest`.
/// A value: distinct objects may be used from different threads.
struct date_time {
  using instant = std::chrono::sys_time<std::chrono::microseconds>;

  codimse::date date;
  time_of_day time;  ///< its own precision does not count
  time_precision precision = time_precision::second;
  std::optional<std::chrono::minutes> offset;

  /// With microseconds, in the zone of that offset.
  [[nodiscard]] static constexpr date_time from(instant at, std::chrono::minutes offset = {}) {
    auto const there = at + offset;
    auto const day = std::chrono::floor<std::chrono::days>(there);
    return {codimse::date::from(day), time_of_day::from(there - day), time_precision::fraction,
            offset};
  }
  [[nodiscard]] constexpr bool valid() const;
  /// The first instant that this may be. `zone` is the offset where none is said.
  [[nodiscard]] constexpr instant earliest(std::chrono::minutes zone = {}) const {
    return std::chrono::sys_days{date.ymd()} + time.earliest() - offset.value_or(zone);
  }
  /// The last one: the end of December 31 for a year alone.
  [[nodiscard]] constexpr instant latest(std::chrono::minutes zone = {}) const;

  friend constexpr bool operator==(date_time const& a, date_time b) {
    b.time.precision = a.time.precision;
    return a.date == b.date && a.time == b.time && a.precision == b.precision &&
           a.offset == b.offset;
  }
};

constexpr std::chrono::microseconds time_of_day::latest() const {
  constexpr std::chrono::microseconds one{1};
  switch (precision) {
    case time_precision::hour: return earliest() + std::chrono::hours{1} - one;
    case time_precision::minute: return earliest() + std::chrono::minutes{1} - one;
    case time_precision::second: return earliest() + std::chrono::seconds{1} - one;
    default: return earliest();
  }
}

constexpr bool date_time::valid() const {
  using std::chrono::minutes;
  auto whole = time;
  whole.precision = time_precision::fraction;
  return date.valid() && whole.valid() && precision <= time_precision::fraction &&
         (!offset || (*offset >= minutes{-12 * 60} && *offset <= minutes{14 * 60}));
}

constexpr date_time::instant date_time::latest(std::chrono::minutes zone) const {
  using namespace std::chrono;
  constexpr microseconds one{1};
  auto const day = date.ymd();
  auto const last = [&](sys_days next) { return next - offset.value_or(zone) - one; };
  if (precision == time_precision::year) return last(sys_days{(day.year() + years{1}) / 1 / 1});
  if (precision == time_precision::month)
    return last(sys_days{day.year() / day.month() / std::chrono::last} + days{1});
  if (precision == time_precision::day) return last(sys_days{day} + days{1});
  auto cut = time;
  cut.precision = precision;
  return sys_days{day} + cut.latest() - offset.value_or(zone);
}

}  // namespace codimse::inline v0

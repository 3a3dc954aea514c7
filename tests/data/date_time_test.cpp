// SPDX-License-Identifier: BSL-1.0
#include <codimse/data/data_set.hpp>
#include <codimse/data/date_time_range.hpp>
#include <codimse/data/tags.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace {

using namespace codimse;
using namespace std::chrono_literals;
using p = time_precision;

constexpr tag calendar = tags::date_of_last_calibration;  // DA, VM 1-n

// --- DA -------------------------------------------------------------------------------------

static_assert(parse_date("20240229") == date{2024, 2, 29});
static_assert(parse_date("2024.02.29") == date{2024, 2, 29});
static_assert(parse_date("20240229  ") == date{2024, 2, 29});
static_assert(parse_date("00000101") == date{0, 1, 1});
static_assert(parse_date("99991231") == date{9999, 12, 31});
static_assert(!parse_date("20230229"), "no leap year");
static_assert(!parse_date("20241301"));
static_assert(!parse_date("20240100"));
static_assert(!parse_date(""));
static_assert(!parse_date("2024022"));
static_assert(!parse_date("202402290"));
static_assert(!parse_date("2024-02-29"));
static_assert(!parse_date("2024.02-29"));
static_assert(!parse_date("2024 229"));
static_assert(!parse_date("+2240229"));
static_assert(date{2024, 2, 29} < date{2024, 3, 1});
static_assert(date::from(std::chrono::sys_days{date{2024, 2, 28}.ymd()} + std::chrono::days{2}) ==
              date{2024, 3, 1});
static_assert(!date{10000, 1, 1}.valid() && !date{-1, 1, 1}.valid() && !date{2024, 4, 31}.valid());

// --- TM -------------------------------------------------------------------------------------

static_assert(parse_time_of_day("10") == time_of_day{10, 0, 0, 0, p::hour});
static_assert(parse_time_of_day("1030") == time_of_day{10, 30, 0, 0, p::minute});
static_assert(parse_time_of_day("103015") == time_of_day{10, 30, 15});
static_assert(parse_time_of_day("103015.5") == time_of_day{10, 30, 15, 500'000, p::fraction});
static_assert(parse_time_of_day("103015.000001 ") == time_of_day{10, 30, 15, 1, p::fraction});
static_assert(parse_time_of_day("10:30:15.25") == time_of_day{10, 30, 15, 250'000, p::fraction});
static_assert(parse_time_of_day("10:30") == time_of_day{10, 30, 0, 0, p::minute});
static_assert(parse_time_of_day("235960") == time_of_day{23, 59, 60}, "leap second");
static_assert(!parse_time_of_day(""));
static_assert(!parse_time_of_day("1"));
static_assert(!parse_time_of_day("103"));
static_assert(!parse_time_of_day("24"));
static_assert(!parse_time_of_day("1060"));
static_assert(!parse_time_of_day("103061"));
static_assert(!parse_time_of_day("1030.5"));
static_assert(!parse_time_of_day("103015."));
static_assert(!parse_time_of_day("103015.1234567"));
static_assert(!parse_time_of_day("103015.99999999999999999999"));
static_assert(!parse_time_of_day("10:3015"));
static_assert(!parse_time_of_day("10:30:"));
static_assert(!parse_time_of_day("103015+0100"));
static_assert(parse_time_of_day("1030")->earliest() == 10h + 30min);
static_assert(parse_time_of_day("1030")->latest() == 10h + 31min - 1us);
static_assert(parse_time_of_day("10")->latest() == 11h - 1us);
static_assert(parse_time_of_day("103015")->latest() == 10h + 30min + 16s - 1us);
static_assert(parse_time_of_day("103015.5")->latest() == 10h + 30min + 15s + 500ms);
static_assert(time_of_day::from(10h + 30min + 15s + 7us) ==
              time_of_day{10, 30, 15, 7, p::fraction});
static_assert(parse_time_of_day("1030") < parse_time_of_day("103001"));
static_assert(parse_time_of_day("1030") != parse_time_of_day("103000"));

// --- DT -------------------------------------------------------------------------------------

using instant = date_time::instant;
constexpr instant at(int year, unsigned month, unsigned day) {
  return std::chrono::sys_days{date{year, month, day}.ymd()};
}

static_assert(parse_date_time("2024")->precision == p::year);
static_assert(parse_date_time("202402")->precision == p::month);
static_assert(parse_date_time("20240229")->precision == p::day);
static_assert(parse_date_time("2024022910")->precision == p::hour);
static_assert(parse_date_time("202402291030")->precision == p::minute);
static_assert(parse_date_time("20240229103015")->precision == p::second);
static_assert(parse_date_time("20240229103015.5")->precision == p::fraction);
static_assert(parse_date_time("20240229103015.5+0130")->offset == 90min);
static_assert(parse_date_time("2024-1200")->offset == -12h);
static_assert(parse_date_time("2024+1400")->offset == 14h);
static_assert(!parse_date_time("2024-1201"));
static_assert(!parse_date_time("2024+1401"));
static_assert(!parse_date_time("2024+0160"));
static_assert(!parse_date_time("2024+01"));
static_assert(!parse_date_time("+0100"));
static_assert(!parse_date_time(""));
static_assert(!parse_date_time("202"));
static_assert(!parse_date_time("20241"));
static_assert(!parse_date_time("202413"));
static_assert(!parse_date_time("20230229"));
static_assert(!parse_date_time("2024022925"));
static_assert(!parse_date_time("20240229 1030"));
static_assert(parse_date_time("2024")->earliest() == at(2024, 1, 1));
static_assert(parse_date_time("2024")->latest() == at(2025, 1, 1) - 1us);
static_assert(parse_date_time("202402")->latest() == at(2024, 3, 1) - 1us);
static_assert(parse_date_time("20240229")->latest() == at(2024, 3, 1) - 1us);
static_assert(parse_date_time("2024022923")->latest() == at(2024, 3, 1) - 1us);
static_assert(parse_date_time("9999")->latest() == at(9999, 12, 31) + 24h - 1us);
static_assert(parse_date_time("2024022910+0200")->earliest() == at(2024, 2, 29) + 8h);
static_assert(parse_date_time("2024022910+0200")->earliest(5h) == at(2024, 2, 29) + 8h);
static_assert(parse_date_time("2024022910")->earliest(5h) == at(2024, 2, 29) + 5h);
static_assert(parse_date_time("2024-0500")->latest() == at(2025, 1, 1) + 5h - 1us);
static_assert(date_time::from(at(2024, 3, 1), -1h) ==
              parse_date_time("20240229230000.000000-0100"));

TEST(date_time, texts_come_back) {
  for (auto const* text : {"00010203", "20240229"}) EXPECT_EQ(to_text(*parse_date(text)), text);
  for (auto const* text : {"10", "1030", "103015", "103015.000250", "235960"})
    EXPECT_EQ(to_text(*parse_time_of_day(text)), text);
  for (auto const* text :
       {"2024", "202402", "20240229", "2024022910", "202402291030", "20240229103015",
        "20240229103015.500000", "2024+0000", "2024-0330", "20240229103015.000001+1400"})
    EXPECT_EQ(to_text(*parse_date_time(text)), text);
  EXPECT_EQ(to_text(*parse_date("2024.02.29")), "20240229");
  EXPECT_EQ(to_text(*parse_time_of_day("10:30:15.5")), "103015.500000");
  EXPECT_EQ(to_text(time_of_day{9, 5}), "090500");
  EXPECT_EQ(to_text(date_time{{2024, 2, 29}, {9, 5}, p::minute, {}}), "202402290905");
}

TEST(date_time, what_is_none_has_no_text) {
  EXPECT_THROW((void)to_text(date{2023, 2, 29}), error);
  EXPECT_THROW((void)to_text(date{12024, 1, 1}), error);
  EXPECT_THROW((void)to_text(time_of_day{24}), error);
  EXPECT_THROW((void)to_text(time_of_day{1, 0, 0, 0, p::day}), error);
  EXPECT_THROW((void)to_text(date_time{{2024, 1, 1}, {}, p::day, 15h}), error);
}

TEST(date_time, in_data_sets) {
  data_set set;
  set.set(tags::study_date, date{2024, 2, 29})
      .set(tags::study_time, time_of_day{10, 30, 15})
      .set(tags::acquisition_date_time, *parse_date_time("202402291030+0100"));
  EXPECT_EQ(set.text(tags::study_date), "20240229");
  EXPECT_EQ(set.text(tags::study_time), "103015");
  EXPECT_EQ(set.text(tags::acquisition_date_time), "202402291030+0100");
  EXPECT_EQ(set.get<date>(tags::study_date), (date{2024, 2, 29}));
  EXPECT_EQ(set.get<time_of_day>(tags::study_time), (time_of_day{10, 30, 15}));
  EXPECT_EQ(set.get<date_time>(tags::acquisition_date_time).offset, 1h);

  set.set(calendar, vr::da, "20240101\\2024.01.02\\");
  EXPECT_EQ(set.get<date>(calendar, 1), (date{2024, 1, 2}));
  EXPECT_EQ(set.try_get<date>(calendar, 2).error(), errc::missing_element);
  EXPECT_EQ(set.try_get<date>(calendar, 3).error(), errc::missing_element);
}

TEST(date_time, what_a_data_set_holds_instead) {
  data_set set;
  set.set(tags::study_date, "yesterday").set(tags::study_time, "").set(tags::patient_id, "1");
  EXPECT_EQ(set.try_get<date>(tags::study_date).error(), errc::invalid_value);
  EXPECT_EQ(set.try_get<time_of_day>(tags::study_time).error(), errc::missing_element);
  EXPECT_EQ(set.try_get<date>(tags::series_date).error(), errc::missing_element);
  EXPECT_EQ(set.try_get<date>(tags::patient_id).error(), errc::wrong_vr);
  EXPECT_EQ(set.try_get<date_time>(tags::study_date).error(), errc::wrong_vr);
}

// --- ranges ---------------------------------------------------------------------------------

static_assert(parse_date_range("20240101-20240131") ==
              date_range{date{2024, 1, 1}, date{2024, 1, 31}});
static_assert(parse_date_range("20240101 - 20240131 ") ==
              date_range{date{2024, 1, 1}, date{2024, 1, 31}});
static_assert(parse_date_range("20240101-") == date_range{date{2024, 1, 1}, {}});
static_assert(parse_date_range("-20240101") == date_range{{}, date{2024, 1, 1}});
static_assert(!parse_date_range("20240101"), "a single value");
static_assert(!parse_date_range("-") && !parse_date_range("") && !parse_date_range(" - "));
static_assert(!parse_date_range("20240101-x") && !parse_date_range("x-20240101"));
static_assert(!parse_date_range("20240101-20240102-20240103"));
static_assert(parse_time_range("10-1130")->to == time_of_day{11, 30, 0, 0, p::minute});
static_assert(!parse_time_range("10-25"));

constexpr date_time_range range_of(char const* from, char const* to) {
  date_time_range range;
  if (*from != 0) range.from = parse_date_time(from);
  if (*to != 0) range.to = parse_date_time(to);
  return range;
}
static_assert(parse_date_time_range("2023-2024") == range_of("2023", "2024"));
static_assert(parse_date_time_range("2023-") == range_of("2023", ""));
static_assert(parse_date_time_range("-2023") == range_of("", "2023"));
static_assert(!parse_date_time_range("2023-0500"), "an offset");
static_assert(!parse_date_time_range("2023+0500"));
static_assert(parse_date_time_range("2023-0500-") == range_of("2023-0500", ""));
static_assert(parse_date_time_range("-2023-0500") == range_of("", "2023-0500"));
static_assert(parse_date_time_range("2023-0500-2024") == range_of("2023-0500", "2024"));
static_assert(parse_date_time_range("2023-2024-0500") == range_of("2023", "2024-0500"));
static_assert(parse_date_time_range("2023-0500-2024-0500") == range_of("2023-0500", "2024-0500"));
static_assert(parse_date_time_range("2023+0100-2024+0200") == range_of("2023+0100", "2024+0200"));
static_assert(parse_date_time_range("2023-0500-1000") == range_of("2023", "0500-1000"),
              "all readings end before they begin: the first one");
static_assert(parse_date_time_range("2023-0500 - 2024") == range_of("2023-0500", "2024"));
static_assert(!parse_date_time_range("2023--2024") && !parse_date_time_range("-2023-"));
static_assert(!parse_date_time_range("----------"));

static_assert(contains(date_range{}, date{2024, 1, 1}));
static_assert(contains(*parse_time_range("10-11"), *parse_time_of_day("115959.999999")));
static_assert(!contains(*parse_time_range("10-11"), *parse_time_of_day("12")));
static_assert(contains(range_of("2023", "2024"), *parse_date_time("20241231")));
static_assert(!contains(range_of("2023", "2024"), *parse_date_time("2025")));
static_assert(contains(range_of("2024", ""), *parse_date_time("2024"), 5h, 5h));
static_assert(!contains(range_of("2024", ""), *parse_date_time("2024"), 4h, 5h));

TEST(date_time, hostile_ranges_end_soon) {
  EXPECT_FALSE(parse_date_time_range(std::string(1'000'000, '-')));
  EXPECT_FALSE(parse_date_range(std::string(1'000'000, '-')));
  EXPECT_FALSE(parse_time_of_day(std::string(1'000'000, '1')));
}

}  // namespace

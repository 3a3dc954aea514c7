// SPDX-License-Identifier: BSL-1.0
// Text of values: dates, times, ranges of them, names, UIDs. What has been read says the same when
// it is written and read again; only valid UIDs become paths.
#include "event_input.hpp"
#include <codimse/core/uid.hpp>
#include <codimse/data/date_time_range.hpp>
#include <codimse/data/person_name.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace {

using namespace codimse;
using codimse_fuzz::must;

template <class T, class Parse>
void check(std::string_view text, Parse parse) {
  auto const value = parse(text);
  if (!value) return;
  auto const again = to_text(*value);
  must(parse(again) == value && to_text(*parse(again)) == again);
}

/// A range contains its own ends, unless it ends before it begins; written, it says the same.
template <class T, class Parse>
void check_range(std::string_view text, Parse parse) {
  std::optional<value_range<T>> const range = parse(text);
  if (!range) return;
  must(range->from || range->to);
  std::string again;
  if (range->from) again = to_text(*range->from);
  again += '-';
  if (range->to) again += to_text(*range->to);
  auto const back = parse(again);
  // A year and one more before a hyphen may say an offset from UTC: then it is no range any more.
  if (!back) return;
  if (range->from && !range->to) must(contains(*range, *range->from));
  if (!range->from) must(contains(*range, *range->to));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text{reinterpret_cast<char const*>(data), size};
  check<date>(text, parse_date);
  check<time_of_day>(text, parse_time_of_day);
  check<date_time>(text, parse_date_time);
  check<person_name>(text, parse_person_name);
  check_range<date>(text, parse_date_range);
  check_range<time_of_day>(text, parse_time_range);
  check_range<date_time>(text, parse_date_time_range);
  if (auto const at = parse_date_time(text)) must(at->earliest() <= at->latest());
  auto const name = uid::from_wire(text);
  if (name.valid()) {
    must(name.view().find_first_not_of("0123456789.") == std::string_view::npos);
    must(!name.empty() && name.view().size() <= uid::max_size);
    must(name.view().find("..") == std::string_view::npos && uid::from_wire(name.view()) == name);
  }
  return 0;
}

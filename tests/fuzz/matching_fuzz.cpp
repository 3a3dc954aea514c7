// SPDX-License-Identifier: BSL-1.0
// First byte: VR; second: what was negotiated; then the key and, behind the first line feed, the
// entity's value. Nothing may throw, and what holds for all keys and values must hold.
#include <codimse/data/matching.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace codimse;

constexpr vr types[] = {vr::ae, vr::as, vr::at, vr::cs, vr::da, vr::ds, vr::dt, vr::fd,
                        vr::is, vr::lo, vr::lt, vr::ob, vr::pn, vr::sh, vr::st, vr::tm,
                        vr::uc, vr::ui, vr::ul, vr::un, vr::ur, vr::us, vr::ut};
constexpr char const* character_sets[] = {"", "ISO_IR 192", "\\ISO 2022 IR 87", "GB18030"};

void must(bool holds) {
  if (!holds) std::abort();
}

/// The data set {value}, as an element of its own or within an item.
data_set wrapped(tag at, vr type, std::string_view value, char const* terms, bool in_item) {
  data_set inner;
  inner.set_bytes(at, type, std::as_bytes(std::span{value}));
  if (!in_item) {
    if (*terms != 0) inner.set(tags::specific_character_set, terms);
    return inner;
  }
  data_set outer;
  if (*terms != 0) outer.set(tags::specific_character_set, terms);
  outer.add_item(tags::request_attributes_sequence, inner);
  return outer;
}

/// Dates and times: what has a text is read again as the same.
template <class T, class Parse>
void must_come_back(std::string_view text, Parse parse) {
  if (auto const value = parse(text)) must(parse(to_text(*value)) == value);
}

void check_values(std::string_view text) {
  must_come_back<date>(text, parse_date);
  must_come_back<time_of_day>(text, parse_time_of_day);
  must_come_back<date_time>(text, parse_date_time);
  must_come_back<person_name>(text, parse_person_name);
  if (auto const moment = parse_date_time(text)) must(moment->earliest() <= moment->latest());
  must(fold_case(fold_case(text)) == fold_case(text));
  must(matches_wildcard("*", text) && matches_wildcard(text, text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 2) return 0;
  auto const type = types[data[0] % std::size(types)];
  auto const flags = data[1];
  std::string_view const text{reinterpret_cast<char const*>(data) + 2, size - 2};
  auto const end = text.find('\n');
  auto const key = text.substr(0, end);
  auto const value = end == text.npos ? std::string_view{} : text.substr(end + 1);

  matching_options options;
  options.case_sensitive_names = (flags & 1U) != 0;
  options.combined_date_time = (flags & 2U) != 0;
  options.empty_value_matching = (flags & 4U) != 0;
  options.multiple_value_matching = (flags & 8U) != 0;
  options.timezone_adjustment = (flags & 16U) != 0;
  bool const in_item = (flags & 32U) != 0;
  auto const* const terms = character_sets[flags >> 6U];

  // A date whose time stands in the same data set, so that both may be combined.
  auto const at = type == vr::tm ? tags::study_time : tags::study_date;
  auto identifier = wrapped(at, type, key, terms, in_item);
  auto entity = wrapped(at, type, value, terms, in_item);
  if (!in_item && at == tags::study_date) {
    identifier.set(tags::study_time, "1000-1800").set(tags::timezone_offset_from_utc, "-0500");
    entity.set(tags::study_time, "1200");
  }
  (void)matches(identifier, entity, options);

  data_set everything = wrapped(at, type, {}, terms, in_item);
  must(matches(everything, entity, options) && matches(everything, data_set{}, options));
  auto const response = select_requested(identifier, entity);
  must(matches(identifier, response, options) == matches(identifier, entity, options));
  check_values(key);
  check_values(value);
  return 0;
}

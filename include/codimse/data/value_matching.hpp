// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/data/date_time_range.hpp>
#include <codimse/data/element.hpp>
#include <codimse/data/matching_type.hpp>
#include <codimse/data/number_text.hpp>
#include <codimse/data/text_matching.hpp>
#include <codimse/data/value.hpp>
#include <codimse/data/vr.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

/// Matching of the values of one element (PS3.4 C.2.2.2): texts in UTF-8 and binary values.
namespace codimse::inline v0::detail {

/// Offsets from UTC of what says none itself, in the identifier and in the entity.
struct matching_zones {
  std::chrono::minutes key{0};
  std::chrono::minutes entity{0};
};

/// Calls `test` with each value until one yields true.
template <class Test>
bool some_value(std::string_view text, vr type, Test test) {
  if (is_single_text(type)) return test(significant(text, type));
  while (true) {
    auto const end = text.find('\\');
    if (test(significant(text.substr(0, end), type))) return true;
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
}

/// A range, or a single value as the range of all instants it may be. A key that is neither is
/// compared as plain text.
template <class ParseRange, class Parse, class... Zones>
bool matches_moment(std::string_view key, std::string_view value, ParseRange parse_range,
                    Parse parse, Zones... zones) {
  auto range = parse_range(key);
  if (!range)
    if (auto const single = parse(key)) range.emplace(single, single);
  if (!range) return key == value;
  auto const moment = parse(value);
  return moment && contains(*range, *moment, zones...);
}

inline bool matches_number(std::string_view key, std::string_view value) {
  auto const a = parse_decimal(key);
  auto const b = parse_decimal(value);
  return a && b ? *a == *b : key == value;
}

/// One value of a key against one of the entity; both without padding, neither empty.
inline bool matches_value(std::string_view key, std::string_view value, vr type,
                          matching_zones zones, matching_options const& options) {
  switch (type) {
    case vr::pn: return matches_name(key, value, options.case_sensitive_names);
    case vr::da: return matches_moment(key, value, parse_date_range, parse_date);
    case vr::tm: return matches_moment(key, value, parse_time_range, parse_time_of_day);
    case vr::dt:
      return matches_moment(key, value, parse_date_time_range, parse_date_time, zones.key,
                            zones.entity);
    case vr::ds:
    case vr::is: return matches_number(key, value);
    default: return has_wildcards(type) ? matches_wildcard(key, value) : key == value;
  }
}

/// The same values in the same order.
inline bool same_values(std::string_view key, std::string_view values, vr type) {
  bool equal = true;
  bool more = true;
  some_value(key, type, [&](std::string_view wanted) {
    auto const end = is_single_text(type) ? std::string_view::npos : values.find('\\');
    equal = more && wanted == significant(values.substr(0, end), type);
    more = end != std::string_view::npos;
    values.remove_prefix(more ? end + 1 : values.size());
    return !equal;
  });
  return equal && !more;
}

/// Both lists may be long. The entity's is sorted: it mostly has one UID, and the key of a hostile
/// request millions, which would be sorted for each entity.
inline bool matches_uid_list(std::string_view key, std::string_view values) {
  std::vector<std::string_view> there;
  some_value(values, vr::ui, [&](std::string_view one) {
    if (!one.empty()) there.push_back(one);
    return false;
  });
  std::ranges::sort(there);
  return some_value(key, vr::ui, [&](std::string_view wanted) {
    return std::ranges::binary_search(there, wanted);
  });
}

/// All of a key's text against all of the entity's, which is empty where it has no value.
inline bool matches_text(std::string_view key, std::string_view values, vr type,
                         matching_zones zones, matching_options const& options) {
  bool const absent = significant(values, type).empty();
  auto const any_of_entity = [&](std::string_view one) {
    return !absent && some_value(values, type, [&](std::string_view value) {
      return !value.empty() && matches_value(one, value, type, zones, options);
    });
  };
  auto const asked = [&](std::string_view one) {
    switch (type_of_value(one, type, options)) {
      // An empty value in a list is no wish for everything, but a '*' is.
      case matching_type::universal: return !one.empty();
      case matching_type::empty_value: return absent;
      default: return any_of_entity(one);
    }
  };
  switch (type_of_text(key, type, options)) {
    case matching_type::universal: return true;
    case matching_type::empty_value: return absent;
    case matching_type::multiple_values: return some_value(key, type, asked);
    case matching_type::list_of_uid: return !absent && matches_uid_list(key, values);
    case matching_type::wildcard:
    case matching_type::range: return any_of_entity(significant(key, type));
    default: break;
  }
  if (absent) return false;
  if (key.size() > options.longest_key || (!is_single_text(type) && key.find('\\') != key.npos))
    return same_values(key, values, type);
  return any_of_entity(significant(key, type));
}

/// The values of a key of a binary VR against those of the entity, bit for bit.
inline bool matches_binary(std::span<std::byte const> keys, element const& value, vr type,
                           matching_options const& options) {
  auto const size = value_size(type);
  if (size != value_size(value.vr())) return false;
  bool const several = options.multiple_value_matching && keys.size() <= options.longest_key;
  auto const values = value.bytes();
  bool const whole = size == 1 || keys.size() % size != 0 || (keys.size() > size && !several);
  if (whole) return std::ranges::equal(keys, values);
  for (std::size_t i = 0; i + size <= values.size(); i += size)
    for (std::size_t k = 0; k < keys.size(); k += size)
      if (std::ranges::equal(keys.subspan(k, size), values.subspan(i, size))) return true;
  return false;
}

}  // namespace codimse::inline v0::detail

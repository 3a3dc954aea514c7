// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/packed_text.hpp>
#include <codimse/data/dictionary_names.hpp>
#include <codimse/data/dictionary_vr.hpp>
#include <codimse/data/multiplicity.hpp>
#include <codimse/data/tag.hpp>
#include <codimse/data/vr.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

namespace codimse::inline v0 {

/// What the data dictionary (PS3.6, PS3.7 Annex E) says about an element. The texts are static.
/// A value: distinct objects may be used from different threads.
struct dictionary_entry {
  codimse::tag tag;          ///< the one asked for, also when the registry has it as 60xx
  codimse::vr vr;            ///< of a choice the one that `dictionary_vr` takes
  std::string_view keyword;  ///< "PatientName"
  std::string_view name;     ///< "Patient's Name"
  multiplicity vm;
  bool retired = false;
};

namespace detail {

inline constexpr tag delimiter_tags[] = {item_tag, item_delimitation_tag,
                                         sequence_delimitation_tag};
static_assert(std::size(dictionary_starts) ==
              std::size(dictionary_tags) + std::size(delimiter_tags));

/// The tag of a record of the dictionary: a repeating element is its first member.
[[nodiscard]] constexpr tag dictionary_tag(std::size_t record) {
  auto const tags = std::size(dictionary_tags);
  return record < tags ? tag::from_number(dictionary_tags[record]) : delimiter_tags[record - tags];
}

/// The record of exactly this tag, or nothing.
[[nodiscard]] constexpr std::optional<std::size_t> find_dictionary_record(tag at) {
  for (std::size_t i = 0; i < std::size(delimiter_tags); ++i)
    if (delimiter_tags[i] == at) return std::size(dictionary_tags) + i;
  auto const* const found = std::ranges::lower_bound(dictionary_tags, at.number());
  if (found == std::end(dictionary_tags) || *found != at.number()) return std::nullopt;
  return static_cast<std::size_t>(found - std::begin(dictionary_tags));
}

/// From the record on: "Akeyword|name|", where A is a letter, and what follows in the same text.
[[nodiscard]] constexpr std::string_view dictionary_text(std::size_t record) {
  auto const start = dictionary_starts[record];
  return dictionary_texts[start >> 16U].substr(start & 0xFFFFU);
}

[[nodiscard]] constexpr std::string_view dictionary_keyword(std::size_t record) {
  return packed_field(dictionary_text(record).substr(1), 0);
}

[[nodiscard]] constexpr dictionary_entry read_dictionary_record(std::size_t record) {
  auto const text = dictionary_text(record);
  bool const retired = text[0] >= 'a';
  auto const kind = static_cast<std::size_t>(text[0] - (retired ? 'a' : 'A'));
  auto const at = dictionary_tag(record);
  return {.tag = at,
          .vr = find_dictionary_vr(at.number()),
          .keyword = dictionary_keyword(record),
          .name = packed_field(text, 1),
          .vm = dictionary_multiplicities[kind],
          .retired = retired};
}

/// The number that text of hexadecimal digits stands for, or nothing when it is something else.
[[nodiscard]] constexpr std::optional<std::uint32_t> parse_hexadecimal(std::string_view text) {
  std::uint32_t number = 0;
  for (char const c : text) {
    std::uint32_t digit = 0;
    if (c >= '0' && c <= '9') digit = static_cast<std::uint32_t>(c - '0');
    else if (c >= 'A' && c <= 'F') digit = static_cast<std::uint32_t>(c - 'A' + 10);
    else if (c >= 'a' && c <= 'f') digit = static_cast<std::uint32_t>(c - 'a' + 10);
    else return std::nullopt;
    number = number << 4U | digit;
  }
  return number;
}

}  // namespace detail

/// What the dictionary says about an element, or nothing. Repeating elements (50xx, 60xx, 7Fxx,
/// (0020,31xx) and other retired ones) are found in every group. Private creators and group lengths
/// have entries too, as every group can have them; other private elements have none.
[[nodiscard]] constexpr std::optional<dictionary_entry> find_dictionary_entry(tag at) {
  auto record = detail::find_dictionary_record(at);
  if (!record && at.is_group_length())
    return dictionary_entry{at, vr::ul, "GenericGroupLength", "Generic Group Length", {}, true};
  if (!record && at.is_private_creator())
    return dictionary_entry{at, vr::lo, "PrivateCreator", "Private Creator", {}, false};
  if (!record)
    record = detail::find_dictionary_record(tag::from_number(detail::first_repeating(at)));
  if (!record) return std::nullopt;
  auto entry = detail::read_dictionary_record(*record);
  if (entry.keyword.empty()) return std::nullopt;  // the registry has a few blank rows
  entry.tag = at;
  return entry;
}

/// The tag of a keyword, in exactly its capitals, or nothing: "PatientName" is (0010,0010). A
/// repeating element's is its first member: "OverlayData" is (6000,3000).
[[nodiscard]] constexpr std::optional<tag> find_tag(std::string_view keyword) {
  auto const* const found = std::ranges::lower_bound(detail::dictionary_by_keyword, keyword, {},
                                                     detail::dictionary_keyword);
  bool const none = found == std::end(detail::dictionary_by_keyword);
  if (none || detail::dictionary_keyword(*found) != keyword) return std::nullopt;
  return detail::dictionary_tag(*found);
}

/// The keyword of an element, static; empty when it is unknown, "PrivateCreator" and
/// "GenericGroupLength" for the elements that every group can have.
[[nodiscard]] constexpr std::string_view keyword_of(tag at) {
  auto const entry = find_dictionary_entry(at);
  return entry ? entry->keyword : std::string_view{};
}

/// A tag as people write it: a keyword, or hexadecimal "gggg,eeee", "(gggg,eeee)" or "ggggeeee";
/// nothing when it is none of these. Needs no entry in the dictionary for the hexadecimal forms.
[[nodiscard]] constexpr std::optional<tag> parse_tag(std::string_view text) {
  if (auto const named = find_tag(text)) return named;
  if (text.size() == 11 && text.front() == '(' && text.back() == ')') text = text.substr(1, 9);
  bool const comma = text.size() == 9 && text[4] == ',';
  if (!comma && text.size() != 8) return std::nullopt;
  auto const group = detail::parse_hexadecimal(text.substr(0, 4));
  auto const element = detail::parse_hexadecimal(text.substr(comma ? 5 : 4));
  if (!group || !element) return std::nullopt;
  return tag::from_number(*group << 16U | *element);
}

}  // namespace codimse::inline v0

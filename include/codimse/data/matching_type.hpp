// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/data/character_set.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/date_time_range.hpp>
#include <codimse/data/element.hpp>
#include <codimse/data/value.hpp>
#include <codimse/data/vr.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace codimse::inline v0 {

/// What extended negotiation agreed on for a C-FIND (PS3.4 C.5.1), and what is up to the SCP.
/// A value: distinct objects may be used from different threads.
struct matching_options {
  /// Does case count in names (PN)? In all other text it does (PS3.4 C.2.2.2.1).
  bool case_sensitive_names = false;
  /// Ranges of a date and of its time are one range of moments; always so for the start and the end
  /// of scheduled procedure steps.
  bool combined_date_time = false;
  /// The key `""` asks for entities that have no value (PS3.4 C.2.2.2.7).
  bool empty_value_matching = false;
  /// Several values of a key ask for any of them (PS3.4 C.2.2.2.8).
  bool multiple_value_matching = false;
  /// Dates and times of the identifier are in the zone that its (0008,0201) says.
  bool timezone_adjustment = false;
  /// Offset from UTC of dates and times where neither the value nor its data set says one.
  std::chrono::minutes local_offset{0};
  /// Bound on the time that a hostile key takes, in bytes of UTF-8: longer keys are compared as one
  /// plain text, without wild cards and several values. Lists of UIDs may be longer.
  std::size_t longest_key = 1024;
};

/// How a key is compared (PS3.4 C.2.2.2).
enum class matching_type {
  universal,        ///< zero length: all entities match
  single_value,     ///< the same value
  list_of_uid,      ///< one of these UIDs
  wildcard,         ///< text with '*' and '?'
  range,            ///< dates and times between two
  sequence,         ///< an item matches all keys of the key's item
  empty_value,      ///< only entities without a value
  multiple_values,  ///< one of several values, each compared by its own type
};

/// VRs in which '*' and '?' are wild cards (PS3.4 C.2.2.2.4).
[[nodiscard]] constexpr bool has_wildcards(vr type) {
  switch (type) {
    case vr::ae:
    case vr::cs:
    case vr::lo:
    case vr::lt:
    case vr::pn:
    case vr::sh:
    case vr::st:
    case vr::uc:
    case vr::ur:
    case vr::ut: return true;
    default: return false;
  }
}

namespace detail {

inline constexpr std::string_view no_value = "\"\"";  // what empty value matching is asked with

/// Spaces that do not count: those at the end, and before text that is not narrative.
inline std::string_view significant(std::string_view text, vr type) {
  bool const keeps_front = is_single_text(type) || type == vr::uc;
  return keeps_front ? without_padding(text) : trim_spaces(text);
}

inline bool is_range(std::string_view key, vr type) {
  if (type == vr::da) return parse_date_range(key).has_value();
  if (type == vr::tm) return parse_time_range(key).has_value();
  return type == vr::dt && parse_date_time_range(key).has_value();
}

/// The type of one value of a key, in UTF-8, without padding.
inline matching_type type_of_value(std::string_view key, vr type, matching_options const& options) {
  // A name of nothing but delimiters has only empty components: it asks for nothing.
  auto const nothing = type == vr::pn ? std::string_view{" ^="} : std::string_view{" "};
  if (key.find_first_not_of(nothing) == std::string_view::npos) return matching_type::universal;
  if (options.empty_value_matching && key == no_value) return matching_type::empty_value;
  if (is_range(key, type)) return matching_type::range;
  if (!has_wildcards(type) || key.find_first_of("*?") == std::string_view::npos)
    return matching_type::single_value;
  bool const anything = key.find_first_not_of('*') == std::string_view::npos;
  return anything ? matching_type::universal : matching_type::wildcard;
}

/// The type of a whole value field.
inline matching_type type_of_text(std::string_view key, vr type, matching_options const& options) {
  bool const several = !is_single_text(type) && key.find('\\') != std::string_view::npos;
  if (several && type == vr::ui) return matching_type::list_of_uid;
  if (key.size() > options.longest_key) return matching_type::single_value;
  if (!several) return type_of_value(significant(key, type), type, options);
  return options.multiple_value_matching ? matching_type::multiple_values
                                         : matching_type::single_value;
}

/// A character set by its terms, which must outlive it. Made when the first text needs it, for most
/// text is ASCII, and then kept, for there may be many.
/// Used from one thread.
class late_character_set {
 public:
  explicit late_character_set(std::string_view terms) : terms_{terms} {}
  [[nodiscard]] character_set const& get() const {
    if (!made_) made_ = character_set::from_terms(terms_);
    return *made_;
  }

 private:
  std::string_view terms_;
  mutable std::optional<character_set> made_;
};

/// The text of an element in UTF-8, without padding.
inline std::string decoded_text_of(element const& of, vr type, late_character_set const& set) {
  auto const raw = of.text();
  bool const plain = std::ranges::all_of(raw, [](char c) { return c >= ' ' && c < '\x7F'; });
  if (plain || !uses_character_set(type)) return std::string{raw};
  return set.get().to_utf8(raw, type);
}

/// Text, of any VR or none.
constexpr bool may_be_text(vr type) { return is_text(type) || type == vr::un; }

}  // namespace detail

/// The type of matching that a key asks for. `specific_character_set`: the value of the
/// identifier's (0008,0005), which tells characters from delimiters in some sets.
[[nodiscard]] inline matching_type matching_type_of(element const& key,
                                                    matching_options const& options = {},
                                                    std::string_view specific_character_set = {}) {
  if (key.is_sequence()) {
    bool const asks = !key.items().empty() && !key.items().front().empty();
    return asks ? matching_type::sequence : matching_type::universal;
  }
  if (key.empty()) return matching_type::universal;
  if (detail::may_be_text(key.vr())) {
    detail::late_character_set const set{specific_character_set};
    auto const text = detail::decoded_text_of(key, key.vr(), set);
    return detail::type_of_text(text, key.vr(), options);
  }
  bool const several = value_count(key) > 1 && key.bytes().size() <= options.longest_key;
  return several && options.multiple_value_matching ? matching_type::multiple_values
                                                    : matching_type::single_value;
}

}  // namespace codimse::inline v0

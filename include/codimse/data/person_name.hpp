// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/core/result.hpp>
#include <codimse/data/element.hpp>
#include <codimse/data/value.hpp>
#include <codimse/data/vr.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace codimse::inline v0 {

/// One component group of a person's name (PS3.5 6.2.1.1). Components that are missing are empty.
/// A value: distinct objects may be used from different threads.
class name_group {
 public:
  name_group(std::string family_name = {}, std::string given_name = {},
             std::string middle_name = {}, std::string name_prefix = {},
             std::string name_suffix = {})
      : family{std::move(family_name)},
        given{std::move(given_name)},
        middle{std::move(middle_name)},
        prefix{std::move(name_prefix)},
        suffix{std::move(name_suffix)} {}

  std::string family;
  std::string given;
  std::string middle;
  std::string prefix;
  std::string suffix;

  [[nodiscard]] bool empty() const { return *this == name_group{}; }
  friend bool operator==(name_group const&, name_group const&) = default;
};

/// A value of PN (PS3.5 6.2.1): a person's name in up to three ways of writing. "Doe^John" and
/// "Doe^John^^" are equal. The text is UTF-8, or of any character set in which '^' and '=' are no
/// part of other characters; of a value in ISO 2022 IR 87 or 159 convert the text first
/// (`utf8_values`).
/// A value: distinct objects may be used from different threads.
class person_name {
 public:
  person_name(name_group in_letters = {}, name_group in_ideographs = {}, name_group as_sound = {})
      : alphabetic{std::move(in_letters)},
        ideographic{std::move(in_ideographs)},
        phonetic{std::move(as_sound)} {}

  name_group alphabetic;
  name_group ideographic;
  name_group phonetic;

  [[nodiscard]] bool empty() const { return *this == person_name{}; }
  friend bool operator==(person_name const&, person_name const&) = default;
};

namespace detail {

inline constexpr std::string_view name_delimiters = "^=\\";

/// Cuts the front off, up to the delimiter, which is dropped.
inline std::string_view cut_front(std::string_view& text, char delimiter) {
  auto const end = text.find(delimiter);
  auto const front = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return front;
}

inline std::optional<name_group> parse_name_group(std::string_view text) {
  name_group group;
  for (auto* const part :
       {&group.family, &group.given, &group.middle, &group.prefix, &group.suffix})
    *part = trim_spaces(cut_front(text, '^'));
  // Delimiters behind the last component say nothing.
  if (text.find_first_not_of("^ ") != std::string_view::npos) return std::nullopt;
  return group;
}

inline std::string join_without_empty_end(std::array<std::string_view, 5> const& parts) {
  std::string out;
  std::size_t missing = 0;
  for (auto const part : parts) {
    if (!part.empty()) {
      out.append(std::exchange(missing, 0), '^');
      out += part;
    }
    ++missing;
  }
  return out;
}

}  // namespace detail

/// The name of one value; nothing where it has more than three groups, a group more than five
/// components, or a backslash in it. Spaces around a component do not count.
[[nodiscard]] inline std::optional<person_name> parse_person_name(std::string_view text) {
  if (text.find('\\') != std::string_view::npos) return std::nullopt;
  person_name name;
  for (auto* const part : {&name.alphabetic, &name.ideographic, &name.phonetic}) {
    auto group = detail::parse_name_group(detail::cut_front(text, '='));
    if (!group) return std::nullopt;
    *part = *std::move(group);
  }
  if (text.find_first_not_of("^= ") != std::string_view::npos) return std::nullopt;
  return name;
}

/// "Family^Given^Middle^Prefix^Suffix", empty components at the end dropped. Throws
/// `errc::invalid_value` where a component holds a delimiter: '^', '=' or a backslash.
[[nodiscard]] inline std::string to_text(name_group const& group) {
  std::array<std::string_view, 5> const parts{group.family, group.given, group.middle, group.prefix,
                                              group.suffix};
  for (auto const part : parts)
    if (part.find_first_of(detail::name_delimiters) != std::string_view::npos)
      throw error{errc::invalid_value};
  return detail::join_without_empty_end(parts);
}
/// The groups with '=' between them, empty ones at the end dropped. Throws as the above.
[[nodiscard]] inline std::string to_text(person_name const& name) {
  auto text =
      to_text(name.alphabetic) + '=' + to_text(name.ideographic) + '=' + to_text(name.phonetic);
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

/// PN. The text is in the data set's character set (see `person_name`).
template <>
struct element_value<person_name> {
  [[nodiscard]] static result<person_name> read(element const& from, std::size_t index) {
    auto const text = detail::nth_text(from, index);
    if (!text) return text.error();
    if (from.vr() != vr::pn && from.vr() != vr::un) return make_error_code(errc::wrong_vr);
    auto name = parse_person_name(*text);
    if (!name) return make_error_code(errc::invalid_value);
    return *std::move(name);
  }
};

}  // namespace codimse::inline v0

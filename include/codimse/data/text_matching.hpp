// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/utf8.hpp>
#include <codimse/data/case_folding.hpp>
#include <codimse/data/person_name.hpp>
#include <codimse/data/value.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace codimse::inline v0 {

/// Wild card matching (PS3.4 C.2.2.2.4) of UTF-8: '*' stands for any text, also none, '?' for one
/// character. Case counts. Without recursion or memory; the time is at most the product of both
/// lengths, whatever the pattern.
[[nodiscard]] constexpr bool matches_wildcard(std::string_view pattern, std::string_view value) {
  auto const character_at = [&](std::size_t at) {
    return detail::read_utf8(value.substr(at)).length;
  };
  std::size_t p = 0;
  std::size_t v = 0;
  // Only the last '*' is ever tried again: what those before it took need not be any longer.
  std::size_t star = std::string_view::npos;
  std::size_t taken_to = 0;
  while (v < value.size()) {
    char const wanted = p < pattern.size() ? pattern[p] : '\0';
    if (p < pattern.size() && wanted == '*') {
      star = p++;
      taken_to = v;
    } else if (p < pattern.size() && wanted == '?') {
      ++p;
      v += character_at(v);
    } else if (p < pattern.size() && wanted == value[v]) {
      ++p;
      ++v;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      taken_to += character_at(taken_to);
      v = taken_to;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

namespace detail {

/// A component group in which spaces around components and empty components at the end are gone.
inline std::string plain_name_group(std::string_view group) {
  std::string out;
  while (!group.empty()) {
    out += trim_spaces(cut_front(group, '^'));
    out += '^';
  }
  out.erase(out.find_last_not_of('^') + 1);
  return out;
}

/// One component group against the key's. An empty key asks for nothing.
inline bool matches_name_group(std::string_view key, std::string_view name) {
  auto const pattern = plain_name_group(key);
  auto value = plain_name_group(name);
  if (pattern.empty()) return true;
  // "Doe^*" asks for "Doe" too: empty components at the end need not be written.
  auto const components = std::ranges::count(pattern, '^');
  auto const missing = components - std::ranges::count(value, '^');
  if (missing > 0) value.append(static_cast<std::size_t>(missing), '^');
  return matches_wildcard(pattern, value);
}

using name_groups = std::array<std::string_view, 3>;

/// The groups of a name; nothing may be left behind the third.
inline bool split_name_groups(std::string_view name, name_groups& into) {
  for (auto& group : into) group = cut_front(name, '=');
  return name.find_first_not_of("= ") == std::string_view::npos;
}

}  // namespace detail

/// Matching of one value of PN (PS3.4 C.2.2.2.1, C.2.2.2.4 leave much of it to the SCP), in UTF-8,
/// with wild cards. A key of one component group asks for a name one of whose groups matches; a key
/// of several groups compares each one that is not empty with its counterpart. Empty components at
/// the end, and spaces around components, do not count.
[[nodiscard]] inline bool matches_name(std::string_view key, std::string_view name,
                                       bool case_sensitive = false) {
  if (!case_sensitive) return matches_name(fold_case(key), fold_case(name), true);
  detail::name_groups wanted;
  detail::name_groups groups;
  if (!detail::split_name_groups(key, wanted) || !detail::split_name_groups(name, groups))
    return key == name;
  if (wanted[1].empty() && wanted[2].empty())
    return std::ranges::any_of(
        groups, [&](auto group) { return detail::matches_name_group(wanted[0], group); });
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (!detail::matches_name_group(wanted[i], groups[i])) return false;
  return true;
}

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/packed_text.hpp>
#include <codimse/core/uid.hpp>
#include <codimse/core/uid_table.hpp>

#include <cstddef>
#include <iterator>
#include <string_view>

namespace codimse::inline v0 {

namespace detail {

/// A field of a record of `uid_text`: 0 is the UID, 1 the keyword, 2 the name.
[[nodiscard]] constexpr std::string_view uid_field(std::size_t record, std::size_t field) {
  std::string_view const text{uid_text, sizeof uid_text - 1};
  return packed_field(text.substr(uid_starts[record]), field);
}

/// The field of the record of this UID, or nothing.
[[nodiscard]] constexpr std::string_view find_uid_field(uid const& id, std::size_t field) {
  if (id.overlong()) return {};
  std::size_t first = 0;
  std::size_t last = std::size(uid_starts);
  while (first < last) {
    auto const middle = first + (last - first) / 2;
    if (uid_field(middle, 0) < id.view()) first = middle + 1;
    else last = middle;
  }
  bool const found = first < std::size(uid_starts) && uid_field(first, 0) == id.view();
  return found ? uid_field(first, field) : std::string_view{};
}

}  // namespace detail

/// The registry's name of a UID (PS3.6 Annex A), static; empty when it is not registered:
/// "CT Image Storage". Transfer syntaxes, SOP Classes and every other kind.
[[nodiscard]] constexpr std::string_view name_of(uid const& id) {
  return detail::find_uid_field(id, 2);
}

/// The registry's keyword of a UID, static; empty when it is not registered: "CTImageStorage".
[[nodiscard]] constexpr std::string_view keyword_of(uid const& id) {
  return detail::find_uid_field(id, 1);
}

}  // namespace codimse::inline v0

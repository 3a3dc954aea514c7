// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/peer_profile.hpp>
#include <codimse/data/character_set.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/tags.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace codimse::inline v0::detail {

/// Has a data set text, items included, that only a Specific Character Set explains: bytes from 80H
/// on, or the ESC of code extensions?
[[nodiscard]] inline bool needs_character_set(data_set const& of) {
  auto const foreign = [](std::byte one) { return one >= std::byte{0x80} || one == std::byte{27}; };
  return std::ranges::any_of(of, [&](element const& one) {
    if (uses_character_set(one.vr())) return std::ranges::any_of(one.bytes(), foreign);
    return std::ranges::any_of(one.items(), needs_character_set);
  });
}

/// Names the character set that the peer's text is known to be in.
inline void fix_character_set(data_set& received, peer_profile const& from) {
  if (from.character_set.empty()) return;
  bool const named = received.has_value(tags::specific_character_set);
  if (named && !from.replace_character_set) return;
  if (needs_character_set(received)) received.set(tags::specific_character_set, from.character_set);
}

/// Leaves keys whose whole value is `*` without a value, in items too.
inline void empty_universal_wildcards(data_set& identifier) {
  std::vector<tag> any;
  std::vector<tag> sequences;
  for (element const& one : identifier) {
    if (one.is_sequence()) sequences.push_back(one.tag());
    else if (is_text(one.vr()) && one.text() == "*") any.push_back(one.tag());
  }
  for (tag const at : any) identifier.set_empty(at, identifier.find(at)->vr());
  for (tag const at : sequences)
    for (std::size_t i = 0; i < identifier.items(at).size(); ++i)
      empty_universal_wildcards(identifier.edit_item(at, i));
}

}  // namespace codimse::inline v0::detail

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/data/code_set.hpp>

#include <algorithm>
#include <string_view>
#include <vector>

namespace codimse::inline v0::detail {

inline constexpr char escape_byte = '\x1B';

/// The sets that bytes without and with the high bit stand for at one place of a text.
struct active_sets {
  code_set g0 = code_set::ascii;
  code_set g1 = code_set::none;

  [[nodiscard]] constexpr bool has(code_set set) const { return g0 == set || g1 == set; }
  constexpr void activate(code_set set) {
    (facts_of(set).element == code_element::g0 ? g0 : g1) = set;
  }
};

/// What (0008,0005) says about text with code extensions (PS3.5 6.1.2.5).
struct announced_sets {
  active_sets initial;        // by value 1
  std::vector<code_set> all;  // each once, those of value 1 first

  /// Adds a set unless it is there.
  void add(code_set set) {
    if (set != code_set::none && std::find(all.begin(), all.end(), set) == all.end())
      all.push_back(set);
  }

  /// What bytes with the high bit are likely to be where no set was chosen for them: the first one
  /// announced, else Latin 1. Senders forget escape sequences, and (0008,0005) too.
  [[nodiscard]] code_set likely_g1() const {
    for (auto const set : all)
      if (facts_of(set).element == code_element::g1) return set;
    return code_set::latin_1;
  }
};

/// The set whose escape sequence `bytes` begin with, behind the ESC; none when it is unknown.
[[nodiscard]] constexpr code_set escape_at(std::string_view bytes) {
  for (auto const& facts : code_sets)
    if (facts.set != code_set::none && bytes.starts_with(facts.escape)) return facts.set;
  return code_set::none;
}

/// The initial sets are active again behind delimiters and control characters (PS3.5 6.1.2.5.3).
[[nodiscard]] constexpr bool ends_extension(char32_t character, std::string_view delimiters) {
  return character < 0x20 || (character < 0x80 && delimiters.find(static_cast<char>(character)) !=
                                                      std::string_view::npos);
}

}  // namespace codimse::inline v0::detail

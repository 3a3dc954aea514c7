// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/utf8.hpp>
#include <codimse/data/iso_2022.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace codimse::inline v0::detail {

/// Writes characters with code extensions (PS3.5 6.1.2.5): the active sets are kept as long as they
/// have the character, else the first announced set that has it is made active. For one text.
class iso_2022_encoder {
 public:
  /// `sets` must outlive the encoder.
  iso_2022_encoder(announced_sets const& sets, std::string_view delimiters)
      : sets_{sets}, delimiters_{delimiters}, active_{sets.initial} {}

  /// False, and nothing written, when no set has the character.
  [[nodiscard]] bool put(char32_t character) {
    if (character == static_cast<char32_t>(escape_byte)) return false;
    if (ends_extension(character, delimiters_)) {
      restore();
      out_ += to_char(character);
      return true;
    }
    if (put_in(active_.g0, character) || put_in(active_.g1, character)) return true;
    for (auto const set : sets_.all)
      if (put_in(set, character)) return true;
    return false;
  }

  /// The text, with the initial sets active at its end.
  [[nodiscard]] std::string finish() && {
    restore();
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool put_in(code_set set, char32_t character) {
    if (set == code_set::none) return false;
    auto const code = table_of(set).code(character);
    if (!code) return false;
    auto const& facts = facts_of(set);
    auto const bytes = bytes_of(facts.width, facts.element, *code);
    // The yen sign of romaji would be a backslash, which separates values.
    if (facts.width == 1 && ends_extension(to_unsigned(bytes[0]), delimiters_)) return false;
    choose(set);
    out_ += bytes;
    return true;
  }

  void choose(code_set set) {
    if (set == code_set::none || active_.has(set)) return;
    out_ += escape_byte;
    out_ += facts_of(set).escape;
    active_.activate(set);
  }

  void restore() {
    choose(sets_.initial.g0);
    choose(sets_.initial.g1);
    active_ = sets_.initial;  // where G1 has no initial set, nothing says so in bytes
  }

  announced_sets const& sets_;
  std::string_view delimiters_;
  active_sets active_;
  std::string out_;
};

}  // namespace codimse::inline v0::detail

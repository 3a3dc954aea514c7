// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/utf8.hpp>
#include <codimse/data/iso_2022.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace codimse::inline v0::detail {

/// Reads text with code extensions (PS3.5 6.1.2.5) into UTF-8. A known escape sequence is obeyed,
/// announced in (0008,0005) or not. For one text.
class iso_2022_decoder {
 public:
  /// `sets` must outlive the decoder.
  iso_2022_decoder(announced_sets const& sets, std::string_view delimiters)
      : sets_{sets}, delimiters_{delimiters}, active_{sets.initial}, likely_g1_{sets.likely_g1()} {}

  /// The text; what is no character becomes U+FFFD.
  [[nodiscard]] std::string decode(std::string_view raw) {
    while (!raw.empty()) {
      if (raw[0] == escape_byte) raw.remove_prefix(take_escape(raw));
      else if (to_unsigned(raw[0]) < 0x80) raw.remove_prefix(take_low(raw));
      else raw.remove_prefix(take_high(raw));
    }
    return std::move(out_);
  }

  /// Was every byte what (0008,0005) and the escape sequences say?
  [[nodiscard]] bool exact() const { return exact_; }

 private:
  // Each takes what stands at the start and returns how many bytes that is.
  std::size_t take_escape(std::string_view raw) {
    auto const set = escape_at(raw.substr(1));
    if (set == code_set::none) {
      append(0);
      return 1;
    }
    active_.activate(set);
    return 1 + facts_of(set).escape.size();
  }

  std::size_t take_low(std::string_view raw) {
    auto const byte = to_unsigned(raw[0]);
    if (byte <= 0x20 || byte == 0x7F) {
      if (byte < 0x20) active_ = sets_.initial;
      out_ += raw[0];
      return 1;
    }
    if (facts_of(active_.g0).width == 2) return take_pair(raw, active_.g0, 0x21, 0x7E);
    // Romaji has a yen sign in place of the backslash: as a delimiter it is a backslash all the
    // same.
    if (ends_extension(byte, delimiters_)) {
      active_ = sets_.initial;
      out_ += raw[0];
    } else {
      append(table_of(active_.g0).character(byte));
    }
    return 1;
  }

  std::size_t take_high(std::string_view raw) {
    if (active_.g1 == code_set::none) exact_ = false;
    auto const set = active_.g1 == code_set::none ? likely_g1_ : active_.g1;
    if (facts_of(set).width == 2) return take_pair(raw, set, 0xA1, 0xFE);
    append(table_of(set).character(to_unsigned(raw[0]) & 0x7FU));
    return 1;
  }

  std::size_t take_pair(std::string_view raw, code_set set, unsigned lowest, unsigned highest) {
    auto const in_range = [&](char byte) {
      return to_unsigned(byte) >= lowest && to_unsigned(byte) <= highest;
    };
    bool const whole = raw.size() > 1 && in_range(raw[0]) && in_range(raw[1]);
    append(whole
               ? table_of(set).character(double_byte_code(to_unsigned(raw[0]), to_unsigned(raw[1])))
               : char32_t{0});
    return whole ? 2 : 1;
  }

  void append(char32_t character) {
    if (character == 0) exact_ = false;
    append_utf8(out_, character == 0 ? replacement_character : character);
  }

  announced_sets const& sets_;
  std::string_view delimiters_;
  active_sets active_;
  code_set likely_g1_;
  bool exact_ = true;
  std::string out_;
};

}  // namespace codimse::inline v0::detail

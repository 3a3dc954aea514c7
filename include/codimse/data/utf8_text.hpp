// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/data/character_set.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/tag.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/data/vr.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Text of data sets in UTF-8, whatever character set it is in.
namespace codimse::inline v0 {

/// The character set of the text in a data set: its (0008,0005), or, where an item has none, that
/// of the data set around it, `outer` (PS3.3 C.12.1.1.2).
[[nodiscard]] inline character_set character_set_of(data_set const& all,
                                                    character_set const& outer = {}) {
  auto const* const named = all.find(tags::specific_character_set);
  if (named == nullptr || named->text().empty()) return outer;
  return character_set::from_terms(named->text());
}

/// The whole text of an element in UTF-8, all values with their backslashes, without padding;
/// empty where there is none. What is no character becomes U+FFFD. Of an item, `outer` is the
/// character set of the data set around it. Throws `errc::wrong_vr` where the element is no text.
[[nodiscard]] inline std::string utf8_text(data_set const& all, tag at,
                                           character_set const& outer = {}) {
  auto const raw = all.text(at);
  if (raw.empty()) return {};
  return character_set_of(all, outer).to_utf8(raw, all.find(at)->vr());
}

/// The same value by value.
[[nodiscard]] inline std::vector<std::string> utf8_values(data_set const& all, tag at,
                                                          character_set const& outer = {}) {
  auto const raw = all.text(at);
  if (raw.empty()) return {};
  return character_set_of(all, outer).values_to_utf8(raw, all.find(at)->vr());
}

/// Sets an element to UTF-8 text, in the character set that the data set has: say that before
/// (`set(tags::specific_character_set, "ISO_IR 192")`). A backslash separates values. Throws
/// `errc::cannot_encode_text` where the character set lacks a character, `errc::wrong_vr` where the
/// element is no text.
inline data_set& set_utf8(data_set& all, tag at, vr type, std::string_view utf8,
                          character_set const& outer = {}) {
  if (!is_text(type)) throw error{errc::wrong_vr, to_string(at) + ": it is no text"};
  auto const raw = character_set_of(all, outer).from_utf8(utf8, type);
  if (!raw) throw error{raw.error(), to_string(at) + ": " + raw.error().message()};
  return all.set(at, type, *raw);
}
/// The same with the VR of the dictionary.
inline data_set& set_utf8(data_set& all, tag at, std::string_view utf8,
                          character_set const& outer = {}) {
  return set_utf8(all, at, dictionary_vr(at), utf8, outer);
}

/// A data set out of another character set, and whether that is certain.
/// A value: distinct objects may be used from different threads.
struct utf8_data_set {
  data_set dataset;
  bool exact = true;  ///< false: a byte was replaced by U+FFFD, or read by a guess
};

namespace detail {

/// Converts the text of one data set and its items in place.
class utf8_converter {
 public:
  void convert(data_set& all, character_set const& outer) {
    auto const set = character_set_of(all, outer);
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto const& one = *std::next(all.begin(), static_cast<std::ptrdiff_t>(i));
      for (std::size_t k = 0; k < one.items().size(); ++k)
        convert(all.edit_item(one.tag(), k), set);
      if (uses_character_set(one.vr())) convert(all, one, set);
    }
    if (all.contains(tags::specific_character_set)) name(all);
  }
  static void name(data_set& all) { all.set(tags::specific_character_set, "ISO_IR 192"); }

  [[nodiscard]] bool exact() const { return exact_; }
  [[nodiscard]] bool ascii() const { return ascii_; }

 private:
  void convert(data_set& all, element const& one, character_set const& set) {
    auto const decoded = set.decode(one.text(), one.vr());
    exact_ = exact_ && decoded.exact;
    ascii_ =
        ascii_ && std::ranges::all_of(decoded.text, [](char c) { return to_unsigned(c) < 128; });
    if (decoded.text == one.text()) return;
    all.set_bytes(one.tag(), one.vr(), std::as_bytes(std::span{decoded.text}));
  }

  bool exact_ = true;
  bool ascii_ = true;
};

}  // namespace detail

/// The data set with all of its text in UTF-8, and (0008,0005) saying so wherever it stood, and
/// where it is needed. VRs to which (0008,0005) does not apply, UN among them, stay as they are.
/// Nothing else is copied: give it away (`std::move`) when it is large. Of an item, `outer` is the
/// character set of the data set around it. Throws only for want of memory.
[[nodiscard]] inline utf8_data_set convert_to_utf8(data_set all, character_set const& outer = {}) {
  detail::utf8_converter converter;
  converter.convert(all, outer);
  if (!converter.ascii()) detail::utf8_converter::name(all);
  return {std::move(all), converter.exact()};
}

}  // namespace codimse::inline v0

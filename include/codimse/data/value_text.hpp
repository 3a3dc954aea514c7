// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/endian.hpp>
#include <codimse/core/printable.hpp>
#include <codimse/core/uid.hpp>
#include <codimse/core/uid_names.hpp>
#include <codimse/data/character_set.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/value.hpp>

#include <array>
#include <bit>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace codimse::inline v0 {

namespace detail {

/// The shortest text that gives the number back; "nan", "inf".
template <class T>
void append_number_text(std::string& out, T value) {
  std::array<char, 40> text{};
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

/// One number of a value field, in the form that is usual for its VR: OB, OW, OL, OV in
/// hexadecimal.
inline void append_binary_value(std::string& out, vr type, std::span<std::byte const> at) {
  switch (type) {
    case vr::us: return append_number_text(out, number_at<std::uint16_t, std::uint16_t>(at));
    case vr::ss: return append_number_text(out, number_at<std::int16_t, std::uint16_t>(at));
    case vr::ul: return append_number_text(out, number_at<std::uint32_t, std::uint32_t>(at));
    case vr::sl: return append_number_text(out, number_at<std::int32_t, std::uint32_t>(at));
    case vr::uv: return append_number_text(out, number_at<std::uint64_t, std::uint64_t>(at));
    case vr::sv: return append_number_text(out, number_at<std::int64_t, std::uint64_t>(at));
    case vr::fl:
    case vr::of: return append_number_text(out, number_at<float, std::uint32_t>(at));
    case vr::fd:
    case vr::od: return append_number_text(out, number_at<double, std::uint64_t>(at));
    case vr::ow: return append_hex(out, load_little<std::uint16_t>(at.data()), 4);
    case vr::ol: return append_hex(out, load_little<std::uint32_t>(at.data()), 8);
    case vr::ov: return append_hex(out, load_little<std::uint64_t>(at.data()), 16);
    case vr::at:
      out += to_string(
          tag{load_little<std::uint16_t>(at.data()), load_little<std::uint16_t>(at.data() + 2)});
      return;
    default: return append_hex(out, std::to_integer<unsigned>(at[0]), 2);
  }
}

/// A value field of numbers, backslashes between them. What is no whole number of them: each byte.
[[nodiscard]] inline std::string binary_text(vr type, std::span<std::byte const> bytes,
                                             std::size_t limit) {
  bool const whole = bytes.size() % value_size(type) == 0;
  auto const shown_as = whole ? type : vr::ob;
  std::string out;
  for (auto const size = value_size(shown_as); !bytes.empty(); bytes = bytes.subspan(size)) {
    if (limit != 0 && out.size() >= limit) return out += "...";
    if (!out.empty()) out += '\\';
    append_binary_value(out, shown_as, bytes.first(size));
  }
  return out;
}

[[nodiscard]] inline std::string bracketed_text(element const& of, character_set const& set,
                                                std::size_t limit) {
  auto raw = of.text();
  // No more is converted than can be shown, escape sequences of ISO 2022 included.
  bool const cut = limit != 0 && limit < raw.size() / 16 && 16 * limit + 256 < raw.size();
  if (cut) raw = raw.substr(0, 16 * limit + 256);
  auto text = codimse::printable(set.to_utf8(raw, of.vr()), limit);
  if (cut && !text.ends_with("...")) text += "...";
  return '[' + text + ']';
}

}  // namespace detail

/// The value of an element as people read it, on one line: text in brackets and in UTF-8, UIDs with
/// their names, numbers, bytes and words in hexadecimal; of sequences and fragments how many there
/// are. Nothing in it can control a terminal. A value longer than about `limit` bytes ends in
/// "..." (0: it is whole). The character set is that of the element's data set.
[[nodiscard]] inline std::string value_text(element const& of, character_set const& set,
                                            std::size_t limit = 0) {
  auto const counted = [](std::size_t count, std::string const& what) {
    return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
  };
  if (of.is_sequence()) return counted(of.items().size(), "item");
  if (of.is_encapsulated()) return counted(of.fragment_count(), "fragment");
  if (of.bytes().empty()) return "(no value)";
  if (!is_text(of.vr())) return detail::binary_text(of.vr(), of.bytes(), limit);
  auto text = detail::bracketed_text(of, set, limit);
  if (of.vr() == vr::ui)
    if (auto const name = name_of(uid::from_wire(of.text())); !name.empty())
      text.append(1, ' ').append(name);
  return text;
}

}  // namespace codimse::inline v0

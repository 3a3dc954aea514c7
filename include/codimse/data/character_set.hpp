// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/core/result.hpp>
#include <codimse/core/utf8.hpp>
#include <codimse/data/character_set_terms.hpp>
#include <codimse/data/gb_text.hpp>
#include <codimse/data/iso_2022_decoder.hpp>
#include <codimse/data/iso_2022_encoder.hpp>
#include <codimse/data/vr.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// Does (0008,0005) apply to the VR (PS3.5 6.1.2.3)?
[[nodiscard]] constexpr bool uses_character_set(vr type) {
  switch (type) {
    case vr::lo:
    case vr::lt:
    case vr::pn:
    case vr::sh:
    case vr::st:
    case vr::uc:
    case vr::ut: return true;
    default: return false;
  }
}

/// Text out of a data set, and whether it is certain.
/// A value: distinct objects may be used from different threads.
struct decoded_text {
  std::string text;   ///< UTF-8, always well-formed
  bool exact = true;  ///< false: a byte was replaced by U+FFFD, or read by a guess
};

/// The character sets of the text in a data set: what Specific Character Set (0008,0005) says
/// (PS3.3 C.12.1.1.2, PS3.5 6.1). Converts the values of SH, LO, ST, LT, UC, UT and PN to UTF-8
/// and back; the other VRs hold ASCII, whatever the character set.
///
/// The tables are the system's (`iconv`). Those of a set are read when it is first named in the
/// process, and stay; conversion itself is plain look-up, linear in the text.
/// A value: distinct objects may be used from different threads.
class character_set {
 public:
  /// The default repertoire, ISO 646: ASCII.
  character_set() : character_set{std::string_view{}} {}

  /// From the value of (0008,0005) as it came: terms separated by backslashes, padding allowed.
  /// What senders write instead of the terms is understood when it is unambiguous ("ISO-IR 100",
  /// "iso_ir_100", "ISO 2022 GB18030", "ISO 2022 58", "ISO_IR 87" alone). See `is_supported`.
  [[nodiscard]] static character_set from_terms(std::string_view value) {
    return character_set{value};
  }

  /// ISO_IR 192.
  [[nodiscard]] static character_set utf8() { return from_terms("ISO_IR 192"); }

  /// The smallest usual set that has all of this UTF-8 text: ISO 646, else ISO_IR 192.
  [[nodiscard]] static character_set smallest_for(std::string_view text) {
    return is_plain_ascii(text) ? character_set{} : utf8();
  }

  /// False when a term is unknown, contradicts another one, or is not known to the system's
  /// `iconv`, and for more than 1024 bytes of terms. Such text is read as far as the other terms
  /// reach and as Latin 1 beyond, and only ASCII is written.
  [[nodiscard]] bool is_supported() const { return announced_.supported; }

  /// The value for (0008,0005), in the words of the standard and without padding; empty for the
  /// default repertoire. Terms that are not supported stand as they came, at most 1024 bytes.
  [[nodiscard]] std::string const& value() const { return announced_.value; }

  /// A value field to UTF-8, without the padding at its end; values stay separated by backslashes.
  /// Never fails: what is no character becomes U+FFFD.
  [[nodiscard]] std::string to_utf8(std::string_view raw, vr type) const {
    return decode(raw, type).text;
  }
  [[nodiscard]] std::string to_utf8(std::span<std::byte const> raw, vr type) const {
    return to_utf8(as_text(raw), type);
  }

  /// The same, and whether each byte was what (0008,0005) says. A known escape sequence is obeyed
  /// even if its set was not announced; bytes from 80H on that no set was chosen for are read as
  /// the first announced set that has such bytes, else as Latin 1: a guess.
  [[nodiscard]] decoded_text decode(std::string_view raw, vr type) const;
  [[nodiscard]] decoded_text decode(std::span<std::byte const> raw, vr type) const {
    return decode(as_text(raw), type);
  }

  /// The values of a value field, each in UTF-8: none of an empty field. A backslash byte within a
  /// character of several bytes does not separate; in ST, LT, UT and UR none does.
  [[nodiscard]] std::vector<std::string> values_to_utf8(std::string_view raw, vr type) const;
  [[nodiscard]] std::vector<std::string> values_to_utf8(std::span<std::byte const> raw,
                                                        vr type) const {
    return values_to_utf8(as_text(raw), type);
  }

  /// UTF-8 to a value field, without padding. In VRs of many values a backslash separates them, in
  /// PN '^' and '=' separate the components, and each begins and ends in the set of value 1.
  /// Error: cannot_encode_text when a character is not in these sets (ESC never is, nor a yen sign
  /// that would become a separating backslash), or `text` is not UTF-8.
  [[nodiscard]] result<std::string> from_utf8(std::string_view text, vr type) const;

  /// The same (0008,0005)?
  friend bool operator==(character_set const& a, character_set const& b) {
    return a.value() == b.value();
  }

 private:
  explicit character_set(std::string_view value) : announced_{detail::read_terms(value)} {}

  [[nodiscard]] static std::string_view as_text(std::span<std::byte const> raw) {
    return {reinterpret_cast<char const*>(raw.data()), raw.size()};
  }
  [[nodiscard]] static bool is_plain_ascii(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
      return detail::to_unsigned(c) >= 0x80 || c == detail::escape_byte;
    });
  }
  [[nodiscard]] static bool is_multi_valued(vr type) {
    return is_text(type) && type != vr::st && type != vr::lt && type != vr::ut && type != vr::ur;
  }
  [[nodiscard]] static std::string_view delimiters(vr type) {
    return type == vr::pn ? "\\^=" : is_multi_valued(type) ? "\\" : "";
  }

  [[nodiscard]] bool uses_iso_2022() const {
    return announced_.encoding == detail::text_encoding::iso_2022;
  }
  /// Does plain ASCII stand for itself? Not where yen sign and overline take two places.
  [[nodiscard]] bool contains_ascii() const {
    return !uses_iso_2022() || announced_.sets.initial.g0 == detail::code_set::ascii;
  }
  [[nodiscard]] detail::code_table const& gb_table() const {
    return announced_.encoding == detail::text_encoding::gbk ? detail::gb::gbk_table()
                                                             : detail::gb::gb18030_table();
  }

  [[nodiscard]] static decoded_text decode_latin_1(std::string_view raw);
  [[nodiscard]] decoded_text decode_stand_alone(std::string_view raw) const;
  [[nodiscard]] result<std::string> encode_iso_2022(std::string_view text, vr type) const;
  [[nodiscard]] result<std::string> encode_stand_alone(std::string_view text) const;

  detail::announced_text announced_;
};

inline decoded_text character_set::decode(std::string_view raw, vr type) const {
  auto const last = raw.find_last_not_of(std::string_view{" \0", 2});
  raw = raw.substr(0, last + 1);  // npos + 1 is 0
  if (!uses_character_set(type)) return decode_latin_1(raw);
  if (contains_ascii() && is_plain_ascii(raw)) return {std::string{raw}};
  if (!uses_iso_2022()) return decode_stand_alone(raw);
  detail::iso_2022_decoder decoder{announced_.sets, delimiters(type)};
  auto text = decoder.decode(raw);
  return {std::move(text), decoder.exact()};
}

inline std::vector<std::string> character_set::values_to_utf8(std::string_view raw, vr type) const {
  std::vector<std::string> values;
  auto const text = to_utf8(raw, type);
  if (text.empty()) return values;
  if (!is_multi_valued(type)) return {text};
  // Where backslashes separate, nothing else is decoded to one.
  for (std::size_t at = 0;;) {
    auto const end = text.find('\\', at);
    values.push_back(text.substr(at, end - at));
    if (end == std::string::npos) return values;
    at = end + 1;
  }
}

inline result<std::string> character_set::from_utf8(std::string_view text, vr type) const {
  bool const ascii = is_plain_ascii(text);
  if (ascii && (contains_ascii() || !uses_character_set(type))) return std::string{text};
  if (!uses_character_set(type)) return make_error_code(errc::cannot_encode_text);
  return uses_iso_2022() ? encode_iso_2022(text, type) : encode_stand_alone(text);
}

inline decoded_text character_set::decode_latin_1(std::string_view raw) {
  decoded_text out;
  for (char const byte : raw) {
    detail::append_utf8(out.text, detail::to_unsigned(byte));
    out.exact = out.exact && detail::to_unsigned(byte) < 0x80;
  }
  return out;
}

inline decoded_text character_set::decode_stand_alone(std::string_view raw) const {
  decoded_text out;
  bool const is_utf8 = announced_.encoding == detail::text_encoding::utf8;
  while (!raw.empty()) {
    auto read = is_utf8 ? detail::read_utf8(raw) : detail::read_gb(raw, gb_table());
    if (raw[0] == detail::escape_byte) read = {};  // no code extensions here: it is no text
    detail::append_utf8(out.text, read.value);
    out.exact = out.exact && read.valid;
    raw.remove_prefix(read.length);
  }
  return out;
}

inline result<std::string> character_set::encode_iso_2022(std::string_view text, vr type) const {
  auto sets = announced_.sets;
  if (!announced_.supported) {  // ASCII only, as far as value 1 has it
    sets.initial.g1 = detail::code_set::none;
    sets.all = {sets.initial.g0};
  }
  detail::iso_2022_encoder encoder{sets, delimiters(type)};
  while (!text.empty()) {
    auto const read = detail::read_utf8(text);
    if (!read.valid || !encoder.put(read.value)) return make_error_code(errc::cannot_encode_text);
    text.remove_prefix(read.length);
  }
  return std::move(encoder).finish();
}

inline result<std::string> character_set::encode_stand_alone(std::string_view text) const {
  if (!announced_.supported) return make_error_code(errc::cannot_encode_text);
  std::string out;
  bool const is_utf8 = announced_.encoding == detail::text_encoding::utf8;
  while (!text.empty()) {
    auto const read = detail::read_utf8(text);
    bool fits = read.valid && text[0] != detail::escape_byte;
    if (fits && is_utf8) detail::append_utf8(out, read.value);
    else fits = fits && detail::append_gb(out, read.value, gb_table());
    if (!fits) return make_error_code(errc::cannot_encode_text);
    text.remove_prefix(read.length);
  }
  return out;
}

}  // namespace codimse::inline v0

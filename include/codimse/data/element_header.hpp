// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/reader.hpp>
#include <codimse/bytes/writer.hpp>
#include <codimse/core/transfer_syntax.hpp>
#include <codimse/data/tag.hpp>
#include <codimse/data/vr.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace codimse::inline v0 {

/// The three ways in which elements are laid out (PS3.5 Annex A). Encapsulated transfer syntaxes
/// use explicit little endian, deflated ones too, below the deflation.
enum class element_encoding : std::uint8_t {
  implicit_little,
  explicit_little,
  explicit_big
};

[[nodiscard]] constexpr element_encoding encoding_of(transfer_syntax const& syntax) {
  if (!syntax.explicit_vr) return element_encoding::implicit_little;
  return syntax.big_endian ? element_encoding::explicit_big : element_encoding::explicit_little;
}

/// The length that says: delimited by (FFFE,E0DD) or (FFFE,E00D).
inline constexpr std::uint32_t undefined_length = 0xFFFFFFFF;

/// What stands before the value of an element, an item or a delimiter (PS3.5 7.1, 7.5).
/// A value: distinct objects may be used from different threads.
struct element_header {
  codimse::tag tag;
  /// none: not written there, as in implicit VR and before items.
  codimse::vr vr = codimse::vr::none;
  /// Of the value in bytes, or `undefined_length`.
  std::uint32_t length = 0;

  [[nodiscard]] constexpr bool has_undefined_length() const { return length == undefined_length; }
  friend constexpr bool operator==(element_header const&, element_header const&) = default;
};

namespace detail {

template <std::unsigned_integral T>
[[nodiscard]] constexpr T load(std::byte const* at, element_encoding encoding) {
  return encoding == element_encoding::explicit_big ? load_big<T>(at) : load_little<T>(at);
}

[[nodiscard]] constexpr tag load_tag(std::byte const* at, element_encoding encoding) {
  return {load<std::uint16_t>(at, encoding), load<std::uint16_t>(at + 2, encoding)};
}

// The VR of 8 header bytes, or none: in implicit VR, before items, and where an explicit stream
// holds an element without VR after all, which happens (mostly in items): no two printable
// characters. As a length those would be more than 8,224.
[[nodiscard]] constexpr vr header_vr(std::byte const* at, element_encoding encoding) {
  if (encoding == element_encoding::implicit_little) return vr::none;
  if (load<std::uint16_t>(at, encoding) == item_tag.group) return vr::none;
  auto const first = static_cast<char>(at[4]);
  auto const second = static_cast<char>(at[5]);
  auto const printable = [](char c) { return c >= ' ' && c <= '~'; };
  return printable(first) && printable(second) ? vr_from(first, second) : vr::none;
}

}  // namespace detail

/// The least that tells how long a header is.
inline constexpr std::size_t min_element_header_size = 8;
inline constexpr std::size_t max_element_header_size = 12;

/// The size of a header, 8 or 12, from its first 8 bytes.
[[nodiscard]] constexpr std::size_t element_header_size(
    std::span<std::byte const, min_element_header_size> first, element_encoding encoding) {
  auto const value = detail::header_vr(first.data(), encoding);
  return value == vr::none || is_short_form(value) ? 8 : 12;
}

/// Decodes a header. The reader fails when it does not hold a whole one. The form of an unknown VR
/// is guessed (`is_short_form`); in an explicit encoding, two bytes that are not printable where
/// the VR should be make it a header without VR.
[[nodiscard]] constexpr element_header decode_element_header(byte_reader& in,
                                                             element_encoding encoding) {
  if (in.remaining() < min_element_header_size) {
    in.fail();
    return {};
  }
  auto const first = in.rest().first<min_element_header_size>();
  auto const bytes = in.take(element_header_size(first, encoding));
  if (bytes.empty()) return {};
  auto const* const at = bytes.data();
  element_header header{detail::load_tag(at, encoding), detail::header_vr(at, encoding), 0};
  if (bytes.size() == max_element_header_size)
    header.length = detail::load<std::uint32_t>(at + 8, encoding);
  else if (header.vr == vr::none) header.length = detail::load<std::uint32_t>(at + 4, encoding);
  else header.length = detail::load<std::uint16_t>(at + 6, encoding);
  return header;
}

/// Encodes a header. With VR none, as before items, the header has none. The length must fit into
/// the form of the VR: `is_short_form` means less than 65,536.
inline void encode_element_header(byte_writer& out, element_header const& header,
                                  element_encoding encoding) {
  auto const put = [&]<std::unsigned_integral T>(T value) {
    if (encoding == element_encoding::explicit_big) out.big(value);
    else out.little(value);
  };
  put(header.tag.group);
  put(header.tag.element);
  if (encoding == element_encoding::implicit_little || header.vr == vr::none) {
    put(header.length);
    return;
  }
  out.big(static_cast<std::uint16_t>(header.vr));  // letters, never swapped
  if (is_short_form(header.vr)) {
    put(static_cast<std::uint16_t>(header.length));
    return;
  }
  out.zeros(2);
  put(header.length);
}

/// Guesses the encoding of a data set from its first element: for files that do not say it, or say
/// it wrong. Needs 8 bytes; nothing when they do not look like the start of a data set (groups up
/// to 00FF: every data set starts there).
[[nodiscard]] constexpr std::optional<element_encoding> guess_encoding(
    std::span<std::byte const> data_set) {
  if (data_set.size() < min_element_header_size) return std::nullopt;
  auto const* const at = data_set.data();
  auto const letters = vr_from(static_cast<char>(at[4]), static_cast<char>(at[5]));
  bool const little = load_little<std::uint16_t>(at) <= 0x00FF;
  bool const big = load_big<std::uint16_t>(at) <= 0x00FF;
  if (is_known(letters) && little) return element_encoding::explicit_little;
  if (is_known(letters) && big) return element_encoding::explicit_big;
  if (little) return element_encoding::implicit_little;
  return std::nullopt;
}

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/endian.hpp>
#include <codimse/bytes/reader.hpp>
#include <codimse/bytes/writer.hpp>
#include <codimse/core/transfer_syntax.hpp>
#include <codimse/data/tag.hpp>
#include <codimse/data/vr.hpp>

#include <array>
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

template <std::unsigned_integral T>
constexpr void store(std::byte* at, T value, element_encoding encoding) {
  if (encoding == element_encoding::explicit_big) store_big(at, value);
  else store_little(at, value);
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

namespace detail {

[[nodiscard]] constexpr std::size_t header_size(vr written) {
  bool const is_short = written == vr::none || is_short_form(written);
  return is_short ? min_element_header_size : max_element_header_size;
}

}  // namespace detail

/// The size of a header, 8 or 12, from its first 8 bytes.
[[nodiscard]] constexpr std::size_t element_header_size(
    std::span<std::byte const, min_element_header_size> first, element_encoding encoding) {
  return detail::header_size(detail::header_vr(first.data(), encoding));
}

namespace detail {

/// The length of the value, from a header of which all bytes are there.
[[nodiscard]] constexpr std::uint32_t load_length(std::byte const* at, vr written,
                                                  element_encoding encoding) {
  if (written == vr::none) return load<std::uint32_t>(at + 4, encoding);
  if (is_short_form(written)) return load<std::uint16_t>(at + 6, encoding);
  return load<std::uint32_t>(at + 8, encoding);
}

}  // namespace detail

/// Decodes a header. The reader fails when it does not hold a whole one. The form of an unknown VR
/// is guessed (`is_short_form`); in an explicit encoding, two bytes that are not printable where
/// the VR should be make it a header without VR.
[[nodiscard]] constexpr element_header decode_element_header(byte_reader& in,
                                                             element_encoding encoding) {
  if (in.remaining() < min_element_header_size) {
    in.fail();
    return {};
  }
  auto const written = detail::header_vr(in.rest().data(), encoding);
  auto const bytes = in.take(detail::header_size(written));
  if (bytes.empty()) return {};
  auto const* const at = bytes.data();
  return {detail::load_tag(at, encoding), written, detail::load_length(at, written, encoding)};
}

/// Encodes a header. With VR none, as before items, the header has none. The length must fit into
/// the form of the VR: `is_short_form` means less than 65,536.
inline void encode_element_header(byte_writer& out, element_header const& header,
                                  element_encoding encoding) {
  bool const has_vr = encoding != element_encoding::implicit_little && header.vr != vr::none;
  auto const size = detail::header_size(has_vr ? header.vr : vr::none);
  std::array<std::byte, max_element_header_size> bytes{};  // the two after a long VR stay zero
  auto* const at = bytes.data();
  detail::store(at, header.tag.group, encoding);
  detail::store(at + 2, header.tag.element, encoding);
  if (has_vr) store_big(at + 4, static_cast<std::uint16_t>(header.vr));  // letters, never swapped
  if (!has_vr) detail::store(at + 4, header.length, encoding);
  else if (size == max_element_header_size) detail::store(at + 8, header.length, encoding);
  else detail::store(at + 6, static_cast<std::uint16_t>(header.length), encoding);
  out.append(std::span{bytes}.first(size));
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

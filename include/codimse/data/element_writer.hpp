// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/endian.hpp>
#include <codimse/bytes/writer.hpp>
#include <codimse/core/transfer_syntax.hpp>
#include <codimse/core/uid.hpp>
#include <codimse/data/element_header.hpp>
#include <codimse/data/number_text.hpp>
#include <codimse/data/tag.hpp>
#include <codimse/data/vr.hpp>
#include <codimse/data/word_order.hpp>

#include <array>
#include <bit>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace codimse::inline v0 {

namespace detail {

/// The VR that stands in the header of a value: UN, whose numbers are little endian, for one that
/// is too long for a length of 2 bytes (PS3.5 6.2.2) and for two characters that are no VR.
[[nodiscard]] constexpr vr vr_to_write(vr type, std::uint64_t size, element_encoding encoding) {
  if (encoding == element_encoding::implicit_little) return type;
  bool const too_long = is_short_form(type) && size > 0xFFFE;
  return too_long || !is_plausible(type) ? vr::un : type;
}

}  // namespace detail

/// Writes a data set forward, element after element (PS3.5 section 7): implicit or explicit little
/// endian, explicit big endian; never deflated (that is done to the whole). Values get the padding
/// that makes them even. Sequences and items get undefined lengths, so nothing is patched later.
///
/// The caller's business, asserted: tags ascend within a data set or item, sequences and items are
/// closed as they were opened, values are shorter than 2^32 - 2 bytes. Does not own the writer.
/// A value: distinct objects may be used from different threads.
class element_writer {
 public:
  element_writer(byte_writer& out, transfer_syntax const& syntax)
      : element_writer{out, encoding_of(syntax)} {}
  element_writer(byte_writer& out, element_encoding encoding) : out_{&out}, encoding_{encoding} {}

  /// Text of any VR: several values have backslashes between them.
  void text(tag at, vr type, std::string_view value) {
    assert(is_text(type));
    bytes(at, type, std::as_bytes(std::span{value.data(), value.size()}));
  }
  void uid(tag at, codimse::uid const& value) { text(at, vr::ui, value.view()); }

  void us(tag at, std::uint16_t value) { numbers(at, vr::us, std::span{&value, 1}); }
  void us(tag at, std::span<std::uint16_t const> values) { numbers(at, vr::us, values); }
  void ss(tag at, std::int16_t value) { us_as(at, vr::ss, static_cast<std::uint16_t>(value)); }
  void ul(tag at, std::uint32_t value) { numbers(at, vr::ul, std::span{&value, 1}); }
  void ul(tag at, std::span<std::uint32_t const> values) { numbers(at, vr::ul, values); }
  void sl(tag at, std::int32_t value) {
    auto const bits = static_cast<std::uint32_t>(value);
    numbers(at, vr::sl, std::span{&bits, 1});
  }
  void fl(tag at, float value) {
    auto const bits = std::bit_cast<std::uint32_t>(value);
    numbers(at, vr::fl, std::span{&bits, 1});
  }
  void fd(tag at, double value) {
    auto const bits = std::bit_cast<std::uint64_t>(value);
    numbers(at, vr::fd, std::span{&bits, 1});
  }
  /// The tag of another element as a value (AT).
  void at(tag at, tag value) {
    std::array const halves{value.group, value.element};
    numbers(at, vr::at, std::span<std::uint16_t const>{halves});
  }

  /// Decimal and integer strings from numbers: `ds(tags::pixel_spacing, 0.5, 0.5)`.
  template <std::convertible_to<double>... Values>
  void ds(tag at, Values... values) {
    std::string all;
    ((all += decimal_string(static_cast<double>(values)), all += '\\'), ...);
    if (!all.empty()) all.pop_back();
    text(at, vr::ds, all);
  }
  template <std::convertible_to<std::int32_t>... Values>
  void is(tag at, Values... values) {
    std::string all;
    ((all += std::to_string(static_cast<std::int32_t>(values)), all += '\\'), ...);
    if (!all.empty()) all.pop_back();
    text(at, vr::is, all);
  }

  void ob(tag at, std::span<std::byte const> value) { bytes(at, vr::ob, value); }
  void ow(tag at, std::span<std::uint16_t const> words) { numbers(at, vr::ow, words); }

  /// A value of any VR as it stands in little endian encodings; swapped where big endian is
  /// written. An odd length gets the padding of the VR. A short-form VR with more than 65,534 bytes
  /// is written as UN (PS3.5 6.2.2).
  void bytes(tag at, vr type, std::span<std::byte const> little_endian) {
    begin(at);
    auto const size = little_endian.size() + little_endian.size() % 2;
    auto const swapped = header(at, type, size) ? word_size(type) : 1;
    auto const start = out_->size();
    out_->append(little_endian);
    if (little_endian.size() % 2 != 0) out_->u8(static_cast<std::uint8_t>(padding(type)));
    swap_words({out_->at(start), out_->size() - start}, swapped);
  }

  void begin_sequence(tag at) {
    begin(at);
    encode_element_header(*out_, {at, vr::sq, undefined_length}, encoding_);
    open_.push_back(sequence);
  }
  void begin_item() {
    assert(!open_.empty() && open_.back() == sequence);
    encode_element_header(*out_, {item_tag, vr::none, undefined_length}, encoding_);
    open_.push_back(nothing_yet);
  }
  void end_item() {
    assert(!open_.empty() && open_.back() != sequence);
    encode_element_header(*out_, {item_delimitation_tag, vr::none, 0}, encoding_);
    open_.pop_back();
  }
  void end_sequence() {
    assert(!open_.empty() && open_.back() == sequence);
    encode_element_header(*out_, {sequence_delimitation_tag, vr::none, 0}, encoding_);
    open_.pop_back();
  }

  [[nodiscard]] element_encoding encoding() const { return encoding_; }

 private:
  // In open_: inside a sequence, or at the start of a data set or item; else the last tag.
  static constexpr std::int64_t sequence = -2;
  static constexpr std::int64_t nothing_yet = -1;

  void begin(tag at) {
    assert(top() != sequence && top() < std::int64_t{at.number()} && "tags must ascend");
    top() = at.number();
  }
  std::int64_t& top() { return open_.empty() ? last_ : open_.back(); }

  // Returns: are the numbers of the value swapped?
  bool header(tag at, vr type, std::size_t size) {
    assert(size < undefined_length);
    auto const written = detail::vr_to_write(type, size, encoding_);
    encode_element_header(*out_, {at, written, static_cast<std::uint32_t>(size)}, encoding_);
    return encoding_ == element_encoding::explicit_big && written != vr::un;
  }

  void us_as(tag at, vr type, std::uint16_t value) { numbers(at, type, std::span{&value, 1}); }

  template <std::unsigned_integral T>
  void numbers(tag at, vr type, std::span<T const> values) {
    begin(at);
    bool const big = header(at, type, values.size_bytes());
    auto const start = out_->size();
    out_->zeros(values.size_bytes());
    auto* place = out_->at(start);
    for (auto const value : values) {
      if (big) store_big(place, value);
      else store_little(place, value);
      place += sizeof(T);
    }
  }
  template <std::unsigned_integral T>
  void numbers(tag at, vr type, std::span<T> values) {
    numbers(at, type, std::span<T const>{values});
  }

  byte_writer* out_;
  element_encoding encoding_;
  std::int64_t last_ = nothing_yet;
  std::vector<std::int64_t> open_;
};

}  // namespace codimse::inline v0

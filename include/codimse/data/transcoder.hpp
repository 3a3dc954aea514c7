// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/writer.hpp>
#include <codimse/core/transfer_syntax.hpp>
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/data/element_header.hpp>
#include <codimse/data/element_reader.hpp>
#include <codimse/data/element_writer.hpp>
#include <codimse/data/tag.hpp>
#include <codimse/data/vr.hpp>
#include <codimse/data/word_order.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>

namespace codimse::inline v0 {

/// Is it one of the three that a `transcoder` reads and writes? Another one says more of the data
/// set than how its elements are laid out (JPIP, for one).
[[nodiscard]] constexpr bool is_plain(transfer_syntax const& syntax) {
  return syntax == transfer_syntaxes::implicit_vr_little_endian ||
         syntax == transfer_syntaxes::explicit_vr_little_endian ||
         syntax == transfer_syntaxes::explicit_vr_big_endian;
}

/// Turns a data set into another uncompressed transfer syntax while its bytes pass by. Memory does
/// not grow with it: what a piece makes is appended to the output at once.
///
///     transcoder turn{from, to, out};
///     while (...) if (auto failed = turn.feed(piece)) ...   // `out` may be emptied in between
///     if (auto failed = turn.finish()) ...
///
/// Reads as tolerantly as `element_reader` does, and yields its errors. Sequences and items get
/// undefined lengths, values even ones; a VR that was not written is the dictionary's, US or SS as
/// Pixel Representation says, UN where it is unknown; what is in UN stays implicit little endian
/// (PS3.5 6.2.2). Does not own the output.
/// A value: distinct objects may be used from different threads.
class transcoder {
 public:
  transcoder(transfer_syntax const& from, transfer_syntax const& to, byte_writer& out)
      : reader_{from}, to_{encoding_of(to)}, out_{&out} {}

  /// Takes the next bytes of the data set. After an error there is nothing to go on with.
  std::error_code feed(std::span<std::byte const> piece) {
    if (reader_.error()) return reader_.error();
    reader_.feed(piece);
    return run();
  }
  /// The data set ends here.
  std::error_code finish() {
    reader_.finish();
    return run();
  }

 private:
  std::error_code run() {
    for (;;) {
      auto const event = reader_.next();
      if (event == reader_event::need_more || event == reader_event::end) return {};
      if (event == reader_event::error) return reader_.error();
      take(event);
    }
  }

  void take(reader_event event) {
    switch (event) {
      case reader_event::element: return begin_value();
      case reader_event::value: return pass_value();
      case reader_event::sequence_begin: return begin_sequence();
      case reader_event::item_begin: return put({item_tag, vr::none, undefined_length});
      case reader_event::item_end: return put({item_delimitation_tag, vr::none, 0});
      case reader_event::sequence_end:
        put({sequence_delimitation_tag, vr::none, 0});
        if (in_un_ && reader_.depth() == un_depth_) in_un_ = false;
        return;
      case reader_event::fragments_begin:
        return put({reader_.header().tag, reader_.vr(), undefined_length});
      case reader_event::fragment: return begin_fragment();
      case reader_event::fragments_end: return put({sequence_delimitation_tag, vr::none, 0});
      default: return;
    }
  }

  [[nodiscard]] element_encoding encoding() const {
    return in_un_ ? element_encoding::implicit_little : to_;
  }
  void put(element_header const& header) { encode_element_header(*out_, header, encoding()); }

  void begin_sequence() {
    put({reader_.header().tag, reader_.vr(), undefined_length});
    if (in_un_ || reader_.vr() != vr::un) return;
    in_un_ = true;
    un_depth_ = reader_.depth();
  }
  void begin_fragment() {
    auto const length = reader_.header().length;
    odd_ = length % 2 != 0;
    padding_ = '\0';
    word_ = 1;
    put({item_tag, vr::none, length + length % 2});
  }
  void begin_value() {
    auto const length = reader_.header().length;
    auto const type = reader_.vr();
    auto const written = detail::vr_to_write(type, length + length % 2, encoding());
    bool const to_big = encoding() == element_encoding::explicit_big && written != vr::un;
    odd_ = length % 2 != 0;
    padding_ = padding(type);
    word_ = reader_.big_endian() != to_big ? word_size(type) : 1;
    put({reader_.header().tag, written, length + length % 2});
  }

  void pass_value() {
    auto bytes = reader_.bytes();
    if (carried_ > 0) bytes = bytes.subspan(fill_word(bytes));
    auto const whole = carried_ > 0 ? 0 : bytes.size() - bytes.size() % word_;
    append(bytes.first(whole));
    for (auto const byte : bytes.subspan(whole)) carry_[carried_++] = byte;
    if (!reader_.last()) return;
    out_->append(std::span{carry_}.first(carried_));  // no whole number: as it is
    carried_ = 0;
    if (odd_) out_->u8(static_cast<std::uint8_t>(padding_));
  }
  /// Completes the number that began in an earlier piece, as far as the bytes go.
  std::size_t fill_word(std::span<std::byte const> bytes) {
    auto const n = std::min(word_ - carried_, bytes.size());
    std::ranges::copy(bytes.first(n), carry_.begin() + static_cast<std::ptrdiff_t>(carried_));
    carried_ += n;
    if (carried_ == word_) {
      append(std::span{carry_}.first(word_));
      carried_ = 0;
    }
    return n;
  }
  void append(std::span<std::byte const> words) {
    auto const start = out_->size();
    out_->append(words);
    swap_words({out_->at(start), words.size()}, word_);
  }

  element_reader reader_;
  element_encoding to_;
  byte_writer* out_;
  std::size_t word_ = 1;  // bytes of the numbers that are turned
  std::array<std::byte, 8> carry_{};
  std::size_t carried_ = 0;
  std::size_t un_depth_ = 0;
  bool in_un_ = false;
  bool odd_ = false;
  char padding_ = '\0';
};

}  // namespace codimse::inline v0

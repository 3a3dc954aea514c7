// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/reader.hpp>
#include <codimse/core/error.hpp>
#include <codimse/core/limits.hpp>
#include <codimse/core/transfer_syntax.hpp>
#include <codimse/data/data_set_rules.hpp>
#include <codimse/data/element_header.hpp>
#include <codimse/data/tag.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/data/vr.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// What `element_reader::next` met.
enum class reader_event : std::uint8_t {
  need_more,        ///< feed the next bytes, or finish
  element,          ///< an element with a value: its pieces follow, or `skipped`
  value,            ///< a piece of the value of an element or fragment; at least one, perhaps empty
  skipped,          ///< the value is longer than was asked for
  sequence_begin,   ///< an element that has items
  item_begin,       ///< an item: its elements follow
  item_end,         ///< however it was marked
  sequence_end,     ///< however it was marked
  fragments_begin,  ///< encapsulated Pixel Data (PS3.5 A.4)
  fragment,         ///< the next item of it; the first is the Basic Offset Table. Its value follows
  fragments_end,
  end,    ///< of the data set, or of the part that was asked for
  error,  ///< `error()` says which; nothing follows
};

/// What an `element_reader` reads, and how much.
/// A value: distinct objects may be used from different threads.
struct reader_options {
  /// Stop before the first top-level element with this tag or a higher one.
  std::optional<tag> stop_at;
  /// Values and fragments of more bytes are passed over.
  std::uint64_t skip_longer_than = std::numeric_limits<std::uint64_t>::max();
  /// Sequences nested deeper are an error.
  unsigned max_depth = limits{}.data_set_depth;
};

/// Takes a data set apart while its bytes arrive (PS3.5 section 7): implicit or explicit little
/// endian, explicit big endian.
///
///     element_reader reader{transfer_syntaxes::explicit_vr_little_endian};
///     reader.feed(bytes);
///     for (auto event = reader.next(); event != reader_event::need_more; event = reader.next())
///     ... reader.finish();   // and next() again, to the end
///
/// Holds 16 bytes and the stack of open sequences, whatever lengths are declared. Does not own the
/// bytes: values are views into them, valid until the next call of `next`; after `feed` the bytes
/// must stay until `need_more`.
///
/// As tolerant as real files need (docs say "tolerated" where it deviates from the standard): odd
/// lengths, delimiters with a length, an item delimiter where one of a sequence belongs or the
/// reverse, needless delimiters, elements without VR in explicit encodings, another encoding than
/// was said, sequences as OB or OW of undefined length, zeros after the end. Elements that belong
/// to no data set (`is_outside_data_sets`) are passed over in silence. Order and uniqueness of tags
/// are not checked.
/// A value: distinct objects may be used from different threads.
class element_reader {
 public:
  explicit element_reader(transfer_syntax const& syntax, reader_options const& options = {})
      : element_reader{encoding_of(syntax), options} {}
  explicit element_reader(element_encoding encoding, reader_options const& options = {})
      : options_{options} {
    frames_.push_back({frame_kind::item, false, encoding, false, no_end});
  }

  /// The next bytes; those before must be used up (`need_more`).
  void feed(std::span<std::byte const> bytes) {
    assert(input_.empty());
    input_ = bytes;
  }
  /// No more bytes come.
  void finish() { finished_ = true; }

  /// Goes on to the next event. After `end` and `error` it stays there.
  reader_event next() {
    while (!step()) {
    }
    return event_;
  }

  /// Of the element, item or fragment that the last event was about, as it stands there.
  [[nodiscard]] element_header const& header() const { return header_; }
  /// Its VR: the one that is written, or (none, or two characters that are no VR) the dictionary's;
  /// UN for a sequence without VR that the dictionary does not know, SQ for one that is written as
  /// OB or OW; OB or (tolerated) OW for Pixel Data in fragments.
  [[nodiscard]] codimse::vr vr() const { return vr_; }
  /// Sequences around: 0 for the elements of the data set itself.
  [[nodiscard]] std::size_t depth() const { return depth_; }
  /// A piece of a value, after `value`.
  [[nodiscard]] std::span<std::byte const> bytes() const { return bytes_; }
  /// Is it the last piece?
  [[nodiscard]] bool last() const { return value_left_ == 0; }
  /// Are numbers in the value big endian?
  [[nodiscard]] bool big_endian() const {
    return encoding() == element_encoding::explicit_big && header_.vr != codimse::vr::un;
  }
  /// The encoding in force, which may not be the one that was said.
  [[nodiscard]] element_encoding encoding() const { return frames_.back().encoding; }

  /// Why it stopped, after `error`.
  [[nodiscard]] std::error_code error() const { return error_; }
  /// Where the last header starts, in bytes from the start of the data set; after `end` where that
  /// is, after `error` where what cannot be read starts.
  [[nodiscard]] std::uint64_t offset() const { return header_offset_; }
  /// Did it end because of `reader_options::stop_at`?
  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  static constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();
  static constexpr std::size_t items_look_ahead = 16;

  enum class frame_kind : std::uint8_t {
    item,  // or the data set itself, at the bottom
    sequence,
    fragment_list
  };
  struct frame {
    frame_kind kind;
    bool undefined_length;
    element_encoding encoding;
    bool signed_pixels;  // Pixel Representation, here or around
    std::uint64_t end;   // its own, or that of what is around
  };
  enum class phase_type : std::uint8_t {
    header,
    value,
    skipping,
    undecided,  // sequence or fragments
    over
  };

  // Each step returns whether there is an event.

  bool step() {
    switch (phase_) {
      case phase_type::header: return read_header();
      case phase_type::value: return pass_value();
      case phase_type::skipping: return skip_value();
      case phase_type::undecided: return decide();
      case phase_type::over: break;
    }
    return true;
  }

  bool emit(reader_event event) {
    depth_ = (frames_.size() - 1) / 2;
    event_ = event;
    return true;
  }
  bool fail(errc why) {
    error_ = make_error_code(why);
    phase_ = phase_type::over;
    return emit(reader_event::error);
  }
  bool end() {
    header_offset_ = position_;
    phase_ = phase_type::over;
    return emit(reader_event::end);
  }

  // Bytes.

  /// The next n bytes in one piece, or nullptr.
  std::byte const* peek(std::size_t n) {
    if (held_begin_ == held_end_ && input_.size() >= n) return input_.data();
    std::memmove(held_.data(), held_.data() + held_begin_, held_end_ - held_begin_);
    held_end_ -= std::exchange(held_begin_, 0);
    while (held_end_ < n && !input_.empty()) {
      held_[held_end_++] = input_.front();
      input_ = input_.subspan(1);
    }
    return held_end_ >= n ? held_.data() : nullptr;
  }
  /// What is at hand in one piece.
  [[nodiscard]] std::span<std::byte const> available() const {
    if (held_begin_ == held_end_) return input_;
    return std::span{held_}.subspan(held_begin_, held_end_ - held_begin_);
  }
  void consume(std::size_t n) {
    position_ += n;
    if (held_begin_ == held_end_) input_ = input_.subspan(n);
    else held_begin_ += n;
  }
  /// There are too few bytes for what is to be read.
  bool lacking() {
    if (!finished_) return emit(reader_event::need_more);
    bool const nothing = available().empty();
    bool const in_header = phase_ == phase_type::header;
    if (in_header && nothing && unsure_) return close_frame();
    if (in_header && frames_.size() == 1 && only_zeros_left()) return end();
    return fail(errc::truncated_data_set);
  }
  [[nodiscard]] bool only_zeros_left() const {
    return std::ranges::all_of(available(), [](std::byte b) { return b == std::byte{0}; });
  }

  // Headers.

  bool read_header() {
    auto const& around = frames_.back();
    auto const left = around.end - position_;
    if (left == 0 && around.end != no_end) return reach_end();
    header_offset_ = position_;
    header_ = {};
    if (left < min_element_header_size) return fail(errc::invalid_element_length);
    auto const* at = peek(min_element_header_size);
    if (at == nullptr) return lacking();
    if (position_ == 0)
      check_encoding(
          std::span<std::byte const, min_element_header_size>{at, min_element_header_size});
    auto const written = detail::header_vr(at, around.encoding);
    auto const size = detail::header_size(written);
    if (left < size) return fail(errc::invalid_element_length);
    if (size > min_element_header_size) at = peek(size);
    if (at == nullptr) return lacking();
    auto const tag = detail::load_tag(at, around.encoding);
    header_.tag = tag;
    header_.vr = written;
    header_.length = detail::load_length(at, written, around.encoding);
    switch (around.kind) {
      case frame_kind::item: return take_element(tag, size);
      case frame_kind::sequence: return take_item();
      case frame_kind::fragment_list: break;
    }
    return take_fragment();
  }

  /// Tolerated: another encoding than was said. The first element tells: without VR the whole is
  /// implicit; with the VR that the dictionary has for it, explicit. (As a length two letters are
  /// more than 16,000, and the first elements of a data set are short.)
  void check_encoding(std::span<std::byte const, min_element_header_size> first) {
    using enum element_encoding;
    auto& said = frames_.front().encoding;
    if (said != implicit_little) {
      if (detail::header_vr(first.data(), said) == codimse::vr::none) said = implicit_little;
      return;
    }
    auto const written = vr_from(static_cast<char>(first[4]), static_cast<char>(first[5]));
    if (!is_known(written) || written == codimse::vr::un) return;
    auto const fits = [&](element_encoding as) {
      return dictionary_vr(detail::load_tag(first.data(), as)) == written;
    };
    if (fits(explicit_little)) said = explicit_little;
    else if (fits(explicit_big)) said = explicit_big;
  }

  /// The defined length of what is open, or of something around it, is used up.
  bool reach_end() {
    if (!frames_.back().undefined_length || unsure_) return close_frame();
    header_offset_ = position_;
    return fail(errc::invalid_item);
  }

  bool open_frame(frame_kind kind, element_encoding encoding, std::uint32_t length) {
    bool const undefined = length == undefined_length;
    auto const around = frames_.back();
    if (!undefined && length > around.end - position_) return fail(errc::invalid_element_length);
    if (kind != frame_kind::item && frames_.size() / 2 >= options_.max_depth)
      return fail(errc::nested_too_deep);
    frames_.push_back({kind, undefined, encoding, around.signed_pixels,
                       undefined ? around.end : position_ + length});
    unsure_ = false;
    phase_ = phase_type::header;
    if (kind == frame_kind::sequence) return emit(reader_event::sequence_begin);
    return emit(kind == frame_kind::item ? reader_event::item_begin
                                         : reader_event::fragments_begin);
  }
  bool close_frame() {
    unsure_ = false;
    emit(frames_.back().kind == frame_kind::item       ? reader_event::item_end
         : frames_.back().kind == frame_kind::sequence ? reader_event::sequence_end
                                                       : reader_event::fragments_end);
    frames_.pop_back();
    return true;
  }

  // In a sequence.

  bool take_item() {
    if (header_.tag == item_tag) {
      consume(min_element_header_size);
      return open_frame(frame_kind::item, encoding(), header_.length);
    }
    bool const undefined = frames_.back().undefined_length;
    if (header_.tag == sequence_delimitation_tag) {
      consume(min_element_header_size);
      return undefined && close_frame();  // tolerated: where the length is defined
    }
    if (header_.tag == item_delimitation_tag && !unsure_) {
      consume(min_element_header_size);
      unsure_ = undefined;
      return false;
    }
    return unsure_ ? close_frame() : fail(errc::invalid_item);
  }

  /// Tolerated: a delimiter of the wrong kind. Then the sequence has ended, unless another item or
  /// its own delimiter follows (`unsure_`).
  bool take_delimiter() {
    if (header_.tag != item_delimitation_tag && header_.tag != sequence_delimitation_tag)
      return fail(errc::invalid_item);
    consume(min_element_header_size);
    if (!frames_.back().undefined_length) return false;  // tolerated: needless
    close_frame();
    unsure_ = header_.tag == sequence_delimitation_tag && frames_.back().undefined_length;
    return true;
  }

  // In a data set or item.

  bool take_element(tag at, std::size_t header_size) {
    if (at.group == item_tag.group) return take_delimiter();
    if (frames_.size() == 1 && options_.stop_at && at >= *options_.stop_at) {
      stopped_ = true;
      return end();
    }
    consume(header_size);
    vr_ = is_plausible(header_.vr) ? header_.vr : implicit_vr(at, frames_.back().signed_pixels);
    bool const outside = is_outside_data_sets(at);
    if (header_.has_undefined_length() && !outside) return take_undefined_length();
    if (header_.has_undefined_length() || header_.length > frames_.back().end - position_)
      return fail(errc::invalid_element_length);
    if (vr_ == codimse::vr::sq && !outside)
      return open_frame(frame_kind::sequence, encoding(), header_.length);
    value_left_ = header_.length;
    phase_ = outside ? phase_type::skipping : phase_type::value;
    first_piece_ = true;
    return !outside && emit(reader_event::element);
  }

  bool take_undefined_length() {
    if (header_.tag == tags::pixel_data && vr_ != codimse::vr::sq) return open_fragments();
    switch (header_.vr) {
      case codimse::vr::sq: return open_sequence(codimse::vr::sq, encoding());
      case codimse::vr::un:  // PS3.5 6.2.2, even in big endian
        return open_sequence(codimse::vr::un, element_encoding::implicit_little);
      case codimse::vr::none:
        return open_sequence(vr_ == codimse::vr::sq ? vr_ : codimse::vr::un, encoding());
      case codimse::vr::ob:
      case codimse::vr::ow: phase_ = phase_type::undecided; return false;
      default: return fail(errc::invalid_element_length);
    }
  }
  bool open_sequence(codimse::vr as, element_encoding encoding) {
    vr_ = as;
    return open_frame(frame_kind::sequence, encoding, undefined_length);
  }
  bool open_fragments() {
    vr_ = header_.vr == codimse::vr::ow ? codimse::vr::ow : codimse::vr::ob;
    return open_frame(frame_kind::fragment_list, encoding(), undefined_length);
  }

  /// Tolerated: OB or OW of undefined length that is no Pixel Data may be a sequence. It is when
  /// its first item has an undefined length, or starts with an element of a known VR that fits.
  bool decide() {
    auto const* at = peek(min_element_header_size);
    if (at == nullptr) return lacking();
    byte_reader in{{at, min_element_header_size}};
    auto const item = decode_element_header(in, encoding());
    if (item.tag != item_tag || item.length < min_element_header_size) return open_fragments();
    if (!item.has_undefined_length()) {
      at = peek(items_look_ahead);
      if (at == nullptr) return lacking();
      if (!begins_element(at + min_element_header_size, item.length)) return open_fragments();
    }
    return open_sequence(codimse::vr::sq, encoding());
  }

  /// Only the part of the header that every element has is looked at: behind the VR its length, or
  /// two bytes that are reserved.
  [[nodiscard]] bool begins_element(std::byte const* at, std::uint32_t room) const {
    auto const written = detail::header_vr(at, encoding());
    if (!is_known(written)) return false;
    auto const behind = detail::load<std::uint16_t>(at + 6, encoding());
    return is_short_form(written) ? behind <= room - min_element_header_size : behind == 0;
  }

  bool take_fragment() {
    bool const ends = header_.tag == sequence_delimitation_tag ||
                      header_.tag == item_delimitation_tag;  // tolerated
    if (!ends && header_.tag != item_tag) return fail(errc::invalid_item);
    consume(min_element_header_size);
    if (ends) return close_frame();
    if (header_.length > frames_.back().end - position_ || header_.has_undefined_length())
      return fail(errc::invalid_element_length);
    vr_ = codimse::vr::ob;
    value_left_ = header_.length;
    phase_ = phase_type::value;
    first_piece_ = true;
    return emit(reader_event::fragment);
  }

  // Values.

  bool pass_value() {
    if (first_piece_ && value_left_ > options_.skip_longer_than) {
      phase_ = phase_type::skipping;
      return emit(reader_event::skipped);
    }
    auto const at_hand = available();
    if (at_hand.empty() && value_left_ > 0) return lacking();
    bytes_ = at_hand.first(std::min<std::size_t>(at_hand.size(), value_left_));
    note_pixel_representation();
    first_piece_ = false;
    consume(bytes_.size());
    value_left_ -= static_cast<std::uint32_t>(bytes_.size());
    if (value_left_ == 0) phase_ = phase_type::header;
    return emit(reader_event::value);
  }
  bool skip_value() {
    while (value_left_ > 0) {
      auto const n = std::min<std::size_t>(available().size(), value_left_);
      if (n == 0) return lacking();
      consume(n);
      value_left_ -= static_cast<std::uint32_t>(n);
    }
    phase_ = phase_type::header;
    return false;
  }
  void note_pixel_representation() {
    if (header_.tag != tags::pixel_representation) return;
    auto& is_signed = frames_.back().signed_pixels;
    if (first_piece_) is_signed = false;
    for (auto const byte : bytes_) is_signed = is_signed || byte != std::byte{0};
  }

  reader_options options_;
  std::vector<frame> frames_;
  std::span<std::byte const> input_;
  std::uint64_t position_ = 0;
  std::uint64_t header_offset_ = 0;
  element_header header_;
  codimse::vr vr_ = codimse::vr::none;
  std::uint32_t value_left_ = 0;
  std::span<std::byte const> bytes_;
  std::size_t depth_ = 0;
  std::error_code error_;
  std::array<std::byte, items_look_ahead> held_{};  // what lies across two feeds
  std::size_t held_begin_ = 0;
  std::size_t held_end_ = 0;
  phase_type phase_ = phase_type::header;
  reader_event event_ = reader_event::need_more;
  bool first_piece_ = false;
  bool unsure_ = false;
  bool finished_ = false;
  bool stopped_ = false;
};

}  // namespace codimse::inline v0

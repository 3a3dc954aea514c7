// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/reader.hpp>
#include <codimse/core/transfer_syntax.hpp>
#include <codimse/data/element_header.hpp>
#include <codimse/data/inflate_hook.hpp>
#include <codimse/data/tag.hpp>
#include <codimse/data/vr.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace codimse::inline v0 {

enum class head_state {
  need_more,    ///< feed on
  done,         ///< what was asked for has passed by, or is not there
  malformed,    ///< the bytes are no data set from here on; what was found before stands
  unsupported,  ///< a deflated data set, and `use_deflate()` was not called
};

/// Finds some values at the start of a data set while its bytes pass by (PS3.5 section 7): who is
/// this object, before it is decided where it goes. Bytes come in any pieces, even one by one.
///
/// Only the first top-level element with a wanted tag is taken, at most `value_limit` bytes of it;
/// everything else is counted past, not held, whatever length it declares. Sequences of undefined
/// length are walked through without recursion. Memory: `wanted` times `value_limit`, at most.
///
/// As tolerant as real files need: group lengths, odd lengths, elements of groups 0000 to 0007,
/// elements without VR in explicit streams, implicit data sets sent as explicit ones and the
/// reverse; deflated ones where `use_deflate()` was called, up to `inflated_limit`. Not
/// thread-safe.
class head_scanner {
 public:
  static constexpr std::size_t value_limit = 1024;
  static constexpr unsigned default_max_depth = 64;
  /// Bytes of a deflated data set that are looked at, inflated: what comes in may be few bytes.
  static constexpr std::uint64_t inflated_limit = 64 * 1024 * 1024;

  /// Scans up to and with the element `stop_after`. Sequences of undefined length nested deeper
  /// than `max_depth` are malformed.
  head_scanner(transfer_syntax const& syntax, std::span<tag const> wanted, tag stop_after,
               unsigned max_depth = default_max_depth)
      : stop_after_{stop_after}, max_depth_{max_depth}, encoding_{encoding_of(syntax)} {
    auto const* const deflate = installed_deflate();
    if (syntax.deflated && deflate != nullptr) stream_ = deflate->start_inflating();
    else if (syntax.deflated) state_ = head_state::unsupported;
    found_.reserve(wanted.size());
    for (auto const one : wanted) found_.push_back({one, {}, 0, absent});
  }

  /// Takes the next bytes of the data set. After another state than need_more they are ignored.
  head_state feed(std::span<std::byte const> bytes) {
    return stream_ ? inflate(bytes) : scan(bytes);
  }

  /// The data set ends here: done when that is between two elements, malformed otherwise.
  head_state finish() {
    bool const between = value_left_ == 0 && header_size_ == 0 && level_ == 0;
    if (state_ == head_state::need_more)
      state_ = between ? head_state::done : head_state::malformed;
    return state_;
  }

  [[nodiscard]] head_state state() const { return state_; }
  /// Bytes scanned so far, inflated.
  [[nodiscard]] std::uint64_t position() const { return position_; }

  /// The value of a wanted element as it came, padding included and cut at `value_limit`; nothing
  /// when the element has not passed by completely, or is a sequence of undefined length.
  [[nodiscard]] std::optional<std::string_view> value(tag wanted) const {
    for (auto const& one : found_)
      if (one.id == wanted && one.phase == complete) return std::string_view{one.value};
    return std::nullopt;
  }
  /// The same without the spaces and NULs at the end.
  [[nodiscard]] std::optional<std::string_view> text(tag wanted) const {
    auto found = value(wanted);
    if (!found) return found;
    auto const last = found->find_last_not_of(std::string_view{" \0", 2});
    return found->substr(0, last + 1);  // npos + 1 is 0
  }
  /// Was the value longer than `value_limit`?
  [[nodiscard]] bool is_cut(tag wanted) const {
    for (auto const& one : found_)
      if (one.id == wanted && one.phase == complete) return one.length > value_limit;
    return false;
  }

 private:
  head_state scan(std::span<std::byte const> bytes) {
    while (state_ == head_state::need_more) {
      if (value_left_ > 0) {
        if (bytes.empty()) break;
        bytes = bytes.subspan(pass_value(bytes));
      } else if (header_complete()) {
        take_header();
      } else {
        if (bytes.empty()) break;
        header_[header_size_++] = bytes.front();
        bytes = bytes.subspan(1);
        ++position_;
      }
    }
    return state_;
  }

  head_state inflate(std::span<std::byte const> bytes) {
    std::array<std::byte, 4096> place;
    while (state_ == head_state::need_more) {
      auto const step = stream_->inflate(bytes, place);
      bytes = bytes.subspan(step.used);
      scan(std::span{place}.first(step.made));
      if (state_ != head_state::need_more) break;
      if (step.ended) finish();
      else if (step.error || position_ > inflated_limit) state_ = head_state::malformed;
      else if (bytes.empty() && step.made < place.size()) break;
    }
    return state_;
  }

  enum phase_type : std::uint8_t {
    absent,
    arriving,
    complete
  };
  struct slot {
    tag id;
    std::string value;
    std::uint32_t length;
    phase_type phase;
  };
  static constexpr std::size_t no_slot = static_cast<std::size_t>(-1);

  // Levels: 0 the data set, odd numbers inside a sequence (only items may come), even numbers
  // inside an item. What has a defined length is never entered, so these two numbers are all the
  // stack there is. Inside UN of undefined length everything is implicit little endian (PS3.5
  // 6.2.2): implicit_level_ is the level where that began.
  [[nodiscard]] bool in_sequence() const { return level_ % 2 == 1; }
  [[nodiscard]] element_encoding encoding() const {
    return implicit_level_ != 0 ? element_encoding::implicit_little : encoding_;
  }

  [[nodiscard]] bool header_complete() {
    if (header_size_ < min_element_header_size) return false;
    auto const first = std::span{header_}.first<min_element_header_size>();
    if (at_start_) check_encoding(first);
    return header_size_ >= element_header_size(first, encoding());
  }

  // Some senders write another encoding than they say. The first element tells: no length is as
  // large as two letters are as a number, because the first elements of a data set are short.
  void check_encoding(std::span<std::byte const, min_element_header_size> first) {
    at_start_ = false;
    auto const guess = guess_encoding(first);
    if (guess && encoding_ == element_encoding::implicit_little) encoding_ = *guess;
  }

  void take_header() {
    byte_reader in{std::span{header_}.first(header_size_)};
    auto const header = decode_element_header(in, encoding());
    header_size_ = 0;
    if (header.tag.group == item_tag.group) take_delimiter(header);
    else if (in_sequence()) state_ = head_state::malformed;
    else take_element(header);
  }

  void take_delimiter(element_header const& header) {
    if (in_sequence() && header.tag == item_tag) {
      if (header.has_undefined_length()) ++level_;
      else value_left_ = header.length;
      return;
    }
    // The length of a delimiter is to be 0; some writers leave garbage there.
    bool const ends_sequence = in_sequence() && header.tag == sequence_delimitation_tag;
    bool const ends_item = !in_sequence() && level_ > 0 && header.tag == item_delimitation_tag;
    if (!ends_sequence && !ends_item) {
      state_ = head_state::malformed;
      return;
    }
    --level_;
    if (level_ < implicit_level_) implicit_level_ = 0;
    if (level_ == 0 && ends_stop_) state_ = head_state::done;
  }

  void take_element(element_header const& header) {
    if (level_ == 0) {
      if (header.tag > stop_after_) {
        state_ = head_state::done;
        return;
      }
      ends_stop_ = header.tag == stop_after_;
    }
    if (header.has_undefined_length()) {
      enter_sequence(header);
      return;
    }
    if (level_ == 0) begin_value(header);
    value_left_ = header.length;
    if (value_left_ == 0) end_value();
  }

  void enter_sequence(element_header const& header) {
    bool const without_vr = header.vr == vr::none;
    if ((!without_vr && !may_have_undefined_length(header.vr)) || level_ / 2 >= max_depth_) {
      state_ = head_state::malformed;
      return;
    }
    ++level_;
    if (header.vr == vr::un && implicit_level_ == 0) implicit_level_ = level_;
  }

  void begin_value(element_header const& header) {
    for (std::size_t i = 0; i < found_.size(); ++i) {
      if (found_[i].id != header.tag || found_[i].phase != absent) continue;
      found_[i].length = header.length;
      found_[i].phase = arriving;
      slot_ = i;
    }
  }

  std::size_t pass_value(std::span<std::byte const> bytes) {
    auto const n = bytes.size() < value_left_ ? bytes.size() : std::size_t{value_left_};
    if (slot_ != no_slot) {
      auto& value = found_[slot_].value;
      auto const room = value_limit - value.size();
      value.append(reinterpret_cast<char const*>(bytes.data()), n < room ? n : room);
    }
    value_left_ -= static_cast<std::uint32_t>(n);
    position_ += n;
    if (value_left_ == 0) end_value();
    return n;
  }

  void end_value() {
    if (slot_ != no_slot) found_[slot_].phase = complete;
    slot_ = no_slot;
    if (level_ == 0 && ends_stop_) state_ = head_state::done;
  }

  tag stop_after_;
  unsigned max_depth_;
  element_encoding encoding_;
  head_state state_ = head_state::need_more;
  std::unique_ptr<inflating> stream_;  // only of a deflated data set
  std::vector<slot> found_;
  std::size_t slot_ = no_slot;
  std::uint64_t position_ = 0;
  std::uint32_t value_left_ = 0;
  unsigned level_ = 0;
  unsigned implicit_level_ = 0;
  std::array<std::byte, max_element_header_size> header_{};
  std::uint8_t header_size_ = 0;
  bool at_start_ = true;
  bool ends_stop_ = false;
};

}  // namespace codimse::inline v0

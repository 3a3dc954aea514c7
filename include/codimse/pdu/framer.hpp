// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/endian.hpp>
#include <codimse/core/error.hpp>
#include <codimse/core/limits.hpp>
#include <codimse/pdu/p_data.hpp>
#include <codimse/pdu/types.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace codimse::inline v0::pdu {

/// Cuts a byte stream into PDUs, incrementally and without copying fragments.
///
/// Give it bytes with `feed`, then call `next` until it says `need_more`; the bytes must stay where
/// they are until then. Control PDUs come whole; a P-DATA-TF comes as its fragments, each possibly
/// in several slices, before the PDU is complete. Every length is checked against `limits` and the
/// announced maximum before anything is kept. After an error it stays in error.
/// Used by one association, on its executor.
class framer {
 public:
  enum class kind {
    need_more,  ///< everything fed so far is consumed
    control,    ///< a complete PDU other than P-DATA-TF: `type`, `bytes` = body
    p_data,     ///< a P-DATA-TF begins
    fragment,   ///< a slice of a PDV: `context_id`, `control_header`, `bytes`, `pdv_complete`
    error,      ///< the stream is no DICOM (any more): `failure`, `type` = the offending type
  };
  struct event {
    framer::kind kind = framer::kind::need_more;
    std::uint8_t type = 0;
    std::uint8_t context_id = 0;
    message_control control_header{};
    bool pdv_complete = false;
    errc failure{};
    std::span<std::byte const> bytes{};
  };

  /// `announced`: the maximum length that we told the peer (0: none, the tolerance is then moot).
  explicit framer(limits const& bounds = {}, std::uint32_t announced = 0)
      : bounds_{bounds}, announced_{announced} {}

  void feed(std::span<std::byte const> bytes) { in_ = bytes; }

  [[nodiscard]] event next() {
    for (;;) {
      switch (state_) {
        case state::header:
          if (gathered_ == 0 && body_.capacity() > 4096) body_ = {};  // used up; idle holds nothing
          if (!fill(header_size)) return {};
          if (auto const e = begin_pdu(); e.kind != kind::need_more) return e;
          break;
        case state::body: return body();
        case state::pdv_header:
          if (pdu_left_ == 0) {
            state_ = state::header;
            break;
          }
          if (pdu_left_ < pdv_header_size) return fail(errc::invalid_pdu_parameter);
          if (!fill(pdv_header_size)) return {};
          if (!begin_pdv()) return fail(errc::invalid_pdu_parameter);
          if (pdv_left_ == 0) return fragment();  // an empty PDV may carry the last flag
          break;
        case state::pdv:
          if (in_.empty()) return {};
          return fragment();
        case state::failed: return fail(failure_);
      }
    }
  }

  /// Bytes fed but not consumed yet.
  [[nodiscard]] std::size_t unconsumed() const { return in_.size(); }
  /// Is the stream between two PDUs?
  [[nodiscard]] bool at_boundary() const { return state_ == state::header && gathered_ == 0; }

 private:
  enum class state {
    header,
    body,
    pdv_header,
    pdv,
    failed
  };

  std::span<std::byte const> take(std::size_t n) {
    auto const taken = in_.first(std::min(n, in_.size()));
    in_ = in_.subspan(taken.size());
    return taken;
  }

  /// Gathers a header of `size` bytes, which may arrive in pieces.
  bool fill(std::size_t size) {
    auto const part = take(size - gathered_);
    std::copy(part.begin(), part.end(), header_.begin() + static_cast<std::ptrdiff_t>(gathered_));
    gathered_ += part.size();
    // An unknown type is an error at its first byte: what follows has no length to wait for.
    if (state_ == state::header && gathered_ > 0) {
      type_ = std::to_integer<std::uint8_t>(header_[0]);
      if (!known_type()) return true;
    }
    if (gathered_ < size) return false;
    gathered_ = 0;
    return true;
  }

  [[nodiscard]] bool known_type() const { return type_ >= 0x01 && type_ <= 0x07; }

  event begin_pdu() {
    if (!known_type()) return fail(errc::unknown_pdu_type);
    std::uint32_t const length = load_big<std::uint32_t>(header_.data() + 2);
    if (static_cast<pdu_type>(type_) == pdu_type::p_data_tf) {
      if (announced_ != 0 && length > std::uint64_t{announced_} + bounds_.p_data_tolerance)
        return fail(errc::pdu_too_long);
      pdu_left_ = length;
      state_ = state::pdv_header;
      return {.kind = kind::p_data, .type = type_};
    }
    bool const associate = type_ <= 0x02;
    if (length > (associate ? bounds_.associate_length : longest_fixed))
      return fail(errc::invalid_pdu_parameter);
    // The fixed PDUs carry 4 bytes; some implementations send more in an A-ABORT.
    if (!associate && length < 4) return fail(errc::invalid_pdu_parameter);
    pdu_left_ = length;
    body_.clear();
    state_ = state::body;
    return {};
  }

  event body() {
    auto part = take(pdu_left_);
    pdu_left_ -= static_cast<std::uint32_t>(part.size());
    bool const whole_in_place = pdu_left_ == 0 && body_.empty();
    if (!whole_in_place) keep(part);
    if (pdu_left_ != 0) return {};
    state_ = state::header;
    return {.kind = kind::control,
            .type = type_,
            .bytes = whole_in_place ? part : std::span<std::byte const>{body_}};
  }

  /// Memory grows with what has come, and never beyond the length of the PDU.
  void keep(std::span<std::byte const> part) {
    std::size_t const needed = body_.size() + part.size();
    if (needed > body_.capacity())
      body_.reserve(std::min(needed + pdu_left_, std::max(needed, 2 * body_.capacity())));
    body_.insert(body_.end(), part.begin(), part.end());
  }

  bool begin_pdv() {
    std::uint32_t const length = load_big<std::uint32_t>(header_.data());
    if (length < 2 || length > pdu_left_ - 4) return false;
    context_id_ = std::to_integer<std::uint8_t>(header_[4]);
    control_ = message_control::from_byte(std::to_integer<std::uint8_t>(header_[5]));
    pdu_left_ -= length + 4;
    pdv_left_ = length - 2;
    state_ = state::pdv;
    return true;
  }

  event fragment() {
    auto const slice = take(pdv_left_);
    pdv_left_ -= static_cast<std::uint32_t>(slice.size());
    bool const complete = pdv_left_ == 0;
    if (complete) state_ = state::pdv_header;
    return {.kind = kind::fragment,
            .type = static_cast<std::uint8_t>(pdu_type::p_data_tf),
            .context_id = context_id_,
            .control_header = control_,
            .pdv_complete = complete,
            .bytes = slice};
  }

  event fail(errc why) {
    state_ = state::failed;
    failure_ = why;
    in_ = {};
    return {.kind = kind::error, .type = type_, .failure = why};
  }

  static constexpr std::uint32_t longest_fixed = 1024;

  limits bounds_;
  std::uint32_t announced_;
  state state_ = state::header;
  std::span<std::byte const> in_{};
  std::array<std::byte, std::max(header_size, pdv_header_size)> header_{};
  std::size_t gathered_ = 0;
  std::uint8_t type_ = 0;  // of the current PDU: the headers of its PDVs overwrite `header_`
  std::uint32_t pdu_left_ = 0;
  std::uint32_t pdv_left_ = 0;
  std::uint8_t context_id_ = 0;
  message_control control_{};
  errc failure_{};
  std::vector<std::byte> body_;
};

}  // namespace codimse::inline v0::pdu

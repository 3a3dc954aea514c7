// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/endian.hpp>
#include <codimse/pdu/types.hpp>
#include <codimse/testing/network_plan.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace codimse::inline v0::testing {

/// Where a byte stream stands among its PDUs, as their headers say.
/// A value: distinct objects may be used from different threads.
class pdu_position {
 public:
  [[nodiscard]] pdu_place place() const { return at_; }
  /// Type of the PDU that the last byte of a header belonged to.
  [[nodiscard]] std::uint8_t type() const { return std::to_integer<std::uint8_t>(header_[0]); }

  /// Goes over bytes, but not past `stop`; yields how many.
  std::size_t advance(std::span<std::byte const> bytes, pdu_place stop = {unlimited, unlimited}) {
    std::size_t done = 0;
    while (done < bytes.size() && at_ < stop) {
      std::size_t step = 1;
      if (at_.offset < pdu::header_size) {
        header_[at_.offset] = bytes[done];
      } else {
        step = std::min(bytes.size() - done, size_ - at_.offset);
        if (at_.pdu == stop.pdu) step = std::min(step, stop.offset - at_.offset);
      }
      done += step;
      at_.offset += step;
      if (at_.offset == pdu::header_size)
        size_ = pdu::header_size + load_big<std::uint32_t>(header_.data() + 2);
      if (at_.offset >= pdu::header_size && at_.offset == size_) at_ = {at_.pdu + 1, 0};
    }
    return done;
  }

 private:
  pdu_place at_;
  std::size_t size_ = 0;
  std::array<std::byte, pdu::header_size> header_{};
};

/// The fragments in the bodies of P-DATA-TF PDUs: do messages follow each other without mixing?
/// A value: distinct objects may be used from different threads.
class fragment_watch {
 public:
  /// More of the bodies, in order; false where a fragment belongs to another message than the one
  /// that is unfinished (PS3.8 Annex E).
  bool sent(std::span<std::byte const> bytes) {
    bool good = true;
    while (!bytes.empty()) {
      std::size_t step = 1;
      if (at_ < header_.size()) {
        header_[at_] = bytes[0];
        if (at_ + 1 == header_.size()) good = begun() && good;
      } else {
        step = std::min(bytes.size(), size_ - at_);
      }
      at_ += step;
      if (at_ >= header_.size() && at_ >= size_) at_ = 0;
      bytes = bytes.subspan(step);
    }
    return good;
  }

 private:
  bool begun() {
    size_ = sizeof(std::uint32_t) + load_big<std::uint32_t>(header_.data());
    auto const control = std::to_integer<unsigned>(header_[5]);
    bool const last = (control & 2U) != 0;
    unsigned const kind = (std::to_integer<unsigned>(header_[4]) << 1U) | (control & 1U);
    bool const good = unfinished_ == none || unfinished_ == kind;
    unfinished_ = last ? none : kind;
    return good;
  }

  static constexpr unsigned none = 0;  // presentation context IDs are odd
  std::array<std::byte, pdu::pdv_header_size> header_{};
  std::size_t at_ = 0;
  std::size_t size_ = 0;
  unsigned unfinished_ = none;  // context ID and kind of the fragments that have to follow
};

/// Watches what one end sends: which PDUs, and whether it sends what nobody may send any more
/// (PS3.8 9.2): anything but A-ABORT after A-ABORT, A-ASSOCIATE-RJ or A-RELEASE-RP, P-DATA after
/// A-RELEASE-RQ, a second A-ASSOCIATE PDU, or a message in the middle of another.
/// A value: distinct objects may be used from different threads.
class pdu_watch {
 public:
  void sent(std::span<std::byte const> bytes) {
    while (!bytes.empty()) {
      auto const before = position_.place();
      auto const done = position_.advance(bytes.first(before.offset == 0 ? 1 : bytes.size()),
                                          {before.pdu + 1, 0});
      if (before.offset == 0) begun(static_cast<type>(position_.type()));
      look_inside(bytes.first(done), before.offset);
      bytes = bytes.subspan(done);
    }
  }

  /// Types of the PDUs that were begun, in order.
  [[nodiscard]] std::vector<pdu::pdu_type> const& types() const { return types_; }
  [[nodiscard]] std::size_t count(pdu::pdu_type which) const {
    return static_cast<std::size_t>(std::ranges::count(types_, which));
  }
  /// No PDU is unfinished.
  [[nodiscard]] bool at_boundary() const { return position_.place().offset == 0; }
  /// What was sent and should not have been; empty: nothing.
  [[nodiscard]] std::string const& problem() const { return problem_; }

 private:
  using type = pdu::pdu_type;

  [[nodiscard]] static bool may_follow(type before, type now) {
    switch (before) {
      case type::associate_rj:
      case type::release_rp:
      case type::abort: return now == type::abort;
      case type::release_rq: return now == type::release_rp || now == type::abort;
      case type::associate_rq:
      case type::associate_ac:
      case type::p_data_tf: return now != type::associate_rq && now != type::associate_ac;
    }
    return false;
  }
  void begun(type now) {
    bool const bad = !types_.empty() && !may_follow(types_.back(), now);
    if (bad && problem_.empty())
      problem_ = "PDU type " + std::to_string(static_cast<unsigned>(now)) +
                 " was sent after type " + std::to_string(static_cast<unsigned>(types_.back()));
    types_.push_back(now);
  }

  void look_inside(std::span<std::byte const> bytes, std::size_t offset) {
    if (types_.back() != type::p_data_tf) return;
    auto const header = offset < pdu::header_size ? pdu::header_size - offset : 0;
    if (bytes.size() <= header) return;
    bool const good = fragments_.sent(bytes.subspan(header));
    if (!good && problem_.empty()) problem_ = "a message was sent in the middle of another";
  }

  pdu_position position_;
  fragment_watch fragments_;
  std::vector<type> types_;
  std::string problem_;
};

}  // namespace codimse::inline v0::testing

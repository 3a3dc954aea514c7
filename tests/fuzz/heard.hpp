// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "event_input.hpp"
#include <codimse/bytes/endian.hpp>
#include <codimse/pdu/associate.hpp>
#include <codimse/pdu/codec.hpp>
#include <codimse/pdu/control.hpp>
#include <codimse/pdu/types.hpp>
#include <codimse/testing/wire.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace codimse_fuzz {

using namespace codimse;
using codimse::testing::bytes;
using codimse::testing::received_message;

/// What the tested side sends, held against the standard as it comes: whole PDUs that decode, of
/// types that its role sends, no longer than announced, messages that are not mixed; nothing but
/// another A-ABORT (AA-7) behind one, nor behind A-ASSOCIATE-RJ and A-RELEASE-RP.
class heard {
 public:
  explicit heard(bool from_acceptor) : from_acceptor_{from_acceptor} {}

  void take(std::span<std::byte const> more) {
    received_.insert(received_.end(), more.begin(), more.end());
    while (cut_pdu()) {
    }
  }
  /// Longest P-DATA-TF that may come; 0: any length.
  void announce(std::uint32_t max_length) { max_length_ = max_length; }

  [[nodiscard]] bool at_boundary() const { return received_.empty(); }
  [[nodiscard]] bool accepted() const { return accepted_; }
  [[nodiscard]] bool requested() const { return requested_; }
  [[nodiscard]] bool release_requested() const { return release_requested_; }
  [[nodiscard]] pdu::associate_rq const& request() const { return request_; }
  /// Whole messages, oldest first.
  [[nodiscard]] std::vector<received_message>& messages() { return joiner_.complete; }

 private:
  using type = pdu::pdu_type;

  bool cut_pdu() {
    if (received_.size() < pdu::header_size) return false;
    auto const kind = std::to_integer<std::uint8_t>(received_[0]);
    must(kind >= 1 && kind <= 7);
    std::size_t const length = load_big<std::uint32_t>(received_.data() + 2);
    must(length <= std::size_t{2} * 1024 * 1024);
    if (received_.size() < pdu::header_size + length) return false;
    auto const end = received_.begin() + static_cast<std::ptrdiff_t>(pdu::header_size + length);
    bytes const body{received_.begin() + static_cast<std::ptrdiff_t>(pdu::header_size), end};
    received_.erase(received_.begin(), end);
    check(static_cast<type>(kind), body);
    return true;
  }

  void check(type kind, bytes const& body) {
    must(!over_ || kind == type::abort);
    switch (kind) {
      case type::associate_rq: {
        must(!from_acceptor_ && !requested_);
        auto decoded = pdu::decode<pdu::associate_rq>(body);
        must(decoded.has_value());
        request_ = *std::move(decoded);
        requested_ = true;
        break;
      }
      case type::associate_ac:
        must(from_acceptor_ && !accepted_);
        must(pdu::decode<pdu::associate_ac>(body).has_value());
        accepted_ = true;
        break;
      case type::associate_rj:
        must(from_acceptor_ && !accepted_ && body.size() == 4);
        over_ = true;
        break;
      case type::p_data_tf:
        must(from_acceptor_ ? accepted_ : requested_);
        must(!release_requested_ && (max_length_ == 0 || body.size() <= max_length_));
        must(joiner_.take(body).empty());
        break;
      case type::release_rq:
        must(body.size() == 4 && !release_requested_);
        release_requested_ = true;
        break;
      case type::release_rp:
        must(body.size() == 4);
        over_ = true;
        break;
      case type::abort:
        must(body.size() == 4);
        over_ = true;
        break;
    }
  }

  bool from_acceptor_;
  bytes received_;
  testing::message_joiner joiner_;
  pdu::associate_rq request_;
  std::uint32_t max_length_ = 0;
  bool requested_ = false;
  bool accepted_ = false;
  bool release_requested_ = false;
  bool over_ = false;
};

}  // namespace codimse_fuzz

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/writer.hpp>
#include <codimse/core/error.hpp>
#include <codimse/pdu/codec.hpp>
#include <codimse/ul/state_machine.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <system_error>

namespace codimse::inline v0::ul {

/// The Upper Layer service provider of one association, without socket and clock: primitives of
/// the local user, received PDUs and the time go in; bytes to send, indications and wishes for the
/// transport come out. Every decision is a cell of Table 9-10.
///
/// After each call, send what `outgoing()` holds, then do what the returned step says. P-DATA
/// itself passes by: the provider only says whether it may.
/// Used by one association, on its executor.
class provider {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  /// What one event led to. An event that Table 9-10 does not define in the state, the opening of
  /// the other role and a PDU that cannot be encoded are not allowed and do nothing: from the local
  /// user they are programming errors, to be refused in the API.
  struct step {
    bool allowed = false;
    action performed = action::none;
    indication tell = indication::none;
    transport_change transport = transport_change::none;
    /// With `indication::aborted`: who aborted and why. Source 2 is a provider, ours included.
    abort_reason abort{};
  };

  provider(role side, duration artim) : role_{side}, artim_{artim} {}

  [[nodiscard]] role side() const { return role_; }
  [[nodiscard]] state current() const { return state_; }
  [[nodiscard]] bool established() const { return state_ == state::sta6_established; }
  /// May P-DATA be sent (DT-1, AR-7)?
  [[nodiscard]] bool may_send_data() const {
    return action_for(event::p_data_request, state_) != action::none;
  }
  /// When ARTIM expires (PS3.8 9.1.5), if it runs.
  [[nodiscard]] std::optional<time_point> artim_deadline() const { return deadline_; }

  /// Bytes of control PDUs to send, in order. Call `sent()` when they are on their way.
  [[nodiscard]] std::span<std::byte const> outgoing() const { return out_.view(); }
  void sent() { out_.clear(); }

  // Primitives of the local user and of the transport.
  step associate_request() { return apply(event::associate_request, {}); }
  /// The connection is open: the requestor's A-ASSOCIATE-RQ goes out.
  step transport_confirmed(pdu::associate_rq const& request, time_point now) {
    return apply(event::transport_confirmed, now, [&] { return pdu::encode_to(out_, request); });
  }
  step transport_indicated(time_point now) { return apply(event::transport_indicated, now); }
  step associate_accept(pdu::associate_ac const& answer) {
    return apply(event::associate_accept, {}, [&] { return pdu::encode_to(out_, answer); });
  }
  step associate_reject(pdu::associate_rj answer, time_point now) {
    return apply(event::associate_reject, now, [&] { return pdu::encode_to(out_, answer); });
  }
  step p_data_request() { return apply(event::p_data_request, {}); }
  step release_request() { return apply(event::release_request, {}); }
  step release_response(time_point now) { return apply(event::release_response, now); }
  step abort_request(time_point now, abort_reason why = {}) {
    abort_ = why;
    return apply(event::abort_request, now);
  }
  step transport_closed() {
    abort_ = {2, 0};
    return apply(event::transport_closed, {});
  }
  step artim_expired(time_point now) { return apply(event::artim_expired, now); }

  // Received PDUs.
  /// A-ASSOCIATE-RQ: `unacceptable` is the provider's own rejection (source 2 or 3), if any (AE-6).
  step associate_rq_received(time_point now, std::optional<pdu::associate_rj> unacceptable = {}) {
    unacceptable_ = unacceptable;
    return pdu_event(event::associate_rq_received, now);
  }
  step associate_ac_received(time_point now) {
    return pdu_event(event::associate_ac_received, now);
  }
  step associate_rj_received(time_point now) {
    return pdu_event(event::associate_rj_received, now);
  }
  step p_data_received(time_point now) { return pdu_event(event::p_data_received, now); }
  step release_rq_received(time_point now) { return pdu_event(event::release_rq_received, now); }
  step release_rp_received(time_point now) { return pdu_event(event::release_rp_received, now); }
  step abort_received(pdu::abort const& received, time_point now) {
    abort_ = {received.source, received.reason};
    return apply(event::abort_received, now);
  }
  step invalid_pdu(errc why, time_point now) {
    abort_ = abort_for(why);
    return apply(event::invalid_pdu, now);
  }

 private:
  static std::error_code nothing() { return {}; }

  step pdu_event(event e, time_point now) {
    abort_ = abort_for(errc::unexpected_pdu);  // what AA-8 says if the PDU does not belong here
    return apply(e, now);
  }

  template <class Encode = std::error_code (*)()>
  step apply(event e, time_point now, Encode encode_payload = nothing) {
    action const chosen = action_for(e, state_);
    if (chosen == action::none || !fits_role(chosen)) return {};
    action_row const& row = effects_of(chosen);
    step out{.allowed = true, .performed = chosen, .tell = row.tell, .transport = row.transport};
    if (out.tell == indication::aborted) out.abort = abort_;
    switch (row.send) {
      case transmission::none:
      case transmission::p_data: break;
      case transmission::release_rq: append(pdu::release_rq{}); break;
      case transmission::release_rp: append(pdu::release_rp{}); break;
      case transmission::abort: append(abort_to_send(chosen, e)); break;
      default:
        if (encode_payload()) return {};
    }
    change_timer(row.artim, now);
    state_ = row.next;
    if (chosen == action::ar8 && role_ == role::acceptor) state_ = row.otherwise_next;
    if (chosen == action::ae6 && unacceptable_) reject_by_provider(*unacceptable_, out, row, now);
    return out;
  }

  /// Only a requestor asks for a connection, only an acceptor gets one.
  [[nodiscard]] bool fits_role(action chosen) const {
    if (chosen == action::ae1) return role_ == role::requestor;
    return chosen != action::ae5 || role_ == role::acceptor;
  }

  void reject_by_provider(pdu::associate_rj const& answer, step& out, action_row const& row,
                          time_point now) {
    append(answer);
    out.tell = indication::none;
    state_ = row.otherwise_next;
    change_timer(timer_change::start, now);
  }

  /// AA-1 speaks for the service-user whatever its cause; AA-7 and AA-8 for the provider.
  [[nodiscard]] pdu::abort abort_to_send(action chosen, event e) const {
    if (chosen != action::aa1) return abort_;
    return e == event::abort_request ? pdu::abort{abort_} : pdu::abort{0, 0};
  }

  template <class Pdu>
  void append(Pdu const& one) {
    static_cast<void>(pdu::encode_to(out_, one));
  }

  void change_timer(timer_change change, time_point now) {
    if (change == timer_change::start && artim_ > duration::zero()) deadline_ = now + artim_;
    if (change == timer_change::stop) deadline_.reset();
  }

  role role_;
  duration artim_;
  state state_ = state::sta1_idle;
  std::optional<time_point> deadline_;
  std::optional<pdu::associate_rj> unacceptable_;
  abort_reason abort_{};
  byte_writer out_;
};

}  // namespace codimse::inline v0::ul

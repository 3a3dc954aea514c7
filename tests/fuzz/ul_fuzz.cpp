// SPDX-License-Identifier: BSL-1.0
// A provider under any sequence of events: its state stays in range, it sends whole PDUs only, and
// after an A-ABORT nothing but another A-ABORT (AA-7).
// Input: 1 byte role, then events: 1 byte each, some with arguments; 0xFF takes the next byte as a
// length and that many bytes as a received stream.
#include <codimse/pdu/codec.hpp>
#include <codimse/pdu/framer.hpp>
#include <codimse/ul/negotiation.hpp>
#include <codimse/ul/provider.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>

namespace {

using namespace codimse;
using namespace std::chrono_literals;

void check(bool good) {
  if (!good) std::abort();
}

class driver {
 public:
  explicit driver(std::span<std::byte const> input)
      : input_{input}, provider_{byte() % 2 == 0 ? ul::role::requestor : ul::role::acceptor, 30s} {}

  void run() {
    while (!input_.empty()) {
      now_ += std::chrono::milliseconds{byte()};
      std::uint8_t const what = byte();
      if (what == 0xFF) stream();
      else event(what);
    }
  }

 private:
  using step = ul::provider::step;

  std::uint8_t byte() {
    if (input_.empty()) return 0;
    auto const value = std::to_integer<std::uint8_t>(input_.front());
    input_ = input_.subspan(1);
    return value;
  }

  void event(std::uint8_t what) {
    auto& p = provider_;
    switch (what % 19) {
      case 0: return after([&] { return p.associate_request(); });
      case 1: return after([&] { return p.transport_confirmed(pdu::associate_rq{}, now_); });
      case 2: return after([&] { return p.associate_ac_received(now_); });
      case 3: return after([&] { return p.associate_rj_received(now_); });
      case 4: return after([&] { return p.transport_indicated(now_); });
      case 5: {
        std::optional<pdu::associate_rj> unacceptable;
        if (byte() % 2 != 0) unacceptable = pdu::associate_rj::local_limit_exceeded;
        return after([&] { return p.associate_rq_received(now_, unacceptable); });
      }
      case 6: return after([&] { return p.associate_accept(pdu::associate_ac{}); });
      case 7: return after([&] { return p.associate_reject(pdu::associate_rj{}, now_); });
      case 8: return after([&] { return p.p_data_request(); });
      case 9: return after([&] { return p.p_data_received(now_); });
      case 10: return after([&] { return p.release_request(); });
      case 11: return after([&] { return p.release_rq_received(now_); });
      case 12: return after([&] { return p.release_rp_received(now_); });
      case 13: return after([&] { return p.release_response(now_); });
      case 14: return after([&] { return p.abort_request(now_, {byte(), byte()}); });
      case 15: return after([&] { return p.abort_received({byte(), byte()}, now_); });
      case 16: return after([&] { return p.transport_closed(); });
      case 17: return after([&] { return p.artim_expired(now_); });
      default:
        return after([&] { return p.invalid_pdu(static_cast<errc>(100 + byte() % 12), now_); });
    }
  }

  /// Bytes of the peer, as an association would pass them on.
  void stream() {
    std::size_t const length = std::min<std::size_t>(byte(), input_.size());
    auto const bytes = input_.first(length);
    input_ = input_.subspan(length);
    pdu::framer framer{{}, 16384};
    framer.feed(bytes);
    for (;;) {
      auto const e = framer.next();
      switch (e.kind) {
        case pdu::framer::kind::need_more: return;
        case pdu::framer::kind::fragment: break;
        case pdu::framer::kind::p_data:
          after([&] { return provider_.p_data_received(now_); });
          break;
        case pdu::framer::kind::error:
          return after([&] { return provider_.invalid_pdu(e.failure, now_); });
        case pdu::framer::kind::control: control(static_cast<pdu::pdu_type>(e.type), e.bytes);
      }
    }
  }

  void control(pdu::pdu_type type, std::span<std::byte const> body) {
    auto& p = provider_;
    auto const invalid = [&] {
      after([&] { return p.invalid_pdu(errc::invalid_pdu_parameter, now_); });
    };
    switch (type) {
      case pdu::pdu_type::associate_rq:
        if (auto const rq = pdu::decode<pdu::associate_rq>(body))
          return after([&] { return p.associate_rq_received(now_, ul::unacceptable(*rq)); });
        else return invalid();
      case pdu::pdu_type::associate_ac:
        if (auto const ac = pdu::decode<pdu::associate_ac>(body); !ac) return invalid();
        return after([&] { return p.associate_ac_received(now_); });
      case pdu::pdu_type::associate_rj: return after([&] { return p.associate_rj_received(now_); });
      case pdu::pdu_type::release_rq: return after([&] { return p.release_rq_received(now_); });
      case pdu::pdu_type::release_rp: return after([&] { return p.release_rp_received(now_); });
      case pdu::pdu_type::abort:
        if (auto const abort = pdu::decode<pdu::abort>(body))
          return after([&] { return p.abort_received(*abort, now_); });
        else return invalid();
      case pdu::pdu_type::p_data_tf: return check(false);  // comes as fragments
    }
  }

  /// One event, and what must hold after it.
  template <class Event>
  void after(Event event) {
    auto const before = provider_.current();
    auto const deadline = provider_.artim_deadline();
    step const done = event();
    auto const state = provider_.current();
    auto const number = static_cast<unsigned>(state);
    check(number >= 1 && number <= ul::state_count);

    bool const requestor = provider_.side() == ul::role::requestor;
    for (unsigned const never : {2U, 3U, 10U, 12U}) check(!requestor || number != never);
    for (unsigned const never : {4U, 5U, 9U, 11U}) check(requestor || number != never);

    if (!done.allowed) {
      check(state == before && deadline == provider_.artim_deadline());
      check(provider_.outgoing().empty() && done.performed == ul::action::none);
      check(done.tell == ul::indication::none && done.transport == ul::transport_change::none);
    }
    check(provider_.artim_deadline().has_value() ==
          (state == ul::state::sta2_awaiting_associate_rq ||
           state == ul::state::sta13_awaiting_close));
    check(provider_.may_send_data() == (state == ul::state::sta6_established ||
                                        state == ul::state::sta8_awaiting_local_release_response));
    check_outgoing(done);
    if (done.tell == ul::indication::aborted) {
      check(state == ul::state::sta1_idle || state == ul::state::sta13_awaiting_close);
    }
    if (state == ul::state::sta1_idle) aborted_ = false;  // another association may begin
  }

  void check_outgoing(step const& done) {
    pdu::framer framer;
    framer.feed(provider_.outgoing());
    std::size_t count = 0;
    for (;; ++count) {
      auto const e = framer.next();
      if (e.kind == pdu::framer::kind::need_more) break;
      check(e.kind == pdu::framer::kind::control);
      bool const is_abort = e.type == static_cast<std::uint8_t>(pdu::pdu_type::abort);
      check(!aborted_ || (is_abort && done.performed == ul::action::aa7));
      aborted_ = aborted_ || is_abort;
    }
    check(framer.at_boundary() && count <= 1);
    provider_.sent();
  }

  std::span<std::byte const> input_;
  ul::provider provider_;
  ul::provider::time_point now_{};
  bool aborted_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  driver{std::as_bytes(std::span{data, size})}.run();
  return 0;
}

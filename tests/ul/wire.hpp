// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/ae_title.hpp>
#include <codimse/pdu/codec.hpp>
#include <codimse/pdu/framer.hpp>
#include <codimse/ul/provider.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

/// Providers without sockets: virtual time, sample PDUs, and a wire from one provider to another.
namespace wire {

using namespace codimse;
using namespace std::chrono_literals;
using time_point = ul::provider::time_point;

inline constexpr auto artim = std::chrono::seconds{30};
inline constexpr time_point t0{std::chrono::hours{1000}};

inline pdu::associate_rq sample_rq() {
  pdu::associate_rq rq;
  rq.called = ae_title{"ACCEPTOR"}.to_field();
  rq.calling = ae_title{"REQUESTOR"}.to_field();
  rq.contexts = {{1, "1.2.840.10008.1.1", {"1.2.840.10008.1.2"}, {}}};
  rq.user.maximum_length = 16384;
  return rq;
}

inline pdu::associate_ac sample_ac() {
  pdu::associate_ac ac;
  ac.called = sample_rq().called;
  ac.calling = sample_rq().calling;
  ac.contexts = {{1, 0, uid{"1.2.840.10008.1.2"}, {}}};
  ac.user.maximum_length = 32768;
  return ac;
}

struct sent_pdu {
  pdu::pdu_type type{};
  std::vector<std::byte> body;

  [[nodiscard]] std::string_view name() const { return pdu::name_of(type); }
  template <class Pdu>
  [[nodiscard]] Pdu as() const {
    return pdu::decode<Pdu>(body).value_or_throw();
  }
};

/// The control PDUs that a provider wants to send.
inline std::vector<sent_pdu> outgoing(ul::provider const& from) {
  std::vector<sent_pdu> out;
  pdu::framer framer;
  framer.feed(from.outgoing());
  for (;;) {
    auto const e = framer.next();
    if (e.kind == pdu::framer::kind::need_more) break;
    if (e.kind != pdu::framer::kind::control)
      throw std::logic_error{"a provider sent no control PDU"};
    out.push_back({static_cast<pdu::pdu_type>(e.type), {e.bytes.begin(), e.bytes.end()}});
  }
  if (!framer.at_boundary()) throw std::logic_error{"a provider sent a part of a PDU"};
  return out;
}

inline ul::provider::step receive(ul::provider& to, sent_pdu const& one, time_point now) {
  switch (one.type) {
    case pdu::pdu_type::associate_rq: return to.associate_rq_received(now);
    case pdu::pdu_type::associate_ac: return to.associate_ac_received(now);
    case pdu::pdu_type::associate_rj: return to.associate_rj_received(now);
    case pdu::pdu_type::p_data_tf: return to.p_data_received(now);
    case pdu::pdu_type::release_rq: return to.release_rq_received(now);
    case pdu::pdu_type::release_rp: return to.release_rp_received(now);
    case pdu::pdu_type::abort: return to.abort_received(one.as<pdu::abort>(), now);
  }
  throw std::logic_error{"unknown PDU"};
}

/// Carries what `from` wants to send to `to`; exactly one PDU must be there.
inline ul::provider::step carry(ul::provider& from, ul::provider& to, time_point now = t0) {
  auto const pdus = outgoing(from);
  if (pdus.size() != 1) throw std::logic_error{"one PDU expected"};
  from.sent();
  return receive(to, pdus.front(), now);
}

inline void must(ul::provider::step const& one) {
  if (!one.allowed) throw std::logic_error{"a step on the way was not allowed"};
}

/// A provider in this state, come there by what a user and a peer may do; nothing where its role
/// has no such way. ARTIM, where it runs, was started at t0.
inline std::optional<ul::provider> bring_to(ul::role side, int state) {
  bool const requestor = side == ul::role::requestor;
  ul::provider p{side, artim};
  auto const established = [&] {
    if (requestor) {
      must(p.associate_request());
      must(p.transport_confirmed(sample_rq(), t0));
      must(p.associate_ac_received(t0));
    } else {
      must(p.transport_indicated(t0));
      must(p.associate_rq_received(t0));
      must(p.associate_accept(sample_ac()));
    }
  };
  auto const collided = [&] {
    established();
    must(p.release_request());
    must(p.release_rq_received(t0));
  };
  switch (state) {
    case 1: break;
    case 2:
      if (requestor) return {};
      must(p.transport_indicated(t0));
      break;
    case 3:
      if (requestor) return {};
      must(p.transport_indicated(t0));
      must(p.associate_rq_received(t0));
      break;
    case 4:
      if (!requestor) return {};
      must(p.associate_request());
      break;
    case 5:
      if (!requestor) return {};
      must(p.associate_request());
      must(p.transport_confirmed(sample_rq(), t0));
      break;
    case 6: established(); break;
    case 7:
      established();
      must(p.release_request());
      break;
    case 8:
      established();
      must(p.release_rq_received(t0));
      break;
    case 9:
      if (!requestor) return {};
      collided();
      break;
    case 10:
      if (requestor) return {};
      collided();
      break;
    case 11:
      if (!requestor) return {};
      collided();
      must(p.release_response(t0));
      break;
    case 12:
      if (requestor) return {};
      collided();
      must(p.release_rp_received(t0));
      break;
    case 13:
      established();
      must(p.abort_request(t0));
      break;
    default: return {};
  }
  p.sent();
  return p;
}

}  // namespace wire

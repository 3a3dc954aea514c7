// SPDX-License-Identifier: BSL-1.0
#include "ul/wire.hpp"
#include <codimse/ul/provider.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace {

using namespace wire;
using tell = ul::indication;
using transport = ul::transport_change;

/// Two providers wired to each other, the association established.
struct pair {
  ul::provider requestor{ul::role::requestor, artim};
  ul::provider acceptor{ul::role::acceptor, artim};

  pair() {
    must(requestor.associate_request());
    must(acceptor.transport_indicated(t0));
    must(requestor.transport_confirmed(sample_rq(), t0));
    must(carry(requestor, acceptor));
    must(acceptor.associate_accept(sample_ac()));
    must(carry(acceptor, requestor));
  }
};

TEST(provider, association_and_release) {
  ul::provider requestor{ul::role::requestor, artim};
  ul::provider acceptor{ul::role::acceptor, artim};
  EXPECT_EQ(requestor.side(), ul::role::requestor);
  EXPECT_EQ(acceptor.side(), ul::role::acceptor);

  EXPECT_EQ(requestor.associate_request().transport, transport::open);
  EXPECT_TRUE(acceptor.transport_indicated(t0).allowed);
  EXPECT_EQ(acceptor.artim_deadline(), t0 + artim);
  EXPECT_TRUE(requestor.transport_confirmed(sample_rq(), t0).allowed);
  EXPECT_FALSE(requestor.artim_deadline());  // 9.1.5: ARTIM does not watch a requestor
  EXPECT_EQ(carry(requestor, acceptor).tell, tell::associate_requested);
  EXPECT_FALSE(acceptor.artim_deadline());
  EXPECT_TRUE(acceptor.associate_accept(sample_ac()).allowed);
  EXPECT_TRUE(acceptor.established());
  EXPECT_EQ(carry(acceptor, requestor).tell, tell::associate_accepted);
  EXPECT_TRUE(requestor.established());

  EXPECT_TRUE(requestor.p_data_request().allowed);
  EXPECT_EQ(acceptor.p_data_received(t0).tell, tell::p_data);

  EXPECT_TRUE(requestor.release_request().allowed);
  EXPECT_FALSE(requestor.may_send_data());
  EXPECT_EQ(requestor.p_data_received(t0).tell, tell::p_data);  // AR-6
  EXPECT_EQ(carry(requestor, acceptor).tell, tell::release_requested);
  EXPECT_TRUE(acceptor.may_send_data());  // AR-7
  EXPECT_TRUE(acceptor.release_response(t0 + 1s).allowed);
  EXPECT_EQ(acceptor.artim_deadline(), t0 + 1s + artim);
  auto const confirmed = carry(acceptor, requestor);
  EXPECT_EQ(confirmed.tell, tell::released);
  EXPECT_EQ(confirmed.transport, transport::close);
  EXPECT_EQ(requestor.current(), ul::state::sta1_idle);
  EXPECT_EQ(acceptor.transport_closed().performed, ul::action::ar5);
  EXPECT_EQ(acceptor.current(), ul::state::sta1_idle);
  EXPECT_FALSE(acceptor.artim_deadline());
}

TEST(provider, the_acceptor_may_release) {
  pair both;
  EXPECT_TRUE(both.acceptor.release_request().allowed);
  EXPECT_EQ(carry(both.acceptor, both.requestor).tell, tell::release_requested);
  EXPECT_TRUE(both.requestor.release_response(t0).allowed);
  EXPECT_EQ(carry(both.requestor, both.acceptor).tell, tell::released);
  EXPECT_EQ(both.requestor.transport_closed().performed, ul::action::ar5);
}

TEST(provider, release_collision) {
  pair both;
  auto& [requestor, acceptor] = both;
  EXPECT_EQ(requestor.release_request().performed, ul::action::ar1);
  EXPECT_EQ(acceptor.release_request().performed, ul::action::ar1);

  // The two requests cross on the wire.
  auto const from_requestor = outgoing(requestor);
  auto const from_acceptor = outgoing(acceptor);
  requestor.sent();
  acceptor.sent();
  auto const at_acceptor = receive(acceptor, from_requestor.at(0), t0);
  auto const at_requestor = receive(requestor, from_acceptor.at(0), t0);
  EXPECT_EQ(at_acceptor.performed, ul::action::ar8);
  EXPECT_EQ(at_requestor.performed, ul::action::ar8);
  EXPECT_EQ(at_acceptor.tell, tell::release_requested);
  EXPECT_EQ(at_requestor.tell, tell::release_requested);
  EXPECT_EQ(requestor.current(), ul::state::sta9_collision_requestor_awaiting_local);
  EXPECT_EQ(acceptor.current(), ul::state::sta10_collision_acceptor_awaiting_rp);

  // The requestor answers first; the acceptor must wait for that.
  EXPECT_FALSE(acceptor.release_response(t0).allowed);
  EXPECT_EQ(requestor.release_response(t0).performed, ul::action::ar9);
  EXPECT_EQ(requestor.current(), ul::state::sta11_collision_requestor_awaiting_rp);
  EXPECT_FALSE(requestor.artim_deadline());
  auto const half = carry(requestor, acceptor);
  EXPECT_EQ(half.performed, ul::action::ar10);
  EXPECT_EQ(half.tell, tell::released);
  EXPECT_EQ(half.transport, transport::none);
  EXPECT_EQ(acceptor.current(), ul::state::sta12_collision_acceptor_awaiting_local);

  EXPECT_EQ(acceptor.release_response(t0).performed, ul::action::ar4);
  EXPECT_EQ(acceptor.current(), ul::state::sta13_awaiting_close);
  EXPECT_EQ(acceptor.artim_deadline(), t0 + artim);
  auto const whole = carry(acceptor, requestor);
  EXPECT_EQ(whole.performed, ul::action::ar3);
  EXPECT_EQ(whole.tell, tell::released);
  EXPECT_EQ(whole.transport, transport::close);
  EXPECT_EQ(requestor.current(), ul::state::sta1_idle);

  EXPECT_EQ(acceptor.transport_closed().performed, ul::action::ar5);
  EXPECT_EQ(acceptor.current(), ul::state::sta1_idle);
  EXPECT_FALSE(acceptor.artim_deadline());
}

TEST(provider, rejection_by_the_user) {
  auto requestor = bring_to(ul::role::requestor, 5);
  auto acceptor = bring_to(ul::role::acceptor, 3);
  must(acceptor->associate_reject(pdu::associate_rj::calling_ae_not_recognized, t0));
  EXPECT_EQ(outgoing(*acceptor).at(0).as<pdu::associate_rj>(), (pdu::associate_rj{1, 1, 3}));
  auto const told = carry(*acceptor, *requestor);
  EXPECT_EQ(told.tell, tell::associate_rejected);
  EXPECT_EQ(told.transport, transport::close);
}

TEST(provider, rejection_by_the_provider_asks_no_user) {
  auto acceptor = bring_to(ul::role::acceptor, 2);
  auto const done =
      acceptor->associate_rq_received(t0 + 2s, pdu::associate_rj::protocol_version_not_supported);
  EXPECT_EQ(done.tell, tell::none);
  EXPECT_EQ(outgoing(*acceptor).at(0).as<pdu::associate_rj>(), (pdu::associate_rj{1, 2, 2}));
  EXPECT_EQ(acceptor->artim_deadline(), t0 + 2s + artim);
  EXPECT_EQ(acceptor->artim_expired(t0 + 2s + artim).transport, transport::close);
  EXPECT_EQ(acceptor->current(), ul::state::sta1_idle);
}

TEST(provider, aborts_cross) {
  pair both;
  must(both.requestor.abort_request(t0));
  must(both.acceptor.abort_request(t0, {2, 6}));
  auto const from_requestor = outgoing(both.requestor);
  both.requestor.sent();
  // In Sta13 the peer's A-ABORT only closes: nobody is told twice.
  auto const at_requestor = carry(both.acceptor, both.requestor);
  EXPECT_EQ(at_requestor.performed, ul::action::aa2);
  EXPECT_EQ(at_requestor.tell, tell::none);
  EXPECT_EQ(at_requestor.transport, transport::close);
  EXPECT_EQ(receive(both.acceptor, from_requestor.at(0), t0).performed, ul::action::aa2);
}

TEST(provider, an_abort_says_who_and_why) {
  pair both;
  must(both.acceptor.abort_request(t0, {2, 6}));  // a layer above found a protocol error
  auto const told = carry(both.acceptor, both.requestor);
  EXPECT_EQ(told.tell, tell::aborted);
  EXPECT_EQ(told.abort, (abort_reason{2, 6}));
  EXPECT_EQ(told.transport, transport::close);
}

TEST(provider, artim_starts_anew_with_an_abort) {
  auto acceptor = bring_to(ul::role::acceptor, 2);
  must(acceptor->release_rp_received(t0 + 5s));  // AA-1
  EXPECT_EQ(acceptor->artim_deadline(), t0 + 5s + artim);
  EXPECT_EQ(outgoing(*acceptor).at(0).as<pdu::abort>(), (pdu::abort{0, 0}));
}

TEST(provider, repeated_nonsense_in_sta13_moves_no_deadline) {
  auto p = bring_to(ul::role::requestor, 13);
  auto const deadline = p->artim_deadline();
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(p->invalid_pdu(errc::unknown_pdu_type, t0 + i * 1s).performed, ul::action::aa7);
    EXPECT_EQ(p->p_data_received(t0 + i * 1s).performed, ul::action::aa6);
    EXPECT_EQ(outgoing(*p).size(), static_cast<std::size_t>(i));  // until sent() they gather
    EXPECT_EQ(p->artim_deadline(), deadline);
  }
}

TEST(provider, a_pdu_that_cannot_be_encoded_is_refused_and_nothing_happens) {
  auto requestor = bring_to(ul::role::requestor, 4);
  auto rq = sample_rq();
  rq.user.extended = {{"1.2", std::vector<std::byte>(70'000)}};
  EXPECT_FALSE(requestor->transport_confirmed(rq, t0).allowed);
  EXPECT_EQ(requestor->current(), ul::state::sta4_awaiting_transport);
  EXPECT_TRUE(requestor->outgoing().empty());
  EXPECT_TRUE(requestor->transport_confirmed(sample_rq(), t0).allowed);

  auto acceptor = bring_to(ul::role::acceptor, 3);
  auto ac = sample_ac();
  ac.user.identity_response = {std::vector<std::byte>(70'000)};
  EXPECT_FALSE(acceptor->associate_accept(ac).allowed);
  EXPECT_EQ(acceptor->current(), ul::state::sta3_awaiting_local_associate_response);
  EXPECT_TRUE(acceptor->outgoing().empty());
  EXPECT_TRUE(acceptor->associate_reject(pdu::associate_rj::no_reason, t0).allowed);
}

}  // namespace

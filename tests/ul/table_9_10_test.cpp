// SPDX-License-Identifier: BSL-1.0
// Every cell of Table 9-10 in both roles, seen from outside: what a provider sends, tells, wants of
// the transport and of its timer. The expectations come from facts.hpp alone.
#include "ul/facts.hpp"
#include "ul/wire.hpp"
#include <codimse/ul/provider.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace wire;
using enum ul::transmission;

constexpr auto rejection = pdu::associate_rj::called_ae_not_recognized;
constexpr auto provider_rejection = pdu::associate_rj::protocol_version_not_supported;
constexpr time_point later = t0 + 7s;

/// What an event brings along; the cells must do the same whatever it is.
struct variant {
  bool acceptable = true;                      // Evt6
  pdu::abort received{0, 0};                   // Evt16
  errc invalid = errc::invalid_pdu_parameter;  // Evt19
};
constexpr variant variants[] = {
    {},
    {.acceptable = false, .received = {2, 6}, .invalid = errc::unknown_pdu_type},
    {.received = {1, 77}, .invalid = errc::unexpected_pdu_parameter},
};

ul::provider::step fire(ul::provider& p, int event, variant const& with) {
  switch (event) {
    case 1: return p.associate_request();
    case 2: return p.transport_confirmed(sample_rq(), later);
    case 3: return p.associate_ac_received(later);
    case 4: return p.associate_rj_received(later);
    case 5: return p.transport_indicated(later);
    case 6:
      if (with.acceptable) return p.associate_rq_received(later);
      return p.associate_rq_received(later, provider_rejection);
    case 7: return p.associate_accept(sample_ac());
    case 8: return p.associate_reject(rejection, later);
    case 9: return p.p_data_request();
    case 10: return p.p_data_received(later);
    case 11: return p.release_request();
    case 12: return p.release_rq_received(later);
    case 13: return p.release_rp_received(later);
    case 14: return p.release_response(later);
    case 15: return p.abort_request(later);
    case 16: return p.abort_received(with.received, later);
    case 17: return p.transport_closed();
    case 18: return p.artim_expired(later);
    default: return p.invalid_pdu(with.invalid, later);
  }
}

/// Source and reason of an A-ABORT sent (AA-1, AA-7, AA-8) or told (AA-3, AA-4, AA-8).
abort_reason expected_abort(facts::cell const& cell, variant const& with) {
  if (cell.action == "AA-1") return {0, 0};
  if (cell.action == "AA-3") return {with.received.source, with.received.reason};
  if (cell.action == "AA-4") return {2, 0};
  if (cell.event != 19) return {2, 2};  // unexpected PDU
  switch (with.invalid) {
    case errc::unknown_pdu_type: return {2, 1};
    case errc::unexpected_pdu_parameter: return {2, 5};
    default: return {2, 6};
  }
}

void expect_sent(ul::provider const& p, ul::transmission what, facts::cell const& cell,
                 variant const& with) {
  auto const pdus = outgoing(p);
  if (what == none || what == p_data) {  // P-DATA passes by the provider
    EXPECT_TRUE(pdus.empty());
    return;
  }
  ASSERT_EQ(pdus.size(), 1U);
  auto const& one = pdus.front();
  switch (what) {
    case associate_rq: EXPECT_EQ(one.as<pdu::associate_rq>(), sample_rq()); break;
    case associate_ac: EXPECT_EQ(one.as<pdu::associate_ac>(), sample_ac()); break;
    case associate_rj:
      EXPECT_EQ(one.as<pdu::associate_rj>(), cell.event == 6 ? provider_rejection : rejection);
      break;
    case abort: EXPECT_EQ(one.as<pdu::abort>(), pdu::abort{expected_abort(cell, with)}); break;
    default: break;
  }
  constexpr std::string_view names[] = {
      "",          "A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "A-ASSOCIATE-RJ",
      "P-DATA-TF", "A-RELEASE-RQ",   "A-RELEASE-RP",   "A-ABORT"};
  EXPECT_EQ(one.name(), names[static_cast<std::size_t>(what)]);
}

void expect_nothing(ul::provider const& before, ul::provider const& after,
                    ul::provider::step const& done) {
  EXPECT_FALSE(done.allowed);
  EXPECT_EQ(done.performed, ul::action::none);
  EXPECT_EQ(done.tell, ul::indication::none);
  EXPECT_EQ(done.transport, ul::transport_change::none);
  EXPECT_TRUE(after.outgoing().empty());
  EXPECT_EQ(after.artim_deadline(), before.artim_deadline());
  EXPECT_EQ(after.current(), before.current());
}

void check(facts::cell const& cell, ul::role side, variant const& with) {
  auto p = bring_to(side, cell.state);
  ASSERT_TRUE(p);
  ASSERT_EQ(static_cast<int>(p->current()), cell.state);
  ASSERT_EQ(p->artim_deadline().has_value(), cell.state == 2 || cell.state == 13);
  ASSERT_EQ(p->may_send_data(), cell.state == 6 || cell.state == 8);
  ASSERT_EQ(p->established(), cell.state == 6);
  auto const before = *p;
  auto const done = fire(*p, cell.event, with);
  if (cell.action.empty()) {
    expect_nothing(before, *p, done);
    return;
  }

  bool const refused = cell.action == "AE-6" && !with.acceptable;
  auto const said = facts::effects_of(facts::sentence_of(refused ? "AE-6 else" : cell.action));
  EXPECT_TRUE(done.allowed);
  EXPECT_EQ(ul::name_of(done.performed), cell.action);
  expect_sent(*p, said.send, cell, with);
  EXPECT_EQ(done.tell, said.tell);
  EXPECT_EQ(done.transport, said.transport);
  if (said.tell == ul::indication::aborted) {
    EXPECT_EQ(done.abort, expected_abort(cell, with));
  }

  std::optional<time_point> deadline = before.artim_deadline();
  if (said.artim == ul::timer_change::start) deadline = later + artim;
  if (said.artim == ul::timer_change::stop) deadline.reset();
  EXPECT_EQ(p->artim_deadline(), deadline);

  bool const other = refused || (cell.action == "AR-8" && side == ul::role::acceptor);
  EXPECT_EQ(static_cast<int>(p->current()), other ? cell.otherwise : cell.next);
}

bool unreachable(facts::cell const& cell, ul::role side) {
  auto const never = facts::never(side);
  return std::ranges::find(never, cell.state) != never.end() ||
         (cell.state == 1 && cell.event == facts::opening_of_the_other(side));
}

class table_9_10 : public testing::TestWithParam<ul::role> {};

TEST_P(table_9_10, each_cell) {
  int checked = 0;
  for (auto const& cell : facts::table_9_10) {
    if (unreachable(cell, GetParam())) continue;
    for (auto const& with : variants) {
      SCOPED_TRACE("Evt" + std::to_string(cell.event) + " in Sta" + std::to_string(cell.state) +
                   ", variant " + std::to_string(&with - variants));
      check(cell, GetParam(), with);
    }
    ++checked;
  }
  EXPECT_EQ(checked, 247 - (4 * 19 + 1));
}

/// The states that the table itself leads to, from Sta1 and with the opening of one's own role.
std::set<int> reachable_states(ul::role side) {
  std::set<int> found{1};
  for (std::size_t before = 0; before != found.size();) {
    before = found.size();
    for (auto const& cell : facts::table_9_10) {
      if (cell.action.empty() || !found.contains(cell.state)) continue;
      if (cell.event == facts::opening_of_the_other(side)) continue;
      if (cell.action == "AR-8") {
        found.insert(side == ul::role::requestor ? cell.next : cell.otherwise);
        continue;
      }
      found.insert(cell.next);
      if (cell.otherwise != 0) found.insert(cell.otherwise);
    }
  }
  return found;
}

TEST_P(table_9_10, exactly_these_cells_are_never_reached) {
  auto const never = facts::never(GetParam());
  std::set<int> all;
  for (int state = 1; state <= 13; ++state) all.insert(state);
  for (int const state : never) all.erase(state);
  EXPECT_EQ(reachable_states(GetParam()), all);
  for (int state = 1; state <= 13; ++state)
    EXPECT_EQ(bring_to(GetParam(), state).has_value(), all.contains(state)) << state;

  // And the two openings: an acceptor asks for no connection, a requestor gets none.
  auto p = bring_to(GetParam(), 1);
  auto const before = *p;
  expect_nothing(before, *p, fire(*p, facts::opening_of_the_other(GetParam()), {}));
}

INSTANTIATE_TEST_SUITE_P(roles, table_9_10,
                         testing::Values(ul::role::requestor, ul::role::acceptor),
                         [](auto const& one) {
                           return one.param == ul::role::requestor ? "requestor" : "acceptor";
                         });

}  // namespace

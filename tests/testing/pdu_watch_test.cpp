// SPDX-License-Identifier: BSL-1.0
#include <codimse/testing/network_plan.hpp>
#include <codimse/testing/pdu_watch.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace {

using codimse::testing::network_plan;
using codimse::testing::pdu_place;
using codimse::testing::pdu_position;
using codimse::testing::pdu_watch;
using codimse::testing::seeded_random;
using bytes = std::vector<std::byte>;

bytes of(std::initializer_list<unsigned> all) {
  bytes out;
  for (auto const one : all) out.push_back(static_cast<std::byte>(one));
  return out;
}
bytes pdu(unsigned type, bytes const& body) {
  bytes out = of({type, 0, 0, 0, 0, static_cast<unsigned>(body.size())});
  out.insert(out.end(), body.begin(), body.end());
  return out;
}
/// One PDU with one fragment of two bytes.
bytes p_data(unsigned context, unsigned control) {
  return pdu(4, of({0, 0, 0, 4, context, control, 0xAA, 0xBB}));
}

/// What is wrong with these PDUs, sent in pieces of some size.
std::string problem_of(std::vector<bytes> const& pdus, std::size_t piece) {
  bytes all;
  for (auto const& one : pdus) all.insert(all.end(), one.begin(), one.end());
  pdu_watch watch;
  for (std::size_t at = 0; at < all.size(); at += piece)
    watch.sent(std::span{all}.subspan(at, std::min(piece, all.size() - at)));
  EXPECT_TRUE(watch.at_boundary());
  EXPECT_EQ(watch.types().size(), pdus.size());
  return watch.problem();
}

TEST(pdu_watch, knows_what_may_follow_what) {
  auto const request = pdu(1, of({1, 2, 3}));
  auto const release = pdu(5, of({0, 0, 0, 0}));
  auto const answer = pdu(6, of({0, 0, 0, 0}));
  auto const abort = pdu(7, of({0, 0, 0, 0}));
  for (std::size_t const piece : {1U, 5U, 7U, 1000U}) {
    EXPECT_EQ(problem_of({request, p_data(1, 3), p_data(1, 0), p_data(1, 2), release}, piece), "");
    EXPECT_EQ(problem_of({request, abort, abort}, piece), "");
    EXPECT_EQ(problem_of({request, release, answer}, piece), "");
    EXPECT_EQ(problem_of({request, abort, p_data(1, 3)}, piece),
              "PDU type 4 was sent after type 7");
    EXPECT_EQ(problem_of({request, release, p_data(1, 3)}, piece),
              "PDU type 4 was sent after type 5");
    EXPECT_EQ(problem_of({request, request}, piece), "PDU type 1 was sent after type 1");
    for (auto const& mixed : {p_data(1, 3), p_data(3, 0)})
      EXPECT_EQ(problem_of({request, p_data(1, 0), mixed}, piece),
                "a message was sent in the middle of another");
  }
}

TEST(pdu_position, stops_at_a_place) {
  auto const one = p_data(1, 3);
  bytes two = one;
  two.insert(two.end(), one.begin(), one.end());
  for (std::size_t offset = 0; offset < one.size(); ++offset) {
    pdu_position at;
    EXPECT_EQ(at.advance(two, {1, offset}), one.size() + offset);
    EXPECT_EQ(at.place(), (pdu_place{1, offset}));
  }
  pdu_position beyond;
  EXPECT_EQ(beyond.advance(two, {0, 100}), one.size());  // before the next PDU
}

TEST(network_plan, follows_from_the_seed) {
  std::string first;
  for (int turn = 0; turn < 2; ++turn) {
    seeded_random random{42};
    std::string all;
    for (int i = 0; i < 50; ++i) all += network_plan::draw(random).describe() + "\n";
    if (turn == 0) first = all;
    EXPECT_EQ(all, first);
    EXPECT_NE(all.find("vanish@"), std::string::npos);
  }
}

}  // namespace

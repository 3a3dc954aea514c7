// SPDX-License-Identifier: BSL-1.0
#include "pdu/golden.hpp"
#include <codimse/pdu/codec.hpp>

#include <gtest/gtest.h>

#include <string_view>

namespace {

using namespace codimse;
using golden::from_hex;

static_assert(pdu::abort{abort_reason{2, 5}} == pdu::abort{2, 5});
static_assert(pdu::release_rq{} == pdu::release_rq{} && pdu::release_rp{} == pdu::release_rp{});

template <class Pdu>
void expect_golden(Pdu const& value, std::string_view hex) {
  auto const bytes = from_hex(hex);
  EXPECT_EQ(pdu::encode(value), bytes);
  EXPECT_EQ(pdu::encoded_size(value), bytes.size());
  auto const decoded = pdu::decode<Pdu>(golden::body_of(bytes));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, value);
}

TEST(control, golden_bytes) {
  expect_golden(pdu::release_rq{}, golden::release_rq);
  expect_golden(pdu::release_rp{}, golden::release_rp);
  expect_golden(pdu::abort{2, 6}, golden::abort);
  expect_golden(pdu::abort{}, "07 00 00000004 00 00 00 00");
}

TEST(control, reserved_bytes_are_not_tested) {
  EXPECT_TRUE(pdu::decode<pdu::release_rq>(from_hex("FF FF FF FF")));
  EXPECT_TRUE(pdu::decode<pdu::release_rp>(from_hex("01 02 03 04")));
  auto const aborted = pdu::decode<pdu::abort>(from_hex("FF FF 02 01"));
  ASSERT_TRUE(aborted);
  EXPECT_EQ(*aborted, (pdu::abort{2, 1}));
}

TEST(control, values_out_of_the_table_are_kept) {
  auto const aborted = pdu::decode<pdu::abort>(from_hex("00 00 01 FF"));
  ASSERT_TRUE(aborted);
  EXPECT_EQ(*aborted, (pdu::abort{1, 255}));
}

TEST(control, a_longer_body_is_taken_and_a_shorter_one_is_not) {
  EXPECT_TRUE(pdu::decode<pdu::abort>(from_hex("00 00 02 06 00 00")));
  for (std::string_view const hex : {"", "00", "00 00", "00 00 02"}) {
    EXPECT_EQ(pdu::decode<pdu::abort>(from_hex(hex)).error(), errc::invalid_pdu_parameter);
    EXPECT_EQ(pdu::decode<pdu::release_rq>(from_hex(hex)).error(), errc::invalid_pdu_parameter);
    EXPECT_EQ(pdu::decode<pdu::release_rp>(from_hex(hex)).error(), errc::invalid_pdu_parameter);
  }
}

TEST(control, dump) {
  EXPECT_EQ(pdu::dump(pdu::abort{2, 6}), "A-ABORT\n  source: 2\n  reason: 6\n");
  EXPECT_EQ(pdu::dump(pdu::release_rq{}), "A-RELEASE-RQ\n");
  EXPECT_EQ(pdu::dump(pdu::release_rp{}), "A-RELEASE-RP\n");
}

}  // namespace

// SPDX-License-Identifier: BSL-1.0
#include "pdu/golden.hpp"
#include <codimse/pdu/codec.hpp>
#include <codimse/pdu/p_data.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace {

using codimse::pdu::fragment_room;
using codimse::pdu::message_control;

static_assert(message_control::from_byte(0) == message_control{.command = false, .last = false});
static_assert(message_control::from_byte(1) == message_control{.command = true, .last = false});
static_assert(message_control::from_byte(2) == message_control{.command = false, .last = true});
static_assert(message_control::from_byte(3) == message_control{.command = true, .last = true});
static_assert(message_control::from_byte(0xFC) == message_control{});  // bits 2 to 7: not tested
static_assert(message_control::from_byte(0xFF).to_byte() == 3);

constexpr std::uint32_t cap = 1024 * 1024;
static_assert(fragment_room(16384, cap) == 16378);
static_assert(fragment_room(8, cap) == 2);
static_assert(fragment_room(9, cap) == 2);
static_assert(fragment_room(10, cap) == 4);
static_assert(fragment_room(65535, cap) == 65528);
// Under 8 not even two bytes fit.
static_assert(fragment_room(7, cap) == 0 && fragment_room(6, cap) == 0 &&
              fragment_room(1, cap) == 0);
// No limit, or a huge one: ours decides.
static_assert(fragment_room(0, cap) == cap - 6);
static_assert(fragment_room(0xFFFFFFFF, cap) == cap - 6);
static_assert(fragment_room(cap + 1, cap) == cap - 6);
static_assert(fragment_room(0, 0xFFFFFFFF) == 0xFFFFFFF8);
static_assert(fragment_room(0, 7) == 0 && fragment_room(0, 0) == 0 && fragment_room(100, 0) == 0);

TEST(p_data, fragments_are_even_and_fit) {
  for (std::uint32_t length = 1; length < 3000; ++length) {
    auto const room = fragment_room(length, 2000);
    EXPECT_EQ(room % 2, 0U);
    if (room == 0) {
      EXPECT_LT(length, 8U);
    } else {
      EXPECT_LE(room + 6, length);
      EXPECT_LE(room + 6, 2000U);
      EXPECT_TRUE(room + 8 > length || room + 8 > 2000);
    }
  }
}

void expect_header(std::string_view hex) {
  auto const golden_pdu = golden::from_hex(hex);
  std::array<std::byte, codimse::pdu::p_data_overhead> header{};
  codimse::pdu::write_p_data_header(header.data(), 1, {.command = true, .last = true},
                                    static_cast<std::uint32_t>(golden_pdu.size() - header.size()));
  EXPECT_TRUE(std::ranges::equal(header, std::span{golden_pdu}.first(header.size())));
}

TEST(p_data, header_against_golden_bytes) {
  expect_header(golden::c_echo_rq);
  expect_header(golden::c_echo_rsp);
}

TEST(p_data, header_at_the_ends_of_its_range) {
  std::array<std::byte, codimse::pdu::p_data_overhead> header{};
  header.fill(std::byte{0xEE});
  codimse::pdu::write_p_data_header(header.data(), 255, {}, 0);
  EXPECT_TRUE(std::ranges::equal(header, golden::from_hex("04 00 00000006 00000002 FF 00")));
  codimse::pdu::write_p_data_header(header.data(), 3, {.last = true}, 0xFFFFFFF8);
  EXPECT_TRUE(std::ranges::equal(header, golden::from_hex("04 00 FFFFFFFE FFFFFFFA 03 02")));
}

TEST(p_data, whole_pdus_come_back_as_they_were) {
  for (auto const golden_bytes : {golden::c_echo_rq, golden::c_echo_rsp}) {
    auto const bytes = golden::from_hex(golden_bytes);
    auto const body = std::span{bytes}.subspan(codimse::pdu::header_size);
    auto const decoded = codimse::pdu::decode<codimse::pdu::p_data_tf>(body);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->values.size(), 1U);
    EXPECT_EQ(codimse::pdu::encode(*decoded), bytes);
    EXPECT_EQ(codimse::pdu::encoded_size(*decoded), bytes.size());
    EXPECT_NE(codimse::pdu::dump(*decoded).find("message control header: 3"), std::string::npos);
  }
}

TEST(p_data, several_values_and_broken_ones) {
  codimse::pdu::p_data_tf two;
  two.values.push_back({1, 3, golden::from_hex("01 02")});
  two.values.push_back({1, 2, {}});
  auto bytes = codimse::pdu::encode(two);
  auto const body = [&] { return std::span{bytes}.subspan(codimse::pdu::header_size); };
  EXPECT_EQ(*codimse::pdu::decode<codimse::pdu::p_data_tf>(body()), two);
  bytes[codimse::pdu::header_size + 3] = std::byte{200};  // a value longer than the PDU
  EXPECT_FALSE(codimse::pdu::decode<codimse::pdu::p_data_tf>(body()));
  bytes[codimse::pdu::header_size + 3] = std::byte{1};  // one without its control header
  EXPECT_FALSE(codimse::pdu::decode<codimse::pdu::p_data_tf>(body()));
}

}  // namespace

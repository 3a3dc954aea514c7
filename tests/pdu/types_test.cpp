// SPDX-License-Identifier: BSL-1.0
#include <codimse/pdu/types.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>

using codimse::pdu::guess_protocol;
using codimse::pdu::name_of;
using codimse::pdu::pdu_type;

static_assert(name_of(pdu_type::associate_rq) == "A-ASSOCIATE-RQ");
static_assert(name_of(pdu_type::associate_ac) == "A-ASSOCIATE-AC");
static_assert(name_of(pdu_type::associate_rj) == "A-ASSOCIATE-RJ");
static_assert(name_of(pdu_type::p_data_tf) == "P-DATA-TF");
static_assert(name_of(pdu_type::release_rq) == "A-RELEASE-RQ");
static_assert(name_of(pdu_type::release_rp) == "A-RELEASE-RP");
static_assert(name_of(pdu_type::abort) == "A-ABORT");
static_assert(name_of(static_cast<pdu_type>(0x16)) == "unknown PDU");

static_assert(guess_protocol(0x16).find("TLS") != std::string_view::npos);
static_assert(guess_protocol(0x15).find("TLS") != std::string_view::npos);
static_assert(guess_protocol(0x0B).find("HL7") != std::string_view::npos);
static_assert(guess_protocol('S').find("SSH") != std::string_view::npos);
static_assert(guess_protocol('G') == guess_protocol('P'));
static_assert(guess_protocol(0x00) == "no DICOM PDU");

TEST(types, every_first_byte_has_a_guess) {
  for (unsigned byte = 0; byte <= 0xFF; ++byte)
    EXPECT_FALSE(guess_protocol(static_cast<std::uint8_t>(byte)).empty());
}

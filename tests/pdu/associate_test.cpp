// SPDX-License-Identifier: BSL-1.0
#include "pdu/golden.hpp"
#include <codimse/pdu/codec.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace codimse;
using golden::bytes;
using golden::from_hex;
using golden::from_text;
using golden::item;
using golden::joined;

static_assert(pdu::associate_rj{2, 3, 1}.transient() && !pdu::associate_rj{}.transient());
static_assert(pdu::associate_rj::called_ae_not_recognized == pdu::associate_rj{1, 1, 7});
static_assert(pdu::associate_rj::calling_ae_not_recognized == pdu::associate_rj{1, 1, 3});
static_assert(pdu::associate_rj::application_context_not_supported == pdu::associate_rj{1, 1, 2});
static_assert(pdu::associate_rj::protocol_version_not_supported == pdu::associate_rj{1, 2, 2});
static_assert(pdu::associate_rj::not_authorized == pdu::associate_rj{1, 2, 1});
static_assert(pdu::associate_rj::no_reason == pdu::associate_rj{1, 1, 1});
static_assert(pdu::associate_rj::temporary_congestion == pdu::associate_rj{2, 3, 1});
static_assert(pdu::associate_rj::local_limit_exceeded == pdu::associate_rj{2, 3, 2});

pdu::user_information echo_user() {
  pdu::user_information user;
  user.maximum_length = 16384;
  user.implementation_class = uid{"1.2.3.4"};
  user.implementation_version = "EXAMPLE_1";
  return user;
}

pdu::associate_rq echo_rq() {
  pdu::associate_rq rq;
  rq.called = ae_title{"ECHOSCP"}.to_field();
  rq.calling = ae_title{"ECHOSCU"}.to_field();
  rq.contexts = {{1, "1.2.840.10008.1.1", {"1.2.840.10008.1.2"}, {}}};
  rq.user = echo_user();
  return rq;
}

pdu::associate_ac echo_ac() {
  pdu::associate_ac ac;
  ac.called = ae_title{"ECHOSCP"}.to_field();
  ac.calling = ae_title{"ECHOSCU"}.to_field();
  ac.contexts = {{1, 0, uid{"1.2.840.10008.1.2"}, {}}};
  ac.user = echo_user();
  return ac;
}

/// Each item and sub-item once or more, with values at their ends.
pdu::associate_rq full_rq() {
  pdu::associate_rq rq = echo_rq();
  rq.protocol_version = 0x8001;
  rq.reserved.fill(std::byte{0x5A});
  rq.contexts.push_back({255,
                         "1.2.840.10008.5.1.4.1.1.2",
                         {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50", std::string(64, '1')},
                         {{0x41, from_text("new")}}});
  rq.user.window = {0, 0xFFFF};
  rq.user.roles = {{"1.2.840.10008.1.1", 0, 1}, {"1.2.840.10008.5.1.4.1.1.2", 1, 1}};
  rq.user.extended = {{"1.2.840.10008.1.1", from_hex("010101")}, {"1.2", {}}};
  rq.user.common = {{"1.2.3", "1.2.840.10008.4.2", {"1.2.4", "1.2.5"}, from_hex("AABB")},
                    {"1.2.6", "1.2.7", {}, {}}};
  rq.user.identity = {.type = 2,
                      .positive_response_requested = 1,
                      .primary = from_text("user"),
                      .secondary = from_text("secret-pass")};
  rq.user.unknown = {{0x5A, from_text("later")}, {0xFF, {}}};
  rq.unknown = {{0x11, from_text("x")}, {0x00, {}}};
  return rq;
}

pdu::associate_ac full_ac() {
  pdu::associate_ac ac = echo_ac();
  ac.contexts.push_back({3, 4, uid{}, {}});
  ac.contexts.push_back({5, 3, {}, {{0x99, from_text("?")}}});
  ac.contexts.push_back({7, 200, uid{"unknown"}, {}});
  ac.user.window = {1, 1};
  ac.user.roles = {{"1.2.840.10008.1.1", 1, 0}};
  ac.user.extended = {{"1.2.840.10008.1.1", from_hex("01")}};
  ac.user.identity_response = {from_text("ticket")};
  ac.unknown = {{0x60, from_text("later")}};
  return ac;
}

template <class Pdu>
void expect_round_trip(Pdu const& value) {
  auto const encoded = pdu::encode(value);
  EXPECT_EQ(pdu::encoded_size(value), encoded.size());
  EXPECT_EQ(static_cast<pdu::pdu_type>(encoded[0]), Pdu::type);
  EXPECT_EQ(load_big<std::uint32_t>(encoded.data() + 2), encoded.size() - 6);
  auto const decoded = pdu::decode<Pdu>(golden::body_of(encoded));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, value);
  EXPECT_EQ(pdu::encode(*decoded), encoded);
}

template <class Pdu>
void expect_golden(Pdu const& value, std::string_view hex) {
  EXPECT_EQ(pdu::encode(value), from_hex(hex));
  expect_round_trip(value);
}

TEST(associate, golden_bytes) {
  expect_golden(echo_rq(), golden::associate_rq);
  expect_golden(echo_ac(), golden::associate_ac);
  expect_golden(pdu::associate_rj::called_ae_not_recognized, golden::associate_rj);
}

TEST(associate, everything_survives_a_round_trip) {
  expect_round_trip(full_rq());
  expect_round_trip(full_ac());
  expect_round_trip(pdu::associate_rq{});
  expect_round_trip(pdu::associate_ac{});
  expect_round_trip(pdu::associate_rj{255, 254, 253});  // out of the table: kept
}

TEST(associate, titles_of_a_request) {
  auto const rq = echo_rq();
  EXPECT_EQ(rq.called_ae_title(), ae_title{"ECHOSCP"});
  EXPECT_EQ(rq.calling_ae_title(), ae_title{"ECHOSCU"});
}

// --- sub-items
// ------------------------------------------------------------------------------------

/// A request whose user information holds these bytes.
bytes rq_with_user(bytes const& sub_items) {
  bytes out = from_hex(golden::associate_rq);
  out.resize(185 - 32 - 4);
  out = joined({out, item(0x50, sub_items)});
  store_big(out.data() + 2, static_cast<std::uint32_t>(out.size() - 6));
  return out;
}

result<pdu::associate_rq> decode_rq(bytes const& whole, limits const& bounds = {}) {
  return pdu::decode<pdu::associate_rq>(golden::body_of(whole), bounds);
}

template <class Check>
void expect_sub_item(std::string_view hex, Check check) {
  auto const whole = rq_with_user(from_hex(hex));
  auto const rq = decode_rq(whole);
  ASSERT_TRUE(rq) << hex;
  check(rq->user);
  EXPECT_EQ(pdu::encode(*rq), whole) << hex;
  expect_round_trip(*rq);
}

TEST(sub_items, golden_bytes) {
  expect_sub_item(golden::maximum_length,
                  [](auto const& user) { EXPECT_EQ(user.maximum_length, 16384U); });
  expect_sub_item(golden::window, [](auto const& user) {
    EXPECT_EQ(user.window, (pdu::async_operations_window{1, 1}));
  });
  expect_sub_item(golden::role_selection, [](auto const& user) {
    EXPECT_EQ(user.roles, (std::vector<pdu::role_selection>{{"1.2.840.10008.1.1", 0, 1}}));
  });
  expect_sub_item(golden::extended_negotiation, [](auto const& user) {
    EXPECT_EQ(
        user.extended,
        (std::vector<pdu::extended_negotiation>{{"1.2.840.10008.1.1", from_hex("01 01 01")}}));
  });
  expect_sub_item(golden::common_extended_negotiation, [](auto const& user) {
    EXPECT_EQ(user.common,
              (std::vector<pdu::common_extended_negotiation>{
                  {"1.2.840.10008.1.1", "1.2.840.10008.4.2", {"1.2.840.10008.1.1"}, {}}}));
  });
  expect_sub_item(golden::user_identity_rq, [](auto const& user) {
    EXPECT_EQ(user.identity, (pdu::user_identity_rq{2, 1, from_text("user"), from_text("pass")}));
  });
  expect_sub_item(golden::user_identity_ac, [](auto const& user) {
    EXPECT_EQ(user.identity_response, pdu::user_identity_ac{});
  });
}

TEST(sub_items, any_order_gives_the_same) {
  std::vector<bytes> parts;
  for (std::string_view const hex :
       {golden::maximum_length, golden::window, golden::role_selection,
        golden::extended_negotiation, golden::common_extended_negotiation, golden::user_identity_rq,
        golden::user_identity_ac, std::string_view{"5A 00 0001 EE"}})
    parts.push_back(from_hex(hex));
  auto const all = [&] {
    bytes out;
    for (auto const& one : parts) out = joined({out, one});
    return decode_rq(rq_with_user(out));
  };
  auto const ascending = all();
  ASSERT_TRUE(ascending);
  EXPECT_EQ(ascending->user.unknown.size(), 1U);
  for (std::size_t turn = 0; turn < parts.size(); ++turn) {
    std::ranges::rotate(parts, parts.begin() + 1);
    std::swap(parts[0], parts[4]);
    auto const other = all();
    ASSERT_TRUE(other);
    EXPECT_EQ(*other, *ascending);
    EXPECT_EQ(pdu::encode(*other), pdu::encode(*ascending));  // written ascending
  }
}

TEST(sub_items, reserved_bytes_are_not_tested) {
  auto const rq = decode_rq(rq_with_user(from_hex("51 FF 0004 00000010 53 77 0004 0002 0003")));
  ASSERT_TRUE(rq);
  EXPECT_EQ(rq->user.maximum_length, 16U);
  EXPECT_EQ(rq->user.window, (pdu::async_operations_window{2, 3}));
}

TEST(sub_items, the_last_of_a_repeated_single_item_counts) {
  auto const rq = decode_rq(rq_with_user(from_hex("51 00 0004 00000010 51 00 0004 00000020")));
  ASSERT_TRUE(rq);
  EXPECT_EQ(rq->user.maximum_length, 32U);
}

TEST(sub_items, lengths_that_do_not_fit) {
  for (std::string_view const hex : {
           "51",  // no whole header
           "51 00 00",
           "51 00 0004",  // value missing
           "51 00 0000",  // too short for the value
           "51 00 0003 000040",
           "51 00 0005 00004000",  // longer than what is there
           "51 00 FFFF 00004000",
           "53 00 0002 0001",
           "53 00 0003 000100",
           "54 00 0000",
           "54 00 0001 00",
           "54 00 0002 0000",  // roles missing
           "54 00 0003 0000 01",
           "54 00 0004 FFFF 01 01",  // UID longer than the item
           "54 00 0006 0003 312E32 01",
           "56 00 0000",
           "56 00 0001 00",
           "56 00 0003 0002 31",
           "57 00 0002 0000",
           "57 00 0004 0000 0000",
           "57 00 0005 0000 0000 00",
           "57 00 0006 0000 0000 0001",       // list longer than the item
           "57 00 0007 0000 0000 0001 00",    // list too short for a length
           "57 00 0008 0000 0000 0002 0001",  // UID longer than the list
           "57 00 0009 0000 0000 0003 0002 31",
           "57 00 0006 0000 FFFF 0000",
           "58 00 0000",
           "58 00 0002 01 00",
           "58 00 0004 01 00 0001",
           "58 00 0006 01 00 0001 0000",  // secondary length cut
           "58 00 0006 01 00 0000 0001",
           "58 00 0006 01 00 FFFF 0000",
           "59 00 0000",
           "59 00 0001 00",
           "59 00 0002 0001",
           "59 00 0002 FFFF",
           "5A 00 0001",  // unknown, but no longer than its parent
           "FF 00 FFFF",
       }) {
    auto const rq = decode_rq(rq_with_user(from_hex(hex)));
    ASSERT_FALSE(rq) << hex;
    EXPECT_EQ(rq.error(), errc::invalid_pdu_parameter) << hex;
  }
}

TEST(sub_items, odd_and_empty_values_that_do_fit) {
  for (std::string_view const hex : {
           "", "52 00 0000", "52 00 0001 31", "55 00 0000", "55 00 0001 41", "54 00 0004 0000 0000",
           "56 00 0002 0000", "57 00 0006 0000 0000 0000", "57 00 0008 0000 0000 0002 0000",
           "58 00 0006 00 00 0000 0000", "59 00 0002 0000", "5A 00 0000", "00 00 0000",
           "51 00 0005 00000001 FF",  // bytes after the last field are ignored
       })
    EXPECT_TRUE(decode_rq(rq_with_user(from_hex(hex)))) << hex;
}

TEST(sub_items, long_implementation_version_names_are_taken) {
  std::string const name(1000, 'V');
  auto const rq = decode_rq(rq_with_user(item(0x55, from_text(name))));
  ASSERT_TRUE(rq);
  EXPECT_EQ(rq->user.implementation_version, name);
}

TEST(sub_items, identity_may_fill_its_item) {
  auto rq = echo_rq();
  rq.user = {};
  rq.user.identity = {.type = 4, .primary = bytes(65535 - 4 - 6), .secondary = {}};
  expect_round_trip(rq);
  rq.user.identity->primary.push_back({});
  byte_writer out;
  EXPECT_EQ(pdu::encode_to(out, rq), errc::invalid_argument);
}

// --- items
// ----------------------------------------------------------------------------------------

/// A request with these items after its fixed fields.
bytes rq_with_items(bytes const& items) {
  return golden::pdu(1, joined({from_hex("0001 0000"), bytes(64), items}));
}

TEST(items, lengths_that_do_not_fit) {
  for (std::string_view const hex : {
           "10",
           "10 00",
           "10 00 00",
           "10 00 0001",
           "10 00 FFFF",
           "10 00 FFFF 31",
           "20 00 0000",
           "20 00 0003 010000",               // context ID and reserved bytes missing
           "20 00 0004 010000",               // cut
           "20 00 0005 01000000 30",          // sub-item cut
           "20 00 0008 01000000 30 00 0001",  // sub-item longer than its parent
           "20 00 0008 01000000 30 00 FFFF",
           "20 00 0008 01000000 30 00 0001 31",  // the byte there is outside of the parent
           "20 00 0009 01000000 40 00 0002 31",
           "20 00 0009 01000000 99 00 FFFF 31",
           "50 00 0001 51",
           "50 00 0004 51 00 0004 00004000",
           "50 00 FFFF",
           "50 00 0001",
           "99 00 0001",
           "99 00 FFFF 00",
       }) {
    auto const rq = decode_rq(rq_with_items(from_hex(hex)));
    ASSERT_FALSE(rq) << hex;
    EXPECT_EQ(rq.error(), errc::invalid_pdu_parameter) << hex;
  }
  for (std::string_view const hex : {"21 00 0003 010000", "21 00 0009 01000000 40 00 0002 31"})
    EXPECT_FALSE(pdu::decode<pdu::associate_ac>(golden::body_of(rq_with_items(from_hex(hex)))))
        << hex;
}

TEST(items, odd_and_empty_ones_that_do_fit) {
  for (std::string_view const hex :
       {"", "10 00 0000", "20 00 0004 01000000", "20 00 0008 01000000 30 00 0000",
        "20 00 0008 01000000 40 00 0000", "20 00 0009 01000000 40 00 0001 31", "50 00 0000",
        "99 00 0000", "99 00 0001 FF", "21 00 0000"})
    EXPECT_TRUE(decode_rq(rq_with_items(from_hex(hex)))) << hex;
}

TEST(items, what_does_not_come_is_not_made_up) {
  auto const rq = decode_rq(rq_with_items({}));
  ASSERT_TRUE(rq);
  EXPECT_TRUE(rq->application_context.empty());
  EXPECT_TRUE(rq->contexts.empty());
  EXPECT_EQ(rq->user, pdu::user_information{});
  EXPECT_TRUE(rq->unknown.empty());
}

TEST(items, cut_at_every_byte) {
  // The bodies of whole PDUs, cut: an error wherever it is not between two items.
  for (auto const& whole : {pdu::encode(full_rq()), from_hex(golden::associate_rq)}) {
    auto const body = golden::body_of(whole);
    std::size_t good = 0;
    for (std::size_t cut = 0; cut < body.size(); ++cut) {
      auto const rq = pdu::decode<pdu::associate_rq>(body.first(cut));
      if (rq) ++good;
      else EXPECT_EQ(rq.error(), errc::invalid_pdu_parameter);
      if (cut < 68) {
        EXPECT_FALSE(rq) << cut;
      }
    }
    EXPECT_LT(good, 8U);
  }
  auto const ac = pdu::encode(full_ac());
  for (std::size_t cut = 0; cut < 68; ++cut)
    EXPECT_FALSE(pdu::decode<pdu::associate_ac>(golden::body_of(ac).first(cut)));
  for (std::size_t cut = 0; cut < 4; ++cut)
    EXPECT_FALSE(
        pdu::decode<pdu::associate_rj>(golden::body_of(from_hex(golden::associate_rj)).first(cut)));
}

TEST(items, every_byte_changed_never_crashes) {
  auto const whole = pdu::encode(full_rq());
  bytes body(golden::body_of(whole).begin(), golden::body_of(whole).end());
  for (std::size_t at = 0; at < body.size(); ++at) {
    std::byte const old = body[at];
    for (unsigned const value : {0x00U, 0x01U, 0x7FU, 0xFFU}) {
      body[at] = static_cast<std::byte>(value);
      if (auto const rq = pdu::decode<pdu::associate_rq>(body)) {
        byte_writer out;
        EXPECT_FALSE(pdu::encode_to(out, *rq));
        EXPECT_EQ(out.size(), pdu::encoded_size(*rq));
        EXPECT_FALSE(pdu::dump(*rq).empty());
      }
    }
    body[at] = old;
  }
}

TEST(items, unknown_ones_are_kept_and_written_again) {
  auto const whole = rq_with_items(joined(
      {item(0x10, from_text("1.2.840.10008.3.1.1.1")),
       item(0x20, joined({from_hex("01 00 00 00"), item(0x30, from_text("1.2")),
                          item(0x40, from_text("1.3")), item(0x31, from_text("deep"))})),
       item(0x50, item(0x5B, from_text("user"))), item(0x99, from_text("top")), item(0x99, {})}));
  auto const rq = decode_rq(whole);
  ASSERT_TRUE(rq);
  EXPECT_EQ(rq->unknown, (std::vector<pdu::raw_item>{{0x99, from_text("top")}, {0x99, {}}}));
  EXPECT_EQ(rq->contexts.at(0).unknown, (std::vector<pdu::raw_item>{{0x31, from_text("deep")}}));
  EXPECT_EQ(rq->user.unknown, (std::vector<pdu::raw_item>{{0x5B, from_text("user")}}));
  EXPECT_EQ(pdu::encode(*rq), whole);
}

TEST(items, any_order_is_read) {
  auto const user = item(0x50, from_hex(golden::maximum_length));
  auto const context = item(0x20, joined({from_hex("03 00 00 00"), item(0x40, from_text("1.3")),
                                          item(0x30, from_text("1.2"))}));
  auto const application = item(0x10, from_text("1.2.840.10008.3.1.1.1"));
  auto const usual = decode_rq(rq_with_items(joined({application, context, user})));
  auto const other = decode_rq(rq_with_items(joined({user, context, application})));
  ASSERT_TRUE(usual);
  ASSERT_TRUE(other);
  EXPECT_EQ(*usual, *other);
  EXPECT_EQ(usual->contexts.at(0).abstract_syntax, uid{"1.2"});
}

TEST(items, padding_of_uids_goes) {
  auto const padded = [](std::string_view pad) {
    std::string const tail{pad};
    return joined({item(0x10, from_text("1.2.840.10008.3.1.1.1" + tail)),
                   item(0x20, joined({from_hex("01 00 00 00"), item(0x30, from_text("1.2" + tail)),
                                      item(0x40, from_text("1.3" + tail))})),
                   item(0x50, item(0x52, from_text("1.4" + tail)))});
  };
  auto const plain = decode_rq(rq_with_items(padded("")));
  ASSERT_TRUE(plain);
  for (std::string_view const pad :
       {std::string_view{"\0", 1}, std::string_view{" "}, std::string_view{" \0 \0", 4}}) {
    auto const rq = decode_rq(rq_with_items(padded(pad)));
    ASSERT_TRUE(rq);
    EXPECT_EQ(*rq, *plain);
  }
  auto const role = decode_rq(rq_with_user(from_hex("54 00 0008 0004 312E3200 00 01")));
  ASSERT_TRUE(role);
  EXPECT_EQ(role->user.roles.at(0).sop_class, uid{"1.2"});
}

TEST(items, uids_over_64_characters_do_no_harm) {
  auto const rq = decode_rq(rq_with_items(joined(
      {item(0x10, from_text(std::string(65, '1'))),
       item(0x20, joined({from_hex("01 00 00 00"), item(0x30, from_text(std::string(65000, '2'))),
                          item(0x40, from_text("letters"))}))})));
  ASSERT_TRUE(rq);
  EXPECT_FALSE(rq->application_context.valid());
  EXPECT_EQ(rq->contexts.at(0).abstract_syntax.view(), std::string(64, '2'));
  EXPECT_FALSE(rq->contexts.at(0).abstract_syntax.valid());
  EXPECT_FALSE(rq->contexts.at(0).transfer_syntaxes.at(0).valid());
}

TEST(items, answered_contexts_in_every_form) {
  auto const decode_context = [](std::string_view hex) {
    auto const ac = pdu::decode<pdu::associate_ac>(golden::body_of(rq_with_items(from_hex(hex))));
    EXPECT_TRUE(ac) << hex;
    return ac ? ac->contexts.at(0) : pdu::presentation_context_ac{};
  };
  using context = pdu::presentation_context_ac;
  EXPECT_EQ(decode_context("21 00 0004 01000300"), (context{1, 3, {}, {}}));
  EXPECT_EQ(decode_context("21 00 0008 01000400 40000000"), (context{1, 4, uid{}, {}}));
  EXPECT_EQ(decode_context("21 00 000B 0100FF00 40000003 312E32"),
            (context{1, 255, uid{"1.2"}, {}}));
  EXPECT_EQ(decode_context("21 00 000B 01FF00FF 40FF0003 312E32"), (context{1, 0, uid{"1.2"}, {}}));
  EXPECT_TRUE((context{1, 0, {}, {}}.accepted()));
  EXPECT_FALSE((context{1, 1, {}, {}}.accepted()));
}

// --- bounds
// ---------------------------------------------------------------------------------------

TEST(bounds, ten_thousand_contexts) {
  auto rq = echo_rq();
  rq.contexts.assign(10'000, {1, "1.2", {"1.3"}, {}});
  auto const whole = pdu::encode(rq);
  EXPECT_FALSE(decode_rq(whole));  // 30,000 items
  auto const all = decode_rq(whole, {.associate_items = 40'000});
  ASSERT_TRUE(all);
  EXPECT_EQ(*all, rq);
}

TEST(bounds, five_thousand_transfer_syntaxes) {
  auto rq = echo_rq();
  rq.contexts.at(0).transfer_syntaxes.assign(5'000, uid{"1.2.3.4"});
  expect_round_trip(rq);
  EXPECT_FALSE(decode_rq(pdu::encode(rq), {.associate_items = 4'999}));
}

TEST(bounds, items_of_all_levels_count) {
  auto const whole = from_hex(golden::associate_rq);  // 3 items, 2 and 3 sub-items
  EXPECT_TRUE(decode_rq(whole, {.associate_items = 8}));
  for (std::uint32_t most = 0; most < 8; ++most)
    EXPECT_FALSE(decode_rq(whole, {.associate_items = most})) << most;

  auto const related = rq_with_user(from_hex("57 00 000A 0000 0000 0004 0000 0000"));
  EXPECT_TRUE(decode_rq(related, {.associate_items = 5 + 3}));
  EXPECT_FALSE(decode_rq(related, {.associate_items = 5 + 2}));
}

TEST(bounds, empty_unknown_items_count_too) {
  bytes const many(4 * 20'000, std::byte{0});
  EXPECT_FALSE(decode_rq(rq_with_items(many)));
  EXPECT_TRUE(decode_rq(rq_with_items(many), {.associate_items = 20'000}));
}

TEST(bounds, an_item_over_65535_bytes_is_an_error) {
  auto const refused = [](auto const& value) {
    byte_writer out;
    out.text("before");
    EXPECT_EQ(pdu::encode_to(out, value), errc::invalid_argument);
    EXPECT_EQ(out.size(), 6U);  // nothing half-written stays
  };
  auto rq = echo_rq();
  rq.user.extended = {{"1.2", bytes(65536)}};
  refused(rq);
  rq = echo_rq();
  rq.user.extended = {{"1.2", bytes(40'000)}, {"1.3", bytes(40'000)}};  // their parent is too long
  refused(rq);
  rq = echo_rq();
  rq.user.identity = {.primary = bytes(65536), .secondary = {}};
  refused(rq);
  rq = echo_rq();
  rq.user.common = {{"1.2", "1.3", std::vector<uid>(10'000, uid{"1.2.3.4.5"}), {}}};
  refused(rq);
  rq = echo_rq();
  rq.contexts.at(0).transfer_syntaxes.assign(10'000, uid{"1.2.3"});
  refused(rq);
  rq = echo_rq();
  rq.unknown = {{0x99, bytes(65536)}};
  refused(rq);
  rq.unknown = {{0x99, bytes(65535)}};
  expect_round_trip(rq);
  auto ac = echo_ac();
  ac.user.identity_response = {bytes(70'000)};
  refused(ac);
}

// --- dump
// -----------------------------------------------------------------------------------------

bool contains(std::string const& text, std::string_view part) {
  return text.find(part) != text.npos;
}

TEST(dump, shows_every_field) {
  auto const text = pdu::dump(full_rq());
  for (std::string_view const part :
       {"A-ASSOCIATE-RQ\n",
        "  protocol version: 32769\n",
        "  called AE title: \"ECHOSCP         \"\n",
        "  calling AE title: \"ECHOSCU         \"\n",
        "  application context\n    uid: \"1.2.840.10008.3.1.1.1\"\n",
        "  presentation context\n    id: 255\n    abstract syntax\n",
        "      uid: \"1.2.840.10008.5.1.4.1.1.2\"\n",
        "    transfer syntax\n",
        "      uid: \"1.2.840.10008.1.2.4.50\"\n",
        "    unknown item 41H: 3 bytes\n",
        "  user information\n    maximum length\n      value: 16384\n",
        "    implementation class\n      uid: \"1.2.3.4\"\n",
        "      maximum operations invoked: 0\n      maximum operations performed: 65535\n",
        "    role selection\n      SOP class: \"1.2.840.10008.1.1\"\n      SCU role: 0\n"
        "      SCP role: 1\n",
        "    implementation version\n      text: \"EXAMPLE_1\"\n",
        "      service class application information: 3 bytes\n",
        "      service class: \"1.2.840.10008.4.2\"\n",
        "      related general SOP class: \"1.2.4\"\n",
        "      reserved: 2 bytes\n",
        "      type: 2\n      positive response requested: 1\n      primary field: 4 bytes\n"
        "      secondary field: 11 bytes\n",
        "    unknown item 5AH: 5 bytes\n",
        "    unknown item FFH: 0 bytes\n",
        "  unknown item 11H: 1 bytes\n"})
    EXPECT_TRUE(contains(text, part)) << part << "\nin\n" << text;

  auto const answer = pdu::dump(full_ac());
  for (std::string_view const part :
       {"A-ASSOCIATE-AC\n",
        "    id: 7\n    result: 200\n    transfer syntax\n      uid: \"unknown\"\n",
        "    user identity response\n      server response: 6 bytes\n"})
    EXPECT_TRUE(contains(answer, part)) << part << "\nin\n" << answer;

  EXPECT_EQ(pdu::dump(pdu::associate_rj{1, 1, 7}),
            "A-ASSOCIATE-RJ\n  result: 1\n  source: 1\n  reason: 7\n");
}

TEST(dump, shows_no_secrets) {
  auto const text = pdu::dump(full_rq());
  EXPECT_FALSE(contains(text, "secret"));
  EXPECT_FALSE(contains(text, "pass"));
  auto ac = full_ac();
  EXPECT_FALSE(contains(pdu::dump(ac), "ticket"));
}

TEST(dump, escapes_what_a_terminal_would_obey) {
  auto rq = echo_rq();
  rq.called = {'\x1B', '[', '2', 'J', '\n', '"', '\\', '\0', '\x7F', '\xFF'};
  rq.contexts.at(0).abstract_syntax = uid{"1.2\n3"};
  rq.user.implementation_version = "a\r\tb";
  auto const text = pdu::dump(rq);
  EXPECT_TRUE(contains(text, R"("\x1b[2J\x0a\x22\x5c\x00\x7f\xff\x00)")) << text;
  EXPECT_TRUE(contains(text, R"("1.2\x0a3")")) << text;
  EXPECT_TRUE(contains(text, R"("a\x0d\x09b")")) << text;
  EXPECT_TRUE(
      std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
}

}  // namespace

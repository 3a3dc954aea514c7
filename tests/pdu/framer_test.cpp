// SPDX-License-Identifier: BSL-1.0
#include "pdu/golden.hpp"
#include <codimse/pdu/framer.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace {

using namespace codimse;
using golden::bytes;
using golden::from_hex;
using golden::from_text;
using golden::joined;
using golden::pdv;
using kind = pdu::framer::kind;

/// An event with its bytes copied, the slices of one PDV joined.
struct seen {
  pdu::framer::kind kind{};
  std::uint8_t type = 0;
  std::uint8_t context = 0;
  pdu::message_control control{};
  bool complete = false;
  errc failure{};
  bytes content;
  friend bool operator==(seen const&, seen const&) = default;
};

/// Reads all events that are there; false after an error.
bool drain(pdu::framer& framer, std::vector<seen>& out) {
  for (;;) {
    auto const e = framer.next();
    if (e.kind == kind::need_more) return true;
    bool const goes_on = e.kind == kind::fragment && !out.empty() &&
                         out.back().kind == kind::fragment && !out.back().complete;
    if (!goes_on) {
      out.push_back(
          {e.kind, e.type, e.context_id, e.control_header, e.pdv_complete, e.failure, {}});
    } else {
      EXPECT_EQ(out.back().context, e.context_id);
      EXPECT_EQ(out.back().control, e.control_header);
      out.back().complete = e.pdv_complete;
    }
    out.back().content.insert(out.back().content.end(), e.bytes.begin(), e.bytes.end());
    if (e.kind == kind::error) return false;
  }
}

std::vector<seen> events_of(std::initializer_list<std::span<std::byte const>> pieces,
                            limits const& bounds = {}, std::uint32_t announced = 0) {
  pdu::framer framer{bounds, announced};
  std::vector<seen> out;
  for (auto const piece : pieces) {
    framer.feed(piece);
    if (!drain(framer, out)) break;
  }
  return out;
}

seen control_pdu(std::uint8_t type, std::span<std::byte const> body) {
  return {kind::control, type, 0, {}, false, {}, {body.begin(), body.end()}};
}
seen p_data() { return {kind::p_data, 4, 0, {}, false, {}, {}}; }
seen fragment(std::uint8_t context, std::uint8_t control, bytes content, bool complete = true) {
  return {kind::fragment, 4,  context,           pdu::message_control::from_byte(control),
          complete,       {}, std::move(content)};
}
seen error(std::uint8_t type, errc why) { return {kind::error, type, 0, {}, false, why, {}}; }

struct mixed_stream {
  bytes stream;
  std::vector<seen> events;
};

/// Everything that a stream may hold, one after the other.
mixed_stream make_mixed_stream() {
  bytes const rq = from_hex(golden::associate_rq);
  bytes const echo = from_hex(golden::c_echo_rq);
  bytes const command = from_text("command.");
  bytes const data = from_text("the data set of the same message");
  mixed_stream out;
  out.stream = joined({
      rq,
      echo,
      golden::pdu(4, joined({pdv(1, 3, command), pdv(1, 0, data)})),  // command and data together
      golden::pdu(4, joined({pdv(1, 0, data), pdv(1, 0, from_text("odd")), pdv(1, 2, {})})),
      golden::pdu(4, {}),                    // no PDV at all
      golden::pdu(4, pdv(255, 0xFE, data)),  // reserved bits set
      from_hex(golden::release_rq),
      from_hex(golden::release_rp),
      from_hex(golden::associate_rj),
      golden::pdu(2, {}),
      from_hex(golden::abort),
      golden::pdu(7, from_hex("00 00 00 00 AA BB")),
  });
  out.events = {
      control_pdu(1, golden::body_of(rq)),
      p_data(),
      fragment(1, 3, bytes(echo.begin() + 12, echo.end())),
      p_data(),
      fragment(1, 3, command),
      fragment(1, 0, data),
      p_data(),
      fragment(1, 0, data),
      fragment(1, 0, from_text("odd")),
      fragment(1, 2, {}),
      p_data(),
      p_data(),
      fragment(255, 2, data),
      control_pdu(5, bytes(4)),
      control_pdu(6, bytes(4)),
      control_pdu(3, from_hex("00 01 01 07")),
      control_pdu(2, {}),
      control_pdu(7, from_hex("00 00 02 06")),
      control_pdu(7, from_hex("00 00 00 00 AA BB")),
  };
  return out;
}

TEST(framer, mixed_stream_in_one_piece) {
  auto const [stream, expected] = make_mixed_stream();
  EXPECT_EQ(events_of({stream}), expected);
}

TEST(framer, mixed_stream_split_at_every_point) {
  auto const [stream, expected] = make_mixed_stream();
  for (std::size_t cut = 0; cut <= stream.size(); ++cut)
    ASSERT_EQ(events_of({std::span{stream}.first(cut), std::span{stream}.subspan(cut)}), expected)
        << cut;
}

TEST(framer, mixed_stream_split_at_two_points) {
  auto const [stream, expected] = make_mixed_stream();
  std::span const all{stream};
  for (std::size_t first = 185; first < all.size(); ++first)  // the first PDU is 185 bytes long
    for (std::size_t second = first; second < all.size(); second += 11)
      ASSERT_EQ(
          events_of({all.first(first), all.subspan(first, second - first), all.subspan(second)}),
          expected)
          << first << ' ' << second;
}

TEST(framer, knows_when_it_stands_between_two_pdus) {
  auto const stream = from_hex(golden::c_echo_rq);
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    pdu::framer framer;
    std::vector<seen> out;
    framer.feed(std::span{stream}.first(cut));
    EXPECT_EQ(framer.unconsumed(), cut);
    ASSERT_TRUE(drain(framer, out));
    EXPECT_EQ(framer.unconsumed(), 0U);
    EXPECT_EQ(framer.at_boundary(), cut == 0 || cut == stream.size()) << cut;
  }
}

TEST(framer, mixed_stream_byte_by_byte) {
  auto const [stream, expected] = make_mixed_stream();
  pdu::framer framer;
  std::vector<seen> out;
  for (std::byte const one : stream) {
    std::array<std::byte, 1> const piece{one};  // a new address for each byte
    framer.feed(piece);
    ASSERT_TRUE(drain(framer, out));
  }
  EXPECT_EQ(out, expected);
}

TEST(framer, nothing_fed_needs_more) {
  pdu::framer framer;
  EXPECT_EQ(framer.next().kind, kind::need_more);
  framer.feed({});
  EXPECT_EQ(framer.next().kind, kind::need_more);
}

TEST(framer, fragments_and_whole_bodies_are_not_copied) {
  auto const stream = joined(
      {from_hex(golden::associate_rq), from_hex(golden::c_echo_rq), from_hex(golden::release_rq)});
  pdu::framer framer;
  framer.feed(stream);
  EXPECT_EQ(framer.next().bytes.data(), stream.data() + 6);
  EXPECT_EQ(framer.next().kind, kind::p_data);
  EXPECT_EQ(framer.next().bytes.data(), stream.data() + 185 + 12);
  EXPECT_EQ(framer.next().bytes.data(), stream.data() + 185 + 80 + 6);
}

TEST(framer, slices_of_a_fragment_point_into_what_was_fed) {
  auto const stream = from_hex(golden::c_echo_rq);
  for (std::size_t cut = 13; cut < stream.size(); ++cut) {
    bytes const head(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(cut));
    bytes const rest(stream.begin() + static_cast<std::ptrdiff_t>(cut), stream.end());
    pdu::framer framer;
    framer.feed(head);
    ASSERT_EQ(framer.next().kind, kind::p_data);
    auto const first = framer.next();
    ASSERT_EQ(first.bytes.data(), head.data() + 12);
    ASSERT_EQ(first.bytes.size(), cut - 12);
    ASSERT_FALSE(first.pdv_complete);
    ASSERT_EQ(framer.next().kind, kind::need_more);
    framer.feed(rest);
    auto const second = framer.next();
    ASSERT_EQ(second.bytes.data(), rest.data());
    ASSERT_EQ(second.bytes.size(), rest.size());
    ASSERT_TRUE(second.pdv_complete);
  }
}

TEST(framer, unknown_type_is_an_error_at_its_first_byte) {
  for (unsigned type = 0; type <= 0xFF; ++type) {
    if (type >= 1 && type <= 7) continue;
    std::array<std::byte, 1> const first{static_cast<std::byte>(type)};
    EXPECT_EQ(events_of({first}),
              std::vector{error(static_cast<std::uint8_t>(type), errc::unknown_pdu_type)});
  }
  auto const http = from_text("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(events_of({http}), std::vector{error('G', errc::unknown_pdu_type)});
}

TEST(framer, stays_in_error) {
  pdu::framer framer;
  auto const hello = from_hex("16 03 01");
  framer.feed(hello);
  ASSERT_EQ(framer.next().failure, errc::unknown_pdu_type);
  auto const good = from_hex(golden::release_rq);
  for (int i = 0; i < 3; ++i) {
    framer.feed(good);
    auto const e = framer.next();
    EXPECT_EQ(e.kind, kind::error);
    EXPECT_EQ(e.failure, errc::unknown_pdu_type);
    EXPECT_EQ(e.type, 0x16);
  }
}

void expect_error(std::string_view hex, std::vector<seen> before, std::uint8_t type, errc why,
                  std::uint32_t announced = 0) {
  before.push_back(error(type, why));
  auto const stream = from_hex(hex);
  EXPECT_EQ(events_of({stream}, {}, announced), before) << hex;
  for (std::size_t cut = 1; cut < stream.size(); ++cut)
    EXPECT_EQ(
        events_of({std::span{stream}.first(cut), std::span{stream}.subspan(cut)}, {}, announced),
        before)
        << hex << " cut at " << cut;
}

TEST(framer, lengths_of_fixed_pdus) {
  for (std::uint8_t const type : std::array<std::uint8_t, 4>{3, 5, 6, 7}) {
    bytes header{static_cast<std::byte>(type), std::byte{0}};
    for (std::uint32_t const length : {0U, 1U, 3U, 1025U, 0xFFFFU, 0xFFFFFFFFU}) {
      bytes stream = joined({header, bytes(4)});
      store_big(stream.data() + 2, length);
      EXPECT_EQ(events_of({stream}), std::vector{error(type, errc::invalid_pdu_parameter)})
          << length;
    }
    EXPECT_EQ(events_of({golden::pdu(type, bytes(1024))}),
              std::vector{control_pdu(type, bytes(1024))});
  }
}

TEST(framer, length_of_an_associate_pdu_is_bounded) {
  limits const bounds{.associate_length = 100};
  for (std::uint8_t const type : std::array<std::uint8_t, 2>{1, 2}) {
    EXPECT_EQ(events_of({golden::pdu(type, bytes(100))}, bounds),
              std::vector{control_pdu(type, bytes(100))});
    EXPECT_EQ(events_of({golden::pdu(type, bytes(101))}, bounds),
              std::vector{error(type, errc::invalid_pdu_parameter)});
  }
}

TEST(framer, lengths_of_pdvs) {
  auto const invalid = errc::invalid_pdu_parameter;
  // A PDU too short for the header of a PDV.
  for (std::string_view const hex : {"04 00 00000001", "04 00 00000005", "04 00 00000004 00000002"})
    expect_error(hex, {p_data()}, 4, invalid);
  // A PDV shorter than its own two bytes, or longer than the rest of the PDU.
  expect_error("04 00 00000006 00000000 01 03", {p_data()}, 4, invalid);
  expect_error("04 00 00000006 00000001 01 03", {p_data()}, 4, invalid);
  expect_error("04 00 00000006 00000003 01 03", {p_data()}, 4, invalid);
  expect_error("04 00 00000008 00000005 01 03 AA BB", {p_data()}, 4, invalid);
  expect_error("04 00 00000008 FFFFFFFF 01 03 AA BB", {p_data()}, 4, invalid);
  expect_error("04 00 00000008 FFFFFFFE 01 03 AA BB", {p_data()}, 4, invalid);
  // A second PDV that does not fit, and bytes left that are no PDV.
  expect_error("04 00 0000000E 00000004 01 03 AABB 00000003 01 02",
               {p_data(), fragment(1, 3, from_hex("AABB"))}, 4, invalid);
  expect_error("04 00 00000009 00000004 01 03 AABB 00",
               {p_data(), fragment(1, 3, from_hex("AABB"))}, 4, invalid);
}

TEST(framer, announced_length_and_tolerance) {
  std::uint32_t const announced = 64;
  std::uint32_t const tolerance = limits{}.p_data_tolerance;
  for (std::uint32_t const length : {announced, announced + 6, announced + tolerance}) {
    auto const content = bytes(length - 6);
    EXPECT_EQ(events_of({golden::pdu(4, pdv(1, 0, content))}, {}, announced),
              (std::vector{p_data(), fragment(1, 0, content)}));
  }
  auto const over = golden::pdu(4, pdv(1, 0, bytes(announced + tolerance + 1 - 6)));
  EXPECT_EQ(events_of({over}, {}, announced), std::vector{error(4, errc::pdu_too_long)});
  // The header is enough to know, and no announced length may overflow the sum.
  expect_error("04 00 FFFFFFFF", {}, 4, errc::pdu_too_long, announced);
  auto const header = from_hex("04 00 FFFFFFFF");
  EXPECT_EQ(events_of({header}, {}, 0xFFFFFFFF), std::vector{p_data()});
  EXPECT_EQ(events_of({header}, {}, 0), std::vector{p_data()});
  // The limit is for P-DATA-TF only.
  EXPECT_EQ(events_of({golden::pdu(1, bytes(5000))}, {}, announced),
            std::vector{control_pdu(1, bytes(5000))});
}

TEST(framer, a_new_pdu_begins_clean_after_an_associate_pdu_in_pieces) {
  auto const stream = joined({from_hex(golden::associate_rq), from_hex(golden::associate_ac)});
  pdu::framer framer;
  std::vector<seen> out;
  for (std::size_t at = 0; at < stream.size(); at += 7) {
    framer.feed(std::span{stream}.subspan(at, std::min<std::size_t>(7, stream.size() - at)));
    ASSERT_TRUE(drain(framer, out));
  }
  EXPECT_EQ(out, (std::vector{control_pdu(1, golden::body_of(from_hex(golden::associate_rq))),
                              control_pdu(2, golden::body_of(from_hex(golden::associate_ac)))}));
}

}  // namespace

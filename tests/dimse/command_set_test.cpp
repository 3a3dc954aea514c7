// SPDX-License-Identifier: BSL-1.0
#include <codimse/dimse/messages.hpp>
#include <codimse/sop/sop_class.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace codimse;
using bytes = std::vector<std::byte>;

bytes hex(std::string_view digits) {
  bytes out;
  unsigned value = 0;
  int half = 0;
  for (char const c : digits) {
    if (c == ' ' || c == '\n') continue;
    value = value * 16 + static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    if (++half % 2 == 0) {
      out.push_back(static_cast<std::byte>(value));
      value = 0;
    }
  }
  return out;
}

// Command sets of upper-layer.md section 7, without the headers of PDU and PDV.
bytes const echo_rq = hex(R"(
  00 00 00 00 04 00 00 00 38 00 00 00 00 00 02 00 12 00 00 00
  31 2e 32 2e 38 34 30 2e 31 30 30 30 38 2e 31 2e
  31 00 00 00 00 01 02 00 00 00 30 00 00 00 10 01
  02 00 00 00 01 00 00 00 00 08 02 00 00 00 01 01)");
bytes const echo_rsp = hex(R"(
  00 00 00 00 04 00 00 00 42 00 00 00 00 00 02 00 12 00 00 00
  31 2e 32 2e 38 34 30 2e 31 30 30 30 38 2e 31 2e
  31 00 00 00 00 01 02 00 00 00 30 80 00 00 20 01
  02 00 00 00 01 00 00 00 00 08 02 00 00 00 01 01
  00 00 00 09 02 00 00 00 00 00)");

template <class Message>
bytes encoded(Message const& message, bool with_data_set) {
  byte_writer out;
  encode_command(out, message, with_data_set);
  return std::move(out).take();
}
bytes element(std::uint16_t number, std::string_view value, std::uint16_t group = 0) {
  byte_writer out;
  out.little(group);
  out.little(number);
  out.little(static_cast<std::uint32_t>(value.size()));
  out.text(value);
  return std::move(out).take();
}
bytes join(std::vector<bytes> const& parts) {
  bytes all;
  for (auto const& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}
constexpr std::string_view store_field{"\x01\x00", 2};
constexpr std::string_view seven{"\x07\x00", 2};
constexpr std::string_view none{"\x01\x01", 2};

TEST(command_set, echo_is_encoded_to_the_golden_bytes) {
  c_echo_rq rq;
  rq.message_id = 1;
  EXPECT_EQ(encoded(rq, false), echo_rq);
  c_echo_rsp rsp;
  rsp.affected_sop_class_uid = uid{"1.2.840.10008.1.1"};
  rsp.message_id_being_responded_to = 1;
  EXPECT_EQ(encoded(rsp, false), echo_rsp);

  auto const parsed = command_set::parse(echo_rq).value_or_throw();
  byte_writer answer;
  encode_response(answer, parsed, outcome{status::success}, response_fields{}, false);
  EXPECT_EQ(std::move(answer).take(), echo_rsp);
}

TEST(command_set, golden_bytes_are_decoded) {
  auto const set = command_set::parse(echo_rq).value_or_throw();
  EXPECT_EQ(set.command(), 0x0030);
  EXPECT_EQ(set.message_id(), 1);
  EXPECT_FALSE(set.announces_data_set());
  EXPECT_EQ(set.sop_class(), uid{"1.2.840.10008.1.1"});
  EXPECT_EQ(decode_command<c_echo_rq>(set).message_id, 1);
  auto const answer = command_set::parse(echo_rsp).value_or_throw();
  auto const rsp = decode_command<c_echo_rsp>(answer);
  EXPECT_EQ(rsp.status, status::success);
  EXPECT_EQ(rsp.message_id_being_responded_to, 1);
}

TEST(command_set, store_round_trip) {
  c_store_rq rq;
  rq.affected_sop_class_uid = uid{"1.2.840.10008.5.1.4.1.1.2"};
  rq.affected_sop_instance_uid = uid{"1.2.3"};
  rq.message_id = 65535;
  rq.priority = priority::low;
  rq.move_originator_ae_title = ae_title{"MOVER"};
  rq.move_originator_message_id = 3;
  auto const wire = encoded(rq, true);
  EXPECT_EQ(wire.size() % 2, 0U);
  EXPECT_EQ(load_little<std::uint32_t>(wire.data() + 8), wire.size() - 12);
  auto const set = command_set::parse(wire).value_or_throw();
  EXPECT_TRUE(set.announces_data_set());
  auto const back = decode_command<c_store_rq>(set);
  EXPECT_EQ(back.affected_sop_class_uid, rq.affected_sop_class_uid);
  EXPECT_EQ(back.affected_sop_instance_uid, rq.affected_sop_instance_uid);
  EXPECT_EQ(back.message_id, 65535);
  EXPECT_EQ(back.priority, priority::low);
  EXPECT_EQ(back.move_originator_ae_title, ae_title{"MOVER"});
  EXPECT_EQ(back.move_originator_message_id, 3);
  // Elements ascend.
  int last = -1;
  for (std::size_t at = 0; at < wire.size();) {
    int const number = load_little<std::uint16_t>(wire.data() + at + 2);
    EXPECT_LT(last, number);
    last = number;
    at += 8 + load_little<std::uint32_t>(wire.data() + at + 4);
  }
}

TEST(command_set, what_is_optional_is_left_out) {
  c_store_rq rq;
  rq.affected_sop_class_uid = uid{"1.2"};
  rq.affected_sop_instance_uid = uid{"1.2.3"};
  auto const wire = encoded(rq, true);
  auto const set = command_set::parse(wire).value_or_throw();
  EXPECT_FALSE(set.find(command_element::move_originator_ae_title));
  EXPECT_FALSE(set.find(command_element::move_originator_message_id));
  EXPECT_FALSE(decode_command<c_store_rq>(set).move_originator_message_id);
}

TEST(command_set, any_order_unknown_elements_odd_lengths) {
  auto const wire = join({
      element(0x1000, "1.2.3"),  // odd, unpadded
      element(0x0002, std::string_view{"1.2 \0", 5}),
      element(0x9999, "private"),
      element(0x0110, seven),
      element(0x0100, store_field),
      element(0x0110, none, 0x0009),  // another group: not the message ID
      element(0x1030, "  MOVER "),
      element(0x0001, ""),
  });
  auto const set = command_set::parse(wire).value_or_throw();
  auto const rq = decode_command<c_store_rq>(set);
  EXPECT_EQ(rq.affected_sop_class_uid, uid{"1.2"});
  EXPECT_EQ(rq.affected_sop_instance_uid, uid{"1.2.3"});
  EXPECT_EQ(rq.message_id, 7);
  EXPECT_EQ(rq.priority, priority::medium);  // missing
  EXPECT_EQ(rq.move_originator_ae_title, ae_title{"MOVER"});
  EXPECT_TRUE(set.announces_data_set());  // not said, but a C-STORE always has one
}

TEST(command_set, group_length_is_not_trusted) {
  auto wire = echo_rq;
  for (std::byte const wrong : {std::byte{0}, std::byte{0xFF}, std::byte{0x37}}) {
    wire[8] = wrong;
    EXPECT_TRUE(command_set::parse(wire)) << std::to_integer<int>(wrong);
  }
  EXPECT_TRUE(command_set::parse(std::span{echo_rq}.subspan(12)));  // none at all
}

TEST(command_set, every_other_data_set_type_announces_one) {
  for (int const type : {0x0000, 0x0001, 0x0102, 0xFEFE, 0x0100, 0x0201}) {
    auto wire = echo_rq;
    store_little(wire.data() + wire.size() - 2, static_cast<std::uint16_t>(type));
    EXPECT_TRUE(command_set::parse(wire).value_or_throw().announces_data_set()) << type;
  }
}

TEST(command_set, truncated_is_invalid) {
  // Cut at every byte: valid only between two elements, once the Command Field is there.
  int valid = 0;
  for (std::size_t n = 0; n < echo_rsp.size(); ++n) {
    auto const cut = command_set::parse(std::span{echo_rsp}.first(n));
    if (cut) ++valid;
    else EXPECT_EQ(cut.error(), errc::invalid_command_set);
  }
  EXPECT_EQ(valid, 3);
  auto huge = echo_rq;
  for (std::size_t i = 0; i < 4; ++i) huge[16 + i] = std::byte{0xFF};
  EXPECT_FALSE(command_set::parse(huge));
  EXPECT_FALSE(command_set::parse(element(0x0100, "\x30")));  // a Command Field of one byte
}

TEST(command_set, requested_class_stands_in_for_the_affected_one) {
  auto const wire = join({element(0x0003, "1.2.9"), element(0x0100, store_field)});
  EXPECT_EQ(command_set::parse(wire).value_or_throw().sop_class(), uid{"1.2.9"});
}

TEST(command_set, error_comment_is_cut_and_cleaned) {
  c_store_rsp rsp;
  rsp.error_comment = fixed_text<64>{std::string(80, 'x') + "\n"};
  auto const wire = encoded(rsp, false);
  auto const set = command_set::parse(wire).value_or_throw();
  EXPECT_EQ(set.raw_text(command_element::error_comment), std::string(64, 'x'));
  EXPECT_EQ(decode_command<c_store_rsp>(set).error_comment.view(), std::string(64, 'x'));
}

TEST(status_response, uids_go_back_as_they_came) {
  for (std::string const& instance :
       {std::string(70, '1'), std::string{"1.2.3 "}, std::string{"1.2.3\0", 6},
        std::string{"no UID!"}, std::string{" 1.2"}, std::string{"1.2.3.4.5"}}) {
    auto const wire = join({element(0x0002, "1.2.840.10008.1.1 "), element(0x0100, store_field),
                            element(0x0110, seven), element(0x1000, instance)});
    auto const set = command_set::parse(wire).value_or_throw();
    byte_writer out;
    encode_response(out, set, outcome{status::out_of_resources, "disk full"}, response_fields{},
                    false);
    auto const answer = command_set::parse(out.view()).value_or_throw();
    auto const even = instance.size() % 2 == 0 ? instance : instance + '\0';
    EXPECT_EQ(answer.raw_text(0x1000), even);
    EXPECT_EQ(answer.raw_text(0x0002), "1.2.840.10008.1.1 ");
    EXPECT_EQ(answer.command(), 0x8001);
    EXPECT_EQ(answer.us(command_element::message_id_being_responded_to), 7);
    EXPECT_EQ(answer.us(command_element::status), 0xA700);
    EXPECT_EQ(answer.raw_text(command_element::error_comment), "disk full ");
    EXPECT_FALSE(answer.announces_data_set());
  }
}

TEST(status_response, requested_uids_become_affected_ones) {
  auto const wire = join({element(0x0003, "1.2.8 "), element(0x0100, {"\x20\x01", 2}),
                          element(0x0110, seven), element(0x1001, "1.2.3.")});
  auto const set = command_set::parse(wire).value_or_throw();
  byte_writer out;
  encode_response(out, set, outcome{}, response_fields{}, false);
  auto const answer = command_set::parse(out.view()).value_or_throw();
  EXPECT_EQ(answer.raw_text(0x0002), "1.2.8 ");
  EXPECT_EQ(answer.raw_text(0x1000), "1.2.3.");
  EXPECT_EQ(answer.command(), 0x8120);
  EXPECT_FALSE(answer.find(0x0003) || answer.find(0x1001));
}

TEST(status_response, without_a_message_id_or_uids) {
  auto const wire = element(0x0100, store_field);
  byte_writer out;
  encode_response(out, command_set::parse(wire).value_or_throw(), outcome{}, response_fields{},
                  false);
  auto const answer = command_set::parse(out.view()).value_or_throw();
  EXPECT_FALSE(answer.find(0x0002) || answer.find(0x1000) || answer.find(0x0902));
  EXPECT_EQ(answer.us(command_element::status), 0);
}

// The list of messages.

static_assert(requests::size == 11);
static_assert(is_known_request(0x0001) && is_known_request(0x0030) && is_known_request(0x0150));
static_assert(is_known_request(0x0FFF));
static_assert(!is_known_request(0x8001) && !is_known_request(0x0000) && !is_known_request(0x0002));
static_assert(failure_of_handler(0x0001) == status::cannot_understand);
static_assert(failure_of_handler(0x0021) == status::cannot_understand);
static_assert(failure_of_handler(0x0030) == status::processing_failure);
static_assert(failure_of_handler(0x0130) == status::processing_failure);

/// GCC 12 miscompiles temporaries in await expressions that are aggregates and own something.
template <class T>
constexpr bool safe_to_await = std::is_trivially_destructible_v<T> || !std::is_aggregate_v<T>;

template <class... Rq>
constexpr bool well_formed(request_list<Rq...>) {
  return ((operation_of(Rq::command) == dimse_operations{} ? false : true) && ...) &&
         (safe_to_await<Rq> && ...) && (safe_to_await<typename Rq::response> && ...);
}
static_assert(well_formed(requests{}));

}  // namespace

// SPDX-License-Identifier: BSL-1.0
// Every message of PS3.7 9.3 and 10.3 against command sets that were written out by hand.
#include <codimse/dimse/messages.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

template <class Message>
bytes encoded(Message const& message, bool with_data_set) {
  byte_writer out;
  encode_command(out, message, with_data_set);
  return std::move(out).take();
}
template <class Message>
Message decoded(bytes const& wire) {
  return decode_command<Message>(command_set::parse(wire).value_or_throw());
}
/// Encodes to these bytes, and comes to the same when it is decoded from them.
template <class Message>
void is_golden(Message const& message, bool with_data_set, std::string_view golden) {
  auto const wire = hex(golden);
  EXPECT_EQ(encoded(message, with_data_set), wire);
  auto const set = command_set::parse(wire).value_or_throw();
  EXPECT_EQ(set.announces_data_set(), with_data_set);
  EXPECT_EQ(encoded(decode_command<Message>(set), with_data_set), wire);
}
bytes answer_to(std::string_view request, outcome const& how, response_fields const& fields = {},
                bool with_data_set = false) {
  auto const wire = hex(request);
  byte_writer out;
  encode_response(out, command_set::parse(wire).value_or_throw(), how, fields, with_data_set);
  return std::move(out).take();
}

uid const one_two{"1.2"};  // odd: padded with NUL
uid const instance{"1.2.34"};

// Requests.

TEST(messages, c_echo_rq) {
  is_golden(c_echo_rq{.affected_sop_class_uid = one_two, .message_id = 0x0102}, false, R"(
    0000 0000 04000000 2a000000
    0000 0200 04000000 312e3200
    0000 0001 02000000 3000
    0000 1001 02000000 0201
    0000 0008 02000000 0101)");
}

constexpr std::string_view find_request = R"(
    0000 0000 04000000 34000000
    0000 0200 04000000 312e3200
    0000 0001 02000000 2000
    0000 1001 02000000 0700
    0000 0007 02000000 0200
    0000 0008 02000000 0100)";

TEST(messages, c_find_rq) {
  is_golden(
      c_find_rq{.affected_sop_class_uid = one_two, .message_id = 7, .priority = priority::low},
      true, find_request);
}

TEST(messages, c_get_rq) {
  is_golden(c_get_rq{.affected_sop_class_uid = one_two, .message_id = 0xFFFF}, true, R"(
    0000 0000 04000000 34000000
    0000 0200 04000000 312e3200
    0000 0001 02000000 1000
    0000 1001 02000000 ffff
    0000 0007 02000000 0000
    0000 0008 02000000 0100)");
}

TEST(messages, c_move_rq) {
  is_golden(c_move_rq{.affected_sop_class_uid = one_two,
                      .message_id = 7,
                      .priority = priority::high,
                      .move_destination = "DEST1"},
            true, R"(
    0000 0000 04000000 42000000
    0000 0200 04000000 312e3200
    0000 0001 02000000 2100
    0000 1001 02000000 0700
    0000 0006 06000000 444553543120
    0000 0007 02000000 0100
    0000 0008 02000000 0100)");
}

TEST(messages, c_store_rq) {
  is_golden(c_store_rq{.affected_sop_class_uid = one_two,
                       .message_id = 7,
                       .affected_sop_instance_uid = instance,
                       .move_originator_ae_title = "AE1",
                       .move_originator_message_id = 0x0506},
            true, R"(
    0000 0000 04000000 58000000
    0000 0200 04000000 312e3200
    0000 0001 02000000 0100
    0000 1001 02000000 0700
    0000 0007 02000000 0000
    0000 0008 02000000 0100
    0000 0010 06000000 312e322e3334
    0000 3010 04000000 41453120
    0000 3110 02000000 0605)");
}

TEST(messages, c_cancel_rq) {
  is_golden(c_cancel_rq{9}, false, R"(
    0000 0000 04000000 1e000000
    0000 0001 02000000 ff0f
    0000 2001 02000000 0900
    0000 0008 02000000 0101)");
}

TEST(messages, n_event_report_rq) {
  is_golden(n_event_report_rq{.affected_sop_class_uid = one_two,
                              .affected_sop_instance_uid = instance,
                              .event_type_id = 2,
                              .message_id = 7},
            true, R"(
    0000 0000 04000000 42000000
    0000 0200 04000000 312e3200
    0000 0001 02000000 0001
    0000 1001 02000000 0700
    0000 0008 02000000 0100
    0000 0010 06000000 312e322e3334
    0000 0210 02000000 0200)");
}

constexpr std::string_view get_request = R"(
    0000 0000 04000000 48000000
    0000 0300 04000000 312e3200
    0000 0001 02000000 1001
    0000 1001 02000000 0700
    0000 0008 02000000 0101
    0000 0110 06000000 312e322e3334
    0000 0510 08000000 10002000 08001800)";

TEST(messages, n_get_rq) {
  n_get_rq rq{one_two, instance, {tag{0x0010, 0x0020}, tag{0x0008, 0x0018}}};
  rq.message_id = 7;
  is_golden(rq, false, get_request);
  auto const back = decoded<n_get_rq>(hex(get_request));
  EXPECT_EQ(back.attribute_identifier_list, rq.attribute_identifier_list);
  rq.attribute_identifier_list.clear();  // all attributes: no element, not an empty one
  is_golden(rq, false, R"(
    0000 0000 04000000 38000000
    0000 0300 04000000 312e3200
    0000 0001 02000000 1001
    0000 1001 02000000 0700
    0000 0008 02000000 0101
    0000 0110 06000000 312e322e3334)");
}

TEST(messages, n_set_rq) {
  is_golden(n_set_rq{.requested_sop_class_uid = one_two,
                     .requested_sop_instance_uid = instance,
                     .message_id = 7},
            true, R"(
    0000 0000 04000000 38000000
    0000 0300 04000000 312e3200
    0000 0001 02000000 2001
    0000 1001 02000000 0700
    0000 0008 02000000 0100
    0000 0110 06000000 312e322e3334)");
}

constexpr std::string_view action_request = R"(
    0000 0000 04000000 42000000
    0000 0300 04000000 312e3200
    0000 0001 02000000 3001
    0000 1001 02000000 0700
    0000 0008 02000000 0101
    0000 0110 06000000 312e322e3334
    0000 0810 02000000 0300)";

TEST(messages, n_action_rq) {
  is_golden(n_action_rq{.requested_sop_class_uid = one_two,
                        .requested_sop_instance_uid = instance,
                        .action_type_id = 3,
                        .message_id = 7},
            false, action_request);
}

TEST(messages, n_create_rq) {
  n_create_rq rq{
      .affected_sop_class_uid = one_two, .affected_sop_instance_uid = instance, .message_id = 7};
  is_golden(rq, true, R"(
    0000 0000 04000000 38000000
    0000 0200 04000000 312e3200
    0000 0001 02000000 4001
    0000 1001 02000000 0700
    0000 0008 02000000 0100
    0000 0010 06000000 312e322e3334)");
  rq.affected_sop_instance_uid = {};  // the performer's choice
  is_golden(rq, false, R"(
    0000 0000 04000000 2a000000
    0000 0200 04000000 312e3200
    0000 0001 02000000 4001
    0000 1001 02000000 0700
    0000 0008 02000000 0101)");
}

TEST(messages, n_delete_rq) {
  is_golden(n_delete_rq{.requested_sop_class_uid = one_two,
                        .requested_sop_instance_uid = instance,
                        .message_id = 7},
            false, R"(
    0000 0000 04000000 38000000
    0000 0300 04000000 312e3200
    0000 0001 02000000 5001
    0000 1001 02000000 0700
    0000 0008 02000000 0101
    0000 0110 06000000 312e322e3334)");
}

// Responses.

TEST(messages, c_store_rsp) {
  is_golden(c_store_rsp{.affected_sop_class_uid = one_two,
                        .message_id_being_responded_to = 7,
                        .status = {0xA700},
                        .error_comment = "why",
                        .affected_sop_instance_uid = instance},
            false, R"(
    0000 0000 04000000 4e000000
    0000 0200 04000000 312e3200
    0000 0001 02000000 0180
    0000 2001 02000000 0700
    0000 0008 02000000 0101
    0000 0009 02000000 00a7
    0000 0209 04000000 77687920
    0000 0010 06000000 312e322e3334)");
}

TEST(messages, c_find_rsp) {
  c_find_rsp rsp;
  rsp.affected_sop_class_uid = one_two;
  rsp.message_id_being_responded_to = 7;
  rsp.status = status::pending_with_warning;
  is_golden(rsp, true, R"(
    0000 0000 04000000 34000000
    0000 0200 04000000 312e3200
    0000 0001 02000000 2080
    0000 2001 02000000 0700
    0000 0008 02000000 0100
    0000 0009 02000000 01ff)");
  rsp.status = {0xA900};
  rsp.offending_elements = {{0x0010, 0x0020}, {0x0008, 0x0052}};
  rsp.error_comment = "no";
  is_golden(rsp, false, R"(
    0000 0000 04000000 4e000000
    0000 0200 04000000 312e3200
    0000 0001 02000000 2080
    0000 2001 02000000 0700
    0000 0008 02000000 0101
    0000 0009 02000000 00a9
    0000 0109 08000000 10002000 08005200
    0000 0209 02000000 6e6f)");
}

template <class Rsp>
Rsp retrieve_rsp() {
  Rsp rsp;
  rsp.affected_sop_class_uid = one_two;
  rsp.message_id_being_responded_to = 7;
  rsp.status = status::pending;
  rsp.sub_operations = {1, 2, 3, 0x0405};
  return rsp;
}

TEST(messages, c_get_rsp) {
  is_golden(retrieve_rsp<c_get_rsp>(), false, R"(
    0000 0000 04000000 5c000000
    0000 0200 04000000 312e3200
    0000 0001 02000000 1080
    0000 2001 02000000 0700
    0000 0008 02000000 0101
    0000 0009 02000000 00ff
    0000 2010 02000000 0100
    0000 2110 02000000 0200
    0000 2210 02000000 0300
    0000 2310 02000000 0504)");
}

TEST(messages, c_move_rsp) {
  auto rsp = retrieve_rsp<c_move_rsp>();
  rsp.status = {0xB000};
  rsp.sub_operations.remaining.reset();
  is_golden(rsp, true, R"(
    0000 0000 04000000 52000000
    0000 0200 04000000 312e3200
    0000 0001 02000000 2180
    0000 2001 02000000 0700
    0000 0008 02000000 0100
    0000 0009 02000000 00b0
    0000 2110 02000000 0200
    0000 2210 02000000 0300
    0000 2310 02000000 0504)");
}

template <class Rsp>
Rsp full_response() {
  Rsp rsp;
  rsp.affected_sop_class_uid = one_two;
  rsp.message_id_being_responded_to = 7;
  rsp.status = {0x0110};
  rsp.offending_elements = {{0x0010, 0x0020}};
  rsp.error_comment = "no";
  rsp.error_id = 0xA710;
  rsp.affected_sop_instance_uid = instance;
  rsp.attribute_identifier_list = {{0x0040, 0x0252}};
  return rsp;
}
constexpr std::string_view response_body = R"(
    0000 2001 02000000 0700
    0000 0008 02000000 0100
    0000 0009 02000000 1001
    0000 0109 04000000 10002000
    0000 0209 02000000 6e6f
    0000 0309 02000000 10a7
    0000 0010 06000000 312e322e3334)";

template <class Rsp>
void golden_response(std::string_view field) {
  is_golden(full_response<Rsp>(), true,
            "0000 0000 04000000 6e000000 0000 0200 04000000 312e3200 0000 0001 02000000" +
                std::string{field} + std::string{response_body} + "0000 0510 04000000 40005202");
}

TEST(messages, n_responses) {
  golden_response<n_event_report_rsp>("0081");
  golden_response<n_get_rsp>("1081");
  golden_response<n_set_rsp>("2081");
  golden_response<n_action_rsp>("3081");
  golden_response<n_create_rsp>("4081");
  golden_response<n_delete_rsp>("5081");
}

TEST(messages, type_ids_of_events_and_actions_are_optional_in_responses) {
  n_event_report_rsp event;
  event.message_id_being_responded_to = 7;
  event.event_type_id = 0;  // said, though it is none
  is_golden(event, false, R"(
    0000 0000 04000000 32000000
    0000 0001 02000000 0081
    0000 2001 02000000 0700
    0000 0008 02000000 0101
    0000 0009 02000000 0000
    0000 0210 02000000 0000)");
  n_action_rsp action;
  action.action_type_id = 4;
  EXPECT_EQ(decoded<n_action_rsp>(encoded(action, false)).action_type_id, 4);
  action.action_type_id.reset();
  EXPECT_FALSE(decoded<n_action_rsp>(encoded(action, false)).action_type_id);
}

// Answers.

TEST(messages, an_answer_without_anything_special) {
  EXPECT_EQ(answer_to(find_request, status::success), hex(R"(
    0000 0000 04000000 34000000
    0000 0200 04000000 312e3200
    0000 0001 02000000 2080
    0000 2001 02000000 0700
    0000 0008 02000000 0101
    0000 0009 02000000 0000)"));
}

TEST(messages, an_answer_with_every_field) {
  response_fields fields;
  fields.offending_elements = {{0x0010, 0x0020}};
  fields.error_id = 0xA710;
  fields.affected_sop_instance_uid = uid{"1.9"};
  fields.attribute_identifier_list = {{0x0040, 0x0252}, {0x0008, 0x0018}};
  fields.sub_operations = {1, 2, 3, 4};
  EXPECT_EQ(answer_to(action_request, outcome{status{0x0110}, "no"}, fields, true), hex(R"(
    0000 0000 04000000 a2000000
    0000 0200 04000000 312e3200
    0000 0001 02000000 3081
    0000 2001 02000000 0700
    0000 0008 02000000 0100
    0000 0009 02000000 1001
    0000 0109 04000000 10002000
    0000 0209 02000000 6e6f
    0000 0309 02000000 10a7
    0000 0010 04000000 312e3900
    0000 0510 08000000 40005202 08001800
    0000 0810 02000000 0300
    0000 2010 02000000 0100
    0000 2110 02000000 0200
    0000 2210 02000000 0300
    0000 2310 02000000 0400)"));
}

TEST(messages, requested_uids_come_back_as_affected_ones) {
  EXPECT_EQ(answer_to(get_request, status::no_such_sop_instance), hex(R"(
    0000 0000 04000000 42000000
    0000 0200 04000000 312e3200
    0000 0001 02000000 1081
    0000 2001 02000000 0700
    0000 0008 02000000 0101
    0000 0009 02000000 1201
    0000 0010 06000000 312e322e3334)"));
}

TEST(messages, uids_come_back_byte_for_byte) {
  // Padded with a space, and what is no UID at all.
  auto const answer = answer_to(R"(
    0000 0300 06000000 312e322e3320
    0000 0001 02000000 2001
    0000 1001 02000000 0700
    0000 0008 02000000 0100
    0000 0110 06000000 6e6f20554944)",
                                status::success);
  EXPECT_EQ(answer, hex(R"(
    0000 0000 04000000 44000000
    0000 0200 06000000 312e322e3320
    0000 0001 02000000 2081
    0000 2001 02000000 0700
    0000 0008 02000000 0101
    0000 0009 02000000 0000
    0000 0010 06000000 6e6f20554944)"));
}

TEST(messages, type_ids_come_back_only_where_they_came) {
  auto const of = [](bytes const& wire, std::uint16_t element) {
    return command_set::parse(wire).value_or_throw().us(element);
  };
  auto const event = answer_to(R"(
    0000 0200 04000000 312e3200
    0000 0001 02000000 0001
    0000 0210 02000000 0200)",
                               status::success);
  EXPECT_EQ(of(event, command_element::event_type_id), 2);
  EXPECT_FALSE(of(event, command_element::action_type_id));
  auto const mute = answer_to("0000 0001 02000000 3001", status::success);
  EXPECT_FALSE(of(mute, command_element::event_type_id));
  EXPECT_FALSE(of(mute, command_element::action_type_id));
  EXPECT_EQ(of(mute, command_element::message_id_being_responded_to), 0);
}

TEST(messages, error_comments_are_cut_to_64_characters) {
  std::string const longer(70, 'x');
  auto const wire = answer_to(find_request, outcome{status{0xC000}, longer.c_str()});
  auto const set = command_set::parse(wire).value_or_throw();
  EXPECT_EQ(set.raw_text(command_element::error_comment), longer.substr(0, 64));
  auto const other = answer_to(find_request, outcome{status{0xC000}, "a\\b\nc\xC3\xA4"});
  EXPECT_EQ(command_set::parse(other).value_or_throw().raw_text(command_element::error_comment),
            "a?b?c?? ");
}

// Tolerance (what peers send all the same).

TEST(messages, attribute_lists_of_any_length) {
  auto const list = [](std::string_view value) {
    return decoded<n_get_rq>(hex("0000 0001 02000000 1001 0000 0510" + std::string{value}))
        .attribute_identifier_list;
  };
  EXPECT_TRUE(list("00000000").empty());
  EXPECT_TRUE(list("03000000 100020").empty());
  EXPECT_EQ(list("04000000 10002000"), (std::vector<tag>{{0x0010, 0x0020}}));
  EXPECT_EQ(list("06000000 10002000 0800"), (std::vector<tag>{{0x0010, 0x0020}}));
}

TEST(messages, responses_with_little_in_them) {
  auto const find = decoded<c_find_rsp>(hex("0000 0001 02000000 2080"));
  EXPECT_EQ(find.status, status::processing_failure);  // no status is no success
  EXPECT_TRUE(find.affected_sop_class_uid.empty());
  auto const move = decoded<c_move_rsp>(hex("0000 0009 02000000 00ff 0000 0001 02000000 2180"));
  EXPECT_TRUE(move.status.is_pending());
  EXPECT_FALSE(move.sub_operations.remaining || move.sub_operations.completed ||
               move.sub_operations.failed || move.sub_operations.warning);
  auto const create = decoded<n_create_rsp>(hex("0000 0001 02000000 4081"));
  EXPECT_TRUE(create.affected_sop_instance_uid.empty());
  EXPECT_FALSE(create.error_id);
}

TEST(messages, elements_in_any_order_odd_lengths_and_short_numbers) {
  auto const move = decoded<c_move_rq>(hex(R"(
    0000 0006 05000000 2044455354
    0000 0007 01000000 02
    0000 1001 04000000 07000900
    0000 9999 03000000 010203
    0000 0200 03000000 312e32
    0900 0200 02000000 3939
    0000 0001 02000000 2100)"));
  EXPECT_EQ(move.move_destination, ae_title{"DEST"});
  EXPECT_EQ(move.priority, priority::medium);
  EXPECT_EQ(move.message_id, 7);
  EXPECT_EQ(move.affected_sop_class_uid, one_two);
  auto const cancel = decoded<c_cancel_rq>(hex("0000 0001 02000000 ff0f"));
  EXPECT_EQ(cancel.message_id_being_responded_to, 0);
}

TEST(messages, what_is_announced_where_nothing_is_said) {
  auto const announces = [](std::string_view wire) {
    return command_set::parse(hex(wire)).value_or_throw().announces_data_set();
  };
  EXPECT_TRUE(announces("0000 0001 02000000 2000"));   // C-FIND-RQ
  EXPECT_TRUE(announces("0000 0001 02000000 2001"));   // N-SET-RQ
  EXPECT_FALSE(announces("0000 0001 02000000 1001"));  // N-GET-RQ
  EXPECT_FALSE(announces("0000 0001 02000000 2080"));
  EXPECT_FALSE(announces("0000 0001 02000000 ff0f"));
  EXPECT_TRUE(announces("0000 0001 02000000 2080 0000 0008 02000000 0000"));
  EXPECT_TRUE(announces("0000 0001 02000000 2080 0000 0008 02000000 0201"));
}

// Which fields name what.

TEST(messages, sop_class_and_instance_of_requests) {
  EXPECT_EQ(sop_class_of(n_set_rq{.requested_sop_class_uid = one_two}), one_two);
  EXPECT_EQ(sop_class_of(c_find_rq{.affected_sop_class_uid = one_two}), one_two);
  EXPECT_EQ(sop_instance_of(n_set_rq{.requested_sop_instance_uid = instance}), instance);
  EXPECT_EQ(sop_instance_of(n_create_rq{.affected_sop_instance_uid = instance}), instance);
  EXPECT_TRUE(sop_instance_of(c_find_rq{}).empty());
}

static_assert(requests::size == 11);
static_assert(data_set_is_optional<n_action_rq>() && data_set_is_optional<n_create_rq>() &&
              data_set_is_optional<n_event_report_rq>() && data_set_is_optional<n_get_rq>());
static_assert(!data_set_is_optional<n_set_rq>() && !data_set_is_optional<c_find_rq>() &&
              !data_set_is_optional<c_store_rq>());

}  // namespace

// SPDX-License-Identifier: BSL-1.0
// The six DIMSE-N services, in both roles and in both directions.
#include "dimse_harness.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace assoc_test {
namespace {

using namespace codimse::testing;
using message_check = script::message_check;

// What the peer asks.

n_get_rq get_rq(std::uint16_t id, uid const& instance = "2.25.1") {
  n_get_rq rq{thing_uid, instance, {tags::patient_id, tags::patient_name}};
  rq.message_id = id;
  return rq;
}
n_set_rq set_rq(std::uint16_t id) {
  return {.requested_sop_class_uid = thing_uid,
          .requested_sop_instance_uid = "2.25.1",
          .message_id = id};
}
n_action_rq action_rq(std::uint16_t id, std::uint16_t type) {
  return {.requested_sop_class_uid = thing_uid,
          .requested_sop_instance_uid = "2.25.1",
          .action_type_id = type,
          .message_id = id};
}
n_create_rq create_rq(std::uint16_t id, uid const& instance = {}) {
  return {
      .affected_sop_class_uid = thing_uid, .affected_sop_instance_uid = instance, .message_id = id};
}
n_delete_rq delete_rq(std::uint16_t id) {
  return {.requested_sop_class_uid = thing_uid,
          .requested_sop_instance_uid = "2.25.1",
          .message_id = id};
}
n_event_report_rq event_rq(std::uint16_t id, std::uint16_t type) {
  return {.affected_sop_class_uid = thing_uid,
          .affected_sop_instance_uid = "2.25.1",
          .event_type_id = type,
          .message_id = id};
}
template <class Rq>
bytes ask(Rq const& rq) {
  return message_pdus(thing_context, rq);
}
template <class Rq>
bytes ask(Rq const& rq, bytes const& data) {
  return message_pdus(thing_context, rq, data);
}

/// SOP Class and Instance come back as affected ones.
bool names_the_thing(received_message const& got, std::string_view instance = "2.25.1") {
  return uid::from_wire(got.text(0x0002)) == uid{thing_uid} &&
         uid::from_wire(got.text(0x1000)) == uid{instance} && got.text(0x0003).empty() &&
         got.text(0x1001).empty();
}
message_check answer(bytes data = {}) {
  return [data](received_message const& got) {
    return names_the_thing(got) && got.data == data && got.has_data == !data.empty();
  };
}

// Our requestor's programs.

template <class Rsp>
void note(client& c, char const* what, Rsp const& rsp) {
  std::string line = what;
  line += " " + hex(rsp.status.code) + " " + rsp.affected_sop_instance_uid.str();
  if (rsp.has_data_set()) line += " " + id_of(rsp.attributes());
  c.log.push_back(std::move(line));
}
asio::awaitable<void> all_six(client& c) {
  auto get = get_rq(0);
  auto const got = co_await c.assoc.request(std::move(get));
  note(c, "get", got);
  auto changes = patient("S");
  auto const set = co_await c.assoc.request(set_rq(0), std::move(changes));
  note(c, "set", set);
  c.log.push_back(std::to_string(set.attribute_identifier_list.size()) + " attributes");
  auto const acted = co_await c.assoc.request(action_rq(0, 3));
  note(c, "action", acted);
  c.log.push_back("of type " + std::to_string(acted.action_type_id.value_or(0)));
  auto attributes = patient("C");
  auto const created = co_await c.assoc.request(create_rq(0), std::move(attributes));
  note(c, "create", created);
  auto const deleted = co_await c.assoc.request(delete_rq(0));
  note(c, "delete", deleted);
  c.log.push_back(deleted.error_comment.str());
  co_await c.assoc.release();
}
/// Waits for what the peer reports, until it releases or goes away.
asio::awaitable<void> only_listen(client& c) {
  co_await c.loop.clock().sleep(c.loop.executor(), 10s);
  co_await c.assoc.release();
}
asio::awaitable<void> act_and_listen(client& c) {
  auto information = patient("I");
  auto const acted = co_await c.assoc.request(action_rq(0, 1), std::move(information));
  note(c, "action", acted);
  co_await only_listen(c);
}
asio::awaitable<void> report(client& c) {
  auto event = patient("E");
  auto const rsp = co_await c.assoc.request(event_rq(0, 2), std::move(event));
  note(c, "event", rsp);
  co_await c.assoc.release();
}

struct list {
  std::vector<scripted_case> cases;

  void add(script what, std::vector<std::string> log, errc expected = {}, dimse_setup setup = {}) {
    cases.push_back({std::move(what), dimse_acceptor(setup), expected, std::move(log)});
    cases.back().most_cuts = 200;
  }
  void add(script what, client_program program, std::vector<std::string> log, errc expected = {},
           association_options options = {}) {
    cases.push_back({std::move(what), dimse_requestor(program, options), expected, std::move(log)});
    cases.back().most_cuts = 200;
  }
  static script begin(std::string name) { return requesting(std::move(name), dimse_request()); }

  void performed() {
    auto s = begin("n-get");
    s.send_raw(ask(get_rq(1))).expect_response(0x8110, 1, 0, answer(patient_id("G")));
    add(echo_and_release(s), {"get 2"});
    s = begin("n-get of nothing");
    s.send_raw(ask(get_rq(1, "2.25.2")))
        .expect_response(0x8110, 1, 0x0112, [](received_message const& got) {
          return names_the_thing(got, "2.25.2") && !got.has_data;
        });
    add(echo_and_release(s), {"get 2"});
    s = begin("n-get with a data set that nobody wants");
    s.send_raw(ask(get_rq(1), some_data(50))).expect_response(0x8110, 1, 0);
    add(echo_and_release(s), {"get 2"});
    s = begin("n-set with a warning");
    s.send_raw(ask(set_rq(1), patient_id("S")))
        .expect_response(0x8120, 1, 0x0107, [](received_message const& got) {
          return names_the_thing(got) && !got.has_data &&
                 got.text(0x1005) == std::string("\x10\x00\x20\x00\x10\x00\x10\x00", 8);
        });
    add(echo_and_release(s), {"set S"});
    s = begin("n-set without its data set");
    s.send_raw(ask(set_rq(1))).expect_response(0x8120, 1, 0x0110);
    add(echo_and_release(s), {});
    s = begin("n-set with an empty data set");
    s.send_raw(ask(set_rq(1), bytes{})).expect_response(0x8120, 1, 0x0107);
    add(echo_and_release(s), {"set -"});
    s = begin("n-set with a data set that is none");
    s.send_raw(ask(set_rq(1), some_data(30))).expect_response(0x8120, 1, 0x0110);
    add(echo_and_release(s), {});
    s = begin("n-action with a reply");
    s.send_raw(ask(action_rq(1, 1), patient_id("I")))
        .expect_response(0x8130, 1, 0, [](received_message const& got) {
          return got.us(0x1008) == 1 && answer(patient_id("A"))(got);
        });
    add(echo_and_release(s), {"action 1 I"});
    s = begin("n-action without a data set, of an unknown type");
    s.send_raw(ask(action_rq(1, 99)))
        .expect_response(0x8130, 1, 0x0123, [](received_message const& got) {
          return got.us(0x1008) == 99 && answer()(got);
        });
    add(echo_and_release(s), {"action 99 -"});
    s = begin("n-create, the performer names it");
    s.send_raw(ask(create_rq(1), patient_id("C")))
        .expect_response(0x8140, 1, 0, [](received_message const& got) {
          return names_the_thing(got, "2.25.5");
        });
    add(echo_and_release(s), {"create C"});
    s = begin("n-create, named, without a data set");
    s.send_raw(ask(create_rq(1, "2.25.1"))).expect_response(0x8140, 1, 0, answer());
    add(echo_and_release(s), {"create -"});
    s = begin("n-create fails with an error ID");
    s.send_raw(ask(create_rq(1, "2.25.1"), patient_id("step")))
        .expect_response(0x8140, 1, 0x0110, [](received_message const& got) {
          return got.us(0x0903) == 0xA710 && got.text(0x0902).starts_with("the step is over");
        });
    add(echo_and_release(s), {"create step"});
    s = begin("an n-create handler throws");
    s.send_raw(ask(create_rq(1), patient_id("thrown")))
        .expect_response(0x8140, 1, 0x0110, [](received_message const& got) {
          return got.text(0x0902) == "no more things";
        });
    add(echo_and_release(s), {"create thrown"});
    s = begin("n-delete");
    s.send_raw(ask(delete_rq(1))).expect_response(0x8150, 1, 0, answer());
    add(echo_and_release(s), {"delete"});
  }

  void refused() {
    auto s = begin("an event report of an SCU");
    s.send_raw(ask(event_rq(1, 2))).expect_response(0x8100, 1, 0x0118);
    add(echo_and_release(s), {});
    s = requesting("an n-get of an SCP", dimse_request(0, 1));
    s.send_raw(ask(get_rq(1))).expect_response(0x8110, 1, 0x0118);
    add(echo_and_release(s), {});
    auto other = get_rq(1);
    other.requested_sop_class_uid = uid{"2.25.78"};
    s = begin("an n-get of another SOP Class");
    s.send_raw(ask(other)).expect_response(0x8110, 1, 0x0118);
    add(echo_and_release(s), {});
    s = begin("an n-set on a query's context");
    auto set = set_rq(1);
    set.requested_sop_class_uid = uid{find_uid};
    s.send_raw(message_pdus(find_context, set, patient_id("S")));
    add(echo_and_release(s.expect_response(0x8120, 1, 0x0211)), {});
    dimse_setup lenient;
    lenient.options.require_role_selection = false;
    s = begin("an event report of an SCU, but we are lenient");
    s.send_raw(ask(event_rq(1, 2))).expect_response(0x8100, 1, 0);
    add(echo_and_release(s), {"event 2 -"}, {}, lenient);
  }

  void events_performed() {
    auto s = requesting("an event report of an SCP", dimse_request(0, 1));
    s.send_raw(ask(event_rq(1, 2), patient_id("E")))
        .expect_response(0x8100, 1, 0, [](received_message const& got) {
          return got.us(0x1002) == 2 && answer(patient_id("R"))(got);
        });
    add(echo_and_release(s), {"event 2 E"});
    s = requesting("an event report of an unknown type", dimse_request(0, 1));
    s.send_raw(ask(event_rq(1, 9))).expect_response(0x8100, 1, 0x0113);
    add(echo_and_release(s), {"event 9 -"});
    s = requesting("a requestor with both roles", dimse_request(1, 1));
    s.send_raw(ask(event_rq(1, 2))).expect_response(0x8100, 1, 0);
    s.send_raw(ask(delete_rq(2))).expect_response(0x8150, 2, 0);
    add(echo_and_release(s), {"event 2 -", "delete"});

    auto const event = [](received_message const& got) {
      return got.us(0x0110) == 1 && got.us(0x1002) == 2 && got.data == patient_id("E");
    };
    auto const reported = object_answer<n_event_report_rsp>(1);
    s = begin("an event is reported before the action is answered");
    s.send_raw(ask(action_rq(1, report_first))).expect_message(0x0100, event).send_raw(reported);
    add(echo_and_release(s.expect_response(0x8130, 1, 0)), {"action 5 -", "reported 0000"});
    s = begin("an event is reported after the action was answered");
    s.send_raw(ask(action_rq(1, report_afterwards))).expect_response(0x8130, 1, 0);
    s.expect_message(0x0100, event).send_raw(object_answer<n_event_report_rsp>(1, 0x0113));
    add(echo_and_release(s), {"action 6 -", "reported 0113"});
    s = begin("requests go on while an event is reported");
    s.send_raw(ask(action_rq(1, report_afterwards))).expect_response(0x8130, 1, 0);
    s.expect_message(0x0100, event).send_raw(echo_message(2)).expect_response(0x8030, 2, 0);
    add(echo_and_release(s.send_raw(reported)), {"action 6 -", "reported 0000"});
    s = requesting("an event cannot be reported to an SCP", dimse_request(0, 1));
    s.send_raw(ask(event_rq(1, 2))).expect_response(0x8100, 1, 0);
    add(echo_and_release(s), {"event 2 -"});
    s = begin("the association ends while an event is reported");
    s.send_raw(ask(action_rq(1, report_afterwards))).expect_response(0x8130, 1, 0);
    s.expect_message(0x0100, event).send(pdu::abort{}).expect_close();
    cases.push_back({s, dimse_acceptor(), errc::aborted_by_user, {}});
    cases.back().most_cuts = 200;
    cases.back().log = {"action 6 -",
                        "not reported: " + make_error_code(errc::aborted_by_user).message()};
  }

  static message_check asks(std::uint16_t id, bytes data = {}) {
    return [id, data](received_message const& got) {
      return got.us(0x0110) == id && got.context_id == thing_context && got.data == data &&
             got.has_data == !data.empty();
    };
  }
  static bytes all_of(n_set_rsp rsp) {
    rsp.message_id_being_responded_to = 2;
    rsp.status = status::attribute_list_warning;
    rsp.attribute_identifier_list = {tags::patient_id};
    return message_pdus(thing_context, rsp);
  }

  void invoked() {
    auto s = accepting("all six", dimse_acceptance());
    n_get_rsp got;
    got.message_id_being_responded_to = 1;
    got.affected_sop_instance_uid = uid{"2.25.1"};
    s.expect_message(0x0110, asks(1))
        .send_raw(message_pdus(thing_context, got, patient_id("G"), 3));
    s.expect_message(0x0120, asks(2, patient_id("S"))).send_raw(all_of({}));
    n_action_rsp acted;
    acted.message_id_being_responded_to = 3;
    acted.action_type_id = 3;
    s.expect_message(0x0130, asks(3)).send_raw(message_pdus(thing_context, acted, bytes{}));
    n_create_rsp created;
    created.message_id_being_responded_to = 4;
    created.affected_sop_instance_uid = uid{"2.25.9"};
    s.expect_message(0x0140, asks(4, patient_id("C")))
        .send_raw(message_pdus(thing_context, created));
    n_delete_rsp deleted;
    deleted.message_id_being_responded_to = 5;
    deleted.status = {0x0110};
    deleted.error_comment = "not today";
    s.expect_message(0x0150, asks(5)).send_raw(message_pdus(thing_context, deleted));
    s.expect(type::release_rq).send(pdu::release_rp{});
    add(s, all_six,
        {"get 0000 2.25.1 G", "set 0107 ", "1 attributes", "action 0000  -", "of type 3",
         "create 0000 2.25.9", "delete 0110 ", "not today"});
    s = accepting("a malformed attribute list", dimse_acceptance());
    s.expect_message(0x0110).send_raw(message_pdus(thing_context, got, some_data(30)));
    s.expect_abort(0, 0);
    add(s, all_six, {}, errc::truncated_data_set);
  }

  void events_invoked() {
    auto both = dimse_acceptance();
    both.user.roles.push_back({uid{thing_uid}, 1, 1});
    auto s = accepting("we may not report events", both);
    add(s.expect_abort(0, 0), report, {}, errc::no_presentation_context);
    association_options lenient;
    lenient.require_role_selection = false;
    s = accepting("we may not report events, but are lenient", dimse_acceptance());
    s.expect_message(0x0100, asks(1, patient_id("E")));
    s.send_raw(object_answer<n_event_report_rsp>(1));
    add(s.expect(type::release_rq).send(pdu::release_rp{}), report, {"event 0000 "}, {}, lenient);

    s = accepting("the peer reports an event", dimse_acceptance());
    s.send_raw(ask(event_rq(7, 2), patient_id("E")))
        .expect_response(0x8100, 7, 0, answer(patient_id("R")));
    add(s.expect(type::release_rq).send(pdu::release_rp{}), only_listen, {"event 2 E"});
    s = accepting("the peer reports while we wait for it", dimse_acceptance());
    n_action_rsp acted;
    acted.message_id_being_responded_to = 1;
    s.expect_message(0x0130, asks(1, patient_id("I")));
    s.send_raw(ask(event_rq(1, 2))).expect_response(0x8100, 1, 0);
    s.send_raw(message_pdus(thing_context, acted));
    s.send_raw(ask(event_rq(2, 9))).expect_response(0x8100, 2, 0x0113);
    add(s.expect(type::release_rq).send(pdu::release_rp{}), act_and_listen,
        {"event 2 -", "action 0000 ", "event 9 -"});
    s = accepting("the peer asks for what only an SCU may", dimse_acceptance());
    s.send_raw(ask(delete_rq(7))).expect_response(0x8150, 7, 0x0118);
    add(s.expect(type::release_rq).send(pdu::release_rp{}), only_listen, {});
  }
};

}  // namespace

std::vector<scripted_case> object_cases() {
  list all;
  all.performed();
  all.refused();
  all.events_performed();
  all.invoked();
  all.events_invoked();
  return std::move(all.cases);
}

}  // namespace assoc_test

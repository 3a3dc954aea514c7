// SPDX-License-Identifier: BSL-1.0
// C-FIND, C-GET and C-MOVE as we invoke them.
#include "dimse_harness.hpp"
#include <codimse/scu/find.hpp>
#include <codimse/scu/retrieve.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace assoc_test {
namespace {

using namespace codimse::testing;

// Programs.

asio::awaitable<find_results> begin_find(client& c) {
  auto results = co_await find(c.assoc, patient("P"));
  co_return results;
}
asio::awaitable<void> all_matches(client& c, find_results& found) {
  for (;;) {
    auto const one = co_await found.next();
    if (!one) break;
    c.log.push_back(id_of(*one));
  }
  c.log.push_back("final " + hex(found.status().code));
}
asio::awaitable<void> echo(client& c) {
  auto const rsp = co_await c.assoc.request(c_echo_rq{});
  c.log.push_back("echo " + hex(rsp.status.code));
}
asio::awaitable<void> find_all(client& c) {
  auto found = co_await begin_find(c);
  co_await all_matches(c, found);
  co_await c.assoc.release();
}
asio::awaitable<void> find_and_keep(client& c) {
  auto found = co_await begin_find(c);
  co_await all_matches(c, found);
  co_await echo(c);  // while the sequence that has ended is still there
  auto const after = co_await found.next();
  c.log.emplace_back(after ? "one more" : "no more");
  co_await c.assoc.release();
}
asio::awaitable<void> find_only_counting(client& c) {
  c_find_rq rq;
  rq.affected_sop_class_uid = uid{find_uid};
  auto from = co_await c.assoc.start(rq, patient("P"));
  int count = 0;
  for (;;) {
    auto const one = co_await from.next();
    if (!one) break;
    ++count;
  }
  auto const& last = from.final_response();
  c.log.push_back(std::to_string(count) + " then " + hex(last.status.code) + " " +
                  std::to_string(last.offending_elements.size()) + " " + last.error_comment.str() +
                  (last.has_data_set() ? " with a data set" : ""));
  co_await c.assoc.release();
}
asio::awaitable<void> cancel_after_one(client& c) {
  auto found = co_await begin_find(c);
  auto const one = co_await found.next();
  c.log.push_back(one ? id_of(*one) : "none");
  found.cancel();
  found.cancel();  // once is enough
  co_await all_matches(c, found);
  co_await echo(c);
  co_await c.assoc.release();
}
asio::awaitable<void> cancel_too_late(client& c) {
  auto found = co_await begin_find(c);
  co_await all_matches(c, found);
  found.cancel();
  co_await c.assoc.release();
}
asio::awaitable<void> first_match(client& c) {
  auto found = co_await begin_find(c);
  auto const one = co_await found.next();
  c.log.push_back(one ? id_of(*one) : "none");
}
asio::awaitable<void> leave_after_one(client& c) {
  co_await first_match(c);
  co_await echo(c);
  co_await c.assoc.release();
}
asio::awaitable<void> leave_and_release(client& c) {
  co_await first_match(c);
  co_await c.assoc.release();
}
/// Thinks about a match for longer than a response may take.
asio::awaitable<void> think_and_leave(client& c) {
  {
    auto found = co_await begin_find(c);
    auto const one = co_await found.next();
    c.log.push_back(one ? id_of(*one) : "none");
    co_await c.loop.clock().sleep(c.loop.executor(), 500s);
  }
  co_await echo(c);
  co_await c.assoc.release();
}
asio::awaitable<void> think_and_go_on(client& c) {
  auto found = co_await begin_find(c);
  auto const one = co_await found.next();
  c.log.push_back(one ? id_of(*one) : "none");
  co_await c.loop.clock().sleep(c.loop.executor(), 500s);
  co_await all_matches(c, found);
  co_await c.assoc.release();
}
asio::awaitable<void> echo_for_a_match(client& c) {
  auto found = co_await begin_find(c);
  auto const one = co_await found.next();
  c.log.push_back(one ? id_of(*one) : "none");
  co_await echo(c);
  co_await all_matches(c, found);
  co_await c.assoc.release();
}
asio::awaitable<void> release_with_matches_left(client& c) {
  auto found = co_await begin_find(c);
  co_await c.assoc.release();
  co_await all_matches(c, found);
}

template <class Sequence>
asio::awaitable<void> all_pending(client& c, Sequence& from) {
  auto const number = [](std::optional<std::uint16_t> one) {
    return one ? std::to_string(*one) : std::string{"-"};
  };
  auto const line = [&number](auto const& rsp) {
    auto const& n = rsp.sub_operations;
    return hex(rsp.status.code) + " " + number(n.remaining) + " " + number(n.completed) + " " +
           number(n.failed) + " " + number(n.warning);
  };
  for (;;) {
    auto const one = co_await from.next();
    if (!one) break;
    c.log.push_back(line(*one));
  }
  auto const& last = from.final_response();
  c.log.push_back(line(last));
  if (last.has_data_set())
    c.log.push_back(
        last.attributes().template get<std::string>(tags::failed_sop_instance_uid_list));
}
asio::awaitable<void> move_all(client& c) {
  auto moved = co_await move(c.assoc, patient("P"), "DEST");
  co_await all_pending(c, moved);
  co_await c.assoc.release();
}
asio::awaitable<void> get_all(client& c) {
  auto got = co_await get(c.assoc, patient("P"));
  co_await all_pending(c, got);
  co_await c.assoc.release();
}
asio::awaitable<void> get_and_leave(client& c) {
  {
    auto got = co_await get(c.assoc, patient("P"));
    auto const one = co_await got.next();
    c.log.emplace_back(one ? "pending" : "final");
  }
  co_await echo(c);
  co_await c.assoc.release();
}

template <class Rsp>
bytes progress(std::uint8_t context, std::uint16_t code, sub_operation_counters counters) {
  Rsp rsp;
  rsp.message_id_being_responded_to = 1;
  rsp.status = {code};
  rsp.sub_operations = counters;
  return message_pdus(context, rsp);
}
bytes object(std::uint16_t id, std::size_t size) {
  return message_pdus(store_context, store_rq(id), some_data(size));
}
bytes match_on(std::uint8_t context) {
  c_find_rsp rsp;
  rsp.message_id_being_responded_to = 1;
  rsp.status = status::pending;
  return message_pdus(context, rsp, patient_id("A"));
}
bytes bare(std::uint16_t code, bool with_id_of_another = false) {
  bytes out = command_us(0x0100, 0x8020);
  if (with_id_of_another) append(out, command_us(0x0120, 4242));
  append(out, command_us(0x0800, 0x0101));
  append(out, command_us(0x0900, code));
  return part_pdus(find_context, true, out, 999);
}

struct list {
  std::vector<scripted_case> cases;

  void add(script what, client_program program, std::vector<std::string> log, errc expected = {},
           association_options options = {}) {
    cases.push_back({std::move(what), dimse_requestor(program, options), expected, std::move(log)});
    cases.back().most_cuts = 200;
  }
  static script begin(std::string name) {
    auto s = accepting(std::move(name), dimse_acceptance());
    s.expect_message(0x0020, [](received_message const& got) {
      return got.context_id == find_context && got.us(0x0110) == 1 && got.us(0x0700) == 0 &&
             got.data == patient_id("P");
    });
    return s;
  }
  static script& released(script& s) { return s.expect(type::release_rq).send(pdu::release_rp{}); }
  static script& answer_echo(script& s, std::uint16_t id = 2) {
    s.expect_message(0x0030, [id](received_message const& got) { return got.us(0x0110) == id; });
    return s.send_raw(message_pdus(echo_context, echo_rsp(id)));
  }
  static script& expect_cancel(script& s, std::uint8_t context = find_context) {
    return s.expect_message(0x0FFF, [context](received_message const& got) {
      return got.context_id == context && got.us(0x0120) == 1 && !got.us(0x0110) && !got.has_data;
    });
  }
  static bytes many(int count, std::size_t size = 2) {
    bytes out;
    for (int i = 0; i < count; ++i) append(out, match(1, patient_id(std::string(size, 'a'))));
    return out;
  }

  void well_behaved() {
    auto s = begin("no match").send_raw(find_answer(1, 0));
    add(released(s), find_all, {"final 0000"});
    s = begin("two matches")
            .send_raw(match(1, patient_id("A")))
            .send_raw(match(1, patient_id("B"), 0xFF01));
    add(released(s.send_raw(find_answer(1, 0))), find_all, {"A", "B", "final 0000"});
    s = begin("matches in tiny pieces").send_raw(match(1, patient_id("A"), 0xFF00, 1));
    s.send_raw(match(1, patient_id("B"), 0xFF00, 3)).send_raw(find_answer(1, 0));
    add(released(s), find_all, {"A", "B", "final 0000"});
    s = begin("everything in one write");
    auto all = many(30);
    s.send_raw(append(all, find_answer(1, 0xB001)));
    std::vector<std::string> log(30, "aa");
    log.emplace_back("final B001");
    add(released(s), find_all, log);
    s = begin("a sequence that has ended is kept").send_raw(find_answer(1, 0));
    bytes mute = command_us(0x0100, 0x8030);  // names no message ID: only one can be meant
    append(mute, command_us(0x0800, 0x0101));
    append(mute, command_us(0x0900, 0));
    s.expect_message(0x0030).send_raw(part_pdus(1, true, mute, 999));
    add(released(s), find_and_keep, {"final 0000", "echo 0000", "no more"});
  }

  void ill_behaved() {
    auto s = begin("pending without a data set").send_raw(find_answer(1, 0xFF00));
    s.send_raw(match(1, patient_id("B"))).send_raw(find_answer(1, 0));
    add(released(s), find_all, {"B", "final 0000"});
    s = begin("a final response with a data set").send_raw(match(1, patient_id("B"), 0));
    add(released(s), find_only_counting, {"0 then 0000 0  with a data set"});
    s = begin("a final response with a data set, and a find that ignores it");
    s.send_raw(match(1, patient_id("A"))).send_raw(match(1, patient_id("B"), 0));
    add(released(s), find_all, {"A", "final 0000"});
    for (std::uint16_t const code : {std::uint16_t{0x4711}, std::uint16_t{0xFF02},
                                     std::uint16_t{0xA700}, std::uint16_t{0x0122}}) {
      s = begin("status " + hex(code)).send_raw(match(1, patient_id("A")));
      add(released(s.send_raw(find_answer(1, code))), find_all, {"A", "final " + hex(code)});
    }
    c_find_rsp refusal;
    refusal.message_id_being_responded_to = 1;
    refusal.status = {0xA900};
    refusal.offending_elements = {tags::patient_id, tags::patient_name};
    refusal.error_comment = "no";
    s = begin("refused with a word").send_raw(message_pdus(find_context, refusal));
    add(released(s), find_only_counting, {"0 then A900 2 no"});
    s = begin("responses without a message ID").send_raw(bare(0xFF00)).send_raw(bare(0));
    add(released(s), find_only_counting, {"1 then 0000 0 "});
    s = begin("a response to what was never asked").send_raw(match(1, patient_id("A")));
    s.send_raw(bare(0, true)).expect_abort(2, 0);
    add(s, find_all, {"A"}, errc::unexpected_response);
    s = begin("a pending response to what was never asked");
    s.send_raw(match(77, patient_id("X"))).expect_abort(2, 0);
    add(s, find_all, {}, errc::unexpected_response);
    s = begin("a response on another presentation context");
    s.send_raw(match_on(get_context)).expect_abort(2, 0);
    add(s, find_all, {}, errc::unexpected_response);
    s = begin("a response on a presentation context that there is not");
    s.send_raw(match_on(99)).expect_abort(2, 6);
    add(s, find_all, {}, errc::invalid_pdu_parameter);
    s = begin("the final response comes twice").send_raw(find_answer(1, 0xA700));
    s.send_raw(find_answer(1, 0)).send_raw(match(1, patient_id("late")));
    add(released(s), find_all, {"final A700"});
    s = begin("a response without a status");
    bytes mute = command_us(0x0100, 0x8020);
    append(mute, command_us(0x0120, 1));
    add(released(s.send_raw(part_pdus(find_context, true, mute, 999))), find_all, {"final 0110"});
    s = begin("a response of another command").send_raw(message_pdus(3, echo_rsp(1)));
    add(s.expect_abort(2, 0), find_all, {}, errc::unexpected_response);
    s = begin("the final response comes again behind that to the next request");
    s.send_raw(find_answer(1, 0)).expect_message(0x0030);
    auto again = find_answer(1, 0);
    s.send_raw(append(again, message_pdus(echo_context, echo_rsp(2))));
    add(released(s), find_and_keep, {"final 0000", "echo 0000", "no more"});
    s = begin("a malformed match").send_raw(match(1, some_data(30))).expect(type::p_data_tf);
    cases.push_back(
        {s.expect_abort(0, 0), dimse_requestor(find_all), errc::truncated_data_set, {}});
    cases.back().most_cuts = 200;
    s = begin("the peer aborts after a match").send_raw(match(1, patient_id("A")));
    add(s.send(pdu::abort{}), find_all, {"A"}, errc::aborted_by_user);
    s = begin("the peer closes after a match").send_raw(match(1, patient_id("A")));
    add(s.close(), find_all, {"A"}, errc::connection_closed);
  }

  void deadlines() {
    auto s = begin("silence").expect_abort(0, 0);
    add(s, find_all, {}, errc::dimse_timeout);
    s = begin("silence after a match").send_raw(match(1, patient_id("A"))).wait(119s);
    add(s.expect_abort(0, 0), find_all, {"A"}, errc::dimse_timeout);
    s = begin("each match takes its time");
    std::vector<std::string> log;
    for (int i = 0; i < 5; ++i) {
      s.wait(100s).send_raw(match(1, patient_id("A")));
      log.emplace_back("A");
    }
    log.emplace_back("final 0000");
    add(released(s.wait(100s).send_raw(find_answer(1, 0))), find_all, log);
    s = begin("silence inside a match");
    auto half = match(1, patient_id("A"));
    half.resize(half.size() - 4);
    s.send_raw(half).expect_abort(0, 0);
    add(s, find_all, {}, errc::dimse_timeout);
    s = begin("a match byte by byte");
    auto const slow = match(1, patient_id("A"));
    auto const at = slow.end() - 4;
    s.send_raw({slow.begin(), at}).wait(60s).send_raw({at, at + 1});
    s.wait(59s).send_raw({at + 1, at + 2}).wait(20s).send_raw({at + 2, slow.end()});
    add(s.expect_abort(0, 0), find_all, {}, errc::dimse_timeout);
    s = begin("the consumer thinks").send_raw(match(1, patient_id("A"))).wait(50s);
    s.send_raw(match(1, patient_id("B"))).send_raw(find_answer(1, 0));
    add(released(s), think_and_go_on, {"A", "B", "final 0000"});
  }

  void cancelled() {
    auto s = begin("cancelled").send_raw(match(1, patient_id("A")));
    expect_cancel(s).send_raw(match(1, patient_id("B"))).send_raw(find_answer(1, 0xFE00));
    add(released(answer_echo(s)), cancel_after_one, {"A", "B", "final FE00", "echo 0000"});
    s = begin("cancelled, which the peer ignores").send_raw(match(1, patient_id("A")));
    expect_cancel(s).send_raw(find_answer(1, 0));
    add(released(answer_echo(s)), cancel_after_one, {"A", "final 0000", "echo 0000"});
    s = begin("nothing left to cancel").send_raw(find_answer(1, 0));
    add(released(s), cancel_too_late, {"final 0000"});
    s = begin("left behind").send_raw(match(1, patient_id("A")));
    // The echo waits: the window is free when the final response has come.
    expect_cancel(s).wait(50s).send_raw(match(1, patient_id("B"))).wait(100s);
    s.send_raw(match(1, patient_id("C"))).wait(100s).send_raw(find_answer(1, 0xFE00));
    add(released(answer_echo(s)), leave_after_one, {"A", "echo 0000"});
    s = begin("left behind with its final response on its way");
    auto rest = match(1, patient_id("A"));
    auto const last = match(1, patient_id("late"), 0);
    append(rest, {last.begin(), last.end() - 6});
    s.send_raw(rest);
    expect_cancel(s).send_raw({last.end() - 6, last.end()});
    add(released(answer_echo(s)), leave_after_one, {"A", "echo 0000"});
    s = begin("left behind, and the peer never ends").send_raw(match(1, patient_id("A")));
    expect_cancel(s).wait(100s).send_raw(match(1, patient_id("B"))).expect_abort(0, 0);
    add(s, leave_after_one, {"A"}, errc::dimse_timeout);
    s = begin("left behind after a long thought").send_raw(match(1, patient_id("A")));
    s.send_raw(match(1, patient_id("B")));
    expect_cancel(s).wait(100s).send_raw(find_answer(1, 0xFE00));
    add(released(answer_echo(s)), think_and_leave, {"A", "echo 0000"});
    s = begin("released while the peer still answers").send_raw(match(1, patient_id("A")));
    expect_cancel(s).wait(50s).send_raw(find_answer(1, 0xFE00));
    add(released(s), leave_and_release, {"A"});
  }

  void far_behind() {
    association_options few;
    few.limits.responses_ahead = 4;
    std::vector<std::string> log(41, "aa");
    log.emplace_back("final 0000");
    auto all = many(41);
    append(all, find_answer(1, 0));
    auto s = begin("a consumer far behind").send_raw(all);
    add(released(s), think_and_go_on, log, {}, few);
    few.limits.responses_ahead = 0;  // one all the same
    s = begin("a consumer that wants none ahead").send_raw(all);
    add(released(s), think_and_go_on, log, {}, few);
    few.limits.responses_ahead = 4;
    // The echo waits for the window, which opens behind the responses that nobody takes.
    s = begin("an echo between the matches").send_raw(all);
    log.insert(log.begin() + 1, "echo 0000");
    add(released(answer_echo(s)), echo_for_a_match, log, {}, few);
    s = begin("a release before the matches are taken").send_raw(all);
    log.erase(log.begin() + 1);
    add(released(s), release_with_matches_left, log, {}, few);
    association_options little;
    little.limits.data_set_in_memory = 20'000;
    s = begin("more than is kept").send_raw(many(200, 200)).expect_abort(2, 0);
    add(s, echo_for_a_match, {std::string(200, 'a')}, errc::limit_exceeded, little);
    cases.back().most_cuts = 40;
    // Without data sets they are no less.
    bytes empty;
    for (int i = 0; i < 400; ++i) append(empty, find_answer(1, 0xFF00));
    s = begin("more without a data set than is kept").send_raw(empty).expect_abort(2, 0);
    add(s, release_with_matches_left, {}, errc::limit_exceeded, little);
    cases.back().most_cuts = 40;
    association_options small;
    small.limits.attributes_length = 100;
    s = begin("one match that is too long").send_raw(many(1, 200)).expect_abort(2, 0);
    add(s, find_all, {}, errc::limit_exceeded, small);
    for (auto& one : cases)
      if (one.most_cuts > 60 && one.what.name().find("consumer") != std::string::npos)
        one.most_cuts = 60;
  }

  void retrieves() {
    std::vector<std::string> log;
    auto s = accepting("move", dimse_acceptance());
    s.expect_message(0x0021, [](received_message const& got) {
      return got.context_id == move_context && got.text(0x0600) == "DEST" && got.has_data;
    });
    s.send_raw(progress<c_move_rsp>(move_context, 0xFF00, {2, 1, 0, 0}));
    s.send_raw(progress<c_move_rsp>(move_context, 0xFF00, {1, 1, 1, 0}));
    c_move_rsp last;
    last.message_id_being_responded_to = 1;
    last.status = {0xB000};
    last.sub_operations = {{}, 1, 1, 1};
    auto failed = text_bytes(std::string_view{"\x08\x00\x58\x00UI\x06\x00", 8});
    append(failed, text_bytes(std::string_view{"1.2.3\0", 6}));
    s.send_raw(message_pdus(move_context, last, failed));
    add(released(s), move_all, {"FF00 2 1 0 0", "FF00 1 1 1 0", "B000 - 1 1 1", "1.2.3"});
    s = accepting("move without counters, with data sets in pending responses", dimse_acceptance());
    c_move_rsp pending;
    pending.message_id_being_responded_to = 1;
    pending.status = status::pending;
    s.expect_message(0x0021).send_raw(message_pdus(move_context, pending, some_data(20)));
    s.send_raw(progress<c_move_rsp>(move_context, 0xA801, {}));
    add(released(s), move_all, {"FF00 - - - -", "A801 - - - -"});
    s = accepting("get", dimse_acceptance());
    s.expect_message(0x0010).send_raw(object(1, 40)).expect_response(0x8001, 1, 0);
    s.send_raw(progress<c_get_rsp>(get_context, 0xFF00, {1, 1, 0, 0}));
    s.send_raw(object(2, 50)).expect_response(0x8001, 2, 0);
    s.send_raw(progress<c_get_rsp>(get_context, 0, {{}, 2, 0, 0}));
    add(released(s), get_all, {"stored 40 ", "FF00 1 1 0 0", "stored 50 ", "0000 - 2 0 0"});
    s = accepting("get, without pending responses", dimse_acceptance()).expect_message(0x0010);
    log.clear();
    for (std::uint16_t id = 1; id <= 3; ++id) {
      s.wait(100s).send_raw(object(id, 40)).expect_response(0x8001, id, 0);
      log.emplace_back("stored 40 ");
    }
    log.emplace_back("0000 - 3 0 0");
    s.wait(100s).send_raw(progress<c_get_rsp>(get_context, 0, {{}, 3, 0, 0}));
    add(released(s), get_all, log);
    s = accepting("get, an object that takes long", dimse_acceptance()).expect_message(0x0010);
    auto const large = object(1, 400'000);
    for (std::size_t at = 0; at < large.size(); at += 100'000) {
      auto const from = large.begin() + static_cast<std::ptrdiff_t>(at);
      auto const size = std::min<std::size_t>(100'000, large.size() - at);
      s.send_raw({from, from + static_cast<std::ptrdiff_t>(size)}).wait(100s);
    }
    s.expect_response(0x8001, 1, 0);
    s.send_raw(progress<c_get_rsp>(get_context, 0, {{}, 1, 0, 0}));
    add(released(s), get_all, {"stored 400000 ", "0000 - 1 0 0"});
    cases.back().most_cuts = 20;
    s = accepting("get, an object byte by byte", dimse_acceptance()).expect_message(0x0010);
    auto const drip = object(1, 40);
    auto const rest = drip.end() - 4;
    s.send_raw({drip.begin(), rest}).wait(60s).send_raw({rest, rest + 1});
    s.wait(59s).send_raw({rest + 1, rest + 2}).wait(20s).send_raw({rest + 2, drip.end()});
    add(s.expect_abort(0, 0), get_all, {"discarded"}, errc::dimse_timeout);
    s = accepting("get, left behind in the middle", dimse_acceptance());
    s.expect_message(0x0010).send_raw(object(1, 40)).expect_response(0x8001, 1, 0);
    s.send_raw(progress<c_get_rsp>(get_context, 0xFF00, {1, 1, 0, 0}));
    expect_cancel(s, get_context).send_raw(object(2, 50)).expect_response(0x8001, 2, 0);
    s.send_raw(progress<c_get_rsp>(get_context, 0xFE00, {0, 2, 0, 0}));
    add(released(answer_echo(s)), get_and_leave,
        {"stored 40 ", "pending", "stored 50 ", "echo 0000"});
    auto no_roles = dimse_acceptance();
    no_roles.user.roles.clear();
    s = accepting("get: the acceptor did not take the role, and sends all the same", no_roles);
    s.expect_message(0x0010).send_raw(object(1, 40)).expect_response(0x8001, 1, 0x0122);
    s.send_raw(progress<c_get_rsp>(get_context, 0xA702, {{}, 0, 1, 0}));
    add(released(s), get_all, {"A702 - 0 1 0"});
    association_options lenient;
    lenient.require_role_selection = false;
    s = accepting("get: the acceptor did not take the role, but we are lenient", no_roles);
    s.expect_message(0x0010).send_raw(object(1, 40)).expect_response(0x8001, 1, 0);
    s.send_raw(progress<c_get_rsp>(get_context, 0, {{}, 1, 0, 0}));
    add(released(s), get_all, {"stored 40 ", "0000 - 1 0 0"}, {}, lenient);
  }
};

}  // namespace

std::vector<scripted_case> response_cases() {
  list all;
  all.well_behaved();
  all.ill_behaved();
  all.deadlines();
  all.cancelled();
  all.far_behind();
  all.retrieves();
  return std::move(all.cases);
}

}  // namespace assoc_test

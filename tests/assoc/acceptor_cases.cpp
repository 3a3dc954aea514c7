// SPDX-License-Identifier: BSL-1.0
#include "harness.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace assoc_test {
namespace {

using namespace codimse::testing;
using message_check = script::message_check;

// Handlers.

reply unread(ledger& book, c_store_rq const&, incoming_data_set&) {
  book.log.emplace_back("unread");
  co_return status::elements_discarded;
}
reply throwing(ledger&, c_store_rq const&, incoming_data_set&) {
  throw std::runtime_error{"the shelf is broken"};
  co_return status::success;
}
reply throwing_after_a_look(ledger&, c_store_rq const&, incoming_data_set& data) {
  co_await data.next();
  throw 42;
}
reply into_null(ledger&, c_store_rq const&, incoming_data_set& data) {
  outcome const how = co_await data.save(null_sink{});
  co_return how;
}
reply fails_to_open(ledger& book, c_store_rq const&, incoming_data_set& data) {
  outcome const how = co_await data.save(test_sink{book, "open"});
  co_return how;
}
reply fails_to_write(ledger& book, c_store_rq const&, incoming_data_set& data) {
  outcome const how = co_await data.save(test_sink{book, "write"});
  co_return how;
}
reply fails_to_commit(ledger& book, c_store_rq const&, incoming_data_set& data) {
  outcome const how = co_await data.save(test_sink{book, "commit"});
  co_return how;
}
reply slow(ledger& book, c_store_rq const&, incoming_data_set& data) {
  outcome const how = co_await data.save(test_sink{book, "", 10s});
  co_return how;
}
reply by_study(ledger& book, c_store_rq const&, incoming_data_set& data) {
  outcome const how = co_await data.save(test_sink{book, "study"});
  co_return how;
}
reply looks_twice(ledger& book, c_store_rq const&, incoming_data_set& data) {
  std::array const wanted{tags::study_instance_uid};
  head_scanner scanner{transfer_syntaxes::explicit_vr_little_endian, wanted,
                       tags::study_instance_uid};
  co_await data.look_at_head(scanner);
  outcome const how = co_await data.save(test_sink{book, "study"});
  co_return how;
}
reply reads_all(ledger& book, c_store_rq const&, incoming_data_set& data) {
  auto const all = co_await data.read_all();
  book.log.push_back("read " + std::to_string(all.size()));
  co_return status::success;
}
reply into_memory(ledger& book, c_store_rq const&, incoming_data_set& data) {
  std::vector<std::byte> all;
  outcome const how = co_await data.save(memory_sink{all, 100});
  book.log.push_back("memory " + std::to_string(all.size()));
  co_return how;
}
/// Answers long after the data set was read; the first message longest.
reply answers_late(ledger& book, c_store_rq const& rq, incoming_data_set& data) {
  book.most_running = std::max(book.most_running, ++book.running);
  bool failed = false;
  try {
    co_await data.read_all();
    co_await book.loop.clock().sleep(book.loop.executor(), rq.message_id == 1 ? 20s : 5s);
  } catch (std::exception const&) {
    failed = true;
  }
  --book.running;
  if (failed) co_return status::cannot_understand;
  book.log.push_back("done " + std::to_string(rq.message_id) + " of " +
                     std::to_string(book.most_running));
  co_return status::success;
}

struct broken_verification {
  static constexpr auto sop_classes = sop::verification;
  reply on(c_echo_rq const&) {
    throw std::runtime_error{"no echo today"};
    co_return status::success;
  }
};
struct rejecting_verification {
  static constexpr auto sop_classes = sop::verification;
  reply on(c_echo_rq const&) { co_return status::success; }
  decision on(pdu::associate_rq const&) { return pdu::associate_rj::not_authorized; }
};

bytes element(std::uint16_t group, std::uint16_t number, std::string_view vr,
              std::string_view value) {
  bytes out(8);
  store_little(out.data(), group);
  store_little(out.data() + 2, number);
  out[4] = static_cast<std::byte>(vr[0]);
  out[5] = static_cast<std::byte>(vr[1]);
  store_little(out.data() + 6, static_cast<std::uint16_t>(value.size()));
  return append(out, text_bytes(value));
}
bytes small_object() {
  bytes out = element(0x0008, 0x0016, "UI", std::string{ct_uid} + '\0');
  append(out, element(0x0008, 0x0018, "UI", std::string_view{"1.2.3\0", 6}));
  append(out, element(0x0010, 0x0010, "PN", "Doe^John"));
  append(out, element(0x0020, 0x000D, "UI", "1.2.3.44"));
  return append(out, element(0x0020, 0x0010, "SH", "ID12"));
}

message_check has_comment(std::string text) {
  return [text](received_message const& got) {
    return got.text(command_element::error_comment).find(text) != std::string::npos;
  };
}

struct list {
  std::vector<scripted_case> cases;

  void add(script what, errc expected = {}, std::vector<std::string> log = {},
           system_under_test system = acceptor()) {
    cases.push_back({std::move(what), std::move(system), expected, std::move(log)});
  }

  void echoes_and_stores() {
    auto s = requesting("echo");
    s.send_raw(echo_message(7)).expect_response(0x8030, 7, 0);
    add(release(s));
    s = requesting("release at once");
    add(release(s));
    s = requesting("store");
    s.send_raw(store_message(1, some_data(100))).expect_response(0x8001, 1, 0);
    add(release(s), {}, {"stored 100 "});
    s = requesting("store, large");
    s.send_raw(store_message(1, some_data(200'000))).expect_response(0x8001, 1, 0);
    add(release(s), {}, {"stored 200000 "});
    cases.back().most_cuts = 150;
    s = requesting("store into null");
    s.send_raw(store_message(1, some_data(100))).expect_response(0x8001, 1, 0);
    add(release(s), {}, {}, storing(into_null));
    s = requesting("store into memory, too long");
    s.send_raw(store_message(1, some_data(300), 64)).expect_response(0x8001, 1, 0xA700);
    add(echo_and_release(s), {}, {"memory 0"}, storing(into_memory));
    s = requesting("store, then echo, then store");
    s.send_raw(store_message(1, some_data(10))).expect_response(0x8001, 1, 0);
    s.send_raw(echo_message(2)).expect_response(0x8030, 2, 0);
    s.send_raw(store_message(3, some_data(20))).expect_response(0x8001, 3, 0);
    add(release(s), {}, {"stored 10 ", "stored 20 "});
  }

  void fragmentation() {
    auto const command = command_bytes(store_rq(1), true);
    auto const data = some_data(50);
    std::vector<std::string> const stored{"stored 50 "};
    auto s = requesting("many fragments");
    s.send_raw(store_message(1, data, 2)).expect_response(0x8001, 1, 0);
    add(release(s), {}, stored);
    s = requesting("odd fragments");
    s.send_raw(store_message(1, data, 7)).expect_response(0x8001, 1, 0);
    add(release(s), {}, stored);
    s = requesting("command and data in one PDU");
    s.send_raw(p_data({pdv(3, true, true, command), pdv(3, false, true, data)}));
    add(release(s.expect_response(0x8001, 1, 0)), {}, stored);
    s = requesting("several PDVs in a PDU");
    auto const all = std::span{data};
    s.send_raw(p_data({pdv(3, true, false, std::span{command}.first(9)),
                       pdv(3, true, true, std::span{command}.subspan(9)),
                       pdv(3, false, false, all.first(1)), pdv(3, false, false, all.subspan(1, 30)),
                       pdv(3, false, true, all.subspan(31))}));
    add(release(s.expect_response(0x8001, 1, 0)), {}, stored);
    s = requesting("empty PDVs");
    s.send_raw(p_data({pdv(3, true, false, {}), pdv(3, true, false, command)}));
    s.send_raw(
        p_data({pdv(3, true, true, {}), pdv(3, false, false, {}), pdv(3, false, false, data)}));
    s.send_raw(p_data({pdv(3, false, true, {})})).expect_response(0x8001, 1, 0);
    add(release(s), {}, stored);
    s = requesting("an empty P-DATA-TF");
    s.send_raw(p_data({})).send_raw(echo_message(1)).expect_response(0x8030, 1, 0);
    add(release(s));
    s = requesting("an empty data set");
    // An object of nothing would replace what is stored under its name.
    s.send_raw(store_message(1, {})).expect_response(0x8001, 1, 0xC000);
    add(release(s), {}, {"discarded"});
    s = requesting("two messages in one PDU");
    s.send_raw(p_data({pdv(3, true, true, command), pdv(3, false, true, data),
                       pdv(1, true, true, command_bytes(echo_rq(2), false))}));
    s.expect_response(0x8001, 1, 0).expect_response(0x8030, 2, 0);
    add(release(s), {}, stored);
  }

  void ends() {
    script s{"abort before the request"};
    add(s.send(pdu::abort{}).expect_close());
    s = requesting("abort when idle");
    add(s.send(pdu::abort{}).expect_close(), errc::aborted_by_user);
    s = requesting("abort by a provider");
    add(s.send(pdu::abort{2, 6}).expect_close(), errc::aborted_by_provider);
    s = requesting("abort with a reason out of the table");
    add(s.send(pdu::abort{77, 99}).expect_close(), errc::aborted_by_user);
    s = requesting("abort inside a message");
    s.send_raw(p_data({pdv(3, true, true, command_bytes(store_rq(1), true))}));
    s.send_raw(p_data({pdv(3, false, false, some_data(20))})).send(pdu::abort{}).expect_close();
    add(s, errc::aborted_by_user, {"discarded"});
    s = requesting("abort while a handler runs");
    s.send_raw(store_message(1, some_data(20))).wait(1s).send(pdu::abort{}).expect_close();
    add(s, errc::aborted_by_user, {}, storing(answers_late));
    s = requesting("abort after the release");
    add(release(s).send(pdu::abort{}).expect_close());
    s = requesting("release while a handler runs");
    s.send_raw(store_message(1, some_data(20))).wait(1s);
    add(release(s), {}, {}, storing(answers_late));
    s = requesting("close when idle");
    add(s.close(), errc::connection_closed);
    s = requesting("reset when idle");
    add(s.reset(), errc::connection_closed);
    s = requesting("half-close while a handler runs");
    s.send_raw(store_message(1, some_data(20))).shutdown_send().expect_close();
    add(s, errc::connection_closed, {}, storing(answers_late));
    s = requesting("close while a slow sink holds us back");
    s.send_raw(store_message(1, some_data(3000), 100)).close().wait(60s);
    add(s, errc::connection_closed, {"discarded"}, storing(slow));
    cases.back().most_cuts = 100;
  }

  void rejections() {
    auto rq = request();
    rq.application_context = "1.2.3";
    script s{"rejected: application context"};
    add(s.send(rq).expect_reject(pdu::associate_rj::application_context_not_supported),
        errc::association_rejected);
    rq = request();
    rq.protocol_version = 2;
    s = script{"rejected: protocol version"};
    add(s.send(rq).expect_reject(pdu::associate_rj::protocol_version_not_supported),
        errc::association_rejected);
    acceptor_setup setup;
    setup.policy = [](ul::acceptor_policy& policy) {
      policy.require_called_ae_title = true;
      policy.own_ae_title = "ANOTHER";
    };
    s = script{"rejected: called AE title"};
    add(s.send(request()).expect_reject(pdu::associate_rj::called_ae_not_recognized),
        errc::association_rejected, {}, acceptor(setup));
    setup.policy = [](ul::acceptor_policy& policy) { policy.calling_ae_titles = {"FRIEND"}; };
    s = script{"rejected: calling AE title"};
    add(s.send(request()).expect_reject(pdu::associate_rj::calling_ae_not_recognized),
        errc::association_rejected, {}, acceptor(setup));
    setup = {};
    setup.places = 0;
    s = script{"rejected: too many associations"};
    add(s.send(request()).expect_reject(pdu::associate_rj::local_limit_exceeded),
        errc::association_rejected, {}, acceptor(setup));
    s = script{"rejected by a service"};
    add(s.send(request()).expect_reject(pdu::associate_rj::not_authorized),
        errc::association_rejected, {}, acceptor<rejecting_verification>());
    s = script{"rejected, and the peer does not close"};
    s.send(request()).expect_reject(pdu::associate_rj::not_authorized).expect_close();
    add(s, errc::association_rejected, {}, acceptor<rejecting_verification>());
    s = requesting("nothing accepted", [] {
      auto all_refused = request();
      all_refused.contexts.erase(all_refused.contexts.begin(), all_refused.contexts.begin() + 2);
      return all_refused;
    }());
    add(release(s));
  }

  void unexpected_pdus() {
    struct sample {
      std::string name;
      bytes encoded;
    };
    std::vector<sample> const samples{{"A-ASSOCIATE-RQ", pdu::encode(request())},
                                      {"A-ASSOCIATE-AC", pdu::encode(acceptance())},
                                      {"A-ASSOCIATE-RJ", pdu::encode(pdu::associate_rj{})},
                                      {"P-DATA-TF", echo_message(1)},
                                      {"A-RELEASE-RP", pdu::encode(pdu::release_rp{})},
                                      {"A-RELEASE-RQ", pdu::encode(pdu::release_rq{})}};
    for (auto const& one : samples) {
      if (one.name != "A-ASSOCIATE-RQ") {
        script s{one.name + " in Sta2"};
        add(s.send_raw(one.encoded).expect_abort(0, 0), errc::unexpected_pdu);
      }
      if (one.name != "P-DATA-TF" && one.name != "A-RELEASE-RQ") {
        auto s = requesting(one.name + " in Sta6");
        add(s.send_raw(one.encoded).expect_abort(2, 2), errc::unexpected_pdu);
      }
      auto s = requesting(one.name + " in Sta13");
      release(s).send_raw(one.encoded);
      if (one.name == "A-ASSOCIATE-RQ") s.expect(type::abort);  // AA-7; all else AA-6: nothing
      add(s.expect_close());
    }
  }

  void malformed() {
    script s{"an HTTP request"};
    add(s.send_raw(text_bytes("GET / HTTP/1.1\r\n\r\n")).expect_abort(0, 0),
        errc::unknown_pdu_type);
    s = script{"a TLS client hello"};
    add(s.send_raw(text_bytes("\x16\x03\x01\x02")).expect_abort(0, 0), errc::unknown_pdu_type);
    s = script{"nonsense goes on and on"};
    s.send_raw(text_bytes("SSH-2.0-")).expect_abort(0, 0).wait(1s);
    for (int i = 0; i < 5; ++i) s.send_raw(text_bytes("more of it")).wait(1s);
    add(s.expect_close(), errc::unknown_pdu_type);
    s = script{"a malformed P-DATA-TF that does not belong there is answered once"};
    bytes const too_early{std::byte{4}, {}, {}, {}, {}, std::byte{4}, {}, {}, {}, std::byte{1}};
    s.send_raw(too_early).expect_abort(0, 0);
    add(s.expect_close(), errc::unexpected_pdu);
    auto even = request();
    even.contexts[1].id = 2;
    s = script{"an even context ID"};
    add(s.send(even).expect_abort(0, 0), errc::invalid_pdu_parameter);
    s = script{"a request with an item that leaves its parent"};
    auto bent = pdu::encode(request());
    bent[77] = std::byte{0xFF};
    add(s.send_raw(bent).expect_abort(0, 0), errc::invalid_pdu_parameter);
    s = script{"a request that is too long"};
    add(s.send_raw({std::byte{1}, std::byte{0}, std::byte{0x7F}, std::byte{0}, std::byte{0},
                    std::byte{0}})
            .expect_abort(0, 0),
        errc::invalid_pdu_parameter);
    s = requesting("an unknown PDU type");
    add(s.send_raw(raw_pdu(0x08, some_data(4))).expect_abort(2, 1), errc::unknown_pdu_type);
    s = requesting("a P-DATA-TF that is too long");
    add(s.send_raw(
             {std::byte{4}, std::byte{0}, std::byte{0}, std::byte{9}, std::byte{0}, std::byte{0}})
            .expect_abort(2, 6),
        errc::pdu_too_long);
    s = requesting("a PDV that leaves its PDU");
    auto leaves = p_data({pdv(1, true, true, some_data(4))});
    leaves[9] = std::byte{0x20};
    add(s.send_raw(leaves).expect_abort(2, 6), errc::invalid_pdu_parameter);
    s = requesting("a PDV of length 1");
    add(s.send_raw(
             raw_pdu(4, {std::byte{0}, std::byte{0}, std::byte{0}, std::byte{1}, std::byte{1}}))
            .expect_abort(2, 6),
        errc::invalid_pdu_parameter);
    s = requesting("a release request that is too short");
    add(s.send_raw(raw_pdu(5, {})).expect_abort(2, 6), errc::invalid_pdu_parameter);
    s = requesting("a command set that is none");
    add(s.send_raw(p_data({pdv(1, true, true, some_data(9))})).expect_abort(2, 6),
        errc::invalid_command_set);
    acceptor_setup setup;
    setup.options.limits.command_set_length = 60;
    s = requesting("a command set that is too long");
    add(s.send_raw(store_message(1, {})).expect_abort(2, 6), errc::invalid_command_set, {},
        acceptor(setup));
    setup = {};
    setup.options.limits.data_set_length = 60;
    s = requesting("a data set that is too long");
    add(s.send_raw(store_message(1, some_data(100), 30)).expect_abort(2, 0), errc::limit_exceeded,
        {"discarded"}, acceptor(setup));
  }

  void broken_messages() {
    auto const command = command_bytes(store_rq(1), true);
    auto s = requesting("data before the command");
    add(s.send_raw(p_data({pdv(3, false, true, some_data(4))})).expect_abort(2, 5),
        errc::unexpected_pdu_parameter);
    s = requesting("data for 0101H");
    s.send_raw(echo_message(1)).expect_response(0x8030, 1, 0);
    add(s.send_raw(p_data({pdv(1, false, true, some_data(4))})).expect_abort(2, 5),
        errc::unexpected_pdu_parameter);
    s = requesting("a command inside the data");
    s.send_raw(p_data({pdv(3, true, true, command), pdv(3, false, false, some_data(4))}));
    add(s.send_raw(echo_message(2)).expect_abort(2, 6), errc::invalid_pdu_parameter, {"discarded"});
    s = requesting("the context changes inside a message");
    s.send_raw(p_data({pdv(3, true, true, command), pdv(1, false, true, some_data(4))}));
    add(s.expect_abort(2, 6), errc::invalid_pdu_parameter, {"discarded"});
    s = requesting("a context that was not accepted");
    add(s.send_raw(message_pdus(mr_context, echo_rq(1))).expect_abort(2, 6),
        errc::invalid_pdu_parameter);
    s = requesting("a context that was never proposed");
    add(s.send_raw(message_pdus(99, echo_rq(1))).expect_abort(2, 6), errc::invalid_pdu_parameter);
  }

  static bytes command(std::uint16_t field, std::string_view sop_class, std::uint16_t id,
                       bool with_data = false) {
    bytes out = command_text(0x0002, sop_class);
    append(out, command_us(0x0100, field));
    append(out, command_us(0x0110, id));
    return append(out, command_us(0x0800, with_data ? 0x0001 : 0x0101));
  }
  void refusal(std::string name, std::uint8_t context, bytes const& set, std::uint16_t rsp,
               std::uint16_t code, bytes const& data = {}) {
    auto s = requesting(std::move(name));
    s.send_raw(part_pdus(context, true, set, 999));
    if (!data.empty()) s.send_raw(part_pdus(context, false, data, 10));
    s.expect_response(rsp, 5, code);
    add(echo_and_release(s));
  }

  void refusals() {
    std::string const ct = std::string{ct_uid} + '\0';
    std::string const mr = std::string{mr_uid} + '\0';
    refusal("unknown command", 3, command(0x0777, ct, 5), 0x8777, 0x0211);
    refusal("unknown command with data", 3, command(0x0777, ct, 5, true), 0x8777, 0x0211,
            some_data(30));
    refusal("unknown command of another SOP Class", 3, command(0x0777, mr, 5), 0x8777, 0x0211);
    refusal("another SOP Class", 3, command(0x0001, mr, 5, true), 0x8001, 0x0122, some_data(30));
    refusal("another SOP Class, DIMSE-N", 3, command(0x0110, mr, 5), 0x8110, 0x0118);
    refusal("no SOP Class at all", 3, command(0x0001, "", 5, true), 0x8001, 0x0122, some_data(30));
    refusal("not handled", 3, command(0x0020, ct, 5, true), 0x8020, 0x0211, some_data(30));
    refusal("not handled, DIMSE-N", 3, command(0x0110, ct, 5), 0x8110, 0x0211);
    refusal("not handled, and of another SOP Class", 3, command(0x0020, mr, 5, true), 0x8020,
            0x0122, some_data(30));
    auto s = requesting("C-CANCEL for nothing");
    bytes cancel = command_us(0x0100, 0x0FFF);
    append(cancel, command_us(0x0120, 77));
    append(cancel, command_us(0x0800, 0x0101));
    s.send_raw(part_pdus(3, true, cancel, 999));
    add(echo_and_release(s));
    s = requesting("a response to nothing");
    s.send_raw(message_pdus(1, echo_rsp(7)));
    add(echo_and_release(s));
    s = requesting("a response with a data set to nothing");
    s.send_raw(message_pdus(3, store_rsp(7), some_data(20)));
    add(echo_and_release(s));
  }

  void handlers() {
    auto const object = [](script s, std::uint16_t code, message_check check = {}) {
      s.send_raw(store_message(1, some_data(300), 64));
      s.expect_response(0x8001, 1, code, std::move(check));
      return echo_and_release(s);
    };
    add(object(requesting("a handler throws"), 0xC000, has_comment("the shelf is broken")), {}, {},
        storing(throwing));
    add(object(requesting("a handler throws an int in the middle"), 0xC000,
               has_comment("unknown exception")),
        {}, {}, storing(throwing_after_a_look));
    add(object(requesting("a handler leaves the data unread"), 0xB006), {}, {"unread"},
        storing(unread));
    add(object(requesting("a sink fails to open"), 0xA700, has_comment("failed at open")), {},
        {"discarded"}, storing(fails_to_open));
    add(object(requesting("a sink fails to write"), 0xA701, has_comment("failed at write")), {},
        {"discarded"}, storing(fails_to_write));
    add(object(requesting("a sink fails to commit"), 0xA702, has_comment("failed at commit")), {},
        {"discarded"}, storing(fails_to_commit));
    add(object(requesting("a slow sink"), 0), {}, {"stored 300 "}, storing(slow));
    auto s = requesting("an echo handler throws");
    s.send_raw(echo_message(1)).expect_response(0x8030, 1, 0x0110, has_comment("no echo today"));
    add(release(s), {}, {}, acceptor<broken_verification>());

    auto const head = [](std::string name, std::size_t fragment) {
      auto h = requesting(std::move(name));
      h.send_raw(store_message(1, small_object(), fragment)).expect_response(0x8001, 1, 0);
      return release(h);
    };
    std::vector<std::string> const by{"stored " + std::to_string(small_object().size()) +
                                      " 1.2.3.44"};
    add(head("the head is looked at", 999), {}, by, storing(by_study));
    add(head("the head in fragments of a byte", 1), {}, by, storing(by_study));
    add(head("the head is looked at twice", 30), {}, by, storing(looks_twice));
    s = requesting("the head is no data set");
    s.send_raw(store_message(1, some_data(600), 64)).expect_response(0x8001, 1, 0);
    add(release(s), {}, {"stored 600 "}, storing(by_study));
    acceptor_setup setup;
    setup.store = by_study;
    setup.options.limits.head_length = 16;
    s = requesting("the head is too long to be held");
    s.send_raw(p_data({pdv(3, true, true, command_bytes(store_rq(1), true))}));
    auto const object_bytes = small_object();
    for (std::span<std::byte const> rest = object_bytes; !rest.empty();) {
      auto const part = rest.first(std::min<std::size_t>(10, rest.size()));
      rest = rest.subspan(part.size());
      s.send_raw(p_data({pdv(3, false, rest.empty(), part)})).wait(1s);
    }
    s.expect_response(0x8001, 1, 0);
    add(release(s), {}, {"stored " + std::to_string(object_bytes.size()) + " "}, acceptor(setup));
    setup = {};
    setup.store = reads_all;
    setup.options.limits.data_set_in_memory = 250;
    add(object(requesting("more than fits into memory"), 0xC000, has_comment("limit")), {}, {},
        acceptor(setup));
    s = requesting("as much as fits into memory");
    s.send_raw(store_message(1, some_data(250), 64)).expect_response(0x8001, 1, 0);
    add(release(s), {}, {"read 250"}, acceptor(setup));
  }

  void echoed_uids() {
    std::string const overlong(90, '7');
    std::string const padded = "1.2.3   ";
    for (auto const& instance : {overlong, padded, std::string{"not a UID!"}}) {
      auto s =
          requesting("Instance UID of " + std::to_string(instance.size()) + " bytes comes back");
      bytes set = command_text(0x0002, std::string{ct_uid} + ' ');
      append(set, command_us(0x0100, 0x0001));
      append(set, command_us(0x0110, 1));
      append(set, command_us(0x0800, 0x0001));
      append(set, command_text(0x1000, instance));
      s.send_raw(part_pdus(3, true, set, 999)).send_raw(part_pdus(3, false, some_data(8), 99));
      s.expect_response(0x8001, 1, 0, [instance](received_message const& got) {
        return got.text(0x1000) == instance && got.text(0x0002) == std::string{ct_uid} + ' ';
      });
      add(release(s), {}, {"stored 8 "});
    }
  }

  void windows() {
    auto rq = request();
    rq.user.window = {2, 1};
    acceptor_setup setup;
    setup.store = answers_late;
    setup.options.operations_performed = 2;
    auto s = requesting("two at once, answered out of order", rq);
    s.send_raw(store_message(1, some_data(40), 16)).send_raw(store_message(2, some_data(30), 16));
    s.expect_response(0x8001, 2, 0).expect_response(0x8001, 1, 0);
    add(release(s), {}, {"done 2 of 2", "done 1 of 2"}, acceptor(setup));
    s = requesting("three, but never more than two at once", rq);
    for (std::uint16_t id = 1; id <= 3; ++id) s.send_raw(store_message(id, some_data(20)));
    s.expect_response(0x8001, 2, 0).expect_response(0x8001, 3, 0).expect_response(0x8001, 1, 0);
    add(release(s), {}, {"done 2 of 2", "done 3 of 2", "done 1 of 2"}, acceptor(setup));
    s = requesting("one message ID twice at once", rq);
    s.send_raw(store_message(1, some_data(40))).send_raw(store_message(1, some_data(30)));
    s.expect_response(0x8001, 1, 0x0210).expect_response(0x8001, 1, 0);
    add(release(s), {}, {"done 1 of 1"}, acceptor(setup));
    s = requesting("two where no window was asked for");
    s.send_raw(store_message(1, some_data(40))).send_raw(store_message(2, some_data(30)));
    s.expect_response(0x8001, 1, 0).expect_response(0x8001, 2, 0);
    add(release(s), {}, {"done 1 of 1", "done 2 of 1"}, acceptor(setup));
    setup.options.operations_performed = 1;
    s = requesting("two where only one is allowed", rq);
    s.send_raw(store_message(1, some_data(40))).send_raw(store_message(2, some_data(30)));
    s.expect_response(0x8001, 1, 0).expect_response(0x8001, 2, 0);
    add(release(s), {}, {"done 1 of 1", "done 2 of 1"}, acceptor(setup));
  }

  void peer_lengths() {
    for (std::uint32_t const length : {0U, 8U, 10U, 65535U, 0xFFFFFFFFU}) {
      auto rq = request();
      rq.user.maximum_length = length;
      auto s = requesting("the peer takes " + std::to_string(length), rq);
      s.send_raw(echo_message(7)).expect_response(0x8030, 7, 0);
      add(release(s));
      cases.back().check = [length](replay_result const& played) {
        bool const fits = length == 0 || played.seen.longest_p_data <= length;
        return fits ? std::string{} : "a P-DATA-TF is longer than the peer takes";
      };
    }
    auto rq = request();
    rq.user.maximum_length = 4;
    auto s = requesting("the peer takes nothing", rq);
    add(s.send_raw(echo_message(7)).expect_abort(2, 0), errc::peer_max_length_too_small);
  }

  void timeouts() {
    script s{"silence"};
    add(s.expect_close(), errc::acse_timeout);
    s = script{"half a request"};
    auto half = pdu::encode(request());
    half.resize(half.size() / 2);
    add(s.send_raw(half).expect_close(), errc::acse_timeout);
    s = requesting("no close after the release");
    add(release(s).expect_close());
    s = requesting("silence after the command");
    auto store = store_message(1, some_data(20));
    auto const whole = store;
    store.resize(whole.size() - 32);
    add(s.send_raw(store).expect_abort(0, 0).expect_close(), errc::dimse_timeout, {"discarded"});
    s = requesting("silence inside a data set");
    store = whole;
    store.resize(whole.size() - 7);
    add(s.send_raw(store).expect_abort(0, 0).expect_close(), errc::dimse_timeout, {"discarded"});
    s = requesting("silence inside a PDU header");
    store.resize(3);
    add(s.send_raw(store).expect_abort(0, 0).expect_close(), errc::dimse_timeout);
    s = requesting("idle");
    add(s.expect_abort(2, 0).expect_close(), errc::idle_timeout);
    s = requesting("idle after an echo");
    s.wait(800s).send_raw(echo_message(1)).expect_response(0x8030, 1, 0).wait(800s);
    s.send_raw(echo_message(2)).expect_response(0x8030, 2, 0);
    add(s.expect_abort(2, 0).expect_close(), errc::idle_timeout);
    s = requesting("not idle: a handler takes its time");
    acceptor_setup setup;
    setup.store = answers_late;
    setup.options.timeouts.idle = 3s;
    s.send_raw(store_message(1, some_data(20))).expect_response(0x8001, 1, 0);
    add(s.expect_abort(2, 0).expect_close(), errc::idle_timeout, {"done 1 of 1"}, acceptor(setup));
  }
};

}  // namespace

std::vector<scripted_case> acceptor_cases() {
  list all;
  all.echoes_and_stores();
  all.fragmentation();
  all.ends();
  all.rejections();
  all.unexpected_pdus();
  all.malformed();
  all.broken_messages();
  all.refusals();
  all.handlers();
  all.echoed_uids();
  all.windows();
  all.peer_lengths();
  all.timeouts();
  return std::move(all.cases);
}

}  // namespace assoc_test

// SPDX-License-Identifier: BSL-1.0
#include "harness.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace assoc_test {
namespace {

using namespace codimse::testing;

// Programs. What they have from a response they log; what they are thrown ends them.

asio::awaitable<void> echo_once(client& c) {
  auto const rsp = co_await c.assoc.request(c_echo_rq{});
  c.log.push_back("echo " + hex(rsp.status.code));
}
asio::awaitable<void> only_release(client& c) {
  co_await c.assoc.release();
  c.log.emplace_back("released");
}
asio::awaitable<void> echo(client& c) {
  co_await echo_once(c);
  co_await only_release(c);
}
asio::awaitable<void> echo_without_patience(client& c) {
  call_options options;
  options.response_timeout = 1s;
  auto const rsp = co_await c.assoc.request(c_echo_rq{}, options);
  c.log.push_back("echo " + hex(rsp.status.code));
}
asio::awaitable<void> store_some(client& c, std::size_t size) {
  bytes const data = some_data(size);
  object_info what;
  what.transfer_syntax = explicit_le;
  memory_source source{what, data};
  c_store_rq const rq = store_rq(0);
  auto const rsp = co_await c.assoc.request(rq, source);
  c.log.push_back("store " + hex(rsp.status.code));
}
asio::awaitable<void> store_small(client& c) {
  co_await store_some(c, 50);
  co_await only_release(c);
}
asio::awaitable<void> store_odd(client& c) {
  co_await store_some(c, 51);
  co_await only_release(c);
}
asio::awaitable<void> store_large(client& c) {
  co_await store_some(c, 300'000);
  co_await only_release(c);
}
asio::awaitable<void> store_huge(client& c) {
  co_await store_some(c, 1'500'000);
  co_await only_release(c);
}
asio::awaitable<void> stay(client& c) {
  co_await c.loop.clock().sleep(c.loop.executor(), 2000s);
  c.log.emplace_back(c.assoc.established() ? "still there" : "over");
  co_await echo_once(c);
}
asio::awaitable<void> drop(client&) { co_return; }
asio::awaitable<void> abort_now(client& c) {
  c.assoc.abort();
  co_await echo_once(c);
}

asio::awaitable<void> one_of_two(client* c, std::uint16_t id, int* left) {
  c_echo_rq rq;
  rq.message_id = id;
  auto const rsp = co_await c->assoc.request(rq);
  c->log.push_back(std::to_string(id) + " " + hex(rsp.status.code));
  --*left;
}
asio::awaitable<void> store_one_of_two(client* c, int* left) {
  co_await store_some(*c, 60);
  --*left;
}
asio::awaitable<void> wait_for(client& c, int& left) {
  while (left > 0 && c.assoc.established()) co_await c.loop.clock().sleep(c.loop.executor(), 1s);
}
asio::awaitable<void> two_echoes(client& c) {
  int left = 2;
  auto const first = c.loop.spawn(one_of_two(&c, 1, &left));
  auto const second = c.loop.spawn(one_of_two(&c, 2, &left));
  co_await wait_for(c, left);
  if (first->done) first->take();
  if (second->done) second->take();
  co_await only_release(c);
}
asio::awaitable<void> two_stores(client& c) {
  int left = 2;
  auto const first = c.loop.spawn(store_one_of_two(&c, &left));
  auto const second = c.loop.spawn(store_one_of_two(&c, &left));
  co_await wait_for(c, left);
  if (first->done) first->take();
  if (second->done) second->take();
  co_await only_release(c);
}

script::message_check id_is(std::uint16_t id) {
  return [id](received_message const& got) { return got.us(0x0110) == id; };
}
script::message_check data_is(std::size_t size) {
  return [size](received_message const& got) {
    bytes wanted = some_data(size);
    if (wanted.size() % 2 != 0) wanted.push_back(std::byte{0});
    return got.has_data && got.data == wanted;
  };
}

struct list {
  std::vector<scripted_case> cases;

  void add(script what, client_program program, errc expected = {},
           std::vector<std::string> log = {"established"}, association_options options = {}) {
    cases.push_back({std::move(what), requestor(program, options), expected, std::move(log)});
  }
  static script& released(script& s) { return s.expect(type::release_rq).send(pdu::release_rp{}); }
  static std::vector<std::string> log(std::string middle) {
    return {"established", std::move(middle), "released"};
  }

  void echoes_and_stores() {
    auto s = accepting("echo");
    s.expect_message(0x0030, id_is(1)).send_raw(message_pdus(1, echo_rsp(1)));
    add(released(s), echo, {}, log("echo 0000"));
    s = accepting("release at once");
    add(released(s), only_release, {}, {"established", "released"});
    s = accepting("store");
    s.expect_message(0x0001, data_is(50)).send_raw(message_pdus(3, store_rsp(1)));
    add(released(s), store_small, {}, log("store 0000"));
    s = accepting("store, odd length");
    s.expect_message(0x0001, data_is(51)).send_raw(message_pdus(3, store_rsp(1)));
    add(released(s), store_odd, {}, log("store 0000"));
    s = accepting("store, large");
    s.expect_message(0x0001, data_is(300'000)).send_raw(message_pdus(3, store_rsp(1)));
    add(released(s), store_large, {}, log("store 0000"));
    cases.back().most_cuts = 60;
    for (std::uint32_t const length : {0U, 8U, 10U, 65535U, 0xFFFFFFFFU}) {
      auto ac = acceptance();
      ac.user.maximum_length = length;
      s = accepting("the peer takes " + std::to_string(length), ac);
      s.expect_message(0x0001, data_is(51)).send_raw(message_pdus(3, store_rsp(1)));
      add(released(s), store_odd, {}, log("store 0000"));
      cases.back().check = [length](replay_result const& played) {
        bool const fits = length == 0 || played.seen.longest_p_data <= length;
        return fits ? std::string{} : "a P-DATA-TF is longer than the peer takes";
      };
    }
    auto nothing = acceptance();
    nothing.user.maximum_length = 7;
    s = accepting("the peer takes nothing", nothing);
    add(s.expect_abort(0, 0), store_small, errc::peer_max_length_too_small);
    for (std::uint16_t const code :
         {std::uint16_t{0xA700}, std::uint16_t{0xC123}, std::uint16_t{0xB000},
          std::uint16_t{0x0122}, std::uint16_t{0x4711}}) {
      s = accepting("status " + hex(code));
      s.expect_message(0x0001).send_raw(message_pdus(3, store_rsp(1, code)));
      add(released(s), store_small, {}, log("store " + hex(code)));
    }
    s = accepting("an early failure");
    s.expect(type::p_data_tf).send_raw(message_pdus(3, store_rsp(1, 0xA700)));
    s.expect_message(0x0001,
                     [](received_message const& got) { return got.data.size() < 1'000'000; });
    add(released(s), store_huge, {}, log("store A700"));
    cases.back().most_cuts = 60;
    cases.back().narrow = false;
    s = accepting("a success before the data set is complete");
    s.expect(type::p_data_tf).send_raw(message_pdus(3, store_rsp(1, 0)));
    s.expect_message(0x0001,
                     [](received_message const& got) { return got.data.size() == 1'500'000; });
    add(released(s), store_huge, {}, log("store 0000"));
    cases.back().most_cuts = 60;
    cases.back().narrow = false;
  }

  void responses() {
    auto s = accepting("a response to something else first");
    s.expect_message(0x0030).send_raw(message_pdus(1, echo_rsp(55, 0x0110)));
    add(s.expect_abort(2, 0), echo, errc::unexpected_response);
    s = accepting("a response without a message ID");
    bytes bare = command_us(0x0100, 0x8030);
    append(bare, command_us(0x0800, 0x0101));
    append(bare, command_us(0x0900, 0));
    s.expect_message(0x0030).send_raw(part_pdus(1, true, bare, 999));
    add(released(s), echo, {}, log("echo 0000"));
    s = accepting("a response without a status");
    bytes mute = command_us(0x0100, 0x8030);
    append(mute, command_us(0x0120, 1));
    s.expect_message(0x0030).send_raw(part_pdus(1, true, mute, 999));
    add(released(s), echo, {}, log("echo 0110"));
    s = accepting("a response with a data set");
    s.expect_message(0x0030).send_raw(message_pdus(1, echo_rsp(1), some_data(30), 10));
    add(released(s), echo, {}, log("echo 0000"));
    s = accepting("a response in fragments of a byte");
    s.expect_message(0x0030).send_raw(part_pdus(1, true, command_bytes(echo_rsp(1), false), 1));
    add(released(s), echo, {}, log("echo 0000"));
    s = accepting("a request to us, who are no SCP");
    s.expect_message(0x0030).send_raw(echo_message(9)).expect_response(0x8030, 9, 0x0122);
    s.send_raw(message_pdus(1, echo_rsp(1)));
    add(released(s), echo, {}, log("echo 0000"));
    s = accepting("a command set that is none");
    s.expect_message(0x0030)
        .send_raw(p_data({pdv(1, true, true, some_data(9))}))
        .expect_abort(2, 6);
    add(s, echo, errc::invalid_command_set);
    s = accepting("data before the command");
    s.expect_message(0x0030)
        .send_raw(p_data({pdv(1, false, true, some_data(9))}))
        .expect_abort(2, 5);
    add(s, echo, errc::unexpected_pdu_parameter);
  }

  void negotiation() {
    struct refusal {
      std::uint8_t result, source, reason;
    };
    std::vector<refusal> const all{{1, 1, 1}, {1, 1, 2}, {1, 1, 3}, {1, 1, 7},
                                   {1, 2, 1}, {1, 2, 2}, {2, 3, 1}, {2, 3, 2},
                                   {2, 1, 1}, {9, 9, 9}, {0, 0, 0}, {1, 1, 200}};
    for (auto const& one : all) {
      pdu::associate_rj const rj{one.result, one.source, one.reason};
      script s{"rejected " + std::to_string(one.result) + "/" + std::to_string(one.source) + "/" +
               std::to_string(one.reason)};
      add(s.expect(type::associate_rq).send(rj).expect_close(), echo, errc::association_rejected,
          {});
    }
    auto ac = acceptance();
    ac.contexts.push_back({77, 0, uid{implicit_le}, {}});
    auto s = accepting("a context that was never proposed", ac);
    s.expect_message(0x0030).send_raw(message_pdus(1, echo_rsp(1)));
    add(released(s), echo, {}, log("echo 0000"));
    ac = acceptance();
    ac.contexts[0].transfer_syntax = uid{"1.2.840.10008.1.2.4.50"};
    s = accepting("a transfer syntax that was never proposed", ac);
    add(s.expect_abort(0, 0), echo, errc::no_presentation_context);
    ac = acceptance();
    ac.contexts = {{1, 3, {}, {}}, {3, 4, uid{implicit_le}, {}}};
    s = accepting("nothing accepted", ac);
    add(released(s), echo, errc::no_common_presentation_context, {});
    ac.contexts.clear();
    s = accepting("no context answered", ac);
    add(released(s), echo, errc::no_common_presentation_context, {});
    ac = acceptance();
    ac.user.maximum_length.reset();
    ac.user.unknown.push_back({0x5F, some_data(3)});
    ac.unknown.push_back({0x99, some_data(3)});
    s = accepting("unknown items, no maximum length", ac);
    s.expect_message(0x0030).send_raw(message_pdus(1, echo_rsp(1)));
    add(released(s), echo, {}, log("echo 0000"));
    s = script{"a malformed acceptance"};
    auto bent = pdu::encode(acceptance());
    bent[77] = std::byte{0xFF};
    s.expect(type::associate_rq).send_raw(bent).expect_abort(2, 6);
    add(s, echo, errc::invalid_pdu_parameter, {});
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
      bool const answer = one.name == "A-ASSOCIATE-AC" || one.name == "A-ASSOCIATE-RJ";
      bool const data = one.name == "P-DATA-TF";
      if (!answer) {
        script s{one.name + " in Sta5"};
        s.expect(type::associate_rq).send_raw(one.encoded).expect_abort(2, 2);
        add(s, echo, errc::unexpected_pdu, {});
      }
      if (!data && one.name != "A-RELEASE-RQ") {
        auto s = accepting(one.name + " in Sta6");
        s.expect_message(0x0030).send_raw(one.encoded).expect_abort(2, 2);
        add(s, echo, errc::unexpected_pdu);
      }
      if (answer || one.name == "A-ASSOCIATE-RQ") {
        auto s = accepting(one.name + " in Sta7");
        s.expect(type::release_rq).send_raw(one.encoded).expect_abort(2, 2);
        add(s, only_release, errc::unexpected_pdu);
      }
      if (answer || data) {
        auto s = accepting(one.name + " in Sta11");
        s.expect(type::release_rq).send(pdu::release_rq{}).expect(type::release_rp);
        add(s.send_raw(one.encoded).expect_abort(2, 2), only_release, errc::unexpected_pdu);
      }
    }
    script s{"garbage for an answer"};
    s.expect(type::associate_rq)
        .send_raw(text_bytes("HTTP/1.1 400 Bad Request\r\n"))
        .expect_abort(2, 1);
    add(s, echo, errc::unknown_pdu_type, {});
    s = accepting("garbage for a response");
    s.expect_message(0x0030).send_raw(raw_pdu(0x42, some_data(5))).expect_abort(2, 1);
    add(s, echo, errc::unknown_pdu_type);
  }

  void ends() {
    script s{"abort for an answer"};
    add(s.expect(type::associate_rq).send(pdu::abort{2, 0}).expect_close(), echo,
        errc::aborted_by_provider, {});
    s = script{"close for an answer"};
    add(s.expect(type::associate_rq).close(), echo, errc::connection_closed, {});
    s = accepting("abort when idle");
    add(s.send(pdu::abort{}).expect_close(), stay, errc::aborted_by_user, {"established", "over"});
    s = accepting("abort for a response");
    add(s.expect_message(0x0030).send(pdu::abort{}).expect_close(), echo, errc::aborted_by_user);
    s = accepting("abort inside a data set");
    add(s.expect(type::p_data_tf).send(pdu::abort{2, 5}).drain(), store_large,
        errc::aborted_by_provider);
    cases.back().most_cuts = 60;
    s = accepting("abort for a release");
    add(s.expect(type::release_rq).send(pdu::abort{}).expect_close(), only_release,
        errc::aborted_by_user);
    s = accepting("the peer releases");
    s.send(pdu::release_rq{}).expect(type::release_rp);
    add(s, stay, errc::not_established, {"established", "over"});
    s = accepting("the peer releases instead of answering");
    s.expect_message(0x0030).send(pdu::release_rq{}).expect(type::release_rp);
    add(s, echo, errc::not_established);
    s = accepting("release collision");
    s.expect(type::release_rq).send(pdu::release_rq{}).expect(type::release_rp);
    add(s.send(pdu::release_rp{}).expect_close(), only_release, {}, {"established", "released"});
    s = accepting("a message crosses the release");
    s.expect(type::release_rq).send_raw(message_pdus(1, echo_rsp(7))).send(pdu::release_rp{});
    add(s.expect_close(), only_release, {}, {"established", "released"});
    s = accepting("a request crosses the release");
    s.expect(type::release_rq).send_raw(echo_message(7)).send(pdu::release_rp{});
    add(s.expect_close(), only_release, {}, {"established", "released"});
    s = accepting("dropped without a release");
    add(s.expect_abort(0, 0), drop);
    s = accepting("aborted by the program");
    add(s.expect_abort(0, 0), abort_now, errc::not_established);
  }

  void timeouts() {
    script s{"no answer"};
    s.expect(type::associate_rq).expect_abort(0, 0);
    add(s, echo, errc::acse_timeout, {});
    s = accepting("no response");
    s.expect_message(0x0030).expect_abort(0, 0);
    add(s, echo, errc::dimse_timeout);
    s = accepting("no response to a call with a deadline of its own");
    s.expect_message(0x0030).wait(2s).expect_abort(0, 0);
    add(s, echo_without_patience, errc::dimse_timeout);
    s = accepting("half a response");
    auto half = message_pdus(1, echo_rsp(1));
    half.resize(30);
    s.expect_message(0x0030).send_raw(half).expect_abort(0, 0);
    add(s, echo, errc::dimse_timeout);
    s = accepting("no answer to the release");
    s.expect(type::release_rq).expect_abort(0, 0);
    add(s, only_release, errc::acse_timeout);
    s = accepting("no answer to the release, and no close");
    s.expect(type::release_rq).expect_abort(0, 0).expect_close();
    add(s, only_release, errc::acse_timeout);
    s = accepting("idle");
    s.expect(type::release_rq).send(pdu::release_rp{}).expect_close();
    add(s, stay, errc::not_established, {"established", "over"});
    s = accepting("idle, and no answer to the release");
    s.expect(type::release_rq).expect_abort(0, 0).expect_close();
    add(s, stay, errc::acse_timeout, {"established", "over"});
    s = accepting("the peer does not read");
    s.wait(100s).drain();
    cases.push_back({s, requestor(store_large), errc::write_timeout, {"established"}});
    cases.back().most_cuts = 60;
  }

  void windows() {
    auto ac = acceptance();
    ac.user.window = {2, 1};
    association_options two;
    two.operations_invoked = 2;
    auto s = accepting("two at once, answered out of order", ac);
    s.expect_message(0x0030, id_is(1)).expect_message(0x0030, id_is(2));
    s.send_raw(message_pdus(1, echo_rsp(2))).wait(1s).send_raw(message_pdus(1, echo_rsp(1)));
    add(released(s), two_echoes, {}, {"established", "2 0000", "1 0000", "released"}, two);
    s = accepting("two stores at once do not mix", [&] {
      auto narrow = ac;
      narrow.user.maximum_length = 20;
      return narrow;
    }());
    s.expect_message(0x0001, data_is(60)).expect_message(0x0001, data_is(60));
    s.send_raw(message_pdus(3, store_rsp(1))).send_raw(message_pdus(3, store_rsp(2)));
    add(released(s), two_stores, {}, {"established", "store 0000", "store 0000", "released"}, two);
    s = accepting("two, but the peer allows no window");
    s.expect_message(0x0030, id_is(1)).wait(5s).send_raw(message_pdus(1, echo_rsp(1)));
    s.expect_message(0x0030, id_is(2)).send_raw(message_pdus(1, echo_rsp(2)));
    add(released(s), two_echoes, {}, {"established", "1 0000", "2 0000", "released"}, two);
  }
};

}  // namespace

std::vector<scripted_case> requestor_cases() {
  list all;
  all.echoes_and_stores();
  all.responses();
  all.negotiation();
  all.unexpected_pdus();
  all.ends();
  all.timeouts();
  all.windows();
  return std::move(all.cases);
}

}  // namespace assoc_test

// SPDX-License-Identifier: BSL-1.0
// What real peers do that the standard does not foresee, and that is taken from every peer. The
// table is in docs/peer-profiles.md; what other files of this folder show already is not repeated.
#include "dimse_harness.hpp"
#include <codimse/scu/find.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace assoc_test {
namespace {

using namespace codimse::testing;

// Looking at what came from us.

/// P-DATA-TFs of one PDV each, with fragments of an even length.
std::string plain_p_data(replay_result const& played) {
  for (auto const& one : played.seen.pdus) {
    if (!one.is(type::p_data_tf)) continue;
    std::size_t const length = load_big<std::uint32_t>(one.body.data());
    if (length + 4 != one.body.size()) return "a P-DATA-TF has more than one PDV";
    if (length % 2 != 0) return "a fragment has an odd length";
  }
  return {};
}
/// Sub-items of the user information, in the order in which they came.
std::vector<std::uint8_t> sub_items(received_pdu const& associate) {
  std::vector<std::uint8_t> found;
  byte_reader in{associate.body};
  in.skip(68);
  while (in.remaining() > 0) {
    auto const item = in.u8();
    in.skip(1);
    byte_reader inner{in.take(in.big<std::uint16_t>())};
    while (item == 0x50 && inner.remaining() > 0) {
      found.push_back(inner.u8());
      inner.skip(1);
      inner.skip(inner.big<std::uint16_t>());
    }
  }
  return found;
}
bool has_sub_item(received_pdu const& associate, std::uint8_t wanted) {
  return std::ranges::count(sub_items(associate), wanted) != 0;
}

// Making what no type of ours describes.

std::string text(std::string_view value, char padding = '\0') {
  return std::string{value} + padding;
}
bytes joined(std::vector<bytes> const& all) {
  bytes out;
  for (auto const& one : all) append(out, one);
  return out;
}
bytes element(std::uint16_t group, std::uint16_t number, std::string_view vr, bytes const& value) {
  bytes out(8);
  store_little(out.data(), group);
  store_little(out.data() + 2, number);
  out[4] = static_cast<std::byte>(vr[0]);
  out[5] = static_cast<std::byte>(vr[1]);
  store_little(out.data() + 6, static_cast<std::uint16_t>(value.size()));
  return append(out, value);
}
bytes store_command(std::uint16_t data_set_type) {
  return joined({command_text(0x0002, text(ct_uid)), command_us(0x0100, 0x0001),
                 command_us(0x0110, 1), command_us(0x0800, data_set_type),
                 command_text(0x1000, text("1.2.3"))});
}

// Programs and handlers.

asio::awaitable<void> release(client& c) {
  co_await c.assoc.release();
  c.log.emplace_back("released");
}
asio::awaitable<void> echo(client& c) {
  auto const rsp = co_await c.assoc.request(c_echo_rq{});
  c.log.push_back("echo " + hex(rsp.status.code));
  co_await release(c);
}
asio::awaitable<void> store(client& c) {
  bytes const data = some_data(51);
  object_info what;
  what.transfer_syntax = explicit_le;
  memory_source source{what, data};
  c_store_rq const rq = store_rq(0);
  auto const rsp = co_await c.assoc.request(rq, source);
  c.log.push_back("store " + hex(rsp.status.code) + rsp.error_comment.str());
  co_await release(c);
}
asio::awaitable<void> report(client& c) {
  n_event_report_rq const rq{.affected_sop_class_uid = thing_uid,
                             .affected_sop_instance_uid = "2.25.1",
                             .event_type_id = 2};
  auto const rsp = co_await c.assoc.request(rq);
  c.log.push_back("reported " + hex(rsp.status.code));
  co_await c.assoc.release();
}
asio::awaitable<void> listen(client& c) {
  co_await c.loop.clock().sleep(c.loop.executor(), 5s);
  co_await c.assoc.release();
}
asio::awaitable<void> find_all(client& c) {
  auto found = co_await find(c.assoc, patient("P"));
  for (;;) {
    auto const one = co_await found.next();
    if (!one) break;
    c.log.push_back(id_of(*one));
  }
  c.log.push_back("final " + hex(found.status().code));
  co_await c.assoc.release();
}
reply finds_one(ledger& book, data_set const& identifier, c_find_responses& out) {
  book.log.push_back("find " + id_of(identifier));
  co_await out.pending(patient("P1"));
  co_return status::success;
}
reply complains_at_length(ledger&, c_store_rq const&, incoming_data_set&) {
  throw std::runtime_error{std::string(200, 'x')};
  co_return status::success;
}

struct list {
  std::vector<scripted_case> cases;

  scripted_case& add(script what, system_under_test system, errc expected = {},
                     std::vector<std::string> log = {}) {
    cases.push_back({std::move(what), std::move(system), expected, std::move(log)});
    cases.back().most_cuts = 100;
    return cases.back();
  }
  scripted_case& add(script what, client_program program, std::vector<std::string> log = {},
                     errc expected = {}) {
    return add(std::move(what), requestor(program), expected, std::move(log));
  }
  static script& released(script& s) { return s.expect(type::release_rq).send(pdu::release_rp{}); }

  // Of a requestor, who meets our acceptor.

  void request_texts() {
    auto rq = request();
    rq.application_context = uid{text(pdu::dicom_application_context.view())};
    rq.contexts = {{1, uid{text(verification_uid)}, {uid{text(implicit_le, ' ')}}, {}},
                   {3, uid{text(ct_uid)}, {uid{"unknown"}, uid{""}, uid{text(explicit_le)}}, {}},
                   {5, uid{ct_uid}, {}, {}},
                   {7, uid{ct_uid}, {uid{"unknown"}, uid{""}}, {}}};
    rq.user.implementation_class = uid{text("1.2.3")};
    script s{"5: padded UIDs, no transfer syntax, none that is a UID"};
    s.send(rq).expect(type::associate_ac, [](received_pdu const& got) {
      auto const ac = *got.as<pdu::associate_ac>();
      std::vector<unsigned> results;
      for (auto const& one : ac.contexts) results.push_back(one.result);
      return results == std::vector<unsigned>{0, 0, 4, 4};
    });
    s.send_raw(store_message(1, some_data(20))).expect_response(0x8001, 1, 0);
    add(echo_and_release(s), acceptor(), {}, {"stored 20 "});

    rq = request();
    rq.called = {'C', 'O', 'D', 'I', 'M', 'S', 'E', '\0', 'x', '\x7F', '\x01', '\\', '\xFF'};
    rq.calling = {' ', '\xC3', '\xA4', '\n', '\x1B', '\0', 'g', 'a', 'r', 'b'};
    rq.reserved.fill(std::byte{0xEE});
    acceptor_setup strict;
    strict.policy = [](ul::acceptor_policy& policy) {
      policy.require_called_ae_title = true;
      policy.own_ae_title = "CODIMSE";
    };
    s = script{"6: AE titles with NUL, control characters and high bytes"};
    s.send(rq).expect(type::associate_ac, [rq](received_pdu const& got) {
      auto const ac = *got.as<pdu::associate_ac>();
      return ac.called == rq.called && ac.calling == rq.calling && ac.reserved == rq.reserved;
    });
    add(echo_and_release(s), acceptor(strict));
  }

  void request_sub_items() {
    script s{"7: no 53H where none was asked for"};
    s.send(request()).expect(type::associate_ac,
                             [](auto const& got) { return !has_sub_item(got, 0x53); });
    add(echo_and_release(s), acceptor());
    auto rq = request();
    rq.user.window = {0, 0};
    s = script{"7: an unlimited window"};
    s.send(rq).expect(type::associate_ac, [](received_pdu const& got) {
      auto const ac = *got.as<pdu::associate_ac>();
      return ac.user.window && ac.user.window->invoked == 1 && ac.user.window->performed == 1;
    });
    add(echo_and_release(s), acceptor());
    s = script{"9: 54H is answered"};
    s.send(dimse_request(1, 1)).expect(type::associate_ac, [](received_pdu const& got) {
      auto const ac = *got.as<pdu::associate_ac>();
      return ac.user.roles.size() == 2 && ac.user.roles[0].scp == 1 && ac.user.roles[1].scp == 1;
    });
    add(echo_and_release(s), dimse_acceptor());
    rq = request();
    rq.user.unknown = {{0x5F, some_data(3)}, {0x90, {}}, {0x01, some_data(300)}};
    rq.unknown = {{0x99, some_data(3)}, {0x11, {}}};
    rq.user.extended.push_back({uid{"2.25.99"}, some_data(7)});
    rq.user.common.push_back({uid{"2.25.99"}, uid{}, {uid{"unknown"}}, {}});
    s = script{"10: unknown items and sub-items"};
    s.send(rq).expect(type::associate_ac);
    add(echo_and_release(s), acceptor());
  }

  void commands() {
    for (auto const present :
         {std::uint16_t{0x0000}, std::uint16_t{0x0102}, std::uint16_t{0xFEFE}}) {
      auto s = requesting("11: Command Data Set Type " + hex(present));
      s.send_raw(part_pdus(ct_context, true, store_command(present), 999));
      s.send_raw(part_pdus(ct_context, false, some_data(20), 999));
      s.expect_response(0x8001, 1, 0);
      add(echo_and_release(s), acceptor(), {}, {"stored 20 "});
    }
    auto const us2 = [](std::uint16_t at, std::uint16_t value) {  // two values where one belongs
      bytes out = command_us(at, value);
      out[4] = std::byte{4};
      out.resize(12);
      return out;
    };
    auto const odd_echo =
        joined({command_text(0x0002, text(verification_uid)), us2(0x0100, 0x0030), us2(0x0110, 7),
                us2(0x0700, 2), command_text(0x0700, "x"), command_text(0x0600, ""),
                command_us(0x0800, 0x0101), command_text(0x5110, "retired")});
    auto s = requesting("14: Priority in a C-ECHO, several values, elements of no length");
    s.send_raw(part_pdus(echo_context, true, odd_echo, 999)).expect_response(0x8030, 7, 0);
    add(echo_and_release(s), acceptor());
    s = requesting("14: an N-ACTION without its type", dimse_request());
    s.send_raw(part_pdus(
        thing_context, true,
        joined({command_text(0x0003, text(thing_uid)), command_us(0x0100, 0x0130),
                command_us(0x0110, 1), command_us(0x0800, 0x0101), command_text(0x1001, "2.25.1")}),
        999));
    s.expect_response(0x8130, 1, 0x0123);
    add(echo_and_release(s), dimse_acceptor(), {}, {"action 0 -"});
    s = requesting("15: an Error Comment of ours is cut");
    s.send_raw(store_message(1, some_data(20)));
    s.expect_response(0x8001, 1, 0xC000, [](received_message const& got) {
      return got.text(command_element::error_comment) == std::string(64, 'x');
    });
    add(echo_and_release(s), storing(complains_at_length));
    auto const small = joined({element(0x0004, 0x1130, "CS", text_bytes("MEDIA ")),
                               element(0x0008, 0x0000, "UL", bytes(4)),
                               element(0x0010, 0x0000, "UL", bytes(4)), patient_id("P")});
    dimse_setup setup;
    setup.find = finds_one;
    s = requesting("26: group lengths and tags below 0008 in an identifier", dimse_request());
    s.send_raw(find_message(1, small)).expect_response(0x8020, 1, 0xFF00);
    s.expect_response(0x8020, 1, 0);
    add(echo_and_release(s), dimse_acceptor(setup), {}, {"find P"}).check = plain_p_data;
  }

  void lengths_and_ends() {
    acceptor_setup small;
    small.options.max_pdu_length = 4096;
    auto s = requesting("4: the peer counts without headers, and exceeds our maximum length");
    s.send_raw(store_message(1, some_data(8192), 4096)).expect_response(0x8001, 1, 0);
    add(echo_and_release(s), acceptor(small), {}, {"stored 8192 "});
    s = requesting("19: A-RELEASE-RQ inside a data set");
    s.send_raw(p_data({pdv(3, true, true, command_bytes(store_rq(1), true)),
                       pdv(3, false, false, some_data(20))}));
    add(assoc_test::release(s), acceptor(), {}, {"discarded"});
    s = requesting("19: a message and an A-ABORT after the release");
    assoc_test::release(s).send_raw(echo_message(1)).send(pdu::abort{}).expect_close();
    add(s, acceptor());
    s = requesting("22: another request on the same connection");
    assoc_test::release(s).send(request()).expect_abort(2, 2).expect_close();
    add(s, acceptor());
  }

  // Of an acceptor, who meets our requestor.

  void acceptances() {
    auto ac = acceptance();
    ac.called.fill('\xFF');
    ac.calling.fill('\0');
    ac.reserved.fill(std::byte{0xEE});
    ac.application_context = uid{text(pdu::dicom_application_context.view())};
    ac.contexts = {{3, 0, uid{text(explicit_le, ' ')}, {}}, {1, 0, uid{text(explicit_le)}, {}}};
    ac.user.implementation_class.reset();
    ac.user.implementation_version = std::string(40, '\x01');
    auto s = accepting("5, 6: padded UIDs, other reserved bytes, contexts in another order", ac);
    s.expect_message(0x0001).send_raw(message_pdus(3, store_rsp(1)));
    add(released(s), store, {"established", "store 0000", "released"}).check = plain_p_data;
    ac = acceptance();
    for (auto const& syntax : {std::string{}, std::string{"unknown"}, std::string(70, '9')}) {
      ac.contexts[1] = {3, 3, uid{syntax}, {}};
      s = accepting("5: a refused context with the transfer syntax '" + syntax + "'", ac);
      s.expect_message(0x0030).send_raw(message_pdus(1, echo_rsp(1)));
      add(released(s), echo, {"established", "echo 0000", "released"});
    }
    ac.contexts[1] = {3, 3, {}, {}};
    s = accepting("5: a refused context without a transfer syntax", ac);
    s.expect_message(0x0030).send_raw(message_pdus(1, echo_rsp(1)));
    add(released(s), echo, {"established", "echo 0000", "released"});
    for (std::uint32_t const odd : {65535U, 17U, 9U}) {
      ac = acceptance();
      ac.user.maximum_length = odd;
      s = accepting("1, 3: fragments for a maximum length of " + std::to_string(odd), ac);
      s.expect_message(0x0001).send_raw(message_pdus(3, store_rsp(1)));
      add(released(s), store, {"established", "store 0000", "released"}).check = plain_p_data;
    }
    s = script{"7, 10: our request has no 53H, and its sub-items ascend"};
    s.expect(type::associate_rq, [](received_pdu const& got) {
       return !has_sub_item(got, 0x53) && std::ranges::is_sorted(sub_items(got));
     }).send(dimse_acceptance());
    add(s.expect(type::release_rq).send(pdu::release_rp{}), dimse_requestor(listen));
    s = script{"24: the acceptance and a request in one segment"};
    s.expect(type::associate_rq);
    s.send_raw(
        joined({pdu::encode(dimse_acceptance()),
                message_pdus(thing_context, n_event_report_rq{.affected_sop_class_uid = thing_uid,
                                                              .affected_sop_instance_uid = "2.25.1",
                                                              .event_type_id = 2,
                                                              .message_id = 7})}));
    s.expect_response(0x8100, 7, 0);
    add(s.expect(type::release_rq).send(pdu::release_rp{}), dimse_requestor(listen), {},
        {"event 2 -"});
  }

  void responses() {
    auto const answer = command_bytes(echo_rsp(1), false);
    auto s = accepting("2: a response among empty PDVs and PDUs");
    s.expect_message(0x0030).send_raw(p_data({})).send_raw(p_data({pdv(1, true, false, {})}));
    s.send_raw(p_data({pdv(1, true, false, answer), pdv(1, true, false, {})}));
    s.send_raw(p_data({pdv(1, true, true, {})})).send_raw(p_data({}));
    add(released(s), echo, {"established", "echo 0000", "released"});
    c_find_rsp pending;
    pending.message_id_being_responded_to = 1;
    pending.status = status::pending;
    s = accepting("1, 2: a match in one PDU, with an empty last fragment", dimse_acceptance());
    s.expect_message(0x0020);
    s.send_raw(p_data({pdv(find_context, true, true, command_bytes(pending, true)),
                       pdv(find_context, false, false, patient_id("P1")),
                       pdv(find_context, false, true, {})}));
    s.send_raw(find_answer(1, 0));
    add(released(s), dimse_requestor(find_all), {}, {"P1", "final 0000"}).check = plain_p_data;
    s = accepting("27: the final response has a match left over", dimse_acceptance());
    s.expect_message(0x0020).send_raw(match(1, patient_id("P1")));
    s.send_raw(match(1, patient_id("P1"), 0x0000));
    add(released(s), dimse_requestor(find_all), {}, {"P1", "final 0000"});
    auto const sparse =
        joined({command_us(0x0100, 0x8001), command_us(0x0120, 1), command_us(0x0800, 0x0101),
                command_us(0x0900, 0xA700), command_text(0x0902, std::string(200, 'y'))});
    s = accepting("14, 15: a C-STORE-RSP without UIDs, with a long Error Comment");
    s.expect_message(0x0001).send_raw(part_pdus(3, true, sparse, 999));
    add(released(s), store, {"established", "store A700" + std::string(64, 'y'), "released"});
    auto const bare = joined({command_us(0x0100, 0x8100), command_us(0x0120, 1),
                              command_us(0x0800, 0x0101), command_us(0x0900, 0)});
    auto both = dimse_acceptance();
    s = accepting("14: an N-EVENT-REPORT-RSP without its type", both);
    s.expect_message(0x0100).send_raw(part_pdus(thing_context, true, bare, 999));
    association_options lenient;
    lenient.require_role_selection = false;
    add(released(s), dimse_requestor(report, lenient), {}, {"reported 0000"});
    s = accepting("17: an A-ABORT out of the table");
    s.expect_message(0x0030).send(pdu::abort{77, 99}).expect_close();
    add(s, echo, {"established"}, errc::aborted_by_user);
    s = accepting("18: the peer does not close after the release");
    add(released(s).expect_close(), release, {"established", "released"});
  }
};

}  // namespace

std::vector<scripted_case> tolerance_cases() {
  list all;
  all.request_texts();
  all.request_sub_items();
  all.commands();
  all.lengths_and_ends();
  all.acceptances();
  all.responses();
  return std::move(all.cases);
}

}  // namespace assoc_test

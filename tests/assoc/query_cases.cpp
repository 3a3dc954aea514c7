// SPDX-License-Identifier: BSL-1.0
// C-FIND, C-CANCEL and C-GET as we perform them.
#include "dimse_harness.hpp"

#include <asio/cancellation_state.hpp>
#include <asio/this_coro.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace assoc_test {
namespace {

using namespace codimse::testing;
using message_check = script::message_check;

/// Counts a handler that is running, whatever ends it.
struct running {
  std::shared_ptr<ledger> book;
  explicit running(ledger& b) : book{b.shared_from_this()} { ++book->running; }
  running(running const&) = delete;
  running& operator=(running const&) = delete;
  ~running() { --book->running; }
};

asio::awaitable<void> rest(ledger& book, duration how_long) {
  co_await book.loop.clock().sleep(book.loop.executor(), how_long);
}
asio::awaitable<void> let_cancel_interrupt() {
  co_await asio::this_coro::reset_cancellation_state(asio::enable_partial_cancellation());
}

// Handlers of C-FIND.

template <int N>
reply finds(ledger& book, data_set const& identifier, c_find_responses& out) {
  book.log.push_back("find " + id_of(identifier));
  for (int i = 0; i < N; ++i) co_await out.pending(patient("P" + std::to_string(i)));
  co_return status::success;
}
reply finds_some_keys_only(ledger&, data_set const&, c_find_responses& out) {
  co_await out.pending(patient("P"), status::pending_with_warning);
  co_return status::success;
}
reply refuses(ledger&, data_set const&, c_find_responses& out) {
  out.fields().offending_elements = {tags::patient_id};
  co_return outcome{status::data_set_does_not_match, "which patient?"};
}
reply throws_before(ledger&, data_set const&, c_find_responses&) {
  throw std::runtime_error{"no index"};
  co_return status::success;
}
reply throws_after(ledger&, data_set const&, c_find_responses& out) {
  co_await out.pending(patient("P0"));
  throw 7;
}
reply ends_with_pending(ledger&, data_set const&, c_find_responses&) { co_return status::pending; }
/// Looks for C-CANCEL between its matches, which take 10 s each.
reply polls(ledger& book, data_set const&, c_find_responses& out) {
  running const here{book};
  int sent = 0;
  for (; sent < 3 && !out.cancelled(); ++sent) {
    co_await out.pending(patient("P" + std::to_string(sent)));
    co_await rest(book, 10s);
  }
  book.log.push_back("sent " + std::to_string(sent));
  co_return status::success;
}
/// Never looks, but sends: what is left out counts.
reply goes_on(ledger& book, data_set const&, c_find_responses& out) {
  running const here{book};
  for (int i = 0; i < 3; ++i) {
    co_await out.pending(patient("P" + std::to_string(i)));
    co_await rest(book, 10s);
  }
  co_return status::success;
}
/// Never looks, and has nothing more to send.
reply ignores(ledger& book, data_set const&, c_find_responses& out) {
  running const here{book};
  co_await out.pending(patient("P0"));
  co_await rest(book, 10s);
  co_return status::success;
}
reply waits(ledger& book, data_set const&, c_find_responses& out) {
  running const here{book};
  co_await let_cancel_interrupt();
  co_await out.pending(patient("P0"));
  auto const begun = book.loop.clock().now();
  try {
    co_await rest(book, 100s);
  } catch (std::system_error const&) {
    auto const took =
        std::chrono::duration_cast<std::chrono::seconds>(book.loop.clock().now() - begun);
    book.log.push_back("interrupted after " + std::to_string(took.count()));
    throw;
  }
  co_return status::success;
}
/// Cancelled while a match is on its way that the peer does not take.
reply waits_for_the_peer(ledger& book, data_set const&, c_find_responses& out) {
  running const here{book};
  co_await let_cancel_interrupt();
  co_await out.pending(large_patient());
  co_await rest(book, 100s);
  co_return status::success;
}
reply large_match(ledger& book, data_set const&, c_find_responses& out) {
  running const here{book};
  co_await out.pending(large_patient());
  co_return status::success;
}
/// Goes on as if nothing were, with something that takes its time.
reply swallows_the_interruption(ledger& book, data_set const&, c_find_responses& out) {
  running const here{book};
  co_await let_cancel_interrupt();
  bool interrupted = false;
  try {
    co_await rest(book, 100s);
  } catch (std::system_error const&) {
    interrupted = true;
  }
  book.log.emplace_back(interrupted ? "interrupted" : "not interrupted");
  static_cast<void>(out);
  co_return status::success;
}

template <std::size_t N>
reply gets(ledger& book, c_get_responses& out) {
  running const here{book};
  outcome const how = co_await out.send(files(N));
  co_return how;
}
reply gets_another_class(ledger& book, c_get_responses& out) {
  running const here{book};
  outcome const how = co_await out.send(files(2, mr_uid));
  co_return how;
}
reply gets_a_lost_file(ledger& book, c_get_responses& out) {
  running const here{book};
  auto all = files(2);
  all[0].path = "/nonexistent/file";
  outcome const how = co_await out.send(std::move(all));
  co_return how;
}
reply gets_interruptibly(ledger& book, c_get_responses& out) {
  running const here{book};
  co_await let_cancel_interrupt();
  outcome const how = co_await out.send(files(3));
  book.log.push_back("outcome " + hex(how.status().code));
  co_return how;
}

message_check counters(std::optional<std::uint16_t> remaining, std::uint16_t completed,
                       std::uint16_t failed, std::uint16_t warning, std::string list = {}) {
  return [=](received_message const& got) {
    bool const numbers = got.us(0x1020) == remaining && got.us(0x1021) == completed &&
                         got.us(0x1022) == failed && got.us(0x1023) == warning;
    if (list.empty()) return numbers && !got.has_data;
    bytes wanted = text_bytes(std::string_view{"\x08\x00\x58\x00UI", 6});
    wanted.push_back(static_cast<std::byte>(list.size()));
    wanted.push_back(std::byte{0});
    return numbers && got.data == append(wanted, text_bytes(list));
  };
}
/// A C-STORE sub-operation: of this instance, and without Move Originator.
message_check object(std::uint16_t id, std::string instance) {
  if (instance.size() % 2 != 0) instance += '\0';
  return [id, instance](received_message const& got) {
    return got.context_id == store_context && got.us(0x0110) == id &&
           got.text(0x1000) == instance && got.text(0x1030).empty() && !got.us(0x1031) &&
           got.data == some_data(object_size);
  };
}
bytes stored(std::uint16_t id, std::uint16_t code = 0) {
  return message_pdus(store_context, store_rsp(id, code));
}

struct list {
  std::vector<scripted_case> cases;

  void add(script what, dimse_setup setup, std::vector<std::string> log = {}, errc expected = {}) {
    cases.push_back({std::move(what), dimse_acceptor(setup), expected, std::move(log)});
    cases.back().most_cuts = 250;
  }
  void add(script what, find_handler how, std::vector<std::string> log = {}, errc expected = {}) {
    dimse_setup setup;
    setup.find = how;
    add(std::move(what), setup, std::move(log), expected);
  }
  void add_get(script what, get_handler how, std::vector<std::string> log = {},
               errc expected = {}) {
    dimse_setup setup;
    setup.get = how;
    add(std::move(what), setup, std::move(log), expected);
  }
  static script begin(std::string name) { return requesting(std::move(name), dimse_request()); }
  static script& matches(script& s, int count) {
    for (int i = 0; i < count; ++i)
      s.expect_response(0x8020, 1, 0xFF00, data_set_is(patient_id("P" + std::to_string(i))));
    return s;
  }

  void finds_and_identifiers() {
    auto s = begin("find nothing");
    s.send_raw(find_message(1)).expect_response(0x8020, 1, 0, without_data_set());
    add(echo_and_release(s), finds<0>, {"find P"});
    s = begin("find one");
    matches(s.send_raw(find_message(1)), 1).expect_response(0x8020, 1, 0, without_data_set());
    add(echo_and_release(s), finds<1>, {"find P"});
    s = begin("find many");
    matches(s.send_raw(find_message(1)), 100).expect_response(0x8020, 1, 0);
    add(echo_and_release(s), finds<100>, {"find P"});
    cases.back().most_cuts = 40;
    s = begin("find with FF01");
    s.send_raw(find_message(1)).expect_response(0x8020, 1, 0xFF01);
    add(release(s.expect_response(0x8020, 1, 0)), finds_some_keys_only);
    s = begin("find, refused with a word");
    s.send_raw(find_message(1)).expect_response(0x8020, 1, 0xA900, [](received_message const& got) {
      return got.text(0x0902) == "which patient?" &&
             got.text(0x0901) == std::string("\x10\x00\x20\x00", 4);
    });
    add(echo_and_release(s), refuses);
    s = begin("find without an identifier");
    c_find_rq const bare{.affected_sop_class_uid = find_uid, .message_id = 1};
    s.send_raw(message_pdus(find_context, bare)).expect_response(0x8020, 1, 0xC000);
    add(echo_and_release(s), finds<1>);
    s = begin("find with an empty identifier");
    matches(s.send_raw(find_message(1, {})), 1).expect_response(0x8020, 1, 0);
    add(echo_and_release(s), finds<1>, {"find -"});
    s = begin("find with an identifier that is none");
    s.send_raw(find_message(1, some_data(30))).expect_response(0x8020, 1, 0xA900);
    add(echo_and_release(s), finds<1>);
    s = begin("find with an identifier that is cut off");
    auto cut = patient_id("a patient");
    cut.resize(cut.size() - 2);
    s.send_raw(find_message(1, cut)).expect_response(0x8020, 1, 0xA900);
    add(echo_and_release(s), finds<1>);
    dimse_setup setup;
    setup.find = finds<1>;
    setup.options.limits.identifier_length = 20;
    s = begin("find with an identifier that is too long");
    s.send_raw(find_message(1, patient_id("a patient with a long number")));
    s.expect_response(0x8020, 1, 0xA700);
    add(echo_and_release(s), setup);
    s = begin("find with an identifier that is just not too long");
    matches(s.send_raw(find_message(1, patient_id("twelve chars"))), 1);
    add(echo_and_release(s.expect_response(0x8020, 1, 0)), setup, {"find twelve chars"});
    s = begin("find with an identifier in fragments of a byte");
    s.send_raw(query_message<c_find_rq>(find_context, find_uid, 1, patient_id("P"), 1));
    add(echo_and_release(matches(s, 1).expect_response(0x8020, 1, 0)), finds<1>, {"find P"});
  }

  void failures() {
    auto const comment = [](std::string text) {
      return [text](received_message const& got) {
        return got.text(0x0902).find(text) != std::string::npos;
      };
    };
    auto s = begin("a find handler throws");
    s.send_raw(find_message(1)).expect_response(0x8020, 1, 0xC000, comment("no index"));
    add(echo_and_release(s), throws_before);
    s = begin("a find handler throws after a match");
    matches(s.send_raw(find_message(1)), 1).expect_response(0x8020, 1, 0xC000, comment("unknown"));
    add(echo_and_release(s), throws_after);
    s = begin("a find handler ends with a pending status");
    s.send_raw(find_message(1)).expect_response(0x8020, 1, 0xC000, comment("pending"));
    add(echo_and_release(s), ends_with_pending);
    s = begin("the peer stops reading");
    s.send_raw(find_message(1)).wait(100s).drain();
    add(s, large_match, {}, errc::write_timeout);
    cases.back().narrow = false;
    s = begin("the peer reads late");
    s.send_raw(find_message(1)).wait(30s).expect_response(0x8020, 1, 0xFF00);
    add(echo_and_release(s.expect_response(0x8020, 1, 0)), large_match);
    cases.back().most_cuts = 40;
    s = begin("an abort while a handler runs");
    matches(s.send_raw(find_message(1)), 1).wait(2s).send(pdu::abort{}).expect_close();
    add(s, waits, {"interrupted after 2"}, errc::aborted_by_user);
    s = begin("a release while a handler runs");
    matches(s.send_raw(find_message(1)), 1).wait(2s);
    add(release(s), waits, {"interrupted after 2"});
    s = begin("two finds where one at a time was agreed on");
    s.send_raw(find_message(1)).send_raw(find_message(2));
    matches(s, 1).expect_response(0x8020, 1, 0);
    s.expect_response(0x8020, 2, 0xFF00).expect_response(0x8020, 2, 0);
    add(echo_and_release(s), finds<1>, {"find P", "find P"});
  }

  void cancels() {
    auto const cancel = cancel_message(find_context, 1);
    auto s = begin("cancelled in time");
    matches(s.send_raw(find_message(1)), 1).send_raw(cancel);
    add(echo_and_release(s.expect_response(0x8020, 1, 0xFE00, without_data_set())), polls,
        {"sent 1"});
    s = begin("cancelled at once");
    auto both = find_message(1);
    append(both, cancel);
    matches(s.send_raw(both), 1).expect_response(0x8020, 1, 0xFE00);
    add(echo_and_release(s), polls, {"sent 1"});
    s = begin("cancelled while the handler only sends");
    matches(s.send_raw(find_message(1)), 1).send_raw(cancel);
    add(echo_and_release(s.expect_response(0x8020, 1, 0xFE00)), goes_on);
    s = begin("cancelled, which the handler ignores");
    matches(s.send_raw(find_message(1)), 1).send_raw(cancel);
    add(echo_and_release(s.expect_response(0x8020, 1, 0)), ignores);
    s = begin("cancelled while the handler waits");
    matches(s.send_raw(find_message(1)), 1).wait(3s).send_raw(cancel);
    add(echo_and_release(s.expect_response(0x8020, 1, 0xFE00)), waits, {"interrupted after 3"});
    s = begin("cancelled, and the handler ends well");
    s.send_raw(find_message(1)).wait(3s).send_raw(cancel);
    add(echo_and_release(s.expect_response(0x8020, 1, 0)), swallows_the_interruption,
        {"interrupted"});
    s = begin("cancelled too late");
    matches(s.send_raw(find_message(1)), 1).expect_response(0x8020, 1, 0).send_raw(cancel);
    add(echo_and_release(s), finds<1>, {"find P"});
    s = begin("cancelled, but another one");
    matches(s.send_raw(find_message(1)), 1).send_raw(cancel_message(find_context, 2));
    add(echo_and_release(s.expect_response(0x8020, 1, 0)), ignores);
    s = begin("cancelled twice");
    matches(s.send_raw(find_message(1)), 1).send_raw(cancel).send_raw(cancel);
    add(echo_and_release(s.expect_response(0x8020, 1, 0xFE00)), waits, {"interrupted after 0"});
    s = begin("cancelled on another context");
    matches(s.send_raw(find_message(1)), 1).send_raw(cancel_message(echo_context, 1));
    add(echo_and_release(s.expect_response(0x8020, 1, 0xFE00)), waits, {"interrupted after 0"});
    s = begin("cancelled while a match is on its way");
    s.send_raw(find_message(1)).wait(2s).send_raw(cancel).wait(2s);
    s.expect_response(0x8020, 1, 0xFF00).expect_response(0x8020, 1, 0xFE00);
    add(echo_and_release(s), waits_for_the_peer);
    cases.back().most_cuts = 40;
    s = begin("an echo cannot be cancelled");
    s.send_raw(echo_message(1)).send_raw(cancel_message(echo_context, 1));
    add(echo_and_release(s.expect_response(0x8030, 1, 0)), finds<0>);
    s = begin("a cancelled message ID is used again");
    matches(s.send_raw(find_message(1)), 1).send_raw(cancel).expect_response(0x8020, 1, 0xFE00);
    matches(s.send_raw(find_message(1)), 1).send_raw(cancel).expect_response(0x8020, 1, 0xFE00);
    add(echo_and_release(s), waits, {"interrupted after 0", "interrupted after 0"});
  }

  void retrieves() {
    auto s = begin("get nothing");
    s.send_raw(get_message(9)).expect_response(0x8010, 9, 0, counters({}, 0, 0, 0));
    add_get(echo_and_release(s), gets<0>);
    s = begin("get three");
    s.send_raw(get_message(9));
    s.expect_message(0x0001, object(1, "1.2.1")).send_raw(stored(1));
    s.expect_response(0x8010, 9, 0xFF00, counters(2, 1, 0, 0));
    s.expect_message(0x0001, object(2, "1.2.2")).send_raw(stored(2));
    s.expect_response(0x8010, 9, 0xFF00, counters(1, 2, 0, 0));
    s.expect_message(0x0001, object(3, "1.2.3")).send_raw(stored(3));
    s.expect_response(0x8010, 9, 0, counters({}, 3, 0, 0));
    add_get(echo_and_release(s), gets<3>);
    s = begin("get: a warning and a failure");
    s.send_raw(get_message(9)).expect_message(0x0001).send_raw(stored(1, 0xB007));
    s.expect_response(0x8010, 9, 0xFF00, counters(2, 0, 0, 1));
    s.expect_message(0x0001).send_raw(stored(2, 0xA700));
    s.expect_response(0x8010, 9, 0xFF00, counters(1, 0, 1, 1));
    s.expect_message(0x0001).send_raw(stored(3));
    s.expect_response(0x8010, 9, 0xB000, counters({}, 1, 1, 1, std::string{"1.2.2\0", 6}));
    add_get(echo_and_release(s), gets<3>);
    s = begin("get: only warnings");
    s.send_raw(get_message(9)).expect_message(0x0001).send_raw(stored(1, 0xB000));
    s.expect_response(0x8010, 9, 0xB000, counters({}, 0, 0, 1));
    add_get(echo_and_release(s), gets<1>);
    s = begin("get: all fail");
    s.send_raw(get_message(9)).expect_message(0x0001).send_raw(stored(1, 0xA900));
    s.expect_response(0x8010, 9, 0xFF00, counters(1, 0, 1, 0));
    s.expect_message(0x0001).send_raw(stored(2, 0x0122));
    s.expect_response(0x8010, 9, 0xA702, counters({}, 0, 2, 0, std::string{"1.2.1\\1.2.2\0", 12}));
    add_get(echo_and_release(s), gets<2>);
    s = begin("get: no context for the second");
    s.send_raw(get_message(9)).expect_message(0x0001).send_raw(stored(1));
    s.expect_response(0x8010, 9, 0xFF00, counters(1, 1, 0, 0));
    s.expect_response(0x8010, 9, 0xB000, counters({}, 1, 1, 0, std::string{"1.2.2\0", 6}));
    add_get(echo_and_release(s), gets_another_class);
    s = begin("get: a file is lost");
    s.send_raw(get_message(9));
    s.expect_response(0x8010, 9, 0xFF00, counters(1, 0, 1, 0));
    s.expect_message(0x0001).send_raw(stored(1));
    s.expect_response(0x8010, 9, 0xB000, counters({}, 1, 1, 0, std::string{"1.2.1\0", 6}));
    add_get(echo_and_release(s), gets_a_lost_file);
    roles();
    cancelled_retrieves();
  }

  void roles() {
    auto rq = dimse_request();
    rq.user.roles.clear();
    auto s = requesting("get: the role was not proposed", rq);
    s.send_raw(get_message(9));
    s.expect_response(0x8010, 9, 0xA702, counters({}, 0, 1, 0, std::string{"1.2.1\0", 6}));
    add_get(echo_and_release(s), gets<1>);
    dimse_setup setup;
    setup.get = gets<1>;
    setup.options.require_role_selection = false;
    s = requesting("get: the role was not proposed, but we are lenient", rq);
    s.send_raw(get_message(9)).expect_message(0x0001).send_raw(stored(1));
    add(echo_and_release(s.expect_response(0x8010, 9, 0)), setup);
  }

  void cancelled_retrieves() {
    auto const cancel = cancel_message(get_context, 9);
    for (auto const how : {gets<3>, gets_interruptibly}) {
      std::vector<std::string> log;
      if (how == gets_interruptibly) log.emplace_back("outcome FE00");
      auto s = begin("get: cancelled in a sub-operation");
      s.send_raw(get_message(9)).expect_message(0x0001).send_raw(stored(1));
      s.expect_response(0x8010, 9, 0xFF00).expect_message(0x0001).send_raw(cancel);
      s.wait(1s).send_raw(stored(2, 0xA700));
      s.expect_response(0x8010, 9, 0xFE00, counters(1, 1, 1, 0, std::string{"1.2.2\0", 6}));
      add_get(echo_and_release(s), how, log);
      s = begin("get: cancelled in the last sub-operation");
      s.send_raw(get_message(9));
      for (std::uint16_t id = 1; id <= 2; ++id)
        s.expect_message(0x0001).send_raw(stored(id)).expect_response(0x8010, 9, 0xFF00);
      s.expect_message(0x0001).send_raw(cancel).send_raw(stored(3));
      if (!log.empty()) log.front() = "outcome 0000";
      add_get(echo_and_release(s.expect_response(0x8010, 9, 0, counters({}, 3, 0, 0))), how, log);
    }
    auto s = begin("get: the requestor goes away");
    s.send_raw(get_message(9)).expect_message(0x0001).close();
    add_get(s, gets<3>, {}, errc::connection_closed);
    s = begin("get: the requestor aborts");
    s.send_raw(get_message(9)).expect_message(0x0001).send(pdu::abort{}).expect_close();
    add_get(s, gets<3>, {}, errc::aborted_by_user);
    s = begin("get: the requestor never answers a C-STORE");
    s.send_raw(get_message(9)).expect_message(0x0001).expect_abort(0, 0).expect_close();
    add_get(s, gets<3>, {}, errc::dimse_timeout);
    s = begin("get: an early failure of a C-STORE");
    s.send_raw(get_message(9)).expect_message(0x0001).send_raw(stored(1, 0xC001));
    add_get(release(s.expect_response(0x8010, 9, 0xA702)), gets<1>);
  }
};

}  // namespace

std::vector<scripted_case> query_cases() {
  list all;
  all.finds_and_identifiers();
  all.failures();
  all.cancels();
  all.retrieves();
  return std::move(all.cases);
}

}  // namespace assoc_test

// SPDX-License-Identifier: BSL-1.0
// Sequences of responses and windows where scripts cannot follow: cancellation, back-pressure, many
// requests at once, event loops that go away.
#include "dimse_harness.hpp"
#include <codimse/scu/find.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/cancellation_state.hpp>
#include <asio/co_spawn.hpp>
#include <asio/this_coro.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace assoc_test;
using codimse::testing::association_end;
using codimse::testing::event_loop;
using codimse::testing::make_duplex;
using codimse::testing::message_pdus;
using codimse::testing::portless_scp;
using codimse::testing::scripted_peer;
using codimse::testing::transcript;

/// A peer as scripted, and our requestor.
struct against_script {
  event_loop loop;
  std::shared_ptr<ledger> book = std::make_shared<ledger>(loop);
  association_options options{};
  std::shared_ptr<transcript const> seen;
  std::shared_ptr<event_loop::task<void>> played;
  std::optional<association> assoc;

  void connect(script const& what, std::size_t capacity = 65536) {
    options.clock = &loop.clock();
    auto both = make_duplex(loop.executor(), capacity);
    auto peer = std::make_unique<scripted_peer>(loop.executor(), loop.clock(),
                                                std::move(both.second), what);
    seen = peer->seen();
    played = loop.spawn(scripted_peer::play(std::move(peer)));
    auto wanted = dimse_proposals();
    assoc.emplace(loop.run(
        associate(loop.executor(), std::move(both.first), "PEER", std::move(wanted), options)));
  }
  /// The script went to its end.
  void finish() {
    loop.run_until([&] { return played->done; });
    EXPECT_TRUE(played->done);
    EXPECT_EQ(seen->problem, "");
  }
};

template <class T>
std::shared_ptr<event_loop::task<T>> cancellable(event_loop& loop, asio::awaitable<T> what,
                                                 asio::cancellation_signal& signal) {
  auto const result = std::make_shared<event_loop::task<T>>();
  auto done = [result](std::exception_ptr failure) {
    result->failure = failure;
    result->done = true;
  };
  asio::co_spawn(loop.executor(), std::move(what),
                 asio::bind_cancellation_slot(signal.slot(), std::move(done)));
  return result;
}
template <class T>
std::error_code failure_of(event_loop& loop, std::shared_ptr<event_loop::task<T>> const& task) {
  loop.run_until([&] { return task->done; });
  if (!task->done) return make_error_code(errc::stopped);
  try {
    task->take();
  } catch (std::system_error const& thrown) {
    return thrown.code();
  }
  return {};
}

asio::awaitable<std::uint16_t> echo_code(association& assoc) {
  auto const rsp = co_await assoc.request(c_echo_rq{});
  co_return rsp.status.code;
}
asio::awaitable<void> take_all(association& assoc, std::shared_ptr<ledger> book,
                               std::string name = "") {
  auto found = co_await find(assoc, patient(name));
  for (;;) {
    auto const one = co_await found.next();
    if (!one) break;
    book->log.push_back(name + id_of(*one));
  }
  book->log.push_back(name + "final " + hex(found.status().code));
}
/// Lets every kind of cancellation reach what it waits for, and says what it was thrown.
asio::awaitable<void> take_all_interruptibly(association& assoc, std::shared_ptr<ledger> book) {
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  std::error_code thrown;
  try {
    co_await take_all(assoc, book);
  } catch (std::system_error const& failed) {
    thrown = failed.code();
  }
  bool const throws = co_await asio::this_coro::throw_if_cancelled();
  book->log.emplace_back(throws ? "as before" : "CHANGED");
  if (thrown) throw std::system_error{thrown};
}

script& answer_echo(script& s, std::uint16_t id) {
  s.expect_message(0x0030, [id](auto const& got) { return got.us(0x0110) == id; });
  return s.send_raw(message_pdus(echo_context, echo_rsp(id)));
}
script& released(script& s) { return s.expect(type::release_rq).send(pdu::release_rp{}); }

TEST(responses, partial_cancellation_sends_c_cancel_and_leaves_the_association_usable) {
  auto s = accepting("cancelled", dimse_acceptance());
  s.expect_message(0x0020).send_raw(match(1, patient_id("A"))).wait(5s);
  s.expect_message(0x0FFF, [](auto const& got) { return got.us(0x0120) == 1; }).wait(1s);
  s.send_raw(match(1, patient_id("B"))).send_raw(find_answer(1, 0xFE00));
  released(answer_echo(s, 2));
  against_script t;
  t.connect(s);
  asio::cancellation_signal signal;
  auto const taking = cancellable(t.loop, take_all_interruptibly(*t.assoc, t.book), signal);
  t.loop.run_for(2s);
  EXPECT_FALSE(taking->done);
  signal.emit(asio::cancellation_type::partial);
  t.loop.run_for(1s);
  EXPECT_FALSE(taking->done);  // until the final response has come
  EXPECT_EQ(failure_of(t.loop, taking), errc::cancelled);
  EXPECT_EQ(t.book->log, (std::vector<std::string>{"A", "as before"}));
  EXPECT_EQ(t.loop.run(echo_code(*t.assoc)), 0);
  t.loop.run(t.assoc->release());
  t.finish();
}

TEST(responses, a_second_cancellation_aborts) {
  auto s = accepting("cancelled twice", dimse_acceptance());
  s.expect_message(0x0020).send_raw(match(1, patient_id("A"))).expect_message(0x0FFF);
  s.expect_abort(0, 0).expect_close();
  against_script t;
  t.connect(s);
  asio::cancellation_signal signal;
  auto const taking = cancellable(t.loop, take_all_interruptibly(*t.assoc, t.book), signal);
  t.loop.run_for(2s);
  signal.emit(asio::cancellation_type::partial);
  t.loop.run_for(2s);
  EXPECT_FALSE(taking->done);
  signal.emit(asio::cancellation_type::partial);
  EXPECT_EQ(failure_of(t.loop, taking), errc::cancelled);
  EXPECT_EQ(t.book->log.back(), "as before");
  t.finish();
}

TEST(responses, terminal_cancellation_aborts) {
  auto s = accepting("terminal", dimse_acceptance());
  s.expect_message(0x0020).send_raw(match(1, patient_id("A"))).expect_abort(0, 0).expect_close();
  against_script t;
  t.connect(s);
  asio::cancellation_signal signal;
  auto const taking = cancellable(t.loop, take_all(*t.assoc, t.book), signal);
  t.loop.run_for(2s);
  signal.emit(asio::cancellation_type::terminal);
  EXPECT_EQ(failure_of(t.loop, taking), errc::cancelled);
  EXPECT_FALSE(t.assoc->established());
  t.finish();
}

TEST(responses, an_association_that_breaks_during_cancellation) {
  auto s = accepting("breaks", dimse_acceptance());
  s.expect_message(0x0020).expect_message(0x0FFF).close();
  against_script t;
  t.connect(s);
  asio::cancellation_signal signal;
  auto const taking = cancellable(t.loop, take_all_interruptibly(*t.assoc, t.book), signal);
  t.loop.run_for(2s);
  signal.emit(asio::cancellation_type::partial);
  EXPECT_EQ(failure_of(t.loop, taking), errc::connection_closed);
  EXPECT_EQ(t.book->log, (std::vector<std::string>{"as before"}));
  t.finish();
}

asio::awaitable<std::uint16_t> store_bytes(association& assoc, std::size_t size) {
  bytes const data = some_data(size);
  object_info what;
  what.transfer_syntax = explicit_le;
  memory_source source{what, data};
  c_store_rq const rq = store_rq(0);
  auto const rsp = co_await assoc.request(rq, source);
  co_return rsp.status.code;
}

TEST(responses, a_find_that_was_cancelled_before_it_was_sent_costs_nothing) {
  // A C-STORE holds the line while the find waits for its turn.
  auto ac = dimse_acceptance();
  ac.user.window = {2, 1};
  ac.user.roles.clear();
  auto s = accepting("busy", ac);
  s.wait(10s).expect_message(0x0001).send_raw(message_pdus(store_context, store_rsp(1)));
  released(answer_echo(s, 3));
  against_script t;
  t.options.operations_invoked = 2;
  t.options.require_role_selection = false;
  t.connect(s, 4096);
  auto const storing = t.loop.spawn(store_bytes(*t.assoc, 100'000));
  t.loop.run_for(1s);
  asio::cancellation_signal signal;
  auto const taking = cancellable(t.loop, take_all(*t.assoc, t.book), signal);
  t.loop.run_for(1s);
  EXPECT_FALSE(taking->done);
  signal.emit(asio::cancellation_type::terminal);
  EXPECT_EQ(failure_of(t.loop, taking), asio::error::operation_aborted);
  t.loop.run_until([&] { return storing->done; });
  EXPECT_EQ(storing->take(), 0);
  EXPECT_EQ(t.loop.run(echo_code(*t.assoc)), 0);
  t.loop.run(t.assoc->release());  // waits for nothing
  t.finish();
}

// Back-pressure.

TEST(responses, a_peer_that_is_ahead_is_held_back_and_goes_on) {
  bytes all;
  for (int i = 0; i < 2000; ++i)
    codimse::testing::append(all, match(1, patient_id(std::string(60, 'm'))));
  auto s = accepting("eager", dimse_acceptance());
  s.expect_message(0x0020).send_raw(all).send_raw(find_answer(1, 0));
  released(answer_echo(s, 2));
  against_script t;
  t.options.limits.responses_ahead = 10;
  t.connect(s, 1000);
  auto found = t.loop.run(find(*t.assoc, patient("P")));
  t.loop.run_for(1000s);  // nobody takes anything, and nothing is wrong with that
  std::size_t const sent = t.seen->bytes_sent;
  std::size_t const one = match(1, patient_id(std::string(60, 'm'))).size();
  EXPECT_GT(sent, 10 * one);
  EXPECT_LT(sent, 30 * one + 4096);
  std::size_t count = 0;
  for (bool more = true; more;) {
    auto const got = t.loop.run(found.next());
    more = got.has_value();
    count += more ? 1U : 0U;
  }
  EXPECT_EQ(count, 2000U);
  EXPECT_EQ(found.status().code, 0);
  EXPECT_EQ(t.loop.run(echo_code(*t.assoc)), 0);
  t.loop.run(t.assoc->release());
  t.finish();
}

/// Serves as our own SCP.
struct pair_of_ours {
  event_loop loop;
  std::shared_ptr<ledger> book = std::make_shared<ledger>(loop);
  association_options options{};
  find_handler how = no_find;
  std::optional<portless_scp<verification, queries, retrievals, things, storage>> scp;
  std::shared_ptr<event_loop::task<association_end>> served;
  std::optional<association> assoc;

  void connect(std::size_t capacity = 65536) {
    options.clock = &loop.clock();
    scp.emplace(options, verification{}, queries{book, how}, retrievals{book, no_get}, things{book},
                storage{book, save});
    auto both = make_duplex(loop.executor(), capacity);
    served = loop.spawn(scp->serve(loop.executor(), std::move(both.first)));
    proposals wanted{sop::verification};
    for (auto const model : {find_uid, ct_uid, thing_uid}) wanted.add(uid{model}, explicit_le);
    assoc.emplace(loop.run(
        associate(loop.executor(), std::move(both.second), "SCP", std::move(wanted), options)));
  }
  void finish() {
    loop.run(assoc->release());
    loop.run_until([&] { return served->done; });
    EXPECT_FALSE(served->take().error);
  }
};

/// As many matches as its name says, one a second, with the name in them.
reply counts(ledger& book, data_set const& identifier, c_find_responses& out) {
  auto const name = id_of(identifier);
  book.most_running = std::max(book.most_running, ++book.running);
  int const matches = std::stoi(name);
  for (int i = 0; i < matches; ++i) {
    co_await book.loop.clock().sleep(book.loop.executor(), 1s);
    co_await out.pending(patient(name + "." + std::to_string(i)));
  }
  --book.running;
  co_return status::success;
}

TEST(responses, finds_at_once_are_interleaved_as_the_window_allows) {
  for (std::uint16_t const window : {std::uint16_t{1}, std::uint16_t{2}, std::uint16_t{4}}) {
    pair_of_ours p;
    p.options.operations_invoked = window;
    p.options.operations_performed = window;
    p.how = counts;
    p.connect();
    for (auto const* const name : {"4", "3", "2", "1"}) {
      p.loop.spawn(take_all(*p.assoc, p.book, name));
      p.loop.settle();
    }
    p.loop.run_for(60s);
    EXPECT_EQ(p.book->most_running, window);
    std::vector<std::string> finals;
    std::size_t matches = 0;
    for (auto const& line : p.book->log) {
      if (line.find("final") != std::string::npos) finals.push_back(line);
      else ++matches;
    }
    EXPECT_EQ(matches, 10U);
    ASSERT_EQ(finals.size(), 4U);
    EXPECT_EQ(finals.front(), window == 4   ? "1final 0000"
                              : window == 2 ? "3final 0000"
                                            : "4final 0000");
    // Every find has its own matches, in their order.
    for (auto const* const name : {"4", "3", "2", "1"}) {
      int next = 0;
      for (auto const& line : p.book->log)
        if (line.starts_with(std::string{name} + name)) {
          EXPECT_EQ(line, std::string{name} + name + "." + std::to_string(next++));
        }
      EXPECT_EQ(next, std::stoi(name));
    }
    p.finish();
  }
}

asio::awaitable<void> many_finds(pair_of_ours& p, int* left) {
  for (int i = 0; i < 10; ++i) {
    auto found = co_await find(*p.assoc, patient("3"));
    int count = 0;
    for (;;) {
      auto const one = co_await found.next();
      if (!one) break;
      ++count;
      if (i % 3 == 2) break;  // left behind
    }
    EXPECT_EQ(count, i % 3 == 2 ? 1 : 3);
  }
  --*left;
}
asio::awaitable<void> many_stores(pair_of_ours& p, int* left) {
  for (int i = 0; i < 10; ++i) {
    auto const code = co_await store_bytes(*p.assoc, 5000);
    EXPECT_EQ(code, 0);
  }
  --*left;
}
asio::awaitable<void> many_echoes(pair_of_ours& p, int* left) {
  for (int i = 0; i < 20; ++i) {
    auto const code = co_await echo_code(*p.assoc);
    EXPECT_EQ(code, 0);
  }
  --*left;
}

TEST(responses, sequences_stores_and_echoes_mixed_over_a_narrow_line) {
  // Fragments of two messages that mix end the association at the receiver, either way.
  pair_of_ours p;
  p.options.operations_invoked = 0;  // no limit
  p.options.operations_performed = 0;
  p.options.max_pdu_length = 64;
  p.how = counts;
  p.connect(100);
  int left = 6;
  for (int i = 0; i < 2; ++i) {
    p.loop.spawn(many_finds(p, &left));
    p.loop.spawn(many_stores(p, &left));
    p.loop.spawn(many_echoes(p, &left));
  }
  p.loop.run_until([&] { return left == 0 || !p.assoc->established(); });
  EXPECT_EQ(left, 0);
  auto const stored = std::ranges::count(p.book->log, "stored 5000 ");
  EXPECT_EQ(stored, 20);
  p.finish();
}

TEST(responses, a_sequence_outlives_its_association) {
  pair_of_ours p;
  p.how = counts;
  p.connect();
  std::optional<find_results> found{p.loop.run(find(*p.assoc, patient("100")))};
  EXPECT_TRUE(p.loop.run(found->next()));
  p.assoc->abort();
  EXPECT_THROW(p.loop.run(found->next()), error);
  EXPECT_THROW(p.loop.run(found->next()), error);
  found->cancel();
  p.assoc.reset();
  p.loop.run_until([&] { return p.served->done; });
  found.reset();
}

TEST(responses, sequences_move) {
  pair_of_ours p;
  p.how = counts;
  p.options.operations_invoked = 2;
  p.options.operations_performed = 2;
  p.connect();
  auto one = p.loop.run(find(*p.assoc, patient("2")));
  auto two = p.loop.run(find(*p.assoc, patient("3")));
  std::swap(one, two);
  EXPECT_EQ(id_of(*p.loop.run(one.next())), "3.0");
  EXPECT_EQ(id_of(*p.loop.run(two.next())), "2.0");
  auto three = std::move(one);
  EXPECT_EQ(id_of(*p.loop.run(three.next())), "3.1");
  one = std::move(three);
  EXPECT_EQ(id_of(*p.loop.run(one.next())), "3.2");
  EXPECT_FALSE(p.loop.run(one.next()));
  EXPECT_EQ(id_of(*p.loop.run(two.next())), "2.1");
  EXPECT_FALSE(p.loop.run(two.next()));
  p.finish();
}

TEST(responses, a_loop_goes_away_under_sequences_and_their_handlers) {
  for (auto const after : {0s, 1s, 3s, 200s}) {
    pair_of_ours p;
    p.how = counts;
    p.options.operations_invoked = 3;
    p.options.operations_performed = 3;
    p.connect(200);
    p.loop.spawn(take_all(*p.assoc, p.book, "1000"));
    auto kept = p.loop.run(find(*p.assoc, patient("1000")));
    p.loop.spawn(store_bytes(*p.assoc, 100'000));
    p.loop.spawn(take_all(*p.assoc, p.book, "1000"));
    p.loop.run_for(after);
    auto const moved = std::move(kept);
  }
}

// What does not fit, or cannot be written.

struct long_lists {
  static constexpr auto sop_classes = things_class;
  reply on(n_get_rq const& rq, n_responses& out) {
    out.fields().attribute_identifier_list = rq.attribute_identifier_list;
    out.data_set(patient("L"));
    co_return status::attribute_list_warning;
  }
  reply on(n_set_rq const&, data_set const&, n_responses&) { co_return status::success; }
  reply on(n_action_rq const&, data_set const&, n_responses&) { co_return status::success; }
  reply on(n_create_rq const&, data_set const&, n_responses&) { co_return status::success; }
  reply on(n_delete_rq const&, n_responses&) { co_return status::success; }
};
/// Only in a transfer syntax that cannot be written without the library that deflates.
struct deflated_things : long_lists {
  static constexpr auto sop_classes = things_class;
  static constexpr std::array transfer_syntaxes{
      codimse::transfer_syntaxes::deflated_explicit_vr_little_endian};
};

template <class Service>
answer<n_get_rsp> get_many(std::size_t count, uid const& syntax, std::uint32_t pdu_length) {
  event_loop loop;
  association_options options;
  options.clock = &loop.clock();
  options.max_pdu_length = pdu_length;
  portless_scp scp{options, Service{}};
  auto both = make_duplex(loop.executor());
  loop.spawn(scp.serve(loop.executor(), std::move(both.first)));
  proposals wanted;
  wanted.add(uid{thing_uid}, syntax);
  auto assoc = loop.run(
      associate(loop.executor(), std::move(both.second), "SCP", std::move(wanted), options));
  n_get_rq rq{thing_uid, "2.25.1"};
  for (std::size_t i = 0; i < count; ++i)
    rq.attribute_identifier_list.push_back({0x0011, static_cast<std::uint16_t>(i)});
  auto response = loop.run(assoc.request(std::move(rq)));
  loop.run(assoc.release());
  return response;
}

TEST(responses, long_lists_of_attributes_beside_a_data_set) {
  for (std::size_t const count : {0U, 1000U, 1100U, 15'000U})
    for (std::uint32_t const length : {200U, 16384U}) {
      auto const rsp = get_many<long_lists>(count, explicit_le, length);
      EXPECT_EQ(rsp.status.code, 0x0107);
      EXPECT_EQ(rsp.attribute_identifier_list.size(), count);
      EXPECT_EQ(id_of(rsp.attributes()), "L");
    }
}

TEST(responses, a_data_set_that_cannot_be_written_is_a_failure) {
  auto const rsp = get_many<deflated_things>(1, "1.2.840.10008.1.2.1.99", 16384);
  EXPECT_EQ(rsp.status.code, 0x0110);
  EXPECT_FALSE(rsp.has_data_set());
  EXPECT_FALSE(rsp.error_comment.empty());
}

/// Sends attributes of three elements to a service whose limits are these.
std::uint16_t set_within(limits const& bounds) {
  event_loop loop;
  association_options options;
  options.clock = &loop.clock();
  auto narrow = options;
  narrow.limits = bounds;
  portless_scp scp{narrow, long_lists{}};
  auto both = make_duplex(loop.executor());
  loop.spawn(scp.serve(loop.executor(), std::move(both.first)));
  proposals wanted;
  wanted.add(uid{thing_uid}, explicit_le);
  auto assoc = loop.run(
      associate(loop.executor(), std::move(both.second), "SCP", std::move(wanted), options));
  data_set attributes = patient("L");
  attributes.add_item(tags::referenced_study_sequence, data_set{});
  auto const rsp = loop.run(assoc.request(n_set_rq{thing_uid, "2.25.1"}, attributes));
  loop.run(assoc.release());
  return rsp.status.code;
}

TEST(attributes, are_taken_apart_within_the_limits_of_the_association) {
  EXPECT_EQ(set_within({}), 0x0000);
  limits few;
  few.attributes_elements = 2;
  EXPECT_EQ(set_within(few), 0x0213);
  limits flat;
  flat.data_set_depth = 0;
  EXPECT_EQ(set_within(flat), 0x0110);
}

TEST(attributes, of_responses_too) {
  auto const get_within = [](std::size_t elements) {
    limits bounds;
    bounds.attributes_elements = elements;
    detail::received_response received;
    received.data_set = detail::encode_attributes(patient("L"), explicit_le);
    return answer<n_get_rsp>{std::move(received), explicit_le, bounds};
  };
  EXPECT_EQ(id_of(get_within(10).attributes()), "L");
  EXPECT_THROW(static_cast<void>(get_within(0).attributes()), error);
}

}  // namespace

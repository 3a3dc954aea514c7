// SPDX-License-Identifier: BSL-1.0
// What scripts cannot say: cancellation, event loops that go away, and both roles against each
// other.
#include "harness.hpp"
#include <codimse/testing/fault_injector.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace assoc_test;
using codimse::testing::append;
using codimse::testing::association_end;
using codimse::testing::event_loop;
using codimse::testing::make_duplex;
using codimse::testing::portless_scp;
using codimse::testing::replay;
using codimse::testing::scripted_peer;
using codimse::testing::system_end;

association_options options_for(event_loop& loop) {
  association_options options;
  options.clock = &loop.clock();
  return options;
}

/// Our SCU and our SCP on one connection in memory.
struct pair_of_ours {
  event_loop loop;
  std::shared_ptr<ledger> book = std::make_shared<ledger>(loop);
  association_options options = options_for(loop);
  std::optional<portless_scp<verification, storage>> scp;
  std::shared_ptr<event_loop::task<association_end>> served;
  std::optional<association> assoc;

  void connect(behaviour how = save, codimse::testing::faults plan = {},
               std::size_t capacity = 65536) {
    scp.emplace(options, verification{}, storage{book, how});
    auto both = make_duplex(loop.executor(), capacity);
    served = loop.spawn(scp->serve(loop.executor(), std::move(both.first)));
    proposals wanted{sop::verification};
    wanted.add(ct_uid, explicit_le);
    auto carrier = std::make_unique<codimse::testing::fault_injector>(
        loop.executor(), std::move(both.second), std::move(plan));
    assoc.emplace(loop.run(
        associate(loop.executor(), std::move(carrier), "SCP", std::move(wanted), options)));
  }
  ~pair_of_ours() { assoc.reset(); }
};

asio::awaitable<std::uint16_t> store_bytes(association& assoc, std::size_t size) {
  bytes const data = some_data(size);
  object_info what;
  what.transfer_syntax = explicit_le;
  memory_source source{what, data};
  c_store_rq const rq = store_rq(0);
  auto const rsp = co_await assoc.request(rq, source);
  co_return rsp.status.code;
}
asio::awaitable<std::uint16_t> echo_code(association& assoc) {
  auto const rsp = co_await assoc.request(c_echo_rq{});
  co_return rsp.status.code;
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

TEST(session, both_roles) {
  pair_of_ours p;
  p.connect();
  EXPECT_EQ(p.loop.run(echo_code(*p.assoc)), 0);
  EXPECT_EQ(p.loop.run(store_bytes(*p.assoc, 1'000'000)), 0);
  EXPECT_EQ(p.book->stored, some_data(1'000'000));
  p.loop.run(p.assoc->release());
  p.loop.run_until([&] { return p.served->done; });
  EXPECT_FALSE(p.served->take().error);
  EXPECT_FALSE(p.assoc->established());
}

TEST(session, both_roles_over_a_bad_line) {
  for (std::size_t const size : {1U, 3U, 100U}) {
    pair_of_ours p;
    codimse::testing::faults plan;
    plan.split_reads({size, 1}).split_writes({1, size, 7});
    p.connect(save, plan, 64);
    EXPECT_EQ(p.loop.run(store_bytes(*p.assoc, 5001)), 0);
    EXPECT_EQ(p.book->stored.size(), 5002U);
    p.loop.run(p.assoc->release());
  }
}

TEST(session, idle_associations_are_released_by_the_requestor) {
  pair_of_ours p;
  p.options.timeouts.idle = 100s;
  p.connect();
  // Both sides' deadlines fall on the same time: a release, an abort, or both under way.
  p.loop.run_for(200s);
  EXPECT_FALSE(p.assoc->established());
  EXPECT_TRUE(p.served->done);
}

TEST(session, an_association_that_is_dropped_is_aborted) {
  pair_of_ours p;
  p.connect();
  p.assoc.reset();
  p.loop.run_until([&] { return p.served->done; });
  EXPECT_EQ(p.served->take().error, errc::aborted_by_user);
}

/// Runs a call that can be cancelled.
template <class T>
std::shared_ptr<event_loop::task<T>> cancellable(event_loop& loop, asio::awaitable<T> what,
                                                 asio::cancellation_signal& signal) {
  auto const result = std::make_shared<event_loop::task<T>>();
  auto done = [result](std::exception_ptr failure, T value) {
    result->failure = std::move(failure);
    result->value.emplace(std::move(value));
    result->done = true;
  };
  asio::co_spawn(loop.context(), std::move(what),
                 asio::bind_cancellation_slot(signal.slot(), std::move(done)));
  return result;
}

TEST(session, cancelling_a_call_that_waits_for_its_response_aborts) {
  pair_of_ours p;
  p.connect([](ledger& book, c_store_rq const&, incoming_data_set& data) -> reply {
    co_await data.read_all();
    co_await book.loop.clock().sleep(book.loop.executor(), 60s);
    co_return status::success;
  });
  asio::cancellation_signal signal;
  auto const call = cancellable(p.loop, store_bytes(*p.assoc, 100), signal);
  p.loop.run_for(1s);
  EXPECT_FALSE(call->done);
  signal.emit(asio::cancellation_type::terminal);
  EXPECT_EQ(failure_of(p.loop, call), errc::cancelled);
  p.loop.run_until([&] { return p.served->done; });
  EXPECT_EQ(p.served->take().error, errc::aborted_by_user);
}

TEST(session, cancelling_a_call_in_the_middle_of_a_write_ends_the_association) {
  pair_of_ours p;
  p.connect([](ledger& book, c_store_rq const&, incoming_data_set&) -> reply {
    co_await book.loop.clock().sleep(book.loop.executor(), 30s);
    co_return status::success;
  });
  asio::cancellation_signal signal;
  auto const call = cancellable(p.loop, store_bytes(*p.assoc, 3'000'000), signal);
  p.loop.run_for(1s);
  EXPECT_FALSE(call->done);
  signal.emit(asio::cancellation_type::terminal);
  EXPECT_EQ(failure_of(p.loop, call), errc::cancelled);
  EXPECT_FALSE(p.assoc->established());
  p.loop.run_until([&] { return p.served->done; });
  EXPECT_EQ(p.served->take().error, errc::connection_closed);
}

TEST(session, cancelling_a_call_that_waits_for_its_turn_costs_nothing) {
  pair_of_ours p;
  p.connect([](ledger& book, c_store_rq const&, incoming_data_set& data) -> reply {
    co_await data.read_all();
    co_await book.loop.clock().sleep(book.loop.executor(), 60s);
    co_return status::success;
  });
  auto const first = p.loop.spawn(store_bytes(*p.assoc, 100));
  asio::cancellation_signal signal;
  auto const second = cancellable(p.loop, echo_code(*p.assoc), signal);
  p.loop.run_for(1s);
  signal.emit(asio::cancellation_type::terminal);
  p.loop.settle();
  EXPECT_TRUE(second->done);
  EXPECT_TRUE(p.assoc->established());
  p.loop.run_until([&] { return first->done; });
  EXPECT_EQ(first->take(), 0);
  EXPECT_EQ(p.loop.run(echo_code(*p.assoc)), 0);
  p.loop.run(p.assoc->release());
}

TEST(session, cancelling_the_wait_for_an_answer_aborts) {
  event_loop loop;
  script s{"a slow acceptor"};
  s.expect(type::associate_rq).expect_abort(0, 0);
  auto both = make_duplex(loop.executor());
  auto peer =
      std::make_unique<scripted_peer>(loop.executor(), loop.clock(), std::move(both.second), s);
  auto const seen = peer->seen();
  auto const played = loop.spawn(scripted_peer::play(std::move(peer)));
  asio::cancellation_signal signal;
  std::error_code thrown;
  bool done = false;
  auto on_done = [&](std::exception_ptr failure) {
    done = true;
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (std::system_error const& e) {
      thrown = e.code();
    }
  };
  requestor_setup setup{[](client&) -> asio::awaitable<void> { co_return; }};
  setup.options.clock = &loop.clock();
  std::vector<std::string> log;
  asio::co_spawn(loop.context(), run_program(loop, std::move(both.first), setup, log),
                 asio::bind_cancellation_slot(signal.slot(), on_done));
  loop.run_for(1s);
  EXPECT_FALSE(done);
  signal.emit(asio::cancellation_type::terminal);
  loop.run_until([&] { return done && played->done; });
  EXPECT_EQ(thrown, errc::cancelled);
  EXPECT_EQ(seen->problem, "");
}

/// Yields zeros; what comes after them is the test's.
struct interrupted_source {
  event_loop* loop;
  std::size_t good_reads;
  bool waits;  ///< for ever; else it throws
  object_info what = [] {
    object_info info;
    info.transfer_syntax = explicit_le;
    return info;
  }();

  [[nodiscard]] object_info const& info() const { return what; }
  [[nodiscard]] std::uint64_t size() const { return 0; }
  asio::awaitable<read_result> read(pieces into) {
    if (good_reads == 0 && waits) co_await loop->clock().sleep(loop->executor(), 10h);
    if (good_reads == 0) throw std::system_error{std::make_error_code(std::errc::io_error)};
    --good_reads;
    read_result got;
    for (auto const& piece : into) {
      std::ranges::fill(piece, std::byte{0});
      got.bytes += piece.size();
    }
    co_return got;
  }
};
asio::awaitable<void> store_from(association& assoc, interrupted_source& source) {
  c_store_rq const rq = store_rq(0);
  static_cast<void>(co_await assoc.request(rq, source));
}

TEST(session, a_source_that_throws_costs_the_association_only_once_the_message_has_begun) {
  for (std::size_t const good_reads : {0U, 1U, 2U}) {
    pair_of_ours both;
    both.connect();
    interrupted_source source{&both.loop, good_reads, false};
    auto const sent = both.loop.spawn(store_from(*both.assoc, source));
    EXPECT_EQ(failure_of(both.loop, sent), std::errc::io_error);
    EXPECT_EQ(both.assoc->established(), good_reads == 0);
    if (good_reads == 0) EXPECT_EQ(both.loop.run(echo_code(*both.assoc)), 0);
    else
      EXPECT_EQ(failure_of(both.loop, both.loop.spawn(echo_code(*both.assoc))),
                errc::source_failed);
  }
}

TEST(session, cancelling_a_call_that_waits_for_its_source_aborts_once_the_message_has_begun) {
  for (std::size_t const good_reads : {0U, 1U}) {
    pair_of_ours both;
    both.connect();
    interrupted_source source{&both.loop, good_reads, true};
    asio::cancellation_signal signal;
    auto ended = std::make_shared<bool>(false);
    asio::co_spawn(both.loop.executor(), store_from(*both.assoc, source),
                   asio::bind_cancellation_slot(signal.slot(),
                                                [ended](std::exception_ptr) { *ended = true; }));
    both.loop.run_for(1s);
    signal.emit(asio::cancellation_type::terminal);
    both.loop.run_for(1s);
    EXPECT_TRUE(*ended);
    EXPECT_EQ(both.assoc->established(), good_reads == 0);
    if (good_reads == 0) EXPECT_EQ(both.loop.run(echo_code(*both.assoc)), 0);
    else EXPECT_EQ(failure_of(both.loop, both.loop.spawn(echo_code(*both.assoc))), errc::cancelled);
  }
}

TEST(session, a_peer_that_does_not_read_ends_in_a_timeout) {
  event_loop loop;
  auto both = make_duplex(loop.executor(), 100);
  acceptor_setup setup;
  auto const tested = loop.spawn(acceptor(setup)(loop, std::move(both.first)));
  script s{"never reads"};
  s.send(request()).wait(200s);
  auto const begun = loop.clock().now();
  auto const played = loop.spawn(scripted_peer::play(
      std::make_unique<scripted_peer>(loop.executor(), loop.clock(), std::move(both.second), s)));
  loop.run_until([&] { return tested->done; });
  EXPECT_EQ(tested->take().error, errc::write_timeout);
  EXPECT_EQ(loop.clock().now() - begun, 60s);
}

TEST(session, an_abort_that_does_not_fit_the_connection_goes_on_when_the_peer_reads) {
  auto idle = requesting("idle for too long");
  idle.wait(910s).expect_abort(2, 0).expect_close();
  auto const seen = codimse::testing::play(idle, acceptor(), replay{.capacity = 4});
  EXPECT_FALSE(seen.hung);
  EXPECT_EQ(seen.seen.problem, "");
}

TEST(session, a_response_half_written_is_finished_before_the_abort) {
  auto violating = requesting("violates the protocol while a response is under way");
  violating.send_raw(codimse::testing::message_pdus(echo_context, echo_rq(7)));
  violating.send_raw(codimse::testing::raw_pdu(0x99, some_data(4)))
      .wait(1s)
      .expect_message(0x8030)
      .expect_abort(2, 1);
  violating.expect_close();
  for (std::size_t const capacity : {4U, 16U, 64U}) {
    auto const seen = codimse::testing::play(violating, acceptor(), replay{.capacity = capacity});
    EXPECT_FALSE(seen.hung);
    EXPECT_EQ(seen.seen.problem, "") << capacity;
  }
}

TEST(session, the_end_of_the_connection_reaches_a_sink_that_holds_us_back) {
  event_loop loop;
  auto both = make_duplex(loop.executor());
  acceptor_setup setup;
  setup.store = [](ledger& book, c_store_rq const&, incoming_data_set& data) -> reply {
    co_await data.next();
    auto const begun = book.loop.clock().now();
    bool cancelled = false;
    try {
      co_await book.loop.clock().sleep(book.loop.executor(), 1000s);
    } catch (std::system_error const&) {
      cancelled = true;
    }
    auto const took =
        std::chrono::duration_cast<std::chrono::milliseconds>(book.loop.clock().now() - begun);
    book.log.push_back(std::string{cancelled ? "cancelled after " : "slept "} +
                       std::to_string(took.count()));
    co_return status::success;
  };
  auto const tested = loop.spawn(acceptor(setup)(loop, std::move(both.first)));
  auto s = requesting("goes away");
  s.send_raw(store_message(1, some_data(1000), 100)).wait(2s).close();
  auto const played = loop.spawn(scripted_peer::play(
      std::make_unique<scripted_peer>(loop.executor(), loop.clock(), std::move(both.second), s)));
  loop.run_until([&] { return tested->done && played->done; });
  ASSERT_TRUE(tested->done);
  auto const end = tested->take();
  EXPECT_EQ(end.error, errc::connection_closed);
  ASSERT_EQ(end.log.size(), 1U);
  EXPECT_TRUE(end.log[0].starts_with("cancelled after 2")) << end.log[0];  // within 250 ms
}

/// Reads what it was given on another thread, and only when it is told to.
struct lingering_sink {
  asio::any_io_executor pool;
  std::atomic<bool>* entered;
  std::atomic<bool>* let_on;
  std::uint64_t* sum;

  outcome open(object_info const&) { return {}; }
  outcome write(fragments slices) {
    *entered = true;
    while (!*let_on) std::this_thread::yield();
    for (auto const& one : slices)
      for (auto const byte : one) *sum += std::to_integer<std::uint64_t>(byte);
    return {};
  }
  outcome commit() { return {}; }
  void discard() noexcept {}
  std::optional<asio::any_io_executor> executor() const { return pool; }
};
struct threaded_storage {
  static constexpr auto sop_classes = sop::ct_image_storage;
  lingering_sink sink;
  reply on(c_store_rq const&, incoming_data_set& data) {
    outcome const how = co_await data.save(sink);
    co_return how;
  }
};

TEST(session, slices_outlive_the_connection_while_a_sink_has_them) {
  asio::thread_pool pool{1};
  std::uint64_t sum = 0;
  std::atomic<bool> entered = false;
  std::atomic<bool> let_on = false;
  event_loop loop;
  auto options = options_for(loop);
  portless_scp scp{options, threaded_storage{{pool.get_executor(), &entered, &let_on, &sum}}};
  auto both = make_duplex(loop.executor(), 1 << 20);
  auto const served = loop.spawn(scp.serve(loop.executor(), std::move(both.first)));
  auto rq = request();
  rq.contexts.erase(rq.contexts.begin());
  auto s = requesting("goes away", rq);
  auto const data = some_data(100'000);
  auto message = store_message(1, data);
  message.resize(message.size() - 10);  // the end is missing: the sink runs on the pool
  s.send_raw(message);
  auto const played = loop.spawn(scripted_peer::play(
      std::make_unique<scripted_peer>(loop.executor(), loop.clock(), std::move(both.second), s)));
  while (!entered) {
    loop.settle();
    std::this_thread::yield();
  }
  loop.run_for(1s);  // the end of the connection is noticed
  EXPECT_TRUE(played->done);
  EXPECT_FALSE(served->done);
  auto const others = codimse::detail::shared_buffer_pool()->take();  // another association's now
  std::ranges::fill(others.bytes(), std::byte{0});
  let_on = true;
  while (!served->done) {
    loop.settle();
    std::this_thread::yield();
  }
  EXPECT_EQ(served->take().error, errc::connection_closed);
  std::uint64_t wanted = 0;
  for (std::size_t i = 0; i < data.size() - 10; ++i)
    wanted += std::to_integer<std::uint64_t>(data[i]);
  EXPECT_EQ(sum, wanted);
}

// Event loops that go away under everything: nothing may leak (run under LeakSanitizer), and
// nothing may be used after it is gone.

asio::awaitable<void> hold(event_loop& loop, std::unique_ptr<stream> carrier,
                           association_options options, std::size_t size) {
  proposals wanted{sop::verification};
  wanted.add(ct_uid, explicit_le);
  association assoc =
      co_await associate(loop.executor(), std::move(carrier), "SCP", std::move(wanted), options);
  if (size == 0) co_await echo_code(assoc);
  else co_await store_bytes(assoc, size);
  co_await assoc.release();
}

void leave(association_options options, script const& s, std::size_t size, duration after) {
  event_loop loop;
  options.clock = &loop.clock();
  auto both = make_duplex(loop.executor());
  auto const played = loop.spawn(scripted_peer::play(
      std::make_unique<scripted_peer>(loop.executor(), loop.clock(), std::move(both.second), s)));
  auto const held = loop.spawn(hold(loop, std::move(both.first), options, size));
  loop.run_for(after);
  EXPECT_FALSE(held->done);
}

TEST(session, a_loop_goes_away_under_a_client) {
  script silent{"silent"};
  silent.expect(type::associate_rq).wait(5000s);
  leave({}, silent, 0, 1s);
  auto mute = accepting("mute");
  mute.expect_message(0x0030).wait(5000s);
  leave({}, mute, 0, 1s);
  leave({}, mute, 0, 100s);
  auto deaf = accepting("deaf");
  deaf.wait(5000s);
  leave({}, deaf, 300'000, 1s);
  auto forgetful = accepting("forgetful");
  forgetful.expect_message(0x0030).send_raw(codimse::testing::message_pdus(1, echo_rsp(1)));
  forgetful.wait(5000s);
  leave({}, forgetful, 0, 1s);
}

TEST(session, a_loop_goes_away_under_a_client_without_deadlines) {
  association_options options;
  options.timeouts = {duration{}, duration{}, duration{}, duration{}, duration{}};
  auto mute = accepting("mute");
  mute.expect_message(0x0030).wait(5000s);
  leave(options, mute, 0, 1s);
  leave(options, mute, 0, 1000s);
  auto deaf = accepting("deaf");
  deaf.wait(5000s);
  leave(options, deaf, 300'000, 1000s);
}

TEST(session, a_loop_goes_away_under_everything) {
  for (auto const after : {0s, 1s, 10s, 100s}) {
    pair_of_ours p;
    p.options.timeouts.dimse = after == 100s ? duration{} : duration{120s};
    p.options.operations_invoked = 3;
    p.options.operations_performed = 3;
    p.connect([](ledger& book, c_store_rq const& rq, incoming_data_set& data) -> reply {
      if (rq.message_id == 1) co_await data.read_all();
      else co_await data.next();
      co_await book.loop.clock().sleep(book.loop.executor(), 5000s);
      co_return status::success;
    });
    auto const one = p.loop.spawn(store_bytes(*p.assoc, 1000));
    auto const two = p.loop.spawn(store_bytes(*p.assoc, 2'000'000));
    auto const three = p.loop.spawn(store_bytes(*p.assoc, 1000));
    auto const four = p.loop.spawn(echo_code(*p.assoc));
    p.loop.run_for(after);
  }
}

TEST(session, a_loop_goes_away_under_a_handler) {
  for (auto const after : {1s, 1000s}) {
    event_loop loop;
    auto both = make_duplex(loop.executor());
    acceptor_setup setup;
    setup.store = [](ledger& book, c_store_rq const&, incoming_data_set& data) -> reply {
      outcome const how = co_await data.save(test_sink{book, "", 5000s});
      co_return how;
    };
    auto const tested = loop.spawn(acceptor(setup)(loop, std::move(both.first)));
    auto s = requesting("store");
    s.send_raw(store_message(1, some_data(1000), 100)).wait(9000s);
    auto const played = loop.spawn(scripted_peer::play(
        std::make_unique<scripted_peer>(loop.executor(), loop.clock(), std::move(both.second), s)));
    loop.run_for(after);
    EXPECT_FALSE(tested->done);
  }
}

/// Turns of the event loop that it takes to deal with what a peer sends at once.
std::size_t turns_for(bytes const& sent) {
  event_loop loop;
  portless_scp scp{options_for(loop), verification{}};
  auto both = make_duplex(loop.executor(), std::size_t{1024} * 1024);
  bytes all = pdu::encode(request());
  append(all, sent);
  append(all, pdu::encode(pdu::abort{}));
  std::array const whole{std::span<std::byte const>{all}};
  EXPECT_EQ(both.second->write_some(whole).bytes, all.size());
  auto const served = loop.spawn(scp.serve(loop.executor(), std::move(both.first)));
  std::size_t turns = 0;
  loop.run_until([&] {
    ++turns;
    return served->done;
  });
  EXPECT_TRUE(served->done);
  return turns;
}

// Bytes alone do not say how long it takes: others wait for as long.
TEST(session, empty_pdus_and_fragments_do_not_keep_others_waiting) {
  bytes pdus;
  for (int i = 0; i < 40'000; ++i) append(pdus, bytes{std::byte{4}, {}, {}, {}, {}, {}});
  bytes fragments(6);
  fragments[0] = std::byte{4};
  store_big(fragments.data() + 2, std::uint32_t{20'000 * 6});
  for (int i = 0; i < 20'000; ++i)
    append(fragments, bytes{{}, {}, {}, std::byte{2}, std::byte{1}, std::byte{1}});
  std::size_t const usual = turns_for({});
  EXPECT_GE(turns_for(pdus), usual + 10);
  EXPECT_GE(turns_for(fragments), usual + 5);
}

}  // namespace

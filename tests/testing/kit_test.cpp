// SPDX-License-Identifier: BSL-1.0
#include <codimse/dimse/c_echo.hpp>
#include <codimse/testing/duplex_stream.hpp>
#include <codimse/testing/event_loop.hpp>
#include <codimse/testing/exercise.hpp>
#include <codimse/testing/fault_injector.hpp>
#include <codimse/testing/scripted_peer.hpp>
#include <codimse/testing/virtual_clock.hpp>
#include <codimse/testing/wire.hpp>

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace codimse;
using namespace codimse::testing;
using namespace std::chrono_literals;

std::size_t write(stream& to, std::size_t n) {
  bytes const data(n, std::byte{7});
  std::array const pieces{std::span<std::byte const>{data}};
  return to.write_some(pieces).bytes;
}
stream::io_result read(stream& from, std::size_t n = 1000) {
  bytes into(n);
  return from.read_some(into);
}

TEST(duplex_stream, is_bounded_in_each_direction) {
  event_loop loop;
  auto both = make_duplex(loop.executor(), 10);
  EXPECT_EQ(write(*both.first, 15), 10U);
  EXPECT_EQ(write(*both.first, 1), 0U);
  EXPECT_EQ(write(*both.second, 4), 4U);
  EXPECT_EQ(both.second->unread(), 10U);
  auto const waiting = loop.spawn(both.first->wait_writable());
  loop.settle();
  EXPECT_FALSE(waiting->done);
  EXPECT_EQ(read(*both.second, 3).bytes, 3U);
  loop.settle();
  ASSERT_TRUE(waiting->done);
  EXPECT_FALSE(waiting->take());
  EXPECT_EQ(write(*both.first, 15), 3U);
}

TEST(duplex_stream, delivers_in_small_pieces) {
  event_loop loop;
  auto both = make_duplex(loop.executor());
  both.first->max_read(1);
  both.first->max_write(2);
  EXPECT_EQ(write(*both.second, 5), 5U);
  EXPECT_EQ(read(*both.first).bytes, 1U);
  EXPECT_EQ(write(*both.first, 5), 2U);
}

TEST(duplex_stream, ends_like_tcp) {
  event_loop loop;
  auto both = make_duplex(loop.executor());
  EXPECT_EQ(read(*both.second).error, asio::error::would_block);
  write(*both.first, 5);
  EXPECT_FALSE(both.second->peer_closed());
  both.first->shutdown_send();
  EXPECT_TRUE(both.second->peer_closed());
  EXPECT_EQ(read(*both.second).bytes, 5U);
  EXPECT_EQ(read(*both.second).error, asio::error::eof);
  EXPECT_EQ(write(*both.second, 3), 3U);  // the other direction lives
  EXPECT_EQ(read(*both.first).bytes, 3U);
  both.first->close();
  std::array const piece{std::span<std::byte const>{}};
  EXPECT_EQ(both.second->write_some(piece).error, asio::error::broken_pipe);
  EXPECT_EQ(read(*both.first).error, asio::error::bad_descriptor);
}

TEST(duplex_stream, a_reset_loses_what_is_under_way) {
  event_loop loop;
  auto both = make_duplex(loop.executor());
  write(*both.first, 5);
  auto const waiting = loop.spawn(both.first->wait_readable());
  loop.settle();
  both.first->reset();
  loop.settle();
  EXPECT_TRUE(waiting->done);
  EXPECT_EQ(read(*both.second).error, asio::error::connection_reset);
  EXPECT_EQ(read(*both.first).error, asio::error::connection_reset);
}

TEST(duplex_stream, close_ends_waits) {
  event_loop loop;
  auto both = make_duplex(loop.executor());
  auto const own = loop.spawn(both.first->wait_readable());
  auto const other = loop.spawn(both.second->wait_readable());
  loop.settle();
  both.first->close();
  loop.settle();
  EXPECT_EQ(own->take(), asio::error::operation_aborted);
  EXPECT_FALSE(other->take());
}

TEST(virtual_clock, rings_in_order) {
  event_loop loop;
  auto& clock = loop.clock();
  std::string rung;
  auto const a = clock.make_alarm(loop.executor());
  auto const b = clock.make_alarm(loop.executor());
  auto const c = clock.make_alarm(loop.executor());
  auto const begun = clock.now();
  a->arm(begun + 2s, [&] { rung += 'a'; });
  b->arm(begun + 1s, [&] { rung += 'b'; });
  c->arm(begun + 2s, [&] { rung += 'c'; });
  clock.advance(1s);
  EXPECT_EQ(rung, "");  // posted, not called from within
  loop.settle();
  EXPECT_EQ(rung, "b");
  EXPECT_EQ(clock.next(), begun + 2s);
  clock.advance(9s);
  loop.settle();
  EXPECT_EQ(rung, "bac");
  EXPECT_FALSE(clock.advance_to_next());
}

TEST(virtual_clock, cancelled_and_rearmed_alarms_do_not_ring) {
  event_loop loop;
  auto& clock = loop.clock();
  std::string rung;
  auto bell = clock.make_alarm(loop.executor());
  bell->arm(clock.now() + 1s, [&] { rung += '1'; });
  bell->arm(clock.now() + 2s, [&] { rung += '2'; });
  clock.advance(1s);
  loop.settle();
  EXPECT_EQ(rung, "");
  clock.advance(1s);
  bell->cancel();  // due, but not run yet
  loop.settle();
  EXPECT_EQ(rung, "");
  bell->arm(clock.now() + 1s, [&] { rung += '3'; });
  bell.reset();
  clock.advance(1s);
  loop.settle();
  EXPECT_EQ(rung, "");
}

TEST(virtual_clock, a_ring_is_destroyed_with_its_loop) {
  auto const token = std::make_shared<int>(1);
  virtual_clock clock;
  std::unique_ptr<codimse::alarm> bell;
  {
    asio::io_context context;
    bell = clock.make_alarm(context.get_executor());
    bell->arm(clock.now() + 1s, [token] {});
    EXPECT_EQ(token.use_count(), 2);
    bell.reset();
    context.poll();
    EXPECT_EQ(token.use_count(), 1);
    auto const second = clock.make_alarm(context.get_executor());
    second->arm(clock.now() + 1s, [token] {});
  }
  EXPECT_EQ(token.use_count(), 1);
}

asio::awaitable<int> sleeper(event_loop& loop) {
  co_await loop.clock().sleep(loop.executor(), 100h / 3);
  co_return 5;
}
asio::awaitable<void> waits_forever(event_loop& loop) {
  auto both = make_duplex(loop.executor());
  co_await both.first->wait_readable();
}
asio::awaitable<void> throws() {
  throw std::runtime_error{"thrown"};
  co_return;
}

TEST(event_loop, time_passes_only_in_it) {
  event_loop loop;
  auto const begun = loop.clock().now();
  EXPECT_EQ(loop.run(sleeper(loop)), 5);
  EXPECT_EQ(loop.clock().now() - begun, 100h / 3);
  loop.run_for(3s);
  EXPECT_EQ(loop.clock().now() - begun, 100h / 3 + 3s);
}

TEST(event_loop, a_hang_is_a_failure) {
  event_loop loop;
  EXPECT_THROW(loop.run(waits_forever(loop)), hang);
  run_bounds bounds;
  bounds.time = 1h;
  EXPECT_THROW(loop.run(sleeper(loop), bounds), hang);
  EXPECT_THROW(loop.run(throws()), std::runtime_error);
}

TEST(fault_injector, cuts_stalls_and_splits) {
  event_loop loop;
  auto both = make_duplex(loop.executor());
  faults plan;
  plan.end_reading(5).split_reads({1, 3}).stall_writing(4).split_writes({3});
  fault_injector bad{loop.executor(), std::move(both.first), plan};
  write(*both.second, 10);
  EXPECT_EQ(read(bad).bytes, 1U);
  EXPECT_EQ(read(bad).bytes, 3U);
  EXPECT_FALSE(bad.peer_closed());
  EXPECT_EQ(read(bad).bytes, 1U);
  EXPECT_EQ(read(bad).error, asio::error::eof);
  EXPECT_TRUE(bad.peer_closed());
  EXPECT_EQ(write(bad, 10), 3U);
  EXPECT_EQ(write(bad, 10), 1U);
  EXPECT_EQ(write(bad, 10), 0U);
  auto const stalled = loop.spawn(bad.wait_writable());
  loop.settle();
  EXPECT_FALSE(stalled->done);
  bad.close();
  loop.settle();
  EXPECT_TRUE(stalled->done);
}

TEST(fault_injector, fails_with_any_error) {
  event_loop loop;
  auto both = make_duplex(loop.executor());
  faults plan;
  plan.reset_writing(2).fail_reading(0, asio::error::timed_out);
  fault_injector bad{loop.executor(), std::move(both.first), plan};
  EXPECT_EQ(write(bad, 10), 2U);
  std::array const piece{std::span<std::byte const>{}};
  EXPECT_EQ(bad.write_some(piece).error, asio::error::connection_reset);
  EXPECT_EQ(read(bad).error, asio::error::timed_out);
  EXPECT_FALSE(loop.run(bad.wait_readable()));
}

TEST(wire, joins_what_it_makes) {
  c_echo_rq const rq{.message_id = 9};
  message_joiner joiner;
  auto const all = message_pdus(3, rq, text_bytes("abcdef"), 4);
  for (std::size_t at = 0; at < all.size();) {
    std::size_t const length = load_big<std::uint32_t>(all.data() + at + 2);
    EXPECT_EQ(joiner.take(std::span{all}.subspan(at + 6, length)), "");
    at += 6 + length;
  }
  ASSERT_EQ(joiner.complete.size(), 1U);
  EXPECT_EQ(joiner.complete[0].data, text_bytes("abcdef"));
  EXPECT_EQ(joiner.complete[0].data_fragments, 2U);
  EXPECT_EQ(joiner.complete[0].describe(), "C-ECHO-RQ 9");
  auto const half = pdv(1, true, false, text_bytes("x"));
  auto const other = pdv(3, true, true, text_bytes("y"));
  EXPECT_EQ(joiner.take(half), "");
  EXPECT_NE(joiner.take(other), "");
}

/// Answers every release request, and whatever else comes, with a release response.
asio::awaitable<system_end> simpleton(std::unique_ptr<stream> carrier) {
  system_end end;
  for (;;) {
    bytes into(100);
    auto const got = carrier->read_some(into);
    if (got.bytes > 0) {
      auto const answer = pdu::encode(pdu::release_rp{});
      std::array const pieces{std::span<std::byte const>{answer}};
      carrier->write_some(pieces);
      continue;
    }
    std::error_code failed = got.error;
    if (failed == asio::error::would_block) failed = co_await carrier->wait_readable();
    if (failed) break;
  }
  co_return end;
}
system_under_test simple() {
  return [](event_loop&, std::unique_ptr<stream> carrier) { return simpleton(std::move(carrier)); };
}

TEST(exercise, finds_what_is_wrong) {
  script good{"good"};
  good.send(pdu::release_rq{}).expect(pdu::pdu_type::release_rp);
  EXPECT_EQ(play(good, simple()).seen.problem, "");
  script bad{"bad"};
  bad.send(pdu::release_rq{}).expect(pdu::pdu_type::abort);
  EXPECT_NE(play(bad, simple()).seen.problem.find("A-RELEASE-RP"), std::string::npos);
  script hangs{"hangs"};
  hangs.expect(pdu::pdu_type::abort);
  auto const hung = play(hangs, simple());
  EXPECT_TRUE(hung.hung);
  EXPECT_FALSE(hung.hang_reason.empty());
  // Byte by byte the simpleton answers ten times: narrow connections must end alike, and the
  // errors that it does not report are missed.
  auto const report = exercise(good, simple());
  EXPECT_EQ(report.steps, 2U);
  EXPECT_EQ(report.failing_steps, 6U);
  EXPECT_EQ(report.cuts, 10U);
  EXPECT_EQ(report.replays, 20U);
}

}  // namespace

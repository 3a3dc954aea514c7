// SPDX-License-Identifier: BSL-1.0
// Several threads on one event loop: each association on a strand of its own.
#include "service/harness.hpp"

#include <atomic>
#include <thread>

namespace {

using namespace harness;

struct counting_echo {
  static constexpr auto sop_classes = sop::verification;
  struct association_state {
    int count = 0;  // not atomic: one strand per association
  };
  std::atomic<int>* all;
  std::atomic<int>* ends;
  reply on(c_echo_rq const&, association_state& state) {
    ++*all;
    co_return ++state.count <= 200 ? status::success : status::processing_failure;
  }
  void on(association_ended const&) { ++*ends; }
};

task echo_many(asio::any_io_executor executor, std::uint16_t port, std::atomic<int>& good) {
  peer const to{.host = "127.0.0.1", .port = port};
  auto assoc = co_await connect(executor, to, sop::verification);
  for (int i = 0; i < 200; ++i) {
    auto const rsp = co_await assoc.request(c_echo_rq{});
    if (rsp.status == status::success) ++good;
  }
  co_await assoc.release();
}

TEST(threads, four_associations_over_two_threads) {
  asio::io_context io;
  std::atomic<int> all = 0, ends = 0, good = 0, clients = 4, returned = 0, failures = 0;
  auto options = local_options();
  options.several_threads = true;
  server s{io.get_executor(), options, counting_echo{&all, &ends}};
  asio::co_spawn(io, s.run(), [&returned](std::exception_ptr) { ++returned; });
  for (int i = 0; i < 4; ++i) {
    asio::any_io_executor const strand = asio::make_strand(io);
    auto done = [&](std::exception_ptr failed) {
      if (failed) ++failures;
      if (--clients == 0) s.stop(5s);
    };
    asio::co_spawn(strand, echo_many(strand, s.port(), good), done);
  }
  std::thread second{[&io] { io.run_for(60s); }};
  io.run_for(60s);
  second.join();
  EXPECT_EQ(returned, 1);
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(good, 800);
  EXPECT_EQ(all, 800);
  EXPECT_EQ(ends, 4);
}

TEST(threads, connections_come_and_go_while_stop_is_called_from_outside) {
  asio::io_context io;
  std::atomic<int> returned = 0, rounds = 0;
  auto options = local_options();
  options.several_threads = true;
  server s{io.get_executor(), options, verification{}};
  asio::co_spawn(io, s.run(), [&returned](std::exception_ptr) { ++returned; });
  auto const come_and_go = [](asio::any_io_executor executor, std::uint16_t port,
                              std::atomic<int>& count) -> task {
    peer const to{.host = "127.0.0.1", .port = port};
    for (;;) {  // until nobody listens any more
      auto assoc = co_await connect(executor, to, sop::verification);
      co_await assoc.request(c_echo_rq{});
      ++count;
      if (count % 3 == 0) assoc.abort();
      else co_await assoc.release();
    }
  };
  for (int i = 0; i < 4; ++i) {
    asio::any_io_executor const strand = asio::make_strand(io);
    asio::co_spawn(strand, come_and_go(strand, s.port(), rounds), [](std::exception_ptr) {});
  }
  std::thread second{[&io] { io.run_for(60s); }};
  std::thread third{[&io] { io.run_for(60s); }};
  std::this_thread::sleep_for(300ms);
  s.stop(50ms);
  second.join();
  third.join();
  EXPECT_EQ(returned, 1);
  EXPECT_GT(rounds, 0);
}

}  // namespace

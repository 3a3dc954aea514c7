// SPDX-License-Identifier: BSL-1.0
// How a server ends.
#include "service/harness.hpp"

namespace {

using namespace harness;
using std::chrono::steady_clock;

struct slow_echo {
  static constexpr auto sop_classes = sop::verification;
  duration takes;
  int* begun;
  int* frames;
  reply on(c_echo_rq const&) {
    struct counter {
      int& n;
      explicit counter(int& count) : n{count} { ++n; }
      counter(counter const&) = delete;
      counter& operator=(counter const&) = delete;
      ~counter() { --n; }
    } const alive{*frames};
    ++*begun;
    auto const executor = co_await asio::this_coro::executor;
    asio::steady_timer timer{executor, takes};
    co_await timer.async_wait(asio::use_awaitable);
    co_return status::success;
  }
};

struct result_of_client {
  bool answered = false;
  bool released = false;
  bool failed = false;
};

task ask(loop& lo, std::uint16_t port, result_of_client& into, bool release) {
  try {
    auto assoc = co_await lo.connect(port, sop::verification);
    auto const rsp = co_await assoc.request(c_echo_rq{});
    into.answered = rsp.status == status::success;
    if (!release) co_await lo.sleep(20s);
    co_await assoc.release();
    into.released = true;
  } catch (std::exception const&) {
    into.failed = true;
  }
}
template <class Server>
task stop_when_begun(Server& s, int& begun, std::vector<duration> graces) {
  while (begun == 0) co_await loop::sleep(5ms);
  for (auto const grace : graces) {
    s.stop(grace);
    co_await loop::sleep(50ms);
  }
}

struct outcome_of_stop {
  result_of_client client;
  duration took{};
  int frames_left = 0;
};
outcome_of_stop stop_during(duration handler_takes, std::vector<duration> graces) {
  outcome_of_stop out;
  int begun = 0;
  loop l;
  server s{l.executor(), local_options(), slow_echo{handler_takes, &begun, &out.frames_left}};
  auto const start = steady_clock::now();
  bool returned = false;
  auto const serve = [](auto& srv, bool& done, int& frames) -> task {
    co_await srv.run();
    done = true;
    EXPECT_EQ(frames, 0) << "a handler outlived run()";
  };
  l.spawn(serve(s, returned, out.frames_left));
  l.spawn(ask(l, s.port(), out.client, true));
  l.spawn(stop_when_begun(s, begun, std::move(graces)));
  l.run();
  EXPECT_TRUE(returned);
  out.took = steady_clock::now() - start;
  return out;
}

TEST(stop, what_runs_is_finished) {
  auto const out = stop_during(200ms, {10s});
  EXPECT_TRUE(out.client.answered && out.client.released);
  EXPECT_GE(out.took, 200ms);
  EXPECT_LT(out.took, 5s);
}

TEST(stop, deadline_aborts) {
  auto const out = stop_during(15s, {100ms});
  EXPECT_TRUE(out.client.failed);
  EXPECT_LT(out.took, 5s);
}

TEST(stop, second_stop_aborts_at_once) {
  auto const out = stop_during(15s, {20s, 20s});
  EXPECT_TRUE(out.client.failed);
  EXPECT_LT(out.took, 5s);
}

TEST(stop, without_grace) {
  auto const out = stop_during(15s, {0s});
  EXPECT_TRUE(out.client.failed);
  EXPECT_LT(out.took, 5s);
}

TEST(stop, nobody_new_is_let_in) {
  loop l;
  server s{l.executor(), local_options(), verification{}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    auto assoc = co_await lo.connect(port, sop::verification);
    co_await assoc.release();
  });
  std::string what;
  auto const late = [](loop& lo, std::uint16_t port, std::string& said) -> task {
    try {
      co_await lo.connect(port, sop::verification);
    } catch (error const& e) {
      EXPECT_EQ(e.code(), errc::connect_failed);
      said = e.what();
    }
  };
  l.io.restart();
  l.spawn(late(l, s.port(), what));
  l.run();
  EXPECT_EQ(what,
            "cannot connect to 127.0.0.1:" + std::to_string(s.port()) + ": Connection refused");
}

TEST(stop, before_anyone_came) {
  loop l;
  server s{l.executor(), local_options(), verification{}};
  l.play(s, [](loop&, std::uint16_t) -> task { co_return; });
}

TEST(stop, before_run) {
  loop l;
  server s{l.executor(), local_options(), verification{}};
  s.stop();
  l.spawn(loop::sleep(10ms));
  l.run();
  l.io.restart();
  l.spawn(s.run());
  l.run();
}

TEST(stop, destroying_the_server_aborts) {
  loop l;
  result_of_client client;
  {
    int begun = 0, frames = 0;
    std::optional<server<slow_echo>> s;
    s.emplace(l.executor(), local_options(), slow_echo{15s, &begun, &frames});
    l.spawn(s->run());
    l.spawn(ask(l, s->port(), client, true));
    auto const destroy = [](auto& srv, int& started) -> task {
      while (started == 0) co_await loop::sleep(5ms);
      srv.reset();
    };
    l.spawn(destroy(s, begun));
    l.run();
    EXPECT_EQ(frames, 0);
  }
  EXPECT_TRUE(client.failed);
}

TEST(stop, cancelling_run_aborts_and_still_joins) {
  loop l;
  int begun = 0, frames = 0;
  result_of_client client;
  server s{l.executor(), local_options(), slow_echo{15s, &begun, &frames}};
  asio::cancellation_signal cancel;
  bool returned = false;
  auto on_return = [&](std::exception_ptr) {
    returned = true;
    EXPECT_EQ(frames, 0);
  };
  asio::co_spawn(l.io, s.run(), asio::bind_cancellation_slot(cancel.slot(), on_return));
  l.spawn(ask(l, s.port(), client, true));
  auto const give_up = [](asio::cancellation_signal& c, int& started) -> task {
    while (started == 0) co_await loop::sleep(5ms);
    c.emit(asio::cancellation_type::terminal);
  };
  l.spawn(give_up(cancel, begun));
  l.run();
  EXPECT_TRUE(returned && client.failed);
}

}  // namespace

// SPDX-License-Identifier: BSL-1.0
// Who is let in, how many, and what happens when the system has nothing left.
#include "sanitized.hpp"
#include "service/harness.hpp"

#include <memory>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace harness;

asio::awaitable<std::optional<pdu::associate_rj>> try_associate(loop& lo, std::uint16_t port,
                                                                ae_title called, ae_title calling) {
  raw_peer<> raw{lo.executor()};
  co_await raw.connect(port);
  auto rq = raw.request({std::string{sop::verification.uid}});
  rq.called = called.to_field();
  rq.calling = calling.to_field();
  auto const got = co_await raw.associate(rq);
  std::optional<pdu::associate_rj> answer;
  if (got.type == 3) answer = pdu::decode<pdu::associate_rj>(got.body).value_or_throw();
  co_return answer;
}

TEST(limits, ae_titles) {
  loop l;
  std::vector<ae_title> const friends{"FRIEND", "OTHER FRIEND"};
  auto options = local_options();
  options.require_called_ae_title = true;
  options.calling_ae_titles = friends;
  server s{l.executor(), options, verification{}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    auto const good = co_await try_associate(lo, port, "SERVER", "FRIEND");
    EXPECT_FALSE(good.has_value());
    auto const also_good = co_await try_associate(lo, port, "SERVER", "OTHER FRIEND");
    EXPECT_FALSE(also_good.has_value());
    auto const called = co_await try_associate(lo, port, "server", "FRIEND");
    EXPECT_EQ(called, (pdu::associate_rj{1, 1, 7}));
    auto const calling = co_await try_associate(lo, port, "SERVER", "STRANGER");
    EXPECT_EQ(calling, (pdu::associate_rj{1, 1, 3}));
    bool rejected = false;
    try {
      peer const to{.host = "127.0.0.1", .port = port, .called_ae_title = "WRONG"};
      co_await connect(lo.executor(), to, sop::verification, client_options("FRIEND"));
    } catch (association_rejected const& e) {
      rejected = true;
      EXPECT_EQ(e.answer(), (pdu::associate_rj{1, 1, 7}));
      EXPECT_STREQ(e.what(), "association rejected, permanent: called AE title not recognized");
    }
    EXPECT_TRUE(rejected);
  });
}

asio::awaitable<std::optional<association>> open_if_allowed(loop& lo, std::uint16_t port) {
  std::optional<association> opened;
  try {
    opened.emplace(co_await lo.connect(port, sop::verification));
  } catch (association_rejected const& e) {
    EXPECT_EQ(e.answer(), (pdu::associate_rj{2, 3, 2}));
    EXPECT_TRUE(e.answer().transient());
  }
  co_return opened;
}

TEST(limits, associations_are_counted_exactly) {
  loop l;
  auto options = local_options();
  options.max_associations = 3;
  server s{l.executor(), options, verification{}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    for (int round = 0; round < 5; ++round) {
      std::vector<association> open;
      for (int i = 0; i < 3; ++i) {
        auto one = co_await open_if_allowed(lo, port);
        EXPECT_TRUE(one.has_value()) << "round " << round << ", association " << i;
        if (one) open.push_back(std::move(*one));
      }
      for (int i = 0; i < 3; ++i) {
        auto const refused = co_await open_if_allowed(lo, port);
        EXPECT_FALSE(refused.has_value());
      }
      // Places come back however an association ends.
      co_await open.front().release();
      open.clear();  // the others are aborted
      co_await lo.sleep(50ms);
    }
  });
}

TEST(limits, silent_connections_do_not_keep_a_good_client_out) {
  loop l;
  server s{l.executor(), local_options(), verification{}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    std::vector<std::unique_ptr<raw_peer<>>> silent;
    for (int i = 0; i < 500; ++i) {
      silent.push_back(std::make_unique<raw_peer<>>(lo.executor()));
      co_await silent.back()->connect(port);
    }
    auto const begun = std::chrono::steady_clock::now();
    auto assoc = co_await lo.connect(port, sop::verification);
    for (int i = 0; i < 20; ++i) {
      auto const rsp = co_await assoc.request(c_echo_rq{});
      EXPECT_EQ(rsp.status, status::success);
    }
    co_await assoc.release();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
  });
}

// Out of descriptors, in a process of its own.

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  auto const seconds = [](timeval const& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// 0: good; other values say what went wrong.
int starve() {
  loop l;
  server s{l.executor(), local_options(), verification{}};
  // The clients' sockets exist before the descriptors run out; connecting needs no more.
  std::vector<std::unique_ptr<raw_peer<>>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<raw_peer<>>(l.executor()));
    clients.back()->socket().open(asio::ip::tcp::v4());
  }
  int const next = ::dup(0);
  ::close(next);
  rlimit few{};
  ::getrlimit(RLIMIT_NOFILE, &few);
  rlimit const before = few;
  few.rlim_cur = static_cast<rlim_t>(next);
  if (::setrlimit(RLIMIT_NOFILE, &few) != 0) return 77;
  l.spawn(s.run());
  for (auto& one : clients) l.spawn(one->connect(s.port()));
  double const cpu = cpu_seconds();
  l.io.run_for(1s);
  if (cpu_seconds() - cpu > 0.5) return 2;  // it spins
  ::setrlimit(RLIMIT_NOFILE, &before);
  // And when there are descriptors again, the waiting connections are served.
  std::optional<std::uint8_t> answer;
  auto const ask = [](raw_peer<>& client, std::optional<std::uint8_t>& into, auto& srv) -> task {
    auto const rq = client.request({std::string{sop::verification.uid}});
    auto const got = co_await client.associate(rq);
    into = got.type;
    srv.stop(0s);
  };
  l.io.restart();
  l.spawn(ask(*clients.front(), answer, s));
  l.io.run_for(10s);
  return answer == 2 ? 0 : 3;
}

TEST(limits, out_of_descriptors_backs_off) {
  if (address_sanitized)
    GTEST_SKIP() << "UBSan needs descriptors of its own to look at memory, and there are none left";
  pid_t const child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::alarm(30);
    ::_exit(starve());
  }
  int how = 0;
  ASSERT_EQ(::waitpid(child, &how, 0), child);
  ASSERT_TRUE(WIFEXITED(how)) << "ended by signal " << WTERMSIG(how);
  if (WEXITSTATUS(how) == 77) GTEST_SKIP() << "setrlimit is not allowed here";
  EXPECT_EQ(WEXITSTATUS(how), 0) << "2: it spins; 3: not served afterwards";
}

}  // namespace

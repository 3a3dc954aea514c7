// SPDX-License-Identifier: BSL-1.0
// How connecting fails, and that a peer that goes away kills nothing.
#include "service/harness.hpp"

#include <memory>
#include <unistd.h>

namespace {

using namespace harness;
using std::chrono::steady_clock;

struct failure {
  std::error_code code;
  std::string what;
};

task connect_and_note(loop& lo, peer to, proposals wanted, association_options options,
                      failure& into) {
  try {
    co_await connect(lo.executor(), to, std::move(wanted), options);
  } catch (error const& e) {
    into = {e.code(), e.what()};
  }
}
failure failure_of(peer to, association_options options = {},
                   proposals wanted = sop::verification) {
  loop l;
  failure out;
  l.spawn(connect_and_note(l, to, std::move(wanted), options, out));
  l.run();
  return out;
}

std::uint16_t closed_port() {
  asio::io_context io;
  asio::ip::tcp::acceptor taken{io, {asio::ip::address_v4::loopback(), 0}};
  return taken.local_endpoint().port();
}

TEST(connecting, refused) {
  auto const port = closed_port();
  auto const got = failure_of({.host = "127.0.0.1", .port = port});
  EXPECT_EQ(got.code, errc::connect_failed);
  EXPECT_EQ(got.what,
            "cannot connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
}

TEST(connecting, unix_domain_socket_that_is_not_there) {
  auto const got = failure_of({.host = "unix:/nonexistent/socket"});
  EXPECT_EQ(got.code, errc::connect_failed);
  EXPECT_EQ(got.what, "cannot connect to unix:/nonexistent/socket: No such file or directory");
}

TEST(connecting, unusable_hosts) {
  EXPECT_EQ(failure_of({.host = ""}).code, errc::invalid_argument);
  EXPECT_EQ(failure_of({.host = std::string(300, 'h')}).code, errc::invalid_argument);
}

TEST(connecting, unresolvable) {
  association_options options;
  options.timeouts.connect = 5s;
  auto const begun = steady_clock::now();
  // RFC 6761: never resolves. Without a resolver to ask it may take until the deadline.
  auto const got = failure_of({.host = "no-such-host.invalid", .port = 104}, options);
  EXPECT_TRUE(got.code == errc::connect_failed || got.code == errc::connect_timeout) << got.what;
  EXPECT_NE(got.what.find("no-such-host.invalid"), std::string::npos);
  EXPECT_LT(steady_clock::now() - begun, 20s);
}

TEST(connecting, nobody_accepts) {
  // A backlog of one, full: the system answers no further SYN.
  asio::io_context io;
  asio::ip::tcp::acceptor full{io};
  full.open(asio::ip::tcp::v4());
  full.bind({asio::ip::address_v4::loopback(), 0});
  full.listen(0);
  auto const port = full.local_endpoint().port();
  std::vector<std::unique_ptr<asio::ip::tcp::socket>> fill;
  for (int i = 0; i < 8; ++i) {
    fill.push_back(std::make_unique<asio::ip::tcp::socket>(io));
    fill.back()->async_connect(full.local_endpoint(), [](std::error_code) {});
  }
  io.run_for(200ms);
  association_options options;
  options.timeouts.connect = 300ms;
  options.timeouts.acse = 300ms;  // where the system connects nevertheless, nobody answers
  auto const begun = steady_clock::now();
  auto const got = failure_of({.host = "127.0.0.1", .port = port}, options);
  EXPECT_TRUE(got.code == errc::connect_timeout || got.code == errc::acse_timeout) << got.what;
  EXPECT_GE(steady_clock::now() - begun, 250ms);
  EXPECT_LT(steady_clock::now() - begun, 5s);
}

TEST(connecting, too_many_contexts) {
  proposals wanted;
  for (int i = 0; i < 129; ++i) wanted.add("2.25." + std::to_string(i + 1));
  // Before anything is sent, but not before the connection; nobody need read it.
  loop l;
  server s{l.executor(), local_options(), verification{}};
  failure got;
  auto const client = [&](loop& lo, std::uint16_t port) {
    return connect_and_note(lo, {.host = "127.0.0.1", .port = port}, wanted, {}, got);
  };
  l.play(s, client);
  EXPECT_EQ(got.code, errc::too_many_presentation_contexts);
}

TEST(connecting, all_128_contexts) {
  loop l;
  server s{l.executor(), local_options(), verification{}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    proposals wanted;
    for (int i = 0; i < 127; ++i) wanted.add("2.25." + std::to_string(i + 1));
    wanted.add(sop::verification.uid);
    auto assoc = co_await lo.connect(port, wanted);
    auto const rsp = co_await assoc.request(c_echo_rq{});
    EXPECT_EQ(rsp.status, status::success);
    co_await assoc.release();
  });
}

TEST(connecting, nothing_accepted) {
  loop l;
  server s{l.executor(), local_options(), verification{}};
  failure got;
  auto const client = [&](loop& lo, std::uint16_t port) {
    return connect_and_note(lo, {.host = "127.0.0.1", .port = port}, sop::ct_image_storage, {},
                            got);
  };
  l.play(s, client);
  EXPECT_EQ(got.code, errc::no_common_presentation_context);
}

// A peer that closes while we write: an error, not a signal.

struct takes_all {
  static constexpr auto sop_classes = sop::ct_image_storage;
  reply on(c_store_rq const&, incoming_data_set& data) {
    auto const how = co_await data.save(null_sink{});
    co_return how;
  }
};

task accept_then_vanish(asio::ip::tcp::acceptor& acceptor) {
  auto socket = co_await acceptor.async_accept(asio::use_awaitable);
  std::array<std::byte, 4096> request{};
  co_await socket.async_read_some(asio::buffer(request), asio::use_awaitable);
  pdu::associate_ac ac;
  pdu::presentation_context_ac context;
  context.id = 1;
  context.transfer_syntax = uid{"1.2.840.10008.1.2.1"};
  ac.contexts.push_back(context);
  ac.user.maximum_length = 16384;
  auto const answer = pdu::encode(ac);
  co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
  co_await socket.async_read_some(asio::buffer(request), asio::use_awaitable);
  socket.close();
}

TEST(connecting, peer_closes_while_we_write) {
  loop l;
  asio::ip::tcp::acceptor acceptor{l.io, {asio::ip::address_v4::loopback(), 0}};
  auto const port = acceptor.local_endpoint().port();
  l.spawn(accept_then_vanish(acceptor));
  auto const client = [](loop& lo, std::uint16_t to) -> task {
    auto assoc = co_await lo.connect(to, sop::ct_image_storage);
    std::vector<std::byte> const bytes(32 * 1024 * 1024);
    memory_source data{object(), bytes};
    bool failed = false;
    try {
      co_await assoc.request(store_request(), data);
    } catch (error const&) {
      failed = true;
    }
    EXPECT_TRUE(failed);
    EXPECT_FALSE(assoc.established());
  };
  l.spawn(client(l, port));
  l.run();
}

TEST(connecting, client_vanishes_while_the_server_answers) {
  loop l;
  server s{l.executor(), local_options(), verification{}, takes_all{}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    for (int i = 0; i < 20; ++i) {
      raw_peer<> raw{lo.executor()};
      co_await raw.connect(port);
      auto const rq = raw.request({std::string{sop::verification.uid}});
      co_await raw.associate(rq);
      std::vector<std::byte> many;
      auto const one = raw.p_data(1, true, any_command(0x0030, sop::verification.uid));
      for (int n = 0; n < 200; ++n) many.insert(many.end(), one.begin(), one.end());
      co_await raw.send(many);
      raw.socket().set_option(asio::socket_base::linger{true, 0});
      raw.socket().close();
    }
    auto assoc = co_await lo.connect(port, sop::verification);
    auto const rsp = co_await assoc.request(c_echo_rq{});
    EXPECT_EQ(rsp.status, status::success);
    co_await assoc.release();
  });
}

// Peer profiles.

/// A server that tells what it was offered.
struct counts_windows {
  static constexpr auto sop_classes = sop::verification;
  std::vector<std::string>* log;
  reply on(c_echo_rq const&) { co_return status::success; }
  decision on(pdu::associate_rq const& request) {
    log->emplace_back(request.user.window ? "window" : "no window");
    return decision::accept();
  }
  void on(association_ended const& how) { log->emplace_back(how.error ? "lost" : "released"); }
};

task echo_with_window(loop& l, std::uint16_t port, association_options options) {
  auto assoc = co_await l.connect(port, sop::verification, options);
  auto const rsp = co_await assoc.request(c_echo_rq{});
  EXPECT_EQ(rsp.status, status::success);
  co_await assoc.release();
}
std::vector<std::string> offered_to(peer_profile const& profile) {
  loop l;
  std::vector<std::string> log;
  server scp{l.executor(), local_options(), counts_windows{&log}};
  association_options options;
  options.operations_invoked = 4;
  options.peer_profiles = {&profile, 1};
  l.play(scp, [&](loop& lo, std::uint16_t port) { return echo_with_window(lo, port, options); });
  return log;
}

TEST(connecting, a_peer_that_must_not_be_offered_a_window_is_asked_again) {
  using lines = std::vector<std::string>;
  peer_profile profile{.implementation_class = implementation_class_uid.view()};
  EXPECT_EQ(offered_to(profile), (lines{"window", "released"}));
  profile.propose_window = false;
  EXPECT_EQ(offered_to(profile), (lines{"window", "released", "no window", "released"}));
  auto const known = profile.for_peer("SERVER");
  EXPECT_EQ(offered_to(known), (lines{"no window", "released"}));
}

}  // namespace

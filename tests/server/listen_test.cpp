// SPDX-License-Identifier: BSL-1.0
// Where a server listens, and what it says where it cannot.
#include "service/harness.hpp"

#include <filesystem>
#include <unistd.h>

namespace {

using namespace harness;

server_options listening_on(std::string_view address, std::uint16_t port = 0) {
  return {.ae_title = "SERVER", .port = port, .bind_address = address};
}

struct tells_peer {
  static constexpr auto sop_classes = sop::verification;
  std::string* address;
  reply on(c_echo_rq const&, association_info const& info) {
    *address = info.peer_address();
    co_return status::success;
  }
};

task echo_over(loop& lo, peer to) {
  auto assoc = co_await connect(lo.executor(), to, sop::verification);
  auto const rsp = co_await assoc.request(c_echo_rq{});
  EXPECT_EQ(rsp.status, status::success);
  co_await assoc.release();
}

/// Address of the client as the server saw it.
std::string echo_between(std::string_view bind_address, std::string_view host) {
  loop l;
  std::string address;
  server s{l.executor(), listening_on(bind_address), tells_peer{&address}};
  auto const client = [host](loop& lo, std::uint16_t port) {
    return echo_over(lo, peer{.host = host, .port = port});
  };
  l.play(s, client);
  return address;
}

bool has_ipv6() {
  asio::io_context io;
  std::error_code failed;
  asio::ip::tcp::acceptor probe{io};
  probe.open(asio::ip::tcp::v6(), failed);
  if (!failed) probe.bind({asio::ip::address_v6::loopback(), 0}, failed);
  return !failed;
}

TEST(listen, ipv4) {
  EXPECT_TRUE(echo_between("127.0.0.1", "127.0.0.1").starts_with("127.0.0.1:"));
}

TEST(listen, ipv6) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  EXPECT_TRUE(echo_between("::1", "::1").starts_with("[::1]:"));
}

TEST(listen, dual_stack) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  EXPECT_TRUE(echo_between("", "::1").starts_with("[::1]:"));
  EXPECT_TRUE(echo_between("", "127.0.0.1").starts_with("127.0.0.1:"));
}

TEST(listen, every_address_of_a_host_is_tried) {
  // `localhost` may also be ::1, where nobody listens.
  EXPECT_TRUE(echo_between("127.0.0.1", "localhost").starts_with("127.0.0.1:"));
}

TEST(listen, unix_domain) {
  auto const path = std::filesystem::temp_directory_path() /
                    ("codimse-test-" + std::to_string(::getpid()) + ".sock");
  std::string const name = "unix:" + path.string();
  EXPECT_TRUE(echo_between(name, name).starts_with("unix:"));
  EXPECT_FALSE(std::filesystem::exists(path));  // gone with the server
}

TEST(listen, port_is_known_before_and_after) {
  loop l;
  server s{l.executor(), local_options(), verification{}};
  auto const port = s.port();
  EXPECT_NE(port, 0);
  l.play(s, [](loop&, std::uint16_t) -> task { co_return; });
  EXPECT_EQ(s.port(), port);
}

template <class F>
std::string message_of(F f) {
  try {
    f();
  } catch (error const& e) {
    return e.what();
  }
  return "no error";
}
std::string listen_error(std::string_view address, std::uint16_t port = 0) {
  return message_of([&] {
    asio::io_context io;
    server s{io.get_executor(), listening_on(address, port), verification{}};
  });
}

TEST(listen, errors_are_one_clear_line) {
  asio::io_context io;
  server first{io.get_executor(), local_options(), verification{}};
  auto const port = std::to_string(first.port());
  EXPECT_EQ(listen_error("127.0.0.1", first.port()),
            "cannot listen on port " + port + ": Address already in use");
  EXPECT_EQ(listen_error("not-an-address"), "cannot listen on 'not-an-address': not an IP address");
  EXPECT_TRUE(listen_error("unix:/nonexistent/directory/socket")
                  .starts_with("cannot listen on unix:/nonexistent/directory/socket: "));
  EXPECT_TRUE(
      listen_error("unix:/" + std::string(200, 'x')).starts_with("cannot listen on unix:/x"));
  EXPECT_EQ(listen_error(std::string(300, '1')), "bind address too long");
  // TEST-NET-1: no address of ours.
  EXPECT_TRUE(listen_error("192.0.2.1").starts_with("cannot listen on "));
}

}  // namespace

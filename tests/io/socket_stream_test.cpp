// SPDX-License-Identifier: BSL-1.0
#include <codimse/io/socket_stream.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace codimse;
using namespace std::chrono_literals;
using bytes = std::vector<std::byte>;

struct two_streams {
  std::unique_ptr<stream> a, b;
};
two_streams tcp_pair(asio::io_context& io) {
  using asio::ip::tcp;
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  tcp::socket near{io};
  near.connect(acceptor.local_endpoint());
  auto far = acceptor.accept();
  return {std::make_unique<tcp_stream>(std::move(near)),
          std::make_unique<tcp_stream>(std::move(far))};
}
two_streams unix_pair(asio::io_context& io) {
  asio::local::stream_protocol::socket near{io}, far{io};
  asio::local::connect_pair(near, far);
  return {std::make_unique<unix_stream>(std::move(near)),
          std::make_unique<unix_stream>(std::move(far))};
}

class streams : public testing::TestWithParam<bool> {
 protected:
  asio::io_context io;
  two_streams pair = GetParam() ? tcp_pair(io) : unix_pair(io);

  /// The result of one wait, within bounds.
  std::error_code result_of(asio::awaitable<std::error_code> wait) {
    std::optional<std::error_code> out;
    asio::co_spawn(io, std::move(wait), [&out](std::exception_ptr, std::error_code e) { out = e; });
    io.restart();
    auto const end = std::chrono::steady_clock::now() + 10s;
    while (!out && std::chrono::steady_clock::now() < end) io.run_one_for(100ms);
    EXPECT_TRUE(out.has_value());
    return out.value_or(std::make_error_code(std::errc::timed_out));
  }
  bytes read_all_of(stream& from, std::size_t n) {
    bytes got;
    while (got.size() < n) {
      EXPECT_FALSE(result_of(from.wait_readable()));
      bytes place(1 << 16);
      auto const done = from.read_some(place);
      if (done.error) break;
      got.insert(got.end(), place.begin(), place.begin() + static_cast<std::ptrdiff_t>(done.bytes));
    }
    return got;
  }
};
INSTANTIATE_TEST_SUITE_P(kind, streams, testing::Bool(), [](auto const& which) {
  return std::string{which.param ? "tcp" : "unix_domain"};
});

TEST_P(streams, reading_never_blocks) {
  bytes place(10);
  auto const nothing = pair.a->read_some(place);
  EXPECT_EQ(nothing.bytes, 0U);
  EXPECT_EQ(nothing.error, asio::error::would_block);
}

TEST_P(streams, gathered_write) {
  std::vector<bytes> parts;
  for (int i = 0; i < 100; ++i) parts.push_back(bytes(1, static_cast<std::byte>(i)));
  std::vector<std::span<std::byte const>> const spans(parts.begin(), parts.end());
  // More pieces than one system call takes: it writes some of them, in order.
  auto const done = pair.a->write_some(spans);
  EXPECT_FALSE(done.error);
  EXPECT_EQ(done.bytes, 64U);
  auto const got = read_all_of(*pair.b, 64);
  ASSERT_EQ(got.size(), 64U);
  for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(got[i], static_cast<std::byte>(i));
}

TEST_P(streams, writing_never_blocks) {
  bytes const much(1 << 20);
  std::array const whole{std::span<std::byte const>{much}};
  std::size_t written = 0;
  std::error_code last;
  for (int i = 0; i < 1000 && !last; ++i) {
    auto const done = pair.a->write_some(whole);
    written += done.bytes;
    last = done.error;
  }
  EXPECT_EQ(last, asio::error::would_block);
  // Once the peer reads, there is room again.
  EXPECT_EQ(read_all_of(*pair.b, written).size(), written);
  EXPECT_FALSE(result_of(pair.a->wait_writable()));
  EXPECT_GT(pair.a->write_some(whole).bytes, 0U);
}

TEST_P(streams, end_of_stream) {
  bytes const word(3, std::byte{7});
  std::array const whole{std::span<std::byte const>{word}};
  EXPECT_FALSE(pair.b->peer_closed());
  EXPECT_EQ(pair.a->write_some(whole).bytes, 3U);
  EXPECT_FALSE(pair.b->peer_closed());  // there is something to read, that is all
  pair.a->close();
  EXPECT_EQ(read_all_of(*pair.b, 3), word);
  EXPECT_FALSE(result_of(pair.b->wait_readable()));
  EXPECT_TRUE(pair.b->peer_closed());
  bytes place(10);
  EXPECT_EQ(pair.b->read_some(place).error, asio::error::eof);
}

TEST_P(streams, peer_closed_is_told_without_reading) {
  bytes const word(3);
  std::array const whole{std::span<std::byte const>{word}};
  EXPECT_EQ(pair.a->write_some(whole).bytes, 3U);
  pair.a->close();
  auto const end = std::chrono::steady_clock::now() + 5s;
  while (!pair.b->peer_closed() && std::chrono::steady_clock::now() < end) {
  }
  EXPECT_TRUE(pair.b->peer_closed());
  EXPECT_EQ(read_all_of(*pair.b, 3).size(), 3U);  // nothing is lost
}

TEST_P(streams, writing_to_a_closed_peer_is_an_error_and_no_signal) {
  pair.b->close();
  bytes const much(1 << 16);
  std::array const whole{std::span<std::byte const>{much}};
  std::error_code failed;
  for (int i = 0; i < 1000 && (!failed || failed == asio::error::would_block); ++i)
    failed = pair.a->write_some(whole).error;
  EXPECT_TRUE(failed == asio::error::broken_pipe || failed == asio::error::connection_reset)
      << failed.message();
}

TEST_P(streams, closing_ends_a_wait) {
  asio::steady_timer timer{io, 20ms};
  timer.async_wait([this](std::error_code) { pair.a->close(); });
  EXPECT_TRUE(result_of(pair.a->wait_readable()));
  EXPECT_TRUE(pair.a->peer_closed());
  bytes place(1);
  EXPECT_TRUE(pair.a->read_some(place).error);
  pair.a->close();  // twice does no harm
}

TEST_P(streams, address) {
  auto const name = pair.a->peer_address();
  EXPECT_TRUE(name.starts_with(GetParam() ? "127.0.0.1:" : "unix:")) << name;
}

TEST(addresses, printed) {
  using asio::ip::make_address;
  using asio::ip::tcp;
  EXPECT_EQ(detail::text_of(tcp::endpoint{make_address("10.0.0.1"), 104}), "10.0.0.1:104");
  EXPECT_EQ(detail::text_of(tcp::endpoint{make_address("::1"), 104}), "[::1]:104");
  EXPECT_EQ(detail::text_of(tcp::endpoint{make_address("::ffff:10.0.0.1"), 104}), "10.0.0.1:104");
  asio::local::stream_protocol::endpoint const named{"/tmp/\x1B[2J\n"};
  EXPECT_EQ(detail::text_of(named), "unix:/tmp/\\x1B[2J\\n");
}

TEST(tcp_stream, looks_for_peers_that_have_vanished) {
  using asio::ip::tcp;
  asio::io_context io;
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  tcp::socket near{io};
  near.connect(acceptor.local_endpoint());
  int const same_socket = near.native_handle();
  tcp_stream const stream{std::move(near)};
  auto const option = [same_socket](int level, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(same_socket, level, name, &value, &size), 0);
    return value;
  };
  EXPECT_NE(option(SOL_SOCKET, SO_KEEPALIVE), 0);
  int const patience = option(IPPROTO_TCP, TCP_KEEPIDLE) +
                       option(IPPROTO_TCP, TCP_KEEPINTVL) * option(IPPROTO_TCP, TCP_KEEPCNT);
  EXPECT_EQ(patience, 120);
}

}  // namespace

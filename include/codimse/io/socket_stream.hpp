// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/printable.hpp>
#include <codimse/io/stream.hpp>

#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <span>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <type_traits>
#include <utility>

namespace codimse::inline v0 {

namespace detail {

/// Acknowledge at once what comes next. Peers with Nagle's algorithm on (DCMTK's default) wait for
/// our acknowledgement between two small writes; delayed acknowledgements cost them 40 ms a
/// message. Linux forgets the setting, so it is renewed before each wait.
inline void acknowledge_quickly([[maybe_unused]] int socket) {
#ifdef TCP_QUICKACK
  int const on = 1;
  static_cast<void>(::setsockopt(socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on));
#endif
}

/// Probes of the system find a peer that has vanished without a word (its power, the network) while
/// nothing is sent and no deadline runs, as when a handler takes its time: after about two minutes.
inline void keep_alive([[maybe_unused]] int socket) {
#if defined(TCP_KEEPIDLE) && defined(TCP_KEEPINTVL) && defined(TCP_KEEPCNT)
  constexpr std::array<std::array<int, 3>, 4> settings{{{SOL_SOCKET, SO_KEEPALIVE, 1},
                                                        {IPPROTO_TCP, TCP_KEEPIDLE, 60},
                                                        {IPPROTO_TCP, TCP_KEEPINTVL, 15},
                                                        {IPPROTO_TCP, TCP_KEEPCNT, 4}}};
  for (auto const& [level, name, value] : settings)
    static_cast<void>(::setsockopt(socket, level, name, &value, sizeof value));
#endif
}

/// The peer has shut down its sending side, or the connection is broken; asked without reading.
inline bool hung_up(int socket) {
#ifdef POLLRDHUP
  pollfd query{socket, POLLRDHUP, 0};
#else
  pollfd query{socket, 0, 0};
#endif
  return ::poll(&query, 1, 0) > 0 && query.revents != 0;
}

inline std::string text_of(asio::ip::tcp::endpoint const& at) {
  auto address = at.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return address.is_v6() ? "[" + address.to_string() + "]:" + std::to_string(at.port())
                         : address.to_string() + ":" + std::to_string(at.port());
}
/// The path is what the peer has bound its socket to.
inline std::string text_of(asio::local::stream_protocol::endpoint const& at) {
  return "unix:" + printable(at.path());
}

}  // namespace detail

/// A connected TCP or Unix-domain socket. Sets TCP_NODELAY and keep-alive probes; leaves the
/// socket's buffers to the system's autotuning. Used by one association, on its executor.
template <class Protocol>
class socket_stream final : public stream {
 public:
  using socket_type = typename Protocol::socket;
  static constexpr bool is_tcp = std::is_same_v<Protocol, asio::ip::tcp>;

  explicit socket_stream(socket_type socket) : socket_{std::move(socket)} {
    std::error_code ignored;
    socket_.non_blocking(true, ignored);
    if constexpr (is_tcp) {
      socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
      detail::keep_alive(socket_.native_handle());
    }
    auto const remote = socket_.remote_endpoint(ignored);
    if (!ignored) peer_ = detail::text_of(remote);
  }

  io_result read_some(std::span<std::byte> into) override {
    std::error_code error;
    auto const n = socket_.read_some(asio::buffer(into.data(), into.size()), error);
    if (n > 0) unacknowledged_ = true;
    return {n, error};
  }

  io_result write_some(std::span<std::span<std::byte const> const> from) override {
    std::array<asio::const_buffer, max_pieces> buffers;
    auto const count = std::min(from.size(), max_pieces);
    for (std::size_t i = 0; i < count; ++i) buffers[i] = {from[i].data(), from[i].size()};
    std::error_code error;
    auto const n = socket_.write_some(std::span{buffers}.first(count), error);
    if (n > 0) unacknowledged_ = false;
    return {n, error};
  }

  asio::awaitable<std::error_code> wait_readable() override {
    // What we have sent since has carried the acknowledgement with it.
    if constexpr (is_tcp)
      if (std::exchange(unacknowledged_, false))
        detail::acknowledge_quickly(socket_.native_handle());
    return wait(socket_type::wait_read);
  }
  asio::awaitable<std::error_code> wait_writable() override {
    return wait(socket_type::wait_write);
  }

  bool peer_closed() override {
    return !socket_.is_open() || detail::hung_up(socket_.native_handle());
  }

  void close() noexcept override {
    std::error_code ignored;
    socket_.shutdown(socket_type::shutdown_both, ignored);
    socket_.close(ignored);
  }

  [[nodiscard]] std::string peer_address() const override { return peer_; }

 private:
  static constexpr std::size_t max_pieces = 64;

  asio::awaitable<std::error_code> wait(typename socket_type::wait_type what) {
    std::error_code error;
    co_await socket_.async_wait(what, asio::redirect_error(asio::use_awaitable, error));
    co_return error;
  }

  socket_type socket_;
  std::string peer_ = "unknown";
  bool unacknowledged_ = false;
};

using tcp_stream = socket_stream<asio::ip::tcp>;
using unix_stream = socket_stream<asio::local::stream_protocol>;

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/association.hpp>
#include <codimse/io/socket_stream.hpp>

#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

namespace detail {

/// Opens a connection before a deadline: when it passes, what is under way is cancelled.
class connector {
 public:
  connector(asio::any_io_executor executor, association_options const& options)
      : executor_{std::move(executor)}, state_{std::make_shared<state>(executor_)} {
    auto& source = options.clock != nullptr ? *options.clock : system_clock::instance();
    if (options.timeouts.connect <= duration::zero()) return;
    alarm_ = source.make_alarm(executor_);
    alarm_->arm(source.now() + options.timeouts.connect, [shared = state_] { shared->expire(); });
  }
  connector(connector const&) = delete;
  connector& operator=(connector const&) = delete;
  ~connector() {
    if (alarm_) alarm_->cancel();
  }

  asio::awaitable<std::unique_ptr<stream>> connect_tcp(std::string host, std::uint16_t port) {
    auto const places = co_await resolve(host, port);
    std::error_code failed;
    for (auto const& place : places) {
      if (state_->expired) break;
      failed = co_await try_tcp(place);
      if (!failed && !state_->expired)
        co_return std::make_unique<tcp_stream>(std::move(state_->tcp));
    }
    fail(host + ":" + std::to_string(port), failed);
  }

  asio::awaitable<std::unique_ptr<stream>> connect_unix(std::string path) {
    std::error_code failed;
    asio::local::stream_protocol::endpoint at;
    try {
      at = asio::local::stream_protocol::endpoint{path};
    } catch (std::system_error const& too_long) {
      failed = too_long.code();
    }
    if (!failed)
      co_await state_->local.async_connect(at, asio::redirect_error(asio::use_awaitable, failed));
    if (failed || state_->expired) fail("unix:" + path, failed);
    co_return std::make_unique<unix_stream>(std::move(state_->local));
  }

 private:
  struct state : std::enable_shared_from_this<state> {
    explicit state(asio::any_io_executor const& executor)
        : resolver{executor}, tcp{executor}, local{executor} {}
    void expire() {
      expired = true;
      resolver.cancel();
      answered.notify();
      std::error_code ignored;
      tcp.close(ignored);
      local.close(ignored);
    }
    /// The system's look-up cannot be interrupted: it goes on behind a deadline that passed.
    void look_up(std::string const& host, std::uint16_t port) {
      struct pending {
        std::shared_ptr<state> self;
        explicit pending(std::shared_ptr<state> s) : self{std::move(s)} {}
        pending(pending const&) = delete;
        pending& operator=(pending const&) = delete;
        ~pending() {  // the event loop went away before the answer came
          if (!self->looked_up) self->registry.abandon();
        }
      };
      auto const waiting = std::make_shared<pending>(shared_from_this());
      resolver.async_resolve(host, std::to_string(port),
                             [waiting](std::error_code failed, auto all) {
                               auto& self = *waiting->self;
                               self.looked_up = true;
                               self.look_up_failed = failed;
                               self.found = std::move(all);
                               self.answered.notify();
                             });
    }
    waiter_registry registry;
    waiter answered{registry};
    asio::ip::tcp::resolver::results_type found;
    std::error_code look_up_failed;
    bool looked_up = false;
    asio::ip::tcp::resolver resolver;
    asio::ip::tcp::socket tcp;
    asio::local::stream_protocol::socket local;
    bool expired = false;
  };

  asio::awaitable<std::vector<asio::ip::tcp::endpoint>> resolve(std::string host,
                                                                std::uint16_t port) {
    std::vector<asio::ip::tcp::endpoint> places;
    std::error_code failed;
    auto const literal = asio::ip::make_address(host, failed);
    if (!failed) {  // an address needs no resolver, which would start a thread
      places.emplace_back(literal, port);
      co_return places;
    }
    state_->look_up(host, port);
    while (!state_->looked_up && !state_->expired) {
      bool const cancelled = co_await state_->answered.wait();
      if (cancelled) throw error{errc::cancelled};
    }
    if (state_->expired || state_->look_up_failed) fail(host, state_->look_up_failed);
    for (auto const& entry : state_->found) places.push_back(entry.endpoint());
    co_return places;
  }

  asio::awaitable<std::error_code> try_tcp(asio::ip::tcp::endpoint at) {
    std::error_code failed;
    state_->tcp.close(failed);
    co_await state_->tcp.async_connect(at, asio::redirect_error(asio::use_awaitable, failed));
    co_return failed;
  }

  [[noreturn]] void fail(std::string const& where, std::error_code why) const {
    if (state_->expired) throw error{errc::connect_timeout, "timeout while connecting to " + where};
    throw error{errc::connect_failed, "cannot connect to " + where + ": " + why.message()};
  }

  asio::any_io_executor executor_;
  std::shared_ptr<state> state_;
  std::unique_ptr<alarm> alarm_;
};

/// One connection and one request on it; the arguments are checked already.
inline asio::awaitable<association> connect_once(asio::any_io_executor executor, peer to,
                                                 proposals wanted, association_options options,
                                                 requestor_services services) {
  constexpr std::string_view unix_prefix = "unix:";
  std::unique_ptr<stream> carrier;
  {
    connector opening{executor, options};
    auto const host = to.host.view();
    if (host.starts_with(unix_prefix))
      carrier = co_await opening.connect_unix(std::string{host.substr(unix_prefix.size())});
    else carrier = co_await opening.connect_tcp(std::string{host}, to.port);
  }
  association opened = co_await associate(executor, std::move(carrier), to.called_ae_title,
                                          std::move(wanted), options, std::move(services));
  co_return opened;
}

/// Did its answer show that the peer should not have been offered the window that it was offered?
inline bool should_not_have_asked(association const& opened, peer const& to,
                                  association_options const& options) {
  auto const info = opened.info();
  bool const known_before = choose_profile(options, to.called_ae_title) != nullptr;
  return !known_before && asks_for_window(options) && info.peer_profile() != nullptr &&
         !info.peer_profile()->propose_window;
}

/// Ends an association that is of no use. How the peer takes it does not matter.
inline asio::awaitable<void> put_away(association useless) {
  try {
    co_await useless.release();
  } catch (error const& failed) {
    if (failed.code() == errc::cancelled) throw;
  }
}

}  // namespace detail

/// Connects to a peer and requests an association. Every address of the host is tried, IPv6 and
/// IPv4. Throws `codimse::error` with `errc::connect_failed`, `errc::connect_timeout` and what
/// `associate` throws. Where the answer shows that the peer must not be offered a window
/// (`peer_profile::propose_window`), it is released, and asked again without one.
///
///     auto assoc = co_await codimse::connect(executor, peer, codimse::sop::verification);
inline asio::awaitable<association> connect(asio::any_io_executor executor, peer to,
                                            proposals wanted, association_options options = {},
                                            requestor_services services = {}) {
  detail::check_request(wanted, to.called_ae_title, options);
  if (!to.host.fits() || to.host.empty())
    throw error{errc::invalid_argument, "no usable host name"};
  association opened = co_await detail::connect_once(executor, to, wanted, options, services);
  if (!detail::should_not_have_asked(opened, to, options)) co_return opened;
  co_await detail::put_away(std::move(opened));
  options.operations_invoked = options.operations_performed = 1;
  opened = co_await detail::connect_once(executor, to, std::move(wanted), options, services);
  co_return opened;
}

}  // namespace codimse::inline v0

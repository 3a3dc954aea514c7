// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/session.hpp>
#include <codimse/io/file.hpp>
#include <codimse/io/socket_stream.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/bind_executor.hpp>
#include <asio/co_spawn.hpp>
#include <asio/dispatch.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/strand.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// Options of a server. Trivially destructible: designated initialisers are safe anywhere. What
/// spans and pointers refer to must outlive the server.
/// A value: distinct objects may be used from different threads.
struct server_options {
  /// Own AE title.
  codimse::ae_title ae_title{"CODIMSE"};
  /// 0: a free one, see `server::port()`. DICOM's registered port is 11112.
  std::uint16_t port = 11112;
  /// Address to listen on; empty: all, IPv6 and IPv4. `unix:PATH`: a Unix-domain socket.
  inline_text<255> bind_address{};
  /// Reject a called AE title that is not ours (PS3.8 9.3.4: source 1, reason 7).
  bool require_called_ae_title = false;
  /// Calling AE titles that are let in; empty: all.
  std::span<codimse::ae_title const> calling_ae_titles{};
  /// More than these are rejected, transient, with reason local limit exceeded.
  std::size_t max_associations = 1000;
  /// Connections above that number which are kept until they have asked and been told so; more
  /// are closed at once.
  std::size_t max_waiting_connections = 256;
  /// Set when several threads run the executor: each association then gets a strand of its own.
  bool several_threads = false;
  /// Timeouts, limits and the rest for each association.
  association_options association{};
};

namespace detail {

/// Listens, makes a session of each connection, and joins them all before it ends.
class server_core : public std::enable_shared_from_this<server_core> {
 public:
  server_core(asio::any_io_executor executor, server_options const& options,
              std::shared_ptr<service_host> host, association_observer* observer)
      : options_{options},
        home_{options.several_threads ? asio::any_io_executor{asio::make_strand(executor)}
                                      : executor},
        executor_{std::move(executor)},
        host_{std::move(host)},
        pool_{std::make_shared<buffer_pool>()},
        clock_{options.association.clock != nullptr ? *options.association.clock
                                                    : system_clock::instance()},
        alarm_{clock_.make_alarm(home_)},
        changed_{registry_} {
    options_.association.ae_title = options.ae_title;
    options_.association.observer = observer;
    host_->limit_associations(options.max_associations);
    listen();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// On our own executor, whatever the caller's: what is ours is touched there only.
  asio::awaitable<void> run() {
    return asio::co_spawn(home_, serve_all(shared_from_this()), asio::use_awaitable);
  }

  /// May be called from any thread.
  void stop(duration grace) {
    asio::post(home_, [self = shared_from_this(), grace] { self->stop_here(grace); });
  }

  [[nodiscard]] asio::any_io_executor session_executor() const {
    if (!options_.several_threads) return executor_;
    return asio::make_strand(executor_);
  }

 private:
  static asio::awaitable<void> serve_all(std::shared_ptr<server_core> self) {
    // A cancelled server still waits for its associations, which it aborts.
    co_await asio::this_coro::throw_if_cancelled(false);
    auto& tcp = self->tcp_;
    auto& local = self->unix_;
    if (tcp) co_await self->accept_from(*tcp);
    else if (local) co_await self->accept_from(*local);
    while (!self->sessions_.empty()) {
      bool const cancelled = co_await self->changed_.wait();
      if (cancelled) self->abort_all();
    }
    self->alarm_->cancel();
    if (!self->unix_path_.empty()) file::remove(self->unix_path_);
  }

  void listen() {
    constexpr std::string_view unix_prefix = "unix:";
    auto const address = options_.bind_address.view();
    if (!options_.bind_address.fits()) throw error{errc::invalid_argument, "bind address too long"};
    if (address.starts_with(unix_prefix))
      listen_unix(std::string{address.substr(unix_prefix.size())});
    else listen_tcp(std::string{address});
  }

  void listen_tcp(std::string const& address) {
    using asio::ip::tcp;
    std::error_code failed;
    tcp::endpoint at{tcp::v6(), options_.port};
    if (!address.empty()) at.address(asio::ip::make_address(address, failed));
    if (failed) throw error{failed, "cannot listen on '" + address + "': not an IP address"};
    tcp_.emplace(home_);
    tcp_->open(at.protocol(), failed);
    if (failed && address.empty()) {  // a machine without IPv6
      at = tcp::endpoint{tcp::v4(), options_.port};
      tcp_->open(at.protocol(), failed);
    }
    if (!failed) tcp_->set_option(tcp::acceptor::reuse_address{true}, failed);
    if (!failed && address.empty() && at.address().is_v6()) {
      std::error_code ignored;
      tcp_->set_option(asio::ip::v6_only{false}, ignored);
    }
    if (!failed) tcp_->bind(at, failed);
    if (!failed) tcp_->listen(asio::socket_base::max_listen_connections, failed);
    if (failed)
      throw error{failed, "cannot listen on port " + std::to_string(options_.port) + ": " +
                              failed.message()};
    port_ = tcp_->local_endpoint().port();
  }

  void listen_unix(std::string path) {
    using protocol = asio::local::stream_protocol;
    unix_path_ = std::move(path);
    std::error_code failed;
    protocol::endpoint at;
    try {
      at = protocol::endpoint{unix_path_};
    } catch (std::system_error const& too_long) {
      failed = too_long.code();
    }
    unix_.emplace(home_);
    if (!failed) unix_->open(protocol{}, failed);
    if (!failed) unix_->bind(at, failed);
    if (!failed) unix_->listen(asio::socket_base::max_listen_connections, failed);
    if (failed)
      throw error{failed, "cannot listen on unix:" + unix_path_ + ": " + failed.message()};
  }

  template <class Acceptor>
  asio::awaitable<void> accept_from(Acceptor& acceptor) {
    using protocol = typename Acceptor::protocol_type;
    while (!stopping_) {
      auto executor = session_executor();
      typename protocol::socket socket{executor};
      std::error_code failed;
      co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, failed));
      auto const cancellation = co_await asio::this_coro::cancellation_state;
      if (cancellation.cancelled() != asio::cancellation_type::none) stop_here(duration::zero());
      if (stopping_ || !acceptor.is_open()) break;
      if (!failed) begin(std::make_unique<socket_stream<protocol>>(std::move(socket)), executor);
      else co_await pause();
    }
  }

  /// Out of descriptors or memory, mostly: trying again at once would only spin. Not asked which
  /// error it is: Asio 1.22 maps EMFILE to no `std::errc`, and waiting is right for the others too.
  asio::awaitable<void> pause() {
    wake_at(clock_.now() + std::chrono::milliseconds{100});
    co_await changed_.wait();
  }

  void begin(std::unique_ptr<stream> carrier, asio::any_io_executor const& executor) {
    auto const waiting = options_.max_waiting_connections;
    bool const full =
        sessions_.size() >= waiting && sessions_.size() - waiting >= options_.max_associations;
    if (full) return carrier->close();
    auto const session = std::make_shared<detail::session>(
        executor, std::move(carrier), ul::role::acceptor, options_.association, pool_, host_);
    sessions_.push_back(session);
    asio::co_spawn(
        executor, serve(session),
        asio::bind_executor(home_, [self = shared_from_this(), session](std::exception_ptr) {
          std::erase(self->sessions_, session);
          self->changed_.notify();
        }));
  }
  static asio::awaitable<void> serve(std::shared_ptr<session> one) {
    one->start_as_acceptor();
    co_await session::run(one);
  }

  void stop_here(duration grace) {
    bool const again = std::exchange(stopping_, true);
    std::error_code ignored;
    if (tcp_) tcp_->close(ignored);
    if (unix_) unix_->close(ignored);
    if (again || grace <= duration::zero()) return abort_all();
    if (!sessions_.empty()) wake_at(clock_.now() + grace);
    changed_.notify();
  }
  void wake_at(time_point at) {
    alarm_->arm(at, [weak = weak_from_this()] {
      auto const self = weak.lock();
      if (!self) return;
      if (self->stopping_) self->abort_all();
      self->changed_.notify();
    });
  }
  void abort_all() {
    for (auto const& one : sessions_)
      asio::post(one->executor(), [one] {
        if (!one->link().over()) one->link().abort({2, 0}, errc::stopped);
        one->link().carrier().close();
      });
  }

  server_options options_;
  asio::any_io_executor home_;
  asio::any_io_executor executor_;
  std::shared_ptr<service_host> host_;
  std::shared_ptr<buffer_pool> pool_;
  clock& clock_;
  std::unique_ptr<alarm> alarm_;
  waiter_registry registry_;
  condition changed_;
  std::optional<asio::ip::tcp::acceptor> tcp_;
  std::optional<asio::local::stream_protocol::acceptor> unix_;
  std::string unix_path_;
  std::uint16_t port_ = 0;
  std::vector<std::shared_ptr<session>> sessions_;
  bool stopping_ = false;
};

}  // namespace detail
}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/service/host_of.hpp>
#include <codimse/service/lambda.hpp>
#include <codimse/service/server_core.hpp>
#include <codimse/service/service.hpp>
#include <codimse/service/verification.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

namespace codimse::inline v0 {

/// An SCP: listens (from construction on), accepts associations and dispatches their requests to
/// a pack of services, at compile time by DIMSE command.
///
///     codimse::server server{executor, {.ae_title = "ARCHIVE", .port = 11112},
///                            codimse::verification{}, archive{"/data"}};
///     co_await server.run();
///
/// Runs on the executor that it is given and makes no threads. `stop` may be called from any
/// thread, everything else on the executor. Destroying a server aborts its associations.
template <class... Services>
class server {
 public:
  /// Throws `codimse::error` when the address cannot be listened on.
  server(asio::any_io_executor executor, server_options const& options, Services... services)
      : host_{std::make_shared<detail::host_of<Services...>>(std::move(services)...)} {
    association_options own = options.association;
    own.ae_title = options.ae_title;
    host_->negotiate_as(own);
    auto& policy = host_->policy();
    policy.require_called_ae_title = options.require_called_ae_title;
    policy.calling_ae_titles.assign(options.calling_ae_titles.begin(),
                                    options.calling_ae_titles.end());
    association_observer* observer = options.association.observer;
    if constexpr (detail::host_of<Services...>::observes) {
      host_->tell_also(observer);
      observer = host_.get();
    }
    core_ = std::make_shared<detail::server_core>(std::move(executor), options, host_, observer);
  }
  server(server const&) = delete;
  server& operator=(server const&) = delete;
  ~server() { core_->stop(duration::zero()); }

  /// The port that is listened on (0 for a Unix-domain socket).
  [[nodiscard]] std::uint16_t port() const { return core_->port(); }

  /// Serves until `stop`; when it returns, no coroutine of this server is left.
  asio::awaitable<void> run() { return core_->run(); }

  /// Stops accepting, lets associations finish for `grace`, then aborts them; a second call
  /// aborts them at once.
  void stop(duration grace = std::chrono::seconds{10}) { core_->stop(grace); }

 private:
  std::shared_ptr<detail::host_of<Services...>> host_;
  std::shared_ptr<detail::server_core> core_;
};

template <class... Services>
server(asio::any_io_executor, server_options, Services...) -> server<Services...>;

}  // namespace codimse::inline v0

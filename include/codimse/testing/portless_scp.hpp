// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/session.hpp>
#include <codimse/bytes/buffer_pool.hpp>
#include <codimse/io/stream.hpp>
#include <codimse/service/host_of.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/use_awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace codimse::inline v0::testing {

/// How an association ended.
/// A value: distinct objects may be used from different threads.
class association_end {
 public:
  std::error_code error;  ///< none: released
  std::string explanation;
};

/// A server without ports: the same services, serving streams that the test brings.
///
///     testing::event_loop loop;
///     testing::portless_scp scp{{.clock = &loop.clock()}, my_service{}, codimse::verification{}};
///     auto both = testing::make_duplex(loop.executor());
///     loop.spawn(scp.serve(loop.executor(), std::move(both.first)));
///     // ... and both.second goes to codimse::associate, or to a scripted_peer.
///
/// Must outlive what it serves. Used on one executor.
template <class... Services>
class portless_scp {
 public:
  explicit portless_scp(association_options const& options, Services... services)
      : options_{options}, host_{std::make_shared<host>(std::move(services)...)} {
    host_->negotiate_as(options);
    if (options_.observer == nullptr && host::observes) options_.observer = host_.get();
  }

  /// The rules of negotiation, for tests that want others than a server's defaults.
  [[nodiscard]] ul::acceptor_policy& policy() { return host_->policy(); }
  /// More than these at once are rejected.
  void max_associations(std::size_t most) { host_->limit_associations(most); }

  /// Serves one association on an open stream, to its end, handlers included.
  asio::awaitable<association_end> serve(asio::any_io_executor executor,
                                         std::unique_ptr<stream> carrier) {
    return serve_one(std::move(executor), std::move(carrier), options_, host_);
  }

 private:
  using host = codimse::detail::host_of<Services...>;

  static asio::awaitable<association_end> serve_one(asio::any_io_executor executor,
                                                    std::unique_ptr<stream> carrier,
                                                    association_options options,
                                                    std::shared_ptr<host> services) {
    auto const session = std::make_shared<codimse::detail::session>(
        executor, std::move(carrier), ul::role::acceptor, options,
        codimse::detail::shared_buffer_pool(), services);
    session->start_as_acceptor();
    co_await codimse::detail::session::run(session);
    association_end how;
    how.error = session->link().error();
    how.explanation = session->link().explanation();
    co_return how;
  }

  association_options options_;
  std::shared_ptr<host> host_;
};

template <class... Services>
portless_scp(association_options, Services...) -> portless_scp<Services...>;

}  // namespace codimse::inline v0::testing

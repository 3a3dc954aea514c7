// SPDX-License-Identifier: BSL-1.0
// An acceptor whose user takes its time, for acceptor.py: PORT ACSE-TIMEOUT-SECONDS. It thinks for
// a second about each request for an association (Sta3) and rejects those of REFUSED; a C-ECHO
// with message ID 7 is never answered (Sta6 with an operation under way).
#include <codimse/server.hpp>
#include <codimse/sop/verification.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <system_error>

namespace {

asio::awaitable<void> wait_for(std::chrono::seconds time) {
  auto const executor = co_await asio::this_coro::executor;
  asio::steady_timer timer{executor, time};
  co_await timer.async_wait(asio::use_awaitable);
}

struct thinker {
  static constexpr auto sop_classes = codimse::sop::verification;

  asio::awaitable<codimse::decision> on(codimse::pdu::associate_rq const& request) {
    bool const refused = request.calling_ae_title().view() == "REFUSED";
    co_await wait_for(std::chrono::seconds{1});
    if (refused) co_return codimse::pdu::associate_rj{1, 1, 3};
    co_return codimse::decision::accept();
  }
  codimse::reply on(codimse::c_echo_rq const& request) {
    if (request.message_id == 7) co_await wait_for(std::chrono::hours{1});
    co_return codimse::status::success;
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::cerr << "usage: active_acceptor ACSE-TIMEOUT PORT\n", 2;
  try {
    asio::io_context context;
    codimse::server_options options;
    options.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
    options.association.timeouts.acse = std::chrono::seconds{std::atoi(argv[1])};
    codimse::server server{context.get_executor(), options, thinker{}};
    asio::signal_set signals{context, SIGINT, SIGTERM};
    signals.async_wait([&server](std::error_code failed, int) {
      if (!failed) server.stop(std::chrono::seconds{1});
    });
    std::cout << "listening on port " << server.port() << std::endl;
    asio::co_spawn(context, server.run(), [&signals](std::exception_ptr) { signals.cancel(); });
    context.run();
    return 0;
  } catch (std::exception const& e) {
    std::cerr << "active_acceptor: error: " << e.what() << '\n';
    return 1;
  }
}

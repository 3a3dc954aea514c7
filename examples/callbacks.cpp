// SPDX-License-Identifier: BSL-1.0
// The library without a coroutine in the user's code: `asio::co_spawn` starts any of its awaitables
// and tells the outcome to a callback, or through a `std::future`.
#include <codimse/client.hpp>

#include <asio/co_spawn.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <thread>
#include <utility>

namespace {

/// Callbacks: each step starts the next. The object lives as long as a callback holds it.
class echo_by_callbacks : public std::enable_shared_from_this<echo_by_callbacks> {
 public:
  explicit echo_by_callbacks(asio::io_context& context) : context_{context} {}

  void start(codimse::peer const& peer) {
    asio::co_spawn(
        context_, codimse::connect(context_.get_executor(), peer, codimse::sop::verification),
        [self = shared_from_this()](std::exception_ptr failed, codimse::association opened) {
          if (failed) return self->fail(failed);
          self->association_ = std::move(opened);
          self->send();
        });
  }
  [[nodiscard]] bool succeeded() const { return succeeded_; }

 private:
  void send() {
    asio::co_spawn(context_, codimse::echo(association_),
                   [self = shared_from_this()](std::exception_ptr failed, codimse::status status) {
                     if (failed) return self->fail(failed);
                     self->succeeded_ = status.is_success();
                     self->release();
                   });
  }
  void release() {
    asio::co_spawn(context_, association_.release(),
                   [self = shared_from_this()](std::exception_ptr) {});
  }
  void fail(std::exception_ptr why) {
    try {
      std::rethrow_exception(why);
    } catch (std::exception const& e) {
      std::cerr << "callbacks: error: " << e.what() << '\n';
    }
  }

  asio::io_context& context_;
  codimse::association association_;
  bool succeeded_ = false;
};

/// Futures: calls that block, while another thread runs the event loop.
class background_loop {
 public:
  explicit background_loop(asio::io_context& context) : context_{context} {}
  background_loop(background_loop const&) = delete;
  background_loop& operator=(background_loop const&) = delete;
  ~background_loop() {
    context_.stop();
    thread_.join();
  }
  /// Rethrows here what was thrown there. Not for the event loop's own thread.
  template <class T>
  T wait_for(asio::awaitable<T> call) {
    return asio::co_spawn(context_, std::move(call), asio::use_future).get();
  }

 private:
  asio::io_context& context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::thread thread_{[this] { context_.run(); }};
};

bool echo_by_futures(codimse::peer const& peer) {
  asio::io_context context;
  // An association may be used on its executor only. Declared before the loop, it is destroyed
  // when that thread is gone, also when a call throws.
  codimse::association association;
  background_loop loop{context};
  association =
      loop.wait_for(codimse::connect(context.get_executor(), peer, codimse::sop::verification));
  auto const status = loop.wait_for(codimse::echo(association));
  loop.wait_for(association.release());
  return status.is_success();
}

bool echo_with_callbacks(codimse::peer const& peer) {
  asio::io_context context;
  auto const echo = std::make_shared<echo_by_callbacks>(context);
  echo->start(peer);
  context.run();
  return echo->succeeded();
}

}  // namespace

int main(int argc, char** argv) {
  int const port = argc == 3 ? std::atoi(argv[2]) : 0;
  if (port < 1 || port > 65535) return std::cerr << "usage: callbacks HOST PORT\n", 2;
  codimse::peer const peer{argv[1], static_cast<std::uint16_t>(port)};
  try {
    return echo_with_callbacks(peer) && echo_by_futures(peer) ? 0 : 1;
  } catch (std::exception const& e) {
    std::cerr << "callbacks: error: " << e.what() << '\n';
    return 1;
  }
}

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/dispatch.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/strand.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <exception>
#include <list>
#include <memory>
#include <system_error>
#include <utility>

namespace codimse::inline v0 {

/// Where work lives that a handler begins and does not wait for: whoever owns the nursery waits for
/// all of it with `join`, so that nothing outlives the program's parts.
///
///     codimse::nursery reports{executor};
///     ...
///     co_await server.run();
///     reports.cancel();
///     co_await reports.join();
///
/// The work runs on a strand of the nursery's. `spawn` and `cancel` may be called from any thread.
class nursery {
 public:
  explicit nursery(asio::any_io_executor const& executor)
      : home_{asio::make_strand(executor)}, changed_{home_} {}
  nursery(nursery const&) = delete;
  nursery& operator=(nursery const&) = delete;

  /// Begins a task; none any more after `cancel`.
  void spawn(asio::awaitable<void> task) {
    asio::dispatch(home_, [this, task = std::move(task)]() mutable { start(std::move(task)); });
  }
  /// Cancels all tasks (terminal), and those still to come.
  void cancel() {
    asio::dispatch(home_, [this] {
      cancelled_ = true;
      auto const all = children_;  // one that ends at once changes the list
      for (auto const& one : all) one->emit(asio::cancellation_type::terminal);
    });
  }
  /// Waits until no task is left; throws what the first that failed threw, unless it was cancelled.
  asio::awaitable<void> join() { co_await asio::co_spawn(home_, wait(), asio::use_awaitable); }

 private:
  using child = std::shared_ptr<asio::cancellation_signal>;

  void start(asio::awaitable<void> task) {
    if (cancelled_) return;
    auto const cancel = std::make_shared<asio::cancellation_signal>();
    children_.push_back(cancel);
    auto const ended = [this, cancel](std::exception_ptr failure) {
      children_.remove(cancel);
      if (failure && !failure_ && !cancelled_) failure_ = failure;
      changed_.cancel();
    };
    asio::co_spawn(home_, std::move(task), asio::bind_cancellation_slot(cancel->slot(), ended));
  }

  asio::awaitable<void> wait() {
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!children_.empty()) {
      changed_.expires_at(asio::steady_timer::time_point::max());
      std::error_code woken;
      co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

  asio::any_io_executor home_;
  asio::steady_timer changed_;
  std::list<child> children_;
  std::exception_ptr failure_;
  bool cancelled_ = false;
};

}  // namespace codimse::inline v0

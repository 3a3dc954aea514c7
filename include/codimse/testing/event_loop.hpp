// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/testing/virtual_clock.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace codimse::inline v0::testing {

/// What `event_loop::run` throws when what it runs does not come to an end: nothing is left that
/// could happen, or a bound is reached.
/// A value: distinct objects may be used from different threads.
class hang : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How long to let things happen. `patience` is real time to wait for other threads and for
/// sockets before the virtual clock is moved on; zero where everything happens in this loop.
struct run_bounds {
  std::size_t turns = 5'000'000;
  duration time = std::chrono::hours{48};
  duration patience{};
};

/// An event loop with a virtual clock: whenever nothing is left to do, the clock moves to its next
/// alarm. Nothing ever sleeps, and what hangs ends with `hang` instead of hanging.
///
///     testing::event_loop loop;
///     auto status = loop.run(my_test(loop, ...));      // with options.clock = &loop.clock()
///
/// Destroying the loop destroys every coroutine that is still suspended in it.
/// Used on one executor, its association's or its owner's.
class event_loop {
 public:
  [[nodiscard]] asio::any_io_executor executor() { return context_.get_executor(); }
  [[nodiscard]] asio::io_context& context() { return context_; }
  [[nodiscard]] virtual_clock& clock() { return clock_; }

  enum class ended {
    as_asked,
    nothing_left,
    too_many_turns,
    too_late
  };

  /// Lets things happen until `done()`.
  template <class Done>
  ended run_until(Done done, run_bounds const& bounds = {}) {
    auto const last = clock_.now() + bounds.time;
    for (std::size_t turn = 0; turn < bounds.turns; ++turn) {
      if (done()) return ended::as_asked;
      if (context_.stopped()) context_.restart();
      if (context_.poll_one() > 0) continue;
      if (bounds.patience > duration::zero() && wait_really(bounds.patience)) continue;
      auto const next = clock_.next();
      if (!next) return ended::nothing_left;
      if (*next > last) return ended::too_late;
      clock_.advance_to_next();
    }
    return ended::too_many_turns;
  }
  /// Lets things happen for this much virtual time.
  void run_for(duration how_long) {
    auto const until = clock_.now() + how_long;
    for (;;) {
      settle();
      auto const next = clock_.next();
      if (!next || *next > until) break;
      clock_.advance_to_next();
    }
    clock_.advance_to(until);
    settle();
  }
  /// Lets everything happen that needs no time to pass.
  void settle(std::size_t turns = 5'000'000) {
    for (std::size_t turn = 0; turn < turns; ++turn) {
      if (context_.stopped()) context_.restart();
      if (context_.poll_one() == 0) return;
    }
    throw hang{"the event loop does not come to rest"};
  }

  /// Runs a coroutine to its end and yields its result or throws its exception.
  template <class T>
  T run(asio::awaitable<T> what, run_bounds const& bounds = {}) {
    auto const result = spawn(std::move(what));
    auto const how = run_until([&result] { return result->done; }, bounds);
    if (!result->done) throw hang{describe(how)};
    return result->take();
  }

  /// A coroutine in the background, and what has become of it.
  template <class T>
  struct task {
    using value_type = std::conditional_t<std::is_void_v<T>, bool, T>;
    bool done = false;
    std::exception_ptr failure;
    std::optional<value_type> value;

    /// The result of a coroutine that is done; throws what it threw.
    T take() {
      if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
      if constexpr (!std::is_void_v<T>)
        return std::move(*value);  // NOLINT(bugprone-unchecked-optional-access): it is done
    }
  };

  template <class T>
  std::shared_ptr<task<T>> spawn(asio::awaitable<T> what) {
    auto const result = std::make_shared<task<T>>();
    asio::co_spawn(context_, keep_result(std::move(what), result),
                   [result](std::exception_ptr failure) {
                     result->failure = std::move(failure);
                     result->done = true;
                   });
    return result;
  }

  [[nodiscard]] static std::string describe(ended how) {
    switch (how) {
      case ended::as_asked: return "as asked";
      case ended::nothing_left: return "hang: nothing is left that could happen";
      case ended::too_many_turns: return "hang: too many turns of the event loop";
      case ended::too_late: return "hang: too much virtual time has passed";
    }
    return {};
  }

 private:
  template <class T>
  static asio::awaitable<void> keep_result(asio::awaitable<T> what,
                                           std::shared_ptr<task<T>> result) {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(what);
    } else {
      T value = co_await std::move(what);
      result->value.emplace(std::move(value));
    }
  }
  bool wait_really(duration patience) {
    if (context_.stopped()) context_.restart();
    return context_.run_one_for(patience) > 0;
  }

  virtual_clock clock_;  // outlives the loop: alarms refer to it
  asio::io_context context_;
};

}  // namespace codimse::inline v0::testing

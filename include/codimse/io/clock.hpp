// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <system_error>
#include <utility>

namespace codimse::inline v0 {

/// The time as associations see it. Deadlines are points on the steady clock.
using time_point = std::chrono::steady_clock::time_point;
using duration = std::chrono::steady_clock::duration;

/// Calls back once, at or after a time. Arming again replaces what was armed before.
/// Used on one executor, its association's or its owner's.
class alarm {
 public:
  alarm() = default;
  alarm(alarm const&) = delete;
  alarm& operator=(alarm const&) = delete;
  virtual ~alarm() = default;
  /// `ring` runs on the executor that the alarm was made for. It is destroyed without having run
  /// when the alarm is cancelled, armed again, or its event loop goes away.
  virtual void arm(time_point at, std::function<void()> ring) = 0;
  virtual void cancel() noexcept = 0;
};

/// Source of time: the system's, or one that a test moves by hand (`testing::virtual_clock`).
/// May be asked from several threads.
class clock {
 public:
  clock() = default;
  clock(clock const&) = delete;
  clock& operator=(clock const&) = delete;
  virtual ~clock() = default;
  [[nodiscard]] virtual time_point now() const = 0;
  [[nodiscard]] virtual std::unique_ptr<alarm> make_alarm(asio::any_io_executor executor) = 0;
};

/// The steady clock of the system and Asio's timers.
/// May be asked from several threads.
class system_clock final : public clock {
 public:
  [[nodiscard]] time_point now() const override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] std::unique_ptr<alarm> make_alarm(asio::any_io_executor executor) override {
    return std::make_unique<timer_alarm>(std::move(executor));
  }

  /// The instance that everything uses unless it is given another.
  [[nodiscard]] static system_clock& instance() {
    static system_clock clock;
    return clock;
  }

 private:
  class timer_alarm final : public alarm {
   public:
    explicit timer_alarm(asio::any_io_executor const& executor) : timer_{executor} {}
    void arm(time_point at, std::function<void()> ring) override {
      timer_.expires_at(at);
      timer_.async_wait([ring = std::move(ring)](std::error_code error) {
        if (!error) ring();
      });
    }
    void cancel() noexcept override {
      try {
        timer_.cancel();
      } catch (...) {  // NOLINT(bugprone-empty-catch): what cannot be cancelled rings in vain
      }
    }

   private:
    asio::steady_timer timer_;
  };
};

}  // namespace codimse::inline v0

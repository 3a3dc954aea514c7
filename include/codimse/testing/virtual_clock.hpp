// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/io/clock.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0::testing {

/// A clock that stands still until it is moved. Give its address to `association_options::clock`.
///
/// Alarms that become due are posted to their executors, in the order of their times (those of the
/// same time in the order in which they were armed), and run when the event loop is run next: they
/// then see the time to which the clock was moved. `advance_to_next` moves to one time at a time,
/// which is what `event_loop` does.
///
/// One thread. Must outlive the event loops of its alarms.
class virtual_clock final : public clock {
 public:
  explicit virtual_clock(time_point start = time_point{std::chrono::hours{1}}) : now_{start} {}

  [[nodiscard]] time_point now() const override { return now_; }
  [[nodiscard]] std::unique_ptr<alarm> make_alarm(asio::any_io_executor executor) override {
    return std::make_unique<virtual_alarm>(*this, std::move(executor));
  }

  /// Moves the time on and rings what is due.
  void advance(duration by) { advance_to(now_ + by); }
  void advance_to(time_point at) {
    now_ = std::max(now_, at);
    while (auto* const due = earliest()) {
      if (due->at() > now_) break;
      due->ring();
    }
  }
  /// Moves to the earliest alarm and rings what is due then; false where none is armed.
  bool advance_to_next() {
    auto const at = next();
    if (at) advance_to(*at);
    return at.has_value();
  }
  /// When the earliest alarm rings. Alarms at the end of time count as none.
  [[nodiscard]] std::optional<time_point> next() const {
    auto const* const first = earliest();
    if (first == nullptr || first->at() == time_point::max()) return {};
    return first->at();
  }

  /// Suspends the calling coroutine until this much later. Throws `operation_aborted` where Asio
  /// cancellation ends the wait.
  asio::awaitable<void> sleep(asio::any_io_executor executor, duration how_long) {
    asio::steady_timer waiting{executor, asio::steady_timer::time_point::max()};
    auto const bell = make_alarm(executor);
    bool rung = false;
    auto ring = [&waiting, &rung] {
      rung = true;
      waiting.cancel();
    };
    bell->arm(now_ + how_long, ring);
    std::error_code aborted;
    co_await waiting.async_wait(asio::redirect_error(asio::use_awaitable, aborted));
    if (!rung) throw std::system_error{aborted};
  }

 private:
  /// The ring waits in a timer of the event loop that never expires: so it is destroyed with it.
  class virtual_alarm final : public alarm {
   public:
    virtual_alarm(virtual_clock& owner, asio::any_io_executor const& executor)
        : clock_{owner}, timer_{executor, asio::steady_timer::time_point::max()} {}
    ~virtual_alarm() override { cancel(); }

    void arm(time_point at, std::function<void()> ring) override {
      cancel();
      at_ = at;
      turn_ = ++clock_.turns_;
      phase_ = std::make_shared<phase>(phase::armed);
      clock_.armed_.push_back(this);
      timer_.async_wait([ring = std::move(ring), phase = phase_](std::error_code) {
        if (*phase == phase::due) ring();
      });
      if (at <= clock_.now()) this->ring();
    }
    void cancel() noexcept override {
      if (phase_) *phase_ = phase::cancelled;
      phase_.reset();
      std::erase(clock_.armed_, this);
      timer_.cancel();
    }

    void ring() {
      *phase_ = phase::due;
      std::erase(clock_.armed_, this);
      timer_.cancel();
    }
    [[nodiscard]] time_point at() const { return at_; }
    [[nodiscard]] bool before(virtual_alarm const& other) const {
      return at_ != other.at_ ? at_ < other.at_ : turn_ < other.turn_;
    }

   private:
    enum class phase : std::uint8_t {
      armed,
      due,
      cancelled
    };

    virtual_clock& clock_;
    asio::steady_timer timer_;
    time_point at_{};
    std::uint64_t turn_ = 0;
    std::shared_ptr<phase> phase_;
  };

  [[nodiscard]] virtual_alarm* earliest() const {
    auto const before = [](auto const* a, auto const* b) { return a->before(*b); };
    auto const first = std::ranges::min_element(armed_, before);
    return first == armed_.end() ? nullptr : *first;
  }

  time_point now_;
  std::uint64_t turns_ = 0;
  std::vector<virtual_alarm*> armed_;
};

}  // namespace codimse::inline v0::testing

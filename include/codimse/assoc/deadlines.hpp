// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/io/clock.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace codimse::inline v0::detail {

/// The deadlines of one association on one timer. Arming stores a time point; the timer itself is
/// touched only when the new deadline is earlier than the one it sleeps for. A deadline that is
/// cleared costs at most one idle wake-up.
class deadlines {
 public:
  enum kind : std::size_t {
    artim,
    acse,
    dimse,
    receive,
    write,
    stall,
    control,
    idle,
    count
  };
  static constexpr time_point never = time_point::max();

  deadlines(clock& source, asio::any_io_executor executor)
      : clock_{source}, alarm_{source.make_alarm(std::move(executor))} {
    at_.fill(never);
  }

  [[nodiscard]] time_point now() const { return clock_.now(); }

  void set_at(kind which, time_point at) {
    at_[which] = at;
    if (at < sleeping_until_) sleep_until(at);
  }
  /// Zero: no deadline.
  void set(kind which, duration from_now) {
    if (from_now > duration::zero()) set_at(which, now() + from_now);
    else clear(which);
  }
  void clear(kind which) { at_[which] = never; }
  [[nodiscard]] bool expired(kind which, time_point now) const { return at_[which] <= now; }
  [[nodiscard]] time_point at(kind which) const { return at_[which]; }

  /// Makes the callback that the timer gets; called once for each time it is armed.
  void on_ring(std::function<std::function<void()>()> make_callback) {
    make_callback_ = std::move(make_callback);
    sleep_again();
  }
  /// To be called when the timer rang, after the expired deadlines were dealt with. Without a
  /// deadline the timer sleeps for ever: the callback is how an end of the event loop is noticed.
  void sleep_again() { sleep_until(std::ranges::min(at_)); }
  void stop() {
    at_.fill(never);
    make_callback_ = nullptr;
    sleeping_until_ = never;
    alarm_->cancel();
  }

 private:
  void sleep_until(time_point at) {
    if (!make_callback_) return;
    sleeping_until_ = at;
    alarm_->arm(at, make_callback_());
  }

  clock& clock_;
  std::unique_ptr<alarm> alarm_;
  std::array<time_point, count> at_{};
  time_point sleeping_until_ = never;
  std::function<std::function<void()>()> make_callback_;
};

}  // namespace codimse::inline v0::detail

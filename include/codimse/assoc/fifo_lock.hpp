// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/waiter.hpp>

#include <asio/error.hpp>

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0::detail {

/// Mutual exclusion among the coroutines of one executor, first come, first served. Held for one
/// whole message while it is sent, so that messages never mix.
class fifo_lock {
 public:
  explicit fifo_lock(waiter_registry& registry) : registry_{registry} {}

  /// Releases the lock when destroyed.
  class holder {
   public:
    explicit holder(fifo_lock& lock) : lock_{&lock} {}
    holder(holder&& other) noexcept : lock_{std::exchange(other.lock_, nullptr)} {}
    holder& operator=(holder&&) = delete;
    ~holder() {
      if (lock_ != nullptr) lock_->release();
    }

   private:
    fifo_lock* lock_;
  };

  [[nodiscard]] bool held() const { return held_; }

  /// Throws `operation_aborted` where Asio cancellation ended the wait.
  asio::awaitable<holder> acquire() {
    if (held_) {
      queued me{*this};
      bool const cancelled = co_await me.turn.wait();
      if (!me.served) {
        static_cast<void>(cancelled);
        throw std::system_error{asio::error::operation_aborted};
      }
      me.served = false;  // the holder below gives it back
    }
    held_ = true;
    co_return holder{*this};
  }

 private:
  struct queued {
    explicit queued(fifo_lock& owner) : lock{owner}, turn{owner.registry_} {
      lock.queue_.push_back(this);
    }
    queued(queued const&) = delete;
    queued& operator=(queued const&) = delete;
    ~queued() {
      std::erase(lock.queue_, this);
      if (served) lock.release();  // the turn came, but the coroutine was destroyed
    }
    fifo_lock& lock;
    waiter turn;
    bool served = false;
  };

  void release() {
    held_ = !queue_.empty();
    if (!held_) return;
    queued& next = *queue_.front();
    queue_.erase(queue_.begin());
    next.served = true;
    next.turn.notify();
  }

  waiter_registry& registry_;
  bool held_ = false;
  std::vector<queued*> queue_;
};

}  // namespace codimse::inline v0::detail

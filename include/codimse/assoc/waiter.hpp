// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <list>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace codimse::inline v0::detail {

/// The continuation of one suspended coroutine, erased, held inline.
class suspended {
 public:
  suspended() = default;
  suspended(suspended const&) = delete;
  suspended& operator=(suspended const&) = delete;
  suspended(suspended&& other) noexcept { take(other); }
  ~suspended() { reset(); }

  template <class Handler>
  void emplace(Handler handler) {
    static_assert(sizeof(Handler) <= sizeof storage_ && alignof(Handler) <= alignof(void*));
    new (storage_) Handler{std::move(handler)};
    operations_ = &operations_for<Handler>;
  }
  explicit operator bool() const { return operations_ != nullptr; }
  void reset() {
    if (auto const* const ops = std::exchange(operations_, nullptr)) ops->destroy(storage_);
  }
  /// Resumes here and now.
  static void resume(suspended self, bool cancelled) {
    std::exchange(self.operations_, nullptr)->invoke(self.storage_, cancelled, false);
  }
  /// Resumes from the event loop.
  static void post(suspended self, bool cancelled) {
    std::exchange(self.operations_, nullptr)->invoke(self.storage_, cancelled, true);
  }

 private:
  struct operations {
    void (*invoke)(void*, bool cancelled, bool later);
    void (*move)(void* from, void* to);
    void (*destroy)(void*);
  };
  template <class Handler>
  static constexpr operations operations_for{
      [](void* at, bool cancelled, bool later) {
        Handler handler{std::move(*static_cast<Handler*>(at))};
        static_cast<Handler*>(at)->~Handler();
        auto executor = asio::get_associated_executor(handler);
        if (later) {
          asio::post(executor,
                     [h = std::move(handler), cancelled]() mutable { std::move(h)(cancelled); });
          return;
        }
        // What the resumed coroutine lets escape is its completion handler's business: it leaves
        // from the event loop, not through whoever happened to notify.
        try {
          std::move(handler)(cancelled);
        } catch (...) {
          asio::post(executor,
                     [thrown = std::current_exception()] { std::rethrow_exception(thrown); });
        }
      },
      [](void* from, void* to) {
        new (to) Handler{std::move(*static_cast<Handler*>(from))};
        static_cast<Handler*>(from)->~Handler();
      },
      [](void* at) { static_cast<Handler*>(at)->~Handler(); }};

  void take(suspended& other) {
    operations_ = std::exchange(other.operations_, nullptr);
    if (operations_ != nullptr) operations_->move(other.storage_, storage_);
  }

  alignas(void*) std::byte storage_[8 * sizeof(void*)];
  operations const* operations_ = nullptr;
};

class waiter;

/// The waiters of one association on which a coroutine is suspended. When the event loop goes away
/// under them, `abandon` destroys those coroutines, which nothing else would.
class waiter_registry {
 public:
  void abandon();
  [[nodiscard]] bool abandoned() const { return abandoned_; }

 private:
  friend class waiter;
  std::list<waiter*> waiting_;
  bool abandoned_ = false;  // from then on nothing is resumed: frames are only destroyed
};

/// A place where one coroutine waits until another, on the same executor, notifies it. Check the
/// condition before waiting and again after: a notification that finds nobody is not kept.
class waiter {
 public:
  explicit waiter(waiter_registry& registry) : registry_{registry} {}
  waiter(waiter const&) = delete;
  waiter& operator=(waiter const&) = delete;
  ~waiter() { static_cast<void>(take()); }

  /// Yields true where Asio cancellation ended the wait.
  asio::awaitable<bool> wait() {
    asio::use_awaitable_t<> token;
    return asio::async_initiate<asio::use_awaitable_t<>, void(bool)>(
        [this](auto handler) { suspend(std::move(handler)); }, token);
  }
  /// Resumes the waiting coroutine, if any, right away; it runs until it suspends again.
  void notify() {
    if (continuation_ && !registry_.abandoned_) suspended::resume(take(), false);
  }

 private:
  friend class waiter_registry;

  template <class Handler>
  void suspend(Handler handler) {
    slot_ = asio::get_associated_cancellation_slot(handler);
    if (slot_.is_connected())
      slot_.assign([this](asio::cancellation_type) {
        if (continuation_) suspended::post(take_keeping_slot(), true);
      });
    continuation_.emplace(std::move(handler));
    position_ = registry_.waiting_.insert(registry_.waiting_.end(), this);
  }
  suspended take() {
    if (continuation_ && slot_.is_connected()) slot_.clear();
    return take_keeping_slot();
  }
  /// The slot's handler may not clear the slot that runs it.
  suspended take_keeping_slot() {
    if (continuation_) registry_.waiting_.erase(position_);
    return std::move(continuation_);
  }

  waiter_registry& registry_;
  suspended continuation_;
  asio::cancellation_slot slot_;
  std::list<waiter*>::iterator position_;
};

inline void waiter_registry::abandon() {
  abandoned_ = true;
  while (!waiting_.empty()) {
    auto const dropped = waiting_.front()->take();  // destroyed here, and its frames with it
  }
}

/// A place where any number of coroutines wait; a notification resumes them all.
class condition {
 public:
  explicit condition(waiter_registry& registry) : registry_{registry} {}

  /// Yields true where Asio cancellation ended the wait.
  asio::awaitable<bool> wait() {
    entry me{*this};
    bool const cancelled = co_await me.turn.wait();
    co_return cancelled;
  }
  void notify() {
    auto const waiting = entries_;
    for (auto* const one : waiting)
      if (std::ranges::find(entries_, one) != entries_.end()) one->turn.notify();
  }

 private:
  struct entry {
    explicit entry(condition& c) : owner{c}, turn{c.registry_} { owner.entries_.push_back(this); }
    entry(entry const&) = delete;
    entry& operator=(entry const&) = delete;
    ~entry() { std::erase(owner.entries_, this); }
    condition& owner;
    waiter turn;
  };

  waiter_registry& registry_;
  std::vector<entry*> entries_;
};

}  // namespace codimse::inline v0::detail

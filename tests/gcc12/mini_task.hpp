// SPDX-License-Identifier: BSL-1.0
#pragma once

// The least that a coroutine needs, so that what goes wrong is the compiler's doing alone.

#include <coroutine>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <utility>

template <class T>
class task {
 public:
  struct promise_type {
    T value{};
    std::coroutine_handle<> waiting = std::noop_coroutine();
    task get_return_object() {
      return task{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    struct back {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> me) noexcept {
        return me.promise().waiting;
      }
      void await_resume() noexcept {}
    };
    back final_suspend() noexcept { return {}; }
    void return_value(T v) { value = std::move(v); }
    void unhandled_exception() { std::terminate(); }
  };

  task(task&& other) noexcept : me_{std::exchange(other.me_, {})} {}
  task& operator=(task&&) = delete;
  ~task() {
    if (me_) me_.destroy();
  }
  bool await_ready() { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) {
    me_.promise().waiting = waiting;
    return me_;
  }
  T await_resume() { return std::move(me_.promise().value); }
  T run() {
    me_.resume();
    return std::move(me_.promise().value);
  }

 private:
  explicit task(std::coroutine_handle<promise_type> me) : me_{me} {}
  std::coroutine_handle<promise_type> me_;
};

/// Knows when it is destroyed twice, or used after its end.
class counted {
 public:
  static inline int alive = 0;
  static inline bool broken = false;
  counted() { begin(); }
  counted(counted const& other) {
    other.check();
    begin();
  }
  counted(counted&& other) noexcept {
    other.check();
    begin();
  }
  counted& operator=(counted const& other) {
    check();
    other.check();
    return *this;
  }
  ~counted() {
    check();
    self_ = nullptr;
    --alive;
  }
  void check() const {
    if (self_ != this) broken = true;
  }

 private:
  void begin() {
    self_ = this;
    ++alive;
  }
  counted const* volatile self_ = nullptr;
};

/// 0: as the language demands; 1: not. A crash or a hang says the same as 1.
inline int verdict(bool good = true) {
  bool const right = good && !counted::broken && counted::alive == 0;
  std::puts(right ? "right" : "wrong");
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}

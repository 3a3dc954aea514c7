// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/dispatch.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace codimse::inline v0::detail {

/// Runs `f` on `executor` (a thread pool for work that blocks) and yields its result back on the
/// caller's own; what it throws is thrown there.
template <class T, class F>
asio::awaitable<T> run_on(asio::any_io_executor executor, F f) {
  asio::use_awaitable_t<> token;
  auto const start = [&executor, &f](auto handler) {
    auto work = asio::make_work_guard(asio::get_associated_executor(handler));
    asio::post(executor, [&f, handler = std::move(handler), work = std::move(work)]() mutable {
      std::exception_ptr thrown;
      T value{};
      try {
        value = f();
      } catch (...) {
        thrown = std::current_exception();
      }
      auto const back = work.get_executor();
      asio::dispatch(back,
                     [thrown, value = std::move(value), handler = std::move(handler)]() mutable {
                       std::move(handler)(thrown, std::move(value));
                     });
    });
  };
  T value = co_await asio::async_initiate<asio::use_awaitable_t<>, void(std::exception_ptr, T)>(
      start, token);
  co_return value;
}

}  // namespace codimse::inline v0::detail

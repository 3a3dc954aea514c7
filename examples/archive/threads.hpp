// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/use_awaitable.hpp>

#include <type_traits>
#include <utility>

namespace archive {

/// Calls a function that blocks in a coroutine: `co_spawn` moves it into the frame.
template <class F>
asio::awaitable<std::invoke_result_t<F&>> called(F f) {
  co_return f();
}

/// Runs a function that blocks on another executor and yields its result on the caller's; what it
/// throws is thrown there.
template <class F>
asio::awaitable<std::invoke_result_t<F&>> run_on(asio::any_io_executor const& executor, F f) {
  return asio::co_spawn(executor, called(std::move(f)), asio::use_awaitable);
}

}  // namespace archive

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/io/clock.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <memory>
#include <system_error>

namespace codimse::inline v0 {

/// Suspends the calling coroutine for this long, as the clock sees it. Throws `errc::cancelled`
/// where Asio cancellation ends the wait. The clock must outlive the call.
/// Used on the executor that it is given.
inline asio::awaitable<void> sleep_for(clock& time, asio::any_io_executor executor,
                                       duration how_long) {
  // Shared with the alarm: it may ring while the frame is being destroyed.
  auto const waiting =
      std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
  auto const rung = std::make_shared<bool>(false);
  auto ring = [waiting, rung] {
    *rung = true;
    waiting->cancel();
  };
  auto const bell = time.make_alarm(executor);
  bell->arm(time.now() + how_long, ring);
  std::error_code aborted;
  co_await waiting->async_wait(asio::redirect_error(asio::use_awaitable, aborted));
  if (!*rung) throw error{errc::cancelled};
}

}  // namespace codimse::inline v0

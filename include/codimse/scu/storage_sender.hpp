// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/connect.hpp>
#include <codimse/io/sleep.hpp>
#include <codimse/scu/delivery_queue.hpp>
#include <codimse/scu/retry.hpp>
#include <codimse/scu/send_file.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// Sends files to one peer, as `send_file` does: proposes one presentation context for each pair of
/// SOP Class and transfer syntax, for uncompressed files also with the other uncompressed ones,
/// over as many associations as that takes (128 contexts each), one after the other. Goes on after
/// a failure; when the association breaks, with the next file on a new one.
///
/// With a `retry_policy`, what failed transiently is tried again when all files had their turn, so
/// that one object that a peer cannot bear holds up no other; a peer that cannot be reached is
/// called again before. Used on its executor, one `send` at a time.
class storage_sender {
 public:
  /// Opens an association for these contexts, as `connect` does: for other transports. Must not be
  /// a coroutine lambda itself.
  using opener = std::function<asio::awaitable<association>(proposals const&)>;

  storage_sender(asio::any_io_executor executor, peer to, association_options options = {})
      : executor_{std::move(executor)}, clock_{options.clock} {
    open_ = [at = executor_, to, options](proposals const& wanted) {
      return connect(at, to, wanted, options);
    };
  }
  /// `clock`: of the waits between tries; nullptr: the system's.
  storage_sender(asio::any_io_executor executor, opener open, codimse::clock* clock = nullptr)
      : executor_{std::move(executor)}, open_{std::move(open)}, clock_{clock} {}

  /// Names the C-MOVE that the files are sent for.
  void moved_by(move_originator const& who) { originator_ = who; }
  /// What to try again. Not by default.
  void retry(retry_policy const& how) { policy_ = how; }

  /// Sends all files; both arguments must outlive the call. Reports through `watch.done`, each
  /// file once. Throws where the first connection cannot be made, when cancelled, or what a
  /// callback throws: a file that was not told of then was not tried.
  asio::awaitable<void> send(std::vector<part10_file> const& files,
                             sending_callbacks const& watch) {
    connected_once_ = false;
    failed_calls_ = 0;
    detail::delivery_queue queue{files, policy_, watch};
    try {
      co_await send_rounds(queue, watch);
    } catch (...) {
      queue.finish();
      throw;
    }
    queue.finish();
  }

 private:
  asio::awaitable<void> send_rounds(detail::delivery_queue& queue, sending_callbacks const& watch) {
    detail::back_off delays{policy_, seed()};
    for (unsigned again = 1;; ++again) {
      while (queue.in_round() && !watch.stopped()) {
        proposals const wanted = queue.begin_batch();
        co_await send_batch(queue, wanted, delays, watch);
      }
      if (!queue.has_more() || watch.stopped()) co_return;
      co_await pause(again, queue.problem(), delays, watch);
      if (watch.stopped()) co_return;
      queue.begin_round();
    }
  }

  asio::awaitable<void> send_batch(detail::delivery_queue& queue, proposals const& wanted,
                                   detail::back_off& delays, sending_callbacks const& watch) {
    while (queue.in_batch() && !watch.stopped()) {
      detail::attempt why;
      association open = co_await reach(wanted, delays, watch, why);
      if (why.problem.empty()) {
        co_await send_over(open, queue, watch);
        co_await let_go(open);
      } else if (!watch.stopped()) {
        queue.give_up(why);
      }
    }
  }

  /// An association, called for as often as the policy says; none leaves the reason in `why`.
  asio::awaitable<association> reach(proposals const& wanted, detail::back_off& delays,
                                     sending_callbacks const& watch, detail::attempt& why) {
    for (;;) {
      std::exception_ptr problem;
      try {
        association open = co_await open_(wanted);
        connected_once_ = true;
        failed_calls_ = 0;
        why = {};
        co_return open;
      } catch (error const& failed) {
        if (failed.code() == errc::cancelled) throw;
        // One that takes none of these SOP Classes may take those of the next batch.
        if (failed.code() == errc::no_common_presentation_context) connected_once_ = true;
        why.ended_by(failed);
        problem = std::current_exception();
      }
      co_await throw_if_cancelled();  // which looks like a connection that failed
      if (!why.transient || failed_calls_ >= policy_.retries) {
        if (!connected_once_) std::rethrow_exception(problem);
        break;
      }
      ++failed_calls_;
      co_await pause(failed_calls_, why.problem, delays, watch);
      if (watch.stopped()) break;
    }
    co_return association{};
  }

  /// Sends until the end or until the association breaks, but tries at least one file, so that a
  /// peer that ends every association at once is not called for ever.
  asio::awaitable<void> send_over(association& open, detail::delivery_queue& queue,
                                  sending_callbacks const& watch) const {
    for (bool first = true; queue.in_batch(); first = false) {
      if (!first && !open.established()) co_return;
      if (watch.stopped()) co_return;
      detail::attempt now;
      try {
        co_await detail::try_file(open, queue.front(), originator_, watch, now);
      } catch (...) {
        if (now.tries > 0) queue.settle(std::move(now));
        throw;
      }
      bool const told = queue.settle(std::move(now));
      if (told && watch.then) co_await watch.then();
    }
  }

  /// Whatever becomes of the release: everything on this association was answered before.
  static asio::awaitable<void> let_go(association& open) {
    if (!open.established()) co_return;
    try {
      co_await open.release();
    } catch (error const& failed) {
      if (failed.code() == errc::cancelled) throw;
    }
  }

  static asio::awaitable<void> throw_if_cancelled() {
    auto const state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) throw error{errc::cancelled};
  }

  asio::awaitable<void> pause(unsigned nth, std::string const& problem, detail::back_off& delays,
                              sending_callbacks const& watch) {
    duration left = delays.before(nth);
    if (watch.retrying) watch.retrying({nth, policy_.retries, left, problem});
    constexpr duration between_looks = std::chrono::milliseconds{250};
    while (left > duration::zero() && !watch.stopped()) {
      duration const some = watch.stop ? std::min(left, between_looks) : left;
      co_await sleep_for(time(), executor_, some);
      left -= some;
    }
  }

  [[nodiscard]] codimse::clock& time() const {
    return clock_ != nullptr ? *clock_ : system_clock::instance();
  }
  [[nodiscard]] std::uint64_t seed() const {
    if (policy_.seed != 0) return policy_.seed;
    return static_cast<std::uint64_t>(time().now().time_since_epoch().count());
  }

  asio::any_io_executor executor_;
  opener open_;
  codimse::clock* clock_;
  move_originator originator_;
  retry_policy policy_;
  bool connected_once_ = false;
  unsigned failed_calls_ = 0;  // in a row
};

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/answer.hpp>
#include <codimse/assoc/observer.hpp>
#include <codimse/assoc/session.hpp>

#include <asio/awaitable.hpp>
#include <asio/cancellation_state.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/this_coro.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace codimse::inline v0 {

/// The responses to a C-FIND, C-GET or C-MOVE as an asynchronous sequence: pending ones until the
/// final one (PS3.7 9.1.2 to 9.1.4). A peer that sends faster than they are taken is held back.
///
///     auto found = co_await association.start(rq, identifier);
///     for (;;) {
///       auto const pending = co_await found.next();
///       if (!pending) break;
///       use(pending->attributes());
///     }
///     status const how = found.final_response().status;
///
/// Movable between calls of `next`. Destroying one that is not finished sends C-CANCEL; what the
/// peer still answers is thrown away. Use it on the association's executor.
template <class Rq>
class responses {
 public:
  using response = answer<typename Rq::response>;

  /// The next pending response; none when the final one has come. Throws `codimse::error` when the
  /// association ends, or when no response comes for the call's `response_timeout`. Asio
  /// cancellation: terminal aborts the association, partial sends C-CANCEL, waits for the final
  /// response and throws `errc::cancelled`, with the association usable.
  asio::awaitable<std::optional<response>> next() {
    auto& self = *state_;
    if (self.final_response) co_return std::nullopt;
    bool const cancelled = co_await self.session->wait_for_response(self.slot);
    if (cancelled) {
      auto const how = co_await asio::this_coro::cancellation_state;
      // What is left to do must not be refused because of the cancellation that it answers.
      bool const before = co_await asio::this_coro::throw_if_cancelled();
      co_await asio::this_coro::throw_if_cancelled(false);
      auto const end = co_await stop(self, how.cancelled());
      co_await asio::this_coro::throw_if_cancelled(before);
      std::rethrow_exception(end);
    }
    response received{self.session->take_response(self.slot), self.transfer_syntax,
                      self.session->link().options().limits};
    if (!self.slot.done || self.slot.has_response()) co_return received;
    finish(self, std::move(received));
    co_return std::nullopt;
  }

  /// Asks the peer to stop (C-CANCEL) and returns at once; go on with `next`: the final response
  /// says whether it came in time (FE00), and the association stays usable.
  void cancel() {
    if (state_ && state_->slot.sent && !state_->slot.done &&
        !std::exchange(state_->cancelling, true))
      state_->session->cancel_request(state_->context_id, state_->slot.message_id);
  }

  /// Has the final response come?
  [[nodiscard]] bool finished() const { return state_->final_response.has_value(); }
  /// The final response, when `next` has yielded none.
  [[nodiscard]] response const& final_response() const {
    return *state_->final_response;  // NOLINT(bugprone-unchecked-optional-access): see above
  }

  responses(responses&&) noexcept = default;
  responses& operator=(responses&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~responses() {
    cancel();
    if (state_) state_->session->give_up(state_->slot);
  }

 private:
  friend class association_ref;

  struct state {
    state(std::shared_ptr<detail::session> s, std::uint16_t message_id,
          ul::negotiated_context const& context)
        : session{std::move(s)},
          slot{session->invoked(), message_id, Rq::command, context.id, true},
          context_id{context.id},
          transfer_syntax{context.transfer_syntax},
          begun{session->link().timers().now()} {}
    std::shared_ptr<detail::session> session;
    detail::invoked_requests::request slot;
    std::uint8_t context_id;
    uid transfer_syntax;
    time_point begun;
    bool cancelling = false;
    std::optional<response> final_response;
  };

  responses(std::shared_ptr<detail::session> session, std::uint16_t message_id,
            ul::negotiated_context const& context)
      : state_{std::make_unique<state>(std::move(session), message_id, context)} {}
  [[nodiscard]] detail::invoked_requests::request& slot() { return state_->slot; }

  /// The wait was cancelled from outside; yields what to throw.
  asio::awaitable<std::exception_ptr> stop(state& self, asio::cancellation_type how) {
    bool const terminal =
        (how & asio::cancellation_type::terminal) != asio::cancellation_type::none;
    try {
      if (terminal) give_up(self);
      cancel();
      co_await skip_to_the_end(self);
    } catch (error const&) {
      co_return std::current_exception();
    }
    co_return std::make_exception_ptr(error{errc::cancelled});
  }
  [[noreturn]] static void give_up(state& self) {
    self.session->link().abort({}, errc::cancelled);
    self.session->link().throw_end();
  }

  static asio::awaitable<void> skip_to_the_end(state& self) {
    while (!self.final_response) {
      bool const again = co_await self.session->wait_for_response(self.slot);
      if (again) give_up(self);  // whoever cancels twice does not want to wait for the peer
      response received{self.session->take_response(self.slot), self.transfer_syntax,
                        self.session->link().options().limits};
      if (self.slot.done && !self.slot.has_response()) finish(self, std::move(received));
    }
  }

  static void finish(state& self, response received) {
    self.final_response = std::move(received);
    auto* const observer = self.session->link().options().observer;
    if (observer == nullptr) return;
    auto const& last = *self.final_response;
    auto const view = self.session->info();
    uid const none;
    observer->observe(operation_completed{view, static_cast<std::uint16_t>(Rq::command),
                                          self.slot.message_id, false, none, last.status,
                                          last.error_comment.view(), self.slot.data_set_bytes,
                                          self.session->link().timers().now() - self.begun});
  }

  std::unique_ptr<state> state_;
};

}  // namespace codimse::inline v0

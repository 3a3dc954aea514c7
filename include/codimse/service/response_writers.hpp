// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/host.hpp>
#include <codimse/assoc/performer.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/dimse/response_fields.hpp>

#include <asio/awaitable.hpp>

#include <utility>

namespace codimse::inline v0 {

/// What every writer of responses has. Lives as long as its handler runs; used on the
/// association's executor.
class response_writer {
 public:
  explicit response_writer(detail::performed_operation& operation) : operation_{&operation} {}
  response_writer(response_writer const&) = delete;
  response_writer& operator=(response_writer const&) = delete;

  /// What the final response says beside the status that the handler returns.
  [[nodiscard]] response_fields& fields() { return operation_->fields; }

 protected:
  ~response_writer() = default;
  [[nodiscard]] detail::performed_operation& operation() { return *operation_; }
  [[nodiscard]] detail::performed_operation const& operation() const { return *operation_; }

 private:
  detail::performed_operation* operation_;
};

/// Responses of an operation that C-CANCEL cuts short (PS3.7 9.3.2.3): C-FIND, C-GET, C-MOVE.
class cancellable_responses : public response_writer {
 public:
  using response_writer::response_writer;

  /// Has C-CANCEL come? A handler that looks and stops gives FE00 to the peer; no further
  /// sub-operation is begun then.
  [[nodiscard]] bool cancelled() {
    if (operation().cancelled) operation().cut_short = true;
    return operation().cancelled;
  }
};

/// Responses to a C-FIND (PS3.4 C.4.1).
///
///     codimse::reply on(c_find_rq const&, data_set const& identifier, c_find_responses& out) {
///       for (auto const& one : worklist_) {
///         if (out.cancelled()) break;
///         if (matches(identifier, one)) co_await out.pending(select_requested(identifier, one));
///       }
///       co_return status::success;
///     }
///
/// C-CANCEL is seen by `cancelled`, and by waits of a handler that enables partial cancellation
/// (`asio::this_coro::reset_cancellation_state`). After it nothing more is sent, and the final
/// status is FE00 where something was left out.
class c_find_responses : public cancellable_responses {
 public:
  using cancellable_responses::cancellable_responses;

  /// One match (FF00, or FF01 where optional keys are not supported). Completes when it is on its
  /// way: a slow peer is waited for here. Throws `codimse::error` when the association ends.
  asio::awaitable<void> pending(data_set match, status how = status::pending) {
    if (cancelled()) {
      operation().cut_short = true;
      co_return;
    }
    response_fields const none;
    co_await operation().by->respond(operation(), how, none, &match);
  }
};

/// The response to a DIMSE-N request (PS3.7 10.3): what beside its status goes back.
class n_responses : public response_writer {
 public:
  using response_writer::response_writer;

  /// The data set of the response: attributes read or set, an action's or event's reply.
  void data_set(codimse::data_set attributes) {
    operation().final_data_set = std::move(attributes);
  }
  /// N-CREATE: the instance, where the requestor left it to us to name it.
  void affected_sop_instance(uid const& instance) { fields().affected_sop_instance_uid = instance; }
};

}  // namespace codimse::inline v0

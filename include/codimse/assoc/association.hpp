// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/proposals.hpp>
#include <codimse/assoc/session.hpp>
#include <codimse/dimse/messages.hpp>
#include <codimse/io/source.hpp>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>

#include <concepts>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace codimse::inline v0 {

/// Options of one call.
/// A value: distinct objects may be used from different threads.
struct call_options {
  /// Deadline for the response, counted from when the request was sent (sending itself is under
  /// `timeouts::write`, waiting for the window under the deadlines of the requests before);
  /// unset: `timeouts::dimse`.
  std::optional<duration> response_timeout{};
};

namespace detail {

/// Do these arguments behind a request fit one of the two forms of `association::request`?
template <class Rq>
consteval bool fits_request() {
  return !Rq::has_data_set;
}
template <class Rq, class First, class...>
consteval bool fits_request() {
  using given = std::remove_cvref_t<First>;
  if constexpr (Rq::has_data_set) return source<given>;
  else return std::same_as<given, call_options>;
}

}  // namespace detail

/// An association that we requested. Movable; destroying one that was not released aborts it: its
/// coroutine then ends by itself, at the latest when ARTIM (`timeouts::acse`) expires.
///
/// Use it on its executor only (the one given to `connect`), which must not run two things at once:
/// one thread, or a strand. Within that, several coroutines may
/// have requests under way at once, as far as the negotiated window allows: the others wait.
///
/// Calls throw `codimse::error` (or a class derived from it) when the association ends under
/// them. A DIMSE status, failures included, is a value in the response. Asio cancellation of a
/// call whose request is on its way aborts the association.
class association {
 public:
  /// None: not established. For callbacks, which must be able to get nothing.
  association() = default;
  explicit association(std::shared_ptr<detail::session> session) : session_{std::move(session)} {}
  association(association&&) noexcept = default;
  association& operator=(association&& other) noexcept {
    if (this != &other) abort();
    session_ = std::move(other.session_);
    return *this;
  }
  association(association const&) = delete;
  association& operator=(association const&) = delete;
  ~association() { abort(); }

  /// Sends a request without a data set and waits for its response (PS3.7 7.5).
  template <class Rq>
    requires(!Rq::has_data_set)
  asio::awaitable<typename Rq::response> request(Rq rq, call_options options = {}) {
    return exchange<Rq>(session_, rq, uid{}, {}, options);
  }

  /// Sends a request with its data set, which is in the source's transfer syntax; a presentation
  /// context must have been accepted for it. The source must outlive the call.
  template <class Rq, source S>
    requires(Rq::has_data_set)
  asio::awaitable<typename Rq::response> request(Rq rq, S& data, call_options options = {}) {
    object_info const& what = data.info();
    return exchange<Rq>(session_, rq, what.transfer_syntax, source_ref{data}, options);
  }

  /// Anything else is a mistake, and is told so.
  template <class Rq, class... Rest>
    requires(!detail::fits_request<Rq, Rest...>())
  asio::awaitable<typename Rq::response> request(Rq, Rest&&...) {
    static_assert(sizeof(Rq) == 0,
                  "codimse: a request without a data set is request(rq), one with a data set is "
                  "request(rq, source), where a source has info(), size() and read(pieces)");
  }

  /// Releases the association (PS3.8 7.2) once outstanding operations are answered, and waits for
  /// the end of the connection, for at most `timeouts::acse`.
  asio::awaitable<void> release() { return release(session_); }

  /// Aborts the association (PS3.8 7.3); outstanding calls fail. Returns at once.
  void abort() {
    if (session_ != nullptr && !session_->link().over())
      session_->link().abort({}, errc::not_established, "aborted by this program");
  }

  /// What was agreed on, and with whom.
  [[nodiscard]] association_info info() const { return session_->info(); }
  /// Can it still be used?
  [[nodiscard]] bool established() const {
    return session_ != nullptr && !session_->link().over() &&
           session_->link().provider().established();
  }

 private:
  static asio::awaitable<void> release(std::shared_ptr<detail::session> session) {
    co_await session->release();
  }

  template <class Rq>
  static asio::awaitable<typename Rq::response> exchange(std::shared_ptr<detail::session> session,
                                                         Rq rq, uid transfer_syntax,
                                                         std::optional<source_ref> data,
                                                         call_options options) {
    auto& link = session->link();
    if (link.over()) link.throw_end();
    if constexpr (requires { rq.affected_sop_instance_uid; })
      if (rq.affected_sop_instance_uid.overlong())  // would go out cut: another object's name
        throw error{errc::invalid_uid, "SOP Instance UID of more than 64 characters"};
    auto const* const context =
        link.facts().agreed.find(rq.affected_sop_class_uid, transfer_syntax);
    if (context == nullptr || !context->requestor_scu) throw error{errc::no_presentation_context};
    std::uint8_t const context_id = context->id;
    if (!session->window_open()) co_await session->wait_for_window();
    if (rq.message_id == 0) rq.message_id = session->invoked().next_message_id();
    detail::invoked_requests::request slot{session->invoked(), rq.message_id};
    byte_writer command;
    encode_command(command, rq, Rq::has_data_set);
    auto const begun = link.timers().now();
    duration const timeout = options.response_timeout.value_or(link.options().timeouts.dimse);
    co_await session->exchange(slot, context_id, command.view(), data ? &*data : nullptr, timeout);
    auto const received = command_set::parse(slot.response);
    auto const response = decode_command<typename Rq::response>(*received);
    report(*session, rq, response, slot.data_set_bytes, link.timers().now() - begun);
    co_return response;
  }

  template <class Rq>
  static void report(detail::session& session, Rq const& rq, typename Rq::response const& response,
                     std::uint64_t bytes, duration took) {
    auto* const observer = session.link().options().observer;
    if (observer == nullptr) return;
    uid instance;
    if constexpr (requires { rq.affected_sop_instance_uid; })
      instance = rq.affected_sop_instance_uid;
    auto const view = session.info();
    observer->observe(operation_completed{view, static_cast<std::uint16_t>(Rq::command),
                                          rq.message_id, false, instance, response.status,
                                          response.error_comment.view(), bytes, took});
  }

  std::shared_ptr<detail::session> session_;
};

namespace detail {

/// What can be said about a request before anybody is asked.
inline void check_request(proposals const& wanted, ae_title const& called,
                          association_options const& options) {
  if (wanted.size() == 0) throw error{errc::invalid_argument, "no presentation context to propose"};
  if (wanted.size() > ul::max_contexts) throw error{errc::too_many_presentation_contexts};
  if (!called.valid()) throw error{errc::invalid_ae_title};
  check_options(options);
}

}  // namespace detail

/// Requests an association over a stream that is already connected. Throws
/// `association_rejected`, `association_aborted` or `error`;
/// `errc::no_common_presentation_context` where the peer refused all contexts (after a release).
inline asio::awaitable<association> associate(asio::any_io_executor executor,
                                              std::unique_ptr<stream> carrier, ae_title called,
                                              proposals wanted, association_options options = {}) {
  detail::check_request(wanted, called, options);
  pdu::associate_rq request;
  request.called = called.to_field();
  request.calling = options.ae_title.to_field();
  wanted.fill(request);
  request.user.maximum_length = options.max_pdu_length;
  request.user.implementation_class = implementation_class_uid;
  request.user.implementation_version = std::string{implementation_version_name};
  // Some peers drop the connection on an offered window: offer one only where it is wanted.
  if (options.operations_invoked != 1 || options.operations_performed != 1)
    request.user.window = {options.operations_invoked, options.operations_performed};
  auto const session =
      std::make_shared<detail::session>(executor, std::move(carrier), ul::role::requestor, options,
                                        detail::shared_buffer_pool(), nullptr);
  session->start_as_requestor(std::move(request));
  asio::co_spawn(executor, detail::session::run(session), [](std::exception_ptr) {});
  co_await session->establish();
  if (!session->link().facts().agreed.any_accepted()) {
    co_await session->release();
    throw error{errc::no_common_presentation_context};
  }
  co_return association{session};
}

}  // namespace codimse::inline v0

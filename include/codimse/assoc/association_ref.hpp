// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/answer.hpp>
#include <codimse/assoc/responses.hpp>
#include <codimse/assoc/roles.hpp>
#include <codimse/assoc/session.hpp>
#include <codimse/dimse/messages.hpp>
#include <codimse/io/source.hpp>

#include <asio/awaitable.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace codimse::inline v0 {

/// Options of one call.
/// A value: distinct objects may be used from different threads.
struct call_options {
  /// Deadline for the response, counted from when the request was sent, or from the pending
  /// response before (sending itself is under `timeouts::write`, waiting for the window under the
  /// deadlines of the requests before); unset: `timeouts::dimse`.
  std::optional<duration> response_timeout{};
  /// The abstract syntax of the presentation context to use, where it is not the SOP Class of the
  /// request: print's meta SOP Classes, UPS (PS3.4 H, CC).
  uid context{};
};

namespace detail {

/// DIMSE-N responses may bring a data set, those of C-ECHO and C-STORE do not.
template <class Rq>
struct answer_type {
  using type = answer<typename Rq::response>;
};
template <>
struct answer_type<c_echo_rq> {
  using type = c_echo_rsp;
};
template <>
struct answer_type<c_store_rq> {
  using type = c_store_rsp;
};
template <class Rq>
using answer_to = typename answer_type<Rq>::type;

template <class Rq>
inline constexpr bool has_many_responses =
    std::same_as<Rq, c_find_rq> || std::same_as<Rq, c_get_rq> || std::same_as<Rq, c_move_rq>;

/// Do these arguments behind a request fit one of the forms of `association_ref::request`?
template <class Rq>
consteval bool fits_request() {
  return data_set_is_optional<Rq>() && !has_many_responses<Rq>;
}
template <class Rq, class First, class...>
consteval bool fits_request() {
  using given = std::remove_cvref_t<First>;
  if constexpr (has_many_responses<Rq>) return false;
  if constexpr (std::same_as<given, call_options>) return data_set_is_optional<Rq>();
  if constexpr (std::same_as<Rq, c_store_rq>) return source<given>;
  if constexpr (Rq::has_data_set) return source<given> || std::same_as<given, data_set>;
  return false;
}

}  // namespace detail

/// An association to invoke requests on, either role, without owning it: to copy and to keep. Calls
/// throw once it has gone. Use it on the association's executor.
///
/// Several coroutines may have requests under way at once, as far as the negotiated window allows:
/// the others wait. Calls throw `codimse::error` (or a class derived from it) when the association
/// ends under them. A DIMSE status, failures included, is a value in the response. Asio
/// cancellation of a call whose request is on its way aborts the association; that of a sequence of
/// responses (`start`) sends C-CANCEL if it is partial.
class association_ref {
 public:
  /// None: not established.
  association_ref() = default;
  explicit association_ref(std::weak_ptr<detail::session> session) : weak_{std::move(session)} {}

  /// Sends a request without a data set and waits for its response (PS3.7 7.5).
  template <class Rq>
    requires(detail::fits_request<Rq>())
  asio::awaitable<detail::answer_to<Rq>> request(Rq rq, call_options options = {}) const {
    return exchange<Rq>(session(), std::move(rq), uid{}, {}, options);
  }

  /// Sends a request with its data set, which is in the source's transfer syntax; a presentation
  /// context must have been accepted for it. The source must outlive the call.
  template <class Rq, source S>
    requires(Rq::has_data_set && !detail::has_many_responses<Rq>)
  asio::awaitable<detail::answer_to<Rq>> request(Rq rq, S& data, call_options options = {}) const {
    object_info const& what = data.info();
    return exchange<Rq>(session(), std::move(rq), what.transfer_syntax, source_ref{data}, options);
  }

  /// Sends a DIMSE-N request with its attributes, in the transfer syntax that was accepted.
  template <class Rq>
    requires(Rq::has_data_set && !detail::has_many_responses<Rq> && !std::same_as<Rq, c_store_rq>)
  asio::awaitable<detail::answer_to<Rq>> request(Rq rq, data_set attributes,
                                                 call_options options = {}) const {
    return exchange_attributes<Rq>(session(), std::move(rq), std::move(attributes), options);
  }

  /// Anything else is a mistake, and is told so.
  template <class Rq, class... Rest>
    requires(!detail::fits_request<Rq, Rest...>())
  asio::awaitable<detail::answer_to<Rq>> request(Rq, Rest&&...) const {
    static_assert(sizeof(Rq) == 0,
                  "codimse: a request without a data set is request(rq), one with a data set is "
                  "request(rq, source), where a source has info(), size() and read(pieces), or "
                  "for DIMSE-N request(rq, data_set); C-FIND, C-GET and C-MOVE are start(rq, "
                  "identifier)");
  }

  /// Sends a C-FIND, C-GET or C-MOVE; its responses come as an asynchronous sequence.
  template <class Rq>
    requires(detail::has_many_responses<Rq>)
  asio::awaitable<responses<Rq>> start(Rq rq, data_set identifier,
                                       call_options options = {}) const {
    return begin<Rq>(session(), rq, std::move(identifier), options);
  }

  /// What was agreed on, and with whom. Valid as long as the association object, or the handler.
  [[nodiscard]] association_info info() const { return session()->info(); }
  /// Can it still be used?
  [[nodiscard]] bool established() const {
    auto const here = weak_.lock();
    return here != nullptr && !here->link().over() && here->link().provider().established();
  }

 protected:
  [[nodiscard]] std::shared_ptr<detail::session> session() const {
    auto here = weak_.lock();
    if (here == nullptr) throw error{errc::not_established};
    return here;
  }

 private:
  using session_ptr = std::shared_ptr<detail::session>;

  template <class Rq>
  static ul::negotiated_context const& context_for(detail::session& session, Rq const& rq,
                                                   uid const& transfer_syntax,
                                                   call_options const& options) {
    auto& link = session.link();
    if (link.over()) link.throw_end();
    if (sop_instance_of(rq).overlong())  // would go out cut: another object's name
      throw error{errc::invalid_uid, "SOP Instance UID of more than 64 characters"};
    bool const we_requested = link.facts().role == ul::role::requestor;
    bool const lenient = !link.options().require_role_selection;
    auto const command = static_cast<std::uint16_t>(Rq::command);
    uid const& wanted = options.context.empty() ? sop_class_of(rq) : options.context;
    for (auto const& context : link.facts().agreed.contexts) {
      if (!context.accepted() || context.abstract_syntax != wanted) continue;
      if (!transfer_syntax.empty() && context.transfer_syntax != transfer_syntax) continue;
      if (lenient || detail::may_invoke(context, we_requested, command)) return context;
    }
    throw error{errc::no_presentation_context};
  }

  template <class Rq>
  static asio::awaitable<detail::answer_to<Rq>> exchange(session_ptr session, Rq rq,
                                                         uid transfer_syntax,
                                                         std::optional<source_ref> data,
                                                         call_options options) {
    auto const& context = context_for(*session, rq, transfer_syntax, options);
    auto& link = session->link();
    if (!session->window_open()) co_await session->wait_for_window();
    if (rq.message_id == 0) rq.message_id = session->invoked().next_message_id();
    detail::invoked_requests::request slot{session->invoked(), rq.message_id, Rq::command,
                                           context.id};
    byte_writer command;
    encode_command(command, rq, data.has_value());
    auto const begun = link.timers().now();
    duration const timeout = options.response_timeout.value_or(link.options().timeouts.dimse);
    co_await session->exchange(slot, context.id, command.view(), data ? &*data : nullptr, timeout);
    auto const response = decode_answer<detail::answer_to<Rq>>(
        session->take_response(slot), context.transfer_syntax, link.options().limits);
    report(*session, rq, response, slot.data_set_bytes, link.timers().now() - begun);
    co_return response;
  }

  template <class Rq>
  static asio::awaitable<detail::answer_to<Rq>> exchange_attributes(session_ptr session, Rq rq,
                                                                    data_set attributes,
                                                                    call_options options) {
    auto const& context = context_for(*session, rq, uid{}, options);
    auto const encoded = detail::encode_attributes(attributes, context.transfer_syntax);
    object_info what;
    what.transfer_syntax = context.transfer_syntax;
    memory_source data{what, encoded};
    source_ref source{data};
    co_return co_await exchange<Rq>(session, rq, context.transfer_syntax, source, options);
  }

  template <class Rq>
  static asio::awaitable<responses<Rq>> begin(session_ptr session, Rq rq, data_set identifier,
                                              call_options options) {
    auto const& context = context_for(*session, rq, uid{}, options);
    auto& link = session->link();
    auto const* const profile = link.facts().profile;
    if (std::same_as<Rq, c_find_rq> && profile != nullptr && !profile->universal_wildcard)
      detail::empty_universal_wildcards(identifier);
    auto const encoded = detail::encode_attributes(identifier, context.transfer_syntax);
    memory_source data{object_info{}, encoded};
    source_ref source{data};
    if (!session->window_open()) co_await session->wait_for_window();
    if (rq.message_id == 0) rq.message_id = session->invoked().next_message_id();
    responses<Rq> sequence{session, rq.message_id, context};
    byte_writer command;
    encode_command(command, rq, true);
    duration const timeout = options.response_timeout.value_or(link.options().timeouts.dimse);
    co_await session->send_request(sequence.slot(), context.id, command.view(), &source, timeout);
    co_return sequence;
  }

  template <class Answer>
  static Answer decode_answer(detail::received_response received, uid const& transfer_syntax,
                              limits const& bounds) {
    if constexpr (std::is_constructible_v<Answer, detail::received_response, uid const&,
                                          limits const&>) {
      return Answer{std::move(received), transfer_syntax, bounds};
    } else {
      auto const command = command_set::parse(received.command);
      return decode_command<Answer>(*command);
    }
  }

  template <class Rq, class Rsp>
  static void report(detail::session& session, Rq const& rq, Rsp const& response,
                     std::uint64_t bytes, duration took) {
    auto* const observer = session.link().options().observer;
    if (observer == nullptr) return;
    uid const instance = sop_instance_of(rq);
    auto const view = session.info();
    observer->observe(operation_completed{view, static_cast<std::uint16_t>(Rq::command),
                                          rq.message_id, false, instance, response.status,
                                          response.error_comment.view(), bytes, took});
  }

  std::weak_ptr<detail::session> weak_;
};

inline association_ref association_info::association() const {
  return association_ref{facts_->self};
}

}  // namespace codimse::inline v0

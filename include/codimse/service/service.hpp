// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/association_info.hpp>
#include <codimse/assoc/host.hpp>
#include <codimse/assoc/incoming_data_set.hpp>
#include <codimse/assoc/observer.hpp>
#include <codimse/core/outcome.hpp>
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/dimse/messages.hpp>
#include <codimse/service/response_writers.hpp>
#include <codimse/sop/sop_class.hpp>

#include <asio/awaitable.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// What a handler returns: the outcome of its operation, which becomes the response's status.
using reply = asio::awaitable<outcome>;

class c_get_responses;  // service/retrieve.hpp
class c_move_responses;

/// A service is a struct with
///
///   static constexpr auto sop_classes   the SOP Classes that it offers: one, or a list
///
/// and for each request that it performs
///
///   reply on(c_echo_rq const&)
///   reply on(c_store_rq const&, incoming_data_set&)                  streamed, see there
///   reply on(c_find_rq const&, data_set const& identifier, c_find_responses&)
///   reply on(c_get_rq const&, data_set const& identifier, c_get_responses&)
///   reply on(c_move_rq const&, data_set const& identifier, c_move_responses&)
///   reply on(n_get_rq const&, n_responses&)                          and n_delete_rq
///   reply on(n_set_rq const&, data_set const& attributes, n_responses&)   and n_create_rq,
///                                       n_action_rq, n_event_report_rq (empty where none came)
///
/// where `on` may also take `association_info const&`, and after it `association_state&`, if the
/// service has a type of this name: memory of its own for each association. Optional:
///
///   decision on(pdu::associate_rq const&)           accept or reject (also with association_info
///                                                   const&, also as awaitable<decision>)
///   void on(association_ended const&)               an association has ended, and how
///   std::optional<std::vector<std::byte>> on(pdu::extended_negotiation const&)   answers 56H
///   bool accepts(uid const&) const                  more abstract syntaxes, known at run time
///   static constexpr auto transfer_syntaxes         array of transfer_syntax; default: all
///                                                   registered ones for storage, else the
///                                                   uncompressed ones
///   static constexpr bool as_scu                    also takes the SCU role when the requestor
///                                                   asks to be SCP (54H); default: no
///   static constexpr bool any_sop_class_in_commands commands may name another SOP Class than the
///                                                   presentation context (print's meta class, UPS)
///
/// One object serves all associations; with several threads its handlers may run at once.
namespace detail {

template <class S>
concept has_sop_classes = requires { S::sop_classes; };

/// Convert to whatever a parameter wants, by reference or by value: to find an `on` whatever else
/// it takes. Two types, because with both conversions in one a parameter by value is ambiguous.
struct any_reference {
  template <class T>
  operator T&() const;
};
struct any_value {
  template <class T>
  operator T() const;
};

template <class S, class... A>
concept replies = requires(S& s, A&&... a) {
  { s.on(std::forward<A>(a)...) } -> std::same_as<reply>;
};
template <class S, class... A>
concept has_on = requires(S& s, A&&... a) { s.on(std::forward<A>(a)...); };

struct no_state {};
template <class S>
struct state_of {
  using type = no_state;
};
template <class S>
  requires requires { typename S::association_state; }
struct state_of<S> {
  using type = typename S::association_state;
};

/// What a handler gets of a request, in this order.
template <class...>
struct arguments {};
template <class Rq>
struct arguments_of {
  using type = arguments<Rq const&, data_set const&, n_responses&>;
};
template <class Rq>
  requires(!Rq::has_data_set)
struct arguments_of<Rq> {
  using type = arguments<Rq const&, n_responses&>;
};
template <>
struct arguments_of<c_echo_rq> {
  using type = arguments<c_echo_rq const&>;
};
template <>
struct arguments_of<c_store_rq> {
  using type = arguments<c_store_rq const&, incoming_data_set&>;
};
template <>
struct arguments_of<c_find_rq> {
  using type = arguments<c_find_rq const&, data_set const&, c_find_responses&>;
};
template <>
struct arguments_of<c_get_rq> {
  using type = arguments<c_get_rq const&, data_set const&, c_get_responses&>;
};
template <>
struct arguments_of<c_move_rq> {
  using type = arguments<c_move_rq const&, data_set const&, c_move_responses&>;
};

/// The four shapes of a handler, with what a request brings in front.
template <class S, class... Front>
concept handles_with = replies<S, Front...> || replies<S, Front..., association_info const&> ||
                       replies<S, Front..., association_info const&, typename state_of<S>::type&> ||
                       replies<S, Front..., typename state_of<S>::type&>;

template <class S, class... Front>
consteval bool handles(arguments<Front...>) {
  return handles_with<S, Front...>;
}
template <class S, class Rq>
consteval bool handles_request() {
  return handles<S>(typename arguments_of<Rq>::type{});
}

/// Is there an `on` that takes these and up to `More` other parameters, of any types?
template <class S, std::size_t More, class... A>
consteval bool callable_somehow() {
  if constexpr (has_on<S, A...>) return true;
  else if constexpr (More == 0) return false;
  else
    return callable_somehow<S, More - 1, A..., any_reference>() ||
           callable_somehow<S, More - 1, A..., any_value>();
}

/// Is there an `on` for this request that takes something else, or returns something else?
template <class S, class Rq>
consteval bool near_miss() {
  if constexpr (handles_request<S, Rq>()) return false;
  else return callable_somehow<S, 4, Rq const&>() || callable_somehow<S, 3, Rq&>();
}

template <class S, class... Rq>
consteval bool any_near_miss(request_list<Rq...>) {
  return (near_miss<S, Rq>() || ...);
}
template <class S, class... Rq>
consteval dimse_operations handled_operations(request_list<Rq...>) {
  dimse_operations all;
  ((all = handles_request<S, Rq>() ? all | operation_of(Rq::command) : all), ...);
  return all;
}

/// A service that only is told of events is the SCU of its SOP Classes.
template <class S>
consteval bool only_notified() {
  return handled_operations<S>(requests{}) == dimse_operations{dimse_operation::n_event_report};
}

/// Does the service handle what each SOP Class that it offers requires of an SCP (PS3.4)?
template <class S>
consteval bool complete() {
  constexpr auto handled = handled_operations<S>(requests{});
  if (only_notified<S>()) return true;
  for (sop_class const& one : as_list(S::sop_classes))
    if (!handled.contains(one.required)) return false;
  return true;
}

/// An `on` for an event of the association with another signature would never be called.
template <class S, class Event>
consteval bool hook_missed(bool exact) {
  return !exact && (callable_somehow<S, 2, Event const&>() || callable_somehow<S, 2, Event&>());
}
template <class R>
concept a_decision = std::same_as<R, decision> || std::same_as<R, asio::awaitable<decision>>;
template <class S, class... A>
concept decides = requires(S& s, A&&... a) {
  { s.on(std::forward<A>(a)...) } -> a_decision;
};
template <class S>
consteval bool any_hook_missed() {
  constexpr bool admits = decides<S, pdu::associate_rq const&> ||
                          decides<S, pdu::associate_rq const&, association_info const&>;
  constexpr bool ends = requires(S& s, association_ended const& e) {
    { s.on(e) } -> std::same_as<void>;
  };
  constexpr bool extends = requires(S& s, pdu::extended_negotiation const& e) {
    { s.on(e) } -> std::same_as<std::optional<std::vector<std::byte>>>;
  };
  return hook_missed<S, pdu::associate_rq>(admits) || hook_missed<S, association_ended>(ends) ||
         hook_missed<S, pdu::extended_negotiation>(extends);
}

template <class T>
concept observer = requires(T& t, association_established const& e) { t.observe(e); } ||
                   requires(T& t, association_refused const& e) { t.observe(e); } ||
                   requires(T& t, association_ended const& e) { t.observe(e); } ||
                   requires(T& t, operation_completed const& e) { t.observe(e); } ||
                   requires(T& t, protocol_violation const& e) { t.observe(e); };

/// Every rule about one element of the pack, each with one line in the user's words.
template <class S>
consteval bool check_service() {
  static_assert(has_sop_classes<S> || observer<S>,
                "codimse: this is no service: it has no 'static constexpr auto sop_classes' "
                "(and no observe() that would make it an observer)");
  if constexpr (has_sop_classes<S>) {
    constexpr bool wrong_signature = any_near_miss<S>(requests{});
    static_assert(!wrong_signature,
                  "codimse: the service has an on() for a DIMSE request, but its signature is not "
                  "'codimse::reply on(RQ const&, ...)' with 'codimse::incoming_data_set&' for "
                  "C-STORE, 'codimse::data_set const&' for other requests with a data set, then "
                  "'codimse::c_find_responses&' (c_get_, c_move_, for DIMSE-N "
                  "'codimse::n_responses&') behind the request");
    static_assert(
        !any_hook_missed<S>(),
        "codimse: the service has an on() for an event of the association, but its "
        "signature is not 'codimse::decision on(codimse::pdu::associate_rq const&)' (or "
        "awaitable, or with association_info const&), 'void "
        "on(codimse::association_ended const&)' or 'std::optional<std::vector<std::byte>> "
        "on(codimse::pdu::extended_negotiation const&)'");
    if constexpr (!wrong_signature)
      static_assert(complete<S>(),
                    "codimse: the service offers a SOP Class but has no on() for a DIMSE request "
                    "that it requires (verification: on(codimse::c_echo_rq const&); storage: "
                    "on(codimse::c_store_rq const&, codimse::incoming_data_set&); others: see "
                    "the requests in sop/)");
  }
  return true;
}

template <class S>
consteval auto classes_of() {
  if constexpr (has_sop_classes<S>) return as_list(S::sop_classes);
  else return sop_class_list<0>{};
}

template <class A, class... Rest>
consteval bool claims_apart() {
  if constexpr (sizeof...(Rest) == 0) return true;
  else return (!overlap(classes_of<A>(), classes_of<Rest>()) && ...) && claims_apart<Rest...>();
}

template <class... S>
consteval bool check_services() {
  static_assert((check_service<S>() && ...));
  static_assert(claims_apart<S...>(), "codimse: two services of this server claim one SOP Class");
  return true;
}

/// Calls the handler in the shape that it has.
template <class S, class State, class... Front>
reply call_handler(S& s, association_info const& info, State& state, Front&&... front) {
  if constexpr (replies<S, Front..., association_info const&, State&>)
    return s.on(std::forward<Front>(front)..., info, state);
  else if constexpr (replies<S, Front..., State&>)
    return s.on(std::forward<Front>(front)..., state);
  else if constexpr (replies<S, Front..., association_info const&>)
    return s.on(std::forward<Front>(front)..., info);
  else return s.on(std::forward<Front>(front)...);
}

/// Every registered transfer syntax that DIMSE may carry.
inline constexpr auto storage_transfer_syntaxes = [] {
  constexpr auto count = [] {
    std::size_t n = 0;
    for (auto const* const one : transfer_syntaxes::registered) n += one->for_dimse ? 1U : 0U;
    return n;
  }();
  std::array<std::string_view, count> uids{};
  std::size_t n = 0;
  for (auto const* const one : transfer_syntaxes::registered)
    if (one->for_dimse) uids[n++] = one->uid;
  return uids;
}();

/// Transfer syntaxes that a service takes, as UIDs.
template <class S>
constexpr auto transfer_syntax_uids() {
  if constexpr (requires { S::transfer_syntaxes; }) {
    std::array<std::string_view, S::transfer_syntaxes.size()> uids{};
    for (std::size_t i = 0; i < uids.size(); ++i) uids[i] = S::transfer_syntaxes[i].uid;
    return uids;
  } else if constexpr (handles_request<S, c_store_rq>()) {
    return storage_transfer_syntaxes;
  } else {
    return std::array{transfer_syntaxes::explicit_vr_little_endian.uid,
                      transfer_syntaxes::implicit_vr_little_endian.uid,
                      transfer_syntaxes::explicit_vr_big_endian.uid};
  }
}
template <class S>
inline constexpr auto transfer_syntaxes_of = transfer_syntax_uids<S>();

}  // namespace detail

/// A type that can be one element of a server's pack.
template <class S>
concept service = detail::has_sop_classes<S> || detail::observer<S>;

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/service/service.hpp>

#include <type_traits>
#include <utility>

namespace codimse::inline v0 {

namespace detail {

template <class Rq, auto const& Classes, class F, class Arguments>
struct lambda_service;
template <class Rq, auto const& Classes, class F, class... Front>
struct lambda_service<Rq, Classes, F, arguments<Front...>> {
  static constexpr auto const& sop_classes = Classes;
  F handler;

  reply on(Front... front) { return handler(front...); }
};

template <class F, class... Front>
consteval bool fits(arguments<Front...>) {
  return std::is_invocable_r_v<reply, F&, Front...>;
}

}  // namespace detail

/// A service from one coroutine lambda, for one request and one SOP Class or list of them:
///
///     codimse::on<c_store_rq, sop::all_storage>(
///         [](c_store_rq const&, incoming_data_set& data) -> codimse::reply { ... })
///
/// The closure is kept in the server and so outlives its coroutines: its captures may be used.
template <class Rq, auto const& Classes, class F>
[[nodiscard]] auto on(F handler) {
  using front = typename detail::arguments_of<Rq>::type;
  static_assert(detail::fits<F>(front{}),
                "codimse: the lambda's signature is not '(RQ const&, ...) -> codimse::reply' with "
                "what an on() of a service would take");
  return detail::lambda_service<Rq, Classes, F, front>{std::move(handler)};
}

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/service/service.hpp>

#include <concepts>
#include <utility>

namespace codimse::inline v0 {

namespace detail {

template <class Rq, auto const& Classes, class F>
struct lambda_service {
  static constexpr auto const& sop_classes = Classes;
  F handler;

  reply on(Rq const& request)
    requires(!Rq::has_data_set)
  {
    return handler(request);
  }
  reply on(Rq const& request, incoming_data_set& data)
    requires(Rq::has_data_set)
  {
    return handler(request, data);
  }
};

template <class Rq, class F>
consteval bool fits() {
  if constexpr (Rq::has_data_set)
    return std::is_invocable_r_v<reply, F&, Rq const&, incoming_data_set&>;
  else return std::is_invocable_r_v<reply, F&, Rq const&>;
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
  static_assert(detail::fits<Rq, F>(),
                "codimse: the lambda's signature is not '(RQ const&) -> codimse::reply' or, for "
                "requests with a data set, '(RQ const&, codimse::incoming_data_set&) -> "
                "codimse::reply'");
  return detail::lambda_service<Rq, Classes, F>{std::move(handler)};
}

}  // namespace codimse::inline v0

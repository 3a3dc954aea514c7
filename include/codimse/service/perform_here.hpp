// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/requestor_services.hpp>
#include <codimse/service/host_of.hpp>

#include <memory>
#include <utility>

namespace codimse::inline v0 {

/// Services that a requestor performs for its peer, the same structs as a server's: storage for
/// the objects of a C-GET, or an `on(n_event_report_rq const&, ...)`.
///
///     auto const here = codimse::perform_here(archive{"/data"});
///     auto assoc = co_await codimse::connect(executor, peer, wanted, options, here);
template <class... Services>
[[nodiscard]] requestor_services perform_here(Services... services) {
  return requestor_services{std::make_shared<detail::host_of<Services...>>(std::move(services)...)};
}

}  // namespace codimse::inline v0

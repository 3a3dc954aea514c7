// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/command_field.hpp>
#include <codimse/ul/negotiation.hpp>

#include <cstdint>

namespace codimse::inline v0::detail {

/// May this side invoke this request on a presentation context? Operations are the SCU's,
/// N-EVENT-REPORT, a notification, is the SCP's (PS3.7 D.3.3.4, 10.1.1).
[[nodiscard]] inline bool may_invoke(ul::negotiated_context const& context, bool by_requestor,
                                     std::uint16_t command) {
  bool const notification = command == static_cast<std::uint16_t>(command_field::n_event_report_rq);
  // What the requestor is not, the acceptor is: whoever is served by an SCP is its SCU.
  bool const as_scu = by_requestor != notification;
  return as_scu ? context.requestor_scu : context.requestor_scp;
}

}  // namespace codimse::inline v0::detail

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/service/service.hpp>
#include <codimse/sop/verification.hpp>

namespace codimse::inline v0 {

/// The Verification service class as SCP: answers every C-ECHO with success (PS3.4 Annex A).
/// A value: distinct objects may be used from different threads.
struct verification {
  static constexpr auto sop_classes = sop::verification;
  reply on(c_echo_rq const&) { co_return status::success; }
};

}  // namespace codimse::inline v0

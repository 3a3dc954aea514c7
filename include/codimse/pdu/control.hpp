// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/pdu/types.hpp>

#include <cstdint>

namespace codimse::inline v0::pdu {

/// A-RELEASE-RQ (PS3.8 9.3.6).
/// A value: distinct objects may be used from different threads.
struct release_rq {
  static constexpr pdu_type type = pdu_type::release_rq;
  template <class Archive, class Self>
  static void layout(Archive& a, Self&) {
    a.reserved(4);
  }
  friend constexpr bool operator==(release_rq, release_rq) = default;
};

/// A-RELEASE-RP (PS3.8 9.3.7).
/// A value: distinct objects may be used from different threads.
struct release_rp {
  static constexpr pdu_type type = pdu_type::release_rp;
  template <class Archive, class Self>
  static void layout(Archive& a, Self&) {
    a.reserved(4);
  }
  friend constexpr bool operator==(release_rp, release_rp) = default;
};

/// A-ABORT (PS3.8 9.3.8). Source 0: service-user, 2: service-provider; the reason counts only
/// for 2.
/// A value: distinct objects may be used from different threads.
struct abort {
  static constexpr pdu_type type = pdu_type::abort;
  std::uint8_t source = 0;
  std::uint8_t reason = 0;

  constexpr abort() = default;
  constexpr abort(std::uint8_t by, std::uint8_t why) : source{by}, reason{why} {}
  constexpr abort(abort_reason why) : source{why.source}, reason{why.reason} {}

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.reserved(2);
    a.u8("source", self.source);
    a.u8("reason", self.reason);
  }
  friend constexpr bool operator==(abort, abort) = default;
};

}  // namespace codimse::inline v0::pdu

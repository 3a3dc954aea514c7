// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/errors.hpp>
#include <codimse/core/error.hpp>
#include <codimse/core/status.hpp>
#include <codimse/io/clock.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace codimse::inline v0 {

/// Whether, when and how often what could not be sent is tried again. By default never.
///
/// Only what may pass by itself is tried again: see `is_transient`. A file is tried at most
/// `1 + retries` times, and a peer that cannot be reached is called at most `1 + retries` times in
/// a row, then once for each further association that the files need. The wait before the n-th of
/// them is `first_delay * factor^(n-1)`, at most `longest_delay`, and up to `jitter_percent` of it
/// shorter, so that many senders do not come back at the same moment.
/// A value: distinct objects may be used from different threads.
struct retry_policy {
  unsigned retries = 0;
  duration first_delay = std::chrono::seconds{1};
  duration longest_delay = std::chrono::seconds{60};
  unsigned factor = 2;
  unsigned jitter_percent = 25;
  /// Of the jitter; 0: from the clock.
  std::uint64_t seed = 0;
  /// Also send again what was sent to its end and never answered. The peer may have stored it, and
  /// gets it twice then: the same SOP Instance UID, the same bytes.
  bool resend_unanswered = false;
  /// Also send again what was refused with A7xx (out of resources, PS3.4 B.2.3).
  bool retry_out_of_resources = false;
};

/// Told before a wait for another try.
/// Refers to what it tells of: valid during the call.
struct retry_notice {
  unsigned nth = 0;  ///< of `of`
  unsigned of = 0;
  duration delay{};
  std::string const& problem;
};

/// May the same call pass later? So it is with a connection that could not be made or was lost, a
/// deadline that passed, an association that was rejected transiently (A-ASSOCIATE-RJ with result
/// 2, PS3.8 9.3.4), aborted, or released under a request. Not with a permanent rejection, a peer
/// that breaks the protocol, and what is this program's own or the file's.
[[nodiscard]] inline bool is_transient(error const& problem) {
  if (auto const* const rejected = dynamic_cast<association_rejected const*>(&problem))
    return rejected->answer().transient();
  auto const code = problem.code();
  if (code == errc::aborted_by_user || code == errc::aborted_by_provider) return true;
  if (code == errc::not_established) return true;
  if (code.category() != error_category()) return false;
  return fault_of(static_cast<errc>(code.value())) == fault::transport;
}
/// A7xx, Refused: out of resources (PS3.4 B.2.3).
[[nodiscard]] constexpr bool is_transient(status answer) {
  return (answer.code & 0xFF00U) == 0xA700;
}

namespace detail {

/// The waits of a policy. Deterministic for a seed.
class back_off {
 public:
  explicit back_off(retry_policy const& policy, std::uint64_t seed)
      : policy_{policy}, state_{seed} {}

  /// The wait before the nth try in a row that follows a failure, from 1.
  [[nodiscard]] duration before(unsigned nth) {
    auto const longest = std::max(policy_.longest_delay, duration::zero());
    duration delay = std::clamp(policy_.first_delay, duration::zero(), longest);
    for (unsigned i = 1; i < nth && delay < longest; ++i) {
      if (policy_.factor <= 1) break;
      delay = delay > longest / policy_.factor ? longest : delay * policy_.factor;
    }
    auto const most = delay / 100 * std::min(policy_.jitter_percent, 100U);
    if (most <= duration::zero()) return delay;
    return delay - duration{static_cast<duration::rep>(random() %
                                                       static_cast<std::uint64_t>(most.count()))};
  }

 private:
  /// SplitMix64.
  std::uint64_t random() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }

  retry_policy policy_;
  std::uint64_t state_;
};

}  // namespace detail

}  // namespace codimse::inline v0

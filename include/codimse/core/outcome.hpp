// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/fixed_text.hpp>
#include <codimse/core/status.hpp>

namespace codimse::inline v0 {

/// How an operation ended: its DIMSE status, and for a failure or a warning a word to the peer,
/// sent as Error Comment (0000,0902). What handlers and sinks return; a plain status converts.
/// A value: distinct objects may be used from different threads.
class outcome {
 public:
  constexpr outcome() = default;
  constexpr outcome(codimse::status code) : status_{code} {}
  constexpr outcome(codimse::status code, fixed_text<64> comment)
      : status_{code}, comment_{comment} {}

  [[nodiscard]] constexpr codimse::status status() const { return status_; }
  [[nodiscard]] constexpr fixed_text<64> const& error_comment() const { return comment_; }
  [[nodiscard]] constexpr bool is_failure() const { return status_.is_failure(); }

 private:
  codimse::status status_{};
  fixed_text<64> comment_{};
};

}  // namespace codimse::inline v0

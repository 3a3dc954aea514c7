// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/status.hpp>
#include <codimse/file/part10_source.hpp>
#include <codimse/scu/retry.hpp>

#include <asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace codimse::inline v0 {

/// What is known of an object that is to be sent: what was acknowledged, what was not, and what
/// nobody knows.
enum class delivery : std::uint8_t {
  not_tried,   ///< nothing of it was sent
  stored,      ///< acknowledged
  warned,      ///< acknowledged with a warning status, which means stored
  failed,      ///< refused with a failure status, or not sent, or not to its end: not stored
  unanswered,  ///< sent to its end, and no answer came: stored or not, nobody knows
};

/// The word for reports and logs.
[[nodiscard]] constexpr std::string_view name_of(delivery how) {
  switch (how) {
    case delivery::not_tried: return "not_tried";
    case delivery::stored: return "stored";
    case delivery::warned: return "warned";
    case delivery::failed: return "failed";
    case delivery::unanswered: return "unanswered";
  }
  return "";
}

/// What became of one file.
/// Refers to what it tells of: valid during the call.
struct sent_file {
  part10_file const& file;
  /// The peer's answer; none where there was none, and `problem` says why.
  std::optional<codimse::status> status;
  std::string const& problem;
  delivery how = delivery::failed;
  bool transient = false;  ///< not stored for a reason that may be gone later
  unsigned tries = 0;      ///< how often sending it was begun

  [[nodiscard]] bool stored() const {
    return status && (status->is_success() || status->is_warning());
  }
};

/// How sending is watched. Owns memory, so name it before passing it on. What a callback throws
/// ends the sending; but a `codimse::error` from `begin` or `progress` is that file's failure.
/// Used on one executor, its association's or its owner's.
class sending_callbacks {
 public:
  /// Called once for each file, when its fate is known for good.
  std::function<void(sent_file const&)> done;
  /// Called when a file is about to be sent, before its first byte leaves; at each try.
  std::function<void(part10_file const&)> begin;
  /// Called as bytes leave: the file, bytes of its data set read so far.
  std::function<void(part10_file const&, std::uint64_t)> progress;
  /// Called before each wait for another try.
  std::function<void(retry_notice const&)> retrying;
  /// Awaited after `done`, before the next file; must not be a coroutine lambda itself.
  std::function<asio::awaitable<void>()> then;
  /// Asked before each file, and a few times a second while waiting for another try: true leaves
  /// the rest unsent; what was never tried stays untold.
  std::function<bool()> stop;

  [[nodiscard]] bool stopped() const { return stop && stop(); }
};

}  // namespace codimse::inline v0

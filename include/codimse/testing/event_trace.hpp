// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/io/clock.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace codimse::inline v0::testing {

/// What happened in a run, and when: a hash of everything that was noted, to compare two runs, and
/// on demand the lines themselves. Used on one executor.
class event_trace {
 public:
  /// Times are told from now on. The clock must outlive the trace's use.
  explicit event_trace(clock const& source) : clock_{source}, begun_{source.now()} {}

  /// Keeps the lines too, for people.
  void keep_lines(bool keep = true) { keep_ = keep; }

  void note(std::string_view who, std::string_view what, std::uint64_t number = 0) {
    auto const at = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - begun_);
    mix(static_cast<std::uint64_t>(at.count()));
    mix(number);
    mix(std::as_bytes(std::span{who}));
    mix(std::as_bytes(std::span{what}));
    if (!keep_) return;
    std::string line = std::to_string(at.count()) + " ms " + std::string{who} + ": ";
    lines_.push_back(line + std::string{what} + " " + std::to_string(number));
  }
  /// Bytes that went by: they count, but make no line.
  void bytes(std::span<std::byte const> what) {
    mix(what.size());
    mix(what);
  }

  /// Equal for runs in which the same happened at the same times, in the same order.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] std::vector<std::string> const& lines() const { return lines_; }

 private:
  // FNV-1a.
  void mix(std::span<std::byte const> what) {
    for (auto const one : what) hash_ = (hash_ ^ std::to_integer<std::uint64_t>(one)) * prime;
  }
  void mix(std::uint64_t number) {
    for (unsigned shift = 0; shift < 64; shift += 8)
      hash_ = (hash_ ^ ((number >> shift) & 0xFFU)) * prime;
  }
  static constexpr std::uint64_t prime = 0x100000001B3U;

  clock const& clock_;
  time_point begun_;
  std::uint64_t hash_ = 0xCBF29CE484222325U;
  bool keep_ = false;
  std::vector<std::string> lines_;
};

}  // namespace codimse::inline v0::testing

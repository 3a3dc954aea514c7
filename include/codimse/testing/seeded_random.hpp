// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/io/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace codimse::inline v0::testing {

/// Random numbers that are the same for the same seed, with every compiler and library.
/// A value: distinct objects may be used from different threads.
class seeded_random {
 public:
  explicit seeded_random(std::uint64_t seed) : state_{seed} {}

  /// 64 random bits (SplitMix64).
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  /// From 0 to n - 1; 0 where n is 0.
  std::size_t below(std::size_t n) { return n == 0 ? 0 : static_cast<std::size_t>(next() % n); }
  /// From `least` to `most`, both included.
  std::size_t between(std::size_t least, std::size_t most) {
    return least + below(most - least + 1);
  }
  /// True once in n times.
  bool one_in(std::size_t n) { return below(n) == 0; }
  /// Less than `most`, in steps of a millisecond.
  duration less_than(duration most) {
    auto const steps = std::chrono::duration_cast<std::chrono::milliseconds>(most).count();
    return std::chrono::milliseconds{below(static_cast<std::size_t>(steps))};
  }
  /// One of these.
  template <class T, std::size_t N>
  T const& pick(T const (&choices)[N]) {
    return choices[below(N)];
  }
  /// A source of its own for one part, so that what the part draws changes nothing elsewhere.
  [[nodiscard]] seeded_random fork() { return seeded_random{next()}; }

 private:
  std::uint64_t state_;
};

}  // namespace codimse::inline v0::testing

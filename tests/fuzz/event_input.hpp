// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <source_location>
#include <span>

namespace codimse_fuzz {

/// What must hold, in every build.
inline void must(bool holds, std::source_location at = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s:%u\n", at.file_name(), static_cast<unsigned>(at.line()));
  std::abort();
}

/// Takes values off the front of an input; zeros when it is used up.
class event_input {
 public:
  event_input(std::uint8_t const* data, std::size_t size)
      : rest_{std::as_bytes(std::span{data, size})} {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    auto const value = std::to_integer<std::uint8_t>(rest_.front());
    rest_ = rest_.subspan(1);
    return value;
  }
  bool flag() { return byte() % 2 != 0; }
  std::uint16_t word() {
    auto const high = std::uint16_t{byte()};
    return static_cast<std::uint16_t>(high << 8U | byte());
  }
  /// One of the entries of a table.
  template <class T, std::size_t N>
  T const& one_of(T const (&table)[N]) {
    return table[byte() % N];
  }
  /// As many bytes as are left of `wanted`.
  std::span<std::byte const> bytes(std::size_t wanted) {
    auto const some = rest_.first(std::min(wanted, rest_.size()));
    rest_ = rest_.subspan(some.size());
    return some;
  }

 private:
  std::span<std::byte const> rest_;
};

}  // namespace codimse_fuzz

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/endian.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace codimse::inline v0 {

/// A cursor over bytes that it does not own. Reading past the end yields zeros or empty spans and
/// sets a flag that stays: check `ok()` once at the end instead of every call.
/// A value: distinct objects may be used from different threads.
class byte_reader {
 public:
  constexpr explicit byte_reader(std::span<std::byte const> bytes) : rest_{bytes} {}

  template <std::unsigned_integral T>
  constexpr T big() {
    auto const at = take(sizeof(T));
    return at.empty() ? T{0} : load_big<T>(at.data());
  }
  template <std::unsigned_integral T>
  constexpr T little() {
    auto const at = take(sizeof(T));
    return at.empty() ? T{0} : load_little<T>(at.data());
  }
  constexpr std::uint8_t u8() { return big<std::uint8_t>(); }

  /// The next n bytes, or an empty span (and the flag) when there are fewer.
  constexpr std::span<std::byte const> take(std::size_t n) {
    if (n > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    auto const taken = rest_.first(n);
    rest_ = rest_.subspan(n);
    return taken;
  }
  constexpr void skip(std::size_t n) { static_cast<void>(take(n)); }
  std::string_view text(std::size_t n) {
    auto const bytes = take(n);
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
  }
  constexpr void fail() {
    ok_ = false;
    rest_ = {};
  }

  [[nodiscard]] constexpr bool ok() const { return ok_; }
  [[nodiscard]] constexpr std::size_t remaining() const { return rest_.size(); }
  [[nodiscard]] constexpr std::span<std::byte const> rest() const { return rest_; }

 private:
  std::span<std::byte const> rest_;
  bool ok_ = true;
};

}  // namespace codimse::inline v0

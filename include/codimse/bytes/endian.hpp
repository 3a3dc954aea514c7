// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace codimse::inline v0 {

/// Loads an unsigned integer from bytes in the given order. `at` must have sizeof(T) bytes.
template <std::unsigned_integral T>
[[nodiscard]] constexpr T load_big(std::byte const* at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>((static_cast<std::uint64_t>(value) << 8U) | std::to_integer<T>(at[i]));
  return value;
}

template <std::unsigned_integral T>
[[nodiscard]] constexpr T load_little(std::byte const* at) {
  T value = 0;
  for (std::size_t i = sizeof(T); i-- > 0;)
    value = static_cast<T>((static_cast<std::uint64_t>(value) << 8U) | std::to_integer<T>(at[i]));
  return value;
}

/// Stores an unsigned integer in the given order. `at` must have room for sizeof(T) bytes.
template <std::unsigned_integral T>
constexpr void store_big(std::byte* at, T value) {
  for (std::size_t i = sizeof(T); i-- > 0;) {
    at[i] = static_cast<std::byte>(value & 0xFFU);
    value = static_cast<T>(static_cast<std::uint64_t>(value) >> 8U);
  }
}

template <std::unsigned_integral T>
constexpr void store_little(std::byte* at, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    at[i] = static_cast<std::byte>(value & 0xFFU);
    value = static_cast<T>(static_cast<std::uint64_t>(value) >> 8U);
  }
}

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace codimse::inline v0 {

namespace detail {

// One expression instead of a loop: compilers make one load, or one store, of it.

/// The bits that byte `i` of `size` is shifted by.
constexpr unsigned big_shift(std::size_t i, std::size_t size) {
  return static_cast<unsigned>(8 * (size - 1 - i));
}
constexpr unsigned little_shift(std::size_t i) { return static_cast<unsigned>(8 * i); }

constexpr std::uint64_t wide(std::byte one) { return std::to_integer<std::uint64_t>(one); }

template <std::unsigned_integral T, std::size_t... I>
[[nodiscard]] constexpr T load_big_bytes(std::byte const* at, std::index_sequence<I...>) {
  return static_cast<T>((... | (wide(at[I]) << big_shift(I, sizeof(T)))));
}
template <std::unsigned_integral T, std::size_t... I>
[[nodiscard]] constexpr T load_little_bytes(std::byte const* at, std::index_sequence<I...>) {
  return static_cast<T>((... | (wide(at[I]) << little_shift(I))));
}
template <std::unsigned_integral T, std::size_t... I>
constexpr void store_big_bytes(std::byte* at, T value, std::index_sequence<I...>) {
  std::uint64_t const bits = value;
  ((at[I] = static_cast<std::byte>(bits >> big_shift(I, sizeof(T)) & 0xFFU)), ...);
}
template <std::unsigned_integral T, std::size_t... I>
constexpr void store_little_bytes(std::byte* at, T value, std::index_sequence<I...>) {
  std::uint64_t const bits = value;
  ((at[I] = static_cast<std::byte>(bits >> little_shift(I) & 0xFFU)), ...);
}

}  // namespace detail

/// Loads an unsigned integer from bytes in the given order. `at` must have sizeof(T) bytes.
template <std::unsigned_integral T>
[[nodiscard]] constexpr T load_big(std::byte const* at) {
  return detail::load_big_bytes<T>(at, std::make_index_sequence<sizeof(T)>{});
}

template <std::unsigned_integral T>
[[nodiscard]] constexpr T load_little(std::byte const* at) {
  return detail::load_little_bytes<T>(at, std::make_index_sequence<sizeof(T)>{});
}

/// Stores an unsigned integer in the given order. `at` must have room for sizeof(T) bytes.
template <std::unsigned_integral T>
constexpr void store_big(std::byte* at, T value) {
  detail::store_big_bytes(at, value, std::make_index_sequence<sizeof(T)>{});
}

template <std::unsigned_integral T>
constexpr void store_little(std::byte* at, T value) {
  detail::store_little_bytes(at, value, std::make_index_sequence<sizeof(T)>{});
}

}  // namespace codimse::inline v0

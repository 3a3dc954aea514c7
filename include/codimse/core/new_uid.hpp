// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/uid.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace codimse::inline v0 {

namespace detail {

/// A number of 128 bits, its highest 32 first, as the UID of a UUID (PS3.5 B.2).
[[nodiscard]] inline uid uid_of_uuid(std::array<std::uint32_t, 4> number) {
  std::string digits;
  do {
    std::uint64_t rest = 0;
    for (auto& word : number) {
      rest = rest << 32U | word;
      word = static_cast<std::uint32_t>(rest / 10);
      rest %= 10;
    }
    digits += static_cast<char>('0' + rest);
  } while (std::ranges::any_of(number, [](std::uint32_t word) { return word != 0; }));
  std::ranges::reverse(digits);
  return uid{"2.25." + digits};
}

}  // namespace detail

/// A UID that nobody else has: of a random UUID (PS3.5 B.2; RFC 9562, version 4). Throws what
/// `std::random_device` throws. May be called from any thread.
[[nodiscard]] inline uid new_uid() {
  static thread_local std::random_device random;
  std::array<std::uint32_t, 4> number{random(), random(), random(), random()};
  number[1] = (number[1] & 0xFFFF0FFFU) | 0x4000U;
  number[2] = (number[2] & 0x3FFFFFFFU) | 0x80000000U;
  return detail::uid_of_uuid(number);
}

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#include <codimse/bytes/endian.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace {

using codimse::load_big;
using codimse::load_little;

constexpr std::array<std::byte, 8> sample{std::byte{0x01}, std::byte{0x82}, std::byte{0x03},
                                          std::byte{0x84}, std::byte{0x05}, std::byte{0x86},
                                          std::byte{0x07}, std::byte{0xFF}};

static_assert(load_big<std::uint8_t>(sample.data() + 7) == 0xFF);
static_assert(load_big<std::uint16_t>(sample.data()) == 0x0182);
static_assert(load_big<std::uint32_t>(sample.data() + 1) == 0x82038405);
static_assert(load_big<std::uint64_t>(sample.data()) == 0x01820384058607FF);
static_assert(load_little<std::uint8_t>(sample.data() + 1) == 0x82);
static_assert(load_little<std::uint16_t>(sample.data()) == 0x8201);
static_assert(load_little<std::uint32_t>(sample.data() + 4) == 0xFF078605);
static_assert(load_little<std::uint64_t>(sample.data()) == 0xFF07860584038201);

template <class T>
constexpr bool round_trip(T value) {
  std::array<std::byte, sizeof(T)> big{};
  std::array<std::byte, sizeof(T)> little{};
  codimse::store_big(big.data(), value);
  codimse::store_little(little.data(), value);
  for (std::size_t i = 0; i < sizeof(T); ++i)
    if (big[i] != little[sizeof(T) - 1 - i]) return false;
  return load_big<T>(big.data()) == value && load_little<T>(little.data()) == value;
}
static_assert(round_trip<std::uint8_t>(0xA5));
static_assert(round_trip<std::uint16_t>(0xA5F0));
static_assert(round_trip<std::uint32_t>(0xA5F01234));
static_assert(round_trip<std::uint64_t>(0xA5F0123456789ABC));
static_assert(round_trip<std::uint64_t>(0) && round_trip<std::uint64_t>(~std::uint64_t{0}));

TEST(endian, stores_only_its_own_bytes) {
  std::array<std::byte, 6> bytes{};
  bytes.fill(std::byte{0xEE});
  codimse::store_big<std::uint32_t>(bytes.data() + 1, 0x01020304);
  EXPECT_EQ(bytes, (std::array{std::byte{0xEE}, std::byte{1}, std::byte{2}, std::byte{3},
                               std::byte{4}, std::byte{0xEE}}));
  codimse::store_little<std::uint32_t>(bytes.data() + 1, 0x01020304);
  EXPECT_EQ(bytes, (std::array{std::byte{0xEE}, std::byte{4}, std::byte{3}, std::byte{2},
                               std::byte{1}, std::byte{0xEE}}));
}

}  // namespace

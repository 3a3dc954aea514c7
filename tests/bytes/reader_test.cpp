// SPDX-License-Identifier: BSL-1.0
#include <codimse/bytes/reader.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace {

using codimse::byte_reader;

constexpr std::array<std::byte, 7> sample{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4},
                                          std::byte{5}, std::byte{6}, std::byte{7}};

constexpr bool reads_in_order() {
  byte_reader in{sample};
  bool const values = in.u8() == 1 && in.big<std::uint16_t>() == 0x0203 &&
                      in.little<std::uint16_t>() == 0x0504 && in.remaining() == 2;
  in.skip(1);
  return values && in.rest().size() == 1 && in.take(1).front() == std::byte{7} && in.ok() &&
         in.remaining() == 0;
}
static_assert(reads_in_order());

constexpr bool failure_stays() {
  byte_reader in{sample};
  bool const zero = in.big<std::uint64_t>() == 0;
  return zero && !in.ok() && in.remaining() == 0 && in.u8() == 0 && in.take(0).empty() && !in.ok();
}
static_assert(failure_stays());

constexpr bool nothing_is_enough_for_nothing() {
  byte_reader in{{}};
  in.skip(0);
  return in.take(0).empty() && in.ok();
}
static_assert(nothing_is_enough_for_nothing());

TEST(byte_reader, every_read_past_the_end_fails) {
  auto const past_the_end = [](auto read) {
    byte_reader in{std::span{sample}.first(1)};
    read(in);
    return !in.ok() && in.remaining() == 0;
  };
  EXPECT_TRUE(past_the_end([](byte_reader& in) { EXPECT_EQ(in.big<std::uint16_t>(), 0); }));
  EXPECT_TRUE(past_the_end([](byte_reader& in) { EXPECT_EQ(in.little<std::uint32_t>(), 0U); }));
  EXPECT_TRUE(past_the_end([](byte_reader& in) { EXPECT_TRUE(in.take(2).empty()); }));
  EXPECT_TRUE(past_the_end([](byte_reader& in) { EXPECT_TRUE(in.text(2).empty()); }));
  EXPECT_TRUE(past_the_end([](byte_reader& in) { in.skip(SIZE_MAX); }));
  EXPECT_TRUE(past_the_end([](byte_reader& in) { in.fail(); }));
}

TEST(byte_reader, takes_views_not_copies) {
  byte_reader in{sample};
  in.skip(2);
  EXPECT_EQ(in.take(3).data(), sample.data() + 2);
  EXPECT_EQ(static_cast<void const*>(in.text(2).data()), sample.data() + 5);
  EXPECT_TRUE(in.ok());
}

}  // namespace

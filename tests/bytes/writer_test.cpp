// SPDX-License-Identifier: BSL-1.0
#include <codimse/bytes/writer.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using codimse::byte_writer;

std::string_view text_of(std::span<std::byte const> bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

TEST(byte_writer, appends_in_order) {
  byte_writer out;
  out.u8(0x41);
  out.big<std::uint16_t>(0x4243);
  out.little<std::uint32_t>(0x47464544);
  out.zeros(1);
  out.text("xyz");
  out.append(std::as_bytes(std::span{"!", 1}));
  EXPECT_EQ(text_of(out.view()), (std::string_view{"ABCDEFG\0xyz!", 12}));
  EXPECT_EQ(out.size(), 12U);
}

TEST(byte_writer, patches_and_truncates) {
  byte_writer out;
  out.text("abcdef");
  *out.at(2) = std::byte{'X'};
  EXPECT_EQ(text_of(out.view()), "abXdef");
  out.truncate(3);
  EXPECT_EQ(text_of(out.view()), "abX");
  out.clear();
  EXPECT_TRUE(out.view().empty());
}

TEST(byte_writer, reuses_memory_and_gives_it_away) {
  std::vector<std::byte> old(1000);
  auto const* const memory = old.data();
  byte_writer out{std::move(old)};
  EXPECT_EQ(out.size(), 0U);
  out.text("abc");
  EXPECT_EQ(out.view().data(), memory);
  auto const taken = std::move(out).take();
  EXPECT_EQ(taken.data(), memory);
  EXPECT_EQ(taken.size(), 3U);
}

}  // namespace

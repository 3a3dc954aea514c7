// SPDX-License-Identifier: BSL-1.0
#include <codimse/core/error.hpp>
#include <codimse/core/result.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <system_error>
#include <utility>

using codimse::errc;
using codimse::result;

TEST(result, holds_a_value) {
  result<std::string> text{std::string{"abc"}};
  ASSERT_TRUE(text);
  EXPECT_TRUE(text.has_value());
  EXPECT_FALSE(text.error());
  EXPECT_EQ(*text, "abc");
  EXPECT_EQ(text->size(), 3U);
  *text += 'd';
  EXPECT_EQ(std::as_const(text)->size(), 4U);
  EXPECT_EQ(std::move(text).value_or_throw(), "abcd");
}

TEST(result, holds_an_error) {
  result<int> const failed{make_error_code(errc::invalid_uid)};
  EXPECT_FALSE(failed);
  EXPECT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error(), errc::invalid_uid);
  try {
    static_cast<void>(result<int>{failed}.value_or_throw());
    FAIL();
  } catch (std::system_error const& e) {
    EXPECT_EQ(e.code(), errc::invalid_uid);
  }
}

TEST(result, moves_what_cannot_be_copied) {
  result<std::unique_ptr<int>> owner{std::make_unique<int>(7)};
  auto taken = std::move(owner).value_or_throw();
  EXPECT_EQ(*taken, 7);
  result<std::unique_ptr<int>> again{std::move(taken)};
  auto const last = *std::move(again);
  EXPECT_EQ(*last, 7);
}

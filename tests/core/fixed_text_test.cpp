// SPDX-License-Identifier: BSL-1.0
#include <codimse/core/fixed_text.hpp>

#include <gtest/gtest.h>

#include <string>

using codimse::fixed_text;

static_assert(fixed_text<8>{}.empty());
static_assert(fixed_text<8>{"12345678"}.view() == "12345678");
static_assert(fixed_text<8>{"123456789"}.view() == "12345678");
static_assert(fixed_text<8>{"a\\b\n\x7F\xFF"}.view() == "a?b???");
static_assert(fixed_text<8>{"a"} == fixed_text<8>{"a"} && fixed_text<8>{"a"} != fixed_text<8>{"b"});

TEST(fixed_text, cuts_at_its_size) {
  EXPECT_EQ((fixed_text<255>{std::string(1000, 'x')}.str()), std::string(255, 'x'));
}

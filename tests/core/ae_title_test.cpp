// SPDX-License-Identifier: BSL-1.0
#include <codimse/core/ae_title.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

using codimse::ae_title;

static_assert(ae_title{"STORESCP"}.valid());
static_assert(ae_title{"0123456789ABCDEF"}.valid());
static_assert(ae_title{"with space ~!"}.valid());
static_assert(!ae_title{}.valid() && ae_title{}.empty());
static_assert(!ae_title{"                "}.valid());
static_assert(!ae_title{"0123456789ABCDEFG"}.valid());
static_assert(!ae_title{"A\\B"}.valid());
static_assert(!ae_title{"A\nB"}.valid());
static_assert(!ae_title{"A\x7F"}.valid());
static_assert(!ae_title{"\xC3\x84"}.valid());

// Spaces around are not significant, case and spaces inside are.
static_assert(ae_title{"  A B  "} == ae_title{"A B"});
static_assert(ae_title{"A B"} != ae_title{"AB"});
static_assert(ae_title{"storescp"} != ae_title{"STORESCP"});
static_assert(ae_title{"  0123456789ABCDEF  "}.valid());
static_assert(ae_title{"0123456789ABCDEFG"} != ae_title{"0123456789ABCDEF"});

static_assert(ae_title{"AB"}.to_field() == ae_title::field{'A', 'B', ' ', ' ', ' ', ' ', ' ', ' ',
                                                           ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '});
static_assert(ae_title::from_field(ae_title{"AB"}.to_field()) == ae_title{"AB"});
// Some peers pad with NULs.
static_assert(ae_title::from_field(ae_title::field{'A', 'B'}) == ae_title{"AB"});
static_assert(ae_title::from_field(ae_title::field{}).empty());
// And some leave what was in their memory behind it.
static_assert(ae_title::from_field(ae_title::field{'A', 'B', ' ', '\0', 'C'}) == ae_title{"AB"});
static_assert(ae_title::from_field(ae_title::field{'\0', 'B'}).empty());
static_assert(ae_title::from_field(ae_title{"0123456789ABCDEF"}.to_field()).valid());

TEST(ae_title, keeps_odd_characters_of_a_peer) {
  std::string_view const odd{"A\0B\xFF", 4};
  ae_title const title{odd};
  EXPECT_EQ(title.view(), odd);
  EXPECT_FALSE(title.valid());
}

TEST(ae_title, overlong_text_is_cut_and_remembered) {
  ae_title const title{std::string(100, 'A')};
  EXPECT_EQ(title.str(), std::string(16, 'A'));
  EXPECT_FALSE(title.valid());
}

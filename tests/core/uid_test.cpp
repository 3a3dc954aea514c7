// SPDX-License-Identifier: BSL-1.0
#include <codimse/core/implementation.hpp>
#include <codimse/core/uid.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>

using codimse::uid;

static_assert(std::is_trivially_copyable_v<uid> && std::is_trivially_destructible_v<uid>);

static_assert(uid{"1.2.840.10008.1.1"}.valid());
static_assert(uid{"0"}.valid());
static_assert(uid{"0.0"}.valid());
static_assert(uid{"2.25.0"}.valid());
static_assert(uid{"10.20.30"}.valid());

static_assert(!uid{}.valid());
static_assert(!uid{"."}.valid());
static_assert(!uid{".1"}.valid());
static_assert(!uid{"1."}.valid());
static_assert(!uid{"1..2"}.valid());
static_assert(!uid{"01"}.valid());
static_assert(!uid{"1.02"}.valid());
static_assert(!uid{"1.00"}.valid());
static_assert(!uid{"1.2a"}.valid());
static_assert(!uid{"1.2 "}.valid());
static_assert(!uid{"1,2"}.valid());
static_assert(!uid{"-1"}.valid());
static_assert(!uid{"../etc/passwd"}.valid());
static_assert(!uid{std::string_view{"1.2\0", 4}}.valid());

static_assert(uid{}.empty() && uid{}.view().empty());
static_assert(uid{"1.2"} == uid{"1.2"} && uid{"1.2"} != uid{"1.20"});
static_assert(uid{"1.2"} < uid{"1.20"} && uid{"1.2"} < uid{"1.3"});

static_assert(uid::from_wire({"1.2\0", 4}) == uid{"1.2"});
static_assert(uid::from_wire("1.2 ") == uid{"1.2"});
static_assert(uid::from_wire({"1.2\0 \0 ", 7}) == uid{"1.2"});
static_assert(uid::from_wire({"\0 \0", 3}).empty());
static_assert(uid::from_wire("").empty());
// Only trailing padding goes: what stands before or inside is kept and makes the UID invalid.
static_assert(uid::from_wire(" 1.2").view() == " 1.2" && !uid::from_wire(" 1.2").valid());
static_assert(uid::from_wire({"1\0.2", 4}).view().size() == 4);

static_assert(codimse::implementation_class_uid.valid());
static_assert(codimse::implementation_class_uid.view().starts_with("2.25."));
static_assert(!codimse::implementation_version_name.empty());
static_assert(codimse::implementation_version_name.size() <= 16);

TEST(uid, sixty_four_characters_are_the_most) {
  std::string const longest = "1." + std::string(62, '2');
  EXPECT_TRUE(uid{longest}.valid());
  EXPECT_EQ(uid{longest}.str(), longest);

  uid const overlong{longest + "2"};
  EXPECT_FALSE(overlong.valid());
  EXPECT_EQ(overlong.view(), longest);  // the first 64 are kept to be shown
  EXPECT_NE(overlong, uid{longest});
  EXPECT_NE(overlong <=> uid{longest}, std::strong_ordering::equal);
  EXPECT_FALSE(uid{std::string(100'000, '1')}.valid());
}

TEST(uid, padding_of_a_full_length_uid_is_not_too_long) {
  std::string const longest = "1." + std::string(62, '2');
  EXPECT_EQ(uid::from_wire(longest + std::string(1, '\0')), uid{longest});
  EXPECT_TRUE(uid::from_wire(longest + "    ").valid());
}

TEST(uid, is_a_key) {
  std::string const longest(64, '1');
  EXPECT_EQ((std::set<uid>{"1.2", "1.2", "1.3", longest, longest + "1"}).size(), 4U);
  EXPECT_EQ((std::unordered_set<uid>{"1.2", "1.2", "1.3", longest, longest + "1"}).size(), 4U);
}

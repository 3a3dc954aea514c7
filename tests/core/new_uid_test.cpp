// SPDX-License-Identifier: BSL-1.0
#include <codimse/core/new_uid.hpp>

#include <gtest/gtest.h>

#include <set>

namespace {

using namespace codimse;

TEST(NewUid, IsTheNumberOfTheUuidInDecimal) {
  // f81d4fae-7dec-11d0-a765-00a0c91e6bf6, the example of PS3.5 B.2
  EXPECT_EQ(detail::uid_of_uuid({0xF81D4FAEU, 0x7DEC11D0U, 0xA76500A0U, 0xC91E6BF6U}),
            uid{"2.25.329800735698586629295641978511506172918"});
  EXPECT_EQ(detail::uid_of_uuid({0, 0, 0, 0}), uid{"2.25.0"});
  EXPECT_EQ(detail::uid_of_uuid({0, 0, 0, 10}), uid{"2.25.10"});
  EXPECT_EQ(detail::uid_of_uuid({~0U, ~0U, ~0U, ~0U}),
            uid{"2.25.340282366920938463463374607431768211455"});
}

TEST(NewUid, IsValidAndNewEachTime) {
  std::set<uid> seen;
  for (int i = 0; i < 100; ++i) {
    auto const one = new_uid();
    EXPECT_TRUE(one.valid());
    EXPECT_TRUE(seen.insert(one).second);
  }
}

}  // namespace

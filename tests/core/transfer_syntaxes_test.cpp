// SPDX-License-Identifier: BSL-1.0
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/core/uid.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace ts = codimse::transfer_syntaxes;
using codimse::find_transfer_syntax;

static_assert(find_transfer_syntax("1.2.840.10008.1.2") == &ts::implicit_vr_little_endian);
static_assert(find_transfer_syntax("1.2.840.10008.1.2.5") == &ts::rle_lossless);
static_assert(find_transfer_syntax("1.2.840.10008.1.2.") == nullptr);
static_assert(find_transfer_syntax("") == nullptr);
static_assert(!ts::implicit_vr_little_endian.explicit_vr &&
              !ts::implicit_vr_little_endian.big_endian);
static_assert(ts::explicit_vr_big_endian.big_endian && ts::explicit_vr_big_endian.retired);
static_assert(ts::deflated_explicit_vr_little_endian.deflated);
static_assert(ts::jpeg_baseline_8_bit.encapsulated && ts::jpeg_baseline_8_bit.explicit_vr);

TEST(transfer_syntaxes, all_are_valid_and_distinct) {
  std::set<std::string_view> uids;
  for (auto const* const one : ts::registered) {
    EXPECT_TRUE(codimse::uid{one->uid}.valid()) << one->uid;
    EXPECT_FALSE(one->name.empty());
    EXPECT_TRUE(uids.insert(one->uid).second) << one->uid;
    EXPECT_EQ(find_transfer_syntax(one->uid), one);
    EXPECT_FALSE(one->encapsulated && (one->deflated || one->big_endian)) << one->uid;
  }
}

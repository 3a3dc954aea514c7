// SPDX-License-Identifier: BSL-1.0
#include "core/registry_table.hpp"
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/core/uid_names.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace {

using namespace codimse;

static_assert(name_of("1.2.840.10008.1.2") == "Implicit VR Little Endian");
static_assert(keyword_of("1.2.840.10008.5.1.4.1.1.2") == "CTImageStorage");
static_assert(name_of(std::string_view{"1.2.840.10008.1.1"}) == "Verification SOP Class");
static_assert(name_of(uid{"1.2.840.10008.15.0.3.7"}) == "dicomAETitle");
static_assert(name_of("").empty() && keyword_of("").empty() && name_of("1.2.840.10008").empty());
static_assert(name_of("1.2.840.10008.1.1.").empty() && name_of("1.2.840.10008.1.1|").empty());
static_assert(name_of("0").empty() && name_of("9.9").empty());
static_assert(name_of("1.2.840.10008.5.1.4.1.1.40").empty());  // a blank row of the registry

TEST(UidNames, SayWhatTheRegistrySays) {
  for (auto const& row : registry_table::read("uids.csv")) {
    uid const id{row.at("uid")};
    EXPECT_EQ(name_of(id), row.at("name")) << id.view();
    EXPECT_EQ(keyword_of(id), row.at("keyword")) << id.view();
    EXPECT_TRUE(name_of(id.str() + ".999").empty()) << id.view();
  }
}

TEST(UidNames, AgreeWithTransferSyntaxes) {
  for (auto const* syntax : transfer_syntaxes::registered)
    EXPECT_FALSE(keyword_of(syntax->uid).empty()) << syntax->uid;
}

TEST(UidNames, OverlongTextHasNone) {
  EXPECT_TRUE(name_of("1.2.840.10008.1.1" + std::string(64, '1')).empty());
}

}  // namespace

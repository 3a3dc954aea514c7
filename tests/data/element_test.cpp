// SPDX-License-Identifier: BSL-1.0
#include "bytes.hpp"
#include <codimse/data/data_set.hpp>

#include <gtest/gtest.h>

#include <utility>

namespace {

using namespace codimse_test;

TEST(element, has_a_value_padded_as_its_vr_wants) {
  element const text{tags::modality, vr::cs, as_bytes("CTX")};
  EXPECT_EQ(text.tag(), tags::modality);
  EXPECT_EQ(text.vr(), vr::cs);
  EXPECT_EQ(text.bytes().back(), std::byte{' '});
  EXPECT_EQ(text.text(), "CTX");
  EXPECT_FALSE(text.empty() || text.is_sequence() || text.is_encapsulated());
  EXPECT_EQ((element{tags::sop_class_uid, vr::ui, as_bytes("1.2")}.bytes().back()), std::byte{0});
  EXPECT_TRUE((element{tags::modality, vr::cs, {}}.empty()));
}

TEST(element, text_ends_before_spaces_and_nuls) {
  element const padded{tags::modality, vr::cs, as_bytes(std::string_view{" A  \0\0", 6})};
  EXPECT_EQ(padded.text(), " A");
}

TEST(element, copies_own_their_bytes) {
  auto source = std::make_unique<element>(tags::modality, vr::cs, as_bytes("CT"));
  element const copy{*source};
  EXPECT_NE(copy.bytes().data(), source->bytes().data());
  element moved{std::move(*source)};
  source.reset();
  EXPECT_EQ(copy, moved);
  moved = element{tags::modality, vr::cs, as_bytes("MR")};
  EXPECT_FALSE(copy == moved);
}

TEST(element, is_compared_by_tag_vr_and_value) {
  element const one{tags::modality, vr::cs, as_bytes("CT")};
  EXPECT_FALSE(one == (element{tags::modality, vr::lo, as_bytes("CT")}));
  EXPECT_FALSE(one == (element{tags::patient_id, vr::cs, as_bytes("CT")}));
  element const none{tags::referenced_image_sequence, {}};
  element const empty_item{tags::referenced_image_sequence, std::vector<data_set>(1)};
  EXPECT_FALSE(none == empty_item);
  EXPECT_TRUE(none.empty());
  EXPECT_FALSE(empty_item.empty());
}

TEST(element, counts_values) {
  auto const count = [](vr type, std::string_view text) {
    return value_count(element{tags::modality, type, as_bytes(text)});
  };
  EXPECT_EQ(count(vr::cs, ""), 0U);
  EXPECT_EQ(count(vr::cs, "  "), 0U);
  EXPECT_EQ(count(vr::cs, "A\\\\B"), 3U);
  EXPECT_EQ(count(vr::lt, "A\\B"), 1U);
  EXPECT_EQ(count(vr::ur, "A\\B"), 1U);
  EXPECT_EQ(count(vr::us, "1234"), 2U);
  EXPECT_EQ(count(vr::at, "1234"), 1U);
  EXPECT_EQ(count(vr::ob, "1234"), 1U);
  EXPECT_EQ(value_count(element{tags::referenced_image_sequence, std::vector<data_set>(3)}), 3U);
}

}  // namespace

// SPDX-License-Identifier: BSL-1.0
#include "bytes.hpp"
#include <codimse/data/frames.hpp>

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace {

using namespace codimse_test;

/// Encapsulated Pixel Data: the Basic Offset Table, then the fragments.
data_set image_of(bytes_t const& table, std::vector<std::string_view> const& fragments) {
  data_set image;
  data_set_builder builder{image, nullptr};
  builder.fragments(tags::pixel_data, vr::ob);
  builder.add_copied_fragment(table);
  for (auto const one : fragments) builder.add_copied_fragment(as_bytes(one));
  builder.finish();
  return image;
}

using frames = std::vector<frame_fragments>;

TEST(frames, of_the_basic_offset_table) {
  auto image = image_of(hex("00000000 14000000"), {"ab", "cd", "ef"});
  image.set(tags::number_of_frames, 2);
  auto const found = encapsulated_frames(image);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, (frames{{1, 2}, {3, 1}}));
  auto const& pixels = *image.find(tags::pixel_data);
  EXPECT_EQ(frame_bytes(pixels, (*found)[0]), bytes_t(hex("61626364")));
  EXPECT_EQ(frame_bytes(pixels, (*found)[1]), bytes_t(hex("6566")));
  image.erase(tags::number_of_frames);
  EXPECT_EQ(*encapsulated_frames(image), *found);
}

TEST(frames, of_the_extended_offset_table) {
  auto image = image_of({}, {"ab", "cdef"});
  image.set(tags::number_of_frames, 2)
      .set_bytes(tags::extended_offset_table, vr::ov, hex("0000000000000000 0A00000000000000"));
  EXPECT_EQ(*encapsulated_frames(image), (frames{{1, 1}, {2, 1}}));
}

TEST(frames, without_a_table) {
  auto image = image_of({}, {"ab", "cd"});
  EXPECT_EQ(*encapsulated_frames(image), (frames{{1, 2}}));
  image.set(tags::number_of_frames, 2);
  EXPECT_EQ(*encapsulated_frames(image), (frames{{1, 1}, {2, 1}}));
}

TEST(frames, that_cannot_be_told_are_errors) {
  data_set image;
  EXPECT_EQ(encapsulated_frames(image).error(), errc::missing_element);
  image.set_bytes(tags::pixel_data, vr::ob, hex("0102"));
  EXPECT_EQ(encapsulated_frames(image).error(), errc::wrong_vr);
  auto const fails = [](bytes_t const& table, char const* number) {
    auto wrong = image_of(table, {"ab", "cd", "ef"});
    wrong.set(tags::number_of_frames, number);
    return encapsulated_frames(wrong).error() == errc::invalid_value;
  };
  EXPECT_TRUE(fails({}, "2"));
  EXPECT_TRUE(fails({}, "4"));
  EXPECT_TRUE(fails({}, "0"));
  EXPECT_TRUE(fails({}, "-1"));
  EXPECT_TRUE(fails({}, "x"));
  EXPECT_TRUE(fails(hex("00000000 14000000"), "3"));
  EXPECT_TRUE(fails(hex("00000000 15000000"), "2"));
  EXPECT_TRUE(fails(hex("00000000 00000000"), "2"));
  EXPECT_TRUE(fails(hex("0A000000 14000000"), "2"));
  EXPECT_TRUE(fails(hex("14000000 00000000"), "2"));
  EXPECT_EQ(encapsulated_frames(image_of({}, {})).error(), errc::invalid_value);
}

}  // namespace

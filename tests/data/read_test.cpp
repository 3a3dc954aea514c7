// SPDX-License-Identifier: BSL-1.0
#include "bytes.hpp"
#include <codimse/data/read.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

namespace {

using namespace codimse_test;
using namespace transfer_syntaxes;

constexpr auto& little = explicit_vr_little_endian;
constexpr char const* rows = "28001000 5553 0200 0400 ";
constexpr char const* images = "08004011 5351 0000 FFFFFFFF FEFF00E0 FFFFFFFF ";
constexpr char const* images_end = "FEFF0DE0 00000000 FEFFDDE0 00000000 ";

data_set read(std::string const& digits, read_options const& options = {}) {
  auto all = read_data_set(hex(digits), little, options);
  EXPECT_TRUE(all.has_value()) << all.error().message();
  return all ? *std::move(all) : data_set{};
}

TEST(read, every_encoding_alike) {
  std::optional<data_set> first;
  for (auto const* const syntax : plain_syntaxes) {
    auto all = read_data_set(nested_data_set(*syntax), *syntax);
    ASSERT_TRUE(all.has_value()) << all.error().message();
    EXPECT_EQ(all->get<uid>(tags::study_instance_uid), uid{"1.2.3.4"});
    EXPECT_EQ(all->get<int>(tags::rows), 4);
    auto const& study = all->item(tags::referenced_study_sequence);
    EXPECT_EQ(study.items(tags::referenced_series_sequence).size(), 2U);
    EXPECT_EQ(all->find({0x0009, 0x1010})->bytes().size(), 8U);
    // The private OB has no VR in implicit VR.
    all->erase({0x0009, 0x1010});
    if (!first) first = *std::move(all);
    else EXPECT_EQ(*first, *all);
  }
}

TEST(read, values_lie_in_the_bytes) {
  auto const bytes = hex(rows);
  auto const all = view_data_set(bytes, little);
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ(all->find(tags::rows)->bytes().data(), bytes.data() + 8);
  auto kept = hex(rows);
  auto const* const where = kept.data();
  auto const owned = read_data_set(std::move(kept), little);
  ASSERT_TRUE(owned.has_value());
  EXPECT_EQ(owned->find(tags::rows)->bytes().data(), where + 8);
}

TEST(read, an_item_that_is_moved_out_keeps_the_bytes) {
  data_set item;
  {
    auto all = read(std::string{images} + rows + images_end);
    item = std::move(all.edit_item(tags::referenced_image_sequence));
  }
  EXPECT_EQ(item.get<int>(tags::rows), 4);
  EXPECT_TRUE(item.had_undefined_length());
}

TEST(read, the_first_of_several_elements_with_one_tag_counts) {
  auto const all = read("28001100 5553 0200 0100 28001000 5553 0200 0200 28001100 5553 0200 0300");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all.get<int>(tags::rows), 2);
  EXPECT_EQ(all.get<int>(tags::columns), 1);
}

TEST(read, fragments) {
  auto const all = read(
      "E07F1000 4F42 0000 FFFFFFFF FEFF00E0 00000000 FEFF00E0 02000000 0102 FEFFDDE0 00000000");
  auto const* const pixels = all.find(tags::pixel_data);
  ASSERT_NE(pixels, nullptr);
  ASSERT_EQ(pixels->fragment_count(), 2U);
  EXPECT_EQ(pixels->fragment(1).size(), 2U);
}

TEST(read, stops_and_skips) {
  read_options options;
  options.stop_at = tags::columns;
  EXPECT_EQ(read(std::string{rows} + "28001100 5553 0200 0400", options).size(), 1U);
  // What comes after is not even looked at.
  EXPECT_EQ(read(std::string{rows} + "28001100 5553 FFFF", options).size(), 1U);
  options = {};
  options.skip_longer_than = 2;
  EXPECT_EQ(read(std::string{rows} + "28003000 4453 0400 31322E35", options).size(), 1U);
  EXPECT_EQ(read(std::string{rows} +
                     "E07F1000 4F42 0000 FFFFFFFF FEFF00E0 00000000 FEFF00E0 04000000 01020304 "
                     "FEFF00E0 02000000 0102 FEFFDDE0 00000000",
                 options)
                .size(),
            1U)
      << "no Pixel Data with a hole in it";
}

TEST(read, problems_have_a_place) {
  read_problem problem;
  read_options options;
  options.problem = &problem;
  auto const all =
      read_data_set(hex(std::string{rows} + "28001100 5553 0400 0400"), little, options);
  ASSERT_FALSE(all.has_value());
  EXPECT_EQ(all.error(), errc::truncated_data_set);
  EXPECT_EQ(problem.error, errc::truncated_data_set);
  EXPECT_EQ(problem.offset, 10U);
  EXPECT_EQ(problem.tag, tags::columns);
  EXPECT_TRUE(to_string(problem).starts_with("offset 10, (0028,0011): the data set ends"));
}

TEST(read, keeps_whole_elements_where_that_is_asked_for) {
  read_problem problem;
  read_options options;
  options.problem = &problem;
  options.keep_what_was_read = true;
  auto const all = read(
      std::string{"08006000 4353 0200 4354"} + images + rows + "28001100 5553 0400 04", options);
  EXPECT_EQ(problem.error, errc::truncated_data_set);
  EXPECT_EQ(all.get<std::string>(tags::modality), "CT");
  auto const& item = all.item(tags::referenced_image_sequence);
  EXPECT_EQ(item.size(), 1U);
  EXPECT_EQ(item.get<int>(tags::rows), 4);
  problem = {};
  EXPECT_EQ(read(rows, options).size(), 1U);
  EXPECT_FALSE(problem.error);
}

TEST(read, depth_is_bounded) {
  read_options options;
  options.max_depth = 0;
  auto const all = read_data_set(hex(std::string{images} + rows + images_end), little, options);
  ASSERT_FALSE(all.has_value());
  EXPECT_EQ(all.error(), errc::nested_too_deep);
}

// Each of them takes more memory than its bytes: all levels count together, fragments too.
TEST(read, elements_are_counted) {
  std::string const nested = std::string{images} + rows + images_end + rows;
  std::string const fragments =
      "E07F1000 4F42 0000 FFFFFFFF FEFF00E0 00000000 FEFF00E0 02000000 0102 FEFFDDE0 00000000";
  auto const error_within = [](std::string const& digits, std::size_t most) {
    read_options options;
    options.max_elements = most;
    auto const all = read_data_set(hex(digits), little, options);
    return all ? std::error_code{} : all.error();
  };
  EXPECT_EQ(error_within(nested, 3), errc::limit_exceeded);  // a sequence, an item, two elements
  EXPECT_FALSE(error_within(nested, 4));
  EXPECT_EQ(error_within(fragments, 2), errc::limit_exceeded);
  EXPECT_FALSE(error_within(fragments, 3));
  EXPECT_EQ(error_within(rows, 0), errc::limit_exceeded);
  EXPECT_FALSE(error_within("", 0));
}

TEST(read, a_bound_of_elements_leaves_the_first_ones) {
  read_problem problem;
  read_options options;
  options.max_elements = 1;
  options.keep_what_was_read = true;
  options.problem = &problem;
  auto const all = read(std::string{rows} + "28001100 5553 0200 0400", options);
  EXPECT_EQ(all.size(), 1U);
  EXPECT_EQ(problem.error, errc::limit_exceeded);
  EXPECT_EQ(problem.tag, tags::columns);
}

TEST(read, deflated_data_sets_need_a_method) {
  read_problem problem;
  read_options options;
  options.problem = &problem;
  auto const all = read_data_set(hex("0300"), deflated_explicit_vr_little_endian, options);
  ASSERT_FALSE(all.has_value());
  EXPECT_EQ(all.error(), errc::deflate_not_available);
  EXPECT_EQ(problem.error, errc::deflate_not_available);
}

// Elements in falling order, a hostile order to put right one by one.
TEST(read, many_elements_out_of_order_are_put_right_fast) {
  byte_writer out;
  for (unsigned i = 0x30000; i > 0; --i)
    encode_element_header(out, {tag::from_number(0x00100000U + i * 2 + 1), vr::none, 0},
                          element_encoding::implicit_little);
  auto const all = read_data_set(std::move(out).take(), implicit_vr_little_endian);
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ(all->size(), 0x30000U);
  EXPECT_TRUE(std::ranges::is_sorted(*all, {}, &element::tag));
}

}  // namespace

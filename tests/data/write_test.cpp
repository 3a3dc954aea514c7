// SPDX-License-Identifier: BSL-1.0
#include "random_data_set.hpp"
#include <codimse/data/read.hpp>
#include <codimse/data/write.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace codimse_test;
using namespace transfer_syntaxes;
using enum sequence_lengths;

constexpr auto& little = explicit_vr_little_endian;

bytes_t written(data_set const& all, transfer_syntax const& syntax,
                sequence_lengths lengths = undefined) {
  return write_data_set(all, syntax, {.lengths = lengths});
}

data_set nested() {
  data_set inner;
  inner.set(tags::rows, 4);
  data_set all;
  all.set(tags::referenced_image_sequence, inner, data_set{});
  return all;
}

TEST(write, every_encoding) {
  data_set all;
  all.set(tags::rows, 4).set(tags::modality, "CT");
  EXPECT_EQ(written(all, little), hex("08006000 4353 0200 4354 28001000 5553 0200 0400"));
  EXPECT_EQ(written(all, implicit_vr_little_endian),
            hex("08006000 02000000 4354 28001000 02000000 0400"));
  EXPECT_EQ(written(all, explicit_vr_big_endian),
            hex("00080060 4353 0002 4354 00280010 5553 0002 0004"));
  EXPECT_TRUE(written({}, little).empty());
}

TEST(write, sequences_with_and_without_lengths) {
  EXPECT_EQ(written(nested(), little),
            hex("08004011 5351 0000 FFFFFFFF FEFF00E0 FFFFFFFF 28001000 5553 0200 0400 "
                "FEFF0DE0 00000000 FEFF00E0 FFFFFFFF FEFF0DE0 00000000 FEFFDDE0 00000000"));
  auto const with_lengths =
      hex("08004011 5351 0000 1A000000 FEFF00E0 0A000000 28001000 5553 0200 0400 "
          "FEFF00E0 00000000");
  EXPECT_EQ(written(nested(), little, defined), with_lengths);
  auto const back = read_data_set(with_lengths, little);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(written(*back, little, keep), with_lengths);
  EXPECT_EQ(written(*back, little), written(nested(), little));
}

TEST(write, un_with_items_is_implicit_little_endian_and_undefined) {
  auto const bytes =
      hex("00091001 554E 0000 FFFFFFFF FEFF00E0 FFFFFFFF 28001000 02000000 0400 "
          "FEFF0DE0 00000000 FEFFDDE0 00000000");
  auto const all = read_data_set(bytes, explicit_vr_big_endian);
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ(written(*all, explicit_vr_big_endian, keep), bytes);
  auto const with_lengths = written(*all, explicit_vr_big_endian, defined);
  EXPECT_EQ(with_lengths, hex("00091001 554E 0000 FFFFFFFF FEFF00E0 0A000000 28001000 02000000 "
                              "0400 FEFFDDE0 00000000"));
}

TEST(write, private_sequences_stay_sequences_in_implicit_vr) {
  data_set all;
  all.set({0x0009, 0x1001}, vr::sq, data_set{});
  EXPECT_EQ(written(all, implicit_vr_little_endian, defined),
            hex("09000110 FFFFFFFF FEFF00E0 00000000 FEFFDDE0 00000000"));
}

TEST(write, fragments) {
  auto const bytes =
      hex("E07F1000 4F42 0000 FFFFFFFF FEFF00E0 00000000 FEFF00E0 02000000 0102 FEFFDDE0 00000000");
  auto const all = read_data_set(bytes, jpeg_baseline_8_bit);
  ASSERT_TRUE(all.has_value());
  for (auto const lengths : {undefined, defined, keep})
    EXPECT_EQ(written(*all, jpeg_baseline_8_bit, lengths), bytes);
}

TEST(write, odd_values_and_fragments_are_padded) {
  auto const all = read_data_set(
      hex("08006000 4353 0300 434554 E07F1000 4F42 0000 FFFFFFFF FEFF00E0 01000000 09 "
          "FEFFDDE0 00000000"),
      jpeg_baseline_8_bit);
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ(written(*all, jpeg_baseline_8_bit),
            hex("08006000 4353 0400 43455420 E07F1000 4F42 0000 FFFFFFFF FEFF00E0 02000000 0900 "
                "FEFFDDE0 00000000"));
}

TEST(write, short_vr_too_long_becomes_un_in_little_endian) {
  data_set all;
  all.set_bytes(tags::lut_descriptor, vr::us, bytes_t(65536, std::byte{1}));
  for (auto const* const syntax : {&little, &explicit_vr_big_endian}) {
    auto const bytes = written(all, *syntax);
    EXPECT_EQ(bytes.size(), 12U + 65536U);
    auto const back = read_data_set(bytes, *syntax);
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->find(tags::lut_descriptor)->vr(), vr::un);
  }
  EXPECT_EQ(written(all, implicit_vr_little_endian).size(), 8U + 65536U);
  all.set_bytes(tags::lut_descriptor, vr::us, bytes_t(65534, std::byte{1}));
  EXPECT_EQ(written(all, little).size(), 8U + 65534U);
}

TEST(write, what_is_no_vr_becomes_un) {
  data_set all;
  all.set_bytes({0x0009, 0x1001}, vr_from('?', '?'), hex("0102"));
  EXPECT_EQ(written(all, little), hex("09000110 554E 0000 02000000 0102"));
}

TEST(write, leaves_out_what_is_outside_data_sets) {
  data_set all;
  all.set_bytes({0x0008, 0x0000}, vr::ul, hex("00000000"));
  all.set(tags::transfer_syntax_uid, uid{"1.2"});
  all.set_bytes(tags::data_set_trailing_padding, vr::ob, hex("00000000"));
  EXPECT_TRUE(written(all, little).empty());
}

TEST(write, appends) {
  byte_writer out;
  out.text("before");
  data_set all;
  all.set(tags::rows, 4);
  write_data_set(out, all, element_encoding::explicit_little);
  EXPECT_EQ(out.size(), 6U + 10U);
}

TEST(write, deflated_data_sets_need_a_method) {
  try {
    static_cast<void>(write_data_set({}, deflated_explicit_vr_little_endian));
    FAIL();
  } catch (error const& thrown) {
    EXPECT_EQ(thrown.code(), errc::deflate_not_available);
  }
}

TEST(write, random_data_sets_come_back_from_every_encoding_and_length) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    auto const all = random_data_sets{seed}.make();
    for (auto const* const syntax : plain_syntaxes)
      for (auto const lengths : {undefined, defined, keep}) {
        auto const bytes = written(all, *syntax, lengths);
        auto const back = read_data_set(bytes, *syntax);
        ASSERT_TRUE(back.has_value()) << seed << ' ' << back.error().message();
        ASSERT_EQ(*back, all) << seed << ' ' << syntax->name;
        ASSERT_EQ(written(*back, *syntax, keep), bytes) << seed << ' ' << syntax->name;
      }
  }
}

}  // namespace

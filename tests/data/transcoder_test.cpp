// SPDX-License-Identifier: BSL-1.0
#include "random_data_set.hpp"
#include <codimse/data/read.hpp>
#include <codimse/data/transcoder.hpp>
#include <codimse/data/write.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace {

using namespace codimse_test;
using namespace transfer_syntaxes;

constexpr auto& implicit = implicit_vr_little_endian;
constexpr auto& little = explicit_vr_little_endian;
constexpr auto& big = explicit_vr_big_endian;

bytes_t transcoded(std::span<std::byte const> bytes, transfer_syntax const& from,
                   transfer_syntax const& to, std::size_t step = 1U << 30U) {
  byte_writer out;
  transcoder turn{from, to, out};
  for (std::size_t i = 0; i < bytes.size(); i += step) {
    auto const failed = turn.feed(bytes.subspan(i, std::min(step, bytes.size() - i)));
    EXPECT_FALSE(failed) << failed.message();
  }
  auto const failed = turn.finish();
  EXPECT_FALSE(failed) << failed.message();
  return std::move(out).take();
}
void expect(std::string const& in, transfer_syntax const& from, std::string const& out,
            transfer_syntax const& to) {
  auto const bytes = hex(in);
  for (std::size_t const step : {1U, 3U, 4U, 7U, 1000U})
    EXPECT_EQ(transcoded(bytes, from, to, step), hex(out)) << in << " step " << step;
}

TEST(transcoder, values) {
  expect("28001000 02000000 0400", implicit, "28001000 5553 0200 0400", little);
  expect("28001000 02000000 0400", implicit, "00280010 5553 0002 0004", big);
  expect("00280010 5553 0002 0004", big, "28001000 02000000 0400", implicit);
  expect("E07F1000 4F57 0000 04000000 01020304", little, "7FE00010 4F57 0000 00000004 02010403",
         big);
  expect("09000110 4644 0800 0102030405060708 09000210 4F46 0000 08000000 0102030405060708", little,
         "00091001 4644 0008 0807060504030201 00091002 4F46 0000 00000008 0403020108070605", big);
  // A number that is cut short stays as it is.
  expect("28001000 5553 0300 010203", little, "00280010 5553 0004 02010300", big);
}

TEST(transcoder, odd_values_get_their_padding) {
  expect("08006000 4353 0300 434554", little, "08006000 04000000 43455420", implicit);
  expect("08001800 5549 0300 312E32", little, "08001800 04000000 312E3200", implicit);
}

TEST(transcoder, the_vr_that_was_not_written_is_the_dictionarys) {
  expect("28000301 02000000 0100 28002001 02000000 FEFF", implicit,
         "28000301 5553 0200 0100 28002001 5353 0200 FEFF", little);
  expect("28002001 02000000 FEFF 09000110 02000000 0102", implicit,
         "28002001 5553 0200 FEFF 09000110 554E 0000 02000000 0102", little);
}

TEST(transcoder, sequences_get_undefined_lengths) {
  expect("08004011 12000000 FEFF00E0 0A000000 28001000 02000000 0400", implicit,
         "00081140 5351 0000 FFFFFFFF FFFEE000 FFFFFFFF 00280010 5553 0002 0004 "
         "FFFEE00D 00000000 FFFEE0DD 00000000",
         big);
}

TEST(transcoder, what_is_in_un_stays_implicit_little_endian) {
  auto const below =
      std::string{"FEFF00E0 FFFFFFFF 28001000 02000000 0400 FEFF0DE0 00000000 FEFFDDE0 00000000 "};
  // A private sequence is UN in explicit VR.
  expect("09000110 FFFFFFFF" + below + "28001000 02000000 0400", implicit,
         "00091001 554E 0000 FFFFFFFF" + below + "00280010 5553 0002 0004", big);
  expect("00091001 554E 0000 FFFFFFFF" + below + "00280010 5553 0002 0004", big,
         "09000110 FFFFFFFF" + below + "28001000 02000000 0400", implicit);
  expect("00091001 554E 0000 00000004 01020304", big, "09000110 554E 0000 04000000 01020304",
         little);
}

TEST(transcoder, short_vr_too_long_becomes_un) {
  data_set all;
  all.set_bytes(tags::lut_descriptor, vr::us, bytes_t(65536, std::byte{1}));
  auto const bytes = write_data_set(all, implicit);
  EXPECT_EQ(transcoded(bytes, implicit, big, 1000), write_data_set(all, big));
}

TEST(transcoder, fragments_pass) {
  expect("E07F1000 4F42 0000 FFFFFFFF FEFF00E0 03000000 010203 FEFFDDE0 00000000", little,
         "7FE00010 4F42 0000 FFFFFFFF FFFEE000 00000004 01020300 FFFEE0DD 00000000", big);
}

TEST(transcoder, errors_are_the_readers) {
  byte_writer out;
  transcoder turn{little, implicit, out};
  EXPECT_FALSE(turn.feed(hex("28001000 5553 0200")));
  EXPECT_EQ(turn.finish(), errc::truncated_data_set);
  transcoder other{little, implicit, out};
  EXPECT_EQ(other.feed(hex("28001000 5553 0200 0400 FEFF00E0 00000000 28001000")),
            errc::invalid_item);
  EXPECT_EQ(other.feed(hex("28001000")), errc::invalid_item);
  EXPECT_EQ(other.finish(), errc::invalid_item);
}

TEST(transcoder, holds_nothing_of_a_long_value) {
  byte_writer out;
  transcoder turn{little, big, out};
  EXPECT_FALSE(turn.feed(hex("E07F1000 4F57 0000 FEFFFFFF")));
  bytes_t const piece(100'001, std::byte{1});
  for (int i = 0; i < 50; ++i) {
    out.clear();
    EXPECT_FALSE(turn.feed(piece));
    EXPECT_GE(out.size(), piece.size() - 1);
    EXPECT_LE(out.size(), piece.size() + 1);
  }
}

TEST(transcoder, is_for_uncompressed_ones) {
  EXPECT_TRUE(is_plain(little) && is_plain(big) && is_plain(implicit));
  EXPECT_FALSE(is_plain(jpip_referenced));
  EXPECT_FALSE(is_plain(jpeg_baseline_8_bit) || is_plain(deflated_explicit_vr_little_endian));
}

// What a data set that was read whole and written again looks like is what the stream must yield.
TEST(transcoder, agrees_with_reading_and_writing) {
  for (std::uint32_t seed = 1000; seed < 1150; ++seed) {
    random_data_sets random{seed};
    auto const all = random.make();
    for (auto const* const from : plain_syntaxes) {
      auto const lengths = seed % 2 == 0 ? sequence_lengths::defined : sequence_lengths::undefined;
      auto const bytes = write_data_set(all, *from, {.lengths = lengths});
      for (auto const* const to : plain_syntaxes) {
        auto const there = transcoded(bytes, *from, *to, 1 + random.below(40));
        ASSERT_EQ(there, write_data_set(all, *to)) << seed << ' ' << from->name << ' ' << to->name;
        ASSERT_EQ(transcoded(there, *to, *from), write_data_set(all, *from)) << seed;
      }
    }
  }
}

}  // namespace

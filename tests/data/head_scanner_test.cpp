// SPDX-License-Identifier: BSL-1.0
#include "data/bytes.hpp"
#include <codimse/data/head_scanner.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace {

using namespace codimse_test;
namespace ts = codimse::transfer_syntaxes;

head_scanner scanner_for(transfer_syntax const& syntax, tag stop = tags::study_instance_uid) {
  return {syntax, identity, stop};
}

scan_result scan(transfer_syntax const& syntax, bytes_t const& bytes,
                 tag stop = tags::study_instance_uid) {
  auto scanner = scanner_for(syntax, stop);
  scanner.feed(bytes);
  scanner.finish();
  return result_of(scanner);
}

bytes_t operator+(bytes_t a, bytes_t const& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(HeadScanner, FindsTheIdentityInEveryEncoding) {
  for (auto const* const syntax : plain_syntaxes) {
    SCOPED_TRACE(syntax->name);
    auto scanner = scanner_for(*syntax);
    EXPECT_EQ(scanner.feed(nested_data_set(*syntax)), head_state::done);
    EXPECT_EQ(scanner.text(tags::sop_class_uid), "1.2.840.10008.5.1.4.1.1.2");
    EXPECT_EQ(scanner.text(tags::sop_instance_uid), "1.2.3.44");
    EXPECT_EQ(scanner.text(tags::study_instance_uid), "1.2.3.4");
    EXPECT_EQ(scanner.value(tags::study_instance_uid), (std::string_view{"1.2.3.4\0", 8}));
    EXPECT_EQ(scanner.text(tags::rows), std::nullopt);
    EXPECT_FALSE(scanner.is_cut(tags::sop_class_uid));
  }
}

TEST(HeadScanner, AnyPiecesGiveTheSame) {
  for (auto const* const syntax : plain_syntaxes) {
    SCOPED_TRACE(syntax->name);
    auto const bytes = nested_data_set(*syntax);
    auto const whole = scan(*syntax, bytes);
    ASSERT_EQ(whole.state, head_state::done);
    for (std::size_t split = 0; split <= bytes.size(); ++split) {
      auto scanner = scanner_for(*syntax);
      scanner.feed(std::span{bytes}.first(split));
      scanner.feed(std::span{bytes}.subspan(split));
      EXPECT_TRUE(result_of(scanner) == whole) << "split at " << split;
    }
    for (std::size_t step = 1; step < 20; ++step) {
      auto scanner = scanner_for(*syntax);
      for (std::size_t i = 0; i < bytes.size(); i += step)
        scanner.feed(std::span{bytes}.subspan(i, std::min(step, bytes.size() - i)));
      EXPECT_TRUE(result_of(scanner) == whole) << "pieces of " << step;
    }
  }
}

TEST(HeadScanner, CutAtEveryByte) {
  for (auto const* const syntax : plain_syntaxes) {
    auto const bytes = nested_data_set(*syntax);
    auto const whole = scan(*syntax, bytes);
    for (std::size_t n = 0; n < whole.position; ++n) {
      auto scanner = scanner_for(*syntax);
      EXPECT_EQ(scanner.feed(std::span{bytes}.first(n)), head_state::need_more) << n;
      EXPECT_EQ(scanner.text(tags::study_instance_uid), std::nullopt);
      auto const end = scanner.finish();
      // Between two elements a data set may end, anywhere else not.
      EXPECT_TRUE(end == head_state::malformed || end == head_state::done);
      EXPECT_EQ(scanner.finish(), end);
    }
    EXPECT_EQ(scan(*syntax, {bytes.begin(), bytes.begin() + 3}).state, head_state::malformed);
    EXPECT_EQ(scan(*syntax, {}).state, head_state::done);
  }
}

TEST(HeadScanner, StopsAtTheFirstGreaterTag) {
  auto const& syntax = ts::explicit_vr_little_endian;
  auto const bytes = hex("08 00 18 00 55 49 02 00 31 00  28 00 10 00 55 53 02 00 04 00");
  auto scanner = scanner_for(syntax);
  EXPECT_EQ(scanner.feed(std::span{bytes}.first(10)), head_state::need_more);
  EXPECT_EQ(scanner.feed(std::span{bytes}.subspan(10)), head_state::done);
  EXPECT_EQ(scanner.position(), 18U);
  EXPECT_EQ(scanner.text(tags::sop_instance_uid), "1");
  EXPECT_EQ(scanner.text(tags::study_instance_uid), std::nullopt);
  EXPECT_EQ(scanner.feed(bytes), head_state::done);
}

TEST(HeadScanner, StopsWhenTheStopElementWasRead) {
  auto const& syntax = ts::explicit_vr_little_endian;
  // An empty one, one with a value, and a sequence.
  EXPECT_EQ(scan(syntax, hex("20 00 0D 00 55 49 00 00 FF")).position, 8U);
  EXPECT_EQ(scan(syntax, hex("20 00 0D 00 55 49 02 00 31 00 FF FF")).position, 10U);
  auto const sequence = hex("08 00 40 11 53 51 00 00 FF FF FF FF FE FF DD E0 00 00 00 00 FF");
  auto const found = scan(syntax, sequence, tags::referenced_image_sequence);
  EXPECT_EQ(found.position, 20U);
  EXPECT_EQ(found.state, head_state::done);
}

TEST(HeadScanner, ToleratesWhatRealFilesHold) {
  auto const& le = ts::explicit_vr_little_endian;
  auto const uid = hex("08 00 18 00 55 49 02 00 31 00");
  auto const expect = [&](char const* what, bytes_t const& before) {
    auto const found = scan(le, before + uid);
    EXPECT_EQ(found.state, head_state::done) << what;
    EXPECT_EQ(found.values[1], (std::string{"1\0", 2})) << what;
  };
  expect("group length", hex("08 00 00 00 55 4C 04 00 FF FF FF FF"));
  expect("command and file meta groups", hex("00 00 02 00 55 49 02 00 39 00"
                                             "02 00 10 00 55 49 02 00 39 00"));
  expect("out of order", hex("08 00 60 00 43 53 02 00 43 54"));
  expect("odd length", hex("08 00 05 00 43 53 03 00 41 42 43"));
  expect("unknown VR", hex("08 00 05 00 5A 5A 00 00 02 00 00 00 41 42"));
  expect("garbage in the reserved bytes", hex("08 00 05 00 55 54 41 42 02 00 00 00 41 42"));
  expect("blanks for a VR", hex("08 00 05 00 20 20 02 00 41 42"));
  expect("no VR", hex("08 00 05 00 02 00 00 00 41 42"));
  expect("length in a delimiter",
         hex("08 00 06 00 53 51 00 00 FF FF FF FF FE FF DD E0 07 00 00 00"));
  expect("defined item in undefined sequence",
         hex("08 00 06 00 53 51 00 00 FF FF FF FF FE FF 00 E0 03 00 00 00 FF FF FF"
             "FE FF DD E0 00 00 00 00"));
  expect("defined sequence, never looked into", hex("08 00 06 00 53 51 00 00 02 00 00 00 FF FF"));
  expect("encapsulated value before it",
         hex("08 00 06 00 4F 42 00 00 FF FF FF FF FE FF 00 E0 00 00 00 00"
             "FE FF 00 E0 02 00 00 00 FF D8 FE FF DD E0 00 00 00 00"));
  expect("the other tag inside an item",
         hex("08 00 06 00 53 51 00 00 FF FF FF FF FE FF 00 E0 FF FF FF FF 08 00 18 00 55 49 02 00"
             "39 00 FE FF 0D E0 00 00 00 00 FE FF DD E0 00 00 00 00"));
}

TEST(HeadScanner, FirstOfDuplicatesCounts) {
  auto const bytes = hex("08 00 18 00 55 49 02 00 31 00 08 00 18 00 55 49 02 00 32 00");
  EXPECT_EQ(scan(ts::explicit_vr_little_endian, bytes).values[1], (std::string{"1\0", 2}));
}

TEST(HeadScanner, UnOfUndefinedLengthIsImplicitLittleEndian) {
  // In big endian; inside, a nested sequence of undefined length, then an element after it.
  auto const bytes =
      hex("00 08 00 06 55 4E 00 00 FF FF FF FF"
          "FE FF 00 E0 FF FF FF FF  08 00 18 00 02 00 00 00 39 00"
          "09 00 01 10 FF FF FF FF FE FF 00 E0 02 00 00 00 55 49 FE FF DD E0 00 00 00 00"
          "FE FF 0D E0 00 00 00 00  FE FF DD E0 00 00 00 00"
          "00 08 00 18 55 49 00 02 31 00");
  auto const found = scan(ts::explicit_vr_big_endian, bytes);
  EXPECT_EQ(found.state, head_state::done);
  EXPECT_EQ(found.values[1], (std::string{"1\0", 2}));
}

TEST(HeadScanner, EncodingOtherThanSaid) {
  auto const is = nested_data_set(ts::implicit_vr_little_endian);
  auto const el = nested_data_set(ts::explicit_vr_little_endian);
  EXPECT_EQ(scan(ts::explicit_vr_little_endian, is).values[2], (std::string{"1.2.3.4\0", 8}));
  EXPECT_EQ(scan(ts::implicit_vr_little_endian, el).values[2], (std::string{"1.2.3.4\0", 8}));
}

TEST(HeadScanner, Malformed) {
  auto const& le = ts::explicit_vr_little_endian;
  auto const expect = [&](char const* what, char const* bytes) {
    EXPECT_EQ(scan(le, hex(bytes)).state, head_state::malformed) << what;
  };
  expect("item at top level", "FE FF 00 E0 00 00 00 00");
  expect("sequence delimiter at top level", "FE FF DD E0 00 00 00 00");
  expect("undefined length of text", "08 00 05 00 55 54 00 00 FF FF FF FF");
  expect("undefined length of an unknown VR", "08 00 05 00 5A 5A 00 00 FF FF FF FF");
  expect("element where an item belongs",
         "08 00 06 00 53 51 00 00 FF FF FF FF 08 00 18 00 55 49 02 00 31 00");
  expect("item delimiter where the sequence's belongs",
         "08 00 06 00 53 51 00 00 FF FF FF FF FE FF 0D E0 00 00 00 00");
  expect("sequence delimiter where the item's belongs",
         "08 00 06 00 53 51 00 00 FF FF FF FF FE FF 00 E0 FF FF FF FF FE FF DD E0 00 00 00 00");
  expect("value cut", "08 00 18 00 55 49 04 00 31 2E");
  expect("never delimited", "08 00 06 00 53 51 00 00 FF FF FF FF");
}

TEST(HeadScanner, WhatWasFoundBeforeMalformedBytesStands) {
  auto const bytes = hex("08 00 18 00 55 49 02 00 31 00 FE FF DD E0 00 00 00 00");
  auto const found = scan(ts::explicit_vr_little_endian, bytes);
  EXPECT_EQ(found.state, head_state::malformed);
  EXPECT_EQ(found.values[1], (std::string{"1\0", 2}));
}

TEST(HeadScanner, Deflated) {
  auto scanner = scanner_for(ts::deflated_explicit_vr_little_endian);
  EXPECT_EQ(scanner.state(), head_state::unsupported);
  EXPECT_EQ(scanner.feed(hex("01 02 03")), head_state::unsupported);
  EXPECT_EQ(scanner.finish(), head_state::unsupported);
  EXPECT_EQ(scanner.text(tags::sop_class_uid), std::nullopt);
}

TEST(HeadScanner, DepthIsLimited) {
  auto const nested = [](unsigned depth) {
    byte_writer out;
    element_writer w{out, ts::explicit_vr_little_endian};
    for (unsigned i = 0; i < depth; ++i) {
      w.begin_sequence({0x0008, 0x1140});
      w.begin_item();
    }
    for (unsigned i = 0; i < depth; ++i) {
      w.end_item();
      w.end_sequence();
    }
    return std::move(out).take();
  };
  auto const& le = ts::explicit_vr_little_endian;
  EXPECT_EQ(scan(le, nested(64)).state, head_state::done);
  EXPECT_EQ(scan(le, nested(65)).state, head_state::malformed);
  head_scanner shallow{le, identity, tags::study_instance_uid, 0};
  EXPECT_EQ(shallow.feed(nested(1)), head_state::malformed);
}

TEST(HeadScanner, LongValuesAreCutAndHugeOnesCountedPast) {
  std::string const text(5000, 'x');
  byte_writer out;
  element_writer w{out, ts::explicit_vr_little_endian};
  w.text(tags::sop_instance_uid, vr::ui, text);
  auto scanner = scanner_for(ts::explicit_vr_little_endian);
  scanner.feed(out.view());
  EXPECT_TRUE(scanner.is_cut(tags::sop_instance_uid));
  EXPECT_EQ(scanner.text(tags::sop_instance_uid)->size(), head_scanner::value_limit);
  // Almost 4 GiB declared: only counted.
  EXPECT_EQ(scanner.feed(hex("08 00 20 00 4F 42 00 00 FE FF FF FF")), head_state::need_more);
  EXPECT_EQ(scanner.feed(out.view()), head_state::need_more);
  EXPECT_EQ(scanner.position(), 5008U + 12U + 5008U);
  EXPECT_EQ(scanner.finish(), head_state::malformed);
}

TEST(HeadScanner, NothingWanted) {
  head_scanner scanner{ts::explicit_vr_little_endian, {}, tags::study_instance_uid};
  EXPECT_EQ(scanner.feed(nested_data_set(ts::explicit_vr_little_endian)), head_state::done);
}

TEST(HeadScanner, DamagedDataSetsEndTheSameInAnyPieces) {
  std::mt19937 random{20260101};
  for (int round = 0; round < 6000; ++round) {
    auto const& syntax = *plain_syntaxes[round % 3];
    auto bytes = nested_data_set(syntax);
    for (auto n = random() % 6; n > 0; --n)
      bytes[random() % bytes.size()] = static_cast<std::byte>(random() & 0xFFU);
    auto const whole = scan(syntax, bytes, tags::pixel_data);
    EXPECT_NE(whole.state, head_state::need_more);
    auto scanner = scanner_for(syntax, tags::pixel_data);
    for (std::size_t at = 0; at < bytes.size();) {
      auto const n = std::min<std::size_t>(random() % 9, bytes.size() - at);
      scanner.feed(std::span{bytes}.subspan(at, n));
      at += n;
    }
    scanner.finish();
    ASSERT_TRUE(result_of(scanner) == whole) << "round " << round;
  }
}

}  // namespace

// SPDX-License-Identifier: BSL-1.0
#include "data/bytes.hpp"
#include <codimse/file/meta.hpp>

#include <gtest/gtest.h>

namespace {

using namespace codimse_test;
namespace ts = codimse::transfer_syntaxes;

file_meta example() {
  return {.media_storage_sop_class = "1.2.840.10008.5.1.4.1.1.2",
          .media_storage_sop_instance = "1.2.3",
          .transfer_syntax = "1.2.840.10008.1.2.1",
          .implementation_class = "2.25.1",
          .implementation_version_name = "CODIMSE",
          .source = "SCU",
          .sending = {},
          .receiving = {}};
}

bytes_t preamble() {
  bytes_t out(128);
  auto const letters = hex("44 49 43 4D");
  out.insert(out.end(), letters.begin(), letters.end());
  return out;
}

bytes_t with_preamble(char const* group) {
  auto out = preamble();
  auto const more = hex(group);
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

decoded_file_meta decoded(bytes_t const& bytes, bool whole_file = true) {
  auto const found = decode_file_meta(bytes, whole_file);
  EXPECT_TRUE(found.has_value()) << found.error().message();
  return found ? *found : decoded_file_meta{};
}

std::error_code failure(bytes_t const& bytes, bool whole_file = true) {
  return decode_file_meta(bytes, whole_file).error();
}

TEST(FileMeta, EncodesLiteralBytes) {
  EXPECT_EQ(encode_file_meta(example()),
            with_preamble("02 00 00 00 55 4C 04 00 84 00 00 00"
                          "02 00 01 00 4F 42 00 00 02 00 00 00 00 01"
                          "02 00 02 00 55 49 1A 00 31 2E 32 2E 38 34 30 2E 31 30 30 30 38 2E 35 2E"
                          "31 2E 34 2E 31 2E 31 2E 32 00"
                          "02 00 03 00 55 49 06 00 31 2E 32 2E 33 00"
                          "02 00 10 00 55 49 14 00 31 2E 32 2E 38 34 30 2E 31 30 30 30 38 2E 31 2E"
                          "32 2E 31 00"
                          "02 00 12 00 55 49 06 00 32 2E 32 35 2E 31"
                          "02 00 13 00 53 48 08 00 43 4F 44 49 4D 53 45 20"
                          "02 00 16 00 41 45 04 00 53 43 55 20"));
}

TEST(FileMeta, ReadsWhatItWrote) {
  auto meta = example();
  meta.sending = "SENDER";
  meta.receiving = "RECEIVER";
  auto bytes = encode_file_meta(meta);
  auto const size = bytes.size();
  EXPECT_EQ(decoded(bytes).data_set_offset, size);  // an empty data set
  auto const data_set = nested_data_set(ts::explicit_vr_little_endian);
  bytes.insert(bytes.end(), data_set.begin(), data_set.end());
  auto const found = decoded(bytes, false);
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(found.data_set_offset, size);
  EXPECT_TRUE(found.meta == meta);
  EXPECT_TRUE(decoded(encode_file_meta({})).meta == file_meta{});
}

TEST(FileMeta, AsksForMoreAtEveryCut) {
  auto bytes = encode_file_meta(example());
  auto const end = bytes.size();
  auto const data_set = hex("08 00 05 00 43 53 00 00");
  bytes.insert(bytes.end(), data_set.begin(), data_set.end());
  for (std::size_t n = 0; n <= bytes.size(); ++n) {
    bytes_t const head{bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n)};
    auto const found = decoded(head, false);
    EXPECT_EQ(found.complete, n >= end + 2) << n;
    if (!found.complete) {
      EXPECT_GT(found.wanted, n);
      EXPECT_LE(found.wanted, end + 12);
    }
    if (n < 132) {
      EXPECT_EQ(failure(head), errc::not_a_dicom_file) << n;
    }
  }
  // Reading on by what is wanted comes to an end.
  std::size_t n = 0;
  int rounds = 0;
  for (;; ++rounds) {
    ASSERT_LT(rounds, 40);
    bytes_t const head{bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n)};
    auto const found = decoded(head, n == bytes.size());
    if (found.complete) break;
    n = std::min(found.wanted, bytes.size());
  }
}

TEST(FileMeta, Part10OrNot) {
  auto bytes = preamble();
  EXPECT_EQ(file_kind_of(bytes), file_kind::part10);
  bytes[0] = std::byte{'I'};  // a preamble may hold anything
  EXPECT_EQ(file_kind_of(bytes), file_kind::part10);
  bytes[131] = std::byte{'m'};
  EXPECT_EQ(file_kind_of(bytes), file_kind::other);
  EXPECT_EQ(failure(bytes, false), errc::not_a_dicom_file);
  bytes.pop_back();
  EXPECT_EQ(file_kind_of(bytes), file_kind::need_more);
  EXPECT_EQ(failure({}), errc::not_a_dicom_file);
}

TEST(FileMeta, ToleratesWrongAndMissingLengths) {
  for (char const* const group : {
           "02 00 00 00 55 4C 04 00 FF FF FF 00  02 00 10 00 55 49 02 00 31 00",
           "02 00 00 00 55 4C 04 00 01 00 00 00  02 00 10 00 55 49 02 00 31 00",
           "02 00 10 00 55 49 02 00 31 00",
           "02 00 00 00 04 00 00 00 0A 00 00 00  02 00 10 00 02 00 00 00 31 00",  // implicit VR
           "02 00 10 00 55 49 01 00 31",                                          // odd
           "02 00 10 00 55 49 02 00 31 20",                                       // space
           "02 00 10 00 55 49 02 00 31 00  02 00 02 01 4F 42 00 00 02 00 00 00 FF FF",
       }) {
    auto bytes = with_preamble(group);
    auto const end = bytes.size();
    auto const data_set = hex("08 00 05 00 43 53 00 00");
    bytes.insert(bytes.end(), data_set.begin(), data_set.end());
    auto const found = decoded(bytes);
    EXPECT_EQ(found.meta.transfer_syntax.view(), "1") << group;
    EXPECT_EQ(found.data_set_offset, end) << group;
  }
  auto const none = decoded(with_preamble("08 00 05 00 43 53 00 00"));
  EXPECT_TRUE(none.meta.transfer_syntax.empty());
  EXPECT_EQ(none.data_set_offset, 132U);
}

TEST(FileMeta, DeflatedBytesThatLookLikeGroup0002) {
  auto meta = example();
  meta.transfer_syntax = ts::deflated_explicit_vr_little_endian.uid;
  auto bytes = encode_file_meta(meta);
  auto const end = bytes.size();
  auto const deflated = hex("02 00 55 55 55 55 55 55 55 55 55 55 55 55");
  bytes.insert(bytes.end(), deflated.begin(), deflated.end());
  EXPECT_EQ(decoded(bytes).data_set_offset, end);
}

TEST(FileMeta, Malformed) {
  EXPECT_EQ(failure(with_preamble("02 00 10 00 55 49 04 00 31 00")), errc::data_set_malformed);
  EXPECT_EQ(failure(with_preamble("02 00 10 00 55")), errc::data_set_malformed);
  EXPECT_EQ(failure(with_preamble("02 00 02 01 4F 42 00 00 FF FF FF FF"), false),
            errc::data_set_malformed);
  EXPECT_EQ(failure(with_preamble("02 00 02 01 4F 42 00 00 FE FF FF FF"), false),
            errc::limit_exceeded);
}

TEST(FileMeta, KeepsOddValuesAsTheyCame) {
  std::string const text(70, '1');
  byte_writer out;
  element_writer w{out, element_encoding::explicit_little};
  w.text(tags::media_storage_sop_instance_uid, vr::ui, "../../etc");
  w.text(tags::transfer_syntax_uid, vr::ui, text);
  auto bytes = preamble();
  bytes.insert(bytes.end(), out.view().begin(), out.view().end());
  auto const found = decoded(bytes);
  EXPECT_EQ(found.meta.media_storage_sop_instance.view(), "../../etc");
  EXPECT_FALSE(found.meta.media_storage_sop_instance.valid());
  EXPECT_FALSE(found.meta.transfer_syntax.valid());
}

}  // namespace

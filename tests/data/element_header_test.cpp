// SPDX-License-Identifier: BSL-1.0
#include "data/bytes.hpp"
#include <codimse/data/element_header.hpp>

#include <gtest/gtest.h>

namespace {

using namespace codimse_test;
using enum element_encoding;

struct header_case {
  char const* what;
  char const* bytes;
  element_encoding encoding;
  element_header header;
};

header_case const cases[] = {
    {"implicit", "08 00 18 00 0A 00 00 00", implicit_little, {{8, 0x18}, vr::none, 10}},
    {"implicit item",
     "FE FF 00 E0 FF FF FF FF",
     implicit_little,
     {item_tag, vr::none, undefined_length}},
    {"short form", "08 00 18 00 55 49 0A 00", explicit_little, {{8, 0x18}, vr::ui, 10}},
    {"short form, longest", "08 00 18 00 55 49 FE FF", explicit_little, {{8, 0x18}, vr::ui, 65534}},
    {"long form",
     "E0 7F 10 00 4F 57 00 00 00 00 08 00",
     explicit_little,
     {{0x7FE0, 0x10}, vr::ow, 0x80000}},
    {"long form, undefined",
     "E0 7F 10 00 4F 42 00 00 FF FF FF FF",
     explicit_little,
     {{0x7FE0, 0x10}, vr::ob, undefined_length}},
    {"item", "FE FF 00 E0 41 42 00 00", explicit_little, {item_tag, vr::none, 0x4241}},
    {"delimiter",
     "FE FF DD E0 00 00 00 00",
     explicit_little,
     {sequence_delimitation_tag, vr::none, 0}},
    {"unknown VR",
     "09 00 10 10 5A 5A 00 00 02 01 00 00",
     explicit_little,
     {{9, 0x1010}, vr_from('Z', 'Z'), 0x102}},
    {"no VR at all",
     "28 00 20 01 20 20 02 00",
     explicit_little,
     {{0x28, 0x120}, vr_from(' ', ' '), 2}},
    {"big short form", "00 08 00 18 55 49 00 0A", explicit_big, {{8, 0x18}, vr::ui, 10}},
    {"big long form",
     "7F E0 00 10 4F 57 00 00 00 08 00 00",
     explicit_big,
     {{0x7FE0, 0x10}, vr::ow, 0x80000}},
    {"big item", "FF FE E0 00 00 00 00 08", explicit_big, {item_tag, vr::none, 8}},
    {"big sequence",
     "00 08 11 40 53 51 00 00 FF FF FF FF",
     explicit_big,
     {{8, 0x1140}, vr::sq, undefined_length}},
};

TEST(ElementHeader, DecodesAndEncodesLiteralBytes) {
  for (auto const& one : cases) {
    SCOPED_TRACE(one.what);
    auto const bytes = hex(one.bytes);
    auto const first = std::span{bytes}.first<min_element_header_size>();
    EXPECT_EQ(element_header_size(first, one.encoding), bytes.size());
    byte_reader in{bytes};
    EXPECT_TRUE(decode_element_header(in, one.encoding) == one.header);
    EXPECT_TRUE(in.ok());
    EXPECT_EQ(in.remaining(), 0U);
    byte_writer out;
    encode_element_header(out, one.header, one.encoding);
    EXPECT_EQ(std::move(out).take(), bytes);
  }
}

TEST(ElementHeader, FailsOnEveryShorterInput) {
  for (auto const& one : cases) {
    auto const bytes = hex(one.bytes);
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      byte_reader in{std::span{bytes}.first(n)};
      EXPECT_TRUE(decode_element_header(in, one.encoding) == element_header{});
      EXPECT_FALSE(in.ok()) << one.what << " cut at " << n;
    }
  }
}

TEST(ElementHeader, ElementWithoutVrInAnExplicitStream) {
  auto const bytes = hex("08 00 18 00 0A 00 00 00");
  byte_reader in{bytes};
  EXPECT_TRUE(decode_element_header(in, explicit_little) ==
              (element_header{{8, 0x18}, vr::none, 10}));
}

TEST(ElementHeader, GuessesTheEncoding) {
  EXPECT_EQ(guess_encoding(hex("08 00 05 00 43 53 0A 00")), explicit_little);
  EXPECT_EQ(guess_encoding(hex("00 08 00 05 43 53 00 0A")), explicit_big);
  EXPECT_EQ(guess_encoding(hex("08 00 05 00 0A 00 00 00")), implicit_little);
  EXPECT_EQ(guess_encoding(hex("08 00 05 00 0A 00 00")), std::nullopt);
  EXPECT_EQ(guess_encoding(hex("FF D8 FF E0 00 10 4A 46")), std::nullopt);
  for (auto const* const syntax : plain_syntaxes)
    EXPECT_EQ(guess_encoding(nested_data_set(*syntax)), encoding_of(*syntax));
}

}  // namespace

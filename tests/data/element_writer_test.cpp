// SPDX-License-Identifier: BSL-1.0
#include "data/bytes.hpp"
#include <codimse/data/element_writer.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

using namespace codimse_test;
using enum element_encoding;

template <class Write>
bytes_t written(element_encoding encoding, Write write) {
  byte_writer out;
  element_writer w{out, encoding};
  write(w);
  return std::move(out).take();
}

TEST(ElementWriter, PadsTextByItsVr) {
  auto const write = [](element_writer& w) {
    w.uid(tags::sop_instance_uid, "1.2");
    w.text(tags::modality, vr::cs, "CT");
    w.text(tags::patient_name, vr::pn, "A^B");
    w.text(tags::patient_id, vr::lo, "");
  };
  EXPECT_EQ(written(explicit_little, write), hex("08 00 18 00 55 49 04 00 31 2E 32 00"
                                                 "08 00 60 00 43 53 02 00 43 54"
                                                 "10 00 10 00 50 4E 04 00 41 5E 42 20"
                                                 "10 00 20 00 4C 4F 00 00"));
  EXPECT_EQ(written(implicit_little, write), hex("08 00 18 00 04 00 00 00 31 2E 32 00"
                                                 "08 00 60 00 02 00 00 00 43 54"
                                                 "10 00 10 00 04 00 00 00 41 5E 42 20"
                                                 "10 00 20 00 00 00 00 00"));
  EXPECT_EQ(written(explicit_big, write), hex("00 08 00 18 55 49 00 04 31 2E 32 00"
                                              "00 08 00 60 43 53 00 02 43 54"
                                              "00 10 00 10 50 4E 00 04 41 5E 42 20"
                                              "00 10 00 20 4C 4F 00 00"));
}

TEST(ElementWriter, WritesNumbersInTheByteOrder) {
  std::array<std::uint16_t, 2> const words{0x0102, 0x0304};
  auto const write = [&](element_writer& w) {
    w.at({0x0018, 0x0001}, tags::pixel_data);
    w.fl({0x0018, 0x0002}, 1.0F);
    w.fd({0x0018, 0x0003}, -2.0);
    w.us({0x0028, 0x0010}, 512);
    w.ss({0x0028, 0x0106}, -2);
    w.sl({0x0028, 0x0108}, -3);
    w.ul({0x0028, 0x0109}, 0x01020304);
    w.ow(tags::pixel_data, words);
  };
  EXPECT_EQ(written(explicit_little, write),
            hex("18 00 01 00 41 54 04 00 E0 7F 10 00"
                "18 00 02 00 46 4C 04 00 00 00 80 3F"
                "18 00 03 00 46 44 08 00 00 00 00 00 00 00 00 C0"
                "28 00 10 00 55 53 02 00 00 02"
                "28 00 06 01 53 53 02 00 FE FF"
                "28 00 08 01 53 4C 04 00 FD FF FF FF"
                "28 00 09 01 55 4C 04 00 04 03 02 01"
                "E0 7F 10 00 4F 57 00 00 04 00 00 00 02 01 04 03"));
  EXPECT_EQ(written(explicit_big, write), hex("00 18 00 01 41 54 00 04 7F E0 00 10"
                                              "00 18 00 02 46 4C 00 04 3F 80 00 00"
                                              "00 18 00 03 46 44 00 08 C0 00 00 00 00 00 00 00"
                                              "00 28 00 10 55 53 00 02 02 00"
                                              "00 28 01 06 53 53 00 02 FF FE"
                                              "00 28 01 08 53 4C 00 04 FF FF FF FD"
                                              "00 28 01 09 55 4C 00 04 01 02 03 04"
                                              "7F E0 00 10 4F 57 00 00 00 00 00 04 01 02 03 04"));
}

TEST(ElementWriter, SwapsGivenBytesByTheVr) {
  auto const value = hex("01 02 03 04 05 06 07 08");
  auto const big = [&](vr type) {
    auto all = written(explicit_big, [&](element_writer& w) { w.bytes({9, 0x1001}, type, value); });
    return bytes_t{all.end() - 8, all.end()};
  };
  EXPECT_EQ(big(vr::ob), value);
  EXPECT_EQ(big(vr::un), value);
  EXPECT_EQ(big(vr::ow), hex("02 01 04 03 06 05 08 07"));
  EXPECT_EQ(big(vr::of), hex("04 03 02 01 08 07 06 05"));
  EXPECT_EQ(big(vr::uv), hex("08 07 06 05 04 03 02 01"));
}

TEST(ElementWriter, PadsOddBytes) {
  auto const odd = hex("01 02 03");
  EXPECT_EQ(written(explicit_little, [&](element_writer& w) { w.ob(tags::pixel_data, odd); }),
            hex("E0 7F 10 00 4F 42 00 00 04 00 00 00 01 02 03 00"));
}

TEST(ElementWriter, SequencesAndItems) {
  auto const write = [](element_writer& w) {
    w.begin_sequence(tags::referenced_image_sequence);
    w.begin_item();
    w.us({0x0008, 0x0100}, 1);
    w.end_item();
    w.begin_item();
    w.us({0x0008, 0x0010}, 2);  // each item ascends on its own
    w.end_item();
    w.end_sequence();
    w.us({0x0028, 0x0010}, 3);
  };
  EXPECT_EQ(written(explicit_little, write),
            hex("08 00 40 11 53 51 00 00 FF FF FF FF"
                "FE FF 00 E0 FF FF FF FF 08 00 00 01 55 53 02 00 01 00 FE FF 0D E0 00 00 00 00"
                "FE FF 00 E0 FF FF FF FF 08 00 10 00 55 53 02 00 02 00 FE FF 0D E0 00 00 00 00"
                "FE FF DD E0 00 00 00 00 28 00 10 00 55 53 02 00 03 00"));
}

TEST(ElementWriter, TooLongForTheShortFormIsUn) {
  std::vector<std::uint16_t> const words(32768, 0x0102);
  auto const write = [&](element_writer& w) { w.us({9, 0x1001}, words); };
  auto const head = hex("00 09 10 01 55 4E 00 00 00 01 00 00 02 01 02 01");
  auto const big = written(explicit_big, write);
  ASSERT_EQ(big.size(), 12U + 65536U);
  EXPECT_EQ((bytes_t{big.begin(), big.begin() + 16}), head);  // UN holds little endian
  auto const implicit = written(implicit_little, write);
  EXPECT_EQ((bytes_t{implicit.begin(), implicit.begin() + 8}), hex("09 00 01 10 00 00 01 00"));
  std::string const text(65535, 'x');
  auto const longest = written(explicit_little, [&](element_writer& w) {
    w.text({9, 0x1001}, vr::lo, std::string_view{text}.substr(0, 65533));
    w.text({9, 0x1002}, vr::lo, text);
  });
  EXPECT_EQ((bytes_t{longest.begin(), longest.begin() + 8}), hex("09 00 01 10 4C 4F FE FF"));
  EXPECT_EQ((bytes_t{longest.begin() + 65542, longest.begin() + 65554}),
            hex("09 00 02 10 55 4E 00 00 00 00 01 00"));
}

TEST(ElementWriter, DecimalStrings) {
  EXPECT_EQ(decimal_string(0.5), "0.5");
  EXPECT_EQ(decimal_string(-1024), "-1024");
  EXPECT_EQ(decimal_string(1e30), "1e+30");
  EXPECT_EQ(decimal_string(std::nan("")), "");
  EXPECT_EQ(decimal_string(std::numeric_limits<double>::infinity()), "");
  for (double const x : {1.0 / 3, -1.0 / 3, -1.2345678901234567e-300, 123456789.123456789, -0.1}) {
    auto const text = decimal_string(x);
    EXPECT_LE(text.size(), 16U) << text;
    EXPECT_NEAR(std::stod(text) / x, 1.0, 1e-8) << text;
  }
  auto const bytes = written(explicit_little, [](element_writer& w) {
    w.is(tags::instance_number, 7);
    w.ds(tags::pixel_spacing, 0.5, 0.25);
  });
  EXPECT_EQ(bytes, hex("20 00 13 00 49 53 02 00 37 20"
                       "28 00 30 00 44 53 08 00 30 2E 35 5C 30 2E 32 35"));
}

}  // namespace

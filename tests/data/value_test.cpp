// SPDX-License-Identifier: BSL-1.0
#include "bytes.hpp"
#include <codimse/data/data_set.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace {

using namespace codimse_test;

constexpr tag any{0x0009, 0x1001};

element made(vr type, std::string_view text) { return {any, type, as_bytes(text)}; }
element made_hex(vr type, std::string_view digits) { return {any, type, hex(digits)}; }

template <class T>
void expect_value(element const& from, T value, std::size_t index = 0) {
  auto const read = element_value<T>::read(from, index);
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_EQ(*read, value);
}
template <class T>
void expect_error(element const& from, errc why, std::size_t index = 0) {
  auto const read = element_value<T>::read(from, index);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error(), why);
}

TEST(value, reads_binary_numbers) {
  expect_value<int>(made_hex(vr::us, "FFFF 0100"), 65535);
  expect_value<int>(made_hex(vr::us, "FFFF 0100"), 1, 1);
  expect_value<int>(made_hex(vr::ss, "FFFF"), -1);
  expect_value<std::uint64_t>(made_hex(vr::ul, "FFFFFFFF"), 0xFFFFFFFFU);
  expect_value<int>(made_hex(vr::sl, "FEFFFFFF"), -2);
  expect_value<std::uint64_t>(made_hex(vr::uv, "FFFFFFFFFFFFFFFF"), ~std::uint64_t{0});
  expect_value<std::int64_t>(made_hex(vr::sv, "FFFFFFFFFFFFFFFF"), -1);
  expect_value<double>(made_hex(vr::fl, "0000C03F"), 1.5);
  expect_value<float>(made_hex(vr::fd, "000000000000F83F"), 1.5F);
  expect_value<int>(made_hex(vr::ow, "0201"), 0x0102);
  expect_value<int>(made_hex(vr::ol, "02010000"), 0x0102);
  expect_value<std::uint64_t>(made_hex(vr::ov, "0100000000000000"), 1U);
  expect_value<float>(made_hex(vr::of, "0000C03F"), 1.5F);
  expect_value<double>(made_hex(vr::od, "000000000000F83F"), 1.5);
  expect_value<int>(made_hex(vr::ob, "00FF"), 255, 1);
  expect_value<int>(made_hex(vr::fd, "0000000000000840"), 3);
}

TEST(value, reads_number_text) {
  expect_value<double>(made(vr::ds, " 1.5 "), 1.5);
  expect_value<double>(made(vr::ds, "1\\-2e3"), -2000.0, 1);
  expect_value<int>(made(vr::is, "+12"), 12);
  expect_value<int>(made(vr::is, "1.0"), 1);
  expect_value<int>(made(vr::ds, "1e2"), 100);
  expect_error<int>(made(vr::ds, "1.5"), errc::invalid_value);
  expect_error<double>(made(vr::ds, "1,5"), errc::invalid_value);
  expect_error<double>(made(vr::ds, "nan"), errc::invalid_value);
  expect_error<double>(made(vr::ds, "1\\\\2"), errc::missing_element, 1);
  expect_error<int>(made(vr::is, ""), errc::missing_element);
  expect_error<std::uint8_t>(made(vr::is, "256"), errc::invalid_value);
  expect_error<float>(made(vr::ds, "1e300"), errc::invalid_value);
}

TEST(value, numbers_that_do_not_fit_are_invalid) {
  expect_error<std::int16_t>(made_hex(vr::us, "FFFF"), errc::invalid_value);
  expect_error<unsigned>(made_hex(vr::ss, "FFFF"), errc::invalid_value);
  expect_error<std::int64_t>(made_hex(vr::uv, "FFFFFFFFFFFFFFFF"), errc::invalid_value);
  expect_error<int>(made_hex(vr::fl, "0000C03F"), errc::invalid_value);
  expect_error<int>(made_hex(vr::fd, "000000000000F87F"), errc::invalid_value);           // NaN
  expect_error<std::int64_t>(made_hex(vr::fd, "000000000000E043"), errc::invalid_value);  // 2^63
  expect_value<std::int64_t>(made_hex(vr::fd, "000000000000E0C3"),
                             std::numeric_limits<std::int64_t>::min());
  expect_error<int>(made_hex(vr::us, ""), errc::missing_element);
  expect_error<int>(made_hex(vr::us, "0100"), errc::missing_element, 1);
  expect_error<int>(made_hex(vr::ul, "0102"), errc::invalid_value);
  expect_error<int>(made(vr::lo, "12"), errc::wrong_vr);
  expect_error<int>(made(vr::un, "12"), errc::wrong_vr);
  expect_error<int>(made_hex(vr::at, "01020304"), errc::wrong_vr);
  expect_error<int>(element{any, std::vector<data_set>{}}, errc::wrong_vr);
}

TEST(value, reads_text) {
  expect_value<std::string>(made(vr::lo, "A \\B "), "A");
  expect_value<std::string_view>(made(vr::lo, "A \\B "), "B", 1);
  expect_value<std::string>(made(vr::lo, "\\B "), "");
  expect_value<std::string>(made(vr::lt, "A\\B"), "A\\B");
  expect_value<std::string>(made(vr::un, "AB"), "AB");
  expect_error<std::string>(made(vr::lt, "A\\B"), errc::missing_element, 1);
  expect_error<std::string>(made(vr::lo, "A\\B"), errc::missing_element, 2);
  expect_error<std::string_view>(made(vr::lo, "  "), errc::missing_element);
  expect_error<std::string>(made_hex(vr::us, "4141"), errc::wrong_vr);
  expect_error<std::string_view>(element{any, std::vector<data_set>{}}, errc::wrong_vr);
}

TEST(value, reads_uids_ae_titles_and_tags) {
  expect_value<uid>(made(vr::ui, "1.2.3"), uid{"1.2.3"});
  expect_value<uid>(made(vr::ui, "1.2\\1.3"), uid{"1.3"}, 1);
  expect_value<uid>(made(vr::ui, "1.2.3 "), uid{"1.2.3"});
  expect_error<uid>(made(vr::ui, "1.a"), errc::invalid_value);
  expect_error<uid>(made(vr::lo, "1.2"), errc::wrong_vr);
  expect_error<uid>(made_hex(vr::us, "0102"), errc::wrong_vr);
  expect_value<ae_title>(made(vr::ae, "STORE "), ae_title{"STORE"});
  expect_error<ae_title>(made(vr::ae, "12345678901234567 "), errc::invalid_value);
  expect_error<ae_title>(made(vr::lo, "STORE"), errc::wrong_vr);
  expect_error<ae_title>(made(vr::ae, ""), errc::missing_element);
  expect_value<tag>(made_hex(vr::at, "2800 1000"), tags::rows);
  expect_error<tag>(made_hex(vr::ul, "28001000"), errc::wrong_vr);
  expect_error<tag>(made_hex(vr::at, "2800 1000"), errc::missing_element, 1);
  expect_error<tag>(made_hex(vr::at, "2800"), errc::invalid_value);
}

/// What `set` makes of a value, in hexadecimal, or "invalid".
template <class... T>
std::string written(vr type, T const&... values) {
  data_set all;
  try {
    all.set(any, type, values...);
  } catch (error const& thrown) {
    EXPECT_EQ(thrown.code(), errc::invalid_value);
    return "invalid";
  }
  auto const bytes = all.find(any)->bytes();
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}
std::string raw(std::string_view digits) {
  auto const bytes = hex(digits);
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

TEST(value, writes_numbers) {
  EXPECT_EQ(written(vr::us, 1, 65535), raw("0100FFFF"));
  EXPECT_EQ(written(vr::ss, -1), raw("FFFF"));
  EXPECT_EQ(written(vr::ul, 0xFFFFFFFFU), raw("FFFFFFFF"));
  EXPECT_EQ(written(vr::sl, -2), raw("FEFFFFFF"));
  EXPECT_EQ(written(vr::uv, 1), raw("0100000000000000"));
  EXPECT_EQ(written(vr::sv, -1), raw("FFFFFFFFFFFFFFFF"));
  EXPECT_EQ(written(vr::fl, 1.5), raw("0000C03F"));
  EXPECT_EQ(written(vr::fd, 1.5F), raw("000000000000F83F"));
  EXPECT_EQ(written(vr::ds, 1.5, -2), "1.5\\-2");
  EXPECT_EQ(written(vr::is, 1, 2.0), "1\\2 ");
  EXPECT_EQ(written(vr::us, -1), "invalid");
  EXPECT_EQ(written(vr::us, 65536), "invalid");
  EXPECT_EQ(written(vr::us, 1.5), "invalid");
  EXPECT_EQ(written(vr::is, std::int64_t{1} << 31U), "invalid");
  EXPECT_EQ(written(vr::is, 1.5), "invalid");
  EXPECT_EQ(written(vr::ds, std::nan("")), "invalid");
  EXPECT_EQ(written(vr::fl, 1e300), "invalid");
  EXPECT_EQ(written(vr::lo, 1), "invalid");
  EXPECT_EQ(written(vr::ob, 1), "invalid");
}

TEST(value, writes_text_uids_ae_titles_and_tags) {
  EXPECT_EQ(written(vr::lo, "A", std::string{"B"}, std::string_view{"C"}), "A\\B\\C ");
  EXPECT_EQ(written(vr::lo, ""), "");
  EXPECT_EQ(written(vr::us, "A"), "invalid");
  EXPECT_EQ(written(vr::ui, uid{"1.2"}), std::string("1.2\0", 4));
  EXPECT_EQ(written(vr::lo, uid{"1.2"}), "invalid");
  EXPECT_EQ(written(vr::ae, ae_title{"ME"}), "ME");
  EXPECT_EQ(written(vr::lo, ae_title{"ME"}), "invalid");
  EXPECT_EQ(written(vr::at, tags::rows), raw("28001000"));
  EXPECT_EQ(written(vr::ul, tags::rows), "invalid");
}

}  // namespace

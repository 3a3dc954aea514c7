// SPDX-License-Identifier: BSL-1.0
#include "reading.hpp"
#include <codimse/data/element_reader.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace codimse_test;
using enum element_encoding;

// In hexadecimal, little endian.
constexpr char const* item = "FEFF00E0 FFFFFFFF ";
constexpr char const* item_end = "FEFF0DE0 00000000 ";
constexpr char const* sequence_end = "FEFFDDE0 00000000 ";
constexpr char const* rows = "28001000 5553 0200 0400 ";  // US, 4
constexpr char const* rows_implicit = "28001000 02000000 0400 ";
constexpr char const* images = "08004011 5351 0000 FFFFFFFF ";  // (0008,1140) SQ
constexpr char const* images_implicit = "08004011 FFFFFFFF ";

std::string text_of(std::initializer_list<char const*> parts) {
  std::string all;
  for (auto const* const part : parts) all += part;
  return all;
}

/// One case: the same events, whether the bytes come whole or in pieces.
void expect(std::string const& data, element_encoding encoding, std::string const& events,
            reader_options const& options = {}) {
  auto const bytes = hex(data);
  EXPECT_EQ(events_of(bytes, encoding, options), events) << data;
  for (std::size_t const step : {1U, 2U, 3U, 5U, 7U, 8U, 9U, 11U, 13U})
    EXPECT_EQ(events_of(bytes, encoding, options, step), events) << data << " step " << step;
}
void expect_error(std::string const& data, element_encoding encoding, errc why, std::uint64_t at,
                  reader_options const& options = {}) {
  auto const bytes = hex(data);
  for (std::size_t const step : {std::size_t{1}, std::size_t{4}, bytes.size() + 1}) {
    event_log log{encoding, options};
    static_cast<void>(log.read(bytes, step));
    EXPECT_EQ(log.reader.error(), why) << data << ": " << log.reader.error().message();
    EXPECT_EQ(log.reader.offset(), at) << data;
    EXPECT_EQ(log.reader.next(), reader_event::error) << "stays there";
  }
}

TEST(element_reader, reads_values_in_every_encoding) {
  expect("", explicit_little, "end");
  expect(rows, explicit_little, "0(0028,0010)US=0400 end");
  expect("28001000 02000000 0400", implicit_little, "0(0028,0010)US=0400 end");
  expect("00280010 5553 0002 0004", explicit_big, "0(0028,0010)US=0004 end");
  expect("E07F1000 4F42 0000 02000000 0102", explicit_little, "0(7FE0,0010)OB=0102 end");
  expect("28001000 5553 0000", explicit_little, "0(0028,0010)US= end");
}

TEST(element_reader, tells_whether_numbers_are_big_endian) {
  element_reader reader{explicit_big};
  auto const bytes = hex("00280010 5553 0002 0004 00290010 554E 0000 00000002 0102");
  reader.feed(bytes);
  EXPECT_EQ(reader.next(), reader_event::element);
  EXPECT_TRUE(reader.big_endian());
  EXPECT_EQ(reader.next(), reader_event::value);
  EXPECT_EQ(reader.next(), reader_event::element);
  EXPECT_FALSE(reader.big_endian()) << "UN is little endian (PS3.5 6.2.2)";
}

TEST(element_reader, reads_sequences_of_all_four_kinds) {
  auto const events = "0(0008,1140)SQ[ 1{ 1(0028,0010)US=0400 } 1{ } ] 0(0028,0010)US=0400 end";
  expect(text_of({images, item, rows, item_end, item, item_end, sequence_end, rows}),
         explicit_little, events);
  expect(text_of({images, "FEFF00E0 0A000000", rows, "FEFF00E0 00000000", sequence_end, rows}),
         explicit_little, events);
  expect(text_of({"08004011 5351 0000 2A000000", item, rows, item_end, item, item_end, rows}),
         explicit_little, events);
  expect(text_of(
             {"08004011 5351 0000 1A000000", "FEFF00E0 0A000000", rows, "FEFF00E0 00000000", rows}),
         explicit_little, events);
  expect(text_of({"08004011 1A000000", "FEFF00E0 0A000000", rows_implicit, "FEFF00E0 00000000",
                  rows_implicit}),
         implicit_little, events);
  expect("00081140 5351 0000 FFFFFFFF FFFEE000 FFFFFFFF FFFEE00D 00000000 FFFEE0DD 00000000",
         explicit_big, "0(0008,1140)SQ[ 1{ } ] end");
  expect(text_of({images, sequence_end}), explicit_little, "0(0008,1140)SQ[ ] end");
  expect("08004011 5351 0000 00000000", explicit_little, "0(0008,1140)SQ[ ] end");
}

TEST(element_reader, reads_fragments) {
  expect(text_of({"E07F1000 4F42 0000 FFFFFFFF FEFF00E0 00000000 FEFF00E0 04000000 01020304",
                  sequence_end}),
         explicit_little, "0(7FE0,0010)OB< fragment= fragment=01020304 > end");
  expect(text_of({"E07F1000 FFFFFFFF FEFF00E0 02000000 0102", sequence_end}), implicit_little,
         "0(7FE0,0010)OB< fragment=0102 > end");
}

TEST(element_reader, un_of_undefined_length_is_an_implicit_little_endian_sequence) {
  // (0009,1001) UN; below it everything is little endian, to its delimiter (PS3.5 6.2.2).
  expect(text_of({"00091001 554E 0000 FFFFFFFF", item, rows_implicit, images_implicit, item,
                  rows_implicit, item_end, sequence_end, item_end, sequence_end,
                  "00280010 5553 0002 0004"}),
         explicit_big,
         "0(0009,1001)UN[ 1{ 1(0028,0010)US=0400 1(0008,1140)SQ[ 2{ 2(0028,0010)US=0400 } ] } ] "
         "0(0028,0010)US=0004 end");
  expect("09000110 554E 0000 04000000 01020304", explicit_little, "0(0009,1001)UN=01020304 end");
  expect(text_of({"09000110 FFFFFFFF", item, item_end, sequence_end}), implicit_little,
         "0(0009,1001)UN[ 1{ } ] end");
}

TEST(element_reader, knows_no_vr_of_private_elements_in_implicit_vr) {
  expect("09001000 02000000 4141 09000110 02000000 0102", implicit_little,
         "0(0009,0010)LO=4141 0(0009,1001)UN=0102 end");
}

TEST(element_reader, resolves_us_or_ss_by_the_nearest_pixel_representation) {
  auto const padding = "28002001 02000000 FEFF ";        // (0028,0120)
  auto const signed_pixels = "28000301 02000000 0100 ";  // (0028,0103) = 1
  auto const unsigned_pixels = "28000301 02000000 0000 ";
  expect(padding, implicit_little, "0(0028,0120)US=FEFF end");
  expect(text_of({signed_pixels, padding}), implicit_little,
         "0(0028,0103)US=0100 0(0028,0120)SS=FEFF end");
  expect(text_of({signed_pixels, "88000002 FFFFFFFF", item, padding, item_end, item,
                  unsigned_pixels, padding, item_end, item, padding, item_end, sequence_end}),
         implicit_little,
         "0(0028,0103)US=0100 0(0088,0200)SQ[ 1{ 1(0028,0120)SS=FEFF } "
         "1{ 1(0028,0103)US=0000 1(0028,0120)US=FEFF } 1{ 1(0028,0120)SS=FEFF } ] end");
}

TEST(element_reader, drops_what_is_outside_data_sets) {
  expect(text_of({"08000000 554C 0400 00010000", "08000100 554C 0400 00010000",
                  "02001000 5549 0200 3100", rows, "FCFFFCFF 4F42 0000 04000000 00000000"}),
         explicit_little, "0(0028,0010)US=0400 end");
}

TEST(element_reader, tolerates_zeros_after_the_end) {
  for (std::size_t n = 1; n < 40; ++n) {
    auto bytes = hex(rows);
    bytes.resize(bytes.size() + n);
    EXPECT_EQ(events_of(bytes, explicit_little), "0(0028,0010)US=0400 end") << n;
  }
}

TEST(element_reader, tolerates_odd_lengths) {
  expect(text_of({"08006000 4353 0300 434554", rows}), explicit_little,
         "0(0008,0060)CS=434554 0(0028,0010)US=0400 end");
}

TEST(element_reader, tolerates_elements_without_vr_in_an_explicit_data_set) {
  expect(text_of({rows, images, item, rows_implicit, item_end, sequence_end, rows}),
         explicit_little,
         "0(0028,0010)US=0400 0(0008,1140)SQ[ 1{ 1(0028,0010)US=0400 } ] 0(0028,0010)US=0400 end");
  expect(text_of({rows, images_implicit, item, rows, item_end, sequence_end}), explicit_little,
         "0(0028,0010)US=0400 0(0008,1140)SQ[ 1{ 1(0028,0010)US=0400 } ] end");
}

TEST(element_reader, takes_the_dictionarys_vr_for_two_characters_that_are_none) {
  expect("28001000 3F3F 0200 0400", explicit_little, "0(0028,0010)US=0400 end");
  expect("28001000 5858 0000 02000000 0400", explicit_little, "0(0028,0010)XX=0400 end");
}

TEST(element_reader, tolerates_another_encoding_than_was_said) {
  expect(rows, implicit_little, "0(0028,0010)US=0400 end");
  expect(rows_implicit, explicit_little, "0(0028,0010)US=0400 end");
  expect(rows_implicit, explicit_big, "0(0028,0010)US=0400 end");
  expect("00280010 5553 0002 0004", implicit_little, "0(0028,0010)US=0004 end");
  // (2000,0010) IS would be (0020,1000) in the other byte order, which is IS too.
  expect("00201000 4953 0200 3120", implicit_little, "0(2000,0010)IS=3120 end");
  // A first element of a VR that is not its own proves nothing: 16,708 bytes are missing.
  expect_error("08000500 4441 0000", implicit_little, errc::truncated_data_set, 0);
}

TEST(element_reader, tolerates_delimiters_with_a_length_or_of_the_wrong_kind) {
  auto const events = "0(0008,1140)SQ[ 1{ 1(0028,0010)US=0400 } ] 0(0028,0010)US=0400 end";
  auto const two = "0(0008,1140)SQ[ 1{ } 1{ } ] 0(0028,0010)US=0400 end";
  // Only the 8 bytes of the header are passed over.
  expect(text_of({images, item, rows, "FEFF0DE0 10000000 FEFFDDE0 FFFFFFFF", rows}),
         explicit_little, events);
  // A sequence ends with the delimiter of an item ...
  expect(text_of({images, item, rows, item_end, item_end, rows}), explicit_little, events);
  // ... an item with that of a sequence, before another item, before the end, and for both.
  expect(text_of({images, item, sequence_end, item, item_end, sequence_end, rows}), explicit_little,
         two);
  expect(text_of({images, item, rows, sequence_end, sequence_end, rows}), explicit_little, events);
  expect(text_of({images, item, rows, sequence_end, rows}), explicit_little, events);
  // At the very end nothing follows that could tell.
  expect(text_of({images, item, rows, item_end, item_end}), explicit_little,
         "0(0008,1140)SQ[ 1{ 1(0028,0010)US=0400 } ] end");
  // Needless after items and sequences of defined length.
  expect(text_of({images, "FEFF00E0 0A000000", rows, item_end, sequence_end, rows}),
         explicit_little, events);
  expect(text_of(
             {"08004011 5351 0000 22000000 FEFF00E0 12000000", rows, item_end, sequence_end, rows}),
         explicit_little, events);
  expect(text_of({rows, sequence_end, item_end, rows}), explicit_little,
         "0(0028,0010)US=0400 0(0028,0010)US=0400 end");
  // Fragments too.
  expect(text_of({"E07F1000 4F42 0000 FFFFFFFF FEFF00E0 00000000", item_end}), explicit_little,
         "0(7FE0,0010)OB< fragment= > end");
}

TEST(element_reader, wrong_delimiters_two_levels_deep) {
  expect(text_of({images, item, images, item, rows, item_end, item_end, item_end, sequence_end}),
         explicit_little, "0(0008,1140)SQ[ 1{ 1(0008,1140)SQ[ 2{ 2(0028,0010)US=0400 } ] } ] end");
}

TEST(element_reader, tolerates_sequences_as_ob_or_ow_of_undefined_length) {
  auto const events = "0(0009,1001)SQ[ 1{ 1(0028,0010)US=0400 } ] end";
  for (auto const* const vr : {"4F42", "4F57"}) {
    auto const start = std::string{"09000110 "} + vr + " 0000 FFFFFFFF ";
    expect(start + item + rows + item_end + sequence_end, explicit_little, events);
    expect(start + "FEFF00E0 0A000000" + rows + sequence_end, explicit_little, events);
    auto const letters = vr == std::string_view{"4F42"} ? "OB" : "OW";
    expect(start + "FEFF00E0 0A000000 FFD8FFE0000102030405" + sequence_end, explicit_little,
           std::string{"0(0009,1001)"} + letters + "< fragment=FFD8FFE0000102030405 > end");
    expect(start + "FEFF00E0 02000000 FFD8" + sequence_end, explicit_little,
           std::string{"0(0009,1001)"} + letters + "< fragment=FFD8 > end");
    // Letters of a VR, but no element: too long for the item, or not zero where it is reserved.
    for (std::string const bytes : {"FFD8FFE055530300FFFF", "FEFF00E0554E3D300000"})
      expect(start + "FEFF00E0 0A000000" + bytes + sequence_end, explicit_little,
             std::string{"0(0009,1001)"} + letters + "< fragment=" + bytes + " > end");
    expect(start + sequence_end, explicit_little,
           std::string{"0(0009,1001)"} + letters + "< > end");
  }
}

TEST(element_reader, stops_before_an_element) {
  reader_options options;
  options.stop_at = tags::rows;
  expect(text_of({"08006000 4353 0200 4354", images, item, rows, item_end, sequence_end, rows}),
         explicit_little, "0(0008,0060)CS=4354 0(0008,1140)SQ[ 1{ 1(0028,0010)US=0400 } ] end",
         options);
  event_log log{explicit_little, options};
  static_cast<void>(log.read(hex(text_of({"08006000 4353 0200 4354", rows})), 100));
  EXPECT_TRUE(log.reader.stopped());
  EXPECT_EQ(log.reader.offset(), 10U);
  options.stop_at = tag{0x0028, 0x0001};  // absent: the next one counts
  expect(rows, explicit_little, "end", options);
  options.stop_at = tags::pixel_data;
  event_log whole{explicit_little, options};
  static_cast<void>(whole.read(hex(rows), 100));
  EXPECT_FALSE(whole.reader.stopped());
}

TEST(element_reader, skips_long_values) {
  reader_options options;
  options.skip_longer_than = 4;
  expect(text_of({"08006000 4353 0600 434445464748", "08006100 4353 0400 43444546", rows}),
         explicit_little, "0(0008,0060)CS=skipped 0(0008,0061)CS=43444546 0(0028,0010)US=0400 end",
         options);
  expect(text_of({"E07F1000 4F42 0000 FFFFFFFF FEFF00E0 00000000 FEFF00E0 06000000 010203040506",
                  sequence_end}),
         explicit_little, "0(7FE0,0010)OB< fragment= fragment=skipped > end", options);
}

TEST(element_reader, errors_have_names_and_places) {
  auto const with = [](auto const*... parts) { return text_of({parts...}); };
  expect_error(with(rows, "28001100 5553 0200 04"), explicit_little, errc::truncated_data_set, 10);
  expect_error(with(rows, "28001100 55"), explicit_little, errc::truncated_data_set, 10);
  expect_error(with(rows, "28001100 4F42 0000 02"), explicit_little, errc::truncated_data_set, 10);
  expect_error(with(images, item, rows), explicit_little, errc::truncated_data_set, 30);
  expect_error(with("E07F1000 4F42 0000 FFFFFFFF"), explicit_little, errc::truncated_data_set, 12);
  expect_error(with("09000110 4F42 0000 FFFFFFFF FEFF"), explicit_little, errc::truncated_data_set,
               0);
  // Longer than what holds it: an element, an item, a sequence, a header.
  expect_error(with(images, "FEFF00E0 0A000000 28001000 5553 0400 0400"), explicit_little,
               errc::invalid_element_length, 20);
  expect_error(with("08004011 5351 0000 10000000 FEFF00E0 0A000000", rows), explicit_little,
               errc::invalid_element_length, 12);
  expect_error(with("08004011 5351 0000 14000000 FEFF00E0 0C000000 08004011 5351 0000 04000000"),
               explicit_little, errc::invalid_element_length, 20);
  expect_error(with("08004011 5351 0000 04000000 FEFF00E0"), explicit_little,
               errc::invalid_element_length, 12);
  expect_error(with(images, "FEFF00E0 08000000 E07F1000 4F42 0000 00000000"), explicit_little,
               errc::invalid_element_length, 20);
  // Undefined where it may not be.
  expect_error("10001000 5554 0000 FFFFFFFF", explicit_little, errc::invalid_element_length, 0);
  expect_error("08000000 FFFFFFFF", implicit_little, errc::invalid_element_length, 0);
  expect_error("E07F1000 4F42 0000 FFFFFFFF FEFF00E0 FFFFFFFF", explicit_little,
               errc::invalid_element_length, 12);
  // Items that do not belong there, or lack.
  expect_error(with(rows, item), explicit_little, errc::invalid_item, 10);
  expect_error(with(images, rows), explicit_little, errc::invalid_item, 12);
  expect_error(with(images, item, item), explicit_little, errc::invalid_item, 20);
  expect_error(with("FEFF01E0 00000000"), explicit_little, errc::invalid_item, 0);
  expect_error(with("E07F1000 4F42 0000 FFFFFFFF", rows), explicit_little, errc::invalid_item, 12);
  expect_error(with(images, "FEFF00E0 0C000000", images, sequence_end), explicit_little,
               errc::invalid_item, 32);
}

TEST(element_reader, nests_as_deep_as_it_may) {
  auto const nested = [](unsigned depth) {
    std::string data;
    for (unsigned i = 0; i < depth; ++i) data += text_of({images, item});
    for (unsigned i = 0; i < depth; ++i) data += text_of({item_end, sequence_end});
    return data;
  };
  auto const read = [](std::string const& data, reader_options const& options = {}) {
    event_log log{explicit_little, options};
    static_cast<void>(log.read(hex(data), 1U << 20U));
    return log.reader.error();
  };
  EXPECT_EQ(limits{}.data_set_depth, 64U);
  EXPECT_FALSE(read(nested(64)));
  EXPECT_EQ(read(nested(65)), errc::nested_too_deep);
  reader_options shallow;
  shallow.max_depth = 2;
  EXPECT_FALSE(read(nested(2), shallow));
  EXPECT_EQ(read(nested(3), shallow), errc::nested_too_deep);
  shallow.max_depth = 0;
  EXPECT_EQ(read(nested(1), shallow), errc::nested_too_deep);
  EXPECT_EQ(read("E07F1000 4F42 0000 FFFFFFFF", shallow), errc::nested_too_deep);
}

TEST(element_reader, hands_out_views_of_what_was_fed) {
  element_reader reader{explicit_little};
  auto const bytes = hex(rows);
  reader.feed(bytes);
  EXPECT_EQ(reader.next(), reader_event::element);
  EXPECT_EQ(reader.next(), reader_event::value);
  EXPECT_EQ(reader.bytes().data(), bytes.data() + 8);
  EXPECT_EQ(reader.next(), reader_event::need_more);
  EXPECT_EQ(reader.next(), reader_event::need_more);
  reader.finish();
  EXPECT_EQ(reader.next(), reader_event::end);
  EXPECT_EQ(reader.next(), reader_event::end);
}

TEST(element_reader, whole_and_bytewise_alike_for_every_cut) {
  for (auto const* const syntax : plain_syntaxes) {
    auto const bytes = nested_data_set(*syntax);
    for (std::size_t n = 0; n <= bytes.size(); ++n) {
      auto const part = std::span{bytes}.first(n);
      auto const encoding = encoding_of(*syntax);
      // A value that is cut shows its pieces as far as they go in both.
      EXPECT_EQ(events_of(part, encoding), events_of(part, encoding, {}, 1)) << n;
    }
  }
}

}  // namespace

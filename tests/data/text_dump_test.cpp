// SPDX-License-Identifier: BSL-1.0
#include "data/bytes.hpp"
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/data/text_dump.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace codimse;

/// What stands before the '#' and behind it, of the line of an element.
std::pair<std::string, std::string> line_of(std::string const& dump, std::string const& start) {
  std::size_t at = 0;
  while (at < dump.size()) {
    auto line = dump.substr(at, dump.find('\n', at) - at);
    at += line.size() + 1;
    auto const text = line.substr(std::min(line.find_first_not_of(' '), line.size()));
    if (!text.starts_with(start)) continue;
    auto const mark = line.rfind('#');
    auto left = line.substr(0, mark);
    while (!left.empty() && left.back() == ' ') left.pop_back();
    auto right = line.substr(mark + 1);
    return {left, right.substr(right.find_first_not_of(' '))};
  }
  return {"missing", start};
}
using both = std::pair<std::string, std::string>;

data_set one(tag at, vr type, std::string_view bytes) {
  data_set all;
  all.set_bytes(at, type, std::as_bytes(std::span{bytes}));
  return all;
}
std::string value_of(tag at, vr type, std::string_view bytes, std::size_t limit = 64) {
  auto const left =
      line_of(text_dump(one(at, type, bytes), {.max_length = limit, .only = {}}), "").first;
  return left.substr(15);
}
using namespace std::string_view_literals;

TEST(ValueText, NumbersAndBytes) {
  EXPECT_EQ(value_of(tags::rows, vr::us, "\x01\x02\xFF\xFF"sv), "513\\65535");
  EXPECT_EQ(value_of(tags::rows, vr::ss, "\xFF\xFF"sv), "-1");
  EXPECT_EQ(value_of({0x0028, 0x0009}, vr::at, "\x18\0\x63\x10"sv), "(0018,1063)");
  EXPECT_EQ(value_of({9, 0x1001}, vr::fl, "\0\0\x20\x3F"sv), "0.625");
  EXPECT_EQ(value_of({9, 0x1001}, vr::fd, "\0\0\0\0\0\0\xF8\x7F"sv), "nan");
  EXPECT_EQ(value_of({9, 0x1001}, vr::sv, "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF"sv), "-2");
  EXPECT_EQ(value_of({9, 0x1001}, vr::uv, "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF"sv),
            "18446744073709551614");
  EXPECT_EQ(value_of(tags::pixel_data, vr::ow, "\x01\x02\xAB\xCD"sv), "0201\\CDAB");
  EXPECT_EQ(value_of(tags::pixel_data, vr::ob, "\x01\xFF"sv), "01\\FF");
  EXPECT_EQ(value_of({9, 0x1001}, vr::ol, "\x01\0\0\x80"sv), "80000001");
  EXPECT_EQ(value_of({9, 0x1001}, vr::ov, "\x01\0\0\0\0\0\0\x80"sv), "8000000000000001");
  EXPECT_EQ(value_of({9, 0x1001}, vr::un, "ab"sv), "61\\62");
  // Three bytes (and one to make them even) are no whole number of 8 bytes.
  EXPECT_EQ(value_of({9, 0x1001}, vr::fd, "abc"sv), "61\\62\\63\\00");
  EXPECT_EQ(value_of(tags::pixel_data, vr::ob, std::string(100, 'a'), 6), "61\\61\\61...");
  EXPECT_EQ(value_of(tags::rows, vr::us, ""), "(no value)");
}

TEST(ValueText, Text) {
  EXPECT_EQ(value_of(tags::image_type, vr::cs, "A\\B "), "[A\\B]");
  EXPECT_EQ(value_of(tags::sop_class_uid, vr::ui, "1.2.840.10008.5.1.4.1.1.2\0"sv),
            "[1.2.840.10008.5.1.4.1.1.2] CT Image Storage");
  EXPECT_EQ(value_of(tags::sop_class_uid, vr::ui, "1.2.3\0"sv), "[1.2.3]");
  EXPECT_EQ(value_of(tags::patient_name, vr::pn, std::string(70, 'x'), 10), "[xxxxxxxxxx...]");
  EXPECT_EQ(value_of({9, 0x1001}, vr::ut, std::string(100'000, 'x'), 10), "[xxxxxxxxxx...]");
  EXPECT_EQ(value_of({9, 0x1001}, vr::ut, std::string(100'000, 'x'), 0).size(), 100'002U);
  EXPECT_EQ(value_of({9, 0x1001}, vr::lo, "a]0;x\x07 b"), "[a]0;x\\x07 b]");
}

TEST(TextDump, ColumnsAndNames) {
  data_set all;
  all.set(tags::rows, 512)
      .set(tags::image_type, "ORIGINAL", "PRIMARY")
      .set({0x0009, 0x0010}, vr::lo, "ACME\x07");
  all.set({0x0009, 0x1001}, vr::us, 7)
      .set({0x0009, 0x2001}, vr::us, 7)
      .set({0x0008, 0x0003}, vr::cs, "x");
  auto const dump = text_dump(all);
  EXPECT_EQ(line_of(dump, "(0028,0010)"), (both{"(0028,0010) US 512", "2, 1 Rows"}));
  EXPECT_EQ(line_of(dump, "(0008,0008)"),
            (both{"(0008,0008) CS [ORIGINAL\\PRIMARY]", "16, 2 ImageType"}));
  EXPECT_EQ(line_of(dump, "(0009,0010)").second, "6, 1 PrivateCreator");
  EXPECT_EQ(line_of(dump, "(0009,1001)").second, "2, 1 (private: ACME\\x07)");
  EXPECT_EQ(line_of(dump, "(0009,2001)").second, "2, 1 (private)");
  EXPECT_EQ(line_of(dump, "(0008,0003)").second, "2, 1 (unknown)");
  EXPECT_EQ(std::ranges::count(dump, '\n'), 6);
  EXPECT_EQ(dump.find('\x07'), std::string::npos);
}

TEST(TextDump, SequencesAreIndentedAndTheirCharacterSetsNest) {
  data_set inner;
  inner.set(tags::patient_name, "\xE4");
  data_set other;
  other.set(tags::specific_character_set, "ISO_IR 192").set(tags::patient_name, "\xC3\xB6");
  data_set all;
  all.set(tags::specific_character_set, "ISO_IR 100");
  all.set(tags::referenced_image_sequence, inner, other).set(tags::patient_name, "\xFC");
  auto const dump = text_dump(all);
  EXPECT_EQ(line_of(dump, "(0008,1140)"),
            (both{"(0008,1140) SQ 2 items, defined length", "-, 1 ReferencedImageSequence"}));
  EXPECT_NE(dump.find("\n  (FFFE,E000) item 1, 1 element, defined length "), std::string::npos);
  EXPECT_NE(dump.find("\n  (FFFE,E000) item 2, 2 elements, defined length "), std::string::npos);
  EXPECT_NE(dump.find("\n    (0010,0010) PN [\xC3\xA4] "), std::string::npos);
  EXPECT_NE(dump.find("\n    (0010,0010) PN [\xC3\xB6] "), std::string::npos);
  EXPECT_NE(dump.find("\n(0010,0010) PN [\xC3\xBC] "), std::string::npos);
}

TEST(TextDump, UndefinedLengthsAndFragments) {
  data_set all;
  data_set_builder builder{all, nullptr};
  builder.sequence(tags::referenced_image_sequence, vr::sq, true);
  data_set_builder const item{builder.add_item(), nullptr, true};
  builder.fragments(tags::pixel_data, vr::ob);
  auto const add = [&](std::string_view bytes) {
    builder.add_copied_fragment(std::as_bytes(std::span{bytes}));
  };
  add("\0\0\0\0\x0A\0\0\0"sv);
  add("\xFF\xD8");
  auto const dump = text_dump(all);
  EXPECT_EQ(line_of(dump, "(0008,1140)"),
            (both{"(0008,1140) SQ 1 item, undefined length", "u/l, 1 ReferencedImageSequence"}));
  EXPECT_NE(dump.find("\n  (FFFE,E000) item 1, 0 elements, undefined length "), std::string::npos);
  EXPECT_EQ(line_of(dump, "(7FE0,0010)"),
            (both{"(7FE0,0010) OB 2 fragments, undefined length", "u/l, 1 PixelData"}));
  EXPECT_EQ(line_of(dump, "(FFFE,E000) offset"), (both{"  (FFFE,E000) offset table 0\\10", "8"}));
  EXPECT_EQ(line_of(dump, "(FFFE,E000) fragment"), (both{"  (FFFE,E000) fragment 1 FF\\D8", "2"}));
}

TEST(TextDump, OnlyWhatIsAskedForWithItsPath) {
  data_set item;
  item.set(tags::referenced_sop_instance_uid, "1.2.3");
  data_set all;
  all.set(tags::referenced_image_sequence, item, item).set(tags::rows, 1);
  EXPECT_TRUE(text_dump(all, {.only = {tags::columns}}).empty());
  auto const dump = text_dump(all, {.only = {tags::referenced_sop_instance_uid, tags::rows}});
  EXPECT_EQ(std::ranges::count(dump, '\n'), 3);
  EXPECT_EQ(line_of(dump, "(0008,1140)[2]").first, "(0008,1140)[2].(0008,1155) UI [1.2.3]");
  EXPECT_EQ(line_of(dump, "(0028,0010)").first, "(0028,0010) US 1");
  // What is found is shown with everything in it.
  EXPECT_EQ(std::ranges::count(text_dump(all, {.only = {tags::referenced_image_sequence}}), '\n'),
            5);
}

TEST(TextDump, GivesOneLineAtATime) {
  data_set all;
  all.set(tags::rows, 1).set(tags::columns, 2);
  std::vector<std::string> lines;
  text_dump(all, [&](std::string_view line) { lines.emplace_back(line); });
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0] + '\n' + lines[1] + '\n', text_dump(all));
}

// Any bytes in any VR: no byte of them reaches the terminal as a control character.
TEST(TextDump, HostileValuesStayOnTheirLine) {
  std::string every;
  for (int i = 0; i < 256; ++i) every += static_cast<char>(i);
  for (auto const* const set : {"", "ISO_IR 100", "ISO_IR 192", "GB18030", "\\ISO 2022 IR 87"})
    for (auto const type : {vr::lo, vr::pn, vr::ut, vr::ui, vr::cs, vr::un, vr::us, vr::fd, vr::at,
                            vr::none, static_cast<vr>(0x1B5B)}) {
      data_set all;
      all.set(tags::specific_character_set, set);
      all.set_bytes({9, 0x10}, vr::lo, std::as_bytes(std::span{every}));
      all.set_bytes({9, 0x1001}, type, std::as_bytes(std::span{every}));
      auto const dump = text_dump(all, {.max_length = 0, .only = {}});
      EXPECT_EQ(std::ranges::count(dump, '\n'), 3);
      for (char const c : dump)
        EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << int{c};
    }
}

}  // namespace

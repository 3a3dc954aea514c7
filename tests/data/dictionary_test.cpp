// SPDX-License-Identifier: BSL-1.0
#include "core/registry_table.hpp"
#include <codimse/data/dictionary.hpp>
#include <codimse/data/tags.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

namespace {

using namespace codimse;

// --- multiplicity

static_assert(multiplicity{}.allows(1) && !multiplicity{}.allows(0) && !multiplicity{}.allows(2));
static_assert(multiplicity{1, 2, 1}.allows(2) && !multiplicity{1, 2, 1}.allows(3));
static_assert(multiplicity{2, 0, 2}.allows(8) && !multiplicity{2, 0, 2}.allows(3));
static_assert(multiplicity{2, 0, 1}.allows(65536) && !multiplicity{2, 0, 1}.allows(1));

// --- one of each kind

static_assert(find_dictionary_entry(tags::patient_name)->name == "Patient's Name");
static_assert(find_dictionary_entry(tags::patient_name)->vr == vr::pn);
static_assert(find_dictionary_entry(tags::image_type)->vm == multiplicity{2, 0, 1});
static_assert(find_dictionary_entry(tags::pixel_data)->vr == dictionary_vr(tags::pixel_data));
static_assert(keyword_of(tag{0x0000, 0x0000}) == "CommandGroupLength");
static_assert(keyword_of(tag{0x0002, 0x0000}) == "FileMetaInformationGroupLength");
static_assert(keyword_of(tag{0x0008, 0x0000}) == "GenericGroupLength");
static_assert(keyword_of(tag{0x0009, 0x0000}) == "GenericGroupLength");
static_assert(keyword_of(tag{0x0009, 0x0010}) == "PrivateCreator");
static_assert(keyword_of(tag{0x0009, 0x00FF}) == "PrivateCreator");
static_assert(find_dictionary_entry(tag{0x0009, 0x0010})->vr == vr::lo);
static_assert(find_dictionary_entry(tag{0x0008, 0x0000})->retired);
static_assert(keyword_of(item_tag) == "Item");
static_assert(find_dictionary_entry(sequence_delimitation_tag)->vr == vr::none);
static_assert(keyword_of(tag{0xFFFE, 0xE0DE}).empty() && keyword_of(tag{0xFFFF, 0xFFFF}).empty());
static_assert(!find_dictionary_entry(tag{0x0009, 0x0100}) && !find_dictionary_entry(tag{8, 4}));
static_assert(!find_dictionary_entry(tag{0x0018, 0x0061}));  // a blank row of the registry

// --- repeating elements

static_assert(keyword_of(tag{0x6000, 0x3000}) == "OverlayData");
static_assert(keyword_of(tag{0x601E, 0x3000}) == "OverlayData");
static_assert(find_dictionary_entry(tag{0x601E, 0x3000})->tag == tag{0x601E, 0x3000});
static_assert(keyword_of(tag{0x6001, 0x3000}).empty());  // odd: private
static_assert(keyword_of(tag{0x50FE, 0x0005}) == "CurveDimensions");
static_assert(find_dictionary_entry(tag{0x5002, 0x3000})->retired);
static_assert(keyword_of(tag{0x7F10, 0x0010}) == "VariablePixelData");
static_assert(keyword_of(tag{0x7FE0, 0x0010}) == "PixelData");
static_assert(keyword_of(tag{0x0020, 0x31AB}) == "SourceImageIDs");
static_assert(keyword_of(tag{0x0028, 0x0430}) == "RowsForNthOrderCoefficients");
static_assert(keyword_of(tag{0x0028, 0x0400}) == "TransformLabel");
static_assert(keyword_of(tag{0x1000, 0x0123}) == "HuffmanTableTriplet");
static_assert(keyword_of(tag{0x1010, 0xFFFF}) == "ZonalMap");

// --- from text

static_assert(find_tag("PatientName") == tags::patient_name);
static_assert(find_tag("OverlayData") == tags::overlay_data);
static_assert(find_tag("ItemDelimitationItem") == item_delimitation_tag);
static_assert(!find_tag("patientname") && !find_tag("PatientNam") && !find_tag("PatientNames"));
static_assert(!find_tag("") && !find_tag("A") && !find_tag("zzz") && !find_tag("PrivateCreator"));
static_assert(parse_tag("PatientName") == tags::patient_name);
static_assert(parse_tag("0010,0010") == tags::patient_name);
static_assert(parse_tag("(0010,0010)") == tags::patient_name);
static_assert(parse_tag("00100010") == tags::patient_name);
static_assert(parse_tag("7fE0,0010") == tags::pixel_data && parse_tag("7Fe00010"));
static_assert(parse_tag("ffffFFFF") == tag{0xFFFF, 0xFFFF});
static_assert(!parse_tag("") && !parse_tag("()") && !parse_tag("0010") && !parse_tag("0010,"));
static_assert(!parse_tag("(00100010)") && !parse_tag("(0010,0010") && !parse_tag("0010,0010)"));
static_assert(!parse_tag("((0010,001)") && !parse_tag("0010 0010") && !parse_tag("0010,00100"));
static_assert(!parse_tag("001g0010") && !parse_tag("0010,-010") && !parse_tag("+0100010"));
static_assert(!parse_tag(" 00100010") && !parse_tag("0x100010") && !parse_tag(",00100010"));

// --- all of them

/// Digit for digit, what the header was made from says.
std::string written(multiplicity vm) {
  auto const low = std::to_string(vm.min);
  if (vm.max != 0) return vm.max == vm.min ? low : low + "-" + std::to_string(vm.max);
  return low + "-" + (vm.step == 1 ? "" : std::to_string(vm.step)) + "n";
}

/// The tag of a row; of a repeating element one in the middle of its family.
tag tag_of(std::string text) {
  std::ranges::replace(text, 'x', '2');
  return tag::from_number(static_cast<std::uint32_t>(registry_table::hexadecimal(text)));
}

void check_row(registry_table::row const& row) {
  auto const entry = find_dictionary_entry(tag_of(row.at("tag")));
  if (row.at("keyword").empty()) {
    EXPECT_FALSE(entry) << row.at("tag");
    return;
  }
  ASSERT_TRUE(entry) << row.at("tag");
  EXPECT_EQ(entry->keyword, row.at("keyword"));
  EXPECT_EQ(entry->name, row.at("name"));
  EXPECT_EQ(written(entry->vm), row.at("vm")) << entry->keyword;
  EXPECT_EQ(entry->retired, row.at("retired") == "Y") << entry->keyword;
  auto const& registered = row.at("vr");  // longer where it leaves a choice
  EXPECT_TRUE(registered.size() != 2 || to_string(entry->vr) == registered) << entry->keyword;
  auto const found = find_tag(entry->keyword);
  ASSERT_TRUE(found) << entry->keyword;
  EXPECT_EQ(keyword_of(*found), entry->keyword);
  EXPECT_EQ(parse_tag(entry->keyword), found);
  bool const repeating = row.at("tag").find('x') != std::string::npos;
  EXPECT_TRUE(repeating || *found == entry->tag) << entry->keyword;
}

TEST(Dictionary, SaysWhatTheRegistrySays) {
  std::size_t rows = 0;
  for (auto const* name :
       {"command_elements.csv", "file_meta.csv", "directory.csv", "elements.csv"}) {
    for (auto const& row : registry_table::read(name)) {
      check_row(row);
      ++rows;
    }
  }
  EXPECT_EQ(rows, std::size(detail::dictionary_starts) + 4);  // 4 blank rows have no VR either
}

TEST(Dictionary, EveryKeywordIsFoundAndIsOne) {
  std::set<std::string_view> keywords;
  for (auto const record : detail::dictionary_by_keyword) {
    auto const at = detail::dictionary_tag(record);
    auto const keyword = keyword_of(at);
    EXPECT_EQ(find_tag(keyword), at) << to_string(at);
    EXPECT_TRUE(keywords.insert(keyword).second) << keyword;
    EXPECT_FALSE(keyword.size() == 8 && detail::parse_hexadecimal(keyword)) << keyword;
  }
}

// Whatever the tag, nothing is read outside the tables, and what is named has the dictionary's VR.
TEST(Dictionary, EveryTagHasAnAnswer) {
  std::size_t known = 0;
  for (std::uint64_t number = 0; number <= 0xFFFFFFFFU; number += 10'007) {
    auto const at = tag::from_number(static_cast<std::uint32_t>(number));
    auto const entry = find_dictionary_entry(at);
    if (!entry) continue;
    ASSERT_EQ(entry->tag, at);
    ASSERT_FALSE(entry->keyword.empty()) << to_string(at);
    ASSERT_EQ(entry->vr, dictionary_vr(at)) << to_string(at);
    ++known;
  }
  EXPECT_GT(known, 100U);
}

}  // namespace

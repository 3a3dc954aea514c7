// SPDX-License-Identifier: BSL-1.0
#include "bytes.hpp"
#include <codimse/data/person_name.hpp>
#include <codimse/data/utf8_text.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace codimse_test;

/// "Müller" and so on in Latin 1, an item that says UTF-8 itself, and one that says nothing.
data_set latin_1_sample() {
  data_set own;
  own.set(tags::specific_character_set, "ISO_IR 192").set(tags::patient_name, "M\xC3\xBCller");
  data_set inheriting;
  inheriting.set(tags::patient_name, "M\xFCller");
  data_set all;
  all.set(tags::specific_character_set, "ISO_IR 100")
      .set(tags::patient_name, "M\xFCller^Ren\xE9")
      .set(tags::other_patient_names, "\xC4", "B")
      .set(tags::rows, 512)
      .set(tags::referenced_study_sequence, own, inheriting);
  return all;
}

TEST(utf8_text, is_read_in_the_character_set_of_the_data_set) {
  auto const all = latin_1_sample();
  EXPECT_EQ(utf8_text(all, tags::patient_name), "M\xC3\xBCller^Ren\xC3\xA9");
  EXPECT_EQ(utf8_values(all, tags::other_patient_names),
            (std::vector<std::string>{"\xC3\x84", "B"}));
  EXPECT_EQ(utf8_text(all, tags::patient_id), "");
  EXPECT_TRUE(utf8_values(all, tags::patient_id).empty());
  EXPECT_THROW((void)utf8_text(all, tags::rows), error);
}

TEST(utf8_text, items_inherit_the_character_set) {
  auto const all = latin_1_sample();
  auto const set = character_set_of(all);
  EXPECT_EQ(set.value(), "ISO_IR 100");
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_EQ(utf8_text(all.item(tags::referenced_study_sequence, i), tags::patient_name, set),
              "M\xC3\xBCller");
}

TEST(utf8_text, is_set_in_the_character_set_of_the_data_set) {
  auto all = latin_1_sample();
  set_utf8(all, tags::patient_name, "Sch\xC3\xB6n");
  EXPECT_EQ(all.text(tags::patient_name), "Sch\xF6n");
  try {
    set_utf8(all, tags::patient_name, "\xE5\xB1\xB1");
    FAIL();
  } catch (error const& thrown) {
    EXPECT_EQ(thrown.code(), errc::cannot_encode_text);
    EXPECT_NE(std::string{thrown.what()}.find("(0010,0010)"), std::string::npos);
  }
  EXPECT_EQ(all.text(tags::patient_name), "Sch\xF6n");
  EXPECT_THROW(set_utf8(all, tags::rows, "1"), error);
  tag const in_private{0x0009, 0x1001};
  set_utf8(all, in_private, vr::lo, "\xC3\xA9");
  EXPECT_EQ(all.text(in_private), "\xE9");
}

TEST(utf8_text, converts_whole_data_sets) {
  auto [made, exact] = convert_to_utf8(latin_1_sample());
  EXPECT_TRUE(exact);
  EXPECT_EQ(made.text(tags::specific_character_set), "ISO_IR 192");
  EXPECT_EQ(made.text(tags::patient_name), "M\xC3\xBCller^Ren\xC3\xA9");
  EXPECT_EQ(made.get<int>(tags::rows), 512);
  auto const items = made.items(tags::referenced_study_sequence);
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].text(tags::patient_name), "M\xC3\xBCller");
  EXPECT_EQ(items[1].text(tags::patient_name), "M\xC3\xBCller");
  EXPECT_FALSE(items[1].contains(tags::specific_character_set));
  auto const again = convert_to_utf8(made);
  EXPECT_EQ(again.dataset, made);
}

TEST(utf8_text, says_utf8_only_where_it_is_needed) {
  data_set plain;
  plain.set(tags::patient_name, "Doe");
  EXPECT_EQ(convert_to_utf8(plain).dataset, plain);
  data_set undeclared;
  undeclared.set(tags::patient_name, "M\xFCller");
  auto const guessed = convert_to_utf8(undeclared);
  EXPECT_FALSE(guessed.exact);
  EXPECT_EQ(guessed.dataset.text(tags::specific_character_set), "ISO_IR 192");
  EXPECT_EQ(guessed.dataset.text(tags::patient_name), "M\xC3\xBCller");
}

// What an item inherited must be said when it stands alone.
TEST(utf8_text, of_an_item_says_what_the_data_set_around_it_said) {
  data_set item;
  item.set(tags::patient_name, "M\xC3\xBCller");
  auto const made = convert_to_utf8(item, character_set::utf8());
  EXPECT_TRUE(made.exact);
  EXPECT_EQ(made.dataset.text(tags::specific_character_set), "ISO_IR 192");
  EXPECT_EQ(made.dataset.text(tags::patient_name), "M\xC3\xBCller");
}

// In romaji the byte of '~' is an overline: what looks like ASCII is not.
TEST(utf8_text, converts_what_only_looks_like_ascii) {
  data_set romaji;
  romaji.set(tags::specific_character_set, "ISO_IR 13").set(tags::study_description, "a~");
  EXPECT_EQ(convert_to_utf8(romaji).dataset.text(tags::study_description), "a\xE2\x80\xBE");
}

}  // namespace

// SPDX-License-Identifier: BSL-1.0
#include <codimse/data/data_set.hpp>
#include <codimse/data/person_name.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/data/text_matching.hpp>

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

namespace {

using namespace codimse;

static_assert(!std::is_aggregate_v<person_name> && !std::is_aggregate_v<name_group>);

TEST(person_name, components) {
  auto const name = parse_person_name("Adams^John Robert Quincy^Q^Rev.^B.A. M.Div.");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->alphabetic.family, "Adams");
  EXPECT_EQ(name->alphabetic.given, "John Robert Quincy");
  EXPECT_EQ(name->alphabetic.middle, "Q");
  EXPECT_EQ(name->alphabetic.prefix, "Rev.");
  EXPECT_EQ(name->alphabetic.suffix, "B.A. M.Div.");
  EXPECT_TRUE(name->ideographic.empty());
  EXPECT_FALSE(name->empty());
}

TEST(person_name, groups) {
  auto const name = parse_person_name("Yamada^Tarou=\u5C71\u7530^\u592A\u90CE=\u3084\u307E\u3060");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->alphabetic, name_group("Yamada", "Tarou"));
  EXPECT_EQ(name->ideographic, name_group("\u5C71\u7530", "\u592A\u90CE"));
  EXPECT_EQ(name->phonetic, name_group("\u3084\u307E\u3060"));
}

TEST(person_name, empty_ends_do_not_count) {
  EXPECT_EQ(parse_person_name("Doe^John"), parse_person_name("Doe^John^^^"));
  EXPECT_EQ(parse_person_name("Doe"), parse_person_name("Doe^=^="));
  EXPECT_EQ(parse_person_name("Doe"), parse_person_name("Doe^^^^^^"));
  EXPECT_EQ(parse_person_name(""), person_name{});
  EXPECT_EQ(parse_person_name("=="), person_name{});
  EXPECT_EQ(parse_person_name(" Doe ^ John "), parse_person_name("Doe^John"));
  EXPECT_NE(parse_person_name("Doe^^John"), parse_person_name("Doe^John"));
  EXPECT_NE(parse_person_name("=Doe"), parse_person_name("Doe"));
  EXPECT_NE(parse_person_name("Doe"), parse_person_name("DOE"));
}

TEST(person_name, too_much_is_no_name) {
  EXPECT_FALSE(parse_person_name("a^b^c^d^e^f"));
  EXPECT_FALSE(parse_person_name("a=b=c=d"));
  EXPECT_FALSE(parse_person_name("two\\values"));
  EXPECT_FALSE(parse_person_name("a=b=c^d^e^f^g^h"));
  EXPECT_TRUE(parse_person_name(std::string(1'000'000, '^')));
  EXPECT_TRUE(parse_person_name(std::string(1'000'000, '=')));
}

TEST(person_name, text) {
  EXPECT_EQ(to_text(person_name{}), "");
  EXPECT_EQ(to_text(name_group{"Doe", "John"}), "Doe^John");
  EXPECT_EQ(to_text(name_group{"", "John", "", "Dr"}), "^John^^Dr");
  EXPECT_EQ(to_text(person_name{{"Doe"}, {}, {"D", "J"}}), "Doe==D^J");
  EXPECT_EQ(to_text(person_name{{}, {"\u5C71\u7530"}}), "=\u5C71\u7530");
  for (auto const* text : {"", "Doe", "Doe^John", "a^b^c^d^e", "^^^^e", "=b", "==c", "a=b^c=^d"})
    EXPECT_EQ(to_text(*parse_person_name(text)), text);
}

TEST(person_name, delimiters_cannot_be_written) {
  EXPECT_THROW((void)to_text(name_group{"Do^e"}), error);
  EXPECT_THROW((void)to_text(person_name{{"a=b"}}), error);
  EXPECT_THROW((void)to_text(person_name{{}, {}, {"a", "\\"}}), error);
}

TEST(person_name, in_data_sets) {
  data_set set;
  set.set(tags::patient_name, person_name{{"Doe", "John"}})
      .set(tags::other_patient_names, person_name{{"Roe"}}, person_name{{"Low", "Al"}});
  EXPECT_EQ(set.text(tags::patient_name), "Doe^John");
  EXPECT_EQ(set.get<person_name>(tags::patient_name).alphabetic.given, "John");
  EXPECT_EQ(set.get<person_name>(tags::other_patient_names, 1), person_name({"Low", "Al"}));
  set.set(tags::patient_name, "a=b=c=d").set(tags::patient_id, "Doe^John");
  EXPECT_EQ(set.try_get<person_name>(tags::patient_name).error(), errc::invalid_value);
  EXPECT_EQ(set.try_get<person_name>(tags::patient_id).error(), errc::wrong_vr);
  EXPECT_EQ(set.try_get<person_name>(tags::physicians_of_record).error(), errc::missing_element);
}

TEST(person_name, matching) {  // more in matching_cases.hpp
  EXPECT_TRUE(matches_name("doe^j*", "Doe^John"));
  EXPECT_FALSE(matches_name("doe^j*", "Doe^John", true));
  EXPECT_TRUE(matches_name("DOE", "doe^^", false));
}

}  // namespace

// SPDX-License-Identifier: BSL-1.0
#include "matching_cases.hpp"
#include <codimse/data/matching.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace {

using namespace codimse_test;
using namespace std::chrono_literals;

TEST(matching, attribute_by_attribute) {
  for (auto const& one : matching_cases)
    EXPECT_EQ(verdict(one), one.matches)
        << one.rule << ": " << to_string(one.type) << " key '" << one.key << "', entity "
        << (one.value == nullptr ? "without it" : one.value) << ", options " << one.options;
}

TEST(matching, all_types_are_told_apart) {
  auto const type = [](vr of, char const* key, unsigned options = 0) {
    data_set identifier;
    identifier.set(tag_for(of), of, key);
    return matching_type_of(*identifier.begin(), options_of(options));
  };
  EXPECT_EQ(type(vr::lo, ""), matching_type::universal);
  EXPECT_EQ(type(vr::lo, "**"), matching_type::universal);
  EXPECT_EQ(type(vr::lo, "A"), matching_type::single_value);
  EXPECT_EQ(type(vr::lo, "A*"), matching_type::wildcard);
  EXPECT_EQ(type(vr::is, "1*"), matching_type::single_value);
  EXPECT_EQ(type(vr::ui, "1.2"), matching_type::single_value);
  EXPECT_EQ(type(vr::ui, "1.2\\1.3"), matching_type::list_of_uid);
  EXPECT_EQ(type(vr::da, "20200101"), matching_type::single_value);
  EXPECT_EQ(type(vr::da, "20200101-"), matching_type::range);
  EXPECT_EQ(type(vr::da, "2020-"), matching_type::single_value);
  EXPECT_EQ(type(vr::dt, "2020-0500"), matching_type::single_value);
  EXPECT_EQ(type(vr::dt, "2020-2021"), matching_type::range);
  EXPECT_EQ(type(vr::lo, "\"\""), matching_type::single_value);
  EXPECT_EQ(type(vr::lo, "\"\"", empty_values), matching_type::empty_value);
  EXPECT_EQ(type(vr::cs, "A\\B"), matching_type::single_value);
  EXPECT_EQ(type(vr::cs, "A\\B", several_values), matching_type::multiple_values);
  EXPECT_EQ(type(vr::lt, "A\\B", several_values), matching_type::single_value);

  data_set identifier;
  identifier.set_empty(tags::request_attributes_sequence);
  EXPECT_EQ(matching_type_of(*identifier.begin()), matching_type::universal);
  auto& item = identifier.add_item(tags::request_attributes_sequence);
  EXPECT_EQ(matching_type_of(*identifier.begin()), matching_type::universal);
  item.set(tags::requested_procedure_id, "P");
  EXPECT_EQ(matching_type_of(*identifier.begin()), matching_type::sequence);
}

// --- wild cards -----------------------------------------------------------------------------

static_assert(matches_wildcard("", ""));
static_assert(matches_wildcard("*", ""));
static_assert(!matches_wildcard("?", ""));
static_assert(!matches_wildcard("", "a"));
static_assert(matches_wildcard("*a*b*", "xaxbx"));
static_assert(!matches_wildcard("*a*b*", "xbxax"));
static_assert(matches_wildcard("?\xC3\xBC?", "a\xC3\xBC\xE5\xB1\xB1"));
static_assert(matches_wildcard("?b",
                               "\xFF"
                               "b"));  // a broken character is one

TEST(matching, hostile_wildcards_end_soon) {
  std::string const value(100'000, 'a');
  EXPECT_FALSE(matches_wildcard(std::string(500, '*') + "b", value));
  std::string stars;
  for (int i = 0; i < 500; ++i) stars += "*a";
  EXPECT_FALSE(matches_wildcard(stars + "b", value));
  EXPECT_TRUE(matches_wildcard(stars + "*", value));
}

TEST(matching, keys_longer_than_the_bound_are_plain_text) {
  matching_options options;
  options.longest_key = 4;
  data_set identifier;
  data_set entity;
  entity.set(tags::study_description, "ABCDE");
  identifier.set(tags::study_description, "ABC*");
  EXPECT_TRUE(matches(identifier, entity, options));
  identifier.set(tags::study_description, "ABCD*");
  EXPECT_FALSE(matches(identifier, entity, options));
  entity.set(tags::study_description, "ABCD*");
  EXPECT_TRUE(matches(identifier, entity, options));
}

TEST(matching, long_lists_of_uids) {
  std::string key;
  std::string values;
  for (int i = 0; i < 30'000; ++i) {
    key += "1.2." + std::to_string(i) + '\\';
    values += "1.3." + std::to_string(i) + '\\';
  }
  data_set identifier;
  data_set entity;
  identifier.set(tags::sop_instance_uid, key + "1.2.3.4");
  entity.set(tags::sop_instance_uid, values);
  EXPECT_FALSE(matches(identifier, entity));
  entity.set(tags::sop_instance_uid, values + "1.2.3.4");
  EXPECT_TRUE(matches(identifier, entity));
}

// --- several keys, binary values, private elements ------------------------------------------

TEST(matching, all_keys_must_match) {
  data_set entity;
  entity.set(tags::patient_name, "Doe^John").set(tags::patient_id, "1");
  data_set identifier;
  EXPECT_TRUE(matches(identifier, entity));
  identifier.set(tags::patient_name, "Doe*").set(tags::patient_id, "1");
  EXPECT_TRUE(matches(identifier, entity));
  identifier.set(tags::patient_id, "2");
  EXPECT_FALSE(matches(identifier, entity));
}

TEST(matching, what_describes_the_request_is_no_key) {
  data_set identifier;
  identifier.set(tags::specific_character_set, "ISO_IR 100")
      .set(tags::query_retrieve_level, "STUDY")
      .set(tags::query_retrieve_view, "CLASSIC")
      .set(tags::timezone_offset_from_utc, "+0100")
      .set(tag{0x0010, 0x0000}, vr::ul, 4U)
      .set(tag{0x0011, 0x0010}, vr::lo, "NOBODY");
  EXPECT_TRUE(matches(identifier, data_set{}));
}

TEST(matching, binary_values) {
  data_set entity;
  entity.set(tags::rows, 512U).set(tags::frame_increment_pointer, tags::rows, tags::columns);
  data_set identifier;
  identifier.set(tags::rows, 512U);
  EXPECT_TRUE(matches(identifier, entity));
  identifier.set(tags::rows, 513U);
  EXPECT_FALSE(matches(identifier, entity));
  identifier.set_empty(tags::rows).set_empty(tags::columns);
  EXPECT_TRUE(matches(identifier, entity));
  identifier.set(tags::frame_increment_pointer, tags::columns);
  EXPECT_TRUE(matches(identifier, entity));
  identifier.set(tags::frame_increment_pointer, tags::rows, tags::frame_time);
  EXPECT_FALSE(matches(identifier, entity));
  EXPECT_TRUE(matches(identifier, entity, options_of(several_values)));
  identifier.set(tags::columns, 1U);
  EXPECT_FALSE(matches(identifier, entity, options_of(several_values)));
}

TEST(matching, other_vr_than_the_entity) {
  data_set entity;
  entity.set(tags::study_description, vr::sh, "HEAD").set(tags::rows, 5U);
  data_set identifier;
  identifier.set(tags::study_description, "HE*");
  EXPECT_TRUE(matches(identifier, entity));
  identifier.set_bytes(tags::study_description, vr::un, std::as_bytes(std::span{"HE*", 3}));
  EXPECT_TRUE(matches(identifier, entity)) << "the entity knows the VR";
  identifier.set(tags::rows, vr::is, "5");
  EXPECT_FALSE(matches(identifier, entity));

  identifier.clear();
  identifier.set(tags::rows, 5U);
  entity.set(tags::rows, vr::ul, 5U);
  EXPECT_FALSE(matches(identifier, entity)) << "numbers of other sizes";
  identifier.set(tags::rows, 0x2035U);
  entity.set(tags::rows, vr::is, "5");
  EXPECT_FALSE(matches(identifier, entity)) << "a number, and the same bytes as text";
}

TEST(matching, private_elements_are_found_by_their_creator) {
  data_set entity;
  entity.set(tag{0x0011, 0x0010}, vr::lo, "OTHER")
      .set(tag{0x0011, 0x0011}, vr::lo, "US")
      .set(tag{0x0011, 0x1001}, vr::lo, "theirs")
      .set(tag{0x0011, 0x1101}, vr::lo, "ours");
  data_set identifier;
  identifier.set(tag{0x0011, 0x0010}, vr::lo, "US").set(tag{0x0011, 0x1001}, vr::lo, "ours");
  EXPECT_TRUE(matches(identifier, entity));
  auto const response = select_requested(identifier, entity);
  EXPECT_EQ(response, identifier);
  identifier.set(tag{0x0011, 0x0010}, vr::lo, "NOBODY");
  EXPECT_FALSE(matches(identifier, entity));
}

// --- sequences (C.2.2.2.6) ------------------------------------------------------------------

data_set step(char const* station, char const* day, char const* time) {
  data_set item;
  item.set(tags::scheduled_station_ae_title, station)
      .set(tags::scheduled_procedure_step_start_date, day)
      .set(tags::scheduled_procedure_step_start_time, time);
  return item;
}

TEST(matching, sequences) {
  constexpr auto steps = tags::scheduled_procedure_step_sequence;
  data_set entity;
  entity.set(steps, step("CT1", "20200101", "1000"), step("MR1", "20200102", "1100"));

  data_set identifier;
  identifier.set_empty(steps);
  EXPECT_TRUE(matches(identifier, entity));
  EXPECT_TRUE(matches(identifier, data_set{}));
  auto& item = identifier.add_item(steps);
  EXPECT_TRUE(matches(identifier, data_set{})) << "an empty item asks for nothing";
  item.set_empty(tags::modality);
  EXPECT_TRUE(matches(identifier, entity));
  EXPECT_TRUE(matches(identifier, data_set{})) << "neither does one of empty keys";

  item.set(tags::scheduled_station_ae_title, "MR1");
  EXPECT_TRUE(matches(identifier, entity));
  EXPECT_FALSE(matches(identifier, data_set{}));
  item.set(tags::scheduled_procedure_step_start_date, "20200101");
  EXPECT_FALSE(matches(identifier, entity)) << "one item must match all keys";
  item.set(tags::scheduled_procedure_step_start_date, "20200102");
  EXPECT_TRUE(matches(identifier, entity));
  entity.set(steps, vr::lo, "no sequence");
  EXPECT_FALSE(matches(identifier, entity));
}

TEST(matching, sequences_in_sequences) {
  data_set code;
  code.set(tags::code_value, "T-1").set(tags::code_meaning, "Head");
  data_set inner;
  inner.set(tags::requested_procedure_code_sequence, code);
  data_set entity;
  entity.set(tags::request_attributes_sequence, inner);

  data_set identifier;
  auto& key = identifier.add_item(tags::request_attributes_sequence)
                  .add_item(tags::requested_procedure_code_sequence)
                  .set(tags::code_value, "T-*");
  EXPECT_TRUE(matches(identifier, entity));
  key.set(tags::code_meaning, "Foot");
  EXPECT_FALSE(matches(identifier, entity));
}

// --- combined dates and times (C.2.2.2.5.4) -------------------------------------------------

data_set study(char const* day, char const* time) {
  data_set made;
  if (day != nullptr) made.set(tags::study_date, day);
  if (time != nullptr) made.set(tags::study_time, time);
  return made;
}

TEST(matching, combined_dates_and_times) {
  struct row {
    char const* day_key;
    char const* time_key;
    char const* day;
    char const* time;
    bool apart;
    bool combined;
  };
  row const rows[] = {
      // The example of the standard: from the 5th at 10:00 to the 7th at 18:00.
      {"20060705-20060707", "1000-1800", "20060705", "0959", no, no},
      {"20060705-20060707", "1000-1800", "20060705", "1000", yes, yes},
      {"20060705-20060707", "1000-1800", "20060706", "0300", no, yes},
      {"20060705-20060707", "1000-1800", "20060706", "2300", no, yes},
      {"20060705-20060707", "1000-1800", "20060707", "1800", yes, yes},
      {"20060705-20060707", "1000-1800", "20060707", "1801", no, no},
      // Across midnight, which apart no time range does.
      {"20060705-20060706", "2200-0200", "20060706", "0100", no, yes},
      {"20060705-20060706", "2200-0200", "20060705", "2100", no, no},
      {"20060705-", "1000-", "20060706", "0300", no, yes},
      {"20060705-", "1000-", "20060705", "0300", no, no},
      {"-20060705", "-1000", "20060704", "2300", no, yes},
      {"-20060705", "-1000", "20060705", "1001", no, no},
      {"-20060705", "-10", "20060705", "1059", yes, yes},
      // Other forms than two ranges of one form stay apart.
      {"20060705-", "-1000", "20060706", "0300", yes, yes},
      {"20060705-", "-1000", "20060706", "1100", no, no},
      {"20060705-20060707", "1000-", "20060706", "0300", no, no},
      {"20060705", "1000-1800", "20060705", "1200", yes, yes},
      {"20060705", "1000-1800", "20060706", "1200", no, no},
      {"20060705-20060707", "", "20060706", "0300", yes, yes},
      {"20060705-20060707", "noon", "20060706", "1200", no, no},
      // What the entity lacks.
      {"20060705-20060707", "1000-1800", "20060706", nullptr, no, no},
      {"20060705-20060707", "1000-1800", nullptr, "1200", no, no},
      {"20060705-20060707", "1000-1800", "20060706", "noon", no, no},
  };
  for (auto const& one : rows) {
    auto const identifier = study(one.day_key, one.time_key);
    auto const entity = study(one.day, one.time);
    matching_options options;
    EXPECT_EQ(matches(identifier, entity), one.apart) << one.day_key << ' ' << one.time_key;
    options.combined_date_time = true;
    EXPECT_EQ(matches(identifier, entity, options), one.combined)
        << one.day_key << ' ' << one.time_key << ": " << (one.time ? one.time : "no time");
  }
}

TEST(matching, the_worklist_combines_always) {
  constexpr auto steps = tags::scheduled_procedure_step_sequence;
  data_set identifier;
  identifier.set(steps, step("", "20060705-20060707", "1000-1800"));
  data_set entity;
  entity.set(steps, step("CT1", "20060706", "0300"));
  EXPECT_TRUE(matches(identifier, entity));
}

TEST(matching, zones) {
  matching_options options;
  options.timezone_adjustment = true;
  options.local_offset = 1h;

  // 23:30 on the 1st in the entity's zone, +0100, is 00:30 on the 2nd in +0200.
  auto const entity = study("20200101", "2330");
  auto identifier = study("20200102", "0030");
  identifier.set(tags::timezone_offset_from_utc, "+0200");
  EXPECT_TRUE(matches(identifier, entity, options));
  EXPECT_FALSE(matches(identifier, entity)) << "not negotiated";
  identifier.erase(tags::timezone_offset_from_utc);
  EXPECT_FALSE(matches(identifier, entity, options)) << "the zone of the SCP";

  auto ranges = study("20200102-20200102", "0000-0100");
  ranges.set(tags::timezone_offset_from_utc, "+0200");
  EXPECT_TRUE(matches(ranges, entity, options));
  options.combined_date_time = true;
  EXPECT_TRUE(matches(ranges, entity, options));
  auto elsewhere = entity;
  elsewhere.set(tags::timezone_offset_from_utc, "+0200");
  EXPECT_FALSE(matches(ranges, elsewhere, options));
  elsewhere.set(tags::timezone_offset_from_utc, "nonsense");
  EXPECT_TRUE(matches(ranges, elsewhere, options)) << "no offset: the one around it";

  elsewhere = study("20200102", "0030");
  elsewhere.set(tags::timezone_offset_from_utc, "-0900");
  options.timezone_adjustment = false;
  EXPECT_TRUE(matches(ranges, elsewhere, options)) << "not negotiated: as the clocks show";
  options.timezone_adjustment = true;

  data_set moment;
  moment.set(tags::acquisition_date_time, "20200101233000");
  data_set key;
  key.set(tags::acquisition_date_time, "20200101223000+0000");
  EXPECT_TRUE(matches(key, moment, options));
  key.set(tags::acquisition_date_time, "20200102003000")
      .set(tags::timezone_offset_from_utc, "+0200");
  EXPECT_TRUE(matches(key, moment, options));
  options.timezone_adjustment = false;
  EXPECT_FALSE(matches(key, moment, options));
}

// --- character sets -------------------------------------------------------------------------

TEST(matching, across_character_sets) {
  data_set latin;
  latin.set(tags::specific_character_set, "ISO_IR 100")
      .set(tags::patient_name, "M\xFCller^J\xF6rg");
  data_set utf8;
  utf8.set(tags::specific_character_set, "ISO_IR 192").set(tags::patient_name, "M\u00DCLLER^J?rg");
  EXPECT_TRUE(matches(utf8, latin));

  data_set japanese;  // ESC $ B: bytes of '*', '=', '^' and '\' may be halves of characters
  japanese.set(tags::specific_character_set, "\\ISO 2022 IR 87")
      .set(tags::patient_name, "Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B");
  utf8.set(tags::patient_name, "=\u5C71\u7530^\u592A\u90CE");
  EXPECT_TRUE(matches(utf8, japanese));
  EXPECT_TRUE(matches(japanese, japanese));
  utf8.set(tags::patient_name, "=\u5C71\u7530^\u90CE");
  EXPECT_FALSE(matches(utf8, japanese));
}

TEST(matching, a_half_of_a_character_is_no_wild_card) {
  // In GB18030, the second byte of U+4E5E.. may be 5CH; in JIS X 0208, 2AH and 3FH occur.
  data_set identifier;
  identifier.set(tags::specific_character_set, "\\ISO 2022 IR 87")
      .set(tags::study_description, "\x1B$B0*\x1B(B");  // one character: 30 2A
  EXPECT_EQ(matching_type_of(*identifier.find(tags::study_description), {}, "\\ISO 2022 IR 87"),
            matching_type::single_value);
  data_set entity;
  entity.set(tags::specific_character_set, "\\ISO 2022 IR 87")
      .set(tags::study_description, "\x1B$B0!\x1B(B");
  EXPECT_FALSE(matches(identifier, entity));
  entity.set(tags::study_description, "\x1B$B0*\x1B(B");
  EXPECT_TRUE(matches(identifier, entity));
}

TEST(matching, items_inherit_the_character_set) {
  data_set identifier;
  identifier.set(tags::specific_character_set, "ISO_IR 192")
      .add_item(tags::request_attributes_sequence)
      .set(tags::requested_procedure_description, "Sch\u00E4del");
  data_set entity;
  entity.set(tags::specific_character_set, "ISO_IR 100");
  auto& item = entity.add_item(tags::request_attributes_sequence);
  item.set(tags::requested_procedure_description,
           "Sch\xE4"
           "del");
  EXPECT_TRUE(matches(identifier, entity));
  item.set(tags::specific_character_set, "ISO_IR 192");
  EXPECT_FALSE(matches(identifier, entity)) << "the item has its own";
  item.set(tags::requested_procedure_description, "Sch\u00E4del");
  EXPECT_TRUE(matches(identifier, entity));
}

// --- responses ------------------------------------------------------------------------------

TEST(matching, the_response_has_what_was_asked_for) {
  data_set identifier;
  identifier.set(tags::query_retrieve_level, "STUDY")
      .set(tags::query_retrieve_view, "CLASSIC")
      .set(tags::specific_character_set, "ISO_IR 192")
      .set(tags::patient_name, "D*")
      .set_empty(tags::study_description)
      .set_empty(tags::image_type)
      .set_empty(tags::rows);
  data_set entity;
  entity.set(tags::specific_character_set, "ISO_IR 100")
      .set(tags::patient_name,
           "D\xF6"
           "e")
      .set(tags::patient_id, "not asked for")
      .set(tags::image_type, "A", "B");

  data_set expected;
  expected.set(tags::specific_character_set, "ISO_IR 100")
      .set(tags::image_type, "A", "B")
      .set(tags::query_retrieve_level, "STUDY")
      .set(tags::query_retrieve_view, "CLASSIC")
      .set_empty(tags::study_description)
      .set(tags::patient_name,
           "D\xF6"
           "e")
      .set_empty(tags::rows);
  EXPECT_EQ(select_requested(identifier, entity), expected);

  entity.erase(tags::specific_character_set);
  expected.erase(tags::specific_character_set);
  EXPECT_EQ(select_requested(identifier, entity), expected) << "zero length is not allowed";
}

TEST(matching, sequences_of_the_response_have_what_was_asked_for) {
  constexpr auto steps = tags::scheduled_procedure_step_sequence;
  data_set entity;
  entity.set(steps, step("CT1", "20200101", "1000"), step("MR1", "20200102", "1100"));
  data_set identifier;
  identifier.set_empty(steps);
  EXPECT_EQ(select_requested(identifier, entity), entity) << "everything";
  identifier.add_item(steps);
  EXPECT_EQ(select_requested(identifier, entity), entity) << "everything";

  identifier.edit_item(steps).set_empty(tags::scheduled_station_ae_title).set_empty(tags::modality);
  auto const response = select_requested(identifier, entity);
  ASSERT_EQ(response.items(steps).size(), 2U);
  data_set expected;
  expected.set(tags::scheduled_station_ae_title, "MR1").set_empty(tags::modality);
  EXPECT_EQ(response.item(steps, 1), expected);

  auto const none = select_requested(identifier, data_set{});
  ASSERT_TRUE(none.contains(steps));
  EXPECT_TRUE(none.items(steps).empty());
}

// --- case folding ---------------------------------------------------------------------------

TEST(matching, case_folding) {
  EXPECT_EQ(fold_case("AZaz09[@`{"), "azaz09[@`{");
  EXPECT_EQ(fold_case("\u00C0\u00D6\u00D7\u00D8\u00DE\u00DF"),
            "\u00E0\u00F6\u00D7\u00F8\u00FE\u00DF");
  EXPECT_EQ(fold_case("\u0100\u0101\u0130\u0139\u0178\u017F\u01C4\u01C5\u024E"),
            "\u0101\u0101\u0130\u013A\u00FFs\u01C6\u01C6\u024F");
  EXPECT_EQ(fold_case("\u0386\u0391\u03A9\u03C2\u03AC"), "\u03AC\u03B1\u03C9\u03C3\u03AC");
  EXPECT_EQ(fold_case("\u0401\u0410\u042F\u044F\u04C0"), "\u0451\u0430\u044F\u044F\u04CF");
  EXPECT_EQ(fold_case("\uFF21\uFF3A\u5C71"), "\uFF41\uFF5A\u5C71");
  EXPECT_EQ(fold_case("a\xFF\xC3"), "a\xFF\xC3") << "broken text stays";
}

// Read anew for each key, or whole, these terms would take hours.
TEST(matching, long_character_sets_cost_little) {
  std::string terms;
  while (terms.size() < 4'000'000) terms += "ISO 2022 IR 100\\";
  data_set identifier;
  data_set entity;
  identifier.set(tags::specific_character_set, terms);
  entity.set(tags::specific_character_set, "ISO_IR 192");
  for (std::uint16_t i = 0; i < 20'000; ++i) {
    identifier.set(tag{0x0011, static_cast<std::uint16_t>(0x1000 + i)}, vr::lo, "\xE9");
    entity.set(tag{0x0011, static_cast<std::uint16_t>(0x1000 + i)}, vr::lo, "\xC3\xA9");
  }
  EXPECT_TRUE(matches(identifier, entity));
}

TEST(matching, private_sequences_are_selected_by_a_key_without_vr) {
  data_set identifier;
  identifier.set_empty(identifier.private_tag(0x0009, "MAKER", 1), vr::un);
  data_set item;
  item.set(tags::rows, 1);
  data_set entity;
  entity.set(tag{0x0009, 0x0010}, vr::lo, "OTHER").set(tag{0x0009, 0x0011}, vr::lo, "MAKER");
  entity.set(tag{0x0009, 0x1101}, vr::sq, item);
  EXPECT_EQ(select_requested(identifier, entity).item(tag{0x0009, 0x1001}), item);
}

}  // namespace

// SPDX-License-Identifier: BSL-1.0
#include <codimse/service/query_retrieve.hpp>

#include <gtest/gtest.h>

using namespace codimse;

namespace {

static_assert(query_model_of(sop::study_root_get.uid) == query_model::study_root);
static_assert(query_model_of(sop::patient_root_find.uid) == query_model::patient_root);
static_assert(query_model_of(sop::patient_study_only_move.uid) == query_model::patient_study_only);
static_assert(!query_model_of("1.2.840.10008.5.1.4.31"));
static_assert(parse_query_level("IMAGE") == query_level::image);
static_assert(!parse_query_level("image") && !parse_query_level(""));
static_assert(!has_level(query_model::study_root, query_level::patient));
static_assert(has_level(query_model::patient_root, query_level::image));
static_assert(!has_level(query_model::patient_study_only, query_level::series));
static_assert(unique_key_of(query_level::series) == tags::series_instance_uid);

data_set at_level(std::string_view level) {
  data_set identifier;
  identifier.set(tags::query_retrieve_level, level);
  return identifier;
}

void expect_refused(checked_identifier const& checked, tag offending) {
  EXPECT_EQ(checked.how.status(), statuses::query::identifier_does_not_match);
  EXPECT_FALSE(checked.how.error_comment().empty());
  EXPECT_EQ(checked.offending, std::vector<tag>(1, offending));
}

TEST(QueryIdentifier, NeedsALevelThatTheModelHas) {
  data_set empty;
  auto const level = tags::query_retrieve_level;
  expect_refused(check_find_identifier(query_model::study_root, empty), level);
  empty.set_empty(level);
  expect_refused(check_find_identifier(query_model::study_root, empty), level);
  expect_refused(check_find_identifier(query_model::study_root, at_level("PATIENT")), level);
  expect_refused(check_find_identifier(query_model::patient_root, at_level("SLICE")), level);
  expect_refused(check_find_identifier(query_model::patient_study_only, at_level("SERIES")), level);
}

TEST(QueryIdentifier, NeedsTheUniqueKeysAbove) {
  auto identifier = at_level("IMAGE");
  auto const check = [&] { return check_find_identifier(query_model::patient_root, identifier); };
  expect_refused(check(), tags::patient_id);
  identifier.set(tags::patient_id, "P*");
  expect_refused(check(), tags::patient_id);
  identifier.set(tags::patient_id, "P1");
  expect_refused(check(), tags::study_instance_uid);
  identifier.set(tags::study_instance_uid, "1.2", "1.3");
  expect_refused(check(), tags::study_instance_uid);
  identifier.set(tags::study_instance_uid, "1.2");
  expect_refused(check(), tags::series_instance_uid);
  identifier.set_empty(tags::series_instance_uid);
  expect_refused(check(), tags::series_instance_uid);
  identifier.set(tags::series_instance_uid, "1.2.1");
  EXPECT_TRUE(check().how.status().is_success());
  EXPECT_EQ(check().level, query_level::image);
}

TEST(QueryIdentifier, AsksForAnythingAtItsOwnLevel) {
  auto identifier = at_level("STUDY");
  EXPECT_FALSE(check_find_identifier(query_model::study_root, identifier).how.is_failure());
  identifier.set(tags::study_instance_uid, "1.2", "1.3");
  EXPECT_FALSE(check_find_identifier(query_model::study_root, identifier).how.is_failure());
}

TEST(QueryIdentifier, KeyThatIsNoTextIsRefused) {
  auto identifier = at_level("STUDY");
  identifier.set(element{tags::patient_id, std::vector<data_set>(1)});
  expect_refused(check_find_identifier(query_model::patient_root, identifier), tags::patient_id);
}

TEST(RetrieveIdentifier, NamesWhatToRetrieve) {
  auto identifier = at_level("STUDY");
  auto const check = [&] { return check_retrieve_identifier(query_model::study_root, identifier); };
  expect_refused(check(), tags::study_instance_uid);
  identifier.set_empty(tags::study_instance_uid);
  expect_refused(check(), tags::study_instance_uid);
  identifier.set(tags::study_instance_uid, "1.2");
  EXPECT_FALSE(check().how.is_failure());
  identifier.set(tags::study_instance_uid, "1.2", "1.3");
  EXPECT_FALSE(check().how.is_failure());
}

TEST(RetrieveIdentifier, TakesOnePatient) {
  auto identifier = at_level("PATIENT");
  auto const check = [&] {
    return check_retrieve_identifier(query_model::patient_root, identifier);
  };
  for (auto const* const bad : {"", "*", "P?", "A\\B"}) {
    identifier.set(tags::patient_id, bad);
    expect_refused(check(), tags::patient_id);
  }
  identifier.set(tags::patient_id, "P1");
  EXPECT_FALSE(check().how.is_failure());
}

}  // namespace

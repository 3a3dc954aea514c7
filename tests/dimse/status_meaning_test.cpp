// SPDX-License-Identifier: BSL-1.0
#include "core/registry_table.hpp"
#include <codimse/dimse/status_meaning.hpp>
#include <codimse/dimse/statuses.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace codimse;
using cf = command_field;

// --- constants

static_assert(statuses::storage::out_of_resources == status::out_of_resources);
static_assert(statuses::query::pending_with_warning == status::pending_with_warning);
static_assert(statuses::retrieve::move_destination_unknown == status{0xA801});
static_assert(statuses::retrieve::cannot_perform_sub_operations.is_failure());
static_assert(statuses::retrieve::sub_operations_failed_or_warned.is_warning());
static_assert(statuses::modality_worklist::pending.is_pending());
static_assert(statuses::procedure_step::may_no_longer_be_updated == status{0x0110});
static_assert(statuses::print::film_box_is_empty_page == status{0xB603});
static_assert(statuses::unified_procedure_step::already_completed == status{0xC311});
static_assert(statuses::unified_procedure_step::already_completed_warning == status{0xB306});
static_assert(statuses::relevant_patient_query::more_than_one_match == status{0xC100});

// --- meanings

static_assert(meaning_of(status::success, cf::c_echo_rq) == "Success");
static_assert(meaning_of(status{0xA7FE}, cf::c_store_rq) == "Refused: out of resources");
static_assert(meaning_of(status{0xA800}, cf::c_store_rq).empty());
static_assert(meaning_of(status{0xC123}, cf::c_store_rq) == "Error: cannot understand");
static_assert(meaning_of(status{0xC123}, cf::c_find_rq) == "Failed: unable to process");
static_assert(meaning_of(status{0xC123}, cf::n_get_rq).empty());
static_assert(meaning_of(status{0xB000}, cf::c_store_rq) == "Coercion of data elements");
static_assert(meaning_of(status{0xB000}, cf::c_move_rq) != meaning_of({0xB000}, cf::c_store_rq));
static_assert(meaning_of(status{0xC302}, cf::n_action_rq) == "UPS already IN PROGRESS");
static_assert(meaning_of(status{0x0110}, cf::n_set_rq) == "Processing failure");
static_assert(meaning_of(status{0x0110}, cf::c_echo_rq) == "Processing failure");  // for all
static_assert(meaning_of(status{0x0110}, static_cast<cf>(0x7777)) == "Processing failure");
static_assert(meaning_of(status{0xA700}, static_cast<cf>(0x7777)).empty());
static_assert(meaning_of(status{0xFFFF}, cf::c_find_rq).empty());
static_assert(meaning_of(status{0x0200}, cf::c_find_rq).empty());

/// The requests that a cell of the table names: "N-SET N-CREATE", "all".
std::vector<cf> requests_of(std::string const& cell) {
  static std::map<std::string, cf> const all = [] {
    std::map<std::string, cf> named;
    for (auto const one : {cf::c_store_rq, cf::c_get_rq, cf::c_find_rq, cf::c_move_rq,
                           cf::c_echo_rq, cf::n_event_report_rq, cf::n_get_rq, cf::n_set_rq,
                           cf::n_action_rq, cf::n_create_rq, cf::n_delete_rq}) {
      std::string name{command_name(static_cast<std::uint16_t>(one))};
      named[name.substr(0, name.size() - 3)] = one;  // without "-RQ"
    }
    return named;
  }();
  std::vector<cf> requests;
  std::istringstream words{cell};
  for (std::string word; words >> word;) {
    if (word != "all") requests.push_back(all.at(word));
    else
      for (auto const& [name, one] : all) requests.push_back(one);
  }
  return requests;
}

status_class class_of(std::string const& cell) {
  static std::map<std::string, status_class> const all = {{"success", status_class::success},
                                                          {"pending", status_class::pending},
                                                          {"warning", status_class::warning},
                                                          {"cancel", status_class::cancel},
                                                          {"failure", status_class::failure}};
  return all.at(cell);
}

/// Does another row come first for some code of this service: a general or a wider one?
bool is_hidden(registry_table::row const& row) {
  return row.at("service") == "mpps" || row.at("service") == "relevant-patient-query";
}

void check_code(std::string const& cell, registry_table::row const& row) {
  status const answer{static_cast<std::uint16_t>(registry_table::hexadecimal(cell))};
  EXPECT_EQ(answer.category(), class_of(row.at("class"))) << cell;
  auto const requests = requests_of(row.at("operations"));
  EXPECT_FALSE(requests.empty()) << cell;
  for (auto const request : requests) {
    auto const text = meaning_of(answer, request);
    EXPECT_FALSE(text.empty()) << cell << " " << row.at("service");
    EXPECT_TRUE(text == row.at("meaning") || is_hidden(row)) << cell << " " << row.at("service");
  }
}

TEST(StatusMeaning, EveryRowOfTheTableHasOne) {
  auto const rows = registry_table::read("dimse_status.csv");
  EXPECT_EQ(rows.size(), 145U);
  for (auto const& row : rows) {
    check_code(row.at("code_first"), row);
    check_code(row.at("code_last"), row);
  }
}

TEST(StatusMeaning, GeneralConstantsHaveTheirMeaning) {
  std::map<std::string, status> const general = {
      {"success", status::success},
      {"no_such_attribute", status::no_such_attribute},
      {"invalid_attribute_value", status::invalid_attribute_value},
      {"attribute_list_warning", status::attribute_list_warning},
      {"processing_failure", status::processing_failure},
      {"duplicate_sop_instance", status::duplicate_sop_instance},
      {"no_such_sop_instance", status::no_such_sop_instance},
      {"no_such_event_type", status::no_such_event_type},
      {"no_such_argument", status::no_such_argument},
      {"invalid_argument_value", status::invalid_argument_value},
      {"attribute_value_out_of_range", status::attribute_value_out_of_range},
      {"invalid_sop_instance", status::invalid_sop_instance},
      {"no_such_sop_class", status::no_such_sop_class},
      {"class_instance_conflict", status::class_instance_conflict},
      {"missing_attribute", status::missing_attribute},
      {"missing_attribute_value", status::missing_attribute_value},
      {"sop_class_not_supported", status::sop_class_not_supported},
      {"no_such_action_type", status::no_such_action_type},
      {"not_authorized", status::not_authorized},
      {"duplicate_invocation", status::duplicate_invocation},
      {"unrecognized_operation", status::unrecognized_operation},
      {"mistyped_argument", status::mistyped_argument},
      {"resource_limitation", status::resource_limitation},
      {"cancel", status::cancel}};
  std::size_t rows = 0;
  for (auto const& row : registry_table::read("dimse_status.csv")) {
    if (row.at("service") != "general") continue;
    ++rows;
    ASSERT_TRUE(general.contains(row.at("constant"))) << row.at("constant");
    auto const code = registry_table::hexadecimal(row.at("code_first"));
    EXPECT_EQ(general.at(row.at("constant")).code, code) << row.at("constant");
  }
  EXPECT_EQ(rows, general.size());
}

}  // namespace

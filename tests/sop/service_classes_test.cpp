// SPDX-License-Identifier: BSL-1.0
// The SOP Classes of every service class, against the table that they were made from.
#include "core/registry_table.hpp"
#include <codimse/sop/application_event_logging.hpp>
#include <codimse/sop/color_palette.hpp>
#include <codimse/sop/display_system.hpp>
#include <codimse/sop/hanging_protocol.hpp>
#include <codimse/sop/implant_template.hpp>
#include <codimse/sop/instance_availability.hpp>
#include <codimse/sop/inventory.hpp>
#include <codimse/sop/media_creation.hpp>
#include <codimse/sop/modality_worklist.hpp>
#include <codimse/sop/non_patient_object_storage.hpp>
#include <codimse/sop/print.hpp>
#include <codimse/sop/procedure_protocol.hpp>
#include <codimse/sop/procedure_step.hpp>
#include <codimse/sop/query_retrieve.hpp>
#include <codimse/sop/relevant_patient_query.hpp>
#include <codimse/sop/rt_machine_verification.hpp>
#include <codimse/sop/storage_commitment.hpp>
#include <codimse/sop/substance_administration.hpp>
#include <codimse/sop/unified_procedure_step.hpp>
#include <codimse/sop/verification.hpp>

#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>

namespace {

using namespace codimse;
using op = dimse_operation;

static_assert(sop::study_root_find.uid == "1.2.840.10008.5.1.4.1.2.2.1");
static_assert(sop::study_root_find.required == op::c_find);
static_assert(sop::all_query_retrieve_find.size() == 4);
static_assert(sop::all_query_retrieve_move.size() == 4);
static_assert(sop::all_query_retrieve_get.size() == 5);
static_assert(sop::modality_performed_procedure_step.required == (op::n_create | op::n_set));
static_assert(sop::modality_performed_procedure_step_notification.required.empty());
static_assert(sop::storage_commitment_push_model.required == op::n_action);
static_assert(sop::storage_commitment_push_model_instance == "1.2.840.10008.1.20.1.1");
static_assert(sop::unified_procedure_step_event.required.empty());
static_assert(sop::unified_procedure_step_pull.required ==
              (op::c_find | op::n_get | op::n_set | op::n_action));
static_assert(sop::all_unified_procedure_step.size() == 5);
static_assert(sop::all_non_patient_object_storage.size() == 9);
static_assert(sop::all_non_patient_object_storage.contains(sop::hanging_protocol_storage));

// What the meta SOP Class stands for is handled by who handles the meta SOP Class.
inline constexpr auto of_print = sop::basic_film_session + sop::basic_film_box +
                                 sop::basic_grayscale_image_box + sop::basic_color_image_box +
                                 sop::printer;
constexpr bool covered(sop_class const& meta) {
  for (auto const& one : of_print)
    if (!meta.required.contains(one.required)) return false;
  return true;
}
static_assert(covered(sop::basic_grayscale_print_management_meta));
static_assert(covered(sop::basic_color_print_management_meta));

inline constexpr auto in_lists =
    sop::all_query_retrieve_find + sop::all_query_retrieve_move + sop::all_query_retrieve_get +
    sop::all_unified_procedure_step + sop::all_relevant_patient_query +
    sop::all_application_event_logging + sop::all_substance_administration_query +
    sop::all_hanging_protocol_query_retrieve + sop::all_color_palette_query_retrieve +
    sop::all_implant_template_find + sop::all_implant_template_move +
    sop::all_implant_template_get + sop::all_procedure_protocol_find +
    sop::all_procedure_protocol_move + sop::all_procedure_protocol_get +
    sop::all_rt_machine_verification + sop::all_inventory_query_retrieve;
inline constexpr auto alone =
    of_print + sop::basic_grayscale_print_management_meta + sop::basic_color_print_management_meta +
    sop::basic_annotation_box + sop::print_job + sop::printer_configuration_retrieval +
    sop::voi_lut_box + sop::presentation_lut + sop::modality_worklist_find +
    sop::modality_performed_procedure_step + sop::modality_performed_procedure_step_retrieve +
    sop::modality_performed_procedure_step_notification + sop::storage_commitment_push_model +
    sop::instance_availability_notification + sop::media_creation_management + sop::display_system +
    sop::inventory_creation;
inline constexpr auto all = in_lists + alone;

static_assert(!all.has_duplicates());
static_assert(!overlap(all, sop::all_storage + sop::verification));

/// The operations of a cell: "N-CREATE N-SET".
dimse_operations operations_of(std::string const& cell) {
  std::map<std::string, op> const names = {{"C-FIND", op::c_find},     {"C-GET", op::c_get},
                                           {"C-MOVE", op::c_move},     {"N-GET", op::n_get},
                                           {"N-SET", op::n_set},       {"N-ACTION", op::n_action},
                                           {"N-CREATE", op::n_create}, {"N-DELETE", op::n_delete}};
  dimse_operations found;
  std::istringstream words{cell};
  for (std::string word; words >> word;) found = found | names.at(word);
  return found;
}

TEST(ServiceClasses, AreThoseOfTheTable) {
  std::map<std::string, registry_table::row> registry;
  for (auto const& row : registry_table::read("uids.csv")) registry[row.at("keyword")] = row;
  std::size_t classes = 0;
  for (auto const& row : registry_table::read("sop_classes.csv")) {
    if (row.at("required") == "instance") continue;
    ++classes;
    auto const& uid = registry.at(row.at("keyword"));
    auto const* const found = all.find(uid.at("uid"));
    ASSERT_NE(found, nullptr) << row.at("keyword");
    EXPECT_EQ(found->name, uid.at("name"));
    EXPECT_TRUE(found->required == operations_of(row.at("required"))) << found->name;
    EXPECT_FALSE(found->required.contains(op::n_event_report)) << found->name;
  }
  EXPECT_EQ(classes, all.size());
}

// Whoever proposes a FIND, MOVE or GET class means that operation.
TEST(ServiceClasses, RequireWhatTheirNamesEndWith) {
  std::map<std::string, op> const ends = {
      {"- FIND", op::c_find}, {"- MOVE", op::c_move}, {"- GET", op::c_get}};
  std::size_t seen = 0;
  for (auto const& one : all) {
    for (auto const& [end, operation] : ends) {
      if (!one.name.ends_with(end)) continue;
      ++seen;
      EXPECT_TRUE(one.required == operation) << one.name;
    }
  }
  EXPECT_EQ(seen, 37U);
}

TEST(ServiceClasses, InstancesAreInTheRegistry) {
  std::map<std::string, std::string> registry;
  for (auto const& row : registry_table::read("uids.csv"))
    registry[row.at("keyword")] = row.at("uid");
  EXPECT_EQ(sop::printer_instance, registry.at("PrinterInstance"));
  EXPECT_EQ(sop::printer_configuration_retrieval_instance,
            registry.at("PrinterConfigurationRetrievalInstance"));
  EXPECT_EQ(sop::display_system_instance, registry.at("DisplaySystemInstance"));
  EXPECT_EQ(sop::storage_management_instance, registry.at("StorageManagementInstance"));
  EXPECT_EQ(sop::procedural_event_logging_instance, registry.at("ProceduralEventLoggingInstance"));
  EXPECT_EQ(sop::substance_administration_logging_instance,
            registry.at("SubstanceAdministrationLoggingInstance"));
  EXPECT_EQ(sop::ups_global_subscription_instance, registry.at("UPSGlobalSubscriptionInstance"));
  EXPECT_EQ(sop::ups_filtered_global_subscription_instance,
            registry.at("UPSFilteredGlobalSubscriptionInstance"));
}

}  // namespace

// SPDX-License-Identifier: BSL-1.0
#pragma once

// Query/Retrieve models, levels and keys (PS3.4 C.6, K.6), for the command line.
#include "support/program.hpp"
#include "support/query_keys.hpp"
#include <codimse/data/data_set.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/sop/modality_worklist.hpp>
#include <codimse/sop/query_retrieve.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace program {

enum class query_model {
  patient,
  study,
  worklist
};

[[nodiscard]] constexpr codimse::sop_class find_class(query_model model) {
  if (model == query_model::worklist) return codimse::sop::modality_worklist_find;
  return model == query_model::patient ? codimse::sop::patient_root_find
                                       : codimse::sop::study_root_find;
}
[[nodiscard]] constexpr codimse::sop_class move_class(query_model model) {
  return model == query_model::patient ? codimse::sop::patient_root_move
                                       : codimse::sop::study_root_move;
}
[[nodiscard]] constexpr codimse::sop_class get_class(query_model model) {
  return model == query_model::patient ? codimse::sop::patient_root_get
                                       : codimse::sop::study_root_get;
}

/// --model and -k, and the identifier that they make.
class query_options {
 public:
  void add_to(command_line& line, bool with_worklist, bool need_key) {
    std::map<std::string, query_model> const words{{"patient", query_model::patient},
                                                   {"study", query_model::study},
                                                   {"worklist", query_model::worklist}};
    std::vector<std::string> allowed{"patient", "study"};
    if (with_worklist) allowed.emplace_back("worklist");
    auto const choose = [this, words](std::string const& word) { model = words.at(word); };
    std::string const meaning =
        with_worklist ? "patient or study root, or modality worklist" : "patient or study root";
    line.app
        .add_option_function<std::string>("--model", choose,
                                          "Information model: " + meaning + " [study]")
        ->check(CLI::IsMember(allowed).description(""))
        ->type_name("WORD");
    auto const take = [this](std::vector<std::string> const& keys) {
      try {
        given = keys_as_data_set(keys);
      } catch (std::runtime_error const& e) {
        throw CLI::ValidationError(e.what());
      }
    };
    line.app
        .add_option_function<std::vector<std::string>>("-k,--key", take,
                                                       need_key ? what_to_retrieve : what_to_find)
        ->type_name(need_key ? "KEY=VALUE" : "KEY[=VALUE]")
        ->allow_extra_args(false)
        ->required(need_key);
  }

  /// The keys given, with a level where none was.
  [[nodiscard]] codimse::data_set identifier() const {
    codimse::data_set made = given;
    if (model != query_model::worklist && !made.has_value(codimse::tags::query_retrieve_level))
      made.set(codimse::tags::query_retrieve_level, guessed_level());
    return made;
  }

  query_model model = query_model::study;
  codimse::data_set given;

 private:
  static constexpr char const* what_to_find =
      "What to look for, or without a value: what to ask for. KEY: keyword or gggg,eeee, in "
      "sequences Keyword[0].Keyword";
  static constexpr char const* what_to_retrieve =
      "What to retrieve: unique keys (PatientID, StudyInstanceUID, SeriesInstanceUID, "
      "SOPInstanceUID). KEY: keyword or gggg,eeee";

  /// The lowest level whose unique key was given, else the highest of the model.
  [[nodiscard]] std::string_view guessed_level() const {
    if (given.contains(codimse::tags::sop_instance_uid)) return "IMAGE";
    if (given.contains(codimse::tags::series_instance_uid)) return "SERIES";
    if (given.contains(codimse::tags::study_instance_uid)) return "STUDY";
    return model == query_model::patient ? "PATIENT" : "STUDY";
  }
};

/// Asks for these, too, where they are not asked for.
inline void ask_for(codimse::data_set& level, std::vector<codimse::tag> const& keys) {
  for (auto const key : keys)
    if (!level.contains(key)) level.set_empty(key);
}

/// Asks for what people expect to see of a scheduled procedure step (PS3.4 K.6.1.2).
inline void ask_for_worklist_keys(codimse::data_set& identifier) {
  namespace tags = codimse::tags;
  ask_for(identifier, {tags::accession_number, tags::patient_name, tags::patient_id,
                       tags::patient_birth_date, tags::patient_sex, tags::study_instance_uid,
                       tags::requested_procedure_description, tags::requested_procedure_id});
  auto const step = tags::scheduled_procedure_step_sequence;
  if (identifier.contains(step) && identifier.items(step).empty()) return;  // asks for all of it
  auto& item = identifier.contains(step) ? identifier.edit_item(step) : identifier.add_item(step);
  ask_for(
      item,
      {tags::modality, tags::scheduled_station_ae_title, tags::scheduled_procedure_step_start_date,
       tags::scheduled_procedure_step_start_time, tags::scheduled_performing_physician_name,
       tags::scheduled_procedure_step_description, tags::scheduled_procedure_step_id});
}

/// Asks for what people expect to see at a level: its unique and required keys, and a few more.
inline void ask_for_usual_keys(codimse::data_set& identifier, query_model model) {
  namespace tags = codimse::tags;
  if (model == query_model::worklist) return ask_for_worklist_keys(identifier);
  auto const level = identifier.text(tags::query_retrieve_level);
  if (level == "PATIENT" || (level == "STUDY" && model == query_model::study))
    ask_for(identifier, {tags::patient_name, tags::patient_id});
  if (level == "PATIENT") ask_for(identifier, {tags::patient_birth_date, tags::patient_sex});
  if (level == "STUDY")
    ask_for(identifier,
            {tags::study_date, tags::study_time, tags::accession_number, tags::modalities_in_study,
             tags::study_description, tags::study_instance_uid, tags::study_id});
  if (level == "SERIES")
    ask_for(identifier, {tags::modality, tags::series_description, tags::series_instance_uid,
                         tags::series_number});
  if (level == "IMAGE")
    ask_for(identifier, {tags::sop_class_uid, tags::sop_instance_uid, tags::instance_number});
}

}  // namespace program

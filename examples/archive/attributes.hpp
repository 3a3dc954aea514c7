// SPDX-License-Identifier: BSL-1.0
#pragma once

// What the archive knows of each object beside its file: the attributes that it indexes, and those
// that it counts when asked. The one place to make it know more (then run --reindex).
#include <codimse/data/tags.hpp>
#include <codimse/service/query_retrieve.hpp>

#include <algorithm>
#include <array>

namespace archive {

using codimse::query_level;
namespace tags = codimse::tags;

struct indexed_attribute {
  codimse::tag tag;
  query_level level;
};

inline constexpr std::array indexed_attributes{
    indexed_attribute{tags::patient_name, query_level::patient},
    indexed_attribute{tags::patient_id, query_level::patient},
    indexed_attribute{tags::issuer_of_patient_id, query_level::patient},
    indexed_attribute{tags::patient_birth_date, query_level::patient},
    indexed_attribute{tags::patient_birth_time, query_level::patient},
    indexed_attribute{tags::patient_sex, query_level::patient},
    indexed_attribute{tags::other_patient_ids, query_level::patient},
    indexed_attribute{tags::other_patient_names, query_level::patient},
    indexed_attribute{tags::ethnic_group, query_level::patient},
    indexed_attribute{tags::patient_comments, query_level::patient},

    indexed_attribute{tags::study_instance_uid, query_level::study},
    indexed_attribute{tags::study_date, query_level::study},
    indexed_attribute{tags::study_time, query_level::study},
    indexed_attribute{tags::accession_number, query_level::study},
    indexed_attribute{tags::study_id, query_level::study},
    indexed_attribute{tags::study_description, query_level::study},
    indexed_attribute{tags::referring_physician_name, query_level::study},
    indexed_attribute{tags::name_of_physicians_reading_study, query_level::study},
    indexed_attribute{tags::admitting_diagnoses_description, query_level::study},
    indexed_attribute{tags::patient_age, query_level::study},
    indexed_attribute{tags::patient_size, query_level::study},
    indexed_attribute{tags::patient_weight, query_level::study},
    indexed_attribute{tags::occupation, query_level::study},
    indexed_attribute{tags::additional_patient_history, query_level::study},

    indexed_attribute{tags::series_instance_uid, query_level::series},
    indexed_attribute{tags::modality, query_level::series},
    indexed_attribute{tags::series_number, query_level::series},
    indexed_attribute{tags::series_date, query_level::series},
    indexed_attribute{tags::series_time, query_level::series},
    indexed_attribute{tags::series_description, query_level::series},
    indexed_attribute{tags::body_part_examined, query_level::series},
    indexed_attribute{tags::protocol_name, query_level::series},
    indexed_attribute{tags::laterality, query_level::series},
    indexed_attribute{tags::patient_position, query_level::series},
    indexed_attribute{tags::frame_of_reference_uid, query_level::series},
    indexed_attribute{tags::performing_physician_name, query_level::series},
    indexed_attribute{tags::operators_name, query_level::series},
    indexed_attribute{tags::station_name, query_level::series},
    indexed_attribute{tags::institution_name, query_level::series},
    indexed_attribute{tags::institutional_department_name, query_level::series},
    indexed_attribute{tags::manufacturer, query_level::series},
    indexed_attribute{tags::manufacturer_model_name, query_level::series},
    indexed_attribute{tags::performed_procedure_step_id, query_level::series},
    indexed_attribute{tags::performed_procedure_step_start_date, query_level::series},
    indexed_attribute{tags::performed_procedure_step_start_time, query_level::series},
    indexed_attribute{tags::performed_procedure_step_description, query_level::series},

    indexed_attribute{tags::sop_instance_uid, query_level::image},
    indexed_attribute{tags::sop_class_uid, query_level::image},
    indexed_attribute{tags::available_transfer_syntax_uid, query_level::image},
    indexed_attribute{tags::instance_number, query_level::image},
    indexed_attribute{tags::instance_creation_date, query_level::image},
    indexed_attribute{tags::instance_creation_time, query_level::image},
    indexed_attribute{tags::content_date, query_level::image},
    indexed_attribute{tags::content_time, query_level::image},
    indexed_attribute{tags::acquisition_date, query_level::image},
    indexed_attribute{tags::acquisition_time, query_level::image},
    indexed_attribute{tags::acquisition_number, query_level::image},
    indexed_attribute{tags::image_type, query_level::image},
    indexed_attribute{tags::image_comments, query_level::image},
    indexed_attribute{tags::contrast_bolus_agent, query_level::image},
    indexed_attribute{tags::number_of_frames, query_level::image},
    indexed_attribute{tags::rows, query_level::image},
    indexed_attribute{tags::columns, query_level::image},
    indexed_attribute{tags::bits_allocated, query_level::image},
    indexed_attribute{tags::bits_stored, query_level::image},
    indexed_attribute{tags::samples_per_pixel, query_level::image},
    indexed_attribute{tags::photometric_interpretation, query_level::image},
    indexed_attribute{tags::content_label, query_level::image},
    indexed_attribute{tags::content_description, query_level::image},
    indexed_attribute{tags::presentation_creation_date, query_level::image},
    indexed_attribute{tags::presentation_creation_time, query_level::image},
    indexed_attribute{tags::completion_flag, query_level::image},
    indexed_attribute{tags::verification_flag, query_level::image},
};

/// Not stored: counted or listed when a query asks for it.
inline constexpr std::array computed_attributes{
    indexed_attribute{tags::number_of_patient_related_studies, query_level::patient},
    indexed_attribute{tags::number_of_patient_related_series, query_level::patient},
    indexed_attribute{tags::number_of_patient_related_instances, query_level::patient},
    indexed_attribute{tags::modalities_in_study, query_level::study},
    indexed_attribute{tags::sop_classes_in_study, query_level::study},
    indexed_attribute{tags::number_of_study_related_series, query_level::study},
    indexed_attribute{tags::number_of_study_related_instances, query_level::study},
    indexed_attribute{tags::number_of_series_related_instances, query_level::series},
};

/// Is the attribute one of the table's, of this level or one above? (In a hierarchical model an
/// entity also has what the entities above it have.)
template <std::size_t N>
[[nodiscard]] constexpr bool is_in(std::array<indexed_attribute, N> const& table, codimse::tag at,
                                   query_level lowest) {
  return std::ranges::any_of(table,
                             [&](auto const& one) { return one.tag == at && one.level <= lowest; });
}

}  // namespace archive

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/data/tag.hpp>
#include <codimse/data/tags.hpp>

namespace codimse::inline v0 {

/// A DA and a TM element that say one moment together, for combined date-time matching
/// (PS3.4 C.2.2.2.5.4).
/// A value: distinct objects may be used from different threads.
struct date_time_pair {
  codimse::tag date;
  codimse::tag time;
  /// Combined without negotiation: the matching keys of the worklist (PS3.4 K.6.1.2.2).
  bool always = false;
};

namespace detail {
inline constexpr date_time_pair date_time_pairs[] = {
    {tags::instance_creation_date, tags::instance_creation_time},
    {tags::study_date, tags::study_time},
    {tags::series_date, tags::series_time},
    {tags::acquisition_date, tags::acquisition_time},
    {tags::content_date, tags::content_time},
    {tags::patient_birth_date, tags::patient_birth_time},
    {tags::date_of_secondary_capture, tags::time_of_secondary_capture},
    {tags::date_of_last_calibration, tags::time_of_last_calibration},
    {tags::date_of_last_detector_calibration, tags::time_of_last_detector_calibration},
    {tags::study_verified_date, tags::study_verified_time},
    {tags::study_read_date, tags::study_read_time},
    {tags::scheduled_study_start_date, tags::scheduled_study_start_time},
    {tags::scheduled_study_stop_date, tags::scheduled_study_stop_time},
    {tags::study_arrival_date, tags::study_arrival_time},
    {tags::study_completion_date, tags::study_completion_time},
    {tags::scheduled_admission_date, tags::scheduled_admission_time},
    {tags::scheduled_discharge_date, tags::scheduled_discharge_time},
    {tags::admitting_date, tags::admitting_time},
    {tags::discharge_date, tags::discharge_time},
    {tags::scheduled_procedure_step_start_date, tags::scheduled_procedure_step_start_time, true},
    {tags::scheduled_procedure_step_end_date, tags::scheduled_procedure_step_end_time, true},
    {tags::performed_procedure_step_start_date, tags::performed_procedure_step_start_time},
    {tags::performed_procedure_step_end_date, tags::performed_procedure_step_end_time},
    {tags::issue_date_of_imaging_service_request, tags::issue_time_of_imaging_service_request},
    {tags::date, tags::time},
    {tags::presentation_creation_date, tags::presentation_creation_time},
    {tags::creation_date, tags::creation_time},
    {tags::structure_set_date, tags::structure_set_time},
    {tags::treatment_control_point_date, tags::treatment_control_point_time},
    {tags::treatment_date, tags::treatment_time},
    {tags::rt_plan_date, tags::rt_plan_time},
    {tags::source_strength_reference_date, tags::source_strength_reference_time},
    {tags::review_date, tags::review_time},
};
}  // namespace detail

/// The pair that an element belongs to, or nullptr.
[[nodiscard]] constexpr date_time_pair const* find_date_time_pair(tag at) {
  for (auto const& pair : detail::date_time_pairs)
    if (pair.date == at || pair.time == at) return &pair;
  return nullptr;
}

}  // namespace codimse::inline v0

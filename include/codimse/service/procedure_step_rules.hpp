// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/outcome.hpp>
#include <codimse/data/character_set.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/data/utf8_text.hpp>
#include <codimse/dimse/statuses.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// How strict a `procedure_step_scp` is.
/// A value: distinct objects may be used from different threads.
struct procedure_step_options {
  /// Hold modalities to PS3.4 Table F.7.2-1: attributes of type 1, those of a final state, and no
  /// attribute in N-SET that N-CREATE left out. False takes what comes; the rules about the status
  /// hold all the same.
  bool require_attributes = true;
};

namespace detail {

/// Why a request is refused: the answer, and what it names.
class step_problem {
 public:
  step_problem(outcome answer, std::vector<tag> about = {},
               std::optional<std::uint16_t> id = std::nullopt)
      : how{answer}, attributes{std::move(about)}, error_id{id} {}

  outcome how;
  std::vector<tag> attributes;
  std::optional<std::uint16_t> error_id;
};
using found_problem = std::optional<step_problem>;

inline constexpr std::string_view in_progress = "IN PROGRESS";
inline constexpr std::string_view completed = "COMPLETED";
inline constexpr std::string_view discontinued = "DISCONTINUED";

/// What N-CREATE must bring a value for (PS3.4 Table F.7.2-1), beside the status and the Study
/// Instance UIDs of the scheduled step.
inline constexpr tag new_step_attributes[] = {
    tags::modality,
    tags::performed_station_ae_title,
    tags::performed_procedure_step_start_date,
    tags::performed_procedure_step_start_time,
    tags::performed_procedure_step_id,
    tags::scheduled_step_attributes_sequence,
};
/// What a step in a final state must have a value for.
inline constexpr tag final_step_attributes[] = {
    tags::performed_procedure_step_end_date,
    tags::performed_procedure_step_end_time,
    tags::performed_series_sequence,
};
/// And each of its series.
inline constexpr tag final_series_attributes[] = {
    tags::protocol_name,
    tags::series_instance_uid,
};

/// Collects what is not there, and what is there without a value.
class attribute_check {
 public:
  void require(data_set const& in, std::span<tag const> all) {
    for (tag const at : all) require(in, at);
  }
  void require(data_set const& in, tag at) {
    if (!in.contains(at)) missing_.push_back(at);
    else if (!in.has_value(at)) empty_.push_back(at);
  }
  /// 0120 or 0121 (PS3.7 C.4.6, C.4.7).
  [[nodiscard]] found_problem problem() const {
    if (!missing_.empty()) return step_problem{status::missing_attribute, missing_};
    if (!empty_.empty()) return step_problem{status::missing_attribute_value, empty_};
    return std::nullopt;
  }

 private:
  std::vector<tag> missing_;
  std::vector<tag> empty_;
};

/// The items of a sequence; none where there is something else.
[[nodiscard]] inline std::span<data_set const> items_of(data_set const& in, tag at) {
  auto const* const found = in.find(at);
  return found == nullptr ? std::span<data_set const>{} : found->items();
}

/// Performed Procedure Step Status; empty where there is none.
[[nodiscard]] inline std::string_view step_state(data_set const& step) {
  auto const found = step.try_get<std::string_view>(tags::performed_procedure_step_status);
  return found ? *found : std::string_view{};
}
[[nodiscard]] inline bool is_final(std::string_view state) {
  return state == completed || state == discontinued;
}

/// N-CREATE begins a step, which is then in progress (PS3.4 F.7.2.1).
[[nodiscard]] inline found_problem wrong_in_new_step(data_set const& step,
                                                     procedure_step_options const& options) {
  auto const state = tags::performed_procedure_step_status;
  attribute_check check;
  check.require(step, state);
  if (options.require_attributes) {
    check.require(step, new_step_attributes);
    for (auto const& item : items_of(step, tags::scheduled_step_attributes_sequence))
      check.require(item, tags::study_instance_uid);
  }
  if (auto const problem = check.problem()) return problem;
  if (step_state(step) == in_progress) return std::nullopt;
  outcome const answer{status::invalid_attribute_value, "a new step must be IN PROGRESS"};
  return step_problem{answer, std::vector<tag>(1, state)};
}

/// N-SET changes a step in progress only (PS3.4 F.7.2.2), and only what N-CREATE made.
[[nodiscard]] inline found_problem wrong_in_changes(data_set const& before, data_set const& changes,
                                                    procedure_step_options const& options) {
  constexpr std::uint16_t may_not_be_updated = 0xA710;
  outcome const too_late{statuses::procedure_step::may_no_longer_be_updated,
                         "Performed Procedure Step Object may no longer be updated"};
  if (step_state(before) != in_progress) return step_problem{too_late, {}, may_not_be_updated};
  auto const state = tags::performed_procedure_step_status;
  auto const wanted = step_state(changes);
  if (changes.contains(state) && wanted != in_progress && !is_final(wanted))
    return step_problem{status::invalid_attribute_value, std::vector<tag>(1, state)};
  if (!options.require_attributes) return std::nullopt;
  std::vector<tag> unknown;
  for (auto const& one : changes) {
    bool const own = one.tag() == tags::specific_character_set || one.tag().is_private() ||
                     one.tag().is_group_length();
    if (!own && !before.contains(one.tag())) unknown.push_back(one.tag());
  }
  if (unknown.empty()) return std::nullopt;
  return step_problem{{status::no_such_attribute, "N-CREATE did not create them"}, unknown};
}

/// A step that is over has its end, and its series (PS3.4 Table F.7.2-1, final state).
[[nodiscard]] inline found_problem wrong_in_final_step(data_set const& after,
                                                       procedure_step_options const& options) {
  if (!options.require_attributes || !is_final(step_state(after))) return std::nullopt;
  attribute_check check;
  check.require(after, final_step_attributes);
  for (auto const& series : items_of(after, tags::performed_series_sequence))
    check.require(series, final_series_attributes);
  return check.problem();
}

/// The step with the elements of an N-SET in place of its own. Where the two are in different
/// character sets, all becomes UTF-8: the one of the N-SET is not that of the old text.
[[nodiscard]] inline data_set changed_step(data_set const& before, data_set const& changes) {
  auto const own = before.text(tags::specific_character_set);
  bool const same = !changes.contains(tags::specific_character_set) ||
                    changes.text(tags::specific_character_set) == own;
  auto const set = character_set::from_terms(own);
  data_set after = same ? before : convert_to_utf8(before).dataset;
  data_set const with = same ? changes : convert_to_utf8(changes, set).dataset;
  for (auto const& one : with)
    if (one.tag() != tags::specific_character_set && !one.tag().is_group_length()) after.set(one);
  if (!same) after.set(tags::specific_character_set, "ISO_IR 192");
  return after;
}

}  // namespace detail
}  // namespace codimse::inline v0

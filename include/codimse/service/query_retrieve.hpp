// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/outcome.hpp>
#include <codimse/core/uid.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/matching_type.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/dimse/statuses.hpp>
#include <codimse/sop/query_retrieve.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace codimse::inline v0 {

/// Query/Retrieve Level (0008,0052), from the top (PS3.4 C.3.4).
enum class query_level : std::uint8_t {
  patient,
  study,
  series,
  image
};

/// Query/Retrieve information models (PS3.4 C.3).
enum class query_model : std::uint8_t {
  patient_root,
  study_root,         ///< no PATIENT level: attributes of the patient are the study's
  patient_study_only  ///< retired: no SERIES, no IMAGE level
};

inline constexpr std::array all_query_levels{query_level::patient, query_level::study,
                                             query_level::series, query_level::image};

/// The model of a FIND, MOVE or GET SOP Class of Annex C; nothing for any other.
[[nodiscard]] constexpr std::optional<query_model> query_model_of(uid const& sop_class) {
  auto const is = [&](auto const&... one) { return ((sop_class.view() == one.uid) || ...); };
  if (is(sop::patient_root_find, sop::patient_root_move, sop::patient_root_get))
    return query_model::patient_root;
  if (is(sop::study_root_find, sop::study_root_move, sop::study_root_get))
    return query_model::study_root;
  if (is(sop::patient_study_only_find, sop::patient_study_only_move, sop::patient_study_only_get))
    return query_model::patient_study_only;
  return std::nullopt;
}

/// "STUDY"
[[nodiscard]] constexpr std::string_view to_string(query_level level) {
  constexpr std::array<std::string_view, 4> names{"PATIENT", "STUDY", "SERIES", "IMAGE"};
  return names[static_cast<std::size_t>(level)];
}
[[nodiscard]] constexpr std::optional<query_level> parse_query_level(std::string_view text) {
  for (auto const level : all_query_levels)
    if (text == to_string(level)) return level;
  return std::nullopt;
}

/// The highest level of a model.
[[nodiscard]] constexpr query_level top_level(query_model model) {
  return model == query_model::study_root ? query_level::study : query_level::patient;
}
[[nodiscard]] constexpr bool has_level(query_model model, query_level level) {
  if (level < top_level(model)) return false;
  return model != query_model::patient_study_only || level <= query_level::study;
}

/// What tells the entities of a level apart (PS3.4 C.6.1.1, C.6.2.1).
[[nodiscard]] constexpr tag unique_key_of(query_level level) {
  constexpr std::array keys{tags::patient_id, tags::study_instance_uid, tags::series_instance_uid,
                            tags::sop_instance_uid};
  return keys[static_cast<std::size_t>(level)];
}

/// Whether an identifier keeps the rules of its information model.
/// A value: distinct objects may be used from different threads.
class checked_identifier {
 public:
  checked_identifier() = default;  // owns memory, so it is no aggregate

  outcome how;                 ///< success, or A900 and why: for the handler to return
  query_level level{};         ///< only after success
  std::vector<tag> offending;  ///< for (0000,0901) of the response
};

namespace detail {

[[nodiscard]] inline checked_identifier offended(tag at, std::string const& why) {
  checked_identifier refused;
  refused.how = {statuses::query::identifier_does_not_match, fixed_text<64>{why}};
  refused.offending.push_back(at);
  return refused;
}

/// One value, to be compared with as it is.
[[nodiscard]] inline bool is_single_key(data_set const& identifier, tag at) {
  auto const* const key = identifier.find(at);
  if (key == nullptr || key->is_sequence() || value_count(*key) != 1) return false;
  auto const* const set = identifier.find(tags::specific_character_set);
  auto const terms = set == nullptr ? std::string_view{} : set->text();
  return matching_type_of(*key, {}, terms) == matching_type::single_value;
}

[[nodiscard]] inline checked_identifier check_levels(query_model model,
                                                     data_set const& identifier) {
  auto const* const said = identifier.find(tags::query_retrieve_level);
  if (said == nullptr || said->empty())
    return offended(tags::query_retrieve_level, "Query/Retrieve Level is missing");
  auto const level = parse_query_level(said->text());
  if (!level || !has_level(model, *level))
    return offended(tags::query_retrieve_level, "no such Query/Retrieve Level in this model");
  for (auto upper = top_level(model); upper < *level;
       upper = all_query_levels[static_cast<std::size_t>(upper) + 1]) {
    if (!is_single_key(identifier, unique_key_of(upper)))
      return offended(unique_key_of(upper),
                      "single value needed: unique key of level " + std::string{to_string(upper)});
  }
  checked_identifier good;
  good.level = *level;
  return good;
}

}  // namespace detail

/// Holds the identifier of a C-FIND against the rules of hierarchical queries (PS3.4 C.4.1.2.1): a
/// level that the model has, and a single value for the unique key of each level above. Keys of
/// other levels are let pass: they are common, and an SCP may treat them as unsupported.
[[nodiscard]] inline checked_identifier check_find_identifier(query_model model,
                                                              data_set const& identifier) {
  return detail::check_levels(model, identifier);
}

/// The same for a C-MOVE or C-GET (PS3.4 C.4.2.2.1, C.4.3.2.1), which also names what to retrieve:
/// one Patient ID, or one or several UIDs.
[[nodiscard]] inline checked_identifier check_retrieve_identifier(query_model model,
                                                                  data_set const& identifier) {
  auto checked = detail::check_levels(model, identifier);
  if (checked.how.is_failure()) return checked;
  auto const at = unique_key_of(checked.level);
  auto const* const key = identifier.find(at);
  bool const is_list = key != nullptr && at != tags::patient_id && !key->is_sequence() &&
                       matching_type_of(*key) == matching_type::list_of_uid;
  if (is_list || detail::is_single_key(identifier, at)) return checked;
  return detail::offended(at, "unique key of the level to retrieve is missing");
}

}  // namespace codimse::inline v0

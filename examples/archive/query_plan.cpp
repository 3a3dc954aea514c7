// SPDX-License-Identifier: BSL-1.0
#include "archive/query_plan.hpp"

#include "archive/attributes.hpp"
#include <codimse/data/character_set.hpp>
#include <codimse/data/matching.hpp>
#include <codimse/data/matching_type.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace archive {

namespace {

using codimse::data_set;
using codimse::matching_type;

constexpr std::size_t most_values = 400;  // in one condition

struct searched {
  codimse::tag tag;
  column on;
};
constexpr std::array searched_by{
    searched{tags::patient_id, column::patient_id},
    searched{tags::study_instance_uid, column::study_uid},
    searched{tags::series_instance_uid, column::series_uid},
    searched{tags::sop_instance_uid, column::sop_uid},
    searched{tags::sop_class_uid, column::sop_class},
    searched{tags::accession_number, column::accession_number},
    searched{tags::study_date, column::study_date},
    searched{tags::modality, column::modality},
    searched{tags::modalities_in_study, column::modality_in_study},
};

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\0')) text.remove_suffix(1);
  return text;
}

bool is_day(std::string_view text) {
  return text.size() == 8 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// "20240101-20241231", "20240101-", "-20241231"; other forms narrow nothing.
std::optional<condition> range_of_days(std::string_view text) {
  auto const hyphen = text.find('-');
  auto const from = trimmed(text.substr(0, hyphen));
  auto const to = trimmed(text.substr(hyphen + 1));
  if ((!from.empty() && !is_day(from)) || (!to.empty() && !is_day(to))) return std::nullopt;
  condition days{column::study_date};
  days.from = from;
  days.to = to;
  return days;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> values;
  while (!text.empty()) {
    auto const end = std::min(text.find('\\'), text.size());
    if (auto const value = trimmed(text.substr(0, end)); !value.empty()) values.emplace_back(value);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return values;
}

std::optional<condition> condition_for(codimse::element const& key, column on,
                                       std::string_view character_sets) {
  if (key.is_sequence() || key.vr() != codimse::dictionary_vr(key.tag())) return std::nullopt;
  auto const set = codimse::character_set::from_terms(character_sets);
  auto const text = codimse::uses_character_set(key.vr()) ? set.to_utf8(key.bytes(), key.vr())
                                                          : std::string{key.text()};
  condition one{on};
  switch (codimse::matching_type_of(key, {}, character_sets)) {
    case matching_type::single_value:
      if (text.find('\\') != std::string::npos) return std::nullopt;
      one.any_of.emplace_back(trimmed(text));
      if (on == column::study_date && !is_day(one.any_of.front())) return std::nullopt;
      return one;
    case matching_type::list_of_uid: one.any_of = split(text); return one;
    case matching_type::range:
      if (on == column::study_date) return range_of_days(text);
      return std::nullopt;
    default: return std::nullopt;
  }
}

std::string_view character_sets_of(data_set const& identifier) {
  auto const* const set = identifier.find(tags::specific_character_set);
  return set == nullptr ? std::string_view{} : set->text();
}

/// Answered by the archive itself, whatever the entity.
constexpr bool is_about_archive(codimse::tag at) {
  return at == tags::retrieve_ae_title || at == tags::instance_availability;
}
/// No key at all.
constexpr bool is_no_key(codimse::tag at) {
  return at == tags::specific_character_set || at == tags::query_retrieve_level ||
         at == tags::timezone_offset_from_utc || at.is_group_length() || at.is_private_creator();
}

bool has_text_beyond_ascii(data_set const& all) {
  return std::ranges::any_of(all, [](codimse::element const& one) {
    auto const text = one.text();
    return codimse::uses_character_set(one.vr()) && std::ranges::any_of(text, [](char c) {
             return (static_cast<unsigned>(c) & 0x80U) != 0;
           });
  });
}

}  // namespace

query_plan::query_plan(codimse::query_model model, query_level level, data_set const& identifier,
                       codimse::ae_title const& retrieve_from)
    : model_{model}, identifier_{identifier}, retrieve_from_{retrieve_from} {
  search_.level = level;
  sort_keys();
  search_.where = narrowing(keys_);
}

void query_plan::sort_keys() {
  for (auto const& key : identifier_) {
    auto const at = key.tag();
    if (at == tags::specific_character_set) keys_.set(key);
    if (is_no_key(at) || is_about_archive(at)) continue;
    bool const computed = is_in(computed_attributes, at, search_.level);
    if (computed) search_.computed.push_back(at);
    // An optional key that is not supported neither matches nor fails to (PS3.4 C.2.2.1.3).
    if (computed || is_in(indexed_attributes, at, search_.level)) keys_.set(key);
    else pending_ = codimse::status::pending_with_warning;
  }
}

bool query_plan::matches(data_set const& entity) const { return codimse::matches(keys_, entity); }

data_set query_plan::response(data_set const& entity) const {
  auto answer = codimse::select_requested(identifier_, entity);
  for (auto const level : codimse::all_query_levels) {
    if (level < codimse::top_level(model_) || level > search_.level) continue;
    auto const at = codimse::unique_key_of(level);
    if (auto const* const unique = entity.find(at)) answer.set(*unique);
    else answer.set_empty(at);
  }
  answer.set(tags::query_retrieve_level, codimse::to_string(search_.level));
  answer.set(tags::retrieve_ae_title, retrieve_from_.view());
  if (identifier_.contains(tags::instance_availability))
    answer.set(tags::instance_availability, "ONLINE");
  answer.erase(tags::specific_character_set);
  if (has_text_beyond_ascii(answer)) answer.set(tags::specific_character_set, "ISO_IR 192");
  return answer;
}

std::vector<condition> narrowing(data_set const& identifier) {
  std::vector<condition> all;
  for (auto const& [tag, on] : searched_by) {
    auto const* const key = identifier.find(tag);
    if (key == nullptr || key->empty()) continue;
    auto one = condition_for(*key, on, character_sets_of(identifier));
    if (one && one->any_of.size() <= most_values) all.push_back(*std::move(one));
  }
  return all;
}

std::vector<std::vector<condition>> named_by(query_level level, codimse::query_model model,
                                             data_set const& identifier) {
  data_set upper;
  if (identifier.contains(tags::specific_character_set))
    upper.set(*identifier.find(tags::specific_character_set));
  for (auto const one : codimse::all_query_levels)
    if (one >= codimse::top_level(model) && one < level)
      upper.set(*identifier.find(codimse::unique_key_of(one)));
  auto const& key = *identifier.find(codimse::unique_key_of(level));
  auto const* const by = std::ranges::find(searched_by, key.tag(), &searched::tag);
  auto wanted = condition_for(key, by->on, character_sets_of(identifier));
  std::vector<std::vector<condition>> pieces;
  if (!wanted) return pieces;
  auto& values = wanted->any_of;
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  for (std::size_t at = 0; at < values.size(); at += most_values) {
    auto piece = narrowing(upper);
    auto& some = piece.emplace_back(by->on);
    auto const end = std::min(at + most_values, values.size());
    some.any_of.assign(values.begin() + static_cast<std::ptrdiff_t>(at),
                       values.begin() + static_cast<std::ptrdiff_t>(end));
    for (auto& one : piece) one.exactly = true;
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

}  // namespace archive

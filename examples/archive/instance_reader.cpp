// SPDX-License-Identifier: BSL-1.0
#include "archive/instance_reader.hpp"

#include <codimse/core/error.hpp>
#include <codimse/data/character_set.hpp>
#include <codimse/file/part10.hpp>

#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace archive {

namespace {

using codimse::data_set;

constexpr std::uint64_t longest_value = 64 * 1024;  // of what is worth searching by
/// Before Pixel Data; a peer must not make us hold objects of any length.
constexpr std::uint64_t longest_head = 64 * 1024 * 1024;

void set_text(data_set& to, codimse::tag at, std::string_view text) {
  to.set_bytes(at, codimse::dictionary_vr(at), std::as_bytes(std::span{text}));
}

/// Copies an element, text in UTF-8.
void add_converted(data_set& to, codimse::element const& one, codimse::character_set const& set) {
  if (one.is_sequence() || one.is_encapsulated()) return;
  auto const type = codimse::dictionary_vr(one.tag());
  // UN: an implicit encoding behind an explicit one. Other surprises are left out of the index.
  if (one.vr() != type && one.vr() != codimse::vr::un) return;
  if (!codimse::uses_character_set(type)) {
    to.set_bytes(one.tag(), type, one.bytes());
    return;
  }
  set_text(to, one.tag(), set.to_utf8(one.bytes(), type));
}

/// A UID that tells an entity from others: one value, of any characters that may be met.
std::string unique(data_set const& from, codimse::tag at, char const* name) {
  auto const text = from.text(at);
  bool const one_value = text.find('\\') == std::string_view::npos;
  if (text.empty() || text.size() > codimse::uid::max_size || !one_value)
    throw codimse::error{codimse::errc::data_set_malformed, std::string{"no valid "} + name};
  return std::string{text};
}

}  // namespace

std::int64_t modified_at(std::filesystem::path const& path) {
  return static_cast<std::int64_t>(
      std::filesystem::last_write_time(path).time_since_epoch().count());
}

instance_record read_instance(std::filesystem::path const& path) {
  instance_record record;
  auto examined = codimse::examine_part10(path);
  if (!examined) throw codimse::error{examined.error()};
  record.file = *std::move(examined);
  record.modified = modified_at(path);
  codimse::read_options options;
  options.stop_at = tags::pixel_data;
  options.skip_longer_than = longest_value;
  options.max_file_length = longest_head;
  auto const object = codimse::load_part10(path, options);
  auto const& all = object.dataset;
  auto const set = codimse::character_set::from_terms(all.text(tags::specific_character_set));
  for (auto const& [tag, level] : indexed_attributes)
    if (auto const* const one = all.find(tag)) add_converted(record.at(level), *one, set);
  record.at(query_level::image)
      .set(tags::available_transfer_syntax_uid, record.file.info.transfer_syntax);
  record.patient_id = record.at(query_level::patient).text(tags::patient_id);
  record.study_uid = unique(all, tags::study_instance_uid, "Study Instance UID");
  record.series_uid = unique(all, tags::series_instance_uid, "Series Instance UID");
  auto const& sop_instance = record.file.info.sop_instance;
  if (!sop_instance.valid())
    throw codimse::error{codimse::errc::data_set_malformed, "no valid SOP Instance UID"};
  // Whatever VR they came with, and where only the meta information has them.
  set_text(record.at(query_level::study), tags::study_instance_uid, record.study_uid);
  set_text(record.at(query_level::series), tags::series_instance_uid, record.series_uid);
  set_text(record.at(query_level::image), tags::sop_instance_uid, sop_instance.view());
  set_text(record.at(query_level::image), tags::sop_class_uid, record.file.info.sop_class.view());
  return record;
}

}  // namespace archive

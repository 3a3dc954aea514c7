// SPDX-License-Identifier: BSL-1.0
#include "archive/sqlite_index.hpp"

#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/data/read.hpp>
#include <codimse/data/write.hpp>

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

namespace archive {

namespace {

using codimse::data_set;

constexpr std::int64_t version = 1;

// What is searched by has a column; a column is NULL where a plain comparison would be wrong, so
// that "= ? OR IS NULL" never loses what matches. All attributes lie together in a blob: a data
// set. What a patient, study or series is called says the object with the least SOP Instance UID:
// so that the same files make the same index, in whatever order they came.
constexpr char const* schema = R"(
CREATE TABLE IF NOT EXISTS patients (
  id INTEGER PRIMARY KEY, patient_id TEXT NOT NULL UNIQUE, plain_id TEXT,
  source TEXT NOT NULL, attributes BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS patients_by_id ON patients (plain_id);
CREATE TABLE IF NOT EXISTS studies (
  id INTEGER PRIMARY KEY, patient INTEGER NOT NULL, study_uid TEXT NOT NULL UNIQUE,
  accession_number TEXT, study_date TEXT, source TEXT NOT NULL, attributes BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS studies_by_patient ON studies (patient);
CREATE INDEX IF NOT EXISTS studies_by_accession_number ON studies (accession_number);
CREATE INDEX IF NOT EXISTS studies_by_date ON studies (study_date);
CREATE TABLE IF NOT EXISTS series (
  id INTEGER PRIMARY KEY, study INTEGER NOT NULL, series_uid TEXT NOT NULL, modality TEXT,
  source TEXT NOT NULL, attributes BLOB NOT NULL, UNIQUE (study, series_uid));
CREATE INDEX IF NOT EXISTS series_by_uid ON series (series_uid);
CREATE TABLE IF NOT EXISTS instances (
  id INTEGER PRIMARY KEY, series INTEGER NOT NULL, sop_uid TEXT NOT NULL UNIQUE,
  sop_class TEXT NOT NULL, transfer_syntax TEXT NOT NULL, path TEXT NOT NULL UNIQUE,
  modified INTEGER NOT NULL, data_set_offset INTEGER NOT NULL, data_set_size INTEGER NOT NULL,
  attributes BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS instances_by_series ON instances (series);
)";

std::vector<std::byte> encoded(data_set const& attributes) {
  return codimse::write_data_set(attributes, codimse::transfer_syntaxes::explicit_vr_little_endian);
}
void decode_into(data_set& entity, std::span<std::byte const> bytes) {
  auto const part =
      codimse::view_data_set(bytes, codimse::transfer_syntaxes::explicit_vr_little_endian);
  if (!part) throw index_error{"the index is damaged: " + part.error().message()};
  for (auto const& one : *part) entity.set(one);
}

/// The value of a column that is compared: nothing where it has several values.
std::optional<std::string> plain(data_set const& from, codimse::tag at) {
  auto text = from.text(at);
  while (text.starts_with(' ')) text.remove_prefix(1);
  if (text.find('\\') != std::string_view::npos) return std::nullopt;
  return std::string{text};
}
std::optional<std::string> plain_date(data_set const& from) {
  auto date = plain(from, tags::study_date);
  bool const usual = date && date->size() == 8 &&
                     std::ranges::all_of(*date, [](char c) { return c >= '0' && c <= '9'; });
  return usual ? date : std::nullopt;
}
void bind(sqlite::statement& to, std::optional<std::string> const& value) {
  if (value) to.bind(std::string_view{*value});
  else to.bind_null();
}

// Searching.

struct column_sql {
  column which;
  char const* name;  // in the joined tables
  bool may_be_null;
};
constexpr std::array columns{
    column_sql{column::patient_id, "p.plain_id", true},
    column_sql{column::study_uid, "st.study_uid", false},
    column_sql{column::series_uid, "se.series_uid", false},
    column_sql{column::sop_uid, "i.sop_uid", false},
    column_sql{column::sop_class, "i.sop_class", false},
    column_sql{column::accession_number, "st.accession_number", true},
    column_sql{column::study_date, "st.study_date", true},
    column_sql{column::modality, "se.modality", true},
};

std::string question_marks(std::size_t count) {
  std::string text = "?";
  for (std::size_t i = 1; i < count; ++i) text += ",?";
  return text;
}

std::string sql_of(condition const& one) {
  if (one.on == column::modality_in_study)
    return " AND EXISTS (SELECT 1 FROM series WHERE study = st.id AND (modality IN (" +
           question_marks(one.any_of.size()) + ") OR modality IS NULL))";
  auto const* const found = std::ranges::find(columns, one.on, &column_sql::which);
  std::string const name = found->name;
  std::string compared;
  if (!one.any_of.empty()) compared = name + " IN (" + question_marks(one.any_of.size()) + ")";
  else compared = name + " >= ? AND " + name + " <= ?";
  if (!found->may_be_null || one.exactly) return " AND " + compared;
  return " AND (" + compared + " OR " + name + " IS NULL)";
}
void bind(sqlite::statement& to, condition const& one) {
  for (auto const& value : one.any_of) to.bind(std::string_view{value});
  if (!one.any_of.empty()) return;
  to.bind(std::string_view{one.from});
  to.bind(one.to.empty() ? std::string_view{"99999999"} : std::string_view{one.to});
}

/// Ids of patient, study and series, the id of the entity, then attributes from the top.
constexpr std::array<char const*, 4> select_from{
    "SELECT p.id, 0, 0, p.id, p.attributes FROM patients p WHERE p.id > ?",
    "SELECT p.id, st.id, 0, st.id, st.attributes FROM studies st JOIN patients p ON "
    "p.id = st.patient WHERE st.id > ?",
    "SELECT p.id, st.id, se.id, se.id, st.attributes, se.attributes FROM series se JOIN studies st "
    "ON st.id = se.study JOIN patients p ON p.id = st.patient WHERE se.id > ?",
    "SELECT p.id, st.id, se.id, i.id, st.attributes, se.attributes, i.attributes FROM instances i "
    "JOIN series se ON se.id = i.series JOIN studies st ON st.id = se.study "
    "JOIN patients p ON p.id = st.patient WHERE i.id > ?"};
constexpr std::array blobs_of{1, 1, 2, 3};

std::string page_sql(selection const& what) {
  std::string sql = select_from[static_cast<std::size_t>(what.level)];
  for (auto const& one : what.where) sql += sql_of(one);
  return sql + " ORDER BY 4 LIMIT ?";
}

/// How a computed attribute is counted or listed: by which id.
struct computed_sql {
  codimse::tag tag;
  int by;  // 0: patient, 1: study, 2: series
  char const* sql;
};
constexpr std::array computations{
    computed_sql{tags::number_of_patient_related_studies, 0,
                 "SELECT count(*) FROM studies WHERE patient = ?"},
    computed_sql{tags::number_of_patient_related_series, 0,
                 "SELECT count(*) FROM series se JOIN studies st ON st.id = se.study "
                 "WHERE st.patient = ?"},
    computed_sql{tags::number_of_patient_related_instances, 0,
                 "SELECT count(*) FROM instances i JOIN series se ON se.id = i.series "
                 "JOIN studies st ON st.id = se.study WHERE st.patient = ?"},
    computed_sql{tags::modalities_in_study, 1,
                 "SELECT DISTINCT modality FROM series WHERE study = ? AND modality <> '' "
                 "ORDER BY 1"},
    computed_sql{tags::sop_classes_in_study, 1,
                 "SELECT DISTINCT i.sop_class FROM instances i JOIN series se ON se.id = i.series "
                 "WHERE se.study = ? ORDER BY 1"},
    computed_sql{tags::number_of_study_related_series, 1,
                 "SELECT count(*) FROM series WHERE study = ?"},
    computed_sql{tags::number_of_study_related_instances, 1,
                 "SELECT count(*) FROM instances i JOIN series se ON se.id = i.series "
                 "WHERE se.study = ?"},
    computed_sql{tags::number_of_series_related_instances, 2,
                 "SELECT count(*) FROM instances WHERE series = ?"},
};
static_assert(computations.size() == computed_attributes.size());

constexpr char const* file_columns =
    "SELECT i.path, i.sop_class, i.sop_uid, i.transfer_syntax, i.data_set_offset, "
    "i.data_set_size, st.study_uid FROM instances i JOIN series se ON se.id = i.series "
    "JOIN studies st ON st.id = se.study JOIN patients p ON p.id = st.patient WHERE 1";

codimse::part10_file file_of(sqlite::statement const& row) {
  codimse::part10_file file;
  file.path = row.text(0);
  file.info.sop_class = codimse::uid{row.text(1)};
  file.info.sop_instance = codimse::uid{row.text(2)};
  file.info.transfer_syntax = codimse::uid{row.text(3)};
  file.data_set_offset = static_cast<std::uint64_t>(row.integer(4));
  file.data_set_size = static_cast<std::uint64_t>(row.integer(5));
  file.info.study_instance = codimse::uid{row.text(6)};
  return file;
}

}  // namespace

sqlite_index::sqlite_index(std::filesystem::path const& path, bool bulk) : database_{path} {
  if (bulk) {
    database_.execute("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
  } else {
    // FULL: when a transaction has ended, it survives a loss of power.
    database_.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  }
  check_version();
  database_.execute(schema);
}

void sqlite_index::check_version() {
  auto pragma = database_.prepare("PRAGMA user_version");
  pragma.step();
  auto const found = pragma.integer(0);
  if (found != 0 && found != version)
    throw index_error{"the index was made by another version: run with --reindex"};
  if (found == 0) database_.execute(("PRAGMA user_version = " + std::to_string(version)).c_str());
}

void sqlite_index::add(std::span<addition> all) {
  try {
    database_.execute("BEGIN IMMEDIATE");
    for (auto& one : all) {
      database_.execute("SAVEPOINT one");
      try {
        add_one(one);
      } catch (std::exception const&) {
        one.problem = std::current_exception();
        database_.execute("ROLLBACK TO one");
      }
      database_.execute("RELEASE one");
    }
    database_.execute("COMMIT");
  } catch (index_error const&) {
    auto const why = std::current_exception();
    for (auto& one : all) one.problem = why;
    try {
      database_.execute("ROLLBACK");
    } catch (index_error const&) {  // NOLINT(bugprone-empty-catch): SQLite has done so itself
    }
  }
}

void sqlite_index::add_one(addition& one) {
  auto const& file = one.record->file;
  std::error_code ignored;
  if (auto const known = find(file.info.sop_instance)) {
    if (known->path != file.path && std::filesystem::exists(known->path, ignored)) {
      one.elsewhere = known->path;
      one.same_object = known->info.study_instance.view() == one.record->study_uid &&
                        known->info.sop_class == file.info.sop_class;
      return;
    }
    remove(file.info.sop_instance);
  }
  remove_at(file.path);
  if (!std::filesystem::exists(file.path, ignored))
    throw index_error{"the file has gone: " + file.path.string()};
  std::int64_t const patient = upsert_patient(*one.record);
  std::int64_t const study = upsert_study(*one.record, patient);
  std::int64_t const series = upsert_series(*one.record, study);
  insert_instance(*one.record, series);
}

/// What was in the file before, if another object lies there now.
void sqlite_index::remove_at(std::filesystem::path const& path) {
  auto const name = path.string();
  codimse::uid before;
  {
    auto rows = database_.prepare("SELECT sop_uid FROM instances WHERE path = ?");
    if (!rows.bind(std::string_view{name}).step()) return;
    before = codimse::uid{rows.text(0)};
  }
  remove(before);
}

void sqlite_index::remove(codimse::uid const& sop_instance) {
  std::int64_t series = 0;
  std::int64_t study = 0;
  std::int64_t patient = 0;
  {
    auto rows = database_.prepare(
        "SELECT se.id, st.id, st.patient FROM instances i JOIN series se ON se.id = i.series "
        "JOIN studies st ON st.id = se.study WHERE i.sop_uid = ?");
    rows.bind(sop_instance.view());
    if (!rows.step()) return;
    series = rows.integer(0);
    study = rows.integer(1);
    patient = rows.integer(2);
  }
  database_.prepare("DELETE FROM instances WHERE sop_uid = ?").bind(sop_instance.view()).run();
  remove_empty(series, study, patient);
}

void sqlite_index::remove_empty(std::int64_t series, std::int64_t study, std::int64_t patient) {
  database_
      .prepare(
          "DELETE FROM series WHERE id = ? AND NOT EXISTS "
          "(SELECT 1 FROM instances WHERE series = series.id)")
      .bind(series)
      .run();
  database_
      .prepare(
          "DELETE FROM studies WHERE id = ? AND NOT EXISTS "
          "(SELECT 1 FROM series WHERE study = studies.id)")
      .bind(study)
      .run();
  database_
      .prepare(
          "DELETE FROM patients WHERE id = ? AND NOT EXISTS "
          "(SELECT 1 FROM studies WHERE patient = patients.id)")
      .bind(patient)
      .run();
}

std::int64_t sqlite_index::upsert_patient(instance_record const& record) {
  auto const& attributes = record.at(query_level::patient);
  auto const blob = encoded(attributes);
  auto const id = plain(attributes, tags::patient_id);
  {
    auto put = database_.prepare(
        "INSERT INTO patients (patient_id, plain_id, source, attributes) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (patient_id) DO UPDATE SET source = excluded.source, "
        "attributes = excluded.attributes WHERE excluded.source <= source");
    put.bind(std::string_view{record.patient_id});
    bind(put, id);
    put.bind(record.file.info.sop_instance.view()).bind(blob).run();
  }
  auto get = database_.prepare("SELECT id FROM patients WHERE patient_id = ?");
  get.bind(std::string_view{record.patient_id}).step();
  return get.integer(0);
}

std::int64_t sqlite_index::upsert_study(instance_record const& record, std::int64_t patient) {
  // With the attributes of the patient: in bad data, a study may have others than its patient.
  auto attributes = record.at(query_level::patient);
  for (auto const& one : record.at(query_level::study)) attributes.set(one);
  auto const blob = encoded(attributes);
  auto const accession_number = plain(attributes, tags::accession_number);
  auto const date = plain_date(attributes);
  std::int64_t before = patient;
  {
    auto get = database_.prepare("SELECT patient FROM studies WHERE study_uid = ?");
    if (get.bind(std::string_view{record.study_uid}).step()) before = get.integer(0);
  }
  {
    auto put = database_.prepare(
        "INSERT INTO studies (patient, study_uid, accession_number, study_date, source, "
        "attributes) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (study_uid) DO UPDATE SET "
        "patient = excluded.patient, accession_number = excluded.accession_number, "
        "study_date = excluded.study_date, source = excluded.source, "
        "attributes = excluded.attributes WHERE excluded.source <= source");
    put.bind(patient).bind(std::string_view{record.study_uid});
    bind(put, accession_number);
    bind(put, date);
    put.bind(record.file.info.sop_instance.view()).bind(blob).run();
  }
  // Whose study is it not, now that one of them may have lost it?
  remove_empty(0, 0, before);
  remove_empty(0, 0, patient);
  auto get = database_.prepare("SELECT id FROM studies WHERE study_uid = ?");
  get.bind(std::string_view{record.study_uid}).step();
  return get.integer(0);
}

std::int64_t sqlite_index::upsert_series(instance_record const& record, std::int64_t study) {
  auto const& attributes = record.at(query_level::series);
  auto const blob = encoded(attributes);
  auto const modality = plain(attributes, tags::modality);
  {
    auto put = database_.prepare(
        "INSERT INTO series (study, series_uid, modality, source, attributes) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT (study, series_uid) DO UPDATE SET "
        "modality = excluded.modality, source = excluded.source, "
        "attributes = excluded.attributes WHERE excluded.source <= source");
    put.bind(study).bind(std::string_view{record.series_uid});
    bind(put, modality);
    put.bind(record.file.info.sop_instance.view()).bind(blob).run();
  }
  auto get = database_.prepare("SELECT id FROM series WHERE study = ? AND series_uid = ?");
  get.bind(study).bind(std::string_view{record.series_uid}).step();
  return get.integer(0);
}

void sqlite_index::insert_instance(instance_record const& record, std::int64_t series) {
  auto const& file = record.file;
  auto const blob = encoded(record.at(query_level::image));
  auto const path = file.path.string();
  database_
      .prepare(
          "INSERT INTO instances (series, sop_uid, sop_class, transfer_syntax, path, "
          "modified, data_set_offset, data_set_size, attributes) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(series)
      .bind(file.info.sop_instance.view())
      .bind(file.info.sop_class.view())
      .bind(file.info.transfer_syntax.view())
      .bind(std::string_view{path})
      .bind(record.modified)
      .bind(static_cast<std::int64_t>(file.data_set_offset))
      .bind(static_cast<std::int64_t>(file.data_set_size))
      .bind(blob)
      .run();
}

std::vector<entry> sqlite_index::select(selection const& what, std::int64_t after,
                                        std::size_t at_most) {
  struct ids {
    std::int64_t patient, study, series;
  };
  std::vector<entry> page;
  std::vector<ids> of;
  {
    auto rows = database_.prepare(page_sql(what));
    rows.bind(after);
    for (auto const& one : what.where) bind(rows, one);
    rows.bind(static_cast<std::int64_t>(at_most));
    while (rows.step()) {
      auto& next = page.emplace_back();
      next.id = rows.integer(3);
      for (int i = 0; i < blobs_of[static_cast<std::size_t>(what.level)]; ++i)
        decode_into(next.entity, rows.bytes(4 + i));
      of.push_back({rows.integer(0), rows.integer(1), rows.integer(2)});
    }
  }
  for (std::size_t i = 0; i < page.size(); ++i)
    for (auto const wanted : what.computed)
      compute(page[i].entity, wanted, of[i].patient, of[i].study, of[i].series);
  return page;
}

void sqlite_index::compute(data_set& entity, codimse::tag wanted, std::int64_t patient,
                           std::int64_t study, std::int64_t series) {
  auto const* const how = std::ranges::find(computations, wanted, &computed_sql::tag);
  auto rows = database_.prepare(how->sql);
  std::array const ids{patient, study, series};
  rows.bind(ids[static_cast<std::size_t>(how->by)]);
  std::vector<std::string> values;
  while (rows.step()) values.emplace_back(rows.text(0));
  entity.set_all(wanted, values);
}

std::vector<codimse::part10_file> sqlite_index::files(std::vector<condition> const& where,
                                                      std::size_t at_most) {
  std::string sql = file_columns;
  for (auto const& one : where) sql += sql_of(one);
  auto rows = database_.prepare(sql + " ORDER BY st.id, se.id, i.sop_uid LIMIT ?");
  for (auto const& one : where) bind(rows, one);
  rows.bind(static_cast<std::int64_t>(at_most));
  std::vector<codimse::part10_file> found;
  while (rows.step()) found.push_back(file_of(rows));
  return found;
}

std::optional<codimse::part10_file> sqlite_index::find(codimse::uid const& sop_instance) {
  auto rows = database_.prepare(std::string{file_columns} + " AND i.sop_uid = ?");
  if (!rows.bind(sop_instance.view()).step()) return std::nullopt;
  return file_of(rows);
}

bool sqlite_index::knows(std::filesystem::path const& path, std::int64_t modified,
                         std::uint64_t size) {
  auto const name = path.string();
  auto rows = database_.prepare(
      "SELECT 1 FROM instances WHERE path = ? AND modified = ? AND "
      "data_set_offset + data_set_size = ?");
  return rows.bind(std::string_view{name})
      .bind(modified)
      .bind(static_cast<std::int64_t>(size))
      .step();
}

std::uint64_t sqlite_index::count() {
  auto rows = database_.prepare("SELECT count(*) FROM instances");
  rows.step();
  return static_cast<std::uint64_t>(rows.integer(0));
}

}  // namespace archive

// SPDX-License-Identifier: BSL-1.0
#pragma once

// The index as the rest of the archive sees it. Behind it stands SQLite (sqlite_index.hpp); an
// archive that outgrows one machine puts a database server there and changes nothing else.
#include "archive/attributes.hpp"
#include <codimse/data/data_set.hpp>
#include <codimse/file/part10_source.hpp>

#include <array>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace archive {

/// What the index keeps of one object.
class instance_record {
 public:
  codimse::part10_file file;
  std::int64_t modified = 0;  ///< time of the file's last change, in the system's units
  std::string patient_id;
  std::string study_uid;
  std::string series_uid;
  /// The indexed attributes of each level, in UTF-8.
  std::array<codimse::data_set, 4> levels;

  [[nodiscard]] codimse::data_set& at(query_level level) {
    return levels[static_cast<std::size_t>(level)];
  }
  [[nodiscard]] codimse::data_set const& at(query_level level) const {
    return levels[static_cast<std::size_t>(level)];
  }
};

/// One object to be added, and what became of it.
struct addition {
  instance_record const* record = nullptr;
  /// Where the same SOP Instance is known already, in another file: nothing was changed then.
  std::optional<std::filesystem::path> elsewhere{};
  bool same_object = false;  ///< that one is of the same study and SOP Class
  std::exception_ptr problem{};
};

/// What the index can narrow a search by. Whether an entity matches is not for the index to say:
/// it yields all that may, and `codimse::matches` decides.
enum class column {
  patient_id,
  study_uid,
  series_uid,
  sop_uid,
  sop_class,
  accession_number,
  study_date,
  modality,
  modality_in_study
};

/// One of these values, or between two (either may be empty). What has several values, of which one
/// may match, comes too, unless `exactly` is set.
class condition {
 public:
  explicit condition(column which) : on{which} {}

  column on;
  std::vector<std::string> any_of;
  std::string from;
  std::string to;
  bool exactly = false;
};

class selection {
 public:
  query_level level = query_level::study;
  std::vector<condition> where;
  std::vector<codimse::tag> computed;  ///< of `computed_attributes`, wanted in the entities
};

/// An entity of the level asked for, with the attributes of its level and of those above.
class entry {
 public:
  std::int64_t id = 0;
  codimse::data_set entity;
};

/// The index has failed: a full disk, a damaged file.
class index_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Used from one thread. All functions block, for a short time, and throw `index_error`.
class object_index {
 public:
  object_index() = default;
  object_index(object_index const&) = delete;
  object_index& operator=(object_index const&) = delete;
  virtual ~object_index() = default;

  /// Adds objects. When it returns, those without a `problem` are safe on disk; each is there
  /// wholly or not at all.
  virtual void add(std::span<addition> all) = 0;

  /// At most so many entities with greater ids, by id: a page of a search. Nothing is held between
  /// two pages, so that a slow peer holds nothing up.
  virtual std::vector<entry> select(selection const& what, std::int64_t after,
                                    std::size_t at_most) = 0;
  /// The objects below the entities, in order of study, series and UID; at most so many.
  virtual std::vector<codimse::part10_file> files(std::vector<condition> const& where,
                                                  std::size_t at_most) = 0;
  virtual std::optional<codimse::part10_file> find(codimse::uid const& sop_instance) = 0;
  /// Is this very file indexed, as it is now?
  virtual bool knows(std::filesystem::path const& path, std::int64_t modified,
                     std::uint64_t size) = 0;
  virtual std::uint64_t count() = 0;
};

}  // namespace archive

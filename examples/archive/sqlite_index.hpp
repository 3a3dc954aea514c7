// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "archive/index.hpp"
#include "archive/sqlite.hpp"

#include <filesystem>

namespace archive {

/// The index in one SQLite file. Several connections may be open at once, in threads of their own:
/// one writes, others read meanwhile (write-ahead log).
class sqlite_index final : public object_index {
 public:
  /// Made where there is none. `bulk`: for building one anew, fast and not safe until it is closed.
  explicit sqlite_index(std::filesystem::path const& path, bool bulk = false);

  void add(std::span<addition> all) override;
  std::vector<entry> select(selection const& what, std::int64_t after,
                            std::size_t at_most) override;
  std::vector<codimse::part10_file> files(std::vector<condition> const& where,
                                          std::size_t at_most) override;
  std::optional<codimse::part10_file> find(codimse::uid const& sop_instance) override;
  bool knows(std::filesystem::path const& path, std::int64_t modified, std::uint64_t size) override;
  std::uint64_t count() override;

 private:
  void check_version();
  void add_one(addition& one);
  void remove(codimse::uid const& sop_instance);
  void remove_at(std::filesystem::path const& path);
  void remove_empty(std::int64_t series, std::int64_t study, std::int64_t patient);
  std::int64_t upsert_patient(instance_record const& record);
  std::int64_t upsert_study(instance_record const& record, std::int64_t patient);
  std::int64_t upsert_series(instance_record const& record, std::int64_t study);
  void insert_instance(instance_record const& record, std::int64_t series);
  void compute(codimse::data_set& entity, codimse::tag wanted, std::int64_t patient,
               std::int64_t study, std::int64_t series);

  sqlite::database database_;
};

}  // namespace archive

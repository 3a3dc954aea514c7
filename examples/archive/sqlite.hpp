// SPDX-License-Identifier: BSL-1.0
#pragma once

// As much of SQLite as the index needs. Values are always bound, never written into SQL.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <sqlite3.h>
#include <string>
#include <string_view>
#include <unordered_map>

namespace archive::sqlite {

/// A prepared statement while it is used; ready for the next use when this goes.
/// What text and blobs refer to must live until then.
class statement {
 public:
  explicit statement(sqlite3_stmt* prepared) : prepared_{prepared} {}
  statement(statement const&) = delete;
  statement& operator=(statement const&) = delete;
  ~statement();

  /// The next parameter, in the order of the question marks.
  statement& bind(std::int64_t value);
  statement& bind(std::string_view text);
  statement& bind(std::span<std::byte const> bytes);
  statement& bind_null();

  /// To the next row; false behind the last.
  bool step();
  void run();

  // Columns of the row, from 0; views are valid until the next step.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::span<std::byte const> bytes(int column) const;

 private:
  void check(int code) const;

  sqlite3_stmt* prepared_;
  int bound_ = 0;
};

/// A connection; used from one thread. Statements are prepared once and kept, up to a number: the
/// next `prepare` may drop any, so that only one `statement` is in use at a time.
class database {
 public:
  explicit database(std::filesystem::path const& path);

  [[nodiscard]] statement prepare(std::string const& sql);
  /// Statements without parameters.
  void execute(char const* sql);

 private:
  struct closer {
    void operator()(sqlite3* open) const { sqlite3_close_v2(open); }
    void operator()(sqlite3_stmt* prepared) const { sqlite3_finalize(prepared); }
  };

  std::unique_ptr<sqlite3, closer> open_;
  std::unordered_map<std::string, std::unique_ptr<sqlite3_stmt, closer>> prepared_;
};

}  // namespace archive::sqlite

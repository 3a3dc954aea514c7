// SPDX-License-Identifier: BSL-1.0
#include "archive/sqlite.hpp"

#include "archive/index.hpp"

namespace archive::sqlite {

namespace {

constexpr std::size_t most_prepared = 200;
constexpr int busy_milliseconds = 10000;

[[noreturn]] void fail(sqlite3* open) {
  throw index_error{std::string{"the index: "} + sqlite3_errmsg(open)};
}

}  // namespace

statement::~statement() {
  sqlite3_reset(prepared_);
  sqlite3_clear_bindings(prepared_);
}

void statement::check(int code) const {
  if (code != SQLITE_OK) fail(sqlite3_db_handle(prepared_));
}
statement& statement::bind(std::int64_t value) {
  check(sqlite3_bind_int64(prepared_, ++bound_, value));
  return *this;
}
statement& statement::bind(std::string_view text) {
  // A null pointer would bind NULL, which is not the empty text or blob.
  char const* const data = text.empty() ? "" : text.data();
  check(sqlite3_bind_text64(prepared_, ++bound_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}
statement& statement::bind(std::span<std::byte const> bytes) {
  void const* const data = bytes.empty() ? static_cast<void const*>("") : bytes.data();
  check(sqlite3_bind_blob64(prepared_, ++bound_, data, bytes.size(), SQLITE_STATIC));
  return *this;
}
statement& statement::bind_null() {
  check(sqlite3_bind_null(prepared_, ++bound_));
  return *this;
}

bool statement::step() {
  int const code = sqlite3_step(prepared_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) fail(sqlite3_db_handle(prepared_));
  return false;
}
void statement::run() {
  while (step()) {
  }
}

std::int64_t statement::integer(int column) const {
  return sqlite3_column_int64(prepared_, column);
}
std::string_view statement::text(int column) const {
  auto const* const text = sqlite3_column_text(prepared_, column);
  auto const size = sqlite3_column_bytes(prepared_, column);
  if (text == nullptr) return {};
  return {reinterpret_cast<char const*>(text), static_cast<std::size_t>(size)};
}
std::span<std::byte const> statement::bytes(int column) const {
  auto const* const bytes = sqlite3_column_blob(prepared_, column);
  auto const size = sqlite3_column_bytes(prepared_, column);
  return {static_cast<std::byte const*>(bytes), static_cast<std::size_t>(size)};
}

database::database(std::filesystem::path const& path) {
  sqlite3* opened = nullptr;
  int const flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  int const code = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
  open_.reset(opened);
  if (code != SQLITE_OK) fail(opened);
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, busy_milliseconds);
}

statement database::prepare(std::string const& sql) {
  if (auto const known = prepared_.find(sql); known != prepared_.end())
    return statement{known->second.get()};
  if (prepared_.size() >= most_prepared) prepared_.erase(prepared_.begin());
  sqlite3_stmt* made = nullptr;
  if (sqlite3_prepare_v2(open_.get(), sql.c_str(), -1, &made, nullptr) != SQLITE_OK)
    fail(open_.get());
  return statement{prepared_.emplace(sql, made).first->second.get()};
}

void database::execute(char const* sql) {
  if (sqlite3_exec(open_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(open_.get());
}

}  // namespace archive::sqlite

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

/// The tables that the generated headers were made from, to hold the headers against them.
namespace registry_table {

using row = std::map<std::string, std::string>;

/// The cells of one line of CSV (RFC 4180, no line breaks in a cell).
inline std::vector<std::string> cells(std::string const& line) {
  std::vector<std::string> all(1);
  bool quoted = false;
  for (char const c : line) {
    if (c == '"') quoted = !quoted;  // the tables have no doubled quotation marks
    else if (c == ',' && !quoted) all.emplace_back();
    else all.back() += c;
  }
  return all;
}

/// The rows of cmake/registry/NAME. Throws when there is no such table.
inline std::vector<row> read(std::string const& name) {
  auto const folder = std::filesystem::path{__FILE__}.parent_path() / "../../cmake/registry";
  std::ifstream file{folder / name};
  std::string line;
  if (!std::getline(file, line)) throw std::runtime_error{"no table " + name};
  auto const titles = cells(line);
  std::vector<row> rows;
  while (std::getline(file, line)) {
    auto const values = cells(line);
    if (values.size() != titles.size()) throw std::runtime_error{name + ": " + line};
    auto& one = rows.emplace_back();
    for (std::size_t i = 0; i < titles.size(); ++i) one[titles[i]] = values[i];
  }
  return rows;
}

/// A hexadecimal cell.
inline unsigned long hexadecimal(std::string const& cell) { return std::stoul(cell, nullptr, 16); }

}  // namespace registry_table

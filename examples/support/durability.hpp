// SPDX-License-Identifier: BSL-1.0
#pragma once

// --durability, for the programs that keep what they are sent.
#include <codimse/io/durability.hpp>

#include <CLI/CLI.hpp>

#include <map>
#include <string>

namespace program {

/// `chosen` says what holds without the option, and --help tells.
inline void add_durability(CLI::App& app, codimse::durability& chosen) {
  using codimse::durability;
  std::map<std::string, durability> const words{{"none", durability::none},
                                                {"file", durability::file},
                                                {"folder", durability::file_and_folder}};
  std::string initial;
  for (auto const& [word, meaning] : words)
    if (meaning == chosen) initial = word;
  app.add_option("--durability", chosen,
                 "What is on the disk before an object is acknowledged: none (as the system "
                 "pleases), file (its bytes), folder (its name too) [" +
                     initial + "]")
      ->transform(CLI::CheckedTransformer(words).description(""))
      ->type_name("WORD");
}

}  // namespace program

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "support/durability.hpp"
#include "support/program.hpp"
#include <codimse/service/server_core.hpp>

#include <string>
#include <vector>

namespace archive {

/// What the command line says beside the options that every program has.
struct options {
  bool require_called_ae_title = false;
  std::string bind;
  std::string directory = "archive";
  std::string import;
  bool reindex = false;
  codimse::durability durability = codimse::durability::file_and_folder;
  std::vector<std::string> peers;
  std::string worklist;
  unsigned threads = 1;

  void add_to(program::command_line& line) {
    auto& app = line.app;
    app.add_flag("--require-called-aet", require_called_ae_title,
                 "Reject calls of other AE titles");
    line.text("--bind", "ADDRESS", bind, "Listen on this address, or unix:PATH [all addresses]");
    line.text("--directory", "DIR", directory, "Where objects and the index are; made if missing");
    line.text("--import", "DIR", import, "Index the files in DIR and below too, where they lie")
        ->check(CLI::ExistingDirectory.description(""));
    app.add_flag("--reindex", reindex, "Make the index anew from the files in --directory");
    program::add_durability(app, durability);
    app.add_option("--peer", peers, "An AE to send to: C-MOVE, storage commitment; repeatable")
        ->type_name("AET@HOST:PORT");
    line.text("--worklist", "DIR", worklist,
              "Answer worklist queries from the *.wl and *.dcm files in DIR and below")
        ->check(CLI::ExistingDirectory.description(""));
    line.number("--threads", threads, 1U, 256U, "N", "Threads that serve associations");
    line.add_port("Port to listen on; 0: a free one (any with unix:PATH)");
  }

  [[nodiscard]] codimse::server_options for_server(program::command_line& line) const {
    codimse::server_options all;
    all.association = line.association_options();
    all.ae_title = line.ae_title;
    all.port = line.port;
    all.bind_address = bind;
    all.require_called_ae_title = require_called_ae_title;
    all.several_threads = threads > 1;
    return all;
  }
};

}  // namespace archive

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "archive/threads.hpp"
#include <codimse/service/modality_worklist.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace archive {

/// A folder whose files *.wl and *.dcm, also in folders below, are worklist items: data sets with
/// or without meta information. Files that have come, gone or changed are noticed at the next
/// query. A source for `codimse::modality_worklist_scp`; copies share what was read, and may be
/// used from different threads.
class worklist_folder {
 public:
  /// `complain` is told of files that cannot be read, each once, from the executor's threads.
  worklist_folder(std::filesystem::path folder, asio::any_io_executor files,
                  std::function<void(std::string const&)> complain);

  [[nodiscard]] asio::awaitable<codimse::worklist_items> items() {
    auto read = [known = known_] { return current(*known); };
    return run_on(files_, std::move(read));
  }

 private:
  struct known_files;
  static codimse::worklist_items current(known_files& known);

  asio::any_io_executor files_;
  std::shared_ptr<known_files> known_;
};

}  // namespace archive

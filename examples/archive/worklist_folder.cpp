// SPDX-License-Identifier: BSL-1.0
#include "archive/worklist_folder.hpp"

#include <codimse/core/error.hpp>
#include <codimse/file/part10.hpp>

#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace archive {

namespace fs = std::filesystem;

namespace {

/// How a file was when it was read.
struct file_state {
  fs::file_time_type modified;
  std::uintmax_t size = 0;
  friend bool operator==(file_state const&, file_state const&) = default;
};

struct worklist_file {
  file_state state;
  std::optional<codimse::data_set> item;  // none: it cannot be read
};

bool is_worklist_file(fs::directory_entry const& one, std::error_code& failed) {
  auto const kind = one.path().extension();
  return (kind == ".wl" || kind == ".dcm") && one.is_regular_file(failed);
}

std::map<fs::path, file_state> list_files(fs::path const& folder) {
  std::map<fs::path, file_state> all;
  std::error_code failed;
  auto const options = fs::directory_options::skip_permission_denied;
  fs::recursive_directory_iterator at{folder, options, failed};
  while (!failed && at != fs::recursive_directory_iterator{}) {
    std::error_code gone;  // meanwhile
    if (is_worklist_file(*at, gone)) {
      file_state const state{at->last_write_time(gone), at->file_size(gone)};
      if (!gone) all.emplace(at->path(), state);
    }
    at.increment(failed);
  }
  return all;
}

}  // namespace

struct worklist_folder::known_files {
  fs::path folder;
  std::function<void(std::string const&)> complain;
  std::mutex mutex;
  std::map<fs::path, worklist_file> files;
  codimse::worklist_items items = std::make_shared<std::vector<codimse::data_set> const>();

  /// Yields whether anything is different.
  bool look_again() {
    auto const now = list_files(folder);
    auto const gone = std::erase_if(files, [&](auto const& one) {
      auto const found = now.find(one.first);
      return found == now.end() || found->second != one.second.state;
    });
    bool changed = gone > 0;
    for (auto const& [path, state] : now) {
      if (files.contains(path)) continue;
      files.emplace(path, worklist_file{state, read(path)});
      changed = true;
    }
    return changed;
  }
  [[nodiscard]] std::optional<codimse::data_set> read(fs::path const& path) const {
    try {
      return codimse::load_part10(path).dataset;
    } catch (codimse::error const& bad) {
      complain(std::string{"worklist: "} + bad.what());
      return std::nullopt;
    }
  }
};

worklist_folder::worklist_folder(fs::path folder, asio::any_io_executor files,
                                 std::function<void(std::string const&)> complain)
    : files_{std::move(files)}, known_{std::make_shared<known_files>()} {
  known_->folder = std::move(folder);
  known_->complain = std::move(complain);
}

codimse::worklist_items worklist_folder::current(known_files& known) {
  std::lock_guard const lock{known.mutex};
  if (known.look_again()) {
    std::vector<codimse::data_set> items;
    for (auto const& [path, one] : known.files)
      if (one.item) items.push_back(*one.item);
    known.items = std::make_shared<std::vector<codimse::data_set> const>(std::move(items));
  }
  return known.items;
}

}  // namespace archive

// SPDX-License-Identifier: BSL-1.0
#include "archive/scan.hpp"

#include "archive/instance_reader.hpp"
#include "archive/sqlite_index.hpp"
#include "support/terminal.hpp"

#include <algorithm>
#include <deque>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace archive {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t batch_size = 256;

struct found_file {
  fs::path path;
  std::uint64_t size = 0;
};

bool is_ours(fs::path const& path) {
  auto const name = path.filename().string();
  return name.starts_with("index.sqlite") || name == "archive.lock";
}
bool is_unfinished(fs::path const& path) {
  auto const name = path.filename().string();
  return name.starts_with('.') && name.ends_with(".part");
}

/// In order of their names, so that the result does not depend on the file system.
std::vector<found_file> list_files(fs::path const& folder) {
  std::vector<found_file> all;
  std::error_code failed;
  auto const options = fs::directory_options::skip_permission_denied;
  for (auto const& one : fs::recursive_directory_iterator{folder, options}) {
    if (!one.is_regular_file(failed) || is_ours(one.path())) continue;
    if (!is_unfinished(one.path())) all.push_back({one.path(), one.file_size(failed)});
  }
  std::ranges::sort(all, {}, &found_file::path);
  return all;
}

/// Collects objects and adds them many at a time: each addition waits for the disk once.
class batch {
 public:
  batch(object_index& index, scan_callbacks const& watch, scan_result& result)
      : index_{index}, watch_{watch}, result_{result} {}

  void add(found_file const& file) {
    try {
      if (index_.knows(file.path, modified_at(file.path), file.size)) {
        ++result_.unchanged;
        return;
      }
      records_.push_back(read_instance(file.path));
    } catch (index_error const&) {
      throw;
    } catch (std::exception const& bad) {
      skip(file.path, bad.what());
    }
    if (records_.size() >= batch_size) flush();
  }

  void flush() {
    std::vector<addition> all;
    all.reserve(records_.size());
    for (auto const& one : records_) all.push_back({&one});
    if (!all.empty()) index_.add(all);
    for (auto const& one : all) account(one);
    records_.clear();
  }

 private:
  void account(addition const& one) {
    auto const& path = one.record->file.path;
    if (one.problem) std::rethrow_exception(one.problem);
    if (one.elsewhere) skip(path, "the same SOP Instance is in " + one.elsewhere->string());
    else ++result_.added;
  }
  void skip(fs::path const& path, std::string const& why) {
    ++result_.skipped;
    auto const name = program::shown(path);
    bool const named = why.find(name) != std::string::npos;
    if (watch_.complain) watch_.complain("skipped " + (named ? why : name + ": " + why));
  }

  object_index& index_;
  scan_callbacks const& watch_;
  scan_result& result_;
  std::deque<instance_record> records_;
};

scan_result index_all(std::vector<found_file> const& files, object_index& index,
                      scan_callbacks const& watch) {
  scan_result result;
  std::uint64_t all = 0;
  std::uint64_t done = 0;
  for (auto const& one : files) all += one.size;
  batch some{index, watch, result};
  for (auto const& one : files) {
    some.add(one);
    done += one.size;
    if (watch.progress) watch.progress(done, all);
  }
  some.flush();
  return result;
}

/// What was written to a file is on the disk.
void synchronize(fs::path const& path) {
  int const opened = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  bool const failed = opened < 0 || ::fsync(opened) != 0;
  auto const why = errno;
  if (opened >= 0) ::close(opened);
  if (failed) throw std::system_error{why, std::generic_category(), path.string()};
}

fs::path with_suffix(fs::path path, char const* suffix) { return path += suffix; }

}  // namespace

scan_result index_files(fs::path const& folder, object_index& index, scan_callbacks const& watch) {
  return index_all(list_files(fs::canonical(folder)), index, watch);
}

scan_result rebuild_index(fs::path const& folder, fs::path const& index,
                          scan_callbacks const& watch) {
  auto const fresh = with_suffix(index, ".new");
  fs::remove(fresh);
  scan_result result;
  {
    sqlite_index building{fresh, true};
    result = index_all(list_files(folder), building, watch);
  }
  synchronize(fresh);
  // A log of the old index must not meet the new one. Without any index, the next start makes one.
  fs::remove(index);
  fs::remove(with_suffix(index, "-wal"));
  fs::remove(with_suffix(index, "-shm"));
  fs::rename(fresh, index);
  return result;
}

}  // namespace archive

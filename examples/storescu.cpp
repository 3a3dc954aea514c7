// SPDX-License-Identifier: BSL-1.0
// storescu: sends DICOM files to a peer (C-STORE as SCU, PS3.4 Annex B), each as it is.
#include "support/program.hpp"
#include "support/progress_bar.hpp"
#include <codimse/client.hpp>
#ifdef CODIMSE_EXAMPLE_DEFLATE
#include <codimse/deflate.hpp>
#endif

#include <set>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct tally {
  std::size_t sent = 0;
  std::size_t warnings = 0;
  std::size_t failed = 0;
  std::size_t skipped = 0;
  std::uint64_t bytes = 0;     // of data sets that were stored
  std::size_t dealt_with = 0;  // of the files that were found
};

/// Finds the files to send. What cannot be sent is a failure where it was asked for by name, and is
/// skipped where it was met in a directory.
class finder {
 public:
  finder(program::command_line& line, tally& count) : line_{line}, count_{count} {}

  void add(fs::path const& path) {
    visited_.clear();
    std::error_code failed;
    auto const status = fs::status(path, failed);
    if (failed && status.type() != fs::file_type::not_found) fail(path, failed.message());
    else if (status.type() == fs::file_type::not_found) fail(path, "no such file or directory");
    else if (fs::is_directory(status)) add_directory(path);
    else add_file(path, status, true);
  }
  [[nodiscard]] std::vector<codimse::part10_file> const& files() const { return files_; }

 private:
  /// Sorted, so that the order is the same each time; each directory once, so that loops of
  /// symbolic links end.
  void add_directory(fs::path const& path) {
    std::error_code failed;
    if (!visited_.insert(fs::canonical(path, failed)).second) return;
    std::vector<fs::path> entries;
    fs::directory_iterator at{path, failed};
    for (; !failed && at != fs::directory_iterator{}; at.increment(failed)) entries.push_back(*at);
    if (failed) return fail(path, failed.message());
    std::ranges::sort(entries);
    for (fs::path const& entry : entries) {
      auto const status = fs::status(entry, failed);
      if (fs::is_directory(status)) add_directory(entry);
      else add_file(entry, status, false);
    }
  }

  void add_file(fs::path const& path, fs::file_status const& status, bool named) {
    if (!fs::is_regular_file(status)) return leave_out(path, "not a regular file", named);
    auto const found = codimse::examine_part10(path);
    if (!found && found.error() == codimse::errc::not_a_dicom_file)
      leave_out(path, found.error().message(), named);
    else if (!found) fail(path, found.error().message());
    else if (found->info.sop_class == media_storage_directory)
      leave_out(path, "a DICOMDIR, which is not for sending", named);
    else if (!whole(found->info.sop_class) || !whole(found->info.sop_instance))
      fail(path, "a UID has more than 64 characters");
    else files_.push_back(*found);
  }

  void leave_out(fs::path const& path, std::string const& why, bool named) {
    if (named) return fail(path, why);
    line_.remark("skipped: " + program::shown(path) + ": " + why);
    ++count_.skipped;
  }
  void fail(fs::path const& path, std::string const& why) {
    line_.complain(program::shown(path) + ": " + why);
    ++count_.failed;
  }

  /// A longer UID is not kept whole: sent, it would name another object.
  static bool whole(codimse::uid const& one) { return codimse::uid{one.view()} == one; }

  static constexpr codimse::uid media_storage_directory{"1.2.840.10008.1.3.10"};

  program::command_line& line_;
  tally& count_;
  std::set<fs::path> visited_;
  std::vector<codimse::part10_file> files_;
};

/// Keeps account of what is sent, and shows it.
class report {
 public:
  report(program::command_line const& line, tally& count, bool progress, std::uint64_t all)
      : line_{line}, count_{count}, bar_{progress, all} {}

  void progress(std::uint64_t of_this_file) { bar_.show(handled_ + of_this_file); }
  void done(codimse::sent_file const& one) {
    handled_ += one.file.data_set_size;
    ++count_.dealt_with;
    if (!one.stored()) return not_stored(one);
    ++count_.sent;
    count_.bytes += one.file.data_set_size;
    if (!one.status->is_warning()) return;
    ++count_.warnings;
    bar_.hide();
    line_.remark(words(one, "warning"));
  }
  void finish() { bar_.finish(); }

 private:
  void not_stored(codimse::sent_file const& one) {
    ++count_.failed;
    bar_.hide();
    line_.complain(words(one, "failed"));
  }
  static std::string words(codimse::sent_file const& one, std::string const& what) {
    std::string text = program::shown(one.file.path) + ": " + what;
    if (one.status) text += ", status " + program::shown(*one.status);
    if (!one.problem.empty()) text += ": " + one.problem;
    return text;
  }

  program::command_line const& line_;
  tally& count_;
  program::progress_bar bar_;
  std::uint64_t handled_ = 0;
};

asio::awaitable<int> send_all(program::command_line& line,
                              std::vector<codimse::part10_file> const& files, bool progress,
                              tally& count) {
  std::uint64_t all = 0;
  for (auto const& one : files) all += one.data_set_size;
  report account{line, count, progress, all};
  codimse::sending_callbacks watch;
  watch.done = [&account](codimse::sent_file const& one) { account.done(one); };
  watch.progress = [&account](auto const&, std::uint64_t bytes) { account.progress(bytes); };
  auto const executor = co_await asio::this_coro::executor;
  codimse::storage_sender sender{executor, line.peer(), line.association_options()};
  co_await sender.send(files, watch);
  account.finish();
  co_return count.failed == 0 ? program::success : program::failure;
}

void summarize(tally const& count, codimse::duration took) {
  double const seconds = std::max(1e-6, std::chrono::duration<double>{took}.count());
  double const megabytes = static_cast<double>(count.bytes) / 1e6;
  std::printf(
      "sent %zu (%zu with warnings), failed %zu, skipped %zu: %.1f MB in %.2f s, %.1f MB/s, "
      "%.0f objects/s\n",
      count.sent, count.warnings, count.failed, count.skipped, megabytes, seconds,
      megabytes / seconds, static_cast<double>(count.sent) / seconds);
}

}  // namespace

int main(int argc, char** argv) {
#ifdef CODIMSE_EXAMPLE_DEFLATE
  codimse::use_deflate();  // deflated data sets can be looked into
#endif
  program::command_line line{"storescu", "Sends DICOM files to a peer (C-STORE), as they are."};
  bool progress = false;
  std::vector<std::string> paths;
  line.app.add_flag("--progress", progress, "Show a bar, if standard error is a terminal");
  line.add_association_options();
  line.add_peer();
  line.app.add_option("PATH", paths, "Files, or directories with files at any depth")
      ->type_name("")
      ->required();
  if (!line.parse(argc, argv)) return line.exit_code;

  tally count;
  finder found{line, count};
  for (auto const& path : paths) found.add(path);
  if (found.files().empty()) {
    line.complain("nothing to send");
    return program::failure;
  }
  asio::io_context context{1};
  auto const begun = std::chrono::steady_clock::now();
  int const exit_code =
      program::run_client(line, context, send_all(line, found.files(), progress, count));
  count.failed += found.files().size() - count.dealt_with;  // no connection, or interrupted
  summarize(count, std::chrono::steady_clock::now() - begun);
  return exit_code;
}

// SPDX-License-Identifier: BSL-1.0
// storescu: sends DICOM files to a peer (C-STORE as SCU, PS3.4 Annex B), each as it is.
#include "support/delivery_report.hpp"
#include "support/file_finder.hpp"
#include "support/program.hpp"
#include "support/progress_bar.hpp"
#include <codimse/client.hpp>
#ifdef CODIMSE_EXAMPLE_DEFLATE
#include <codimse/deflate.hpp>
#endif

#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace {

using codimse::delivery;
namespace fs = std::filesystem;

struct settings {
  bool progress = false;
  std::vector<std::string> paths;
  unsigned retries = 0;
  double retry_delay = 1;
  std::string report;
  std::string resume;

  /// Who asks for retries wants nothing lost: what was never answered is sent again, too.
  [[nodiscard]] codimse::retry_policy policy() const {
    codimse::retry_policy how;
    how.retries = retries;
    how.first_delay =
        std::chrono::duration_cast<codimse::duration>(std::chrono::duration<double>{retry_delay});
    how.longest_delay = std::max(how.longest_delay, how.first_delay);
    how.resend_unanswered = true;
    how.retry_out_of_resources = true;
    return how;
  }
};

/// Keeps account of what is sent, and shows it.
class account {
 public:
  account(program::command_line const& line, std::vector<codimse::part10_file> const& files,
          program::delivery_report* report, bool progress)
      : line_{line}, files_{files}, report_{report}, bar_{progress, size_of(files)} {}

  [[nodiscard]] codimse::sending_callbacks callbacks() {
    codimse::sending_callbacks watch;
    watch.begin = [this](codimse::part10_file const& one) {
      if (report_ != nullptr) report_->begin(number_of(one));
    };
    watch.progress = [this](auto const&, std::uint64_t bytes) { bar_.show(handled_ + bytes); };
    watch.done = [this](codimse::sent_file const& one) { done(one); };
    watch.retrying = [this](codimse::retry_notice const& what) { waiting(what); };
    return watch;
  }
  void finish() { bar_.finish(); }

  [[nodiscard]] std::size_t count(delivery how) const {
    return counts_[static_cast<std::size_t>(how)];
  }
  /// Of those, some were never spoken of: no connection, or interrupted.
  [[nodiscard]] std::size_t not_tried() const {
    std::size_t told = 0;
    for (auto const one : counts_) told += one;
    return count(delivery::not_tried) + files_.size() - told;
  }
  [[nodiscard]] std::uint64_t bytes_stored() const { return bytes_stored_; }

 private:
  static std::uint64_t size_of(std::vector<codimse::part10_file> const& files) {
    std::uint64_t all = 0;
    for (auto const& one : files) all += one.data_set_size;
    return all;
  }
  [[nodiscard]] std::size_t number_of(codimse::part10_file const& one) const {
    return static_cast<std::size_t>(&one - files_.data());
  }

  void done(codimse::sent_file const& one) {
    handled_ += one.file.data_set_size;
    ++counts_[static_cast<std::size_t>(one.how)];
    if (report_ != nullptr)
      report_->done(number_of(one.file), one, one.status ? program::shown(*one.status) : "");
    if (one.stored()) bytes_stored_ += one.file.data_set_size;
    if (one.how == delivery::stored) return;
    bar_.hide();
    switch (one.how) {
      case delivery::warned: line_.remark(words(one, "warning")); break;
      case delivery::unanswered: line_.complain(words(one, "failed, sent but not answered")); break;
      default: line_.complain(words(one, "failed")); break;
    }
  }
  void waiting(codimse::retry_notice const& what) {
    bar_.hide();
    std::array<char, 32> seconds{};
    std::snprintf(seconds.data(), seconds.size(), "%.1f",
                  std::chrono::duration<double>{what.delay}.count());
    line_.remark(what.problem + "; trying again in " + seconds.data() + " s (" +
                 std::to_string(what.nth) + " of " + std::to_string(what.of) + ")");
  }
  static std::string words(codimse::sent_file const& one, std::string const& what) {
    std::string text = program::shown(one.file.path) + ": " + what;
    if (one.status) text += ", status " + program::shown(*one.status);
    if (!one.problem.empty()) text += ": " + one.problem;
    return text;
  }

  program::command_line const& line_;
  std::vector<codimse::part10_file> const& files_;
  program::delivery_report* report_;
  program::progress_bar bar_;
  std::uint64_t handled_ = 0;
  std::uint64_t bytes_stored_ = 0;
  std::array<std::size_t, 5> counts_{};  // by delivery
};

asio::awaitable<int> send_all(program::command_line& line,
                              std::vector<codimse::part10_file> const& files,
                              settings const& wanted, account& book) {
  auto const executor = co_await asio::this_coro::executor;
  codimse::storage_sender sender{executor, line.peer(), line.association_options()};
  sender.retry(wanted.policy());
  codimse::sending_callbacks const watch = book.callbacks();
  co_await sender.send(files, watch);
  book.finish();
  bool const all = book.count(delivery::stored) + book.count(delivery::warned) == files.size();
  co_return all ? program::success : program::failure;
}

void summarize(account const& book, program::file_finder const& found, codimse::duration took) {
  double const seconds = std::max(1e-6, std::chrono::duration<double>{took}.count());
  double const megabytes = static_cast<double>(book.bytes_stored()) / 1e6;
  auto const warnings = book.count(delivery::warned);
  auto const sent = book.count(delivery::stored) + warnings;
  auto const failed = book.count(delivery::failed) + found.failed();
  auto const unanswered = book.count(delivery::unanswered);
  auto const lost = failed + unanswered + book.not_tried();
  std::printf(
      "sent %zu (%zu with warnings), failed %zu, skipped %zu: %.1f MB in %.2f s, %.1f MB/s, "
      "%.0f objects/s\n",
      sent, warnings, lost, found.skipped(), megabytes, seconds, megabytes / seconds,
      static_cast<double>(sent) / seconds);
  if (lost > 0)
    std::printf("not acknowledged %zu: %zu failed, %zu unanswered, %zu not tried\n", lost, failed,
                unanswered, book.not_tried());
  if (found.acknowledged_before() > 0)
    std::printf("acknowledged before %zu\n", found.acknowledged_before());
}

/// Opens what --report and --resume name; none where neither does. Throws where that cannot be.
std::unique_ptr<program::delivery_report> open_report(settings const& wanted,
                                                      codimse::peer const& to) {
  using program::delivery_report;
  std::string const peer =
      std::string{to.called_ae_title.view()} + "@" + to.host.str() + ":" + std::to_string(to.port);
  std::unique_ptr<delivery_report> report;
  if (!wanted.resume.empty()) report = delivery_report::resume(wanted.resume, peer);
  if (report && !report->complete() && wanted.paths.empty())
    throw std::runtime_error{wanted.resume +
                             ": that run ended before it had listed all files: name the PATHs "
                             "again"};
  std::error_code ignored;
  bool const same = report && fs::equivalent(wanted.report, wanted.resume, ignored);
  if (!wanted.report.empty() && !same)
    report = std::make_unique<delivery_report>(wanted.report, peer, report.get());
  return report;
}

int run(program::command_line& line, settings const& wanted) {
  auto const report = open_report(wanted, line.peer());
  program::file_finder found{line, report.get()};
  for (auto const& path : wanted.paths) found.add(path);
  if (!wanted.resume.empty()) found.add_rest_of_report();
  if (report) report->listed();
  if (found.files().empty() && found.acknowledged_before() == 0) {
    line.complain("nothing to send");
    return program::failure;
  }
  account book{line, found.files(), report.get(), wanted.progress};
  int exit_code = program::success;
  auto const begun = std::chrono::steady_clock::now();
  if (!found.files().empty()) {
    asio::io_context context{1};
    exit_code = program::run_client(line, context, send_all(line, found.files(), wanted, book));
  }
  summarize(book, found, std::chrono::steady_clock::now() - begun);
  return exit_code == program::success && found.failed() > 0 ? program::failure : exit_code;
}

void add_options(program::command_line& line, settings& wanted) {
  line.app.add_flag("--progress", wanted.progress, "Show a bar, if standard error is a terminal");
  line.number<unsigned>(
      "--retries", wanted.retries, 0, 1000, "N",
      "Try again up to N times what failed for a reason that may pass: no connection, a transient "
      "rejection, a lost or aborted association, out of resources (A7xx). This also sends again "
      "what was sent and never answered: the peer may get such an object twice, the same both "
      "times");
  line.number(
      "--retry-delay", wanted.retry_delay, 0.0, 86400.0, "SECONDS",
      "Before the first of these; twice as long before each next one, up to a minute, or this "
      "if longer; each up to a quarter shorter, by chance");
  line.text("--report", "FILE", wanted.report,
            "Keep account in FILE, at every moment: a line of tab separated fields, bytes other "
            "than printable ASCII as %XX, for each change of state (not_tried, stored, warned, "
            "failed, unanswered): state, path, SOP Instance UID, size, time of change, status, "
            "transient or permanent, tries, problem. The last line of a path is what holds. FILE "
            "must not hold one yet: see "
            "--resume");
  line.text("--resume", "FILE", wanted.resume,
            "Go on from the report of a former run: send what was not acknowledged, failures and "
            "unanswered ones included, leave out what was and has not changed since, and keep "
            "account in the same FILE, or in that of --report. No PATH is needed");
  line.add_association_options();
  line.add_peer();
  line.app
      .add_option("PATH", wanted.paths,
                  "Files, or directories with files at any depth; needed unless --resume")
      ->type_name("");
}

}  // namespace

int main(int argc, char** argv) {
#ifdef CODIMSE_EXAMPLE_DEFLATE
  codimse::use_deflate();  // deflated data sets can be looked into
#endif
  program::command_line line{"storescu", "Sends DICOM files to a peer (C-STORE), as they are."};
  settings wanted;
  add_options(line, wanted);
  line.app.final_callback([&wanted] {
    if (wanted.paths.empty() && wanted.resume.empty()) throw CLI::RequiredError("PATH");
  });
  if (!line.parse(argc, argv)) return line.exit_code;
  try {
    return run(line, wanted);
  } catch (std::exception const& problem) {
    line.complain(problem.what());
    return program::failure;
  }
}

// SPDX-License-Identifier: BSL-1.0
#pragma once

// What findscu, movescu and getscu share: Ctrl-C sends C-CANCEL, and how their responses are told.
#include "support/program.hpp"
#include "support/verbose.hpp"
#include <codimse/data/data_set.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/dimse/retrieve_response.hpp>
#include <codimse/dimse/status_meaning.hpp>

#include <asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>
#include <unistd.h>
#include <utility>

namespace program {

/// Lets Ctrl-C ask the peer to stop.
class interruption {
 public:
  /// How long the peer may take to answer C-CANCEL.
  static constexpr std::chrono::seconds patience{10};

  /// What asks it: none, as long as there is nobody to ask.
  std::function<void()> ask;
  /// Was it asked?
  bool asked = false;
};

/// Says what Ctrl-C does for as long as there are responses to wait for.
class asking {
 public:
  asking(interruption& stop, std::function<void()> ask) : stop_{stop} {
    stop_.ask = std::move(ask);
  }
  asking(asking const&) = delete;
  asking& operator=(asking const&) = delete;
  ~asking() { stop_.ask = nullptr; }

 private:
  interruption& stop_;
};

/// Runs a client as `run_client` does, but the first Ctrl-C (or SIGTERM) asks the peer to stop, if
/// it is at work, and waits for its last word; a second one, or too much patience, aborts.
inline int run_query_client(command_line const& line, asio::io_context& context,
                            asio::awaitable<int> client, interruption& stop) {
  bool done = false;
  bool aborted = false;
  int exit_code = failure;
  asio::cancellation_signal cancel;
  asio::signal_set signals{context, SIGINT, SIGTERM};
  asio::steady_timer patience{context};
  auto const abort = [&] {
    aborted = true;
    signals.clear();
    cancel.emit(asio::cancellation_type::terminal);
  };
  std::function<void(std::error_code, int)> const on_signal = [&](std::error_code failed, int) {
    if (failed || done) return;
    if (!stop.ask || std::exchange(stop.asked, true)) return abort();
    stop.ask();
    patience.expires_after(interruption::patience);
    patience.async_wait([&](std::error_code ended) {
      if (!ended && !done && !aborted) abort();
    });
    signals.async_wait(std::ref(on_signal));
  };
  signals.async_wait(std::ref(on_signal));
  auto const finish = [&](std::exception_ptr problem, int code) {
    done = true;
    exit_code = problem == nullptr ? code : failure;
    signals.cancel();
    patience.cancel();
    if (problem == nullptr || aborted) return;
    try {
      std::rethrow_exception(problem);
    } catch (std::exception const& e) {
      line.complain(e.what());
    }
  };
  asio::co_spawn(context, std::move(client), asio::bind_cancellation_slot(cancel.slot(), finish));
  while (!done && context.run_one() != 0) {
  }
  context.run_for(std::chrono::seconds{1});  // an A-ABORT on its way out
  if (!aborted && (!stop.asked || exit_code == success)) return exit_code;
  line.complain("interrupted");
  return interrupted;
}

/// "status A801: move destination unknown (comment of the peer)".
template <class Response>
std::string status_text(Response const& response, codimse::command_field request) {
  std::string text = "status " + shown(response.status);
  auto const meaning = codimse::meaning_of(response.status, request);
  if (!meaning.empty()) text.append(": ").append(meaning);
  if (!response.error_comment.empty()) text += " (" + escaped(response.error_comment.view()) + ')';
  return text;
}

/// How far a C-GET or C-MOVE is: lines with --verbose, a bar with --progress on a terminal.
class retrieve_progress {
 public:
  retrieve_progress(command_line const& line, bool bar)
      : line_{line}, bar_{bar && ::isatty(STDERR_FILENO) == 1} {}

  void show(codimse::sub_operation_counters const& now) {
    if (line_.verbose) line_.remark(text(now));
    else if (bar_) draw(now);
  }
  void hide() const {
    if (bar_) std::fputs("\r\x1b[K", stderr);
  }

  [[nodiscard]] static std::string text(codimse::sub_operation_counters const& now) {
    std::string words = std::to_string(now.completed.value_or(0)) + " completed, " +
                        std::to_string(now.failed.value_or(0)) + " failed, " +
                        std::to_string(now.warning.value_or(0)) + " with warnings";
    if (now.remaining) words += ", " + std::to_string(*now.remaining) + " remaining";
    return words;
  }

 private:
  void draw(codimse::sub_operation_counters const& now) const {
    constexpr std::size_t width = 40;
    std::size_t const done =
        std::size_t{now.completed.value_or(0)} + now.failed.value_or(0) + now.warning.value_or(0);
    std::size_t const all = done + now.remaining.value_or(0);
    std::size_t const filled = all == 0 ? 0 : width * done / all;
    std::fprintf(stderr, "\r\x1b[K[%s%s] %s", std::string(filled, '#').c_str(),
                 std::string(width - filled, '.').c_str(), text(now).c_str());
  }

  command_line const& line_;
  bool bar_;
};

/// What the final response of a C-GET or C-MOVE says: a summary on standard output, problems on
/// standard error, those of ours (`failed_here` objects) with them. Yields whether everything
/// succeeded.
template <class Answer>
bool tell_end(command_line const& line, Answer const& last, codimse::command_field request,
              bool cancelled, std::size_t failed_here = 0) {
  auto const& counters = last.sub_operations;
  std::printf("%s\n", retrieve_progress::text(counters).c_str());
  bool const some_failed = counters.failed.value_or(0) != 0 || counters.warning.value_or(0) != 0;
  bool const expected = (last.status.is_success() && !some_failed) ||
                        (cancelled && last.status == codimse::status::cancel);
  std::string problem;
  if (!expected) problem = "the peer answered with " + status_text(last, request);
  if (failed_here != 0) {
    if (!problem.empty()) problem += "; ";
    problem += std::to_string(failed_here) + " objects could not be stored here";
  }
  if (!problem.empty()) line.complain(problem);
  if (last.status.is_success() && !some_failed) return failed_here == 0;
  if (!line.verbose || !last.has_data_set()) return false;
  try {
    codimse::data_set const list = last.attributes();
    for (auto const& one : list.get_all<std::string>(codimse::tags::failed_sop_instance_uid_list))
      line.remark("failed: " + one);
  } catch (codimse::error const& e) {
    line.remark(e.what());
  }
  return false;
}

}  // namespace program

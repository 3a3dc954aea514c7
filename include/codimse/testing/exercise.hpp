// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/io/stream.hpp>
#include <codimse/testing/event_loop.hpp>
#include <codimse/testing/scripted_peer.hpp>

#include <asio/awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0::testing {

/// How the tested side ended: the error that it met, if any, and what it has to tell.
/// Used on one executor, its association's or its owner's.
class system_end {
 public:
  std::error_code error;
  std::string what;
  std::vector<std::string> log;

  [[nodiscard]] std::string describe() const {
    std::string out = error ? error.message() : "no error";
    for (auto const& one : log) out += "; " + one;
    return out;
  }
};

/// What is tested: gets a stream whose other end the script holds, and completes when its side of
/// the association is over. An exception that it throws becomes the error of its end.
using system_under_test =
    std::function<asio::awaitable<system_end>(event_loop&, std::unique_ptr<stream>)>;

/// One replay, played.
/// A value: distinct objects may be used from different threads.
class replay_result {
 public:
  replay how;
  bool hung = false;
  std::string hang_reason;
  system_end end;
  transcript seen;
};

/// A complaint about a replay; empty: all is well.
using replay_check = std::function<std::string(replay_result const&)>;

/// What came out of all replays of a script.
/// A value: distinct objects may be used from different threads.
class exercise_report {
 public:
  std::size_t steps = 0;
  std::size_t replays = 0;        ///< all of them
  std::size_t failing_steps = 0;  ///< those that break off before a step
  std::size_t cuts = 0;           ///< those that break off after some byte
  std::vector<std::string> problems;
  replay_result normal;
};

/// Which replays `exercise` makes.
/// Used on one executor, its association's or its owner's.
struct exercise_options {
  /// At most so many cuts; where the peer sends more bytes, they are spread over all of them.
  std::size_t most_cuts = 2000;
  /// Also over narrow connections: one byte at a time in either direction. Must end alike.
  bool narrow = true;
  run_bounds bounds{};
};

/// Plays a script against the tested side, once.
[[nodiscard]] inline replay_result play(script const& what, system_under_test const& system,
                                        replay const& how = {}, run_bounds const& bounds = {}) {
  replay_result out;
  out.how = how;
  event_loop loop;
  auto both = make_duplex(loop.executor(), how.capacity);
  both.first->max_read(how.read_size);
  both.first->max_write(how.write_size);
  auto peer = std::make_unique<scripted_peer>(loop.executor(), loop.clock(), std::move(both.second),
                                              what, how);
  auto const seen = peer->seen();
  auto const tested = loop.spawn(system(loop, std::move(both.first)));
  auto const played = loop.spawn(scripted_peer::play(std::move(peer)));
  auto const ended = loop.run_until([&] { return tested->done && played->done; }, bounds);
  out.seen = *seen;
  out.hung = ended != event_loop::ended::as_asked;
  if (out.hung) {
    out.hang_reason = event_loop::describe(ended) +
                      (tested->done ? "" : "; the tested side has not ended") +
                      (played->done ? "" : "; the peer has not ended");
  }
  if (!tested->done) return out;
  try {
    out.end = tested->take();
  } catch (std::system_error const& thrown) {
    out.end.error = thrown.code();
    out.end.what = thrown.what();
  } catch (std::exception const& thrown) {
    out.end.error = make_error_code(errc::invalid_argument);
    out.end.what = thrown.what();
  }
  return out;
}

namespace detail {

/// A broken connection ends the tested side as an unbroken one would, or with the error that says
/// so; and whatever it sent until then was well-formed.
inline std::string check_broken(replay_result const& one, replay_result const& normal) {
  auto const& error = one.end.error;
  if (one.hung) return one.hang_reason;
  bool const nothing_begun = !error && one.seen.bytes_received == 0;
  bool const about_the_break =
      nothing_begun || error == errc::connection_closed || error == normal.end.error;
  if (!about_the_break) return "ended with: " + one.end.describe();
  return one.seen.malformed;
}

inline std::string check_whole(replay_result const& one) {
  if (one.hung) return one.hang_reason + "; " + one.seen.problem;
  return one.seen.problem;
}

}  // namespace detail

/// Plays a script in every way: as it is; over narrow connections; broken off before each of its
/// steps, by half-close, close and reset; cut after every byte that the peer sends. `check` judges
/// each replay beyond what always holds: nothing hangs, unbroken replays go as scripted and end
/// alike, broken ones end with the same error or `errc::connection_closed`.
[[nodiscard]] inline exercise_report exercise(script const& what, system_under_test const& system,
                                              replay_check const& check = {},
                                              exercise_options const& options = {}) {
  exercise_report report;
  report.steps = what.size();
  auto const go = [&](replay const& how) {
    ++report.replays;
    replay_result const one = play(what, system, how, options.bounds);
    auto problem =
        how.broken() ? detail::check_broken(one, report.normal) : detail::check_whole(one);
    if (problem.empty() && check) problem = check(one);
    if (problem.empty() && !how.broken() && report.replays > 1 &&
        one.end.describe() != report.normal.end.describe())
      problem = "ended differently: " + one.end.describe();
    if (!problem.empty())
      report.problems.push_back("'" + what.name() + "' " + how.describe() + ": " + problem);
    return one;
  };
  report.normal = go({});
  if (!report.problems.empty()) return report;
  if (options.narrow) {
    go({.read_size = 1});
    go({.write_size = 1});
    go({.read_size = 7, .write_size = 5, .capacity = 512});
  }
  for (auto const way : {breakage::half_close, breakage::close, breakage::reset})
    for (std::size_t step = 0; step < what.size(); ++step) {
      ++report.failing_steps;
      go({.fail_before = step, .how = way});
    }
  std::size_t const sent = report.normal.seen.bytes_sent;
  std::size_t const stride = std::max<std::size_t>(
      1, (sent + options.most_cuts - 1) / std::max<std::size_t>(options.most_cuts, 1));
  for (std::size_t n = 0; n < sent; n += stride) {
    ++report.cuts;
    go({.cut_after = n});
  }
  return report;
}

}  // namespace codimse::inline v0::testing

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/buffer_pool.hpp>
#include <codimse/testing/event_loop.hpp>
#include <codimse/testing/event_trace.hpp>
#include <codimse/testing/network_plan.hpp>
#include <codimse/testing/pdu_watch.hpp>
#include <codimse/testing/seeded_random.hpp>
#include <codimse/testing/simulated_stream.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace codimse::inline v0::testing {

/// The ends of a connection between which anything may happen, and what each end sent.
/// Used on one executor, its association's or its owner's.
struct simulated_connection {
  std::unique_ptr<stream> first;
  std::unique_ptr<stream> second;
  std::shared_ptr<pdu_watch> sent_by_first;
  std::shared_ptr<pdu_watch> sent_by_second;
};

/// One run: an event loop with a virtual clock, connections with faults, random numbers, a trace of
/// what happened, and complaints. Everything in it follows from the seed.
///
///     testing::simulation run{42};
///     testing::portless_scp scp{{.clock = &run.clock()}, my_service{}};
///     auto both = run.connect();
///     run.loop().spawn(scp.serve(run.loop().executor(), std::move(both.second)));
///     run.loop().spawn(my_client(run, std::move(both.first)));   // codimse::associate
///     run.play(std::chrono::minutes{30});
///     run.require(my_model_is_right(), "an acknowledged object is missing");
///
/// Used on one executor.
class simulation {
 public:
  explicit simulation(std::uint64_t seed, bool keep_lines = false) : seed_{seed}, random_{seed} {
    trace_ = std::make_unique<event_trace>(loop_.clock());
    trace_->keep_lines(keep_lines);
  }
  simulation(simulation const&) = delete;
  simulation& operator=(simulation const&) = delete;

  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  [[nodiscard]] event_loop& loop() { return loop_; }
  [[nodiscard]] virtual_clock& clock() { return loop_.clock(); }
  [[nodiscard]] seeded_random& random() { return random_; }
  [[nodiscard]] event_trace& trace() { return *trace_; }

  /// A connection with mishaps drawn for this kind of weather, or with those of a plan.
  [[nodiscard]] simulated_connection connect(weather const& how = {}) {
    return connect(network_plan::draw(random_, how));
  }
  [[nodiscard]] simulated_connection connect(network_plan plan) {
    auto const number = std::to_string(watches_.size() / 2);
    trace_->note("connection " + number, plan.describe());
    for (auto const* const end : {&plan.first, &plan.second})
      mishaps_ += end->reading.events.size() + end->writing.events.size();
    auto ends = make_duplex(loop_.executor(), plan.capacity);
    simulated_connection out;
    out.sent_by_first = watch();
    out.sent_by_second = watch();
    out.first = wrap(std::move(ends.first), std::move(plan.first), number + "a", out.sent_by_first);
    out.second =
        wrap(std::move(ends.second), std::move(plan.second), number + "b", out.sent_by_second);
    return out;
  }
  /// Mishaps that were planned for the connections so far.
  [[nodiscard]] std::size_t mishaps() const { return mishaps_; }

  /// A complaint, unless it holds.
  void require(bool holds, std::string const& what) {
    if (!holds) problems_.push_back(what);
  }
  [[nodiscard]] std::vector<std::string> const& problems() const { return problems_; }

  /// Lets everything happen until nothing is left that could. Complains when that takes more than
  /// `at_most` of virtual time, when coroutines or deadlines are left, when somebody sent what
  /// nobody may send any more (`pdu_watch`), and when buffers are still borrowed.
  void play(duration at_most) {
    run_bounds bounds;
    bounds.time = at_most;
    auto const begun = clock().now();
    auto how = event_loop::ended::nothing_left;
    try {
      how = loop_.run_until([] { return false; }, bounds);
    } catch (std::exception const& thrown) {
      require(false, std::string{"an exception left a coroutine: "} + thrown.what());
    }
    lasted_ = clock().now() - begun;
    trace_->note("simulation", "ended");
    require(how == event_loop::ended::nothing_left, event_loop::describe(how));
    require(loop_.context().stopped(), "something still waits, and nothing will wake it");
    for (auto const& one : watches_) require(one->problem().empty(), one->problem());
    require(codimse::detail::shared_buffer_pool()->lent() == 0, "buffers are still borrowed");
  }
  /// Virtual time that `play` took.
  [[nodiscard]] duration lasted() const { return lasted_; }

 private:
  std::shared_ptr<pdu_watch> watch() {
    watches_.push_back(std::make_shared<pdu_watch>());
    return watches_.back();
  }
  std::unique_ptr<stream> wrap(std::unique_ptr<duplex_stream> end, end_plan plan, std::string name,
                               std::shared_ptr<pdu_watch> seen) {
    return std::make_unique<simulated_stream>(loop_.executor(), clock(), std::move(end),
                                              std::move(plan), std::move(name), std::move(seen),
                                              trace_.get());
  }

  std::uint64_t seed_;
  seeded_random random_;
  std::size_t mishaps_ = 0;
  std::vector<std::string> problems_;
  std::vector<std::shared_ptr<pdu_watch>> watches_;
  duration lasted_{};
  std::unique_ptr<event_trace> trace_;
  event_loop loop_;  // its coroutines refer to what is above
};

/// Sets up a run, plays it and complains; what it makes must be gone when it returns, or belong to
/// the simulation's event loop.
using scenario = std::function<void(simulation&)>;

/// Which runs `simulate` makes.
/// A value: distinct objects may be used from different threads.
struct simulation_options {
  std::uint64_t first_seed = 1;
  std::size_t runs = 1000;
  std::uint64_t stride = 1;  ///< from one seed to the next
  /// Every so many runs are made twice, and have to go alike; 0: none.
  std::size_t twice_one_in = 10;
  /// Keeps the lines of the trace: what happened, in words.
  bool tell = false;

  /// CODIMSE_SIMULATION_SEED: this one run, told and made twice. CODIMSE_SIMULATION_RUNS: so many.
  [[nodiscard]] static simulation_options from_environment(simulation_options otherwise) {
    // Asked before there are other threads. NOLINTBEGIN(concurrency-mt-unsafe)
    if (char const* const runs = std::getenv("CODIMSE_SIMULATION_RUNS"))
      otherwise.runs = std::strtoull(runs, nullptr, 10);
    if (char const* const seed = std::getenv("CODIMSE_SIMULATION_SEED")) {
      otherwise.first_seed = std::strtoull(seed, nullptr, 10);
      otherwise.runs = 1;
      otherwise.twice_one_in = 1;
      otherwise.tell = true;
    }
    // NOLINTEND(concurrency-mt-unsafe)
    return otherwise;
  }
};

/// What came of many runs.
/// A value: distinct objects may be used from different threads.
class simulation_report {
 public:
  std::size_t runs = 0;
  std::size_t mishaps = 0;
  duration longest{};                 ///< virtual time of a run
  duration together{};                ///< of all of them
  std::vector<std::string> problems;  ///< each with the line that repeats its run
  std::vector<std::string> lines;     ///< the trace of the last run, where it was asked for
};

/// Plays a scenario with one seed after the other, and goes on after a problem.
[[nodiscard]] inline simulation_report simulate(scenario const& what,
                                                simulation_options const& options = {}) {
  simulation_report report;
  auto const play = [&](std::uint64_t seed) {
    simulation run{seed, options.tell};
    what(run);
    report.mishaps += run.mishaps();
    report.longest = std::max(report.longest, run.lasted());
    report.together += run.lasted();
    ++report.runs;
    for (auto const& problem : run.problems())
      report.problems.push_back(problem +
                                "\n  again: CODIMSE_SIMULATION_SEED=" + std::to_string(seed));
    report.lines = run.trace().lines();
    return run.trace().hash();
  };
  for (std::size_t i = 0; i < options.runs; ++i) {
    auto const seed = options.first_seed + i * options.stride;
    auto const hash = play(seed);
    bool const again = options.twice_one_in != 0 && i % options.twice_one_in == 0;
    if (again && play(seed) != hash)
      report.problems.push_back("two runs of seed " + std::to_string(seed) + " differ");
  }
  return report;
}

}  // namespace codimse::inline v0::testing

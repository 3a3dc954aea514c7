// SPDX-License-Identifier: BSL-1.0
#include "dimse_harness.hpp"
#include "harness.hpp"
#include "sanitized.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

namespace {

using namespace assoc_test;
using codimse::testing::replay_result;

/// The right end of an unbroken replay; of a broken one, nothing left open and no nonsense sent.
std::string judge(scripted_case const& one, replay_result const& played) {
  for (auto const& line : played.end.log)
    if (line.find("LEFT OPEN") != std::string::npos) return line;
  if (played.how.broken()) return {};
  std::error_code const expected =
      one.expected == errc{} ? std::error_code{} : make_error_code(one.expected);
  if (played.end.error != expected)
    return "expected the end '" + (expected ? expected.message() : "no error") + "', got '" +
           played.end.error.message() + "' (" + played.end.what + ")";
  if (played.end.log != one.log) return "logged: " + played.end.describe();
  return one.check ? one.check(played) : std::string{};
}

/// At most so many of the bytes to cut a script at. All of it is one thread: ThreadSanitizer, which
/// takes many times as long, has little to find.
constexpr std::size_t most_cuts = thread_sanitized ? 5 : std::numeric_limits<std::size_t>::max();

/// Every `parts`th script, so that no test takes long under sanitizers.
void play_all(std::vector<scripted_case> const& cases, char const* role, std::size_t part,
              std::size_t parts) {
  std::size_t scripts = 0;
  std::size_t steps = 0;
  std::size_t failing = 0;
  std::size_t cuts = 0;
  std::size_t replays = 0;
  for (std::size_t i = part; i < cases.size(); i += parts) {
    scripted_case const& one = cases[i];
    ++scripts;
    codimse::testing::exercise_options options;
    options.most_cuts = std::min(one.most_cuts, most_cuts);
    options.narrow = one.narrow;
    auto const check = [&one](replay_result const& played) { return judge(one, played); };
    auto const report = codimse::testing::exercise(one.what, one.system, check, options);
    steps += report.steps;
    failing += report.failing_steps;
    cuts += report.cuts;
    replays += report.replays;
    std::size_t shown = 0;
    for (auto const& problem : report.problems)
      if (++shown <= 3) ADD_FAILURE() << role << ": " << problem;
    if (shown > 3) ADD_FAILURE() << "... and " << shown - 3 << " more";
  }
  std::printf("%s: %zu scripts, %zu steps; %zu replays, %zu failing at a step, %zu cut at a byte\n",
              role, scripts, steps, replays, failing, cuts);
}

TEST(scripts, acceptor_1) { play_all(acceptor_cases(), "acceptor", 0, 3); }
TEST(scripts, acceptor_2) { play_all(acceptor_cases(), "acceptor", 1, 3); }
TEST(scripts, acceptor_3) { play_all(acceptor_cases(), "acceptor", 2, 3); }
TEST(scripts, requestor) { play_all(requestor_cases(), "requestor", 0, 1); }
TEST(scripts, queries_1) { play_all(query_cases(), "queries", 0, 2); }
TEST(scripts, queries_2) { play_all(query_cases(), "queries", 1, 2); }
TEST(scripts, objects) { play_all(object_cases(), "objects", 0, 1); }
TEST(scripts, responses_1) { play_all(response_cases(), "responses", 0, 2); }
TEST(scripts, responses_2) { play_all(response_cases(), "responses", 1, 2); }
TEST(scripts, tolerance) { play_all(tolerance_cases(), "tolerance", 0, 1); }
TEST(scripts, peer_profiles) { play_all(profile_cases(), "peer profiles", 0, 1); }

}  // namespace

// SPDX-License-Identifier: BSL-1.0
// Data sets: reading the metadata of files, writing them, getting values; beside DCMTK and GDCM
// where they were found. The libraries take turns in one run, because only ratios from one run mean
// anything. With arguments of Google Benchmark's (--benchmark_...) its cases run instead.
#include "support/data_set_inputs.hpp"
#include "support/toolkit.hpp"
#include "support/toolkit_codimse.hpp"
#ifdef BENCH_WITH_DCMTK
#include "support/toolkit_dcmtk.hpp"
#endif
#ifdef BENCH_WITH_GDCM
#include "support/toolkit_gdcm.hpp"
#endif

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Every allocation of every library that is measured goes through here: one thread. Not inlined,
// so that it costs all of them the same.

namespace {
std::uint64_t allocations = 0;
}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using toolkits = std::vector<std::unique_ptr<bench::toolkit>>;

/// Ours first.
toolkits make_toolkits() {
  toolkits all;
  all.push_back(std::make_unique<bench::codimse_toolkit>());
#ifdef BENCH_WITH_DCMTK
  all.push_back(std::make_unique<bench::dcmtk_toolkit>());
#else
  std::fputs("built without DCMTK (Debian: libdcmtk-dev): not measured\n", stderr);
#endif
#ifdef BENCH_WITH_GDCM
  all.push_back(std::make_unique<bench::gdcm_toolkit>());
#else
  std::fputs("built without GDCM (Debian: libgdcm-dev): not measured\n", stderr);
#endif
  return all;
}

/// What each library does in turn: `work` as often as there are objects, in one sample `repeat`
/// times over.
struct scenario {
  std::string name;
  std::size_t objects;
  std::size_t repeat;
  std::vector<bench::bytes> const* kept;  // what `toolkit::keep` gets before, if anything
  std::function<void(bench::toolkit&, std::size_t)> work;
};

std::vector<scenario> make_scenarios(bench::data_set_inputs const& in) {
  using bench::toolkit;
  auto const files = in.ct_files.size();
  auto const cts = in.cts.size();
  return {
      {"read CT files", files, 1, nullptr,
       [&in](toolkit& with, std::size_t i) { with.read_file(in.ct_files[i]); }},
      {"read CT in memory", cts, 10, nullptr,
       [&in](toolkit& with, std::size_t i) { with.read_memory(in.cts[i]); }},
      {"read enhanced CT file", 1, 1, nullptr,
       [&in](toolkit& with, std::size_t i) { with.read_file(in.enhanced_files[i]); }},
      {"read enhanced CT in memory", 1, 1, nullptr,
       [&in](toolkit& with, std::size_t i) { with.read_memory(in.enhanced[i]); }},
      {"write CT to memory", cts, 10, &in.cts,
       [](toolkit& with, std::size_t i) { with.write_memory(i); }},
      {"write CT to file", cts, 1, &in.cts,
       [&in](toolkit& with, std::size_t i) { with.write_file(i, in.output()); }},
      {"write enhanced CT to memory", 1, 1, &in.enhanced,
       [](toolkit& with, std::size_t i) { with.write_memory(i); }},
      {"write enhanced CT to file", 1, 1, &in.enhanced,
       [&in](toolkit& with, std::size_t i) { with.write_file(i, in.output()); }},
      {"get 10 values", cts, 100, &in.cts,
       [](toolkit& with, std::size_t i) { benchmark::DoNotOptimize(with.get_values(i)); }},
  };
}

// Do all do the same work?

/// Ours first; throws where another has another answer.
template <class Ask>
auto same_answer(toolkits const& all, std::string_view what, Ask ask) {
  auto const ours = ask(*all.front());
  for (auto const& one : all)
    bench::require(ask(*one) == ours, std::string{one->name()} + ": same " + std::string{what});
  return ours;
}

void check_same_work(toolkits const& all, bench::data_set_inputs const& in) {
  auto const ct =
      same_answer(all, "CT file", [&](auto& with) { return with.count_file(in.ct_files.front()); });
  auto const frames = same_answer(
      all, "enhanced file", [&](auto& with) { return with.count_file(in.enhanced_files.front()); });
  same_answer(all, "CT in memory", [&](auto& with) { return with.count_memory(in.cts.front()); });
  same_answer(all, "enhanced in memory",
              [&](auto& with) { return with.count_memory(in.enhanced.front()); });
  for (auto const& one : all) one->keep(in.cts);
  same_answer(all, "size of CT", [](auto& with) { return with.write_memory(0); });
  same_answer(all, "values", [](auto& with) { return with.get_values(0); });
  for (auto const& one : all) one->keep(in.enhanced);
  same_answer(all, "size of enhanced", [](auto& with) { return with.write_memory(0); });
  std::fprintf(stderr, "%zu CT files of %zu elements (%zu bytes of values), 1 of %zu (%zu)\n",
               in.ct_files.size(), ct.elements, ct.value_bytes, frames.elements,
               frames.value_bytes);
}

// Measuring.

/// CPU time of this process, user and system: other programs on the machine count as little as they
/// can. Nothing here waits, but for a disk where files are written.
double cpu_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

/// Microseconds an object.
double sample(scenario const& what, bench::toolkit& with) {
  auto const begun = cpu_microseconds();
  for (std::size_t n = 0; n < what.repeat; ++n)
    for (std::size_t i = 0; i < what.objects; ++i) what.work(with, i);
  return (cpu_microseconds() - begun) / static_cast<double>(what.repeat * what.objects);
}

struct outcome {
  std::vector<double> times;
  double allocations = 0;  // an object
};

/// A B C, C B A, A B C, ...: drift meets all of them. The first turn only warms up and counts.
std::vector<outcome> measure(scenario const& what, toolkits const& all, std::size_t rounds) {
  std::vector<outcome> found(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (what.kept != nullptr) all[i]->keep(*what.kept);
    auto const before = allocations;
    sample(what, *all[i]);
    found[i].allocations =
        static_cast<double>(allocations - before) / static_cast<double>(what.repeat * what.objects);
  }
  for (std::size_t round = 0; round < rounds; ++round)
    for (std::size_t n = 0; n < all.size(); ++n) {
      auto const i = round % 2 == 0 ? n : all.size() - 1 - n;
      found[i].times.push_back(sample(what, *all[i]));
    }
  for (auto const& one : all) one->keep({});
  return found;
}

struct spread {
  double median, least, most;
};
spread spread_of(std::vector<double> values) {
  std::ranges::sort(values);
  auto const half = values.size() / 2;
  auto const median = values.size() % 2 != 0 ? values[half] : (values[half - 1] + values[half]) / 2;
  return {median, values.front(), values.back()};
}
/// How many times longer it took than ours, round by round.
spread ratios(outcome const& theirs, outcome const& ours) {
  std::vector<double> all;
  for (std::size_t i = 0; i < ours.times.size(); ++i)
    all.push_back(theirs.times[i] / ours.times[i]);
  return spread_of(all);
}

// Showing.

void print_text_head() {
  std::printf("%-28s %-8s %13s %26s %7s %16s %12s\n", "scenario", "library", "median CPU us",
              "range", "ratio", "range", "allocations");
}
void print_text(scenario const& what, toolkits const& all, std::vector<outcome> const& found) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto const time = spread_of(found[i].times);
    std::printf("%-28s %-8s %13.2f %12.2f - %11.2f", i == 0 ? what.name.c_str() : "",
                std::string{all[i]->name()}.c_str(), time.median, time.least, time.most);
    auto const ratio = ratios(found[i], found.front());
    if (i == 0) std::printf(" %7s %16s", "", "");
    else std::printf(" %7.2f %7.2f - %6.2f", ratio.median, ratio.least, ratio.most);
    std::printf(" %12.1f\n", found[i].allocations);
  }
  std::fflush(stdout);
}

/// One object a line.
void print_json(scenario const& what, toolkits const& all, std::vector<outcome> const& found) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto const time = spread_of(found[i].times);
    auto const ratio = ratios(found[i], found.front());
    std::printf(R"({"scenario": "%s", "library": "%s", "rounds": %zu, "median_cpu_us": %.3f, )"
                R"("least_cpu_us": %.3f, "most_cpu_us": %.3f, "ratio": %.3f, "least_ratio": %.3f, )"
                R"("most_ratio": %.3f, "allocations": %.1f})"
                "\n",
                what.name.c_str(), std::string{all[i]->name()}.c_str(), found[i].times.size(),
                time.median, time.least, time.most, ratio.median, ratio.least, ratio.most,
                found[i].allocations);
  }
  std::fflush(stdout);
}

// The program.

struct settings {
  std::size_t files = 2000;
  std::size_t frames = 5000;
  std::size_t rounds = 7;
  bool json = false;
  std::string only;
  std::string library;
};

constexpr char usage[] =
    "usage: bench_data_set [--quick] [--files N] [--frames N] [--rounds N] [--json]\n"
    "                      [--only TEXT] [--library NAME]   (or --benchmark_... options)\n"
    "Needs half a MB of temporary space for each file (TMPDIR). Times are microseconds of CPU an\n"
    "object; a ratio above 1 says how many times faster we are.\n"
    "--only: scenarios with this in their name; --library: no others, for a profiler.\n";

[[noreturn]] void complain() {
  std::fputs(usage, stderr);
  std::exit(2);
}

settings parse(std::span<char*> arguments) {
  settings wanted;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view const word = arguments[i];
    if (word == "--json") wanted.json = true;
    else if (word == "--quick") wanted.files = 200, wanted.frames = 1000, wanted.rounds = 5;
    else if (i + 1 == arguments.size()) complain();
    else if (word == "--only") wanted.only = arguments[++i];
    else if (word == "--library") wanted.library = arguments[++i];
    else {
      auto const number = std::strtoul(arguments[++i], nullptr, 10);
      if (number == 0) complain();
      if (word == "--files") wanted.files = number;
      else if (word == "--frames") wanted.frames = number;
      else if (word == "--rounds") wanted.rounds = number;
      else complain();
    }
  }
  return wanted;
}

int compare(settings const& wanted) {
  bench::data_set_inputs const in{wanted.files, wanted.frames};
  auto all = make_toolkits();
  check_same_work(all, in);
  if (!wanted.library.empty())
    std::erase_if(all, [&](auto const& one) { return one->name() != wanted.library; });
  if (all.empty()) complain();
  if (!wanted.json) print_text_head();
  for (auto const& one : make_scenarios(in)) {
    if (one.name.find(wanted.only) == std::string::npos) continue;
    auto const found = measure(one, all, wanted.rounds);
    if (wanted.json) print_json(one, all, found);
    else print_text(one, all, found);
  }
  return 0;
}

/// The same scenarios as cases of Google Benchmark, one after the other.
int run_google_benchmark(int count, char** arguments) {
  bench::data_set_inputs const in{100, 500};
  auto const all = make_toolkits();
  auto const scenarios = make_scenarios(in);
  for (auto const& what : scenarios)
    for (auto const& with : all)
      benchmark::RegisterBenchmark((what.name + '/' + std::string{with->name()}).c_str(),
                                   [&what, &with](benchmark::State& state) {
                                     if (what.kept != nullptr) with->keep(*what.kept);
                                     std::size_t i = 0;
                                     for (auto _ : state) what.work(*with, i++ % what.objects);
                                   });
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    bool const google = count > 1 && std::string_view{arguments[1]}.starts_with("--benchmark");
    if (google) return run_google_benchmark(count, arguments);
    return compare(parse(std::span{arguments, static_cast<std::size_t>(count)}.subspan(1)));
  } catch (std::exception const& failure) {
    std::fprintf(stderr, "bench_data_set: %s\n", failure.what());
    return 1;
  }
}

// SPDX-License-Identifier: BSL-1.0
// Soak: a server and its clients in one process, over loopback, with the system's clock. Mixed
// operations with faults; at the end every operation is accounted for on both sides, memory and
// descriptors are where they were, and every file is whole.
//
//     codimse_soak [--operations N] [--seed S] [--threads T]
#include "client_side.hpp"
#include "sanitized.hpp"
#include "server_side.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace soak;
namespace fs = std::filesystem;

#ifdef __OPTIMIZE__
constexpr bool optimised = true;
#else
constexpr bool optimised = false;
#endif

struct settings {
  std::size_t operations = sanitized ? 10'000 : optimised ? 200'000 : 30'000;
  std::uint64_t seed = 1;
  std::size_t threads = 2;
};

std::size_t resident_kib() {
  std::ifstream statm{"/proc/self/statm"};
  std::size_t all = 0;
  std::size_t resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}
std::size_t open_descriptors() {
  std::error_code none;
  fs::directory_iterator const all{"/proc/self/fd", none};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// A folder that goes away with it.
class scratch {
 public:
  scratch()
      : root_{fs::temp_directory_path() /
              ("codimse_soak_" + std::to_string(std::random_device{}()))} {
    fs::create_directories(root_ / "in");
  }
  scratch(scratch const&) = delete;
  scratch& operator=(scratch const&) = delete;
  ~scratch() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  [[nodiscard]] fs::path received() const { return root_ / "in"; }
  [[nodiscard]] fs::path to_send() const { return root_ / "out"; }

 private:
  fs::path root_;
};

/// Memory over the run; the first fifth warms up pools and caches.
struct memory_curve {
  std::vector<std::size_t> kib;  ///< at 20 %, 40 %, ...
};

/// Slack of the resident set between 20 % and the end: what allocator and buffer pools may keep
/// for more connections at once than there were before.
constexpr std::size_t slack_kib = 24 * 1024;

void run_clients(settings const& wanted, ledger& book, std::uint16_t port,
                 std::vector<std::unique_ptr<client>>& clients, memory_curve& memory) {
  constexpr std::size_t each = 6;
  for (std::size_t i = 0; i < wanted.threads * each; ++i)
    clients.push_back(std::make_unique<client>(book, port, i, wanted.seed));
  std::atomic<std::size_t> running{wanted.threads};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wanted.threads; ++t) {
    threads.emplace_back([&, t] {
      asio::io_context context;
      for (std::size_t i = 0; i < each; ++i)
        asio::co_spawn(context, clients[t * each + i]->run(), [&book](std::exception_ptr failure) {
          book.require(!failure, "a client failed");
        });
      context.run();
      --running;
    });
  }
  for (std::size_t fifth = 1; fifth <= 5; ++fifth) {
    while (running > 0 && book.begun() < fifth * wanted.operations / 5)
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    memory.kib.push_back(resident_kib());
  }
  for (auto& one : threads) one.join();
}

struct totals {
  std::size_t asked = 0, success = 0, failure = 0, cancel = 0, nothing = 0, done = 0;
};

/// Every operation: what was told, and what happened.
std::array<totals, kind_names.size()> account(ledger& book) {
  std::array<totals, kind_names.size()> all{};
  for (std::size_t i = 1; i <= book.wanted; ++i) {
    auto& sum = all[static_cast<std::size_t>(book.kinds[i])];
    auto const done = book.done[i].load();
    auto const told_ = book.answers[i];
    ++sum.asked;
    sum.done += done;
    auto const name =
        std::string{kind_names[static_cast<std::size_t>(book.kinds[i])]} + " " + std::to_string(i);
    book.require(done <= 1, name + " happened more than once");
    if (told_ == told::success) ++sum.success;
    if (told_ == told::cancel) ++sum.cancel;
    if (told_ == told::nothing) ++sum.nothing;
    if (told_ == told::failure) ++sum.failure;
    bool const counted = book.kinds[i] != kind::echo;
    if (told_ == told::success && counted) book.require(done == 1, name + " did not happen");
    if (told_ == told::failure) book.require(done == 0, name + " happened although it failed");
  }
  auto& echo = all[static_cast<std::size_t>(kind::echo)];
  echo.done = book.echoes;
  book.require(echo.success + echo.failure <= echo.done &&
                   echo.done <= echo.success + echo.failure + echo.nothing,
               "echoes do not add up");
  return all;
}

/// Nothing torn, nothing temporary, and in each file what was acknowledged last.
std::size_t check_files(ledger& book, fs::path const& folder,
                        std::vector<std::unique_ptr<client>> const& clients) {
  std::size_t count = 0;
  std::map<std::string, std::set<std::size_t>> expected;
  for (auto const& one : clients) expected.insert(one->files().begin(), one->files().end());
  for (auto const& entry : fs::directory_iterator{folder}) {
    auto const name = entry.path().filename().string();
    book.require(name.find(".part") == std::string::npos, "left behind: " + name);
    auto const file = load_part10(entry.path());
    auto const instance = file.dataset.get<std::string>(tags::sop_instance_uid);
    auto const number = number_in(file.dataset);
    book.require(expected[instance].contains(number),
                 instance + " holds the object of operation " + std::to_string(number));
    bool const whole = write_data_set(file.dataset, transfer_syntaxes::explicit_vr_little_endian) ==
                       write_data_set(object(number, instance, to_file),
                                      transfer_syntaxes::explicit_vr_little_endian);
    book.require(whole, instance + " is torn");
    ++count;
  }
  for (auto const& [name, numbers] : expected) {
    bool const acknowledged = std::ranges::any_of(
        numbers, [&](auto number) { return book.answers[number] == told::success; });
    bool const there =
        !acknowledged || fs::exists(folder / (name + ".dcm")) || fs::exists(folder / name);
    book.require(there, name + " was acknowledged and is missing");
  }
  return count;
}

void print(ledger const& book, std::array<totals, kind_names.size()> const& all, mishaps const& did,
           memory_curve const& memory, double seconds) {
  std::printf("%-20s %9s %9s %9s %9s %9s %9s\n", "operation", "asked", "success", "failure",
              "cancel", "unknown", "happened");
  for (std::size_t i = 0; i < all.size(); ++i)
    std::printf("%-20s %9zu %9zu %9zu %9zu %9zu %9zu\n", std::string{kind_names[i]}.c_str(),
                all[i].asked, all[i].success, all[i].failure, all[i].cancel, all[i].nothing,
                all[i].done);
  std::printf("associations: %zu established, %zu ended, %zu refused, %zu protocol violations\n",
              book.established.load(), book.ended.load(), book.refused.load(),
              book.violations.load());
  std::printf(
      "clients: %zu released, %zu aborted, %zu dropped, %zu cut, %zu half PDUs, "
      "%zu rejected, %zu cancelled\n",
      did.released, did.aborted, did.dropped, did.cut, did.half_pdus, did.rejected, did.cancelled);
  std::printf("memory in KiB at 20, 40, 60, 80, 100 %%:");
  for (auto const one : memory.kib) std::printf(" %zu", one);
  std::printf(" (slack %zu%s)\n%zu operations in %.1f s: %.0f a second\n", slack_kib,
              sanitized ? ", not held under a sanitizer" : "", book.wanted, seconds,
              static_cast<double>(book.wanted) / seconds);
}

settings read_settings(int argc, char** argv) {
  settings out;
  for (int i = 1; i + 1 < argc; i += 2) {
    auto const value = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--operations") == 0) out.operations = value;
    else if (std::strcmp(argv[i], "--seed") == 0) out.seed = value;
    else if (std::strcmp(argv[i], "--threads") == 0) out.threads = std::max<std::size_t>(value, 1);
    else throw std::invalid_argument{std::string{"unknown option "} + argv[i]};
  }
  return out;
}

server_options listen_here() {
  server_options out{.ae_title = "SOAK-SCP", .port = 0, .bind_address = "127.0.0.1"};
  out.require_called_ae_title = true;
  out.several_threads = true;
  out.association.operations_performed = 4;
  return out;
}

int soak_it(settings const& wanted) {
  ledger book{wanted.operations};
  scratch const folders;
  auto const descriptors = open_descriptors();
  auto const begun = std::chrono::steady_clock::now();
  memory_curve memory;
  std::vector<std::unique_ptr<client>> clients;
  {
    asio::io_context context;
    server scp{context.get_executor(),
               listen_here(),
               echo_service{&book},
               file_service{&book, folders.received()},
               null_service{&book},
               find_service{&book},
               get_service{&book, files_to_get(folders.to_send())},
               step_service{&book},
               watcher{&book}};
    asio::co_spawn(context, scp.run(), [&book](std::exception_ptr failure) {
      book.require(!failure, "the server failed");
    });
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < wanted.threads; ++i)
      threads.emplace_back([&context] { context.run(); });
    run_clients(wanted, book, scp.port(), clients, memory);
    scp.stop();
    for (auto& one : threads) one.join();
  }
  auto const seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  auto const all = account(book);
  auto const files = check_files(book, folders.received(), clients);
  mishaps did;
  for (auto const& one : clients) did += one->did();
  print(book, all, did, memory, seconds);
  auto const now_open = open_descriptors();
  std::printf("%zu files; descriptors: %zu before, %zu after; seed %llu\n", files, descriptors,
              now_open, static_cast<unsigned long long>(wanted.seed));
  book.require(now_open == descriptors, "descriptors are left open");
  book.require(book.established == book.ended, "an association did not end");
  book.require(book.refused == did.rejected, "rejections do not add up");
  for (std::size_t i = 0; i < all.size(); ++i)
    book.require(all[i].success > 0, std::string{kind_names[i]} + " never succeeded");
  book.require(did.cut > 0 && did.aborted > 0 && did.dropped > 0 && did.half_pdus > 0,
               "a kind of fault was never injected");
  if (!sanitized)
    book.require(memory.kib.back() <= memory.kib.front() + slack_kib, "memory has grown");
  for (std::size_t i = 0; i < std::min<std::size_t>(book.problems().size(), 20); ++i)
    std::printf("PROBLEM: %s\n", book.problems()[i].c_str());
  std::printf("%s\n", book.problems().empty() ? "nothing lost" : "FAILED");
  return book.problems().empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return soak_it(read_settings(argc, argv));
  } catch (std::exception const& failed) {
    std::cerr << "codimse_soak: " << failed.what() << '\n';
    return 2;
  }
}

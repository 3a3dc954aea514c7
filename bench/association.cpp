// SPDX-License-Identifier: BSL-1.0
// Associations and C-ECHO: what a connection and a small message cost, and what they allocate.
#include "support/peers.hpp"
#include <codimse/testing/duplex_stream.hpp>
#include <codimse/testing/portless_scp.hpp>

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>

namespace {

std::atomic<std::uint64_t> allocations{0};

void* counted(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc{};
}

}  // namespace

// Every allocation of this program passes by here.
void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using bench::scp_and_loop;

/// Both sides together, for each iteration.
void report_allocations(benchmark::State& state, std::uint64_t before) {
  auto const made = static_cast<double>(allocations.load() - before);
  state.counters["allocations"] = made / static_cast<double>(state.iterations());
}

asio::awaitable<void> repeat_set_up(benchmark::State& state, asio::any_io_executor executor,
                                    codimse::peer where) {
  codimse::proposals const wanted{codimse::sop::verification};
  std::uint64_t const before = allocations.load();
  for (auto _ : state) {
    codimse::association open = co_await codimse::connect(executor, where, wanted);
    co_await open.release();
  }
  report_allocations(state, before);
}

asio::awaitable<void> repeat_echo(benchmark::State& state, codimse::association& over) {
  std::uint64_t const before = allocations.load();
  for (auto _ : state) {
    codimse::status const answer = co_await codimse::echo(over);
    if (!answer.is_success()) {
      state.SkipWithError("C-ECHO failed");
      break;
    }
  }
  report_allocations(state, before);
}
asio::awaitable<void> echo_over_tcp(benchmark::State& state, asio::any_io_executor executor,
                                    codimse::peer where) {
  codimse::proposals const wanted{codimse::sop::verification};
  codimse::association open = co_await codimse::connect(executor, where, wanted);
  co_await repeat_echo(state, open);
  co_await open.release();
}

void set_up_tcp(benchmark::State& state, scp_and_loop::threads threads) {
  scp_and_loop both{threads, {}};
  both.run(repeat_set_up(state, both.executor(), both.where()));
}
void echo_tcp(benchmark::State& state, scp_and_loop::threads threads) {
  scp_and_loop both{threads, {}};
  both.run(echo_over_tcp(state, both.executor(), both.where()));
}

// In memory: the same without system calls.

using memory_scp = codimse::testing::portless_scp<codimse::verification>;

asio::awaitable<codimse::association> associate_in_memory(asio::any_io_executor executor,
                                                          memory_scp& scp) {
  auto both = codimse::testing::make_duplex(executor);
  asio::co_spawn(executor, scp.serve(executor, std::move(both.first)),
                 [](std::exception_ptr failure, auto const&) { bench::rethrow(failure); });
  codimse::proposals const wanted{codimse::sop::verification};
  codimse::ae_title const called{"ANY-SCP"};
  codimse::association open =
      co_await codimse::associate(executor, std::move(both.second), called, wanted);
  co_return open;
}
asio::awaitable<void> set_up_in_memory(benchmark::State& state, asio::any_io_executor executor,
                                       memory_scp& scp) {
  std::uint64_t const before = allocations.load();
  for (auto _ : state) {
    codimse::association open = co_await associate_in_memory(executor, scp);
    co_await open.release();
  }
  report_allocations(state, before);
}
asio::awaitable<void> echo_in_memory(benchmark::State& state, asio::any_io_executor executor,
                                     memory_scp& scp) {
  codimse::association open = co_await associate_in_memory(executor, scp);
  co_await repeat_echo(state, open);
  co_await open.release();
}

template <auto Coroutine>
void in_memory(benchmark::State& state) {
  asio::io_context loop{1};
  codimse::association_options const options;
  memory_scp scp{options, codimse::verification{}};
  asio::co_spawn(loop, Coroutine(state, loop.get_executor(), scp), bench::rethrow);
  loop.run();
}

BENCHMARK_CAPTURE(set_up_tcp, one_thread, scp_and_loop::threads::one)->UseRealTime();
BENCHMARK_CAPTURE(set_up_tcp, two_threads, scp_and_loop::threads::two)->UseRealTime();
BENCHMARK(in_memory<set_up_in_memory>)->Name("set_up_memory")->UseRealTime();
BENCHMARK_CAPTURE(echo_tcp, one_thread, scp_and_loop::threads::one)->UseRealTime();
BENCHMARK_CAPTURE(echo_tcp, two_threads, scp_and_loop::threads::two)->UseRealTime();
BENCHMARK(in_memory<echo_in_memory>)->Name("echo_memory")->UseRealTime();

}  // namespace

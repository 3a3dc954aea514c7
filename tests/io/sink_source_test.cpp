// SPDX-License-Identifier: BSL-1.0
#include <codimse/io/file_executor.hpp>
#include <codimse/io/sink.hpp>
#include <codimse/io/source.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace codimse;
using bytes = std::vector<std::byte>;
using task = asio::awaitable<void>;

/// Runs one coroutine to its end; what it throws is thrown.
void run(task one) {
  asio::io_context io;
  std::exception_ptr failure;
  bool ended = false;
  asio::co_spawn(io, std::move(one), [&](std::exception_ptr e) {
    failure = e;
    ended = true;
  });
  io.run_for(std::chrono::seconds{20});
  EXPECT_TRUE(ended);
  if (failure) std::rethrow_exception(failure);
}
bytes numbers(std::size_t n) {
  bytes out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(static_cast<std::byte>(i));
  return out;
}

/// Writes down its steps; `fails_at` names the one that fails.
struct probe {
  std::string* log;
  std::string name;
  std::string fails_at;
  status failure = status::out_of_resources;
  bool wants_uid = false;

  outcome step(std::string const& what) {
    *log += name + what + " ";
    return what == fails_at ? outcome{failure} : outcome{};
  }
  outcome open(object_info const&) { return step("open"); }
  outcome write(fragments) { return step("write"); }
  outcome commit() { return step("commit"); }
  void discard() noexcept { *log += name + "discard "; }
  [[nodiscard]] bool wants_study_instance_uid() const { return wants_uid; }
};
struct late_sink {
  std::string* log;
  asio::awaitable<outcome> later(std::string what) {
    auto const executor = co_await asio::this_coro::executor;
    asio::steady_timer timer{executor, std::chrono::milliseconds{1}};
    co_await timer.async_wait(asio::use_awaitable);
    *log += what;
    co_return outcome{};
  }
  asio::awaitable<outcome> open(object_info const&) { return later("late-open "); }
  asio::awaitable<outcome> write(fragments) { return later("late-write "); }
  outcome commit() {
    *log += "late-commit ";
    return {};
  }
  void discard() noexcept { *log += "late-discard "; }
};
struct no_commit {
  outcome open(object_info const&);
  outcome write(fragments);
  void discard() noexcept;
};
struct throwing_discard {
  outcome open(object_info const&);
  outcome write(fragments);
  outcome commit();
  void discard();
};
struct status_sink {
  status open(object_info const&);
  outcome write(fragments);
  outcome commit();
  void discard() noexcept;
};
static_assert(sink<null_sink> && sink<memory_sink> && sink<probe> && sink<late_sink>);
static_assert(sink<tee_sink<null_sink, late_sink>> && sink<tee_sink<tee_sink<probe>>>);
static_assert(!sink<no_commit> && !sink<throwing_discard> && !sink<status_sink> && !sink<int>);

TEST(sinks, null) {
  null_sink it;
  EXPECT_FALSE(it.open({}).is_failure());
  EXPECT_FALSE(it.write({}).is_failure());
  EXPECT_FALSE(it.commit().is_failure());
  EXPECT_FALSE(wants_study_instance_uid(it));
  EXPECT_FALSE(executor_of(it).has_value());
}

TEST(sinks, memory) {
  bytes kept(5);
  memory_sink it{kept, 30};
  EXPECT_FALSE(it.open({}).is_failure());
  EXPECT_TRUE(kept.empty());
  auto const data = numbers(20);
  std::array<std::span<std::byte const>, 2> const slices{std::span{data}.first(7),
                                                         std::span{data}.subspan(7)};
  EXPECT_FALSE(it.write(slices).is_failure());
  EXPECT_EQ(kept, data);
  EXPECT_FALSE(it.write(std::span{slices}.first(1)).is_failure());  // 27 of 30
  auto const full = it.write(std::span{slices}.first(1));
  EXPECT_EQ(full.status().code, 0xA700);
  EXPECT_FALSE(full.error_comment().empty());
  it.discard();
  EXPECT_TRUE(kept.empty());
}

template <class Sink>
task all_steps(Sink& it, std::vector<status>& seen) {
  auto const opened = co_await it.open(object_info{});
  seen.push_back(opened.status());
  auto const written = co_await it.write(fragments{});
  seen.push_back(written.status());
  auto const committed = co_await it.commit();
  seen.push_back(committed.status());
}

TEST(sinks, tee_feeds_all_in_order) {
  std::string log;
  std::vector<status> seen;
  tee_sink it{probe{&log, "a-", ""}, late_sink{&log}, probe{&log, "c-", ""}};
  run(all_steps(it, seen));
  EXPECT_EQ(log,
            "a-open late-open c-open a-write late-write c-write a-commit late-commit c-commit ");
  EXPECT_EQ(seen, std::vector<status>(3, status::success));
  it.discard();
  EXPECT_TRUE(log.ends_with("a-discard late-discard c-discard "));
}

TEST(sinks, tee_stops_at_the_first_failure) {
  std::string log;
  std::vector<status> seen;
  tee_sink it{probe{&log, "a-", ""}, probe{&log, "b-", "write"}, probe{&log, "c-", ""}};
  run(all_steps(it, seen));
  EXPECT_EQ(log, "a-open b-open c-open a-write b-write a-commit b-commit c-commit ");
  EXPECT_EQ(seen[1], status::out_of_resources);
}

TEST(sinks, tee_keeps_a_warning) {
  std::string log;
  std::vector<status> seen;
  tee_sink it{probe{&log, "a-", "commit", status::elements_discarded}, probe{&log, "b-", ""}};
  run(all_steps(it, seen));
  EXPECT_EQ(seen[2], status::elements_discarded);
  EXPECT_TRUE(log.ends_with("a-commit b-commit "));  // a warning stops nobody
}

TEST(sinks, tee_wants_what_one_of_its_sinks_wants) {
  std::string log;
  probe wants{&log, "", ""};
  wants.wants_uid = true;
  EXPECT_TRUE((wants_study_instance_uid(tee_sink{null_sink{}, wants})));
  EXPECT_FALSE((wants_study_instance_uid(tee_sink{null_sink{}, probe{&log, "", ""}})));
}

// Sources.

struct late_source {
  object_info what;
  [[nodiscard]] object_info const& info() const { return what; }
  [[nodiscard]] std::uint64_t size() const { return 0; }
  asio::awaitable<read_result> read(pieces into) {
    auto const executor = co_await asio::this_coro::executor;
    asio::steady_timer timer{executor, std::chrono::milliseconds{1}};
    co_await timer.async_wait(asio::use_awaitable);
    read_result out;
    for (auto const& piece : into) out.bytes += piece.size();
    out.last = true;
    co_return out;
  }
};
struct wrong_source {
  object_info what;
  [[nodiscard]] object_info const& info() const { return what; }
  [[nodiscard]] std::uint64_t size() const { return 0; }
  std::size_t read(pieces) { return 0; }
};
static_assert(source<memory_source> && source<late_source> && !source<wrong_source>);

TEST(sources, memory_at_every_split) {
  auto const data = numbers(9);
  for (std::size_t a = 0; a <= 10; ++a) {
    for (std::size_t b = 1; b <= 10; ++b) {
      object_info info;
      info.sop_class = uid{"1.2"};
      memory_source it{info, data};
      EXPECT_EQ(it.size(), 9U);
      EXPECT_EQ(it.info().sop_class, uid{"1.2"});
      bytes got;
      for (bool last = false; !last;) {
        bytes first(a), second(b);
        std::array<std::span<std::byte>, 2> const into{first, second};
        auto const done = it.read(into);
        EXPECT_FALSE(done.error);
        first.insert(first.end(), second.begin(), second.end());
        first.resize(done.bytes);
        got.insert(got.end(), first.begin(), first.end());
        last = done.last;
        ASSERT_TRUE(last || done.bytes == a + b);  // all pieces are filled unless it ends
      }
      EXPECT_EQ(got, data);
    }
  }
}

TEST(sources, empty_memory) {
  memory_source it{{}, {}};
  bytes place(4);
  std::array<std::span<std::byte>, 1> const into{place};
  auto const done = it.read(into);
  EXPECT_EQ(done.bytes, 0U);
  EXPECT_TRUE(done.last);
}

task read_through(source_ref from, std::size_t& got) {
  bytes place(4);
  std::array<std::span<std::byte>, 1> const into{place};
  auto const done = co_await from.read(into);
  got = done.bytes;
}

TEST(sources, by_reference) {
  auto const data = numbers(3);
  memory_source now{{}, data};
  source_ref const quick{now};
  EXPECT_TRUE(quick.at_once());
  std::size_t got = 0;
  run(read_through(quick, got));
  EXPECT_EQ(got, 3U);
  late_source later{};
  source_ref const slow{later};
  EXPECT_FALSE(slow.at_once());
  run(read_through(slow, got));
  EXPECT_EQ(got, 4U);
  bytes place(4);
  std::array<std::span<std::byte>, 1> const into{place};
  memory_source again{{}, data};
  EXPECT_EQ(source_ref{again}.read_now(into).bytes, 3U);
}

// Work on another executor.

std::thread::id this_thread() { return std::this_thread::get_id(); }

task hop(asio::any_io_executor pool, std::thread::id& there, std::thread::id& back, int& value) {
  auto work = [&there] {
    there = this_thread();
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    return std::vector<int>{1, 2, 3};  // not trivially copyable
  };
  auto const got = co_await detail::run_on<std::vector<int>>(pool, work);
  back = this_thread();
  value = static_cast<int>(got.size());
}

TEST(run_on, works_there_and_comes_back) {
  asio::thread_pool pool{1};
  std::thread::id there, back;
  int value = 0;
  run(hop(pool.get_executor(), there, back, value));
  EXPECT_EQ(back, this_thread());
  EXPECT_NE(there, back);
  EXPECT_NE(there, std::thread::id{});
  EXPECT_EQ(value, 3);
}

task many_hops(asio::any_io_executor pool, int& sum) {
  auto work = [&sum] { return sum + 1; };
  for (int i = 0; i < 1000; ++i) sum = co_await detail::run_on<int>(pool, work);
}

TEST(run_on, many_times) {
  asio::thread_pool pool{2};
  int sum = 0;
  run(many_hops(pool.get_executor(), sum));
  EXPECT_EQ(sum, 1000);
}

}  // namespace

// SPDX-License-Identifier: BSL-1.0
// Memory is bounded by the buffers, not by the object: also while a slow sink holds the peer back.
#include "sanitized.hpp"
#include <codimse/client.hpp>
#include <codimse/server.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <future>
#include <string>

namespace {

constexpr std::uint64_t object_size = 48ULL * 1024 * 1024;  // more than the bound below

/// A data set of zeros that takes no memory itself.
class endless_zeros {
 public:
  explicit endless_zeros(codimse::object_info const& what) : what_{what} {}
  codimse::object_info const& info() const { return what_; }
  std::uint64_t size() const { return object_size; }
  codimse::read_result read(codimse::pieces into) {
    std::size_t done = 0;
    for (auto const& piece : into) {
      auto const n = std::min<std::uint64_t>(piece.size(), object_size - sent_);
      std::fill_n(piece.begin(), n, std::byte{0});
      sent_ += n;
      done += n;
    }
    return {done, sent_ == object_size, {}};
  }

 private:
  codimse::object_info what_;
  std::uint64_t sent_ = 0;
};

/// Takes 5 MB a second, and no more.
class slow_sink {
 public:
  explicit slow_sink(std::uint64_t& total) : total_{&total} {}
  codimse::outcome open(codimse::object_info const&) { return {}; }
  asio::awaitable<codimse::outcome> write(codimse::fragments slices) {
    std::uint64_t bytes = 0;
    for (auto const& slice : slices) bytes += slice.size();
    *total_ += bytes;
    auto const executor = co_await asio::this_coro::executor;
    asio::steady_timer pause{executor};
    pause.expires_after(std::chrono::microseconds{bytes / 5});
    co_await pause.async_wait(asio::use_awaitable);
    co_return codimse::outcome{};
  }
  codimse::outcome commit() { return {}; }
  void discard() noexcept {}

 private:
  std::uint64_t* total_;
};

struct slow_store {
  static constexpr auto sop_classes = codimse::sop::all_storage;
  std::uint64_t* total;
  codimse::reply on(codimse::c_store_rq const&, codimse::incoming_data_set& data) {
    co_return co_await data.save(slow_sink{*total});
  }
};

std::uint64_t peak_bytes() {
  std::ifstream status{"/proc/self/status"};
  for (std::string word; status >> word;) {
    std::uint64_t kib = 0;
    if (word == "VmHWM:" && status >> kib) return kib * 1024;
  }
  return 0;
}

asio::awaitable<codimse::status> send(std::uint16_t port) {
  auto const executor = co_await asio::this_coro::executor;
  codimse::peer const to{.host = "127.0.0.1", .port = port};
  codimse::object_info what;
  what.sop_class = codimse::sop::ct_image_storage.uid;
  what.sop_instance = "1.2.3";
  what.transfer_syntax = codimse::transfer_syntaxes::explicit_vr_little_endian.uid;
  auto opened = co_await codimse::connect(executor, to, codimse::sop::ct_image_storage);
  auto const response = co_await codimse::store(opened, endless_zeros{what});
  co_await opened.release();
  co_return response.status;
}

}  // namespace

TEST(memory, a_slow_sink_does_not_make_the_object_pile_up) {
  if (sanitized) GTEST_SKIP() << "sanitizers use memory of their own";
  std::uint64_t total = 0;
  asio::io_context context{1};
  codimse::server server{
      context.get_executor(), {.port = 0, .bind_address = "127.0.0.1"}, slow_store{&total}};
  auto served = asio::co_spawn(context, server.run(), asio::use_future);
  auto const before = peak_bytes();
  auto sent = asio::co_spawn(context, send(server.port()), asio::use_future);
  while (sent.wait_for(std::chrono::seconds{0}) != std::future_status::ready) context.run_one();
  server.stop(std::chrono::seconds{0});
  context.run();
  EXPECT_TRUE(sent.get().is_success());
  EXPECT_EQ(total, object_size);
  ASSERT_GT(before, 0U);
  EXPECT_LT(peak_bytes() - before, 16U * 1024 * 1024) << "both sides together, in this process";
}

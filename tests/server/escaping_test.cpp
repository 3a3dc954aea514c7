// SPDX-License-Identifier: BSL-1.0
// What escapes from a user's coroutine leaves through the event loop, never through the session
// that happened to resume it.
#include <codimse/client.hpp>
#include <codimse/server.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/strand.hpp>
#include <asio/this_coro.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

namespace {

using namespace std::chrono_literals;

struct slow_echo {
  static constexpr auto sop_classes = codimse::sop::verification;
  codimse::reply on(codimse::c_echo_rq const&) {
    auto const executor = co_await asio::this_coro::executor;
    asio::steady_timer timer{executor, 20s};
    co_await timer.async_wait(asio::use_awaitable);
    co_return codimse::status::success;
  }
};

codimse::server_options local() {
  codimse::server_options options{.port = 0, .bind_address = "127.0.0.1"};
  options.association.operations_performed = 2;
  return options;
}

asio::awaitable<void> ask(std::shared_ptr<codimse::association> over) {
  co_await over->request(codimse::c_echo_rq{});
}

void rethrow(std::exception_ptr problem) {
  if (problem) std::rethrow_exception(problem);
}

asio::awaitable<std::shared_ptr<codimse::association>> open(asio::any_io_executor executor,
                                                            std::uint16_t port) {
  codimse::peer const to{.host = "127.0.0.1", .port = port};
  codimse::association_options options;
  options.operations_invoked = 2;
  auto opened = co_await codimse::connect(executor, to, codimse::sop::verification, options);
  co_return std::make_shared<codimse::association>(std::move(opened));
}

class failing_sink {
 public:
  explicit failing_sink(asio::any_io_executor where) : where_{std::move(where)} {}
  codimse::outcome open(codimse::object_info const&) { return {}; }
  codimse::outcome write(codimse::fragments) { throw std::runtime_error{"the disk is on fire"}; }
  codimse::outcome commit() { return {}; }
  void discard() noexcept {}
  std::optional<asio::any_io_executor> executor() const { return where_; }

 private:
  asio::any_io_executor where_;
};

struct failing_store {
  static constexpr auto sop_classes = codimse::sop::ct_image_storage;
  asio::any_io_executor files;
  bool tee = false;
  codimse::reply on(codimse::c_store_rq const&, codimse::incoming_data_set& data) {
    if (!tee) co_return co_await data.save(failing_sink{files});
    co_return co_await data.save(codimse::tee_sink{codimse::null_sink{}, failing_sink{files}});
  }
};

asio::awaitable<std::vector<codimse::c_store_rsp>> store_twice(std::uint16_t port,
                                                               std::vector<std::byte>& bytes) {
  auto const executor = co_await asio::this_coro::executor;
  codimse::peer const to{.host = "127.0.0.1", .port = port};
  auto opened = co_await codimse::connect(executor, to, codimse::sop::ct_image_storage);
  codimse::object_info what;
  what.sop_class = codimse::sop::ct_image_storage.uid;
  what.sop_instance = "1.2.3";
  what.transfer_syntax = codimse::transfer_syntaxes::explicit_vr_little_endian.uid;
  std::vector<codimse::c_store_rsp> answers;
  for (int i = 0; i < 2; ++i) {
    codimse::memory_source data{what, bytes};
    auto const answer = co_await codimse::store(opened, data);
    answers.push_back(answer);
  }
  co_await opened.release();
  co_return answers;
}

}  // namespace

TEST(escaping, a_failed_request_on_a_strand_reaches_run) {
  asio::io_context context{1};
  codimse::server server{context.get_executor(), local(), slow_echo{}};
  auto served = asio::co_spawn(context, server.run(), asio::use_future);
  auto const strand = asio::make_strand(context);
  auto opening = asio::co_spawn(strand, open(strand, server.port()), asio::use_future);
  while (opening.wait_for(0s) != std::future_status::ready) context.run_one();
  auto const association = opening.get();
  constexpr int requests = 4;
  for (int i = 0; i < requests; ++i) asio::co_spawn(strand, ask(association), rethrow);
  asio::steady_timer soon{context, 100ms};
  soon.async_wait([&server](std::error_code) { server.stop(0s); });
  int escaped = 0;
  for (bool done = false; !done;) {
    try {
      context.run();
      done = true;
    } catch (codimse::error const&) {
      ++escaped;
    }
  }
  EXPECT_EQ(escaped, requests);
}

TEST(escaping, a_sink_that_throws_on_its_executor_fails_its_object_only) {
  for (bool const tee : {false, true}) {
    asio::io_context context{1};
    asio::thread_pool files{1};
    codimse::server server{context.get_executor(), local(),
                           failing_store{files.get_executor(), tee}};
    auto served = asio::co_spawn(context, server.run(), asio::use_future);
    std::vector<std::byte> bytes(4'000'000);  // more than one receive buffer
    auto stored = asio::co_spawn(context, store_twice(server.port(), bytes), asio::use_future);
    while (stored.wait_for(0s) != std::future_status::ready) context.run_one();
    server.stop(0s);
    context.run();
    for (auto const& answer : stored.get()) {
      EXPECT_EQ(answer.status, codimse::status::cannot_understand);
      EXPECT_EQ(answer.error_comment.view(), "the disk is on fire");
    }
  }
}

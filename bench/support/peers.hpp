// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/client.hpp>
#include <codimse/file/part10_sink.hpp>
#include <codimse/server.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>

/// Both ends of an association in one process, with one event loop or two.
namespace bench {

/// Keeps objects in a folder, or nowhere.
struct archive {
  static constexpr auto sop_classes = codimse::sop::all_storage;
  std::filesystem::path folder;

  codimse::reply on(codimse::c_store_rq const&, codimse::incoming_data_set& data) {
    if (folder.empty()) co_return co_await data.save(codimse::null_sink{});
    co_return co_await data.save(codimse::part10_sink{folder});
  }
};

inline void rethrow(std::exception_ptr failure) {
  if (failure) std::rethrow_exception(failure);
}

/// A Storage and Verification SCP on a free port, and a loop for its clients: the same loop, or one
/// in another thread.
class scp_and_loop {
 public:
  enum class threads {
    one,
    two
  };

  scp_and_loop(threads how_many, std::filesystem::path folder)
      : own_thread_{how_many == threads::two},
        server_{(own_thread_ ? theirs_ : ours_).get_executor(), options(), codimse::verification{},
                archive{std::move(folder)}} {
    asio::co_spawn(own_thread_ ? theirs_ : ours_, server_.run(), rethrow);
    if (own_thread_) thread_ = std::jthread{[this] { theirs_.run(); }};
  }
  scp_and_loop(scp_and_loop const&) = delete;
  scp_and_loop& operator=(scp_and_loop const&) = delete;
  ~scp_and_loop() {
    server_.stop(codimse::duration::zero());
    if (!own_thread_) ours_.run();
  }

  [[nodiscard]] asio::any_io_executor executor() { return ours_.get_executor(); }
  [[nodiscard]] codimse::peer where() const {
    codimse::peer peer;
    peer.host = "127.0.0.1";
    peer.port = server_.port();
    return peer;
  }

  /// Runs a coroutine of the client's to its end.
  void run(asio::awaitable<void> what) {
    bool done = false;
    asio::co_spawn(ours_, std::move(what), [&done](std::exception_ptr failure) {
      done = true;
      rethrow(std::move(failure));
    });
    while (!done) ours_.run_one();
  }

 private:
  static codimse::server_options options() {
    codimse::server_options out;
    out.port = 0;
    out.bind_address = "127.0.0.1";
    return out;
  }

  bool own_thread_;
  asio::io_context ours_{1};
  asio::io_context theirs_{1};
  codimse::server<codimse::verification, archive> server_;
  std::jthread thread_;
};

}  // namespace bench

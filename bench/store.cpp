// SPDX-License-Identifier: BSL-1.0
// C-STORE from memory to nowhere and to a file, each beside its floor: the same bytes through a
// plain socket, and written to a plain file.
#include "support/peers.hpp"
#include "support/samples.hpp"
#include "support/scratch_folder.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <span>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using bench::scp_and_loop;
using bench::scratch_folder;

constexpr std::int64_t kib = 1024;
constexpr std::int64_t mib = 1024 * kib;

void count_bytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

asio::awaitable<void> repeat_store(benchmark::State& state, asio::any_io_executor executor,
                                   codimse::peer where, std::filesystem::path folder) {
  auto const data_set = bench::make_data_set(static_cast<std::size_t>(state.range(0)));
  auto const object = bench::make_object();
  codimse::proposals wanted;
  wanted.add(object.sop_class, object.transfer_syntax);
  codimse::association open = co_await codimse::connect(executor, where, wanted);
  for (auto _ : state) {
    codimse::memory_source source{object, data_set};
    codimse::c_store_rsp const answer = co_await codimse::store(open, source);
    if (!answer.status.is_success()) {
      state.SkipWithError("C-STORE failed");
      break;
    }
    // A new file each time: what file systems do when one is replaced is their own affair.
    if (!folder.empty()) std::filesystem::remove(folder / (object.sop_instance.str() + ".dcm"));
  }
  co_await open.release();
}

void store_to_nowhere(benchmark::State& state) {
  scp_and_loop both{scp_and_loop::threads::two, {}};
  both.run(repeat_store(state, both.executor(), both.where(), {}));
  count_bytes(state);
}
void store_to_file(benchmark::State& state) {
  scratch_folder const folder;
  scp_and_loop both{scp_and_loop::threads::two, folder.path()};
  both.run(repeat_store(state, both.executor(), both.where(), folder.path()));
  count_bytes(state);
}

// Floors.

void require(bool worked) {
  if (!worked) throw std::runtime_error{"a system call of the floor failed"};
}

/// Two connected TCP sockets.
class socket_pair {
 public:
  socket_pair() {
    int const listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    socklen_t size = sizeof at;
    require(::bind(listener, address, size) == 0 && ::listen(listener, 1) == 0);
    require(::getsockname(listener, address, &size) == 0);
    client = ::socket(AF_INET, SOCK_STREAM, 0);
    require(::connect(client, address, size) == 0);
    server = ::accept(listener, nullptr, nullptr);
    ::close(listener);
    int const on = 1;
    for (int const one : {client, server})
      require(::setsockopt(one, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
  }
  socket_pair(socket_pair const&) = delete;
  socket_pair& operator=(socket_pair const&) = delete;
  ~socket_pair() {
    ::close(client);
    ::close(server);
  }
  int client = -1;
  int server = -1;
};

void send_all(int socket, std::span<std::byte const> bytes) {
  while (!bytes.empty()) {
    auto const n =
        ::send(socket, bytes.data(), std::min<std::size_t>(bytes.size(), 256 * 1024), MSG_NOSIGNAL);
    require(n > 0);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

/// Receives messages of `size` bytes and answers each with one byte, until the peer closes.
void answer_messages(int socket, std::size_t size) {
  std::vector<std::byte> buffer(256 * 1024);
  for (std::size_t got = 0;;) {
    auto const n = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (n <= 0) return;
    got += static_cast<std::size_t>(n);
    if (got < size) continue;
    got -= size;
    send_all(socket, std::span{buffer}.first(1));
  }
}

void socket_floor(benchmark::State& state) {
  auto const data_set = bench::make_data_set(static_cast<std::size_t>(state.range(0)));
  socket_pair both;
  std::jthread const peer{[&both, &data_set] { answer_messages(both.server, data_set.size()); }};
  std::byte answer{};
  for (auto _ : state) {
    send_all(both.client, data_set);
    require(::recv(both.client, &answer, 1, 0) == 1);
  }
  ::shutdown(both.client, SHUT_WR);
  count_bytes(state);
}

void file_floor(benchmark::State& state) {
  auto const data_set = bench::make_data_set(static_cast<std::size_t>(state.range(0)));
  scratch_folder const folder;
  auto const temporary = folder.path() / "part";
  auto const name = folder.path() / "object";
  for (auto _ : state) {
    int const file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0666);
    require(file >= 0);
    for (std::span<std::byte const> rest{data_set}; !rest.empty();) {
      auto const n = ::write(file, rest.data(), std::min<std::size_t>(rest.size(), 256 * 1024));
      require(n > 0);
      rest = rest.subspan(static_cast<std::size_t>(n));
    }
    require(::close(file) == 0 && ::rename(temporary.c_str(), name.c_str()) == 0);
    require(::unlink(name.c_str()) == 0);
  }
  count_bytes(state);
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(4 * kib)->Arg(512 * kib)->Arg(256 * mib)->UseRealTime();
}
BENCHMARK(store_to_nowhere)->Apply(sizes);
BENCHMARK(socket_floor)->Apply(sizes);
BENCHMARK(store_to_file)->Apply(sizes);
BENCHMARK(file_floor)->Apply(sizes);

}  // namespace

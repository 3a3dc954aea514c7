// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/io/stream.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/error.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0::testing {

/// A number of bytes that is never reached.
inline constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

namespace detail {

/// Where one coroutine waits to be let on. The event loop owns whoever waits, as it would at a
/// socket: when it goes away, so do their frames.
class gate {
 public:
  explicit gate(asio::any_io_executor const& executor)
      : timer_{executor, asio::steady_timer::time_point::max()} {}

  /// Yields false where Asio cancellation ended the wait.
  asio::awaitable<bool> wait() {
    opened_ = false;
    std::error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    co_return opened_;
  }
  void open() {
    opened_ = true;
    timer_.cancel();
  }

 private:
  asio::steady_timer timer_;
  bool opened_ = false;
};

/// One direction of a connection.
struct pipe {
  pipe(asio::any_io_executor const& executor, std::size_t size)
      : capacity{size}, reader{executor}, writer{executor} {}

  [[nodiscard]] std::size_t size() const { return bytes.size() - begin; }
  [[nodiscard]] std::size_t room() const { return capacity - std::min(size(), capacity); }
  [[nodiscard]] bool readable() const { return size() > 0 || ended || reset; }
  [[nodiscard]] bool writable() const { return room() > 0 || abandoned || reset; }
  void put(std::span<std::byte const> more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
    reader.open();
  }
  void take(std::span<std::byte> into) {
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(begin), into.size(), into.begin());
    begin += into.size();
    if (2 * begin > bytes.size()) {
      bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(begin));
      begin = 0;
    }
    writer.open();
  }
  void drop() {
    bytes.clear();
    begin = 0;
  }
  void wake() {
    reader.open();
    writer.open();
  }

  std::vector<std::byte> bytes;
  std::size_t begin = 0;
  std::size_t capacity;
  bool ended = false;      // the writer sends no more
  bool abandoned = false;  // the reader has gone
  bool reset = false;
  gate reader;
  gate writer;
};

}  // namespace detail

/// One end of a connection in memory, made by `make_duplex`. Behaves like TCP: a bounded buffer in
/// each direction holds the writer back; what was written before a close still arrives, then
/// eof; writes to an end that has closed fail with broken_pipe; a reset loses what is under way.
///
/// Both ends are used on one executor, and must be gone before its event loop is.
class duplex_stream final : public stream {
 public:
  duplex_stream(asio::any_io_executor executor, std::shared_ptr<detail::pipe> in,
                std::shared_ptr<detail::pipe> out, std::string peer)
      : executor_{std::move(executor)},
        in_{std::move(in)},
        out_{std::move(out)},
        peer_{std::move(peer)} {}
  ~duplex_stream() override { close(); }

  /// Most bytes that one read of this end delivers (1: byte by byte).
  void max_read(std::size_t n) { max_read_ = std::max<std::size_t>(n, 1); }
  /// Most bytes that one write of this end accepts.
  void max_write(std::size_t n) { max_write_ = std::max<std::size_t>(n, 1); }

  /// Half-close: the other end reads what is under way, then eof; this end may read on.
  void shutdown_send() {
    out_->ended = true;
    out_->wake();
  }
  /// Both ends fail with connection_reset from now on, and what is under way is lost.
  void reset() {
    for (auto* const one : {in_.get(), out_.get()}) {
      one->reset = true;
      one->drop();
      one->wake();
    }
  }
  /// Bytes written to this end that it has not read, and bytes that it wrote and nobody has read.
  [[nodiscard]] std::size_t unread() const { return in_->size(); }
  [[nodiscard]] std::size_t under_way() const { return out_->size(); }

  io_result read_some(std::span<std::byte> into) override {
    if (closed_) return {0, asio::error::bad_descriptor};
    if (in_->reset) return {0, asio::error::connection_reset};
    std::size_t const n = std::min({into.size(), in_->size(), max_read_});
    if (n > 0) {
      in_->take(into.first(n));
      return {n, {}};
    }
    if (in_->ended) return {0, asio::error::eof};
    return {0, asio::error::would_block};
  }

  io_result write_some(std::span<std::span<std::byte const> const> from) override {
    if (closed_) return {0, asio::error::bad_descriptor};
    if (out_->reset) return {0, asio::error::connection_reset};
    if (out_->ended) return {0, asio::error::shut_down};
    if (out_->abandoned) return {0, asio::error::broken_pipe};
    std::size_t done = 0;
    for (auto const& piece : from) {
      std::size_t const n = std::min({piece.size(), out_->room(), max_write_ - done});
      out_->put(piece.first(n));
      done += n;
      if (n < piece.size()) break;
    }
    if (done == 0) return {0, asio::error::would_block};
    return {done, {}};
  }

  asio::awaitable<std::error_code> wait_readable() override {
    bool going_on = true;
    while (going_on && !closed_ && !in_->readable()) going_on = co_await wait_at(in_, in_->reader);
    co_return how_waited(going_on);
  }
  asio::awaitable<std::error_code> wait_writable() override {
    bool going_on = true;
    while (going_on && !closed_ && !out_->writable())
      going_on = co_await wait_at(out_, out_->writer);
    co_return how_waited(going_on);
  }

  bool peer_closed() override { return closed_ || in_->ended || in_->reset; }

  void close() noexcept override {
    if (std::exchange(closed_, true)) return;
    out_->ended = true;
    in_->abandoned = true;
    in_->drop();
    out_->wake();
    in_->wake();
  }

  [[nodiscard]] std::string peer_address() const override { return peer_; }
  [[nodiscard]] asio::any_io_executor const& executor() const { return executor_; }

 private:
  /// The wait keeps the pipe alive, because whoever closes may also destroy.
  static asio::awaitable<bool> wait_at(std::shared_ptr<detail::pipe> keep, detail::gate& at) {
    bool const let_on = co_await at.wait();
    static_cast<void>(keep);
    co_return let_on;
  }
  [[nodiscard]] std::error_code how_waited(bool going_on) const {
    if (closed_ || !going_on) return asio::error::operation_aborted;
    return {};
  }

  asio::any_io_executor executor_;
  std::shared_ptr<detail::pipe> in_;
  std::shared_ptr<detail::pipe> out_;
  std::string peer_;
  std::size_t max_read_ = unlimited;
  std::size_t max_write_ = unlimited;
  bool closed_ = false;
};

/// The two ends of a connection in memory.
/// Used on one executor, its association's or its owner's.
struct duplex_pair {
  std::unique_ptr<duplex_stream> first;
  std::unique_ptr<duplex_stream> second;
};

/// Connects two streams in memory; `capacity` bytes fit into each direction before its writer has
/// to wait.
[[nodiscard]] inline duplex_pair make_duplex(asio::any_io_executor const& executor,
                                             std::size_t capacity = std::size_t{64} * 1024) {
  auto const there = std::make_shared<detail::pipe>(executor, capacity);
  auto const back = std::make_shared<detail::pipe>(executor, capacity);
  duplex_pair both;
  both.first = std::make_unique<duplex_stream>(executor, back, there, "memory:second");
  both.second = std::make_unique<duplex_stream>(executor, there, back, "memory:first");
  return both;
}

}  // namespace codimse::inline v0::testing

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/testing/duplex_stream.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/error.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0::testing {

/// What goes wrong with a connection, and when; bytes are counted in each direction from the start.
///
///     faults plan;
///     plan.reset_reading(100).split_writes({1, 7});
/// A value: distinct objects may be used from different threads.
class faults {
 public:
  faults() = default;

  /// After n bytes were read: the peer sends no more; the connection is reset; nothing ever comes.
  faults& end_reading(std::size_t n) { return set(reading_, n, asio::error::eof); }
  faults& reset_reading(std::size_t n) { return set(reading_, n, asio::error::connection_reset); }
  faults& stall_reading(std::size_t n) { return set(reading_, n, asio::error::would_block); }
  faults& fail_reading(std::size_t n, std::error_code why) { return set(reading_, n, why); }
  /// After n bytes were written: the peer does not listen any more; ...; nothing is ever taken.
  faults& end_writing(std::size_t n) { return set(writing_, n, asio::error::broken_pipe); }
  faults& reset_writing(std::size_t n) { return set(writing_, n, asio::error::connection_reset); }
  faults& stall_writing(std::size_t n) { return set(writing_, n, asio::error::would_block); }
  faults& fail_writing(std::size_t n, std::error_code why) { return set(writing_, n, why); }
  /// Sizes of the reads (the writes), in turn and over again.
  faults& split_reads(std::vector<std::size_t> sizes) {
    reading_.sizes = std::move(sizes);
    return *this;
  }
  faults& split_writes(std::vector<std::size_t> sizes) {
    writing_.sizes = std::move(sizes);
    return *this;
  }

 private:
  friend class fault_injector;

  struct direction {
    std::size_t left = unlimited;
    std::error_code error;
    std::vector<std::size_t> sizes;
    std::size_t turn = 0;

    [[nodiscard]] bool failed() const { return left == 0; }
    [[nodiscard]] bool stalled() const { return failed() && error == asio::error::would_block; }
    [[nodiscard]] std::size_t next_size() const {
      if (sizes.empty()) return left;
      return std::min(left, std::max<std::size_t>(sizes[turn % sizes.size()], 1));
    }
    void count(std::size_t n) {
      if (left != unlimited) left -= n;
      if (n > 0) ++turn;
    }
  };

  faults& set(direction& which, std::size_t after, std::error_code error) {
    which.left = after;
    which.error = error;
    return *this;
  }

  direction reading_;
  direction writing_;
};

/// Any stream, with faults. Used on the executor of the stream below.
class fault_injector final : public stream {
 public:
  fault_injector(asio::any_io_executor const& executor, std::unique_ptr<stream> below, faults plan)
      : below_{std::move(below)}, plan_{std::move(plan)}, reader_{executor}, writer_{executor} {}

  io_result read_some(std::span<std::byte> into) override {
    auto& plan = plan_.reading_;
    if (plan.failed()) return {0, plan.error};
    auto const done = below_->read_some(into.first(std::min(into.size(), plan.next_size())));
    plan.count(done.bytes);
    return done;
  }

  io_result write_some(std::span<std::span<std::byte const> const> from) override {
    auto& plan = plan_.writing_;
    if (plan.failed()) return {0, plan.error};
    std::size_t room = plan.next_size();
    std::vector<std::span<std::byte const>> some;
    for (auto const& piece : from) {
      some.push_back(piece.first(std::min(piece.size(), room)));
      room -= some.back().size();
    }
    auto const done = below_->write_some(some);
    plan.count(done.bytes);
    return done;
  }

  asio::awaitable<std::error_code> wait_readable() override {
    if (plan_.reading_.failed()) return stay(reader_, plan_.reading_.stalled());
    return below_->wait_readable();
  }
  asio::awaitable<std::error_code> wait_writable() override {
    if (plan_.writing_.failed()) return stay(writer_, plan_.writing_.stalled());
    return below_->wait_writable();
  }

  bool peer_closed() override {
    bool const gone = plan_.reading_.failed() && !plan_.reading_.stalled();
    return closed_ || gone || below_->peer_closed();
  }
  void close() noexcept override {
    closed_ = true;
    below_->close();
    reader_.open();
    writer_.open();
  }
  [[nodiscard]] std::string peer_address() const override { return below_->peer_address(); }

 private:
  /// A failure is there at once; a stalled direction lets on nobody but who is cancelled or closed.
  asio::awaitable<std::error_code> stay(detail::gate& at, bool stalled) {
    if (stalled && !closed_) static_cast<void>(co_await at.wait());
    if (closed_ || stalled) co_return asio::error::operation_aborted;
    co_return std::error_code{};
  }

  std::unique_ptr<stream> below_;
  faults plan_;
  detail::gate reader_;
  detail::gate writer_;
  bool closed_ = false;
};

}  // namespace codimse::inline v0::testing

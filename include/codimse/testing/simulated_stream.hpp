// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/io/clock.hpp>
#include <codimse/io/stream.hpp>
#include <codimse/testing/duplex_stream.hpp>
#include <codimse/testing/event_trace.hpp>
#include <codimse/testing/network_plan.hpp>
#include <codimse/testing/pdu_watch.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0::testing {

/// One end of a connection in memory whose bytes go as a plan says: in pieces, slowly, and with
/// mishaps at chosen places of the PDUs. What this end writes is watched (`pdu_watch`).
/// Used on one executor; must be gone before its event loop and its clock are.
class simulated_stream final : public stream {
 public:
  /// `seen` is what the owner of this end writes; `trace` may be nullptr. Both are the caller's.
  simulated_stream(asio::any_io_executor const& executor, clock& source,
                   std::unique_ptr<duplex_stream> below, end_plan plan, std::string name,
                   std::shared_ptr<pdu_watch> seen, event_trace* trace)
      : state_{std::make_shared<state>(executor, source, std::move(below), std::move(plan))},
        name_{std::move(name)},
        seen_{std::move(seen)},
        trace_{trace} {}
  ~simulated_stream() override { close(); }

  io_result read_some(std::span<std::byte> into) override {
    auto& self = *state_;
    auto& side = self.reading;
    if (self.closed) return {0, asio::error::bad_descriptor};
    if (self.blocked(side)) return {0, asio::error::would_block};
    auto const got = take(into.first(std::min(into.size(), side.next_size())));
    if (got.bytes == 0) return got;
    auto const passed = side.until_event(into.first(got.bytes));
    // What lies behind a pause comes later; behind everything else, nobody asks for it.
    auto const rest = into.first(got.bytes).subspan(passed);
    self.held.insert(self.held.begin(), rest.begin(), rest.end());
    side.pass(into.first(passed));
    note("read", into.first(passed));
    if (!rest.empty()) happen(side);
    else if (side.plan.latency > duration::zero()) self.block(side, side.plan.latency);
    if (passed > 0) return {passed, {}};
    return {0, side.failure ? side.failure : asio::error::would_block};
  }

  io_result write_some(std::span<std::span<std::byte const> const> from) override {
    auto& self = *state_;
    auto& side = self.writing;
    if (self.closed) return {0, asio::error::bad_descriptor};
    if (self.blocked(side)) return {0, asio::error::would_block};
    if (side.failure) return {0, side.failure};
    std::size_t done = 0;
    for (auto const& piece : from) {
      auto const wanted = piece.first(std::min(piece.size(), side.next_size()));
      auto const allowed = side.until_event(wanted);
      std::array const one{wanted.first(allowed)};
      auto const got = allowed == 0 ? io_result{} : self.below->write_some(one);
      side.pass(piece.first(got.bytes));
      note("wrote", piece.first(got.bytes));
      seen_->sent(piece.first(got.bytes));
      done += got.bytes;
      if (got.bytes == allowed && allowed < wanted.size()) happen(side);
      else if (got.error) return {done, done > 0 ? std::error_code{} : got.error};
      if (got.bytes < piece.size()) break;
    }
    if (done > 0 && side.plan.latency > duration::zero()) self.block(side, side.plan.latency);
    if (done > 0 || !side.failure) return {done, done > 0 ? std::error_code{} : would_block()};
    return {0, side.failure};
  }

  asio::awaitable<std::error_code> wait_readable() override { return wait_to_read(state_); }
  asio::awaitable<std::error_code> wait_writable() override { return wait_to_write(state_); }

  bool peer_closed() override {
    auto const& self = *state_;
    if (self.closed || self.reading.failure) return true;
    return !self.reading.stalled && self.below->peer_closed();
  }
  void close() noexcept override {
    if (!state_->closed && trace_ != nullptr) trace_->note(name_, "closed");
    state_->close();
  }
  [[nodiscard]] std::string peer_address() const override { return "simulated:" + name_; }

 private:
  struct way {
    direction_plan plan;
    detail::gate gate;
    std::unique_ptr<alarm> bell;
    pdu_position position;
    std::size_t next_event = 0;
    std::size_t turn = 0;
    time_point free_at{};
    bool stalled = false;
    std::error_code failure;

    way(asio::any_io_executor const& executor, clock& source, direction_plan p)
        : plan{std::move(p)}, gate{executor}, bell{source.make_alarm(executor)} {}

    [[nodiscard]] std::size_t next_size() {
      if (plan.sizes.empty()) return unlimited;
      return std::max<std::size_t>(plan.sizes[turn++ % plan.sizes.size()], 1);
    }
    /// How many of these bytes go by before the next event.
    [[nodiscard]] std::size_t until_event(std::span<std::byte const> bytes) const {
      if (next_event == plan.events.size()) return bytes.size();
      auto copy = position;
      return copy.advance(bytes, plan.events[next_event].at);
    }
    void pass(std::span<std::byte const> bytes) { position.advance(bytes); }
    void fail(std::error_code why) {
      failure = why;
      stalled = false;
      free_at = {};
      gate.open();
    }
  };

  /// Shared with the coroutines that wait, because whoever closes may also destroy.
  struct state : std::enable_shared_from_this<state> {
    state(asio::any_io_executor const& executor, clock& source,
          std::unique_ptr<duplex_stream> stream, end_plan plan)
        : time{source},
          below{std::move(stream)},
          reading{executor, source, std::move(plan.reading)},
          writing{executor, source, std::move(plan.writing)},
          farewell{source.make_alarm(executor)} {}

    [[nodiscard]] bool blocked(way const& one) const {
      return one.stalled || time.now() < one.free_at;
    }
    void block(way& one, duration how_long) {
      one.free_at = time.now() + how_long;
      one.bell->arm(one.free_at, [weak = weak_from_this(), &one] {
        if (auto const self = weak.lock()) one.gate.open();
      });
    }
    void close() noexcept {
      if (std::exchange(closed, true)) return;
      if (!vanished) below->close();
      reading.bell->cancel();
      writing.bell->cancel();
      reading.gate.open();
      writing.gate.open();
    }
    /// The other end hears of our end only later.
    void vanish(duration how_long) {
      vanished = reading.stalled = writing.stalled = true;
      farewell->arm(time.now() + how_long, [self = shared_from_this()] { self->below->close(); });
    }

    clock& time;
    std::unique_ptr<duplex_stream> below;
    way reading;
    way writing;
    std::unique_ptr<alarm> farewell;
    std::vector<std::byte> held;  // read from below, but not by the owner
    bool closed = false;
    bool vanished = false;
  };

  static std::error_code would_block() { return asio::error::would_block; }

  io_result take(std::span<std::byte> into) {
    auto& self = *state_;
    if (self.held.empty()) {
      if (self.reading.failure) return {0, self.reading.failure};
      return self.below->read_some(into);
    }
    auto const n = std::min(into.size(), self.held.size());
    auto const end = self.held.begin() + static_cast<std::ptrdiff_t>(n);
    std::copy(self.held.begin(), end, into.begin());
    self.held.erase(self.held.begin(), end);
    return {n, {}};
  }

  void note(std::string_view what, std::span<std::byte const> bytes) {
    if (trace_ == nullptr || bytes.empty()) return;
    trace_->note(name_, what, bytes.size());
    trace_->bytes(bytes);
  }

  void happen(way& at) {
    auto& self = *state_;
    auto const event = at.plan.events[at.next_event++];
    bool const reading = &at == &self.reading;
    if (trace_ != nullptr) trace_->note(name_, name_of(event.what), reading ? 0 : 1);
    switch (event.what) {
      case mishap::reset: fail_both(asio::error::connection_reset); return self.below->reset();
      case mishap::close: fail_both(asio::error::eof); return self.below->close();
      case mishap::half_close:
        at.failure = reading ? std::error_code{asio::error::eof} : asio::error::broken_pipe;
        if (reading) self.held.clear();
        else self.below->shutdown_send();
        return;
      case mishap::stall: at.stalled = true; return;
      case mishap::pause: return self.block(at, event.lasting);
      case mishap::vanish: return self.vanish(event.lasting);
    }
  }
  void fail_both(std::error_code reading) {
    auto& self = *state_;
    self.held.clear();
    self.reading.fail(reading);
    self.writing.fail(asio::error::broken_pipe);
  }

  /// Yields false when it is closed, or the wait was cancelled.
  static asio::awaitable<bool> wait_until_free(std::shared_ptr<state> self, way& at) {
    bool going_on = true;
    while (going_on && !self->closed && self->blocked(at)) going_on = co_await at.gate.wait();
    co_return going_on && !self->closed;
  }
  static asio::awaitable<std::error_code> wait_to_read(std::shared_ptr<state> self) {
    bool const free = co_await wait_until_free(self, self->reading);
    if (!free) co_return asio::error::operation_aborted;
    if (self->reading.failure || !self->held.empty()) co_return std::error_code{};
    auto const how = co_await self->below->wait_readable();
    if (self->reading.failure && !self->closed) co_return std::error_code{};
    co_return how;
  }
  static asio::awaitable<std::error_code> wait_to_write(std::shared_ptr<state> self) {
    bool const free = co_await wait_until_free(self, self->writing);
    if (!free) co_return asio::error::operation_aborted;
    if (self->writing.failure) co_return std::error_code{};
    auto const how = co_await self->below->wait_writable();
    if (self->writing.failure && !self->closed) co_return std::error_code{};
    co_return how;
  }

  std::shared_ptr<state> state_;
  std::string name_;
  std::shared_ptr<pdu_watch> seen_;
  event_trace* trace_;
};

}  // namespace codimse::inline v0::testing

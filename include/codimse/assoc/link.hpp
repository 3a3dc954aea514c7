// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/association_info.hpp>
#include <codimse/assoc/deadlines.hpp>
#include <codimse/assoc/errors.hpp>
#include <codimse/assoc/fifo_lock.hpp>
#include <codimse/assoc/options.hpp>
#include <codimse/assoc/waiter.hpp>
#include <codimse/bytes/buffer_pool.hpp>
#include <codimse/core/printable.hpp>
#include <codimse/io/source.hpp>
#include <codimse/io/stream.hpp>
#include <codimse/pdu/p_data.hpp>
#include <codimse/ul/provider.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/error.hpp>
#include <asio/this_coro.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0::detail {

/// The Upper Layer of one association on a stream: does what the provider's steps say, writes
/// messages one at a time, keeps the clock, and remembers how it all ended. Knows no DIMSE.
class link {
 public:
  link(asio::any_io_executor executor, std::unique_ptr<stream> carrier, ul::role side,
       association_options const& options, std::shared_ptr<buffer_pool> pool)
      : options_{options},
        stream_{std::move(carrier)},
        pool_{std::move(pool)},
        provider_{side, options.timeouts.acse},
        timers_{options.clock != nullptr ? *options.clock : system_clock::instance(),
                std::move(executor)},
        lock_{registry_} {
    facts_.role = side;
    facts_.peer_address = stream_->peer_address();
  }

  [[nodiscard]] association_options const& options() const { return options_; }
  /// From now on the peer is met as it needs it.
  void meet(peer_profile const* who) {
    facts_.profile = who;
    if (who != nullptr) adapt(options_, *who);
  }
  [[nodiscard]] association_facts& facts() { return facts_; }
  [[nodiscard]] association_facts const& facts() const { return facts_; }
  [[nodiscard]] ul::provider& provider() { return provider_; }
  [[nodiscard]] deadlines& timers() { return timers_; }
  [[nodiscard]] stream& carrier() { return *stream_; }
  [[nodiscard]] buffer_pool& pool() { return *pool_; }
  [[nodiscard]] waiter_registry& registry() { return registry_; }
  [[nodiscard]] std::uint64_t bytes_sent() const { return bytes_sent_; }

  /// The association is over: nothing more is sent but what ends it.
  [[nodiscard]] bool over() const { return facts_.over; }
  [[nodiscard]] std::error_code error() const { return error_; }
  [[nodiscard]] std::string const& explanation() const { return explanation_; }
  /// Called once, when the association is over for whatever reason.
  std::function<void()> on_over;

  /// The exception that tells how the association ended.
  [[noreturn]] void throw_end() const {
    if (rejection_) throw association_rejected{*rejection_};
    if (error_ == errc::aborted_by_user || error_ == errc::aborted_by_provider)
      throw association_aborted{abort_};
    if (!error_) throw_released();
    if (explanation_.empty()) throw codimse::error{error_};
    throw codimse::error{error_, explanation_};
  }

  /// Does what a step of the provider demands. Control PDUs go out now where they fit; what does
  /// not is written by `flush` or by the message under way when it is done.
  void apply(ul::provider::step const& step) {
    auto const outgoing = provider_.outgoing();
    control_.insert(control_.end(), outgoing.begin(), outgoing.end());
    provider_.sent();
    if (auto const artim = provider_.artim_deadline()) timers_.set_at(deadlines::artim, *artim);
    else timers_.clear(deadlines::artim);
    if (!lock_.held()) write_control_now();
    if (step.tell == ul::indication::aborted) end_aborted(step.abort);
    if (step.transport == ul::transport_change::close) stream_->close();
  }

  /// Ends the association from our side: A-ABORT where the protocol allows one.
  void abort(abort_reason why, std::error_code error, std::string const& explanation = {}) {
    end(error, explanation);
    auto const step = provider_.abort_request(timers_.now(), why);
    if (step.allowed) apply(step);
    else if (provider_.current() != ul::state::sta13_awaiting_close) stream_->close();
  }
  /// The peer sent what no peer may send: A-ABORT with the reason that fits (Evt19).
  void violation(errc why, std::string const& explanation = {}) {
    end(why, explanation);
    apply(provider_.invalid_pdu(why, timers_.now()));
  }
  void transport_closed(std::error_code why = errc::connection_closed) {
    if (provider_.current() == ul::state::sta1_idle) return;
    auto const step = provider_.transport_closed();
    if (step.tell == ul::indication::aborted) end(why);
    apply(step);
    end({});
    stream_->close();
  }
  void rejected(pdu::associate_rj const& answer) {
    rejection_ = answer;
    end(errc::association_rejected, describe(answer));
  }
  void released_by_peer() {
    peer_released_ = !over();
    end({});
  }
  /// First cause wins. The explanation may hold what a handler threw: it becomes printable.
  void end(std::error_code why, std::string const& explanation = {}) {
    if (std::exchange(facts_.over, true)) return;
    error_ = why;
    explanation_ = printable(explanation.empty() && why ? why.message() : explanation);
    if (on_over) on_over();
  }

  /// Writes the control PDUs that are waiting, after the message under way.
  asio::awaitable<void> flush() {
    if (control_.empty()) co_return;
    auto const holder = co_await lock_.acquire();
    co_await write_control();
  }

  /// Sends one message: its command set and, from `data`, its data set (PS3.8 Annex E). Begins
  /// when no other message is under way, and yields the bytes of data set sent. `refused` may turn
  /// true while sending (an early failure response, PS3.7 9.3.1.3): the data set is then cut short
  /// with its last fragment. Throws when the
  /// association ends, when the source fails (which aborts), or when cancelled (which aborts
  /// unless nothing was sent yet).
  asio::awaitable<std::uint64_t> send_message(std::uint8_t context_id,
                                              std::span<std::byte const> command, source_ref* data,
                                              bool const* refused) {
    auto const holder = co_await lock_.acquire();
    control_guard const then_control{*this};
    if (over()) throw_end();
    if (!provider_.may_send_data()) throw codimse::error{errc::not_established};
    std::uint32_t const room = fragment_room();
    if (room == 0) throw codimse::error{errc::peer_max_length_too_small};
    std::uint64_t sent = 0;
    if (data == nullptr) {
      frame_command(context_id, command, room);
      std::array const whole{std::span<std::byte const>{command_frames_}};
      co_await write(whole);
    } else {
      sent = co_await send_with_data(context_id, command, room, *data, refused);
    }
    co_await write_control();
    co_return sent;
  }

  /// One look at the clock: ARTIM, ACSE, a peer that does not read, a peer that has gone.
  void check_deadlines(time_point now) {
    if (timers_.expired(deadlines::artim, now)) artim_expired(now);
    if (timers_.expired(deadlines::acse, now)) {
      timers_.clear(deadlines::acse);
      abort({}, errc::acse_timeout);
    }
    if (timers_.expired(deadlines::receive, now)) {
      timers_.clear(deadlines::receive);
      abort({}, errc::dimse_timeout, "timeout: the peer did not go on with its message");
    }
    if (timers_.expired(deadlines::write, now)) {
      timers_.clear(deadlines::write);
      abort({}, errc::write_timeout);
      stream_->close();  // the A-ABORT cannot get through either
    }
    if (timers_.expired(deadlines::control, now)) {
      timers_.clear(deadlines::control);
      if (!lock_.held()) write_control_now();
    }
    if (timers_.expired(deadlines::stall, now)) {
      timers_.set(deadlines::stall, stall_check);
      if (stream_->peer_closed()) {
        timers_.clear(deadlines::stall);
        transport_closed();
      }
    }
  }

  /// While we do not read, because a sink holds us back, the peer's end is looked for this often.
  static constexpr duration stall_check = std::chrono::milliseconds{250};

 private:
  static constexpr std::size_t max_pieces = 64;

  [[noreturn]] void throw_released() const {
    if (!peer_released_) throw codimse::error{errc::not_established};
    throw codimse::error{errc::not_established, "the peer released the association"};
  }

  void end_aborted(abort_reason why) {
    abort_ = why;
    end(why.source == 2 ? errc::aborted_by_provider : errc::aborted_by_user, describe(why));
  }

  void artim_expired(time_point now) {
    timers_.clear(deadlines::artim);
    bool const never_asked = provider_.current() == ul::state::sta2_awaiting_associate_rq;
    if (never_asked) end(errc::acse_timeout, "no A-ASSOCIATE-RQ before ARTIM expired");
    apply(provider_.artim_expired(now));
    stream_->close();
  }

  [[nodiscard]] std::uint32_t fragment_room() const {
    auto const& agreed = facts_.agreed;
    std::uint32_t const announced = facts_.role == ul::role::requestor
                                        ? agreed.acceptor_max_length
                                        : agreed.requestor_max_length;
    auto const slab = static_cast<std::uint32_t>(send_size());
    return pdu::fragment_room(announced,
                              std::min(options_.max_sent_pdu_length,
                                       slab - std::uint32_t{pdu::header_size} - command_reserve));
  }

  void frame_command(std::uint8_t context_id, std::span<std::byte const> command,
                     std::uint32_t room) {
    command_frames_.clear();
    while (!command.empty()) {
      auto const part = command.first(std::min<std::size_t>(room, command.size()));
      command = command.subspan(part.size());
      std::array<std::byte, pdu::p_data_overhead> header{};
      pdu::write_p_data_header(header.data(), context_id, {true, command.empty()},
                               static_cast<std::uint32_t>(part.size()));
      command_frames_.insert(command_frames_.end(), header.begin(), header.end());
      command_frames_.insert(command_frames_.end(), part.begin(), part.end());
    }
  }

  /// Command and first data PDUs in one write, then as many PDUs a write as a slab holds. The data
  /// set is read right behind the headers' places, so that a buffer goes out in one piece.
  asio::awaitable<std::uint64_t> send_with_data(std::uint8_t context_id,
                                                std::span<std::byte const> command,
                                                std::uint32_t room, source_ref data,
                                                bool const* refused) {
    auto const slab = pool_->take();
    auto const memory = slab.bytes().first(send_size());
    auto const sent_before = bytes_sent_;
    frame_command(context_id, command, room);
    std::size_t used = 0;
    bool begun = command_frames_.size() > command_reserve;
    if (begun) {  // long lists of attributes
      std::array const whole{std::span<std::byte const>{command_frames_}};
      co_await write(whole);
    } else {
      std::ranges::copy(command_frames_, memory.begin());
      used = command_frames_.size();
    }
    std::uint64_t sent = 0;
    try {
      for (bool last = false; !last;) {
        std::size_t const count = lay_out(memory, used, room);
        pieces const places{pieces_.data(), count};
        read_result got;
        if (data.at_once()) got = data.read_now(places);
        else got = co_await data.read(places);
        if (over()) throw_end();
        if (got.error) fail_source(got.error, begun);
        last = got.last || (refused != nullptr && *refused);
        sent += got.bytes;
        used = write_headers(memory, used, context_id, got.bytes, last);
        std::array const whole{std::span<std::byte const>{memory.first(used)}};
        begun = true;
        co_await write(whole);
        used = 0;
      }
    } catch (std::system_error const& failed) {
      if (bytes_sent_ != sent_before) break_off(failed.code(), failed.what());
      throw;
    } catch (...) {
      if (bytes_sent_ != sent_before) break_off({}, "exception");
      throw;
    }
    co_return sent;
  }

  /// A source that fails before its first byte costs nothing; later, the message is broken.
  void fail_source(std::error_code why, bool begun) {
    std::string const what = unreadable(why.message());
    if (begun) abort({}, errc::source_failed, what);
    throw codimse::error{errc::source_failed, what};
  }
  /// The same for a source that throws, and for cancellation: where a part of the message has left,
  /// no other message may follow it.
  void break_off(std::error_code why, std::string const& what) {
    if (over()) return;
    bool const cancelled = why == asio::error::operation_aborted || why == errc::cancelled;
    if (cancelled) abort({}, errc::cancelled);
    else abort({}, errc::source_failed, unreadable(what));
  }
  static std::string unreadable(std::string const& why) {
    return "the data set to send could not be read: " + why;
  }

  std::size_t lay_out(std::span<std::byte> memory, std::size_t at, std::uint32_t room) {
    std::size_t count = 0;
    while (count < max_pieces && memory.size() - at >= pdu::p_data_overhead + 2) {
      at += pdu::p_data_overhead;
      std::size_t const size = std::min<std::size_t>(room, memory.size() - at) & ~std::size_t{1};
      pieces_[count++] = memory.subspan(at, size);
      at += size;
      if (size < room) break;
    }
    return count;
  }

  /// Puts the headers in front of `bytes` bytes that were read; yields the end of the last PDU.
  std::size_t write_headers(std::span<std::byte> memory, std::size_t at, std::uint8_t context_id,
                            std::size_t bytes, bool last) {
    for (std::size_t i = 0;; ++i) {
      std::size_t size = std::min(bytes, pieces_[i].size());
      bytes -= size;
      if (bytes == 0 && last && size % 2 != 0)
        pieces_[i][size++] = std::byte{0};  // PS3.8 E.1: even
      pdu::write_p_data_header(memory.data() + at, context_id, {false, last && bytes == 0},
                               static_cast<std::uint32_t>(size));
      at += pdu::p_data_overhead + size;
      if (bytes == 0) return at;
    }
  }

  void write_control_now() {
    if (mid_pdu_) return;
    while (!control_.empty()) {
      std::array const whole{std::span<std::byte const>{control_}};
      auto const done = stream_->write_some(whole);
      if (done.bytes == 0) break;
      bytes_sent_ += done.bytes;
      control_.erase(control_.begin(), control_.begin() + static_cast<std::ptrdiff_t>(done.bytes));
    }
    // Perhaps nobody comes to flush: half an A-ABORT would be none.
    if (!control_.empty()) timers_.set(deadlines::control, stall_check);
  }

  asio::awaitable<void> write_control() {
    while (!control_.empty()) {
      std::vector<std::byte> const sending = std::exchange(control_, {});
      std::array const whole{std::span<std::byte const>{sending}};
      co_await write(whole);
    }
  }

  /// Writes everything, with a deadline on every wait. The pieces are PDUs: if it cannot finish,
  /// the connection is of no use any more.
  asio::awaitable<void> write(std::span<std::span<std::byte const> const> whole) {
    auto const done = stream_->write_some(whole);
    bytes_sent_ += done.bytes;
    auto const rest = whole.front().subspan(done.bytes);
    if (rest.empty()) co_return;
    mid_pdu_ = true;
    co_await write_rest(rest, done.error);
  }

  /// Cancellation in the middle of a PDU poisons the association. Once that is over anyway, the
  /// PDU is finished, so that an A-ABORT may follow it; a deadline closes the stream if need be.
  asio::awaitable<void> write_rest(std::span<std::byte const> rest, std::error_code failed) {
    bool const throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    for (;;) {
      if (!failed || failed == asio::error::would_block || failed == asio::error::try_again) {
        timers_.set(deadlines::write, options_.timeouts.write);
        failed = co_await stream_->wait_writable();
        timers_.clear(deadlines::write);
      }
      if (failed && !(failed == asio::error::operation_aborted && over())) break;
      std::array const part{rest};
      auto const done = stream_->write_some(part);
      bytes_sent_ += done.bytes;
      rest = rest.subspan(done.bytes);
      failed = done.error;
      if (rest.empty()) break;
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    mid_pdu_ = !rest.empty();
    if (!mid_pdu_) co_return;
    // We close only when all is over: before that, an aborted wait is somebody's cancellation.
    if (failed == asio::error::operation_aborted && !over()) end(errc::cancelled);
    transport_closed(over() ? error() : make_error_code(errc::connection_closed));
    throw_end();
  }

  /// A message that ends early leaves the stream between two PDUs: what must still be said
  /// (an A-ABORT) is said then.
  struct control_guard {
    link& self;
    explicit control_guard(link& l) : self{l} {}
    control_guard(control_guard const&) = delete;
    control_guard& operator=(control_guard const&) = delete;
    ~control_guard() { self.write_control_now(); }
  };

  /// Bytes a write, unless the peer takes longer PDUs: what stays in the caches between the read
  /// from a file and the write to the socket is sent cheapest.
  static constexpr std::size_t usual_send_size = 256 * 1024;
  [[nodiscard]] std::size_t send_size() const {
    std::size_t const longest =
        std::size_t{options_.max_sent_pdu_length} + pdu::header_size + command_reserve;
    return std::min(pool_->slab_size(), std::max(usual_send_size, longest));
  }

  /// Room for the command set in front of the first data PDU of a slab.
  static constexpr std::uint32_t command_reserve = 4096;

  association_options options_;
  std::unique_ptr<stream> stream_;
  std::shared_ptr<buffer_pool> pool_;
  association_facts facts_;
  ul::provider provider_;
  deadlines timers_;
  waiter_registry registry_;
  fifo_lock lock_;
  std::vector<std::byte> control_;
  std::vector<std::byte> command_frames_;
  std::array<std::span<std::byte>, max_pieces> pieces_{};
  std::uint64_t bytes_sent_ = 0;
  bool mid_pdu_ = false;
  bool peer_released_ = false;
  std::error_code error_;
  std::string explanation_;
  abort_reason abort_{};
  std::optional<pdu::associate_rj> rejection_;
};

}  // namespace codimse::inline v0::detail

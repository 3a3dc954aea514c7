// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/waiter.hpp>
#include <codimse/core/error.hpp>
#include <codimse/core/limits.hpp>
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/data/head_scanner.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/io/file_executor.hpp>
#include <codimse/io/object_info.hpp>
#include <codimse/io/sink.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

namespace detail {
class performer;
class session;
}  // namespace detail

/// The data set of a request that is being received: nothing of it has been stored or parsed, and
/// the handler chooses where it goes. The association reads on only as its bytes are taken, so
/// the peer is held back by whoever takes them, and memory stays bounded.
///
/// Lives as long as its handler runs. All awaiting functions throw `codimse::error` when the
/// association ends before the data set does.
/// Used by one association, on its executor.
class incoming_data_set {
 public:
  incoming_data_set(detail::waiter_registry& registry, limits const& bounds)
      : limits_{bounds}, consumer_{registry}, producer_{registry} {}

  /// Who and what it is, as the command and the association say. The Study Instance UID is filled
  /// in by `look_at_head`.
  [[nodiscard]] object_info const& info() const { return info_; }
  /// Bytes received so far.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  /// Everything has been handed out: `next` would yield nothing more.
  [[nodiscard]] bool finished() const { return end_handed_out_ && replay_.empty(); }

  /// The next slices, without a copy, valid until the next call; none at the end.
  asio::awaitable<fragments> next() {
    if (!replay_.empty()) {
      handed_out_ = std::move(replay_);
      replay_.clear();
      co_return handed_out_;
    }
    co_return co_await next_from_wire();
  }

  /// Reads ahead to the end of the head: until an element after `stop` was met at top level.
  /// Nothing is lost: `next` begins with the first byte all the same. `scanner` tells what it
  /// found. At most `limits::head_length` bytes are held.
  asio::awaitable<head_state> look_at_head(head_scanner& scanner) {
    head_state state = head_state::need_more;
    std::vector<std::byte> held;
    while (state == head_state::need_more && !finished()) {
      fragments const slices = co_await next();
      for (auto const& slice : slices) {
        if (state == head_state::need_more) state = scanner.feed(slice);
      }
      bool const enough = state != head_state::need_more || end_handed_out_;
      if (enough || held.size() > limits_.head_length) {
        replay_from(std::move(held), slices);
        break;
      }
      for (auto const& slice : slices) held.insert(held.end(), slice.begin(), slice.end());
    }
    co_return state == head_state::need_more ? scanner.finish() : state;
  }

  /// Sends the data set to a sink and answers with the status of its last step. Reads the head
  /// first where the sink wants the Study Instance UID. After a failure the rest is drained.
  template <class S>
  asio::awaitable<outcome> save(S target) {
    static_assert(
        sink<S>,
        "codimse: this is no sink: it needs open(object_info const&), write(fragments), "
        "commit(), each yielding an outcome or an awaitable of one, and a noexcept discard()");
    if constexpr (sink<S>) return save_to(std::move(target));
  }

  /// The whole data set in memory. Throws `errc::limit_exceeded` above
  /// `limits::data_set_in_memory` bytes.
  asio::awaitable<std::vector<std::byte>> read_all() {
    return read_all(limits_.data_set_in_memory);
  }
  /// The same with a limit of the caller's, in bytes.
  asio::awaitable<std::vector<std::byte>> read_all(std::size_t most) {
    std::vector<std::byte> all;
    while (!finished()) {
      fragments const slices = co_await next();
      for (auto const& slice : slices) {
        if (slice.size() > most - all.size()) throw error{errc::limit_exceeded};
        all.insert(all.end(), slice.begin(), slice.end());
      }
    }
    give_back();
    co_return all;
  }

 private:
  friend class detail::performer;
  friend class detail::session;

  template <class S>
  struct discard_guard {
    S& target;
    bool committed = false;
    explicit discard_guard(S& s) : target{s} {}
    discard_guard(discard_guard const&) = delete;
    discard_guard& operator=(discard_guard const&) = delete;
    ~discard_guard() {
      if (!committed) target.discard();
    }
  };

  template <sink S>
  asio::awaitable<outcome> save_to(S target) {
    discard_guard<S> guard{target};
    if (wants_study_instance_uid(target)) co_await find_study_instance_uid();
    fragments slices = co_await next();
    if (slices.empty()) co_return outcome{status::cannot_understand, "the data set is empty"};
    // What came whole in one buffer is written faster than handed over to another thread.
    auto const executor = end_handed_out_ ? std::nullopt : executor_of(target);
    auto const open = [&target, this] { return target.open(info_); };
    auto const write = [&target, &slices] { return target.write(slices); };
    auto const commit = [&target] { return target.commit(); };
    outcome how = co_await step(executor, open);
    while (!how.is_failure() && !slices.empty()) {
      how = co_await step(executor, write);
      if (how.is_failure()) break;
      slices = fragments{};
      if (!finished()) slices = co_await next();
    }
    drop();
    if (how.is_failure()) co_return how;
    auto const committer = commit_waits_for_disk(target) ? executor_of(target) : executor;
    outcome const last = co_await step(committer, commit);
    guard.committed = !last.is_failure();
    co_return last;
  }

  template <class F>
  static asio::awaitable<outcome> step(std::optional<asio::any_io_executor> executor, F f) {
    if constexpr (!std::same_as<decltype(f()), outcome>) {
      co_return co_await f();
    } else {
      if (!executor) co_return f();
      co_return co_await detail::run_on<outcome>(*executor, f);
    }
  }

  asio::awaitable<void> find_study_instance_uid() {
    auto const* const syntax = find_transfer_syntax(info_.transfer_syntax.view());
    if (syntax == nullptr) co_return;
    std::array const wanted{tags::study_instance_uid};
    head_scanner scanner{*syntax, wanted, tags::study_instance_uid};
    co_await look_at_head(scanner);
    if (auto const text = scanner.text(tags::study_instance_uid))
      info_.study_instance = uid::from_wire(*text);
  }

  /// What `next` yields first: what was held back, then the slices that are at hand.
  void replay_from(std::vector<std::byte> held, fragments slices) {
    std::vector<std::span<std::byte const>> replay;
    if (!held.empty()) replay.emplace_back(held);
    replay.insert(replay.end(), slices.begin(), slices.end());
    // Moving keeps the bytes where they are; slices of an earlier look may still lie in `head_`.
    if (!held.empty()) head_ = std::move(held);
    replay_ = std::move(replay);
  }

  asio::awaitable<fragments> next_from_wire() {
    give_back();
    while (!available_ && !end_received_ && !failure_) {
      bool const cancelled = co_await consumer_.wait();
      if (cancelled) throw std::system_error{asio::error::operation_aborted};
    }
    if (failure_) throw error{failure_};
    if (!available_) {
      end_handed_out_ = true;
      co_return fragments{};
    }
    available_ = false;
    taken_ = true;
    end_handed_out_ = end_received_;
    co_return published_;
  }

  /// The consumer is done with the slices that it has: the association may reuse their memory.
  void give_back() {
    if (!std::exchange(taken_, false)) return;
    published_ = {};
    producer_.notify();
  }

  // The association's side.

  /// `empty`: no data set follows the command.
  void begin(object_info const& object, bool empty) {
    info_ = object;
    end_received_ = end_handed_out_ = empty;
  }

  /// Hands slices to the consumer and waits until it is done with them.
  asio::awaitable<void> publish(fragments slices, bool last) {
    for (auto const& slice : slices) bytes_ += slice.size();
    end_received_ = last;
    if (dropped_ || failure_) {
      if (last) consumer_.notify();  // whoever waits for the end of what nobody wants
      co_return;
    }
    published_ = slices;
    available_ = !slices.empty();
    consumer_.notify();
    // What was handed out stays where it is until it is given back, even when the association ends:
    // another thread may be writing it.
    while (taken_ || (available_ && !dropped_ && !failure_)) co_await producer_.wait();
  }
  [[nodiscard]] bool end_received() const { return end_received_; }
  /// Resumed when the last slice has come, or the association has ended; for after `drop`.
  asio::awaitable<void> wait_for_end() { co_await consumer_.wait(); }

  /// Nobody wants the rest: later slices are thrown away.
  void drop() {
    dropped_ = true;
    available_ = taken_ = false;
    end_handed_out_ = true;
    producer_.notify();
  }
  void fail(std::error_code why) {
    if (end_received_ || failure_) return;
    failure_ = why;
    consumer_.notify();
    producer_.notify();
  }

  limits limits_;
  object_info info_;
  std::uint64_t bytes_ = 0;
  detail::waiter consumer_;
  detail::waiter producer_;
  fragments published_;
  bool available_ = false;  // published, not taken yet
  bool taken_ = false;      // handed out, not given back yet
  bool end_received_ = false;
  bool end_handed_out_ = false;
  bool dropped_ = false;
  std::error_code failure_;
  std::vector<std::byte> head_;
  std::vector<std::span<std::byte const>> replay_;
  std::vector<std::span<std::byte const>> handed_out_;
};

}  // namespace codimse::inline v0

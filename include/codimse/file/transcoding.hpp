// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/writer.hpp>
#include <codimse/core/error.hpp>
#include <codimse/core/outcome.hpp>
#include <codimse/core/status.hpp>
#include <codimse/core/transfer_syntax.hpp>
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/core/uid.hpp>
#include <codimse/data/transcoder.hpp>
#include <codimse/io/object_info.hpp>
#include <codimse/io/sink.hpp>
#include <codimse/io/source.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// The transfer syntax of a UID where it is one that a `transcoder` can read and write, or nullptr.
[[nodiscard]] inline transfer_syntax const* find_plain_syntax(uid const& syntax) {
  auto const* const known = find_transfer_syntax(syntax.view());
  return known != nullptr && is_plain(*known) ? known : nullptr;
}

namespace detail {

/// A transcoder whose output is taken piece by piece. Cannot be moved, because the transcoder
/// points to the output.
class transcoding {
 public:
  transcoding(transfer_syntax const& from, transfer_syntax const& to) : turn_{from, to, out_} {}
  transcoding(transcoding const&) = delete;
  transcoding& operator=(transcoding const&) = delete;

  std::error_code feed(std::span<std::byte const> bytes) { return turn_.feed(bytes); }
  std::error_code finish() { return turn_.finish(); }

  /// What has been made and not been taken.
  [[nodiscard]] std::span<std::byte const> ready() const { return out_.view().subspan(taken_); }
  void take(std::size_t n) {
    taken_ += n;
    if (taken_ < out_.size()) return;
    out_.clear();
    taken_ = 0;
  }

 private:
  byte_writer out_;
  std::size_t taken_ = 0;
  transcoder turn_;
};

}  // namespace detail

/// A source that yields the data set of another in a different uncompressed transfer syntax, as it
/// is read. How long it will be is not known: `size()` is 0. A data set that cannot be read is an
/// error of its own (`transcoder`).
/// Used by one association, on its executor.
template <source S>
class transcoding_source {
 public:
  /// Throws `errc::invalid_argument` unless both transfer syntaxes are uncompressed (`is_plain`).
  transcoding_source(S inner, transfer_syntax const& to)
      : inner_{std::move(inner)}, info_{inner_.info()} {
    auto const* const from = find_plain_syntax(info_.transfer_syntax);
    if (from == nullptr || !is_plain(to))
      throw error{errc::invalid_argument, "only uncompressed transfer syntaxes can be transcoded"};
    turn_ = std::make_unique<detail::transcoding>(*from, to);
    info_.transfer_syntax = uid{to.uid};
  }

  [[nodiscard]] object_info const& info() const { return info_; }
  [[nodiscard]] std::uint64_t size() const { return 0; }

  auto read(pieces into) {
    if constexpr (at_once) return read_now(into);
    else return read_later(into);
  }

 private:
  static constexpr bool at_once =
      std::same_as<decltype(std::declval<S&>().read(pieces{})), read_result>;
  static constexpr std::size_t step = 64 * 1024;

  // Always one step ahead, so that the last bytes can be told from the others.

  read_result read_now(pieces into) {
    std::size_t made = 0;
    for (;;) {
      made += fill(into, made);
      if (error_) return {0, false, error_};
      if (ended_ || !turn_->ready().empty()) return {made, turn_->ready().empty(), {}};
      take(inner_.read(next_place()));
    }
  }
  asio::awaitable<read_result> read_later(pieces into) {
    std::size_t made = 0;
    for (;;) {
      made += fill(into, made);
      if (error_) co_return read_result{0, false, error_};
      if (ended_ || !turn_->ready().empty())
        co_return read_result{made, turn_->ready().empty(), {}};
      pieces const place = next_place();
      read_result const got = co_await inner_.read(place);
      take(got);
    }
  }

  pieces next_place() {
    input_.resize(step);
    place_ = input_;
    return {&place_, 1};
  }
  void take(read_result const& got) {
    error_ = got.error;
    if (!error_) error_ = turn_->feed(std::span{input_}.first(got.bytes));
    if (!error_ && got.last) error_ = turn_->finish();
    ended_ = got.last;
  }
  /// Fills the pieces from where they are filled to; yields how much it added.
  std::size_t fill(pieces into, std::size_t filled) {
    std::size_t added = 0;
    for (auto piece : into) {
      auto const skipped = std::min(filled, piece.size());
      filled -= skipped;
      piece = piece.subspan(skipped);
      auto const part = turn_->ready().first(std::min(piece.size(), turn_->ready().size()));
      if (part.empty()) continue;
      std::memcpy(piece.data(), part.data(), part.size());
      turn_->take(part.size());
      added += part.size();
    }
    return added;
  }

  S inner_;
  object_info info_;
  std::unique_ptr<detail::transcoding> turn_;
  std::vector<std::byte> input_;
  std::span<std::byte> place_;
  std::error_code error_;
  bool ended_ = false;
};

/// Stores in one uncompressed transfer syntax whatever uncompressed one arrives; what is
/// compressed, deflated or not known passes unchanged. The inner sink is told the transfer syntax
/// that it gets. A data set that cannot be read is answered with C000. Used by one association, on
/// its executor.
template <sink S>
class transcoding_sink {
 public:
  /// Throws `errc::invalid_argument` unless the transfer syntax is uncompressed (`is_plain`).
  transcoding_sink(S inner, transfer_syntax const& to) : inner_{std::move(inner)}, to_{to} {
    if (!is_plain(to)) throw error{errc::invalid_argument, "a compressed transfer syntax"};
  }

  asio::awaitable<outcome> open(object_info const& object) {
    info_ = object;
    auto const* const from = find_plain_syntax(object.transfer_syntax);
    turn_.reset();
    if (from != nullptr && *from != to_) {
      turn_ = std::make_unique<detail::transcoding>(*from, to_);
      info_.transfer_syntax = uid{to_.uid};
    }
    auto const open_inner = [this](S& to) { return to.open(info_); };
    return step(open_inner);
  }
  asio::awaitable<outcome> write(fragments slices) {
    if (turn_ == nullptr) {
      auto const pass = [slices](S& to) { return to.write(slices); };
      outcome const passed = co_await step(pass);
      co_return passed;
    }
    for (auto const& slice : slices)
      if (auto const failed = turn_->feed(slice)) co_return cannot(failed);
    outcome const how = co_await write_ready();
    co_return how;
  }
  asio::awaitable<outcome> commit() {
    if (turn_ != nullptr) {
      if (auto const failed = turn_->finish()) co_return cannot(failed);
      outcome const how = co_await write_ready();
      if (how.is_failure()) co_return how;
    }
    auto const commit_inner = [](S& to) { return to.commit(); };
    outcome const last = co_await step(commit_inner);
    co_return last;
  }
  void discard() noexcept { inner_.discard(); }

  [[nodiscard]] bool wants_study_instance_uid() const {
    return codimse::wants_study_instance_uid(inner_);
  }

 private:
  template <class Step>
  asio::awaitable<outcome> step(Step what) {
    return detail::run_step(inner_, std::move(what));
  }
  asio::awaitable<outcome> write_ready() {
    if (turn_->ready().empty()) co_return outcome{};
    ready_ = turn_->ready();
    auto const write_it = [this](S& to) { return to.write(fragments{&ready_, 1}); };
    outcome const how = co_await step(write_it);
    turn_->take(ready_.size());
    co_return how;
  }
  static outcome cannot(std::error_code const& why) {
    return {status::cannot_understand, std::string{"cannot be transcoded: "} + why.message()};
  }

  S inner_;
  transfer_syntax to_;
  object_info info_;
  std::unique_ptr<detail::transcoding> turn_;
  std::span<std::byte const> ready_;
};

}  // namespace codimse::inline v0

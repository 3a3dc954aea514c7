// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/outcome.hpp>
#include <codimse/io/file_executor.hpp>
#include <codimse/io/object_info.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// Slices of a data set, in order, in memory that belongs to the association: valid until the
/// call that got them returns (for an awaitable: completes).
using fragments = std::span<std::span<std::byte const> const>;

namespace detail {
template <class T>
concept outcome_now_or_later =
    std::same_as<T, outcome> || std::same_as<T, asio::awaitable<outcome>>;
}  // namespace detail

/// Where a received data set goes. Each step answers with an `outcome`, at once or as an awaitable:
///
///   open(object_info const&)   before the first byte; a failure status refuses the object
///   write(fragments)           any number of times, in order
///   commit()                   the data set is complete: make it last; its status is the answer
///   discard() noexcept         instead of commit, or after a failure: leave nothing behind
///
/// A sink that blocks (files) may also have `executor()`, an optional executor on which the
/// library then runs the steps above for objects that do not fit one buffer, and `commit` for all
/// objects where `commit_waits_for_disk()` says so. One that needs the Study Instance UID has
/// `wants_study_instance_uid()`.
template <class S>
concept sink = std::movable<S> && requires(S& s, object_info const& info, fragments slices) {
  { s.open(info) } -> detail::outcome_now_or_later;
  { s.write(slices) } -> detail::outcome_now_or_later;
  { s.commit() } -> detail::outcome_now_or_later;
  { s.discard() } noexcept;
};

template <class S>
[[nodiscard]] bool wants_study_instance_uid(S const& s) {
  if constexpr (requires {
                  { s.wants_study_instance_uid() } -> std::same_as<bool>;
                })
    return s.wants_study_instance_uid();
  else return false;
}

template <class S>
[[nodiscard]] std::optional<asio::any_io_executor> executor_of(S const& s) {
  if constexpr (requires { s.executor(); }) return s.executor();
  else return {};
}

template <class S>
[[nodiscard]] bool commit_waits_for_disk(S const& s) {
  if constexpr (requires {
                  { s.commit_waits_for_disk() } -> std::same_as<bool>;
                })
    return s.commit_waits_for_disk();
  else return false;
}

/// Takes everything and keeps nothing.
/// Used by one association, on its executor.
class null_sink {
 public:
  outcome open(object_info const&) { return {}; }
  outcome write(fragments) { return {}; }
  outcome commit() { return {}; }
  void discard() noexcept {}
};

/// Collects the data set in a vector of the caller's, which must outlive the sink. Refuses with
/// A700 what is longer than `limit` bytes.
/// Used by one association, on its executor.
class memory_sink {
 public:
  explicit memory_sink(std::vector<std::byte>& into, std::size_t limit = 256 * 1024 * 1024)
      : into_{&into}, limit_{limit} {}

  outcome open(object_info const&) {
    into_->clear();
    return {};
  }
  outcome write(fragments slices) {
    for (auto const& slice : slices) {
      if (slice.size() > limit_ - into_->size())
        return {status::out_of_resources, "data set is too long for memory"};
      into_->insert(into_->end(), slice.begin(), slice.end());
    }
    return {};
  }
  outcome commit() { return {}; }
  void discard() noexcept { into_->clear(); }

 private:
  std::vector<std::byte>* into_;
  std::size_t limit_;
};

namespace detail {

/// Runs a step of a sink that answers at once, perhaps on an executor of its own, or later.
template <class S, class Step>
asio::awaitable<outcome> run_step(S& s, Step step) {
  if constexpr (std::same_as<decltype(step(s)), outcome>) {
    auto const executor = executor_of(s);
    if (!executor) co_return step(s);
    auto const bound = [&s, &step] { return step(s); };
    co_return co_await run_on<outcome>(*executor, bound);
  } else {
    co_return co_await step(s);
  }
}

}  // namespace detail

/// Feeds several sinks alike. The first failure decides: all are then discarded.
/// Used by one association, on its executor.
template <sink... S>
class tee_sink {
 public:
  explicit tee_sink(S... sinks) : sinks_{std::move(sinks)...} {}

  asio::awaitable<outcome> open(object_info const& info) {
    return each([&info](auto& one) { return one.open(info); });
  }
  asio::awaitable<outcome> write(fragments slices) {
    return each([slices](auto& one) { return one.write(slices); });
  }
  asio::awaitable<outcome> commit() {
    return each([](auto& one) { return one.commit(); });
  }
  void discard() noexcept {
    std::apply([](auto&... one) { (one.discard(), ...); }, sinks_);
  }
  [[nodiscard]] bool wants_study_instance_uid() const {
    return std::apply(
        [](auto const&... one) { return (codimse::wants_study_instance_uid(one) || ...); }, sinks_);
  }

 private:
  template <class Step>
  asio::awaitable<outcome> each(Step step) {
    outcome worst{};
    co_await each_from<0>(step, worst);
    co_return worst;
  }
  template <std::size_t I, class Step>
  asio::awaitable<void> each_from(Step step, outcome& worst) {
    if constexpr (I < sizeof...(S)) {
      outcome const how = co_await detail::run_step(std::get<I>(sinks_), step);
      if (!how.status().is_success()) worst = how;
      if (!how.is_failure()) co_await each_from<I + 1>(step, worst);
    }
  }

  std::tuple<S...> sinks_;
};

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/data/data_set.hpp>
#include <codimse/data/matching.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/dimse/statuses.hpp>
#include <codimse/service/service.hpp>
#include <codimse/sop/modality_worklist.hpp>

#include <asio/awaitable.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// Worklist items, as a source yields them: kept as long as somebody goes through them.
using worklist_items = std::shared_ptr<std::vector<data_set> const>;

/// Where worklist items come from: `items()` yields those there are now, or an awaitable of them.
template <class S>
concept worklist_source = requires(S& source) {
  { source.items() } -> std::same_as<worklist_items>;
} || requires(S& source) {
  { source.items() } -> std::same_as<asio::awaitable<worklist_items>>;
};

namespace detail {

/// The item with only this one of its scheduled procedure steps.
[[nodiscard]] inline data_set with_step(data_set const& item, std::size_t step) {
  data_set one = item;
  std::vector<data_set> only(1, item.items(tags::scheduled_procedure_step_sequence)[step]);
  one.set(element{tags::scheduled_procedure_step_sequence, std::move(only)});
  return one;
}

}  // namespace detail

/// The Basic Worklist Management service class as SCP (PS3.4 Annex K): answers a C-FIND with the
/// items of a source that match, each response with one scheduled procedure step. Dates and times
/// of the start of a step are one range (K.2.2.1.2).
/// One object serves all associations, as far as its source does.
template <worklist_source Source>
class modality_worklist_scp {
 public:
  static constexpr auto sop_classes = sop::modality_worklist_find;

  explicit modality_worklist_scp(Source source, matching_options options = {})
      : source_{std::move(source)}, options_{options} {}

  reply on(c_find_rq const&, data_set const& identifier, c_find_responses& out) {
    worklist_items all;
    if constexpr (std::same_as<decltype(source_.items()), worklist_items>) all = source_.items();
    else all = co_await source_.items();
    std::size_t looked_at = 0;
    for (auto const& item : *all) {
      if (++looked_at % items_before_yield == 0) co_await let_others_work();
      if (out.cancelled()) break;
      auto const* const steps = item.find(tags::scheduled_procedure_step_sequence);
      std::size_t const count = steps == nullptr ? 0 : steps->items().size();
      if (count <= 1) {
        co_await answer(identifier, item, out);
        continue;
      }
      for (std::size_t i = 0; i < count && !out.cancelled(); ++i)
        co_await answer(identifier, detail::with_step(item, i), out);
    }
    co_return status::success;
  }

 private:
  /// Where nothing matches nothing is sent, and nothing else would let others have their turn.
  static constexpr std::size_t items_before_yield = 64;
  static asio::awaitable<void> let_others_work() {
    auto const executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
  }

  asio::awaitable<void> answer(data_set const& identifier, data_set const& item,
                               c_find_responses& out) const {
    if (matches(identifier, item, options_))
      co_await out.pending(select_requested(identifier, item));
  }

  Source source_;
  matching_options options_;
};

}  // namespace codimse::inline v0

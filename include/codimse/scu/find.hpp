// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/association_ref.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/dimse/c_find.hpp>
#include <codimse/sop/query_retrieve.hpp>

#include <asio/awaitable.hpp>

#include <optional>
#include <utility>

namespace codimse::inline v0 {

/// The matches of a C-FIND, as they come. Used on the association's executor.
class find_results {
 public:
  explicit find_results(responses<c_find_rq> from) : from_{std::move(from)} {}

  /// The next match; none when there are no more: `status` then says how it ended. Throws as
  /// `responses::next`, and where a match is malformed.
  asio::awaitable<std::optional<data_set>> next() {
    for (;;) {
      auto const pending = co_await from_.next();
      if (!pending) co_return std::nullopt;
      if (pending->has_data_set()) co_return pending->attributes();
    }
  }
  /// Asks the peer to stop; go on with `next` until there are no more.
  void cancel() { from_.cancel(); }
  /// The final response, when `next` has yielded none.
  [[nodiscard]] c_find_rsp const& final_response() const { return from_.final_response(); }
  [[nodiscard]] codimse::status status() const { return final_response().status; }

 private:
  responses<c_find_rq> from_;
};

/// C-FIND (PS3.7 9.1.2, PS3.4 C.4.1): what matches the identifier's keys. The model is a SOP Class
/// with an accepted presentation context: a query model, or the modality worklist.
///
///     auto found = co_await codimse::find(assoc, query);
///     for (;;) {
///       auto const match = co_await found.next();
///       if (!match) break;
///       use(*match);
///     }
inline asio::awaitable<find_results> find(association_ref over, data_set identifier,
                                          sop_class model = sop::study_root_find,
                                          call_options options = {}) {
  c_find_rq request;
  request.affected_sop_class_uid = model.uid;
  auto sequence = co_await over.start(request, std::move(identifier), options);
  co_return find_results{std::move(sequence)};
}

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

// C-MOVE and C-GET: objects out of the archive.
#include "archive/async_index.hpp"
#include "archive/peers.hpp"
#include "archive/query_plan.hpp"
#include <codimse/service/retrieve.hpp>
#include <codimse/service/service.hpp>

#include <iterator>
#include <utility>
#include <vector>

namespace archive {

/// The retrieve part of Query/Retrieve as SCP (PS3.4 C.4.2, C.4.3), hierarchical.
class retrieve_service {
 public:
  static constexpr auto sop_classes = codimse::sop_class_list{
      codimse::sop::patient_root_move,       codimse::sop::patient_root_get,
      codimse::sop::study_root_move,         codimse::sop::study_root_get,
      codimse::sop::patient_study_only_move, codimse::sop::patient_study_only_get};

  /// `options`: of associations to move destinations.
  retrieve_service(async_index& index, peer_list const& peers, codimse::association_options options)
      : index_{&index}, peers_{&peers}, options_{options} {}

  codimse::reply on(codimse::c_move_rq const& request, codimse::data_set const& identifier,
                    codimse::c_move_responses& out) {
    auto const destination = peers_->find(request.move_destination);
    if (!destination)
      co_return codimse::outcome{codimse::statuses::retrieve::move_destination_unknown,
                                 "no --peer has this AE title"};
    auto found = co_await find(request.affected_sop_class_uid, identifier, out);
    if (found.how.is_failure()) co_return found.how;
    co_return co_await out.send(*destination, std::move(found.files), options_);
  }

  codimse::reply on(codimse::c_get_rq const& request, codimse::data_set const& identifier,
                    codimse::c_get_responses& out) {
    auto found = co_await find(request.affected_sop_class_uid, identifier, out);
    if (found.how.is_failure()) co_return found.how;
    co_return co_await out.send(std::move(found.files));
  }

 private:
  /// Files are listed before the first is sent, to count them: half a kilobyte each.
  static constexpr std::size_t most_files = 200'000;

  class found_files {
   public:
    found_files() = default;
    codimse::outcome how;
    std::vector<codimse::part10_file> files;
  };

  asio::awaitable<found_files> find(codimse::uid sop_class, codimse::data_set const& identifier,
                                    codimse::cancellable_responses& out) const {
    found_files found;
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): it is one of sop_classes
    auto const model = *codimse::query_model_of(sop_class);
    auto const checked = codimse::check_retrieve_identifier(model, identifier);
    found.how = checked.how;
    out.fields().offending_elements = checked.offending;
    if (checked.how.is_failure()) co_return found;
    try {
      for (auto const& piece : named_by(checked.level, model, identifier)) {
        auto some = co_await index_->files(piece, most_files + 1 - found.files.size());
        found.files.insert(found.files.end(), std::move_iterator{some.begin()},
                           std::move_iterator{some.end()});
        if (found.files.size() > most_files) break;
      }
    } catch (index_error const& failed) {
      found.how = {codimse::statuses::retrieve::cannot_calculate_matches, failed.what()};
    }
    if (found.files.size() > most_files)
      found.how = {codimse::statuses::retrieve::cannot_calculate_matches, "too many objects"};
    co_return found;
  }

  async_index* index_;
  peer_list const* peers_;
  codimse::association_options options_;
};

}  // namespace archive

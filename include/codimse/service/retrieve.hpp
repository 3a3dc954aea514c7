// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/association_ref.hpp>
#include <codimse/assoc/options.hpp>
#include <codimse/dimse/statuses.hpp>
#include <codimse/file/part10_source.hpp>
#include <codimse/scu/storage_sender.hpp>
#include <codimse/service/response_writers.hpp>

#include <asio/awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

namespace detail {

/// Counts the sub-operations of one retrieve, reports on them, and knows how it ended (PS3.4 C.4.2,
/// C.4.3).
class retrieve_progress {
 public:
  retrieve_progress(performed_operation& operation, std::size_t total)
      : operation_{operation}, remaining_{total} {}

  void count(sent_file const& one) {
    --remaining_;
    if (!one.stored()) {
      ++failed_;
      failed_instances_.push_back(one.file.info.sop_instance);
    } else if (one.status && one.status->is_warning()) {
      ++warning_;
    } else {
      ++completed_;
    }
  }

  /// A pending response with the counters as they are, unless nothing remains.
  asio::awaitable<void> report() {
    if (remaining_ == 0 || operation_.cancelled) co_return;
    response_fields fields;
    fields.sub_operations = counters();
    fields.sub_operations.remaining = narrow(remaining_);
    co_await operation_.by->respond(operation_, status::pending, fields, nullptr);
  }

  /// Leaves counters and failed instances for the final response; yields its status.
  [[nodiscard]] outcome finish() {
    operation_.fields.sub_operations = counters();
    if (operation_.cancelled && remaining_ > 0) {
      operation_.fields.sub_operations.remaining = narrow(remaining_);
      operation_.cut_short = true;
    }
    if (failed_ > 0) operation_.final_data_set = failed_list();
    if (operation_.cut_short) return status::cancel;
    if (failed_ == 0 && warning_ == 0) return status::success;
    bool const all_failed = completed_ == 0 && warning_ == 0;
    return all_failed ? statuses::retrieve::cannot_perform_sub_operations
                      : statuses::retrieve::sub_operations_failed_or_warned;
  }

 private:
  /// US: more than it holds is said as its most.
  [[nodiscard]] static std::uint16_t narrow(std::size_t count) {
    return static_cast<std::uint16_t>(std::min<std::size_t>(count, 0xFFFF));
  }
  [[nodiscard]] sub_operation_counters counters() const {
    return {{}, narrow(completed_), narrow(failed_), narrow(warning_)};
  }
  /// Failed SOP Instance UID List, as many as the 16-bit length of UI in explicit VR takes.
  [[nodiscard]] data_set failed_list() const {
    constexpr std::size_t most = 1000;  // of up to 64 characters and a backslash each
    auto const count = std::min(most, failed_instances_.size());
    data_set list;
    list.set_all(tags::failed_sop_instance_uid_list,
                 std::vector<uid>(failed_instances_.begin(),
                                  failed_instances_.begin() + static_cast<std::ptrdiff_t>(count)));
    return list;
  }

  performed_operation& operation_;
  std::size_t remaining_;
  std::size_t completed_ = 0;
  std::size_t failed_ = 0;
  std::size_t warning_ = 0;
  std::vector<uid> failed_instances_;
};

}  // namespace detail

/// Responses to a C-GET: the objects go back on the same association, whose requestor must have
/// proposed their SOP Classes with the SCP role (PS3.4 C.4.3).
class c_get_responses : public cancellable_responses {
 public:
  using cancellable_responses::cancellable_responses;

  /// Sends these files, one after the other, streaming each from disk, with a pending response
  /// after each; counts, and yields the final outcome for the handler to return. An object without
  /// a presentation context counts as failed. Throws when the association ends.
  asio::awaitable<outcome> send(std::vector<part10_file> files) {
    detail::retrieve_progress progress{operation(), files.size()};
    detail::uninterrupted whole{operation()};
    association_ref const to = operation().info.association();
    sending_callbacks watch;
    watch.done = [&progress](sent_file const& one) { progress.count(one); };
    for (auto const& file : files) {
      if (cancelled()) break;
      co_await send_file(to, file, move_originator{}, watch);
      co_await progress.report();
    }
    whole.end();
    co_return progress.finish();
  }
};

/// Responses to a C-MOVE: the objects go to another AE on an association of its own (PS3.4 C.4.2).
class c_move_responses : public cancellable_responses {
 public:
  using cancellable_responses::cancellable_responses;

  /// Sends these files to the destination, streaming each from disk: opens the associations that it
  /// takes, names who moves (Move Originator), counts, reports after each file, and yields the
  /// final outcome for the handler to return: A702 where the destination cannot be reached. To whom
  /// an AE title belongs is the handler's to say; one that nobody knows is
  /// `statuses::retrieve::move_destination_unknown`.
  asio::awaitable<outcome> send(peer destination, std::vector<part10_file> files,
                                association_options options = {}) {
    if (files.empty()) co_return detail::retrieve_progress{operation(), 0}.finish();
    detail::retrieve_progress progress{operation(), files.size()};
    detail::uninterrupted whole{operation()};
    storage_sender sender{operation().over->executor(), destination, options};
    sender.moved_by({operation().info.calling_ae_title(), operation().message_id});
    sending_callbacks watch;
    std::size_t told = 0;  // in their order
    watch.done = [&progress, &told](sent_file const& one) {
      progress.count(one);
      ++told;
    };
    watch.then = [&progress] { return progress.report(); };
    watch.stop = [this] { return cancelled() || operation().info.over(); };
    std::string problem;
    try {
      co_await sender.send(files, watch);
    } catch (error const& failed) {
      if (operation().info.over()) throw;
      problem = failed.what();  // the destination was not reached: the rest was not tried
    }
    whole.end();
    if (!problem.empty()) {
      for (; told < files.size(); ++told) progress.count(sent_file{files[told], {}, problem});
      co_return outcome{progress.finish().status(), fixed_text<64>{problem}};
    }
    co_return progress.finish();
  }
};

}  // namespace codimse::inline v0

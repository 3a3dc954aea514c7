// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/proposals.hpp>
#include <codimse/scu/delivery.hpp>
#include <codimse/scu/retry.hpp>
#include <codimse/scu/send_file.hpp>

#include <cstddef>
#include <memory>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace codimse::inline v0::detail {

/// The files of one `storage_sender::send`: which are next, which are tried again in the next
/// round, and who is told what. In each round the files come in their order; those that fit one
/// association are a batch. Every file that was tried is told once.
class delivery_queue {
 public:
  /// All must outlive the queue.
  delivery_queue(std::vector<part10_file> const& files, retry_policy const& policy,
                 sending_callbacks const& watch)
      : files_{files}, policy_{policy}, watch_{watch} {
    round_.reserve(files.size());
    for (std::size_t i = 0; i < files.size(); ++i) round_.push_back({i, nullptr});
  }

  /// Files left in this round, and in this batch.
  [[nodiscard]] bool in_round() const { return at_ < round_.size(); }
  [[nodiscard]] bool in_batch() const { return at_ < batch_end_; }
  [[nodiscard]] part10_file const& front() const { return files_[round_[at_].file]; }

  /// Makes the longest run of files whose contexts fit one association the batch; yields them.
  [[nodiscard]] proposals begin_batch() {
    proposals wanted;
    std::set<std::pair<std::string_view, std::string_view>> proposed;
    for (batch_end_ = at_; batch_end_ < round_.size(); ++batch_end_) {
      auto const& object = files_[round_[batch_end_].file].info;
      std::pair const kind{object.sop_class.view(), object.transfer_syntax.view()};
      if (proposed.contains(kind)) continue;
      if (!propose_for(wanted, object)) break;
      proposed.insert(kind);
    }
    return wanted;
  }

  /// The front was tried. Yields whether that was the last time, and it was told.
  bool settle(attempt now) {
    entry one = std::move(round_[at_++]);
    now.follow(one.last.get());
    if (!worth_another(now)) {
      tell(one, now);
      return true;
    }
    problem_ = now.problem.empty() ? "out of resources" : now.problem;  // no Error Comment
    one.last = std::make_unique<attempt const>(std::move(now));
    again_.push_back(std::move(one));
    return false;
  }
  /// There is no association for the rest of this batch, and this is why.
  void give_up(attempt const& why) {
    while (in_batch()) {
      entry const one = std::move(round_[at_++]);
      attempt now = why;
      now.stand_in_for(one.last.get());
      tell(one, now);
    }
  }

  /// Files that are to be tried again, and why the last of them is.
  [[nodiscard]] bool has_more() const { return !again_.empty(); }
  [[nodiscard]] std::string const& problem() const { return problem_; }
  void begin_round() {
    round_ = std::exchange(again_, {});
    at_ = batch_end_ = 0;
    ++rounds_;
  }

  /// The sending ends here: tells of the files that were tried.
  void finish() {
    for (; at_ < round_.size(); ++at_) again_.push_back(std::move(round_[at_]));
    for (entry& left : again_) {
      entry const one = std::move(left);
      if (one.last) tell(one, *one.last);
    }
    again_.clear();
  }

 private:
  struct entry {
    std::size_t file;
    std::unique_ptr<attempt const> last;  // none: not tried
  };

  [[nodiscard]] bool worth_another(attempt const& now) const {
    if (!now.transient || rounds_ >= policy_.retries) return false;
    if (now.answer) return policy_.retry_out_of_resources;
    return now.how != delivery::unanswered || policy_.resend_unanswered;
  }
  void tell(entry const& one, attempt const& now) const {
    detail::tell(watch_, files_[one.file], now);
  }

  std::vector<part10_file> const& files_;
  retry_policy const& policy_;
  sending_callbacks const& watch_;
  std::vector<entry> round_;
  std::size_t at_ = 0;
  std::size_t batch_end_ = 0;
  std::vector<entry> again_;
  std::string problem_;
  unsigned rounds_ = 0;  // that came after the first
};

}  // namespace codimse::inline v0::detail

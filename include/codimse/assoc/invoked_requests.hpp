// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/deadlines.hpp>
#include <codimse/assoc/waiter.hpp>
#include <codimse/core/status.hpp>
#include <codimse/dimse/command_set.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace codimse::inline v0::detail {

/// The requests that we sent on one association and that wait for their responses.
class invoked_requests {
 public:
  explicit invoked_requests(waiter_registry& registry) : registry_{registry} {}

  /// Called when a request is answered or given up.
  std::function<void()> on_done;

  /// One request, from before it is sent until its response was read; lives in the frame that
  /// waits for it.
  struct request {
    request(invoked_requests& all, std::uint16_t id)
        : owner{all}, message_id{id}, answer{all.registry_} {
      owner.waiting_.push_back(this);
    }
    request(request const&) = delete;
    request& operator=(request const&) = delete;
    ~request() {
      std::erase(owner.waiting_, this);
      if (owner.on_done) owner.on_done();
    }
    invoked_requests& owner;
    std::uint16_t message_id;
    waiter answer;
    bool done = false;
    bool refused = false;  ///< answered with a failure, perhaps before all of it was sent
    time_point deadline = deadlines::never;
    std::uint64_t data_set_bytes = 0;
    std::vector<std::byte> response;  ///< the command set of the response
  };

  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

  /// A message ID that is not in use (PS3.7 9.1: distinct among outstanding operations).
  [[nodiscard]] std::uint16_t next_message_id() {
    do {
      if (++last_message_id_ == 0) last_message_id_ = 1;
    } while (find(last_message_id_) != nullptr);
    return last_message_id_;
  }

  [[nodiscard]] time_point earliest_deadline() const {
    auto earliest = deadlines::never;
    for (auto const* const one : waiting_)
      if (!one->done) earliest = std::min(earliest, one->deadline);
    return earliest;
  }

  /// A response to nothing we asked is ignored (PS3.7 leaves it open; aborting helps nobody). One
  /// without the ID can only mean the one request that is outstanding.
  void take_response(command_set const& command) {
    auto const id = command.us(command_element::message_id_being_responded_to);
    request* to = id ? find(*id) : nullptr;
    if (!id && waiting_.size() == 1) to = waiting_.front();
    if (to == nullptr || to->done) return;
    auto const bytes = command.bytes();
    to->response.assign(bytes.begin(), bytes.end());
    to->refused = status{command.us(command_element::status).value_or(0)}.is_failure();
    to->done = true;
    to->answer.notify();
  }

  /// Resumes everybody, because the association is over.
  void wake() {
    auto const all = waiting_;  // those who wake may leave the list
    for (auto* const one : all)
      if (std::ranges::find(waiting_, one) != waiting_.end()) one->answer.notify();
  }

 private:
  [[nodiscard]] request* find(std::uint16_t id) {
    auto const at = std::ranges::find(waiting_, id, &request::message_id);
    return at == waiting_.end() ? nullptr : *at;
  }

  waiter_registry& registry_;
  std::vector<request*> waiting_;
  std::uint16_t last_message_id_ = 0;
};

}  // namespace codimse::inline v0::detail

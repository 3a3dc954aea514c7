// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/deadlines.hpp>
#include <codimse/assoc/peer_profile.hpp>
#include <codimse/assoc/waiter.hpp>
#include <codimse/core/command_field.hpp>
#include <codimse/core/error.hpp>
#include <codimse/core/limits.hpp>
#include <codimse/core/status.hpp>
#include <codimse/dimse/command_set.hpp>
#include <codimse/io/sink.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace codimse::inline v0::detail {

/// One response as it came.
struct received_response {
  std::vector<std::byte> command;
  std::vector<std::byte> data_set;
  bool has_data_set = false;
  peer_profile const* profile = nullptr;  ///< of the peer, when it is taken

  /// What keeping it costs; responses without a data set are not for nothing.
  [[nodiscard]] std::size_t bytes() const {
    return sizeof(*this) + command.size() + data_set.size();
  }
};

/// The requests that we sent on one association and that wait for their responses.
class invoked_requests {
 public:
  invoked_requests(waiter_registry& registry, limits const& bounds)
      : registry_{registry}, limits_{bounds}, taken_{registry} {}

  /// Called when a request is answered or given up.
  std::function<void()> on_done;

  /// One request, from before it is sent until its final response was read; lives with whoever
  /// waits for it.
  struct request {
    request(invoked_requests& all, std::uint16_t id, command_field command, std::uint8_t context,
            bool has_many_responses = false)
        : owner{all},
          message_id{id},
          response{response_to(command)},
          context_id{context},
          many{has_many_responses},
          answer{all.registry_} {
      owner.waiting_.push_back(this);
      owner.taken_.notify();  // what it waits for may come behind responses that nobody takes
    }
    request(request const&) = delete;
    request& operator=(request const&) = delete;
    ~request() { owner.remove(*this); }

    [[nodiscard]] bool has_response() const { return !arrived.empty(); }

    invoked_requests& owner;
    std::uint16_t message_id;
    std::uint16_t response;   ///< the Command Field of what answers it
    std::uint8_t context_id;  ///< of its presentation context, and of the responses
    bool many;                ///< pending responses come before the final one
    waiter answer;
    bool sent = false;     ///< all of it
    bool done = false;     ///< the final response has come
    bool refused = false;  ///< answered with a failure, perhaps before all of it was sent
    duration timeout{};
    time_point deadline = deadlines::never;
    std::uint64_t data_set_bytes = 0;
    std::list<received_response> arrived;  ///< complete, not taken yet
    std::size_t bytes_ahead = 0;           ///< in them
  };

  /// Requests that the peer has not answered for good.
  [[nodiscard]] std::size_t size() const {
    auto const open = std::ranges::count(waiting_, false, &request::done);
    return static_cast<std::size_t>(open) + orphans_.size();
  }
  [[nodiscard]] bool empty() const { return size() == 0; }

  /// A message ID that is not in use (PS3.7 9.1: distinct among outstanding operations).
  [[nodiscard]] std::uint16_t next_message_id() {
    do {
      if (++last_message_id_ == 0) last_message_id_ = 1;
    } while (find(last_message_id_) != nullptr || is_orphan(last_message_id_));
    return last_message_id_;
  }

  /// Those whose consumer has something to read wait for the consumer, not for the peer. A response
  /// that has begun must be complete in time, too: silence is not all that delays.
  [[nodiscard]] time_point earliest_deadline() const {
    auto earliest = deadlines::never;
    for (auto const* const one : waiting_)
      if (!one->done && !one->has_response()) earliest = std::min(earliest, one->deadline);
    for (auto const& one : orphans_) earliest = std::min(earliest, one.deadline);
    return earliest;
  }

  /// A sub-operation of our C-GET goes on: so does the C-GET, without a response (PS3.7 9.1.3).
  void sub_operation_lives(time_point now) {
    for (auto* const one : waiting_)
      if (one->response == response_to(command_field::c_get_rq) && !one->done &&
          one->timeout > duration::zero())
        one->deadline = now + one->timeout;
  }

  /// What is wrong with a response, in words; nothing where `why` is `errc{}`.
  struct objection {
    errc why{};
    std::string what{};
  };

  /// Takes a response on presentation context `context_id`; `last`: no data set follows. One
  /// without a message ID can only mean the one request that is outstanding. One that comes again,
  /// when its request is answered already, is ignored, and so are all while nothing is outstanding:
  /// they do no harm. Objects to what answers no request of ours while somebody waits, and where a
  /// consumer has too much to take already.
  [[nodiscard]] objection take_response(command_set const& command, std::uint8_t context_id,
                                        bool last, time_point now) {
    auto id = command.us(command_element::message_id_being_responded_to);
    if (!id) id = the_only_open();
    request* const to = id ? find(*id) : nullptr;
    if (to == nullptr) {
      bool const harmless =
          empty() || (id && (answer_orphan(*id, command.status(), now) || was_answered(*id)));
      return harmless ? objection{} : objection{errc::unexpected_response};
    }
    if (to->done) return {};
    if (auto wrong = mismatch(*to, command.command(), context_id); wrong.why != errc{})
      return wrong;
    begin(*to, command, last, now);
    bool const fits = fits_memory();
    if (fits && last) complete();
    return fits ? objection{} : too_long();
  }
  [[nodiscard]] static objection too_long() {
    return {errc::limit_exceeded, "the responses are too long to be kept"};
  }

  /// More of the data set of the response under way; fails where there is too much of it.
  [[nodiscard]] bool take_data(fragments slices, bool last) {
    if (receiving_ == nullptr) return true;
    auto& data = incoming_.data_set;
    for (auto const& slice : slices) {
      if (slice.size() > limits_.attributes_length - data.size()) return false;
      data.insert(data.end(), slice.begin(), slice.end());
    }
    if (!fits_memory()) return false;
    if (last) complete();
    return true;
  }

  /// The next response; there is one. Its consumer now waits for the peer again.
  [[nodiscard]] received_response take(request& from, time_point now) {
    auto response = std::move(from.arrived.front());
    from.arrived.pop_front();
    from.bytes_ahead -= response.bytes();
    if (from.timeout > duration::zero()) from.deadline = now + from.timeout;
    taken_.notify();
    return response;
  }

  /// A consumer has so many responses to read that the peer is to be held back, and nobody waits
  /// for what may come behind them.
  [[nodiscard]] bool overfull() const {
    if (waiting_behind_ > 0) return false;
    bool full = false;
    for (auto const* const one : waiting_) {
      if (one->done) continue;
      if (!one->has_response()) return false;
      full |= one->arrived.size() >= limits_.responses_ahead ||
              one->bytes_ahead >= limits_.attributes_length;
    }
    return full;
  }
  [[nodiscard]] condition& taken() { return taken_; }

  /// Somebody waits until the requests are answered for good: for the window, or to release. While
  /// it lives, nobody is held back.
  class wait_behind {
   public:
    explicit wait_behind(invoked_requests& all) : all_{all} {
      ++all_.waiting_behind_;
      all_.taken_.notify();
    }
    wait_behind(wait_behind const&) = delete;
    wait_behind& operator=(wait_behind const&) = delete;
    ~wait_behind() { --all_.waiting_behind_; }

   private:
    invoked_requests& all_;
  };

  /// Resumes everybody, because the association is over.
  void wake() {
    auto const all = waiting_;  // those who wake may leave the list
    for (auto* const one : all)
      if (std::ranges::find(waiting_, one) != waiting_.end()) one->answer.notify();
    taken_.notify();
  }

 private:
  /// A request whose consumer has gone, while the peer still performs it.
  struct orphan {
    std::uint16_t message_id;
    duration timeout;
    time_point deadline;
  };

  [[nodiscard]] request* find(std::uint16_t id) {
    auto const at = std::ranges::find(waiting_, id, &request::message_id);
    return at == waiting_.end() ? nullptr : *at;
  }
  [[nodiscard]] bool is_orphan(std::uint16_t id) const {
    return std::ranges::find(orphans_, id, &orphan::message_id) != orphans_.end();
  }
  /// Yields whether there is such an orphan.
  bool answer_orphan(std::uint16_t id, status how, time_point now) {
    auto const at = std::ranges::find(orphans_, id, &orphan::message_id);
    if (at == orphans_.end()) return false;
    if (how.is_pending()) {
      if (at->timeout > duration::zero()) at->deadline = now + at->timeout;
      return true;
    }
    orphans_.erase(at);
    remember(id);
    if (on_done) on_done();
    return true;
  }

  /// The last ones only: who repeats itself does so soon.
  void remember(std::uint16_t answered) {
    answered_[next_answered_] = answered;
    next_answered_ = (next_answered_ + 1) % answered_.size();
  }
  [[nodiscard]] bool was_answered(std::uint16_t id) const {
    return id != 0 && std::ranges::find(answered_, id) != answered_.end();
  }

  [[nodiscard]] static objection mismatch(request const& to, std::uint16_t field,
                                          std::uint8_t context_id) {
    if (field != to.response)
      return {errc::unexpected_response, "the peer answered with " +
                                             std::string{command_name(field)} + " in place of " +
                                             std::string{command_name(to.response)}};
    if (context_id != to.context_id)
      return {errc::unexpected_response,
              "the peer answered on another presentation context than it was asked on"};
    return {};
  }
  void begin(request& to, command_set const& response, bool last, time_point now) {
    auto const bytes = response.bytes();
    incoming_.command.assign(bytes.begin(), bytes.end());
    incoming_.data_set.clear();
    incoming_.has_data_set = !last;
    to.refused = response.status().is_failure();
    if (to.timeout > duration::zero()) to.deadline = now + to.timeout;
    receiving_ = &to;
  }
  /// The message ID of the one request that has no final response yet, if it is the only one.
  [[nodiscard]] std::optional<std::uint16_t> the_only_open() const {
    if (size() != 1) return {};
    if (!orphans_.empty()) return orphans_.front().message_id;
    return (*std::ranges::find(waiting_, false, &request::done))->message_id;
  }
  [[nodiscard]] bool fits_memory() const {
    return receiving_->bytes_ahead + incoming_.bytes() <= limits_.data_set_in_memory;
  }
  [[nodiscard]] bool is_final(request const& of, command_set const& response) const {
    return !(of.many && response.status().is_pending());
  }

  void complete() {
    auto& to = *std::exchange(receiving_, nullptr);
    auto const command = command_set::parse(incoming_.command);
    to.done = is_final(to, *command);
    to.bytes_ahead += incoming_.bytes();
    to.arrived.push_back(std::exchange(incoming_, {}));
    bool const answered = to.done;
    to.answer.notify();  // and gone, perhaps
    if (answered && on_done) on_done();
  }

  void remove(request& one) {
    std::erase(waiting_, &one);
    bool answered = one.done;
    if (receiving_ == &one) {  // what is left of this response goes by
      answered = is_final(one, *command_set::parse(incoming_.command));
      receiving_ = nullptr;
    }
    if (one.sent && one.many && !answered)
      orphans_.push_back({one.message_id, one.timeout, one.deadline});
    else remember(one.message_id);
    taken_.notify();
    if (!one.done && on_done) on_done();
  }

  waiter_registry& registry_;
  limits limits_;
  condition taken_;
  std::vector<request*> waiting_;
  std::vector<orphan> orphans_;
  std::size_t waiting_behind_ = 0;
  request* receiving_ = nullptr;
  received_response incoming_;
  std::uint16_t last_message_id_ = 0;
  std::array<std::uint16_t, 16> answered_{};  ///< message IDs, 0: none
  std::size_t next_answered_ = 0;
};

}  // namespace codimse::inline v0::detail

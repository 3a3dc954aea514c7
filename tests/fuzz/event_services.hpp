// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "event_peer.hpp"
#include <codimse/assoc/association_ref.hpp>
#include <codimse/file/part10_source.hpp>
#include <codimse/io/sink.hpp>
#include <codimse/service/retrieve.hpp>
#include <codimse/service/service.hpp>
#include <codimse/sop/query_retrieve.hpp>
#include <codimse/sop/storage.hpp>
#include <codimse/sop/verification.hpp>
#include <codimse/testing/event_loop.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace codimse_fuzz {

/// What happens on the tested side of one run, and what must be true of it.
class world : public association_observer {
 public:
  explicit world(testing::event_loop& l) : loop{&l} {}

  void observe(association_established const&) override { ++established; }
  void observe(association_ended const&) override { ++ended; }

  asio::awaitable<void> sleep(duration how_long) {
    return loop->clock().sleep(loop->executor(), how_long);
  }

  testing::event_loop* loop;
  std::vector<bytes> committed;
  int frames = 0;  ///< of handlers and of a client's program
  int sinks = 0;   ///< open ones
  int established = 0;
  int ended = 0;
};
using world_ptr = std::shared_ptr<world>;

/// Counts a frame that must not be left over.
class frame_guard {
 public:
  explicit frame_guard(world_ptr of) : world_{std::move(of)} { ++world_->frames; }
  frame_guard(frame_guard const&) = delete;
  frame_guard& operator=(frame_guard const&) = delete;
  ~frame_guard() { --world_->frames; }

 private:
  world_ptr world_;
};

/// Keeps what was committed; slow, or failing at some step, where it is told so.
class fuzz_sink {
 public:
  fuzz_sink(world_ptr in, unsigned fails_at, duration delay)
      : world_{std::move(in)}, fails_at_{fails_at}, delay_{delay} {}
  fuzz_sink(fuzz_sink&&) = default;
  fuzz_sink& operator=(fuzz_sink&&) = default;

  asio::awaitable<outcome> open(object_info const&) {
    ++world_->sinks;
    return step(1);
  }
  asio::awaitable<outcome> write(fragments slices) {
    for (auto const& one : slices) stored_.insert(stored_.end(), one.begin(), one.end());
    return step(2);
  }
  asio::awaitable<outcome> commit() {
    outcome const how = co_await step(3);
    if (how.is_failure()) co_return how;
    --world_->sinks;
    world_->committed.push_back(std::move(stored_));
    co_return how;
  }
  void discard() noexcept { world_->sinks = std::max(0, world_->sinks - 1); }
  [[nodiscard]] bool wants_study_instance_uid() const { return fails_at_ > 3; }

 private:
  asio::awaitable<outcome> step(unsigned which) {
    // Not at every byte of a narrow connection: that would take days.
    if (delay_ > duration{} && ++delays_ < 10) co_await world_->sleep(delay_);
    if (which == fails_at_) co_return outcome{status{0xA700}, "told to fail"};
    co_return outcome{};
  }

  world_ptr world_;
  unsigned fails_at_;
  duration delay_;
  unsigned delays_ = 0;
  bytes stored_;
};

/// A Part 10 file without a name, for what is sent from disk.
inline part10_file const& a_file() {
  static part10_file const file = [] {
    int const descriptor = ::memfd_create("object", 0);
    must(descriptor >= 0);
    file_meta meta;
    meta.media_storage_sop_class = uid{abstract_syntaxes[1]};
    meta.media_storage_sop_instance = uid{"1.2.3"};
    meta.transfer_syntax = uid{explicit_le};
    auto whole = encode_file_meta(meta);
    testing::append(whole, data_set_of(1, 700));
    must(::write(descriptor, whole.data(), whole.size()) == static_cast<ssize_t>(whole.size()));
    auto const examined = examine_part10("/proc/self/fd/" + std::to_string(descriptor));
    must(examined.has_value());
    return *examined;
  }();
  return file;
}

inline constexpr sop_class things_class{things_uid, "Things",
                                        dimse_operation::n_get | dimse_operation::n_set |
                                            dimse_operation::n_action | dimse_operation::n_create |
                                            dimse_operation::n_delete};

/// Every service in one. What a handler does follows from the message ID: so the input chooses.
struct services {
  static constexpr auto sop_classes = sop::verification + sop::ct_image_storage +
                                      sop::study_root_find + sop::study_root_get +
                                      sop::study_root_move + things_class;
  static constexpr bool as_scu = true;
  world_ptr here;

  asio::awaitable<decision> on(pdu::associate_rq const& rq) {
    return decide(here, rq.called_ae_title());
  }
  static asio::awaitable<decision> decide(world_ptr here, ae_title called) {
    frame_guard const guard{here};
    if (called == ae_title{"SLOW"}) co_await here->sleep(1s);
    if (called == ae_title{"NO"}) co_return decision{pdu::associate_rj::not_authorized};
    co_return decision{};
  }

  reply on(c_echo_rq const& rq) {
    frame_guard const guard{here};
    if (rq.message_id == 9) co_await here->sleep(500ms);
    co_return status::success;
  }
  reply on(c_store_rq const& rq, incoming_data_set& data) {
    frame_guard const guard{here};
    switch (rq.message_id % 16) {
      case 10: co_return co_await data.save(fuzz_sink{here, 0, 300ms});
      case 11: co_return co_await data.save(fuzz_sink{here, 1U + rq.priority, {}});
      case 12: co_return co_await data.save(fuzz_sink{here, 4, {}});
      case 13: co_return status::out_of_resources;
      case 14: throw std::runtime_error{"told to throw"};
      case 15: {
        auto const all = co_await data.read_all(5000);
        here->committed.push_back(all);
        co_return status::success;
      }
      default: co_return co_await data.save(fuzz_sink{here, 0, {}});
    }
  }
  reply on(c_find_rq const& rq, data_set const& identifier, c_find_responses& out) {
    frame_guard const guard{here};
    for (unsigned i = 0; i < rq.message_id % 8U; ++i) {
      if (out.cancelled()) break;
      if (rq.message_id > 8) co_await here->sleep(200ms);
      co_await out.pending(identifier);
    }
    co_return status::success;
  }
  reply on(c_get_rq const& rq, data_set const&, c_get_responses& out) {
    frame_guard const guard{here};
    std::vector<part10_file> files(rq.message_id % 4U, a_file());
    co_return co_await out.send(std::move(files));
  }
  reply on(c_move_rq const& rq, data_set const&, c_move_responses& out) {
    frame_guard const guard{here};
    if (rq.message_id % 2U != 0) co_return statuses::retrieve::move_destination_unknown;
    std::vector<part10_file> none;
    co_return co_await out.send(peer{}, std::move(none));
  }
  reply on(n_get_rq const&, n_responses& out) { return answer_with(here, out); }
  reply on(n_set_rq const&, data_set const&, n_responses& out) { return answer_with(here, out); }
  reply on(n_create_rq const&, data_set const&, n_responses& out) { return answer_with(here, out); }
  reply on(n_delete_rq const&, n_responses& out) { return answer_with(here, out); }
  reply on(n_event_report_rq const&, data_set const&, n_responses& out) {
    return answer_with(here, out);
  }
  reply on(n_action_rq const& rq, data_set const&, n_responses&, association_info const& info) {
    frame_guard const guard{here};
    if (rq.action_type_id == 5) co_await report(here, info.association(), {});
    if (rq.action_type_id == 6)
      asio::co_spawn(here->loop->executor(), report(here, info.association(), 1s),
                     [](std::exception_ptr) {});
    co_return status::success;
  }

  static reply answer_with(world_ptr here, n_responses& out) {
    frame_guard const guard{here};
    data_set some;
    some.set(tags::patient_id, "P");
    out.data_set(std::move(some));
    co_return status::success;
  }
  /// A request of ours on the peer's association; it may outlive its handler.
  static asio::awaitable<void> report(world_ptr here, association_ref to, duration later) {
    if (later > duration{}) co_await here->sleep(later);
    n_event_report_rq rq;
    rq.affected_sop_class_uid = uid{things_uid};
    rq.affected_sop_instance_uid = uid{"2.25.1"};
    try {
      static_cast<void>(co_await to.request(rq, data_set{}));
    } catch (std::system_error const&) {  // the association has ended, or never allowed it
    }
  }
};

/// Deadlines that pass soon, and limits that are reached soon.
inline association_options options_of(event_input& in, world& here) {
  static constexpr std::uint32_t lengths[] = {16384, 300, 8, 131072};
  static constexpr std::uint16_t windows[] = {1, 3, 2, 0};
  auto const choice = in.byte();
  association_options options;
  options.clock = &here.loop->clock();
  options.observer = &here;
  options.max_pdu_length = lengths[choice % 4];
  options.operations_invoked = options.operations_performed = windows[choice / 4 % 4];
  options.require_role_selection = choice / 16 % 2 == 0;
  options.timeouts = {.connect = 1s, .acse = 3s, .dimse = 5s, .write = 4s, .idle = 8s};
  if (choice / 32 % 2 != 0) {
    options.limits.command_set_length = 400;
    options.limits.data_set_length = 4000;
    options.limits.head_length = 100;
    options.limits.identifier_length = 200;
    options.limits.attributes_length = 300;
    options.limits.responses_ahead = 2;
    options.limits.data_set_in_memory = 2000;
    options.limits.associate_items = 200;
  }
  return options;
}

/// Lets time pass until it is over; it must be, and soon.
template <class Done>
void finish(testing::event_loop& loop, event_peer& peer, Done done) {
  auto const begun = loop.clock().now();
  for (;;) {
    peer.let_happen();
    if (done()) return;
    must(loop.clock().advance_to_next());
    must(loop.clock().now() - begun < 10min);
  }
}

/// Every object that was stored is one that the peer sent whole.
inline void check_stored(world const& here, event_peer const& peer) {
  must(here.frames == 0 && here.sinks == 0 && here.established == here.ended);
  must(peer.acknowledged() <= here.committed.size());
  if (here.committed.empty()) return;
  auto sent = peer.sent_messages();
  for (auto const& one : here.committed) {
    auto const same = [&one](received_message const& m) { return m.field() == 1 && m.data == one; };
    auto const found = std::ranges::find_if(sent, same);
    must(found != sent.end());
    sent.erase(found);
  }
}

}  // namespace codimse_fuzz

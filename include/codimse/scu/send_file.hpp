// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/association_ref.hpp>
#include <codimse/assoc/proposals.hpp>
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/file/part10_source.hpp>
#include <codimse/file/transcoding.hpp>
#include <codimse/scu/attempt.hpp>
#include <codimse/scu/delivery.hpp>
#include <codimse/scu/store.hpp>

#include <asio/awaitable.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/this_coro.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// Who moves an object with a C-MOVE: (0000,1030) and (0000,1031) of its C-STORE (PS3.7 9.3.1.1).
/// A value: distinct objects may be used from different threads.
struct move_originator {
  codimse::ae_title ae_title{};  ///< empty: nobody
  std::uint16_t message_id = 0;
};

namespace detail {

/// The uncompressed transfer syntax that an uncompressed file has to be sent in, because its own
/// was not accepted; nullptr: as it is.
[[nodiscard]] inline transfer_syntax const* syntax_to_transcode_to(association_ref const& over,
                                                                   object_info const& object) {
  auto const info = over.info();
  auto const& agreed = info.negotiated();
  if (find_plain_syntax(object.transfer_syntax) == nullptr) return nullptr;
  if (agreed.find(object.sop_class, object.transfer_syntax) != nullptr) return nullptr;
  for (auto const& context : agreed.contexts) {
    if (!context.accepted() || context.abstract_syntax != object.sop_class) continue;
    if (auto const* const other = find_plain_syntax(context.transfer_syntax)) return other;
  }
  return nullptr;
}

template <source S>
asio::awaitable<c_store_rsp> store_for(association_ref over, S& data, move_originator originator) {
  c_store_rq request = store_request(data.info());
  request.move_originator_ae_title = originator.ae_title;
  if (!originator.ae_title.empty()) request.move_originator_message_id = originator.message_id;
  c_store_rsp const response = co_await over.request(request, data);
  co_return response;
}

/// What is proposed for files of one SOP Class and transfer syntax, each in a context of its own,
/// so that no peer's preference makes us transcode, which costs private elements their VR: theirs,
/// and for uncompressed files what the peer surely knows.
[[nodiscard]] inline std::vector<uid> syntaxes_for(object_info const& object) {
  std::vector<uid> all{object.transfer_syntax};
  if (find_plain_syntax(object.transfer_syntax) == nullptr) return all;
  for (auto const* const plain : {&transfer_syntaxes::explicit_vr_little_endian,
                                  &transfer_syntaxes::implicit_vr_little_endian})
    if (object.transfer_syntax != uid{plain->uid}) all.emplace_back(plain->uid);
  return all;
}

/// Proposes them, unless an association has no room for all that are new.
[[nodiscard]] inline bool propose_for(proposals& wanted, object_info const& object) {
  auto fresh = syntaxes_for(object);
  std::erase_if(fresh, [&](uid const& one) { return wanted.contains(object.sop_class, one); });
  if (wanted.size() + fresh.size() > ul::max_contexts) return false;
  for (uid const& one : fresh) wanted.add(object.sop_class, one);
  return true;
}

/// Sends one file and leaves in `result`, at every moment, what is known of it. Throws only when it
/// is cancelled, or what a callback throws.
inline asio::awaitable<void> try_file(association_ref over, part10_file const& file,
                                      move_originator originator, sending_callbacks const& watch,
                                      attempt& result) {
  try {
    // The source is read right before its bytes are sent.
    auto progress = [&watch, &file, &result](std::uint64_t done) {
      if (result.tries == 0 && watch.begin) watch.begin(file);
      result.leaves(done >= file.data_set_size);
      if (watch.progress) watch.progress(file, done);
    };
    watched_source data{part10_source{file}, progress};
    c_store_rsp response;
    if (auto const* const other = syntax_to_transcode_to(over, file.info)) {
      result.may_fail_after_end = true;
      transcoding_source turned{std::move(data), *other};
      response = co_await store_for(over, turned, originator);
    } else {
      response = co_await store_for(over, data, originator);
    }
    result.answered(response);
  } catch (error const& failed) {
    result.ended_by(failed);
  }
  // An association that ends because this call was cancelled looks like any other that ends.
  auto const state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) throw error{errc::cancelled};
}

inline void tell(sending_callbacks const& watch, part10_file const& file, attempt const& now) {
  if (watch.done) watch.done({file, now.answer, now.problem, now.how, now.transient, now.tries});
}

}  // namespace detail

/// Sends one file on an association that has a presentation context for it: as it is, or in another
/// uncompressed transfer syntax where the peer accepted only that for an uncompressed file. Tells
/// `watch.done` what became of it, once, also when it is cancelled; then it throws. All arguments
/// must outlive the call. Several may be under way at once, as far as the window goes.
inline asio::awaitable<void> send_file(association_ref over, part10_file const& file,
                                       move_originator originator, sending_callbacks const& watch) {
  detail::attempt result;
  try {
    co_await detail::try_file(over, file, originator, watch, result);
  } catch (...) {
    if (!result.answer && result.problem.empty()) result.problem = "interrupted";
    detail::tell(watch, file, result);
    throw;
  }
  detail::tell(watch, file, result);
}

}  // namespace codimse::inline v0

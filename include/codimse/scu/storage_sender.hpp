// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/connect.hpp>
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/file/part10_source.hpp>
#include <codimse/file/transcoding.hpp>
#include <codimse/scu/store.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// What became of one file.
/// Refers to what it tells of: valid during the call.
struct sent_file {
  part10_file const& file;
  /// The peer's answer; none where it could not be sent, and `problem` says why.
  std::optional<codimse::status> status;
  std::string const& problem;

  [[nodiscard]] bool stored() const {
    return status && (status->is_success() || status->is_warning());
  }
};

/// Who moves an object with a C-MOVE: (0000,1030) and (0000,1031) of its C-STORE (PS3.7 9.3.1.1).
/// A value: distinct objects may be used from different threads.
struct move_originator {
  codimse::ae_title ae_title{};  ///< empty: nobody
  std::uint16_t message_id = 0;
};

/// How sending is watched. Owns memory, so name it before passing it on.
/// Used on one executor, its association's or its owner's.
class sending_callbacks {
 public:
  /// Called once for each file, when its fate is known.
  std::function<void(sent_file const&)> done;
  /// Called as bytes leave: the file, bytes of its data set read so far.
  std::function<void(part10_file const&, std::uint64_t)> progress;
  /// Awaited after `done`, before the next file; must not be a coroutine lambda itself.
  std::function<asio::awaitable<void>()> then;
  /// Asked before each file: true leaves the rest unsent, and untold.
  std::function<bool()> stop;

  [[nodiscard]] bool stopped() const { return stop && stop(); }
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

}  // namespace detail

/// Sends one file on an association that has a presentation context for it: as it is, or in another
/// uncompressed transfer syntax where the peer accepted only that for an uncompressed file. Tells
/// `watch.done` what became of it. All arguments must outlive the call. Throws only when it is
/// cancelled.
inline asio::awaitable<void> send_file(association_ref over, part10_file const& file,
                                       move_originator originator, sending_callbacks const& watch) {
  std::string problem;
  std::optional<codimse::status> answer;
  try {
    auto progress = [&watch, &file](std::uint64_t done) {
      if (watch.progress) watch.progress(file, done);
    };
    watched_source data{part10_source{file}, progress};
    c_store_rsp response;
    if (auto const* const other = detail::syntax_to_transcode_to(over, file.info)) {
      transcoding_source turned{std::move(data), *other};
      response = co_await detail::store_for(over, turned, originator);
    } else {
      response = co_await detail::store_for(over, data, originator);
    }
    answer = response.status;
    problem = response.error_comment.str();
  } catch (error const& failed) {
    problem = failed.what();
  }
  if (watch.done) watch.done(sent_file{file, answer, problem});
}

/// Sends files to one peer, as `send_file` does: proposes one presentation context for each pair of
/// SOP Class and transfer syntax, for uncompressed files also with the other uncompressed ones,
/// over as many associations as that takes (128 contexts each), one after the other. Goes on after
/// a failure; when the association breaks, with the next file on a new one. Used on its executor,
/// one `send` at a time.
class storage_sender {
 public:
  storage_sender(asio::any_io_executor executor, peer to, association_options options = {})
      : executor_{std::move(executor)}, peer_{to}, options_{options} {}

  /// Names the C-MOVE that the files are sent for.
  void moved_by(move_originator const& who) { originator_ = who; }

  /// Sends all files; both arguments must outlive the call. Reports through `watch.done`, each
  /// file once; throws only where the first connection cannot be made, or when cancelled.
  asio::awaitable<void> send(std::vector<part10_file> const& files,
                             sending_callbacks const& watch) {
    connected_once_ = false;
    std::size_t next = 0;
    while (next < files.size() && !watch.stopped()) {
      proposals wanted;
      std::size_t const end = take_batch(files, next, wanted);
      co_await send_batch(files, next, end, wanted, watch);
      next = end;
    }
  }

 private:
  /// The longest run of files whose contexts fit one association.
  static std::size_t take_batch(std::vector<part10_file> const& files, std::size_t first,
                                proposals& wanted) {
    std::size_t at = first;
    std::set<std::pair<std::string_view, std::string_view>> proposed;
    for (; at < files.size(); ++at) {
      auto const& object = files[at].info;
      std::pair const kind{object.sop_class.view(), object.transfer_syntax.view()};
      if (proposed.contains(kind)) continue;
      if (!detail::propose_for(wanted, object)) break;
      proposed.insert(kind);
    }
    return at;
  }

  asio::awaitable<void> send_batch(std::vector<part10_file> const& files, std::size_t next,
                                   std::size_t end, proposals const& wanted,
                                   sending_callbacks const& watch) {
    while (next < end && !watch.stopped()) {
      std::string problem;
      try {
        association open = co_await connect(executor_, peer_, wanted, options_);
        connected_once_ = true;
        next = co_await send_over(open, files, next, end, watch);
        if (open.established()) co_await open.release();
        continue;
      } catch (error const& failed) {
        // One that takes none of these SOP Classes may take those of the next batch.
        bool const spoke = failed.code() == errc::no_common_presentation_context;
        if (!connected_once_ && !spoke) throw;
        connected_once_ = true;
        problem = failed.what();
      }
      // The peer is gone, or wants none of it: the rest of the batch stays unsent.
      for (; next < end; ++next)
        if (watch.done) watch.done(sent_file{files[next], {}, problem});
    }
  }

  /// Sends until the end or until the association breaks, but at least one file, so that a peer
  /// that ends every association at once is not tried for ever; yields the first file not dealt
  /// with.
  asio::awaitable<std::size_t> send_over(association& open, std::vector<part10_file> const& files,
                                         std::size_t next, std::size_t end,
                                         sending_callbacks const& watch) const {
    for (std::size_t const first = next; next < end; ++next) {
      if (next != first && !open.established()) break;
      if (watch.stopped()) break;
      co_await send_file(open, files[next], originator_, watch);
      if (watch.then) co_await watch.then();
    }
    co_return next;
  }

  asio::any_io_executor executor_;
  peer peer_;
  association_options options_;
  move_originator originator_;
  bool connected_once_ = false;
};

}  // namespace codimse::inline v0

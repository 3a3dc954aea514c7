// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/connect.hpp>
#include <codimse/file/part10_source.hpp>
#include <codimse/scu/store.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
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

/// How sending is watched. Owns memory, so name it before passing it on.
/// Used on one executor, its association's or its owner's.
class sending_callbacks {
 public:
  /// Called once for each file, when its fate is known.
  std::function<void(sent_file const&)> done;
  /// Called as bytes leave: the file, bytes of its data set read so far.
  std::function<void(part10_file const&, std::uint64_t)> progress;
};

/// Sends files to one peer, as they are: proposes one presentation context for each pair of SOP
/// Class and transfer syntax, over as many associations as that takes (128 contexts each), one
/// after the other. Goes on after a failure; when the association breaks, with the next file on a
/// new one.
/// Used on its executor, one `send` at a time.
class storage_sender {
 public:
  storage_sender(asio::any_io_executor executor, peer to, association_options options = {})
      : executor_{std::move(executor)}, peer_{to}, options_{options} {}

  /// Sends all files; both arguments must outlive the call. Reports through `watch.done`, each
  /// file once; throws only where the first connection cannot be made, or when cancelled.
  asio::awaitable<void> send(std::vector<part10_file> const& files,
                             sending_callbacks const& watch) {
    connected_once_ = false;
    std::size_t next = 0;
    while (next < files.size()) {
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
    for (; at < files.size(); ++at) {
      auto const& object = files[at].info;
      if (wanted.contains(object.sop_class, object.transfer_syntax)) continue;
      if (wanted.size() == ul::max_contexts) break;
      wanted.add(object.sop_class, object.transfer_syntax);
    }
    return at;
  }

  asio::awaitable<void> send_batch(std::vector<part10_file> const& files, std::size_t next,
                                   std::size_t end, proposals const& wanted,
                                   sending_callbacks const& watch) {
    while (next < end) {
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
      for (; next < end; ++next) report(watch, files[next], {}, problem);
    }
  }

  /// Sends until the end or until the association breaks, but at least one file, so that a peer
  /// that ends every association at once is not tried for ever; yields the first file not dealt
  /// with.
  static asio::awaitable<std::size_t> send_over(association& open,
                                                std::vector<part10_file> const& files,
                                                std::size_t next, std::size_t end,
                                                sending_callbacks const& watch) {
    for (std::size_t const first = next; next < end; ++next) {
      if (next != first && !open.established()) break;
      std::string problem;
      std::optional<codimse::status> answer;
      try {
        auto const& file = files[next];
        auto progress = [&watch, &file](std::uint64_t done) {
          if (watch.progress) watch.progress(file, done);
        };
        watched_source data{part10_source{file}, progress};
        c_store_rq const request = detail::store_request(data.info());
        c_store_rsp const response = co_await open.request(request, data);
        answer = response.status;
        problem = response.error_comment.str();
      } catch (error const& failed) {
        problem = failed.what();
      }
      report(watch, files[next], answer, problem);
    }
    co_return next;
  }

  static void report(sending_callbacks const& watch, part10_file const& file,
                     std::optional<codimse::status> answer, std::string const& problem) {
    if (watch.done) watch.done(sent_file{file, answer, problem});
  }

  asio::any_io_executor executor_;
  peer peer_;
  association_options options_;
  bool connected_once_ = false;
};

}  // namespace codimse::inline v0

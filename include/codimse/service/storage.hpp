// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/file/part10_sink.hpp>
#include <codimse/service/service.hpp>
#include <codimse/sop/storage.hpp>

#include <asio/any_io_executor.hpp>

#include <filesystem>
#include <optional>
#include <utility>

namespace codimse::inline v0 {

/// A Storage SCP (PS3.4 Annex B) that keeps every object as a Part 10 file, streamed from the
/// socket: `server{executor, options, storage_scp{"/data"}}`. For more than that write a service of
/// your own: it is as short. `make_storage_folder` and `remove_leftovers` are to be called before
/// it serves. May serve several threads.
class storage_scp {
 public:
  static constexpr auto sop_classes = sop::all_storage;

  /// `files_on`: an executor for objects that do not fit one buffer, where the disk can stall, and
  /// for waiting until objects are on the disk (`part10_options::durability`).
  explicit storage_scp(std::filesystem::path directory, part10_options options = {},
                       std::optional<asio::any_io_executor> files_on = {})
      : directory_{std::move(directory)}, options_{options}, files_on_{std::move(files_on)} {}

  reply on(c_store_rq const&, incoming_data_set& data) {
    co_return co_await data.save(part10_sink{directory_, options_, files_on_});
  }

 private:
  std::filesystem::path directory_;
  part10_options options_;
  std::optional<asio::any_io_executor> files_on_;
};

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "archive/async_index.hpp"
#include "archive/threads.hpp"
#include <codimse/service/commitment_result.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace archive {

/// Does the archive keep an object? For `codimse::storage_commitment_scp`.
class kept_check {
 public:
  kept_check(async_index& index, asio::any_io_executor files)
      : index_{&index}, files_{std::move(files)} {}

  asio::awaitable<codimse::status> operator()(codimse::referenced_object const& object) {
    std::optional<codimse::part10_file> found;
    try {
      found = co_await index_->find(object.sop_instance);
    } catch (index_error const&) {
      co_return codimse::status::processing_failure;
    }
    if (!found) co_return codimse::status::no_such_sop_instance;
    if (found->info.sop_class != object.sop_class)
      co_return codimse::status::class_instance_conflict;
    auto look = [file = *found] { return is_whole(file); };
    bool const whole = co_await run_on(files_, std::move(look));
    if (whole) co_return codimse::status::success;
    co_return codimse::status::no_such_sop_instance;
  }

 private:
  static bool is_whole(codimse::part10_file const& file) {
    std::error_code failed;
    auto const size = std::filesystem::file_size(file.path, failed);
    return !failed && size == file.data_set_offset + file.data_set_size;
  }

  async_index* index_;
  asio::any_io_executor files_;
};

}  // namespace archive

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "archive/index.hpp"
#include "archive/threads.hpp"

#include <asio/awaitable.hpp>
#include <asio/thread_pool.hpp>

#include <cstddef>
#include <exception>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace archive {

/// The index for coroutines. Its calls block on the disk, so that none runs on a thread of the
/// network: one thread writes, another reads. What is to be added while the writer is busy waits
/// and then goes into one transaction, so that many senders share one wait for the disk.
/// May be used from any thread; must outlive its calls.
class async_index {
 public:
  /// Two connections to one index.
  async_index(std::unique_ptr<object_index> writer, std::unique_ptr<object_index> reader)
      : writer_{std::move(writer)}, reader_{std::move(reader)} {}

  enum class added {
    yes,
    known,      ///< this very object is kept in another file (imported): nothing was changed
    elsewhere,  ///< this SOP Instance is kept as another object: nothing was changed
  };

  /// Returns when the object is safe. Where it is not added, because of an error (thrown) or
  /// because it is kept elsewhere, the file goes, if it is `ours_to_remove` and no object's.
  asio::awaitable<added> add(instance_record const& record, bool ours_to_remove) {
    auto const one = std::make_shared<waiting>(record, ours_to_remove);
    {
      std::lock_guard const lock{mutex_};
      queue_.push_back(one);
    }
    // By the time that this has run, `one` was in its batch or in one before.
    auto write = [this] {
      write_batch();
      return true;
    };
    co_await run_on(writing_.get_executor(), std::move(write));
    auto const& result = one->result;
    if (!result) throw index_error{"the index has not taken the object"};
    if (result->problem) std::rethrow_exception(result->problem);
    if (!result->elsewhere) co_return added::yes;
    co_return result->same_object ? added::known : added::elsewhere;
  }

  /// Removes a stored file that did not become an object.
  asio::awaitable<void> drop(std::filesystem::path path, codimse::uid sop_instance) {
    auto remove = [this, path = std::move(path), sop_instance] {
      remove_if_unknown(path, sop_instance);
      return true;
    };
    co_await run_on(writing_.get_executor(), std::move(remove));
  }

  asio::awaitable<std::vector<entry>> select(selection const& what, std::int64_t after,
                                             std::size_t at_most) {
    auto read = [this, what, after, at_most] { return reader_->select(what, after, at_most); };
    return run_on(reading_.get_executor(), std::move(read));
  }
  asio::awaitable<std::vector<codimse::part10_file>> files(std::vector<condition> where,
                                                           std::size_t at_most) {
    auto read = [this, where = std::move(where), at_most] {
      return reader_->files(where, at_most);
    };
    return run_on(reading_.get_executor(), std::move(read));
  }
  asio::awaitable<std::optional<codimse::part10_file>> find(codimse::uid sop_instance) {
    auto read = [this, sop_instance] { return reader_->find(sop_instance); };
    return run_on(reading_.get_executor(), std::move(read));
  }

 private:
  struct waiting {
    waiting(instance_record r, bool ours) : record{std::move(r)}, ours_to_remove{ours} {}
    instance_record record;
    bool ours_to_remove;
    std::optional<addition> result;  // none: nobody may say that it is stored
  };

  /// On the writing thread: everything that waits, in one transaction.
  void write_batch() {
    std::vector<std::shared_ptr<waiting>> batch;
    {
      std::lock_guard const lock{mutex_};
      batch.swap(queue_);
    }
    if (batch.empty()) return;
    std::vector<addition> all;
    all.reserve(batch.size());
    for (auto const& one : batch) all.push_back({&one->record});
    writer_->add(all);
    for (std::size_t i = 0; i < all.size(); ++i) {
      bool const refused = all[i].problem != nullptr || all[i].elsewhere.has_value();
      auto const& file = batch[i]->record.file;
      if (refused && batch[i]->ours_to_remove) remove_if_unknown(file.path, file.info.sop_instance);
      batch[i]->result = std::move(all[i]);
    }
  }

  /// On the writing thread. Another association may have stored the same object at the same time:
  /// then the file has an entry by now and is not to go. Where the index cannot say, it stays.
  void remove_if_unknown(std::filesystem::path const& path, codimse::uid const& sop_instance) {
    try {
      auto const known = writer_->find(sop_instance);
      if (known && known->path == path) return;
    } catch (index_error const&) {
      return;
    }
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    std::filesystem::remove(path.parent_path(), ignored);  // where it was the study's only one
  }

  std::unique_ptr<object_index> writer_;
  std::unique_ptr<object_index> reader_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<waiting>> queue_;
  // Last: their threads end before what they use goes.
  asio::thread_pool writing_{1};
  asio::thread_pool reading_{1};
};

}  // namespace archive

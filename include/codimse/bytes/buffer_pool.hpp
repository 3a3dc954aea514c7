// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// Equal slabs of raw memory that associations borrow while data flow and give back when idle, so
/// that an idle association holds none. Keeps at most `keep` slabs for reuse, frees the others.
///
/// May be shared by associations of several threads.
class buffer_pool {
 public:
  /// Large, because a read of 1 MiB costs a receiver less than four of 256 KiB; pages of a slab
  /// that small messages never reach are never touched.
  static constexpr std::size_t default_slab_size = 1024 * 1024;

  explicit buffer_pool(std::size_t slab_size = default_slab_size, std::size_t keep = 8)
      : slab_size_{slab_size}, keep_{keep} {}

  [[nodiscard]] std::size_t slab_size() const { return slab_size_; }
  /// Slabs that are borrowed now.
  [[nodiscard]] std::size_t lent() const {
    std::lock_guard const lock{mutex_};
    return lent_;
  }

  /// A borrowed slab; returns to its pool when destroyed. The pool must outlive it.
  class slab {
   public:
    slab() = default;
    slab(slab&& other) noexcept
        : pool_{std::exchange(other.pool_, nullptr)}, memory_{std::move(other.memory_)} {}
    slab& operator=(slab&& other) noexcept {
      release();
      pool_ = std::exchange(other.pool_, nullptr);
      memory_ = std::move(other.memory_);
      return *this;
    }
    ~slab() { release(); }

    explicit operator bool() const { return memory_ != nullptr; }
    [[nodiscard]] std::span<std::byte> bytes() const {
      return memory_ ? std::span{memory_.get(), pool_->slab_size()} : std::span<std::byte>{};
    }
    void release() {
      if (memory_) pool_->give_back(std::move(memory_));
      memory_.reset();
      pool_ = nullptr;
    }

   private:
    friend class buffer_pool;
    slab(buffer_pool& pool, std::unique_ptr<std::byte[]> memory)
        : pool_{&pool}, memory_{std::move(memory)} {}
    buffer_pool* pool_ = nullptr;
    std::unique_ptr<std::byte[]> memory_;
  };

  [[nodiscard]] slab take() {
    if (auto memory = take_free()) return {*this, std::move(memory)};
    // Left uninitialised: zeroing would touch pages that a small message never needs.
    slab fresh{*this, std::make_unique_for_overwrite<std::byte[]>(slab_size_)};
    std::lock_guard const lock{mutex_};
    ++lent_;
    return fresh;
  }

 private:
  std::unique_ptr<std::byte[]> take_free() {
    std::lock_guard const lock{mutex_};
    if (free_.empty()) return nullptr;
    auto memory = std::move(free_.back());
    free_.pop_back();
    ++lent_;
    return memory;
  }
  void give_back(std::unique_ptr<std::byte[]> memory) {
    std::lock_guard const lock{mutex_};
    --lent_;
    if (free_.size() < keep_) free_.push_back(std::move(memory));
  }

  std::size_t slab_size_;
  std::size_t keep_;
  std::mutex mutable mutex_;
  std::vector<std::unique_ptr<std::byte[]>> free_;
  std::size_t lent_ = 0;
};

namespace detail {

/// The pool of everything that is not given one of its own.
inline std::shared_ptr<buffer_pool> shared_buffer_pool() {
  static auto const pool = std::make_shared<buffer_pool>();
  return pool;
}

}  // namespace detail
}  // namespace codimse::inline v0

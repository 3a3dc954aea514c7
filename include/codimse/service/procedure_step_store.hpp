// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/core/uid.hpp>
#include <codimse/data/data_set.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

namespace codimse::inline v0 {

/// Where performed procedure steps are kept, by SOP Instance UID. `create` is called only for an
/// instance that `find` did not find, `update` (with the whole step as it is now) only for one that
/// it did. What it throws is answered with 0110 and changes nothing.
template <class T>
concept procedure_step_store =
    std::move_constructible<T> && requires(T& store, uid const& instance, data_set step) {
      { store.find(instance) } -> std::convertible_to<std::optional<data_set>>;
      store.create(instance, std::move(step));
      store.update(instance, std::move(step));
    };

namespace detail {

/// About how much memory a data set that owns its values takes, in bytes.
[[nodiscard]] inline std::size_t memory_of(data_set const& all) {
  constexpr std::size_t allocation = 32;  // what an allocator adds, generously
  std::size_t bytes = sizeof(data_set) + allocation;
  for (auto const& one : all) {
    bytes += sizeof(element) + allocation + one.bytes().size();
    for (std::size_t i = 0; i < one.fragment_count(); ++i)
      bytes += allocation + one.fragment(i).size();
    for (auto const& item : one.items()) bytes += memory_of(item);
  }
  return bytes;
}

}  // namespace detail

/// Keeps steps in memory, up to so many, and up to so many bytes of memory for all of them: what
/// goes beyond makes `create` and `update` throw `errc::limit_exceeded` and changes nothing.
/// A value: distinct objects may be used from different threads.
class memory_procedure_steps {
 public:
  static constexpr std::size_t default_memory = 256 * 1024 * 1024;

  memory_procedure_steps() = default;
  explicit memory_procedure_steps(std::size_t most, std::size_t most_memory = default_memory)
      : most_{most}, most_memory_{most_memory} {}

  [[nodiscard]] std::optional<data_set> find(uid const& instance) const {
    auto const found = steps_.find(instance);
    if (found == steps_.end()) return std::nullopt;
    return found->second;
  }
  void create(uid const& instance, data_set step) {
    if (steps_.size() >= most_)
      throw error{errc::limit_exceeded, "no room for more procedure steps"};
    std::size_t const added = room_for(step, 0);
    if (steps_.emplace(instance, std::move(step)).second) memory_ += added;
  }
  void update(uid const& instance, data_set step) {
    std::size_t const before = memory_of(instance);
    std::size_t const after = room_for(step, before);
    steps_.insert_or_assign(instance, std::move(step));
    memory_ = memory_ - before + after;
  }
  void erase(uid const& instance) {
    memory_ -= memory_of(instance);
    steps_.erase(instance);
  }

  [[nodiscard]] std::size_t size() const { return steps_.size(); }
  /// About how much memory the steps take, in bytes.
  [[nodiscard]] std::size_t memory() const { return memory_; }
  [[nodiscard]] auto begin() const { return steps_.cbegin(); }
  [[nodiscard]] auto end() const { return steps_.cend(); }

 private:
  [[nodiscard]] std::size_t memory_of(uid const& instance) const {
    auto const found = steps_.find(instance);
    return found == steps_.end() ? 0 : detail::memory_of(found->second);
  }
  /// What the step takes, if there is room for it in place of what took `instead` bytes.
  [[nodiscard]] std::size_t room_for(data_set const& step, std::size_t instead) const {
    std::size_t const bytes = detail::memory_of(step);
    if (bytes > most_memory_ - std::min(most_memory_, memory_ - instead))
      throw error{errc::limit_exceeded, "no memory for more procedure steps"};
    return bytes;
  }

  std::map<uid, data_set> steps_;
  std::size_t most_ = 10000;
  std::size_t most_memory_ = default_memory;
  std::size_t memory_ = 0;
};

}  // namespace codimse::inline v0

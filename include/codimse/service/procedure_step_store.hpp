// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/core/uid.hpp>
#include <codimse/data/data_set.hpp>

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

/// Keeps steps in memory, up to so many: beyond, `create` throws `errc::limit_exceeded`.
/// A value: distinct objects may be used from different threads.
class memory_procedure_steps {
 public:
  memory_procedure_steps() = default;
  explicit memory_procedure_steps(std::size_t most) : most_{most} {}

  [[nodiscard]] std::optional<data_set> find(uid const& instance) const {
    auto const found = steps_.find(instance);
    if (found == steps_.end()) return std::nullopt;
    return found->second;
  }
  void create(uid const& instance, data_set step) {
    if (steps_.size() >= most_)
      throw error{errc::limit_exceeded, "no room for more procedure steps"};
    steps_.emplace(instance, std::move(step));
  }
  void update(uid const& instance, data_set step) {
    steps_.insert_or_assign(instance, std::move(step));
  }
  void erase(uid const& instance) { steps_.erase(instance); }

  [[nodiscard]] std::size_t size() const { return steps_.size(); }
  [[nodiscard]] auto begin() const { return steps_.cbegin(); }
  [[nodiscard]] auto end() const { return steps_.cend(); }

 private:
  std::map<uid, data_set> steps_;
  std::size_t most_ = 10000;
};

}  // namespace codimse::inline v0

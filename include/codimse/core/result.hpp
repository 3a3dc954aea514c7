// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <system_error>
#include <utility>

namespace codimse::inline v0 {

/// A value or a `std::error_code`: our own type, the same in every standard, so that programs
/// built with mixed settings agree about it. Reading the value of a failed result is a
/// precondition violation; `value_or_throw()` turns the error into `std::system_error`.
template <class T>
class [[nodiscard]] result {
 public:
  result(T value) : value_{std::move(value)} {}
  result(std::error_code error) : error_{error} {}

  [[nodiscard]] bool has_value() const { return value_.has_value(); }
  explicit operator bool() const { return has_value(); }
  [[nodiscard]] std::error_code error() const { return error_; }

  // NOLINTBEGIN(bugprone-unchecked-optional-access): like those of std::optional, for results that
  // were checked.
  [[nodiscard]] T& operator*() & { return *value_; }
  [[nodiscard]] T const& operator*() const& { return *value_; }
  [[nodiscard]] T&& operator*() && { return *std::move(value_); }
  T* operator->() { return &*value_; }
  T const* operator->() const { return &*value_; }
  // NOLINTEND(bugprone-unchecked-optional-access)

  [[nodiscard]] T value_or_throw() && {
    if (!value_) throw std::system_error{error_};
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
  std::error_code error_;
};

}  // namespace codimse::inline v0

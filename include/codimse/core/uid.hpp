// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace codimse::inline v0 {

/// A DICOM unique identifier (PS3.5 section 9): at most 64 ASCII digits and dots, held inline.
///
/// Trivially destructible and cheap to copy, so it may stand in any request struct. It also holds
/// what a peer sent in place of a UID: such text is kept as it came (up to 64 characters; what is
/// longer is remembered as being so) and `valid()` tells. Check where it is used, not where it is
/// received. Distinct objects may be used from different threads.
class uid {
 public:
  static constexpr std::size_t max_size = 64;

  constexpr uid() = default;
  constexpr uid(std::string_view text)
      : size_{static_cast<std::uint8_t>(text.size() < max_size ? text.size() : max_size)},
        overlong_{text.size() > max_size} {
    for (std::size_t i = 0; i < size_; ++i) text_[i] = text[i];
  }
  constexpr uid(char const* text) : uid{std::string_view{text}} {}
  uid(std::string const& text) : uid{std::string_view{text}} {}

  /// Text of a UI value or an item, without the trailing NULs and spaces that peers pad with.
  [[nodiscard]] static constexpr uid from_wire(std::string_view text) {
    while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.remove_suffix(1);
    return uid{text};
  }

  [[nodiscard]] constexpr std::string_view view() const { return {text_, size_}; }
  [[nodiscard]] std::string str() const { return std::string{view()}; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  /// Was the text longer than what is held?
  [[nodiscard]] constexpr bool overlong() const { return overlong_; }

  /// Does it follow PS3.5 9.1: digits and dots, no empty component, no leading zero, at most 64?
  [[nodiscard]] constexpr bool valid() const {
    if (size_ == 0 || overlong_) return false;
    bool component_start = true;
    for (std::size_t i = 0; i < size_; ++i) {
      char const c = text_[i];
      if (c == '.') {
        if (component_start) return false;
        component_start = true;
        continue;
      }
      if (c < '0' || c > '9') return false;
      bool const another_digit = i + 1 < size_ && text_[i + 1] != '.';
      if (component_start && c == '0' && another_digit) return false;
      component_start = false;
    }
    return !component_start;
  }

  friend constexpr bool operator==(uid const& a, uid const& b) {
    return a.overlong_ == b.overlong_ && a.view() == b.view();
  }
  friend constexpr std::strong_ordering operator<=>(uid const& a, uid const& b) {
    auto const by_text = a.view() <=> b.view();
    return by_text != 0 ? by_text : a.overlong_ <=> b.overlong_;
  }

 private:
  char text_[max_size]{};
  std::uint8_t size_ = 0;
  bool overlong_ = false;
};

}  // namespace codimse::inline v0

template <>
struct std::hash<codimse::uid> {
  std::size_t operator()(codimse::uid const& value) const noexcept {
    return std::hash<std::string_view>{}(value.view());
  }
};

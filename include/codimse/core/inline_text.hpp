// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace codimse::inline v0 {

/// Text of at most N bytes held inline, kept as given. Longer text is remembered as not fitting,
/// so that it can be refused instead of being cut. Keeps option structs trivially destructible.
/// A value: distinct objects may be used from different threads.
template <std::size_t N>
class inline_text {
 public:
  static_assert(N < 256);
  constexpr inline_text() = default;
  constexpr inline_text(std::string_view text) : fits_{text.size() <= N} {
    for (char const c : text.substr(0, N)) text_[size_++] = c;
  }
  constexpr inline_text(char const* text) : inline_text{std::string_view{text}} {}
  inline_text(std::string const& text) : inline_text{std::string_view{text}} {}

  [[nodiscard]] constexpr std::string_view view() const { return {text_, size_}; }
  [[nodiscard]] std::string str() const { return std::string{view()}; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr bool fits() const { return fits_; }

 private:
  char text_[N]{};
  std::uint8_t size_ = 0;
  bool fits_ = true;
};

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace codimse::inline v0 {

/// At most N bytes of printable ASCII, held inline: longer text is cut, other characters become
/// '?'. For values such as Error Comment (LO, default repertoire, 64 characters, PS3.7 C).
/// A value: distinct objects may be used from different threads.
template <std::size_t N>
class fixed_text {
 public:
  static_assert(N < 256);
  constexpr fixed_text() = default;
  constexpr fixed_text(std::string_view text) {
    for (char const c : text.substr(0, N))
      text_[size_++] = c >= ' ' && c <= '~' && c != '\\' ? c : '?';
  }
  constexpr fixed_text(char const* text) : fixed_text{std::string_view{text}} {}
  fixed_text(std::string const& text) : fixed_text{std::string_view{text}} {}

  [[nodiscard]] constexpr std::string_view view() const { return {text_, size_}; }
  [[nodiscard]] std::string str() const { return std::string{view()}; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  friend constexpr bool operator==(fixed_text const& a, fixed_text const& b) {
    return a.view() == b.view();
  }

 private:
  char text_[N]{};
  std::uint8_t size_ = 0;
};

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace codimse::inline v0 {

/// An Application Entity title (PS3.8 9.3.2, AE in PS3.5 6.2): 1 to 16 characters, held inline
/// without the padding. Leading and trailing spaces are not significant; case counts.
///
/// Received titles are kept as they came, odd characters included; `valid()` tells.
/// A value: distinct objects may be used from different threads.
class ae_title {
 public:
  static constexpr std::size_t max_size = 16;
  using field = std::array<char, max_size>;

  constexpr ae_title() = default;
  constexpr ae_title(std::string_view text) {
    text = trimmed(text);
    overlong_ = text.size() > max_size;
    for (char const c : text.substr(0, max_size)) text_[size_++] = c;
  }
  constexpr ae_title(char const* text) : ae_title{std::string_view{text}} {}
  ae_title(std::string const& text) : ae_title{std::string_view{text}} {}

  /// The title in the 16 bytes of an A-ASSOCIATE PDU. Some peers end it with a NUL, and what was in
  /// their memory follows.
  [[nodiscard]] static constexpr ae_title from_field(field const& bytes) {
    std::size_t size = 0;
    while (size < max_size && bytes[size] != '\0') ++size;
    return ae_title{std::string_view{bytes.data(), size}};
  }
  /// The 16 bytes, padded with spaces, as an A-ASSOCIATE PDU carries them.
  [[nodiscard]] constexpr field to_field() const {
    field bytes{};
    for (std::size_t i = 0; i < max_size; ++i) bytes[i] = i < size_ ? text_[i] : ' ';
    return bytes;
  }

  [[nodiscard]] constexpr std::string_view view() const { return {text_, size_}; }
  [[nodiscard]] std::string str() const { return std::string{view()}; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }

  /// 1 to 16 characters of ISO 646 without backslash and control characters.
  [[nodiscard]] constexpr bool valid() const {
    if (size_ == 0 || overlong_) return false;
    for (char const c : view())
      if (c < ' ' || c > '~' || c == '\\') return false;
    return true;
  }

  friend constexpr bool operator==(ae_title const& a, ae_title const& b) {
    return a.overlong_ == b.overlong_ && a.view() == b.view();
  }

 private:
  static constexpr std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    return text;
  }

  char text_[max_size]{};
  std::uint8_t size_ = 0;
  bool overlong_ = false;
};

}  // namespace codimse::inline v0

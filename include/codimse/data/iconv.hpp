// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <iconv.h>
#include <string>

namespace codimse::inline v0::detail {

/// A character set of the system's iconv (POSIX), to Unicode. Opening one takes long (it may load
/// a file), so it is only used to read tables, once. False when the system does not have the set.
/// Not thread-safe: for one function.
class system_charset {
 public:
  explicit system_charset(char const* name) : handle_{::iconv_open("UTF-32LE", name)} {}
  ~system_charset() {
    if (*this) ::iconv_close(handle_);
  }
  system_charset(system_charset const&) = delete;
  system_charset& operator=(system_charset const&) = delete;

  explicit operator bool() const {
    return handle_ != reinterpret_cast<iconv_t>(-1);  // NOLINT: POSIX's own error value
  }

  /// The one character that these bytes are; 0 when they are none, or several.
  [[nodiscard]] char32_t character(std::string bytes) {
    unsigned char out[16];
    char* from = bytes.data();
    char* to = reinterpret_cast<char*>(out);
    std::size_t from_left = bytes.size();
    std::size_t to_left = sizeof out;
    ::iconv(handle_, nullptr, nullptr, nullptr, nullptr);
    // Another result than 0 is an error, or a character that was replaced.
    if (::iconv(handle_, &from, &from_left, &to, &to_left) != 0) return 0;
    if (from_left != 0 || sizeof out - to_left != 4) return 0;
    char32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) value |= static_cast<char32_t>(out[i]) << (8U * i);
    return value;
  }

 private:
  iconv_t handle_;
};

}  // namespace codimse::inline v0::detail

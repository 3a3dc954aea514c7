// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/endian.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// Appends to a vector that it owns. Lengths that are known later are patched in place.
/// A value: distinct objects may be used from different threads.
class byte_writer {
 public:
  byte_writer() = default;
  /// Reuses the memory of an old vector.
  explicit byte_writer(std::vector<std::byte> reuse) : bytes_{std::move(reuse)} { bytes_.clear(); }

  template <std::unsigned_integral T>
  void big(T value) {
    std::byte encoded[sizeof(T)];
    store_big(encoded, value);
    append(encoded);
  }
  template <std::unsigned_integral T>
  void little(T value) {
    std::byte encoded[sizeof(T)];
    store_little(encoded, value);
    append(encoded);
  }
  void u8(std::uint8_t value) { bytes_.push_back(static_cast<std::byte>(value)); }
  void zeros(std::size_t n) { bytes_.resize(bytes_.size() + n); }
  void append(std::span<std::byte const> more) {
    if (bytes_.capacity() - bytes_.size() < more.size())
      bytes_.reserve(
          std::max<std::size_t>({256, 2 * bytes_.capacity(), bytes_.size() + more.size()}));
    bytes_.insert(bytes_.end(), more.begin(), more.end());
  }
  void text(std::string_view more) { append(std::as_bytes(std::span{more.data(), more.size()})); }

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::byte* at(std::size_t offset) { return bytes_.data() + offset; }
  [[nodiscard]] std::span<std::byte const> view() const { return bytes_; }
  void reserve(std::size_t n) { bytes_.reserve(n); }
  /// Takes back what was appended after the first n bytes.
  void truncate(std::size_t n) { bytes_.resize(n); }
  void clear() { bytes_.clear(); }
  [[nodiscard]] std::vector<std::byte> take() && { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace codimse::inline v0

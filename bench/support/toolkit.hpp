// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// What a DICOM library has to do to be measured beside others. One class a library, each in a
/// header of its own, each with the calls that are fastest there.
namespace bench {

using bytes = std::vector<std::byte>;

/// Elements at every depth before Pixel Data, without meta information, items and delimiters; the
/// lengths of their values. Two libraries that read the same agree about both.
struct tally {
  std::size_t elements = 0;
  std::size_t value_bytes = 0;
  friend bool operator==(tally const&, tally const&) = default;
};

inline void require(bool good, std::string_view what) {
  if (!good) throw std::runtime_error{std::string{what} + " failed"};
}

/// Reads files and buffers (whole files) up to Pixel Data. What was read is destroyed again, which
/// is part of the work. Throws `std::runtime_error` where a call of the library fails.
class toolkit {
 public:
  toolkit() = default;
  toolkit(toolkit const&) = delete;
  toolkit& operator=(toolkit const&) = delete;
  virtual ~toolkit() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;

  virtual void read_file(std::filesystem::path const& path) = 0;
  virtual void read_memory(std::span<std::byte const> file) = 0;
  /// Reads and counts.
  virtual tally count_file(std::filesystem::path const& path) = 0;
  virtual tally count_memory(std::span<std::byte const> file) = 0;

  /// Reads objects that the following are about, in place of those before; the bytes must stay.
  virtual void keep(std::span<bytes const> files) = 0;
  /// Writes one into memory as it was read, without meta information; its size.
  virtual std::size_t write_memory(std::size_t index) = 0;
  /// Writes one into a file, with meta information.
  virtual void write_file(std::size_t index, std::filesystem::path const& path) = 0;
  /// Ten values of one by their tags, six texts and four numbers: the lengths of the texts and the
  /// numbers, added up.
  virtual double get_values(std::size_t index) = 0;
};

}  // namespace bench

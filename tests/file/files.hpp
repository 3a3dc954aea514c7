// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "data/bytes.hpp"
#include <codimse/file/meta.hpp>
#include <codimse/io/object_info.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

/// Folders that remove themselves, and tiny Part 10 files.
namespace codimse_test {

inline constexpr std::string_view ct_class = "1.2.840.10008.5.1.4.1.1.2";
inline constexpr std::string_view explicit_little = "1.2.840.10008.1.2.1";

class temporary_folder {
 public:
  temporary_folder() {
    static std::atomic<int> counter{0};
    path_ = std::filesystem::temp_directory_path() /
            ("codimse-test-" + std::to_string(::getpid()) + "-" + std::to_string(++counter));
    std::filesystem::create_directory(path_);
  }
  temporary_folder(temporary_folder const&) = delete;
  temporary_folder& operator=(temporary_folder const&) = delete;
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::filesystem::path const& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
    return path_ / name;
  }
  /// Everything in it that is no folder, hidden files too, relative to it.
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> found;
    for (auto const& entry : std::filesystem::recursive_directory_iterator{path_})
      if (!entry.is_directory()) found.push_back(entry.path().lexically_relative(path_).string());
    std::ranges::sort(found);
    return found;
  }

 private:
  std::filesystem::path path_;
};

inline bytes_t content_of(std::filesystem::path const& path) {
  std::ifstream in{path, std::ios::binary};
  std::string const text{std::istreambuf_iterator<char>{in}, {}};
  auto const all = as_bytes(text);
  return {all.begin(), all.end()};
}
inline void put(std::filesystem::path const& path, std::span<std::byte const> bytes) {
  std::ofstream out{path, std::ios::binary | std::ios::trunc};
  auto const* const text = reinterpret_cast<char const*>(bytes.data());
  out.write(text, static_cast<std::streamsize>(bytes.size()));
}
inline bytes_t operator+(bytes_t a, bytes_t const& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Values `i % 251`: a shifted or repeated block is noticed.
inline bytes_t pattern(std::size_t size) {
  bytes_t out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::byte>(i % 251);
  return out;
}

/// SOP Class and Instance UID, left out where empty, and `pixels` bytes of pixel data.
inline bytes_t small_data_set(std::string_view sop_class, std::string_view instance,
                              std::size_t pixels = 16) {
  byte_writer out;
  element_writer elements{out, transfer_syntaxes::explicit_vr_little_endian};
  if (!sop_class.empty()) elements.uid(tags::sop_class_uid, sop_class);
  if (!instance.empty()) elements.uid(tags::sop_instance_uid, instance);
  elements.uid(tags::study_instance_uid, "1.2.3.4");
  elements.ob(tags::pixel_data, pattern(pixels));
  return std::move(out).take();
}
inline file_meta meta_for(std::string_view sop_class, std::string_view instance,
                          std::string_view syntax = explicit_little) {
  file_meta meta;
  meta.media_storage_sop_class = uid{sop_class};
  meta.media_storage_sop_instance = uid{instance};
  meta.transfer_syntax = uid{syntax};
  meta.implementation_class = "2.25.1";
  return meta;
}
inline bytes_t part10_bytes(file_meta const& meta, bytes_t const& data_set) {
  return encode_file_meta(meta) + data_set;
}

}  // namespace codimse_test

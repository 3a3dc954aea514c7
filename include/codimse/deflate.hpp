// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/data/inflate_hook.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>
#include <zlib.h>

/// Deflated data sets (PS3.5 A.5), with zlib: link `codimse::deflate`.
namespace codimse::inline v0 {

namespace detail {

/// zlib counts with `unsigned int`.
[[nodiscard]] inline uInt zlib_count(std::size_t n) {
  return static_cast<uInt>(std::min<std::size_t>(n, std::numeric_limits<uInt>::max()));
}

}  // namespace detail

/// `inflating` by zlib. Throws `std::bad_alloc` where zlib gets no memory (about 40 KiB each).
/// Used from one thread.
class zlib_inflating final : public inflating {
 public:
  zlib_inflating() {
    if (::inflateInit2(&stream_, raw) != Z_OK) throw std::bad_alloc{};
  }
  ~zlib_inflating() override { ::inflateEnd(&stream_); }

  step inflate(std::span<std::byte const> in, std::span<std::byte> out) override {
    if (ended_) return {0, 0, true, {}};
    auto const given = detail::zlib_count(in.size());
    auto const room = detail::zlib_count(out.size());
    // zlib takes the input as not const, and leaves it alone.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));
    stream_.avail_in = given;
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = room;
    int const how = ::inflate(&stream_, Z_NO_FLUSH);
    step done{given - stream_.avail_in, room - stream_.avail_out, how == Z_STREAM_END, {}};
    ended_ = done.ended;
    // Z_BUF_ERROR: nothing to do for want of input or output.
    if (how == Z_MEM_ERROR) throw std::bad_alloc{};
    if (how != Z_OK && how != Z_STREAM_END && how != Z_BUF_ERROR)
      done.error = make_error_code(errc::invalid_deflated_data);
    return done;
  }

 private:
  static constexpr int raw = -MAX_WBITS;  // no header, no checksum

  z_stream stream_{};
  bool ended_ = false;
};

/// Deflates the whole (RFC 1951, raw); a NUL makes its length even (PS3.5 A.5). Throws
/// `std::bad_alloc`.
/// Any thread: no state.
[[nodiscard]] inline std::vector<std::byte> deflate(std::span<std::byte const> bytes) {
  struct ending {
    z_stream& stream;
    ~ending() { ::deflateEnd(&stream); }
  };
  z_stream stream{};
  if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc{};
  ending const at_end{stream};
  std::vector<std::byte> out(4096 + bytes.size() / 4);
  std::size_t made = 0;
  for (int how = Z_OK; how != Z_STREAM_END;) {
    if (made == out.size()) out.resize(2 * out.size());
    auto const given = detail::zlib_count(bytes.size());
    auto const room = detail::zlib_count(out.size() - made);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
    stream.avail_in = given;
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + made);
    stream.avail_out = room;
    how = ::deflate(&stream, given == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
    bytes = bytes.subspan(given - stream.avail_in);
    made += room - stream.avail_out;
  }
  out.resize(made + made % 2);
  return out;
}

/// From here on everything in this program that reads or writes data sets deals with deflated ones.
/// Any thread, any number of times.
inline void use_deflate() {
  static constexpr deflate_methods methods{
      []() -> std::unique_ptr<inflating> { return std::make_unique<zlib_inflating>(); },
      [](std::span<std::byte const> bytes) { return deflate(bytes); }};
  install_deflate(methods);
}

}  // namespace codimse::inline v0

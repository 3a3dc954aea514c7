// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/core/result.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <system_error>
#include <vector>

namespace codimse::inline v0 {

/// Inflates a stream of RFC 1951 (raw: no zlib or gzip header) piece by piece.
/// Used from one thread.
class inflating {
 public:
  struct step {
    std::size_t used = 0;  ///< bytes of the input
    std::size_t made = 0;  ///< bytes of the output
    bool ended = false;    ///< the stream ends here; what follows it (padding) is none of it
    std::error_code error{};
  };

  inflating() = default;
  inflating(inflating const&) = delete;
  inflating& operator=(inflating const&) = delete;
  virtual ~inflating() = default;

  /// Uses input and fills output until one of them is used up, or the stream ends. Errors:
  /// invalid_deflated_data.
  virtual step inflate(std::span<std::byte const> in, std::span<std::byte> out) = 0;
};

/// What knows how to deflate: `codimse/deflate.hpp` makes one of zlib. The core needs no zlib.
/// May be used from several threads.
struct deflate_methods {
  std::unique_ptr<inflating> (*start_inflating)();
  /// The whole in one, raw, with a NUL at the end where it would be odd (PS3.5 A.5).
  std::vector<std::byte> (*deflate)(std::span<std::byte const> bytes);
};

namespace detail {

inline std::atomic<deflate_methods const*> deflate_hook{nullptr};

}  // namespace detail

/// Lets everything in this program that reads or writes data sets deal with deflated ones. The
/// methods must stay. `use_deflate()` of `codimse/deflate.hpp` calls it.
/// Any thread, once, before they are needed.
inline void install_deflate(deflate_methods const& methods) { detail::deflate_hook = &methods; }

/// What was installed, or nullptr.
/// Any thread.
[[nodiscard]] inline deflate_methods const* installed_deflate() { return detail::deflate_hook; }

namespace detail {

/// Inflates a whole stream of at most `limit` bytes: memory grows with what comes out, in step.
/// Errors: deflate_not_available, invalid_deflated_data (also where it ends early), limit_exceeded.
[[nodiscard]] inline result<std::vector<std::byte>> inflate_whole(std::span<std::byte const> in,
                                                                  std::size_t limit) {
  auto const* const methods = installed_deflate();
  if (methods == nullptr) return make_error_code(errc::deflate_not_available);
  auto const stream = methods->start_inflating();
  std::vector<std::byte> out;
  for (std::size_t made = 0;;) {
    if (made == out.size()) {
      if (made == limit) return make_error_code(errc::limit_exceeded);
      auto const more = std::max<std::size_t>({64 * 1024, 4 * in.size(), 2 * made});
      out.resize(std::min(limit, more));
    }
    auto const done = stream->inflate(in, std::span{out}.subspan(made));
    if (done.error) return done.error;
    in = in.subspan(done.used);
    made += done.made;
    if (done.ended) {
      out.resize(made);
      return out;
    }
    if (in.empty() && made < out.size()) return make_error_code(errc::invalid_deflated_data);
  }
}

}  // namespace detail
}  // namespace codimse::inline v0

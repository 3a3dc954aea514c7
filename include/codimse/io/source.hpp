// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/io/object_info.hpp>

#include <asio/awaitable.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <system_error>
#include <utility>

namespace codimse::inline v0 {

/// Places for the next bytes of a data set, to be filled in order.
using pieces = std::span<std::span<std::byte> const>;

/// What a source did: how many bytes it filled in, whether the data set ends with them, or why it
/// could not go on.
/// A value: distinct objects may be used from different threads.
struct read_result {
  std::size_t bytes = 0;
  bool last = false;
  std::error_code error{};
};

/// Where a data set that is sent comes from. `read` fills all pieces unless the data set ends, at
/// once or as an awaitable; one of odd length is sent with one zero byte more (PS3.8 E.1); `size`
/// is the number of bytes in all (0 where it is not known).
template <class S>
concept source = requires(S& s, S const& c, pieces into) {
  { c.info() } -> std::convertible_to<object_info const&>;
  { c.size() } -> std::convertible_to<std::uint64_t>;
  requires std::same_as<decltype(s.read(into)), read_result> ||
               std::same_as<decltype(s.read(into)), asio::awaitable<read_result>>;
};

/// An encoded data set in memory that must outlive the source.
/// Used by one association, on its executor.
class memory_source {
 public:
  memory_source(object_info const& info, std::span<std::byte const> data_set)
      : info_{info}, rest_{data_set}, size_{data_set.size()} {}

  [[nodiscard]] object_info const& info() const { return info_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  read_result read(pieces into) {
    std::size_t done = 0;
    for (auto const& piece : into) {
      auto const part = rest_.first(std::min(piece.size(), rest_.size()));
      if (!part.empty()) std::memcpy(piece.data(), part.data(), part.size());
      rest_ = rest_.subspan(part.size());
      done += part.size();
    }
    return {done, rest_.empty(), {}};
  }

 private:
  object_info info_;
  std::span<std::byte const> rest_;
  std::uint64_t size_;
};

/// A source that tells how far it has been read: `progress` is called with the bytes so far, on
/// the association's executor. Owns memory, so name it before passing it on.
template <source S>
class watched_source {
 public:
  watched_source(S inner, std::function<void(std::uint64_t)> progress)
      : inner_{std::move(inner)}, progress_{std::move(progress)} {}

  [[nodiscard]] object_info const& info() const { return inner_.info(); }
  [[nodiscard]] std::uint64_t size() const { return inner_.size(); }
  auto read(pieces into) {
    if constexpr (std::same_as<decltype(inner_.read(into)), read_result>)
      return count(inner_.read(into));
    else return read_later(into);
  }

 private:
  read_result count(read_result got) {
    done_ += got.bytes;
    if (progress_) progress_(done_);
    return got;
  }
  asio::awaitable<read_result> read_later(pieces into) {
    read_result const got = co_await inner_.read(into);
    co_return count(got);
  }

  S inner_;
  std::function<void(std::uint64_t)> progress_;
  std::uint64_t done_ = 0;
};

/// Any source by reference, so that the sending code is compiled once.
/// Used on one executor, its association's or its owner's.
class source_ref {
 public:
  template <source S>
  explicit source_ref(S& s)
      : self_{&s},
        read_{[](void* self, pieces into) -> asio::awaitable<read_result> {
          auto& it = *static_cast<S*>(self);
          if constexpr (std::same_as<decltype(it.read(into)), read_result>) co_return it.read(into);
          else co_return co_await it.read(into);
        }},
        read_now_{[]([[maybe_unused]] void* self, [[maybe_unused]] pieces into) -> read_result {
          if constexpr (std::same_as<decltype(std::declval<S&>().read(into)), read_result>)
            return static_cast<S*>(self)->read(into);
          else return {};
        }},
        at_once_{std::same_as<decltype(s.read(pieces{})), read_result>} {}

  [[nodiscard]] bool at_once() const { return at_once_; }
  /// Only where `at_once()`: saves a coroutine on the hot path.
  read_result read_now(pieces into) { return read_now_(self_, into); }
  asio::awaitable<read_result> read(pieces into) { return read_(self_, into); }

 private:
  void* self_;
  asio::awaitable<read_result> (*read_)(void*, pieces);
  read_result (*read_now_)(void*, pieces);
  bool at_once_;
};

}  // namespace codimse::inline v0

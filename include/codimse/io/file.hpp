// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fcntl.h>
#include <span>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace codimse::inline v0::detail {

/// A file descriptor and the few system calls that sinks and sources need: the only place where
/// files touch POSIX.
class file {
 public:
  file() = default;
  file(file&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}
  file& operator=(file&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~file() { static_cast<void>(close()); }

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

  /// Creates a file that did not exist.
  [[nodiscard]] std::error_code create(std::string const& path) {
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC);
  }
  [[nodiscard]] std::error_code open_to_read(std::string const& path) {
    return open(path, O_RDONLY | O_CLOEXEC);
  }

  /// Writes all pieces in order.
  [[nodiscard]] std::error_code write(std::span<std::span<std::byte const> const> pieces) {
    while (!pieces.empty()) {
      auto const batch = pieces.first(std::min(pieces.size(), max_pieces));
      if (auto const failed = write_batch(batch)) return failed;
      pieces = pieces.subspan(batch.size());
    }
    return {};
  }

  struct read_count {
    std::size_t bytes = 0;
    std::error_code error{};
  };
  /// Fills the pieces in order from an offset, as far as the file goes.
  [[nodiscard]] read_count read_at(std::uint64_t offset,
                                   std::span<std::span<std::byte> const> pieces) {
    read_count all;
    while (!pieces.empty()) {
      auto const batch = pieces.first(std::min(pieces.size(), max_pieces));
      std::size_t wanted = 0;
      for (auto const& piece : batch) wanted += piece.size();
      auto const got = read_batch(offset + all.bytes, batch, wanted);
      all.bytes += got.bytes;
      all.error = got.error;
      if (got.error || got.bytes < wanted) break;
      pieces = pieces.subspan(batch.size());
    }
    return all;
  }

  [[nodiscard]] std::error_code size(std::uint64_t& bytes) const {
    struct stat status{};
    if (::fstat(descriptor_, &status) != 0) return last_error();
    if (S_ISDIR(status.st_mode)) return std::make_error_code(std::errc::is_a_directory);
    if (!S_ISREG(status.st_mode)) return std::make_error_code(std::errc::invalid_argument);
    bytes = static_cast<std::uint64_t>(status.st_size);
    return {};
  }
  /// When it was last written to, in nanoseconds since 1970; 0 where that cannot be told.
  [[nodiscard]] std::int64_t modified() const {
    constexpr std::int64_t second = 1'000'000'000;
    struct stat status{};
    if (::fstat(descriptor_, &status) != 0) return 0;
    return status.st_mtim.tv_sec * second + status.st_mtim.tv_nsec;
  }
  /// Waits until what was written is on the disk, with the size and the times of the file.
  [[nodiscard]] std::error_code synchronize() const {
    while (::fsync(descriptor_) != 0)
      if (errno != EINTR) return last_error();
    return {};
  }
  /// Opens an existing file or folder and does the same; of a folder, its entries are on the disk.
  [[nodiscard]] static std::error_code synchronize(std::string const& path) {
    file one;
    // Not to wait for the other end, should it be a pipe.
    if (auto failed = one.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) return failed;
    return one.synchronize();
  }

  /// Locks a file that was created, for as long as it is open, be it as a `duplicate`. False where
  /// somebody else has locked it or taken its name away. A file system that knows no locks is no
  /// hindrance.
  [[nodiscard]] bool lock() const {
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
    struct stat status{};
    return ::fstat(descriptor_, &status) != 0 || status.st_nlink > 0;
  }
  /// The same open file, with the same lock; not open where there are no descriptors left.
  [[nodiscard]] file duplicate() const {
    file other;
    other.descriptor_ = ::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0);
    return other;
  }

  /// Closes and reports what the file system still had to say.
  std::error_code close() {
    if (descriptor_ < 0) return {};
    return ::close(std::exchange(descriptor_, -1)) == 0 ? std::error_code{} : last_error();
  }

  /// Gives a file its final name, replacing what has it.
  [[nodiscard]] static std::error_code replace(std::string const& from, std::string const& to) {
    return ::rename(from.c_str(), to.c_str()) == 0 ? std::error_code{} : last_error();
  }
  /// The same, but fails with `file_exists` where something has the name.
  [[nodiscard]] static std::error_code claim(std::string const& from, std::string const& to) {
    if (::link(from.c_str(), to.c_str()) != 0) return last_error();
    remove(from);
    return {};
  }
  static void remove(std::string const& path) noexcept {
    static_cast<void>(::unlink(path.c_str()));
  }
  /// Removes a regular file that nobody has locked; no link is followed. Yields whether it has.
  static bool remove_unless_locked(std::string const& path) {
    file one;  // opened to write, because NFS locks only those
    if (one.open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)) return false;
    struct stat status{};
    if (::fstat(one.descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) return false;
    if (::flock(one.descriptor_, LOCK_EX | LOCK_NB) != 0) return false;
    return ::unlink(path.c_str()) == 0;
  }

 private:
  static constexpr std::size_t max_pieces = 64;

  static std::error_code last_error() { return {errno, std::generic_category()}; }

  std::error_code open(std::string const& path, int flags) {
    constexpr mode_t permissions = 0666;  // less the umask
    static_cast<void>(close());
    descriptor_ = ::open(path.c_str(), flags, permissions);
    return descriptor_ >= 0 ? std::error_code{} : last_error();
  }

  read_count read_batch(std::uint64_t offset, std::span<std::span<std::byte> const> pieces,
                        std::size_t wanted) {
    std::array<iovec, max_pieces> vectors;
    std::size_t count = 0;
    for (auto const& piece : pieces) vectors[count++] = {piece.data(), piece.size()};
    std::size_t done = 0;
    iovec* at = vectors.data();
    while (done < wanted) {
      auto const n =
          ::preadv(descriptor_, at, static_cast<int>(count), static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return {done, last_error()};
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
      skip(at, count, static_cast<std::size_t>(n));
    }
    return {done, {}};
  }

  std::error_code write_batch(std::span<std::span<std::byte const> const> pieces) {
    std::array<iovec, max_pieces> vectors;
    std::size_t count = 0;
    std::size_t left = 0;
    for (auto const& piece : pieces) {
      vectors[count++] = {const_cast<std::byte*>(piece.data()), piece.size()};
      left += piece.size();
    }
    iovec* at = vectors.data();
    while (left > 0) {
      auto const n = ::writev(descriptor_, at, static_cast<int>(count));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return last_error();
      left -= static_cast<std::size_t>(n);
      skip(at, count, static_cast<std::size_t>(n));
    }
    return {};
  }

  /// Moves past n bytes that are done.
  static void skip(iovec*& at, std::size_t& count, std::size_t n) {
    while (count > 0 && n >= at->iov_len) {
      n -= at->iov_len;
      ++at;
      --count;
    }
    if (count == 0) return;
    at->iov_base = static_cast<std::byte*>(at->iov_base) + n;
    at->iov_len -= n;
  }

  int descriptor_ = -1;
};

}  // namespace codimse::inline v0::detail

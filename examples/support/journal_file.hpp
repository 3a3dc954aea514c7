// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace program {

/// A file that only grows, by whole lines. Each `write` has left the program when it returns: a
/// crash or `kill -9` loses nothing of it (a crash of the machine may). One program at a time.
/// Errors are `std::system_error` with the path.
class journal_file {
 public:
  explicit journal_file(std::filesystem::path path) : path_{std::move(path)} {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (descriptor_ < 0) fail();
    struct stat about{};
    if (::fstat(descriptor_, &about) != 0 || !S_ISREG(about.st_mode)) {
      ::close(descriptor_);
      throw std::system_error{EINVAL, std::generic_category(),
                              path_.string() + ": not a regular file"};
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
    int const why = errno;
    ::close(descriptor_);
    if (why == EWOULDBLOCK)
      throw std::system_error{EBUSY, std::generic_category(), path_.string() + ": in use"};
    errno = why;
    fail();
  }
  journal_file(journal_file const&) = delete;
  journal_file& operator=(journal_file const&) = delete;
  ~journal_file() { ::close(descriptor_); }

  [[nodiscard]] std::filesystem::path const& path() const { return path_; }

  /// All lines. What a crash left of a last one is cut off, so that the next begins a line.
  [[nodiscard]] std::string read() {
    std::string text;
    char buffer[65536];
    for (;;) {
      auto const n = ::pread(descriptor_, buffer, sizeof buffer, static_cast<off_t>(text.size()));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail();
      if (n == 0) break;
      text.append(buffer, static_cast<std::size_t>(n));
    }
    auto const whole = text.rfind('\n') + 1;  // npos + 1: nothing
    if (whole == text.size()) return text;
    text.resize(whole);
    if (::ftruncate(descriptor_, static_cast<off_t>(whole)) != 0) fail();
    return text;
  }

  void write(std::string_view lines) {
    while (!lines.empty()) {
      auto const n = ::write(descriptor_, lines.data(), lines.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail();
      lines.remove_prefix(static_cast<std::size_t>(n));
    }
  }

 private:
  [[noreturn]] void fail() const {
    throw std::system_error{errno, std::generic_category(), path_.string()};
  }

  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace program

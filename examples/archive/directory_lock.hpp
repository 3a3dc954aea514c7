// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

namespace archive {

/// Keeps a second archive out of a directory for as long as it lives. The system gives the lock
/// back however the program ends.
class directory_lock {
 public:
  explicit directory_lock(std::filesystem::path const& directory)
      : file_{::open((directory / "archive.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)} {
    if (file_ >= 0 && ::flock(file_, LOCK_EX | LOCK_NB) == 0) return;
    int const why = errno;
    if (file_ >= 0) ::close(file_);
    if (why == EWOULDBLOCK)
      throw std::runtime_error{directory.string() + ": in use by another archive"};
    throw std::system_error{why, std::generic_category(), directory.string()};
  }
  directory_lock(directory_lock const&) = delete;
  directory_lock& operator=(directory_lock const&) = delete;
  ~directory_lock() { ::close(file_); }

 private:
  int file_;
};

}  // namespace archive

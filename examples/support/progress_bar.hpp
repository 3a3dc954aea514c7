// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <unistd.h>

namespace program {

/// A bar on standard error, drawn a few times a second, and only where that is a terminal.
class progress_bar {
 public:
  progress_bar(bool wanted, std::uint64_t all)
      : on_{wanted && ::isatty(STDERR_FILENO) == 1}, all_{all} {}

  progress_bar(progress_bar const&) = delete;
  progress_bar& operator=(progress_bar const&) = delete;
  ~progress_bar() { hide(); }

  void show(std::uint64_t done) {
    auto const now = clock::now();
    if (!on_ || now < next_) return;
    next_ = now + std::chrono::milliseconds{100};
    draw(done);
  }
  /// Makes room for a line of text.
  void hide() const {
    if (on_) std::fputs("\r\x1b[K", stderr);
  }
  void finish() {
    if (!on_) return;
    draw(all_);
    std::fputc('\n', stderr);
    on_ = false;
  }

 private:
  using clock = std::chrono::steady_clock;
  static constexpr std::size_t width = 40;

  void draw(std::uint64_t done) const {
    double const part = all_ == 0 ? 1.0 : std::min(1.0, double(done) / double(all_));
    double const seconds = std::chrono::duration<double>{clock::now() - begun_}.count();
    double const megabytes = double(done) / 1e6;
    auto const filled = static_cast<std::size_t>(part * width);
    std::string const bar = std::string(filled, '#') + std::string(width - filled, '.');
    std::fprintf(stderr, "\r\x1b[K[%s] %3.0f %%  %.0f MB  %.0f MB/s", bar.c_str(), 100 * part,
                 megabytes, megabytes / std::max(seconds, 1e-3));
  }

  bool on_;
  std::uint64_t all_;
  clock::time_point begun_ = clock::now();
  clock::time_point next_ = begun_;
};

}  // namespace program

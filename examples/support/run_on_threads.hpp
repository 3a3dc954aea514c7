// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <asio/io_context.hpp>

#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace program {

/// Runs the event loop on so many threads, this one included. What any of them throws stops the
/// others, and is thrown here.
inline void run_on_threads(asio::io_context& context, unsigned threads) {
  std::mutex mutex;
  std::exception_ptr problem;
  auto const run = [&] {
    try {
      context.run();
    } catch (...) {
      std::lock_guard const lock{mutex};
      if (problem == nullptr) problem = std::current_exception();
      context.stop();
    }
  };
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back(run);
  run();
  others.clear();  // joins them
  if (problem != nullptr) std::rethrow_exception(problem);
}

}  // namespace program

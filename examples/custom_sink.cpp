// SPDX-License-Identifier: BSL-1.0
// Where the bytes of a received data set may go besides files: CT images through a sink of our own,
// together with a Part 10 file; MR images fragment by fragment, with no sink at all. Nothing is
// collected: memory stays the same whatever the size of an object.
#include <codimse/file/part10_sink.hpp>
#include <codimse/server.hpp>
#include <codimse/sop/storage.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <map>
#include <span>
#include <system_error>
#include <utility>

namespace {

/// Adler-32 (RFC 1950), which can be fed piece by piece.
class adler32 {
 public:
  void feed(std::span<std::byte const> bytes) {
    while (!bytes.empty()) {
      auto const part = bytes.first(std::min<std::size_t>(bytes.size(), before_overflow));
      for (auto const b : part) {
        low_ += std::to_integer<std::uint32_t>(b);
        high_ += low_;
      }
      low_ %= modulus;
      high_ %= modulus;
      bytes = bytes.subspan(part.size());
    }
  }
  [[nodiscard]] std::uint32_t value() const { return (high_ << 16U) | low_; }

 private:
  static constexpr std::uint32_t modulus = 65521;
  static constexpr std::size_t before_overflow = 5552;
  std::uint32_t low_ = 1;
  std::uint32_t high_ = 0;
};

/// A sink has four steps. Each may instead be a coroutine that returns
/// `asio::awaitable<codimse::outcome>`: the peer is held back as long as it takes.
class checksum_sink {
 public:
  codimse::outcome open(codimse::object_info const& object) {
    instance_ = object.sop_instance;
    if (!instance_.valid()) return codimse::status::invalid_sop_instance;
    return codimse::status::success;
  }
  codimse::outcome write(codimse::fragments slices) {
    for (auto const& slice : slices) {
      sum_.feed(slice);
      bytes_ += slice.size();
    }
    return codimse::status::success;
  }
  codimse::outcome commit() {
    std::cout << instance_.view() << ": " << bytes_ << " bytes, Adler-32 " << std::hex
              << sum_.value() << std::dec << std::endl;
    return codimse::status::success;
  }
  void discard() noexcept {}

 private:
  codimse::uid instance_;
  adler32 sum_;
  std::uint64_t bytes_ = 0;
};

struct checked_archive {
  static constexpr auto sop_classes = codimse::sop::ct_image_storage;
  std::filesystem::path root;

  codimse::reply on(codimse::c_store_rq const&, codimse::incoming_data_set& data) {
    // Both get the same slices; if one of them fails, both discard.
    codimse::tee_sink both{codimse::part10_sink{root}, checksum_sink{}};
    co_return co_await data.save(std::move(both));
  }
};

/// The slices as they come, without a copy. Each is valid until the next call of `next`.
struct fragment_statistics {
  static constexpr auto sop_classes = codimse::sop::mr_image_storage;

  codimse::reply on(codimse::c_store_rq const&, codimse::incoming_data_set& data) {
    std::map<std::size_t, std::size_t> sizes;  // power of two -> how many slices up to that size
    for (;;) {
      codimse::fragments const slices = co_await data.next();
      if (slices.empty()) break;
      for (auto const& slice : slices) ++sizes[std::bit_ceil(slice.size())];
    }
    for (auto const& [size, count] : sizes)
      std::cout << count << " slices of up to " << size << " bytes\n" << std::flush;
    co_return codimse::status::success;
  }
};

}  // namespace

int main(int argc, char** argv) {
  int const port = argc == 3 ? std::atoi(argv[1]) : -1;
  if (port < 0 || port > 65535) return std::cerr << "usage: custom_sink PORT DIRECTORY\n", 2;
  try {
    asio::io_context context;
    codimse::server server{context.get_executor(),
                           {.ae_title = "CHECKED", .port = static_cast<std::uint16_t>(port)},
                           checked_archive{argv[2]},
                           fragment_statistics{}};
    asio::signal_set signals{context, SIGINT, SIGTERM};
    signals.async_wait([&server](std::error_code failed, int) {
      if (!failed) server.stop(std::chrono::seconds{2});
    });
    std::cout << "listening on port " << server.port() << std::endl;
    asio::co_spawn(context, server.run(), [&signals](std::exception_ptr) { signals.cancel(); });
    context.run();
    return 0;
  } catch (std::exception const& e) {
    std::cerr << "custom_sink: error: " << e.what() << '\n';
    return 1;
  }
}

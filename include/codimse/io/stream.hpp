// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <asio/awaitable.hpp>
#include <asio/error.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <system_error>

namespace codimse::inline v0 {

/// A connection as an association sees it, whatever carries it (TCP, Unix-domain, memory, TLS):
/// reads and writes that never block, and waits for when they would. One virtual call a buffer;
/// nothing above is a template on the transport.
///
/// One reader and one writer at a time, both on the association's executor.
class stream {
 public:
  struct io_result {
    std::size_t bytes = 0;
    /// `asio::error::would_block`: wait; `asio::error::eof`: the peer sends no more.
    std::error_code error{};
  };

  stream() = default;
  stream(stream const&) = delete;
  stream& operator=(stream const&) = delete;
  virtual ~stream() = default;

  virtual io_result read_some(std::span<std::byte> into) = 0;
  /// Writes the pieces in order, as many bytes as fit, in one gathered write.
  virtual io_result write_some(std::span<std::span<std::byte const> const> from) = 0;
  /// Complete when a read (a write) can make progress, or with the error of a closed stream.
  virtual asio::awaitable<std::error_code> wait_readable() = 0;
  virtual asio::awaitable<std::error_code> wait_writable() = 0;
  /// Has the peer gone, as far as can be told without reading? For when we do not want to read.
  virtual bool peer_closed() = 0;
  /// Ends both directions; waits end with an error.
  virtual void close() noexcept = 0;
  /// Printable address of the peer.
  [[nodiscard]] virtual std::string peer_address() const = 0;
};

}  // namespace codimse::inline v0

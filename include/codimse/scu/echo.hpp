// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/association.hpp>
#include <codimse/dimse/c_echo.hpp>

#include <asio/awaitable.hpp>

namespace codimse::inline v0 {

/// C-ECHO: is the peer alive? Yields its status (PS3.7 9.1.5). The association must outlive the
/// call.
inline asio::awaitable<status> echo(association& over, call_options options = {}) {
  c_echo_rsp const response = co_await over.request(c_echo_rq{}, options);
  co_return response.status;
}

}  // namespace codimse::inline v0

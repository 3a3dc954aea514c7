// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/options.hpp>

#include <charconv>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace archive {

/// Other AEs and where they are: destinations of C-MOVE, and who is told of storage commitment.
/// Read from several threads, once it is filled.
class peer_list {
 public:
  /// AET@HOST:PORT; an IPv6 address in brackets. Throws `std::invalid_argument`.
  void add(std::string_view text) {
    auto const at = text.find('@');
    auto const colon = text.rfind(':');
    bool const complete =
        at != std::string_view::npos && colon != std::string_view::npos && colon > at + 1;
    if (!complete) fail(text);
    codimse::ae_title const title{text.substr(0, at)};
    auto host = text.substr(at + 1, colon - at - 1);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    codimse::peer const one{host, port_of(text, text.substr(colon + 1)), title};
    if (!title.valid() || !one.host.fits() || one.host.empty()) fail(text);
    all_[title.str()] = one;
  }
  [[nodiscard]] std::optional<codimse::peer> find(codimse::ae_title const& title) const {
    auto const found = all_.find(title.view());
    if (found == all_.end()) return std::nullopt;
    return found->second;
  }

 private:
  [[noreturn]] static void fail(std::string_view text) {
    throw std::invalid_argument{"not AET@HOST:PORT: " + std::string{text}};
  }
  static std::uint16_t port_of(std::string_view text, std::string_view digits) {
    std::uint16_t port = 0;
    auto const end = digits.data() + digits.size();
    auto const read = std::from_chars(digits.data(), end, port);
    if (read.ec != std::errc{} || read.ptr != end || port == 0) fail(text);
    return port;
  }

  std::map<std::string, codimse::peer, std::less<>> all_;
};

}  // namespace archive

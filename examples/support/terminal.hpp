// SPDX-License-Identifier: BSL-1.0
#pragma once

// How the programs speak on standard error. What a peer, a file or a command line brought into the
// text cannot control the terminal, nor begin a line of its own in a log.
#include <codimse/core/printable.hpp>

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace program {

/// One line, made printable, in one call: lines of several threads do not mix.
inline void say(std::string_view text) {
  auto const line = codimse::printable(text) + '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

/// A path as part of such a line, or of one on standard output.
inline std::string shown(std::filesystem::path const& path) {
  return codimse::printable(path.string());
}

}  // namespace program

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "bytes.hpp"
#include <codimse/data/element_reader.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace codimse_test {

inline std::string hex_of(std::span<std::byte const> bytes) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string text;
  for (auto const byte : bytes) {
    text += digits[std::to_integer<unsigned>(byte) >> 4U];
    text += digits[std::to_integer<unsigned>(byte) & 15U];
  }
  return text;
}

/// Writes down what a reader meets, one event a word, values put together again:
/// "0(0008,0005)CS=4142 0(0008,1140)SQ[ 1{ ... } ] end".
class event_log {
 public:
  explicit event_log(element_encoding encoding, reader_options const& options = {})
      : reader{encoding, options} {}

  /// Feeds the bytes `step` at a time, then finishes.
  std::string read(std::span<std::byte const> bytes, std::size_t step) {
    for (std::size_t i = 0; i < bytes.size(); i += step) {
      reader.feed(bytes.subspan(i, std::min(step, bytes.size() - i)));
      if (run()) return std::move(text_);
    }
    reader.finish();
    if (!run()) text_ += "never ends";
    return std::move(text_);
  }

  element_reader reader;

 private:
  bool run() {
    for (;;) {
      auto const event = reader.next();
      if (event == reader_event::need_more) return false;
      take(event);
      if (event == reader_event::end || event == reader_event::error) return true;
    }
  }
  void take(reader_event event) {
    auto const depth = std::to_string(reader.depth());
    auto const name = depth + to_string(reader.header().tag) + to_string(reader.vr());
    switch (event) {
      case reader_event::need_more: break;
      case reader_event::element: text_ += name + "="; break;
      case reader_event::value:
        text_ += hex_of(reader.bytes());
        if (reader.last()) text_ += ' ';
        break;
      case reader_event::skipped: text_ += "skipped "; break;
      case reader_event::sequence_begin: text_ += name + "[ "; break;
      case reader_event::item_begin: text_ += depth + "{ "; break;
      case reader_event::item_end: text_ += "} "; break;
      case reader_event::sequence_end: text_ += "] "; break;
      case reader_event::fragments_begin: text_ += name + "< "; break;
      case reader_event::fragment: text_ += "fragment="; break;
      case reader_event::fragments_end: text_ += "> "; break;
      case reader_event::end: text_ += "end"; break;
      case reader_event::error:
        text_ += "error " + std::to_string(reader.error().value()) + " at " +
                 std::to_string(reader.offset()) + to_string(reader.header().tag);
        break;
    }
  }

  std::string text_;
};

inline std::string events_of(std::span<std::byte const> bytes, element_encoding encoding,
                             reader_options const& options = {}, std::size_t step = 1U << 30U) {
  return event_log{encoding, options}.read(bytes, step);
}

}  // namespace codimse_test

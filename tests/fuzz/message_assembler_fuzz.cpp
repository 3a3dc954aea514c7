// SPDX-License-Identifier: BSL-1.0
// Framer and assembler together: a stream fed whole and in pieces gives the same messages, and no
// message exceeds the limits. Input: 3 bytes that choose the pieces, then the stream.
#include <codimse/dimse/message_assembler.hpp>
#include <codimse/pdu/framer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

namespace {

using namespace codimse;

constexpr limits bounds{.associate_length = 600, .command_set_length = 300, .data_set_length = 500};

void check(bool good) {
  if (!good) std::abort();
}

struct message {
  std::uint8_t context = 0;
  std::vector<std::byte> command;
  std::vector<std::byte> data;
  bool complete = false;
  errc failure{};
  friend bool operator==(message const&, message const&) = default;
};

class listener {
 public:
  void feed(std::span<std::byte const> bytes) {
    using kind = pdu::framer::kind;
    framer_.feed(bytes);
    for (; !failed_;) {
      auto const e = framer_.next();
      if (e.kind == kind::need_more) break;
      if (e.kind == kind::error) return fail(e.failure);
      if (e.kind == kind::fragment)
        take(assembler_.fragment(e.context_id, e.control_header, e.bytes, e.pdv_complete));
    }
  }
  std::vector<message> messages;

 private:
  void fail(errc why) {
    failed_ = true;
    messages.emplace_back();
    messages.back().failure = why;
  }
  void take(message_assembler::step const& step) {
    using kind = message_assembler::kind;
    switch (step.kind) {
      case kind::nothing: check(assembler_.in_message()); break;
      case kind::error: fail(step.failure); break;
      case kind::command: {
        message one;
        one.context = step.context_id;
        auto const bytes = step.command.bytes();
        one.command.assign(bytes.begin(), bytes.end());
        check(one.command.size() <= bounds.command_set_length);
        check(step.last == !step.command.announces_data_set());
        one.complete = step.last;
        messages.push_back(std::move(one));
        check(assembler_.in_message() == !step.last);
        break;
      }
      case kind::data: {
        auto& one = messages.back();
        check(!one.complete && one.context == step.context_id);
        one.data.insert(one.data.end(), step.bytes.begin(), step.bytes.end());
        check(one.data.size() <= bounds.data_set_length);
        one.complete = step.last;
        break;
      }
    }
  }

  pdu::framer framer_{bounds, 1000};
  message_assembler assembler_{bounds};
  bool failed_ = false;
};

/// Where a limit is hit depends on the pieces: how much came before it does not count.
void forget_partial_data(std::vector<message>& messages) {
  if (messages.empty() || messages.back().failure == errc{}) return;
  if (messages.size() > 1 && !messages[messages.size() - 2].complete)
    messages[messages.size() - 2].data.clear();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 3) return 0;
  auto const stream = std::as_bytes(std::span{data, size}).subspan(3);
  std::uint32_t random = data[0] + data[1] * 256U + data[2] * 65536U;

  listener whole;
  whole.feed(stream);

  listener pieces;
  for (std::size_t at = 0; at < stream.size();) {
    random = random * 1664525U + 1013904223U;
    std::size_t const length = std::min<std::size_t>((random >> 24U) % 24, stream.size() - at);
    // Each piece at an address of its own, so that reading past it is seen.
    auto const piece = stream.subspan(at, length);
    std::vector<std::byte> const copy(piece.begin(), piece.end());
    pieces.feed(copy);
    at += length;
  }
  forget_partial_data(whole.messages);
  forget_partial_data(pieces.messages);
  check(whole.messages == pieces.messages);
  return 0;
}

// SPDX-License-Identifier: BSL-1.0
// A stream fed whole and in pieces gives the same events, and no event exceeds the limits.
// Input: 1 byte announced maximum length, 3 bytes that choose the pieces, then the stream.
#include <codimse/pdu/framer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

namespace {

using namespace codimse;
using kind = pdu::framer::kind;

constexpr limits bounds{.associate_length = 600, .p_data_tolerance = 12};

void check(bool good) {
  if (!good) std::abort();
}

struct seen {
  pdu::framer::kind kind{};
  std::uint8_t type = 0;
  std::uint8_t context = 0;
  pdu::message_control control{};
  bool complete = false;
  errc failure{};
  std::vector<std::byte> content;
  friend bool operator==(seen const&, seen const&) = default;
};

class listener {
 public:
  explicit listener(std::uint32_t announced) : framer_{bounds, announced}, announced_{announced} {}

  void feed(std::span<std::byte const> bytes) {
    framer_.feed(bytes);
    for (;;) {
      auto const e = framer_.next();
      if (e.kind == kind::need_more) break;
      if (e.kind == kind::error && !events.empty() && events.back().kind == kind::error) {
        check(e.failure == events.back().failure && e.type == events.back().type);
        break;  // it stays in error
      }
      take(e);
      if (e.kind == kind::error) break;
    }
    check(framer_.unconsumed() == 0);
  }
  std::vector<seen> events;

 private:
  void take(pdu::framer::event const& e) {
    if (e.kind == kind::control) {
      check(e.type >= 1 && e.type <= 7 && e.type != 4);
      check(e.bytes.size() <= (e.type <= 2 ? bounds.associate_length : 1024));
      check(e.type <= 2 || e.bytes.size() >= 4);
    }
    if (e.kind == kind::p_data) in_pdu_ = 0;
    bool const goes_on = e.kind == kind::fragment && !events.empty() &&
                         events.back().kind == kind::fragment && !events.back().complete;
    if (!goes_on)
      events.push_back({e.kind, e.type, e.context_id, e.control_header, false, e.failure, {}});
    auto& last = events.back();
    check(last.context == e.context_id && last.control == e.control_header);
    last.complete = e.pdv_complete;
    last.content.insert(last.content.end(), e.bytes.begin(), e.bytes.end());
    if (e.kind != kind::fragment) return;
    check(!e.bytes.empty() || e.pdv_complete);  // every event makes progress
    in_pdu_ += e.bytes.size() + (goes_on ? 0 : pdu::pdv_header_size);
    check(announced_ == 0 || in_pdu_ <= announced_ + bounds.p_data_tolerance);
  }

  pdu::framer framer_;
  std::size_t announced_;
  std::size_t in_pdu_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 4) return 0;
  auto const input = std::as_bytes(std::span{data, size});
  std::uint32_t const announced = data[0] * std::uint32_t{4};  // 0: none
  std::uint32_t random = data[1] + data[2] * 256U + data[3] * 65536U;
  auto const stream = input.subspan(4);

  listener whole{announced};
  whole.feed(stream);

  listener pieces{announced};
  for (std::size_t at = 0; at < stream.size();) {
    random = random * 1664525U + 1013904223U;
    std::size_t const length = std::min<std::size_t>((random >> 24U) % 24, stream.size() - at);
    // Each piece at an address of its own, so that reading past it is seen.
    auto const piece = stream.subspan(at, length);
    std::vector<std::byte> const copy(piece.begin(), piece.end());
    pieces.feed(copy);
    at += length;
  }
  check(whole.events == pieces.events);
  return 0;
}

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/limits.hpp>
#include <codimse/core/result.hpp>
#include <codimse/pdu/archive.hpp>
#include <codimse/pdu/associate.hpp>
#include <codimse/pdu/control.hpp>
#include <codimse/pdu/p_data.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0::pdu {

/// Size of the whole PDU in bytes, header included.
template <class Pdu>
[[nodiscard]] std::size_t encoded_size(Pdu const& pdu) {
  encoder sizer{counting_output{}};
  Pdu::layout(sizer, pdu);
  return header_size + sizer.output().size();
}

/// The bytes of a PDU, appended to `out`. Fails with `errc::invalid_argument` where an item would
/// not fit its 2-byte length; `out` is then as before.
template <class Pdu>
[[nodiscard]] std::error_code encode_to(byte_writer& out, Pdu const& pdu) {
  std::size_t const start = out.size();
  out.reserve(start + encoded_size(pdu));
  out.u8(static_cast<std::uint8_t>(Pdu::type));
  out.zeros(header_size - 1);
  encoder body{writing_output{out}};
  Pdu::layout(body, pdu);
  if (body.overflowed()) {
    out.truncate(start);
    return make_error_code(errc::invalid_argument);
  }
  store_big(out.at(start + 2), static_cast<std::uint32_t>(out.size() - start - header_size));
  return {};
}

/// The bytes of a PDU that is known to fit (every PDU without user-supplied bulk does).
template <class Pdu>
[[nodiscard]] std::vector<std::byte> encode(Pdu const& pdu) {
  byte_writer out;
  [[maybe_unused]] auto const failed = encode_to(out, pdu);
  assert(!failed);
  return std::move(out).take();
}

/// Decodes the body of a PDU (the bytes after the header). `errc::invalid_pdu_parameter` where a
/// length or an item does not fit; bytes after the last field are ignored.
template <class Pdu>
[[nodiscard]] result<Pdu> decode(std::span<std::byte const> body, limits const& bounds = {}) {
  std::uint32_t items_left = bounds.associate_items;
  decoder in{body, items_left};
  Pdu pdu;
  Pdu::layout(in, pdu);
  if (!in.ok()) return make_error_code(errc::invalid_pdu_parameter);
  return pdu;
}

/// A PDU as text, one field a line.
template <class Pdu>
[[nodiscard]] std::string dump(Pdu const& pdu) {
  dumper out;
  out.line(name_of(Pdu::type), {});
  out.indent();
  Pdu::layout(out, pdu);
  return std::move(out).take();
}

}  // namespace codimse::inline v0::pdu

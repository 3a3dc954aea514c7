// SPDX-License-Identifier: BSL-1.0
// The input follows 128 bytes of preamble. Read as one piece, and growing by what is wanted: both
// must come to the same end. What was read must survive being written and read again.
#include <codimse/file/meta.hpp>

#include <algorithm>
#include <cstdlib>

namespace {
void expect(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace codimse;
  std::vector<std::byte> bytes(128);
  auto const input = std::as_bytes(std::span{data, size});
  bytes.insert(bytes.end(), input.begin(), input.end());

  auto const whole = decode_file_meta(bytes, true);
  std::size_t known = 0;
  for (;;) {
    auto const part = decode_file_meta(std::span{bytes}.first(known), known == bytes.size());
    if (part && !part->complete) {
      expect(part->wanted > known);
      known = std::min(part->wanted, bytes.size());
      continue;
    }
    // Which error it is may differ: a length over the limit is noticed before one over the end.
    expect(part.has_value() == whole.has_value());
    if (!part) return 0;
    expect(part->meta == whole->meta && part->data_set_offset == whole->data_set_offset);
    break;
  }
  expect(whole->complete && whole->data_set_offset <= bytes.size());
  auto const again = decode_file_meta(encode_file_meta(whole->meta), true);
  expect(again.has_value() && again->complete);
  auto const& first = whole->meta.media_storage_sop_class;
  expect(again->meta.media_storage_sop_class == uid::from_wire(first.view()));
  return 0;
}

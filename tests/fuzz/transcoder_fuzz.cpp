// SPDX-License-Identifier: BSL-1.0
// First byte: from and to, and piece sizes; the rest: a data set. The output must be the same in
// one piece and in many, no longer than it may be, and readable where the input was.
#include "../data/bytes.hpp"
#include <codimse/data/read.hpp>
#include <codimse/data/transcoder.hpp>

#include <algorithm>
#include <cstdlib>

namespace {

using namespace codimse_test;

std::error_code run(std::span<std::byte const> bytes, transfer_syntax const& from,
                    transfer_syntax const& to, std::size_t step, byte_writer& out) {
  transcoder turn{from, to, out};
  for (std::size_t i = 0; i < bytes.size(); i += step)
    if (auto const failed = turn.feed(bytes.subspan(i, std::min(step, bytes.size() - i))))
      return failed;
  return turn.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  auto const& from = *plain_syntaxes[data[0] % 3];
  auto const& to = *plain_syntaxes[data[0] / 3 % 3];
  auto const step = std::size_t{1} + data[0] / 9;
  auto const bytes = std::as_bytes(std::span{data, size}).subspan(1);
  byte_writer whole;
  byte_writer pieces;
  auto const failed = run(bytes, from, to, size, whole);
  if (run(bytes, from, to, step, pieces) != failed) std::abort();
  if (!std::ranges::equal(whole.view(), pieces.view())) std::abort();
  if (whole.size() > 4 * size + 16) std::abort();
  // In implicit VR only Pixel Data can be fragments: others that were would be taken for sequences.
  bool const has_vrs = encoding_of(to) != element_encoding::implicit_little;
  if (!failed && has_vrs && !view_data_set(whole.view(), to)) std::abort();
  return 0;
}

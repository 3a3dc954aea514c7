// SPDX-License-Identifier: BSL-1.0
// First byte: encoding and piece sizes; the rest: a data set. It must end the same in one piece
// and in many.
#include "../data/bytes.hpp"

#include <algorithm>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace codimse_test;
  if (size == 0) return 0;
  auto const& syntax = *plain_syntaxes[data[0] % 3];
  auto const step = std::size_t{1} + data[0] / 3 % 17;
  auto const bytes = std::as_bytes(std::span{data, size}).subspan(1);

  head_scanner whole{syntax, identity, tags::pixel_data};
  whole.feed(bytes);
  head_scanner pieces{syntax, identity, tags::pixel_data};
  for (std::size_t i = 0; i < bytes.size(); i += step)
    pieces.feed(bytes.subspan(i, std::min(step, bytes.size() - i)));
  if (!(result_of(whole) == result_of(pieces))) std::abort();
  if (whole.position() > bytes.size()) std::abort();
  if (whole.finish() != pieces.finish()) std::abort();
  if (whole.state() == head_state::need_more) std::abort();
  for (auto const one : identity)
    if (auto const text = whole.text(one); text && text->size() > head_scanner::value_limit)
      std::abort();
  return 0;
}

// SPDX-License-Identifier: BSL-1.0
// First byte: encoding; the rest: a data set. What was read and written once is read and written to
// the same bytes from then on. The first writing mends what the reader tolerates: paddings, and
// fragments that only Pixel Data may have in implicit VR.
#include "../data/bytes.hpp"
#include <codimse/data/read.hpp>
#include <codimse/data/write.hpp>

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace codimse_test;
  if (size == 0) return 0;
  auto const& syntax = *plain_syntaxes[data[0] % 3];
  auto const bytes = std::as_bytes(std::span{data, size}).subspan(1);
  read_options options;
  options.keep_what_was_read = true;
  auto const first = view_data_set(bytes, syntax, options);
  if (!first) std::abort();
  auto const mended = write_data_set(*first, syntax);
  auto const read = view_data_set(mended, syntax, options);
  if (!read) std::abort();
  auto const copy = *read;
  if (!(copy == *read)) std::abort();
  for (auto const lengths :
       {sequence_lengths::undefined, sequence_lengths::defined, sequence_lengths::keep}) {
    auto const once = write_data_set(*read, syntax, {lengths});
    auto const again = view_data_set(once, syntax);
    if (!again) std::abort();
    if (write_data_set(*again, syntax, {lengths}) != once) std::abort();
    if (lengths == sequence_lengths::keep && write_data_set(copy, syntax, {lengths}) != once)
      std::abort();
  }
  return 0;
}

// SPDX-License-Identifier: BSL-1.0
// First byte: encoding and piece sizes; the rest: a data set. The events must be the same in one
// piece and in many, and well nested.
#include "../data/reading.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace codimse_test;
  if (size == 0) return 0;
  auto const encoding = encoding_of(*plain_syntaxes[data[0] % 3]);
  auto const step = std::size_t{1} + data[0] / 3 % 17;
  auto const bytes = std::as_bytes(std::span{data, size}).subspan(1);
  if (events_of(bytes, encoding) != events_of(bytes, encoding, {}, step)) std::abort();

  reader_options options;
  options.stop_at = tags::rows;
  options.skip_longer_than = 16;
  options.max_depth = 3;
  if (events_of(bytes, encoding, options) != events_of(bytes, encoding, options, step))
    std::abort();

  element_reader reader{encoding};
  reader.feed(bytes);
  reader.finish();
  std::size_t open = 0;
  for (;;) {
    auto const event = reader.next();
    bool const begins = event == reader_event::sequence_begin ||
                        event == reader_event::item_begin || event == reader_event::fragments_begin;
    bool const ends = event == reader_event::sequence_end || event == reader_event::item_end ||
                      event == reader_event::fragments_end;
    if (begins) ++open;
    if (ends && open-- == 0) std::abort();
    if (event == reader_event::end && open != 0 && !reader.stopped()) std::abort();
    if (event == reader_event::end || event == reader_event::error) break;
    if (event == reader_event::need_more) std::abort();
  }
  if (reader.offset() > bytes.size()) std::abort();
  return 0;
}

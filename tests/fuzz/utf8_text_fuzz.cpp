// SPDX-License-Identifier: BSL-1.0
// First byte: encoding; the rest: a data set. As UTF-8 all its text is well-formed and stays as it
// is when it is converted again; all values at once are the same as each on its own; frames have
// fragments that are there.
#include "../data/bytes.hpp"
#include <codimse/data/frames.hpp>
#include <codimse/data/read.hpp>
#include <codimse/data/utf8_text.hpp>

#include <cstdlib>
#include <string>

namespace {

using namespace codimse_test;

void expect(bool holds) {
  if (!holds) std::abort();
}

void expect_utf8(std::string_view text) {
  while (!text.empty()) {
    auto const next = detail::read_utf8(text);
    expect(next.valid);
    text.remove_prefix(next.length);
  }
}

void check_text(data_set const& all) {
  for (auto const& one : all) {
    if (uses_character_set(one.vr())) expect_utf8(one.text());
    if (is_text(one.vr()) && value_count(one) < 100) {
      auto const values = all.get_all<std::string>(one.tag());
      for (std::size_t i = 0; i < values.size(); ++i)
        expect(values[i] == all.get<std::string>(one.tag(), i));
    }
    for (auto const& item : one.items()) check_text(item);
  }
}

void check_frames(data_set const& image) {
  auto const found = encapsulated_frames(image);
  if (!found) return;
  auto const& pixels = *image.find(tags::pixel_data);
  std::size_t next = 1;
  for (auto const& frame : *found) {
    expect(frame.first == next && frame.count > 0);
    next += frame.count;
  }
  expect(next == pixels.fragment_count());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  read_options options;
  options.keep_what_was_read = true;
  auto const bytes = std::as_bytes(std::span{data, size}).subspan(1);
  auto const read = view_data_set(bytes, *plain_syntaxes[data[0] % 3], options);
  if (!read) std::abort();
  check_frames(*read);
  auto const once = convert_to_utf8(*read);
  check_text(once.dataset);
  expect(convert_to_utf8(once.dataset).dataset == once.dataset);
  return 0;
}

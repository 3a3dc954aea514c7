// SPDX-License-Identifier: BSL-1.0
// A data set in an encoding that the first byte chooses, and a command set of the same bytes: what
// is printed controls no terminal, and each element stays on its line.
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/data/read.hpp>
#include <codimse/data/text_dump.hpp>
#include <codimse/dimse/command_dump.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

/// Well-formed UTF-8 without controls; each line has its end and something on it.
void expect_harmless(std::string_view text) {
  expect(text.empty() || (text.back() == '\n' && text.front() != '\n'));
  expect(text.find("\n\n") == std::string_view::npos);
  while (!text.empty()) {
    auto const next = codimse::detail::read_utf8(text);
    expect(next.valid && (next.value == '\n' || !codimse::detail::is_control(next.value)));
    text.remove_prefix(next.length);
  }
}

codimse::transfer_syntax const& syntax_for(std::uint8_t choice) {
  namespace known = codimse::transfer_syntaxes;
  if (choice % 3 == 0) return known::implicit_vr_little_endian;
  return choice % 3 == 1 ? known::explicit_vr_little_endian : known::explicit_vr_big_endian;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace codimse;
  if (size == 0) return 0;
  auto const bytes = std::as_bytes(std::span{data, size}).subspan(1);
  if (auto const command = command_set::parse(bytes)) expect_harmless(dump_command(*command));
  auto const read = view_data_set(bytes, syntax_for(data[0]));
  if (!read) return 0;
  text_dump_options options;
  options.max_length = data[0] / 3;
  expect_harmless(text_dump(*read, options));
  options.only = {tags::patient_name, tags::pixel_data};
  expect_harmless(text_dump(*read, options));
  return 0;
}

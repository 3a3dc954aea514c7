// SPDX-License-Identifier: BSL-1.0
// JSON text: what is read must be written and read again, and then be the same. Input that does not
// begin as JSON is a data set in an encoding that its first byte chooses: it must become JSON.
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/data/read.hpp>
#include <codimse/json.hpp>

#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

std::string there_and_back(std::string const& text) {
  auto const read = codimse::from_json_text(text);
  expect(read.has_value());
  return codimse::to_json_text(*read);
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
  std::string_view const input{reinterpret_cast<char const*>(data), size};
  if (input[0] == '{') {
    auto const read = from_json_text(input);
    if (!read) return 0;
    auto const once = to_json_text(*read);
    expect(there_and_back(once) == once);
    return 0;
  }
  auto const bytes = std::as_bytes(std::span{input.substr(1)});
  auto const read = view_data_set(bytes, syntax_for(data[0]));
  if (!read) return 0;
  // A value of odd length is even after the first time.
  auto const once = there_and_back(to_json_text(*read));
  expect(there_and_back(once) == once);
  return 0;
}

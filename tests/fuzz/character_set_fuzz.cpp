// SPDX-License-Identifier: BSL-1.0
// Input: a value of (0008,0005), NUL, one byte that chooses the VR, a value field. What comes out
// is UTF-8; what can be written is read again as it was.
#include <codimse/data/character_set.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace codimse;

void check(bool good) {
  if (!good) std::abort();
}

void expect_utf8(std::string_view text) {
  while (!text.empty()) {
    auto const read = detail::read_utf8(text);
    check(read.valid);
    text.remove_prefix(read.length);
  }
}

std::string_view without_padding(std::string_view text) {
  return text.substr(0, text.find_last_not_of(std::string_view{" \0", 2}) + 1);
}

void round_trip(character_set const& set, std::string_view text, vr type) {
  auto const written = set.from_utf8(text, type);
  if (!written) {
    check(written.error() == errc::cannot_encode_text);
    return;
  }
  auto const again = set.decode(*written, type);
  check(again.exact && without_padding(again.text) == without_padding(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input{reinterpret_cast<char const*>(data), size};
  auto const end = input.find('\0');
  if (end == std::string_view::npos || end + 1 == size) return 0;
  auto const set = character_set::from_terms(input.substr(0, end));
  constexpr vr types[] = {vr::pn, vr::lo, vr::lt, vr::ut, vr::sh, vr::uc, vr::cs, vr::ur};
  auto const type = types[static_cast<unsigned char>(input[end + 1]) % std::size(types)];
  auto const raw = input.substr(end + 2);

  check(character_set::from_terms(set.value()).value() == set.value());
  auto const found = set.decode(raw, type);
  expect_utf8(found.text);
  std::string joined;
  auto const values = set.values_to_utf8(raw, type);
  for (std::size_t i = 0; i < values.size(); ++i) joined += (i > 0 ? "\\" : "") + values[i];
  check(joined == found.text);

  round_trip(set, found.text, type);
  round_trip(set, raw, type);
  return 0;
}

// SPDX-License-Identifier: BSL-1.0
// Prints the cases of tests/data/matching_cases.hpp with our verdicts: one JSON object a line.
#include "../data/matching_cases.hpp"

#include <cstdio>
#include <string>
#include <string_view>

namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char const c : text) {
    char escaped[8];
    auto const code = static_cast<unsigned>(static_cast<unsigned char>(c));
    std::snprintf(escaped, sizeof escaped, "\\u%04x", code);
    if (code < 0x20 || c == '"' || c == '\\') out += escaped;
    else out += c;
  }
  return out + '"';
}

}  // namespace

int main() {
  using namespace codimse_test;
  for (auto const& one : matching_cases) {
    auto const line =
        "{\"rule\": " + quoted(one.rule) + ", \"vr\": " + quoted(to_string(one.type)) +
        ", \"tag\": " + quoted(to_string(tag_for(one.type))) + ", \"key\": " + quoted(one.key) +
        ", \"value\": " + (one.value == nullptr ? "null" : quoted(one.value)) +
        ", \"options\": " + std::to_string(one.options) +
        ", \"matches\": " + (verdict(one) ? "true" : "false") + "}";
    std::puts(line.c_str());
  }
}

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/writer.hpp>
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/data/element_writer.hpp>
#include <codimse/data/head_scanner.hpp>
#include <codimse/data/tags.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace codimse_test {

using namespace codimse;
using bytes_t = std::vector<std::byte>;

/// "08 00 18 00" as bytes.
inline bytes_t hex(std::string_view text) {
  bytes_t out;
  auto const digit = [](char c) { return c <= '9' ? c - '0' : c - 'A' + 10; };
  for (std::size_t i = 0; i + 1 < text.size();) {
    if (text[i] == ' ' || text[i] == '\n') {
      ++i;
      continue;
    }
    out.push_back(static_cast<std::byte>(digit(text[i]) * 16 + digit(text[i + 1])));
    i += 2;
  }
  return out;
}

inline std::span<std::byte const> as_bytes(std::string_view text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}

inline constexpr std::array identity{tags::sop_class_uid, tags::sop_instance_uid,
                                     tags::study_instance_uid};

inline constexpr transfer_syntax const* plain_syntaxes[] = {
    &transfer_syntaxes::implicit_vr_little_endian, &transfer_syntaxes::explicit_vr_little_endian,
    &transfer_syntaxes::explicit_vr_big_endian};

/// A data set with everything that a scanner has to walk past before Study Instance UID.
inline bytes_t nested_data_set(transfer_syntax const& syntax) {
  byte_writer out;
  element_writer w{out, syntax};
  w.text(tags::specific_character_set, vr::cs, "ISO_IR 100");
  w.uid(tags::sop_class_uid, "1.2.840.10008.5.1.4.1.1.2");
  w.uid(tags::sop_instance_uid, "1.2.3.44");
  w.begin_sequence(tags::referenced_study_sequence);
  w.begin_item();
  w.uid(tags::sop_instance_uid, "9.9.9");
  w.begin_sequence(tags::referenced_series_sequence);
  w.begin_item();
  w.uid(tags::study_instance_uid, "9.9.8");
  w.end_item();
  w.begin_item();
  w.end_item();
  w.end_sequence();
  w.end_item();
  w.end_sequence();
  w.begin_sequence(tags::referenced_image_sequence);
  w.end_sequence();
  w.bytes({0x0009, 0x1010}, vr::ob, as_bytes("private"));
  w.bytes({0x0009, 0x1011}, vr::un, as_bytes("private!"));
  w.uid(tags::study_instance_uid, "1.2.3.4");
  w.us(tags::rows, 4);
  return std::move(out).take();
}

/// What a scanner found, comparable.
struct scan_result {
  head_state state;
  std::vector<std::string> values;
  std::uint64_t position;
  friend bool operator==(scan_result const&, scan_result const&) = default;
};

inline scan_result result_of(head_scanner const& scanner) {
  scan_result found{scanner.state(), {}, scanner.position()};
  for (auto const one : identity) {
    auto const value = scanner.value(one);
    found.values.push_back(value ? std::string{*value} : "(absent)");
  }
  return found;
}

}  // namespace codimse_test

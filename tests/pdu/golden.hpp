// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/pdu/codec.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

/// PDUs and sub-items as literal bytes, made independently of this library and checked with another
/// implementation: called ECHOSCP, calling ECHOSCU, one context, C-ECHO. The seeds of the fuzz
/// targets are made of the same text (tests/fuzz/seeds/generate.py).
namespace golden {

using bytes = std::vector<std::byte>;

// A-ASSOCIATE-RQ
inline constexpr std::string_view associate_rq = R"(
01 00 00 00 00 b3 00 01 00 00 45 43 48 4f 53 43
50 20 20 20 20 20 20 20 20 20 45 43 48 4f 53 43
55 20 20 20 20 20 20 20 20 20 00 00 00 00 00 00
00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
00 00 00 00 00 00 00 00 00 00 10 00 00 15 31 2e
32 2e 38 34 30 2e 31 30 30 30 38 2e 33 2e 31 2e
31 2e 31 20 00 00 2e 01 00 00 00 30 00 00 11 31
2e 32 2e 38 34 30 2e 31 30 30 30 38 2e 31 2e 31
40 00 00 11 31 2e 32 2e 38 34 30 2e 31 30 30 30
38 2e 31 2e 32 50 00 00 20 51 00 00 04 00 00 40
00 52 00 00 07 31 2e 32 2e 33 2e 34 55 00 00 09
45 58 41 4d 50 4c 45 5f 31)";
// A-ASSOCIATE-AC
inline constexpr std::string_view associate_ac = R"(
02 00 00 00 00 9e 00 01 00 00 45 43 48 4f 53 43
50 20 20 20 20 20 20 20 20 20 45 43 48 4f 53 43
55 20 20 20 20 20 20 20 20 20 00 00 00 00 00 00
00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
00 00 00 00 00 00 00 00 00 00 10 00 00 15 31 2e
32 2e 38 34 30 2e 31 30 30 30 38 2e 33 2e 31 2e
31 2e 31 21 00 00 19 01 00 00 00 40 00 00 11 31
2e 32 2e 38 34 30 2e 31 30 30 30 38 2e 31 2e 32
50 00 00 20 51 00 00 04 00 00 40 00 52 00 00 07
31 2e 32 2e 33 2e 34 55 00 00 09 45 58 41 4d 50
4c 45 5f 31)";
// P-DATA-TF C-ECHO-RQ
inline constexpr std::string_view c_echo_rq = R"(
04 00 00 00 00 4a 00 00 00 46 01 03 00 00 00 00
04 00 00 00 38 00 00 00 00 00 02 00 12 00 00 00
31 2e 32 2e 38 34 30 2e 31 30 30 30 38 2e 31 2e
31 00 00 00 00 01 02 00 00 00 30 00 00 00 10 01
02 00 00 00 01 00 00 00 00 08 02 00 00 00 01 01)";
// P-DATA-TF C-ECHO-RSP
inline constexpr std::string_view c_echo_rsp = R"(
04 00 00 00 00 54 00 00 00 50 01 03 00 00 00 00
04 00 00 00 42 00 00 00 00 00 02 00 12 00 00 00
31 2e 32 2e 38 34 30 2e 31 30 30 30 38 2e 31 2e
31 00 00 00 00 01 02 00 00 00 30 80 00 00 20 01
02 00 00 00 01 00 00 00 00 08 02 00 00 00 01 01
00 00 00 09 02 00 00 00 00 00)";
// 51H,
inline constexpr std::string_view maximum_length = R"(
51 00 00 04 00 00 40 00)";
// 53H, 1 invoked, 1 performed
inline constexpr std::string_view window = R"(
53 00 00 04 00 01 00 01)";
// 54H, 1.2.840.10008.1.1, SCU 0, SCP
inline constexpr std::string_view role_selection = R"(
54 00 00 15 00 11 31 2e 32 2e 38 34 30 2e 31 30
30 30 38 2e 31 2e 31 00 01)";
// 56H, 1.2.840.10008.1.1, information 01 01
inline constexpr std::string_view extended_negotiation = R"(
56 00 00 16 00 11 31 2e 32 2e 38 34 30 2e 31 30
30 30 38 2e 31 2e 31 01 01 01)";
// 57H, 1.2.840.10008.1.1, service class 1.2.840.10008.4.2, one related class 1.2.840.10008.1.1
inline constexpr std::string_view common_extended_negotiation = R"(
57 00 00 3b 00 11 31 2e 32 2e 38 34 30 2e 31 30
30 30 38 2e 31 2e 31 00 11 31 2e 32 2e 38 34 30
2e 31 30 30 30 38 2e 34 2e 32 00 13 00 11 31 2e
32 2e 38 34 30 2e 31 30 30 30 38 2e 31 2e 31)";
// 58H, type 2, response wanted, 'user', 'pass'
inline constexpr std::string_view user_identity_rq = R"(
58 00 00 0e 02 01 00 04 75 73 65 72 00 04 70 61
73 73)";
// 59H, empty response
inline constexpr std::string_view user_identity_ac = R"(
59 00 00 02 00 00)";
inline constexpr std::string_view release_rq = R"(
05 00 00 00 00 04 00 00 00 00)";
inline constexpr std::string_view release_rp = R"(
06 00 00 00 00 04 00 00 00 00)";
// Rejected permanently by the user: called AE title not recognized
inline constexpr std::string_view associate_rj = R"(
03 00 00 00 00 04 00 01 01 07)";
// Service provider, invalid PDU parameter value
inline constexpr std::string_view abort = R"(
07 00 00 00 00 04 00 00 02 06)";

constexpr unsigned digit(char c) {
  return static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/// Bytes from pairs of hexadecimal digits; everything else only separates.
inline bytes from_hex(std::string_view text) {
  bytes out;
  std::string_view const digits = "0123456789abcdefABCDEF";
  for (std::size_t at = 0; (at = text.find_first_of(digits, at)) != text.npos; at += 2)
    out.push_back(static_cast<std::byte>(digit(text[at]) << 4U | digit(text[at + 1])));
  return out;
}

inline bytes joined(std::initializer_list<bytes> parts) {
  bytes out;
  for (auto const& one : parts) out.insert(out.end(), one.begin(), one.end());
  return out;
}

inline bytes from_text(std::string_view text) {
  auto const view = std::as_bytes(std::span{text.data(), text.size()});
  return {view.begin(), view.end()};
}

/// An item: type, reserved, 2-byte length, value.
inline bytes item(std::uint8_t type, bytes const& value) {
  return joined({{static_cast<std::byte>(type), std::byte{0},
                  static_cast<std::byte>(value.size() >> 8U), static_cast<std::byte>(value.size())},
                 value});
}

/// A whole PDU: type, reserved, 4-byte length, body.
inline bytes pdu(std::uint8_t type, bytes const& body) {
  bytes out(6);
  out[0] = static_cast<std::byte>(type);
  codimse::store_big(out.data() + 2, static_cast<std::uint32_t>(body.size()));
  return joined({out, body});
}

/// A PDV: 4-byte length, context ID, message control header, fragment.
inline bytes pdv(std::uint8_t context, std::uint8_t control, bytes const& fragment) {
  bytes out(6);
  codimse::store_big(out.data(), static_cast<std::uint32_t>(fragment.size() + 2));
  out[4] = static_cast<std::byte>(context);
  out[5] = static_cast<std::byte>(control);
  return joined({out, fragment});
}

inline std::span<std::byte const> body_of(bytes const& pdu) { return std::span{pdu}.subspan(6); }

}  // namespace golden

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace codimse::inline v0::pdu {

/// PDU types (PS3.8 9.3.1).
enum class pdu_type : std::uint8_t {
  associate_rq = 0x01,
  associate_ac = 0x02,
  associate_rj = 0x03,
  p_data_tf = 0x04,
  release_rq = 0x05,
  release_rp = 0x06,
  abort = 0x07,
};

/// Bytes before the body: type, reserved, 4-byte length of the body.
inline constexpr std::size_t header_size = 6;
/// Bytes before a fragment: 4-byte item length, context ID, message control header.
inline constexpr std::size_t pdv_header_size = 6;

[[nodiscard]] constexpr std::string_view name_of(pdu_type type) {
  switch (type) {
    case pdu_type::associate_rq: return "A-ASSOCIATE-RQ";
    case pdu_type::associate_ac: return "A-ASSOCIATE-AC";
    case pdu_type::associate_rj: return "A-ASSOCIATE-RJ";
    case pdu_type::p_data_tf: return "P-DATA-TF";
    case pdu_type::release_rq: return "A-RELEASE-RQ";
    case pdu_type::release_rp: return "A-RELEASE-RP";
    case pdu_type::abort: return "A-ABORT";
  }
  return "unknown PDU";
}

/// What somebody may have been who sent this as the first byte of a PDU: other protocols do knock
/// on DICOM ports.
[[nodiscard]] constexpr std::string_view guess_protocol(std::uint8_t first_byte) {
  switch (first_byte) {
    case 0x16: return "a TLS client hello (this port speaks plain DICOM)";
    case 0x15: return "a TLS alert (the peer expects TLS)";
    case 0x0B: return "an HL7 (MLLP) message";
    case 'M': return "an HL7 message (without MLLP)";
    case 'G':
    case 'P':
    case 'H':
    case 'O':
    case 'D':
    case 'C': return "an HTTP request";
    case 'S': return "an SSH greeting";
    default: return "no DICOM PDU";
  }
}

}  // namespace codimse::inline v0::pdu

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string_view>

namespace codimse::inline v0 {

/// Command Field (0000,0100), PS3.7 Annex E. Bit 15 marks a response.
enum class command_field : std::uint16_t {
  c_store_rq = 0x0001,
  c_get_rq = 0x0010,
  c_find_rq = 0x0020,
  c_move_rq = 0x0021,
  c_echo_rq = 0x0030,
  n_event_report_rq = 0x0100,
  n_get_rq = 0x0110,
  n_set_rq = 0x0120,
  n_action_rq = 0x0130,
  n_create_rq = 0x0140,
  n_delete_rq = 0x0150,
  c_cancel_rq = 0x0FFF,
};

[[nodiscard]] constexpr bool is_response(std::uint16_t field) { return (field & 0x8000U) != 0; }

/// The Command Field value of the response to a request.
[[nodiscard]] constexpr std::uint16_t response_to(command_field request) {
  return static_cast<std::uint16_t>(static_cast<std::uint16_t>(request) | 0x8000U);
}

/// The standard's name of a request or response, or "unknown command".
[[nodiscard]] constexpr std::string_view command_name(std::uint16_t field) {
  bool const rsp = is_response(field);
  switch (static_cast<command_field>(field & 0x7FFFU)) {
    case command_field::c_store_rq: return rsp ? "C-STORE-RSP" : "C-STORE-RQ";
    case command_field::c_get_rq: return rsp ? "C-GET-RSP" : "C-GET-RQ";
    case command_field::c_find_rq: return rsp ? "C-FIND-RSP" : "C-FIND-RQ";
    case command_field::c_move_rq: return rsp ? "C-MOVE-RSP" : "C-MOVE-RQ";
    case command_field::c_echo_rq: return rsp ? "C-ECHO-RSP" : "C-ECHO-RQ";
    case command_field::n_event_report_rq: return rsp ? "N-EVENT-REPORT-RSP" : "N-EVENT-REPORT-RQ";
    case command_field::n_get_rq: return rsp ? "N-GET-RSP" : "N-GET-RQ";
    case command_field::n_set_rq: return rsp ? "N-SET-RSP" : "N-SET-RQ";
    case command_field::n_action_rq: return rsp ? "N-ACTION-RSP" : "N-ACTION-RQ";
    case command_field::n_create_rq: return rsp ? "N-CREATE-RSP" : "N-CREATE-RQ";
    case command_field::n_delete_rq: return rsp ? "N-DELETE-RSP" : "N-DELETE-RQ";
    case command_field::c_cancel_rq: return rsp ? "unknown command" : "C-CANCEL-RQ";
  }
  return "unknown command";
}

/// Requests that mean nothing without a data set (PS3.7 9.3, 10.3).
[[nodiscard]] constexpr bool needs_data_set(std::uint16_t field) {
  switch (static_cast<command_field>(field)) {
    case command_field::c_store_rq:
    case command_field::c_find_rq:
    case command_field::c_get_rq:
    case command_field::c_move_rq:
    case command_field::n_set_rq: return true;
    default: return false;
  }
}

/// Is the operation a DIMSE-C one (PS3.7 section 9)? The others are DIMSE-N.
[[nodiscard]] constexpr bool is_dimse_c(command_field field) {
  auto const value = static_cast<std::uint16_t>(field);
  return value < 0x0100 || field == command_field::c_cancel_rq;
}

}  // namespace codimse::inline v0

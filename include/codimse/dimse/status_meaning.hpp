// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/command_field.hpp>
#include <codimse/core/status.hpp>
#include <codimse/dimse/status_table.hpp>

#include <cstdint>
#include <string_view>

namespace codimse::inline v0 {

namespace detail {
[[nodiscard]] constexpr std::uint16_t operation_bit(command_field request) {
  switch (request) {
    case command_field::c_store_rq: return for_c_store;
    case command_field::c_find_rq: return for_c_find;
    case command_field::c_get_rq: return for_c_get;
    case command_field::c_move_rq: return for_c_move;
    case command_field::c_echo_rq: return for_c_echo;
    case command_field::n_event_report_rq: return for_n_event_report;
    case command_field::n_get_rq: return for_n_get;
    case command_field::n_set_rq: return for_n_set;
    case command_field::n_action_rq: return for_n_action;
    case command_field::n_create_rq: return for_n_create;
    case command_field::n_delete_rq: return for_n_delete;
    case command_field::c_cancel_rq: return 0;  // has no response
  }
  return 0;
}
}  // namespace detail

/// What a status means as the answer to a request, in a few words for logs; static. Ranges (A7xx,
/// A9xx, Cxxx) are known where the standard defines them, general codes (PS3.7 Annex C) for every
/// request. Empty for other codes. The service class is not known here, so where two of them use
/// one code, the text is the general one or the first: C100 of a C-FIND is "unable to process",
/// which in a Relevant Patient Query means more than one match.
[[nodiscard]] constexpr std::string_view meaning_of(status answer, command_field request) {
  auto const bit = detail::operation_bit(request);
  for (auto const& row : detail::status_rows) {
    bool const of_request = row.operations == detail::for_all || (row.operations & bit) != 0;
    if (of_request && answer.code >= row.first && answer.code <= row.last) return row.meaning;
  }
  return {};
}

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/outcome.hpp>
#include <codimse/dimse/c_echo.hpp>
#include <codimse/dimse/c_store.hpp>

#include <cstddef>

namespace codimse::inline v0 {

/// The DIMSE requests that a service can have an `on` overload for. A new command is one struct
/// and one entry here.
/// A value: distinct objects may be used from different threads.
template <class... Rq>
struct request_list {
  static constexpr std::size_t size = sizeof...(Rq);
};
using requests = request_list<c_echo_rq, c_store_rq>;

/// Does the standard know this request (whether or not a service handles it)?
[[nodiscard]] constexpr bool is_known_request(std::uint16_t command) {
  return !is_response(command) && command_name(command) != "unknown command";
}

/// The response to any request, with nothing but a status: SOP Class and Instance go back byte for
/// byte as they came (some peers compare them so). Requested UIDs of DIMSE-N become affected ones
/// (PS3.7 10.3).
inline void encode_status_response(byte_writer& out, command_set const& request,
                                   outcome const& how) {
  namespace element = command_element;
  auto const first_of = [&](std::uint16_t affected, std::uint16_t requested) {
    auto const text = request.raw_text(affected);
    return text.empty() ? request.raw_text(requested) : text;
  };
  command_encoder encoder{out, false};
  encoder.text(element::affected_sop_class_uid,
               first_of(element::affected_sop_class_uid, element::requested_sop_class_uid), '\0');
  encoder.command(static_cast<std::uint16_t>(request.command() | 0x8000U));
  encoder.us(element::message_id_being_responded_to, {}, request.message_id());
  encoder.data_set_type();
  encoder.status_code(element::status, {}, how.status());
  encoder.lo(element::error_comment, {}, how.error_comment());
  encoder.text(element::affected_sop_instance_uid,
               first_of(element::affected_sop_instance_uid, element::requested_sop_instance_uid),
               '\0');
  encoder.finish();
}

/// The status for a handler that threw (PS3.7 C, PS3.4): the association lives.
[[nodiscard]] constexpr status failure_of_handler(std::uint16_t command) {
  switch (static_cast<command_field>(command)) {
    case command_field::c_store_rq:
    case command_field::c_find_rq:
    case command_field::c_get_rq:
    case command_field::c_move_rq: return status::cannot_understand;
    default: return status::processing_failure;
  }
}

}  // namespace codimse::inline v0

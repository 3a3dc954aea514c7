// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/outcome.hpp>
#include <codimse/dimse/c_cancel.hpp>
#include <codimse/dimse/c_echo.hpp>
#include <codimse/dimse/c_find.hpp>
#include <codimse/dimse/c_get.hpp>
#include <codimse/dimse/c_move.hpp>
#include <codimse/dimse/c_store.hpp>
#include <codimse/dimse/n_action.hpp>
#include <codimse/dimse/n_create.hpp>
#include <codimse/dimse/n_delete.hpp>
#include <codimse/dimse/n_event_report.hpp>
#include <codimse/dimse/n_get.hpp>
#include <codimse/dimse/n_set.hpp>
#include <codimse/dimse/response_fields.hpp>

#include <cstddef>

namespace codimse::inline v0 {

/// The DIMSE requests that a service can have an `on` overload for. A new command is one struct
/// and one entry here.
/// A value: distinct objects may be used from different threads.
template <class... Rq>
struct request_list {
  static constexpr std::size_t size = sizeof...(Rq);
};
using requests =
    request_list<c_echo_rq, c_store_rq, c_find_rq, c_get_rq, c_move_rq, n_event_report_rq, n_get_rq,
                 n_set_rq, n_action_rq, n_create_rq, n_delete_rq>;

/// May a request of this type come without its data set?
template <class Rq>
[[nodiscard]] consteval bool data_set_is_optional() {
  if constexpr (requires { Rq::data_set_optional; }) return Rq::data_set_optional;
  else return !Rq::has_data_set;
}

/// The SOP Class and Instance that a request names, as affected or as requested.
template <class Rq>
[[nodiscard]] constexpr uid const& sop_class_of(Rq const& request) {
  if constexpr (requires { request.requested_sop_class_uid; })
    return request.requested_sop_class_uid;
  else return request.affected_sop_class_uid;
}
template <class Rq>
[[nodiscard]] constexpr uid sop_instance_of(Rq const& request) {
  if constexpr (requires { request.requested_sop_instance_uid; })
    return request.requested_sop_instance_uid;
  else if constexpr (requires { request.affected_sop_instance_uid; })
    return request.affected_sop_instance_uid;
  else return {};
}

/// Does the standard know this request (whether or not a service handles it)?
[[nodiscard]] constexpr bool is_known_request(std::uint16_t command) {
  return !is_response(command) && command_name(command) != "unknown command";
}

/// The response to any request: SOP Class and Instance go back byte for byte as they came (some
/// peers compare them so). Requested UIDs of DIMSE-N become affected ones (PS3.7 10.3).
inline void encode_response(byte_writer& out, command_set const& request, outcome const& how,
                            response_fields const& fields, bool with_data_set) {
  namespace element = command_element;
  auto const first_of = [&](std::uint16_t affected, std::uint16_t requested) {
    auto const text = request.raw_text(affected);
    return text.empty() ? request.raw_text(requested) : text;
  };
  command_encoder encoder{out, with_data_set};
  encoder.text(element::affected_sop_class_uid,
               first_of(element::affected_sop_class_uid, element::requested_sop_class_uid), '\0');
  encoder.command(static_cast<std::uint16_t>(request.command() | 0x8000U));
  encoder.us(element::message_id_being_responded_to, {}, request.message_id());
  encoder.data_set_type();
  encoder.status_code(element::status, {}, how.status());
  encoder.at(element::offending_element, {}, fields.offending_elements);
  encoder.lo(element::error_comment, {}, how.error_comment());
  encoder.optional_us(element::error_id, {}, fields.error_id);
  auto const instance =
      first_of(element::affected_sop_instance_uid, element::requested_sop_instance_uid);
  bool const chosen_here = !fields.affected_sop_instance_uid.empty();
  encoder.text(element::affected_sop_instance_uid,
               chosen_here ? fields.affected_sop_instance_uid.view() : instance, '\0');
  encoder.optional_us(element::event_type_id, {}, request.us(element::event_type_id));
  encoder.at(element::attribute_identifier_list, {}, fields.attribute_identifier_list);
  encoder.optional_us(element::action_type_id, {}, request.us(element::action_type_id));
  sub_operation_counters::layout(encoder, fields.sub_operations);
  encoder.finish();
}

/// The status for a request whose data set cannot be taken apart.
[[nodiscard]] constexpr status failure_of_data_set(std::uint16_t command) {
  bool const dimse_c = is_dimse_c(static_cast<command_field>(command));
  return dimse_c ? status::data_set_does_not_match : status::processing_failure;
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

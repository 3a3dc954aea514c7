// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/dimse/command_set.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace codimse::inline v0 {

/// The response to a DIMSE-N request (PS3.7 10.3): what was requested comes back as affected. Which
/// of the optional fields go with which status: PS3.7 Annex C.
/// A value: distinct objects may be used from different threads.
template <command_field Request>
class n_response {
 public:
  n_response() = default;  // owns memory, so it is no aggregate

  uid affected_sop_class_uid;
  std::uint16_t message_id_being_responded_to = 0;
  codimse::status status;
  std::vector<tag> offending_elements;
  fixed_text<64> error_comment;
  std::optional<std::uint16_t> error_id;
  uid affected_sop_instance_uid;                ///< of N-CREATE: the new instance
  std::optional<std::uint16_t> event_type_id;   ///< N-EVENT-REPORT only
  std::vector<tag> attribute_identifier_list;   ///< the attributes that the status is about
  std::optional<std::uint16_t> action_type_id;  ///< N-ACTION only

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.ui(0x0002, "Affected SOP Class UID", self.affected_sop_class_uid);
    a.command(response_to(Request));
    a.us(0x0120, "Message ID Being Responded To", self.message_id_being_responded_to);
    a.data_set_type();
    a.status_code(0x0900, "Status", self.status);
    a.at(0x0901, "Offending Element", self.offending_elements);
    a.lo(0x0902, "Error Comment", self.error_comment);
    a.optional_us(0x0903, "Error ID", self.error_id);
    a.ui(0x1000, "Affected SOP Instance UID", self.affected_sop_instance_uid);
    a.optional_us(0x1002, "Event Type ID", self.event_type_id);
    a.at(0x1005, "Attribute Identifier List", self.attribute_identifier_list);
    a.optional_us(0x1008, "Action Type ID", self.action_type_id);
  }
};

}  // namespace codimse::inline v0

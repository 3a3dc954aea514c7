// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/dimse/command_set.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace codimse::inline v0 {

/// Numbers of C-STORE sub-operations of a C-GET or C-MOVE (PS3.7 9.1.3, 9.1.4); what the peer did
/// not send is missing.
/// A value: distinct objects may be used from different threads.
struct sub_operation_counters {
  std::optional<std::uint16_t> remaining{};  ///< in pending responses, and in cancelled ones
  std::optional<std::uint16_t> completed{};
  std::optional<std::uint16_t> failed{};
  std::optional<std::uint16_t> warning{};

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.optional_us(0x1020, "Number of Remaining Sub-operations", self.remaining);
    a.optional_us(0x1021, "Number of Completed Sub-operations", self.completed);
    a.optional_us(0x1022, "Number of Failed Sub-operations", self.failed);
    a.optional_us(0x1023, "Number of Warning Sub-operations", self.warning);
  }
};

/// The response to a C-GET or C-MOVE: pending ones tell how far it is, the final one how it ended.
/// A value: distinct objects may be used from different threads.
template <command_field Request>
class retrieve_response {
 public:
  retrieve_response() = default;  // owns memory, so it is no aggregate

  uid affected_sop_class_uid;
  std::uint16_t message_id_being_responded_to = 0;
  codimse::status status;
  std::vector<tag> offending_elements;
  fixed_text<64> error_comment;
  sub_operation_counters sub_operations;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.ui(0x0002, "Affected SOP Class UID", self.affected_sop_class_uid);
    a.command(response_to(Request));
    a.us(0x0120, "Message ID Being Responded To", self.message_id_being_responded_to);
    a.data_set_type();
    a.status_code(0x0900, "Status", self.status);
    a.at(0x0901, "Offending Element", self.offending_elements);
    a.lo(0x0902, "Error Comment", self.error_comment);
    sub_operation_counters::layout(a, self.sub_operations);
  }
};

}  // namespace codimse::inline v0

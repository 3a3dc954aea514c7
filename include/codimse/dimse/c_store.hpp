// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/dimse/command_set.hpp>
#include <codimse/dimse/priority.hpp>

namespace codimse::inline v0 {

/// C-STORE-RSP (PS3.7 9.3.1.2).
/// A value: distinct objects may be used from different threads.
struct c_store_rsp {
  uid affected_sop_class_uid{};
  std::uint16_t message_id_being_responded_to = 0;
  codimse::status status{};
  fixed_text<64> error_comment{};
  uid affected_sop_instance_uid{};

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.ui(0x0002, "Affected SOP Class UID", self.affected_sop_class_uid);
    a.command(response_to(command_field::c_store_rq));
    a.us(0x0120, "Message ID Being Responded To", self.message_id_being_responded_to);
    a.data_set_type();
    a.status_code(0x0900, "Status", self.status);
    a.lo(0x0902, "Error Comment", self.error_comment);
    a.ui(0x1000, "Affected SOP Instance UID", self.affected_sop_instance_uid);
  }
};

/// C-STORE-RQ (PS3.7 9.3.1.1). A received SOP Instance UID is what the peer sent: check `valid()`
/// before it becomes more than a label. A message ID of 0 is filled in by the association.
/// A value: distinct objects may be used from different threads.
struct c_store_rq {
  static constexpr command_field command = command_field::c_store_rq;
  static constexpr bool has_data_set = true;
  using response = c_store_rsp;

  uid affected_sop_class_uid{};
  std::uint16_t message_id = 0;
  std::uint16_t priority = codimse::priority::medium;
  uid affected_sop_instance_uid{};
  ae_title move_originator_ae_title{};
  std::optional<std::uint16_t> move_originator_message_id{};

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.ui(0x0002, "Affected SOP Class UID", self.affected_sop_class_uid);
    a.command(static_cast<std::uint16_t>(command));
    a.us(0x0110, "Message ID", self.message_id);
    a.us(0x0700, "Priority", self.priority);
    a.data_set_type();
    a.ui(0x1000, "Affected SOP Instance UID", self.affected_sop_instance_uid);
    a.ae(0x1030, "Move Originator AE Title", self.move_originator_ae_title);
    a.optional_us(0x1031, "Move Originator Message ID", self.move_originator_message_id);
  }
};

}  // namespace codimse::inline v0

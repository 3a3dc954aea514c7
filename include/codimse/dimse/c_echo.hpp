// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/dimse/command_set.hpp>

namespace codimse::inline v0 {

/// C-ECHO-RSP (PS3.7 9.3.5.2).
/// A value: distinct objects may be used from different threads.
struct c_echo_rsp {
  uid affected_sop_class_uid{};
  std::uint16_t message_id_being_responded_to = 0;
  codimse::status status{};
  fixed_text<64> error_comment{};

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.ui(0x0002, "Affected SOP Class UID", self.affected_sop_class_uid);
    a.command(response_to(command_field::c_echo_rq));
    a.us(0x0120, "Message ID Being Responded To", self.message_id_being_responded_to);
    a.data_set_type();
    a.status_code(0x0900, "Status", self.status);
    a.lo(0x0902, "Error Comment", self.error_comment);
  }
};

/// C-ECHO-RQ (PS3.7 9.3.5.1). Without a SOP Class and a message ID the association fills them in.
/// A value: distinct objects may be used from different threads.
struct c_echo_rq {
  static constexpr command_field command = command_field::c_echo_rq;
  static constexpr bool has_data_set = false;
  using response = c_echo_rsp;

  uid affected_sop_class_uid{"1.2.840.10008.1.1"};
  std::uint16_t message_id = 0;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.ui(0x0002, "Affected SOP Class UID", self.affected_sop_class_uid);
    a.command(static_cast<std::uint16_t>(command));
    a.us(0x0110, "Message ID", self.message_id);
    a.data_set_type();
  }
};

}  // namespace codimse::inline v0

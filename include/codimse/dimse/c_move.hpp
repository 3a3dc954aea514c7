// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/dimse/command_set.hpp>
#include <codimse/dimse/priority.hpp>
#include <codimse/dimse/retrieve_response.hpp>

namespace codimse::inline v0 {

/// C-MOVE-RSP (PS3.7 9.3.4.2).
using c_move_rsp = retrieve_response<command_field::c_move_rq>;

/// C-MOVE-RQ (PS3.7 9.3.4.1). Its identifier says what is to be sent to the destination, an AE
/// whose address the performer knows (PS3.4 C.4.2).
/// A value: distinct objects may be used from different threads.
struct c_move_rq {
  static constexpr command_field command = command_field::c_move_rq;
  static constexpr bool has_data_set = true;
  using response = c_move_rsp;

  uid affected_sop_class_uid{};
  std::uint16_t message_id = 0;
  std::uint16_t priority = codimse::priority::medium;
  ae_title move_destination{};

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.ui(0x0002, "Affected SOP Class UID", self.affected_sop_class_uid);
    a.command(static_cast<std::uint16_t>(command));
    a.us(0x0110, "Message ID", self.message_id);
    a.ae(0x0600, "Move Destination", self.move_destination);
    a.us(0x0700, "Priority", self.priority);
    a.data_set_type();
  }
};

}  // namespace codimse::inline v0

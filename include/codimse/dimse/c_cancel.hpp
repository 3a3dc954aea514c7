// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/dimse/command_set.hpp>

namespace codimse::inline v0 {

/// C-CANCEL-RQ (PS3.7 9.3.2.3): asks the performer of a C-FIND, C-GET or C-MOVE to stop. Has no
/// response of its own: the operation's final one says whether it came in time.
/// A value: distinct objects may be used from different threads.
struct c_cancel_rq {
  static constexpr command_field command = command_field::c_cancel_rq;

  std::uint16_t message_id_being_responded_to = 0;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.command(static_cast<std::uint16_t>(command));
    a.us(0x0120, "Message ID Being Responded To", self.message_id_being_responded_to);
    a.data_set_type();
  }
};

}  // namespace codimse::inline v0

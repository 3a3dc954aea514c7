// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/dimse/command_set.hpp>
#include <codimse/dimse/priority.hpp>
#include <codimse/dimse/retrieve_response.hpp>

namespace codimse::inline v0 {

/// C-GET-RSP (PS3.7 9.3.3.2).
using c_get_rsp = retrieve_response<command_field::c_get_rq>;

/// C-GET-RQ (PS3.7 9.3.3.1). Its identifier says what is to be sent, on the same association
/// (PS3.4 C.4.3).
/// A value: distinct objects may be used from different threads.
struct c_get_rq {
  static constexpr command_field command = command_field::c_get_rq;
  static constexpr bool has_data_set = true;
  using response = c_get_rsp;

  uid affected_sop_class_uid{};
  std::uint16_t message_id = 0;
  std::uint16_t priority = codimse::priority::medium;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.ui(0x0002, "Affected SOP Class UID", self.affected_sop_class_uid);
    a.command(static_cast<std::uint16_t>(command));
    a.us(0x0110, "Message ID", self.message_id);
    a.us(0x0700, "Priority", self.priority);
    a.data_set_type();
  }
};

}  // namespace codimse::inline v0

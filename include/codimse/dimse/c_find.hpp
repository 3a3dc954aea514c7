// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/dimse/command_set.hpp>
#include <codimse/dimse/priority.hpp>

namespace codimse::inline v0 {

/// C-FIND-RSP (PS3.7 9.3.2.2). Pending ones come with an identifier, the final one without.
/// A value: distinct objects may be used from different threads.
class c_find_rsp {
 public:
  c_find_rsp() = default;  // owns memory, so it is no aggregate

  uid affected_sop_class_uid;
  std::uint16_t message_id_being_responded_to = 0;
  codimse::status status;
  std::vector<tag> offending_elements;
  fixed_text<64> error_comment;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.ui(0x0002, "Affected SOP Class UID", self.affected_sop_class_uid);
    a.command(response_to(command_field::c_find_rq));
    a.us(0x0120, "Message ID Being Responded To", self.message_id_being_responded_to);
    a.data_set_type();
    a.status_code(0x0900, "Status", self.status);
    a.at(0x0901, "Offending Element", self.offending_elements);
    a.lo(0x0902, "Error Comment", self.error_comment);
  }
};

/// C-FIND-RQ (PS3.7 9.3.2.1). Its identifier says what is looked for (PS3.4 C.4.1).
/// A value: distinct objects may be used from different threads.
struct c_find_rq {
  static constexpr command_field command = command_field::c_find_rq;
  static constexpr bool has_data_set = true;
  using response = c_find_rsp;

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

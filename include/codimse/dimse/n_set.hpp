// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/dimse/command_set.hpp>
#include <codimse/dimse/n_response.hpp>

namespace codimse::inline v0 {

/// N-SET-RSP (PS3.7 10.3.3.2).
using n_set_rsp = n_response<command_field::n_set_rq>;

/// N-SET-RQ (PS3.7 10.3.3.1). Its data set is the modification list.
/// A value: distinct objects may be used from different threads.
struct n_set_rq {
  static constexpr command_field command = command_field::n_set_rq;
  static constexpr bool has_data_set = true;
  using response = n_set_rsp;

  uid requested_sop_class_uid{};
  uid requested_sop_instance_uid{};
  std::uint16_t message_id = 0;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.ui(0x0003, "Requested SOP Class UID", self.requested_sop_class_uid);
    a.command(static_cast<std::uint16_t>(command));
    a.us(0x0110, "Message ID", self.message_id);
    a.data_set_type();
    a.ui(0x1001, "Requested SOP Instance UID", self.requested_sop_instance_uid);
  }
};

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/dimse/command_set.hpp>
#include <codimse/dimse/n_response.hpp>

namespace codimse::inline v0 {

/// N-EVENT-REPORT-RSP (PS3.7 10.3.1.2).
using n_event_report_rsp = n_response<command_field::n_event_report_rq>;

/// N-EVENT-REPORT-RQ (PS3.7 10.3.1.1). A notification: the SCP of the SOP Class invokes it, the SCU
/// performs it. Its data set, if any, is the event information.
/// A value: distinct objects may be used from different threads.
struct n_event_report_rq {
  static constexpr command_field command = command_field::n_event_report_rq;
  static constexpr bool has_data_set = true;
  static constexpr bool data_set_optional = true;
  using response = n_event_report_rsp;

  uid affected_sop_class_uid{};
  uid affected_sop_instance_uid{};
  std::uint16_t event_type_id = 0;
  std::uint16_t message_id = 0;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.ui(0x0002, "Affected SOP Class UID", self.affected_sop_class_uid);
    a.command(static_cast<std::uint16_t>(command));
    a.us(0x0110, "Message ID", self.message_id);
    a.data_set_type();
    a.ui(0x1000, "Affected SOP Instance UID", self.affected_sop_instance_uid);
    a.us(0x1002, "Event Type ID", self.event_type_id);
  }
};

}  // namespace codimse::inline v0

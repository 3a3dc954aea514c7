// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/dimse/command_set.hpp>
#include <codimse/dimse/n_response.hpp>

#include <utility>

namespace codimse::inline v0 {

/// N-GET-RSP (PS3.7 10.3.2.2).
using n_get_rsp = n_response<command_field::n_get_rq>;

/// N-GET-RQ (PS3.7 10.3.2.1). The response brings the attributes.
/// A value: distinct objects may be used from different threads.
class n_get_rq {
 public:
  static constexpr command_field command = command_field::n_get_rq;
  static constexpr bool has_data_set = false;
  using response = n_get_rsp;

  n_get_rq() = default;  // owns memory, so it is no aggregate
  n_get_rq(uid const& sop_class, uid const& sop_instance, std::vector<tag> attributes = {})
      : requested_sop_class_uid{sop_class},
        requested_sop_instance_uid{sop_instance},
        attribute_identifier_list{std::move(attributes)} {}

  uid requested_sop_class_uid;
  uid requested_sop_instance_uid;
  std::vector<tag> attribute_identifier_list;  ///< empty: all attributes
  std::uint16_t message_id = 0;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.ui(0x0003, "Requested SOP Class UID", self.requested_sop_class_uid);
    a.command(static_cast<std::uint16_t>(command));
    a.us(0x0110, "Message ID", self.message_id);
    a.data_set_type();
    a.ui(0x1001, "Requested SOP Instance UID", self.requested_sop_instance_uid);
    a.at(0x1005, "Attribute Identifier List", self.attribute_identifier_list);
  }
};

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/uid.hpp>
#include <codimse/data/tag.hpp>
#include <codimse/dimse/retrieve_response.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace codimse::inline v0 {

/// What a response may say beside its status (PS3.7 Annex C): set by handlers, sent where set.
/// A value: distinct objects may be used from different threads.
class response_fields {
 public:
  response_fields() = default;  // owns memory, so it is no aggregate

  std::vector<tag> offending_elements;         ///< (0000,0901)
  std::optional<std::uint16_t> error_id;       ///< (0000,0903)
  uid affected_sop_instance_uid;               ///< (0000,1000); empty: the request's
  std::vector<tag> attribute_identifier_list;  ///< (0000,1005)
  sub_operation_counters sub_operations;       ///< (0000,1020) to (0000,1023)
};

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/ae_title.hpp>
#include <codimse/core/uid.hpp>

namespace codimse::inline v0 {

/// Who and what a data set is: all that a sink learns when it opens, or that a source tells of what
/// it sends. UIDs of received objects are what the peer sent; check `valid()` before use.
/// A value: distinct objects may be used from different threads.
struct object_info {
  uid sop_class{};
  uid sop_instance{};
  uid transfer_syntax{};
  /// Only where the sink asks for it (`wants_study_instance_uid`) and the data set has it.
  uid study_instance{};
  ae_title calling_ae_title{};
  ae_title called_ae_title{};
};

}  // namespace codimse::inline v0

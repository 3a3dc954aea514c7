// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace codimse::inline v0 {

/// Every bound on what a peer may make us hold, in one place. All are checked before memory is
/// taken. Sizes are bytes.
/// A value: distinct objects may be used from different threads.
struct limits {
  /// Longest A-ASSOCIATE-RQ or -AC body. 128 contexts of 40 transfer syntaxes take about 360 KB.
  std::uint32_t associate_length = 1024 * 1024;
  /// Items and sub-items in one A-ASSOCIATE PDU, at every level together.
  std::uint32_t associate_items = 16384;
  /// How far a P-DATA-TF may exceed the length we announced: some peers count the PDU header.
  std::uint32_t p_data_tolerance = 12;
  /// Longest command set of one message.
  std::uint32_t command_set_length = 64 * 1024;
  /// Longest data set of one message; 0: unlimited, because sinks hold nothing.
  std::uint64_t data_set_length = 0;
  /// How much of a data set is held while its head is looked at before the sink opens.
  std::size_t head_length = 256 * 1024;
  /// Longest data set that is collected in memory for a handler (`incoming_data_set::read_all`).
  std::size_t data_set_in_memory = 256 * 1024 * 1024;
};

}  // namespace codimse::inline v0

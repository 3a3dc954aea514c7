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
  /// Longest identifier of a C-FIND, C-GET or C-MOVE. A thousand keys, or UIDs, take less.
  std::uint32_t identifier_length = 256 * 1024;
  /// Longest other data set that is taken apart before a handler or a caller gets it: the
  /// attributes of DIMSE-N, and those of responses.
  std::uint32_t attributes_length = 16 * 1024 * 1024;
  /// Responses to one request that are kept while their consumer is busy; then the peer is held
  /// back.
  std::size_t responses_ahead = 64;
  /// Longest data set that is collected in memory for a handler (`incoming_data_set::read_all`).
  std::size_t data_set_in_memory = 256 * 1024 * 1024;
  /// Elements, items and fragments in one data set that is read into memory, at every level
  /// together: each takes more memory than bytes, an empty item some twenty times as much. Objects
  /// of 200,000 frames, each with its functional groups, have fewer.
  std::size_t data_set_elements = 4 * 1024 * 1024;
  /// The same for a data set that is taken apart before a handler or a caller gets it. The
  /// references of a storage commitment request for 60,000 instances take less.
  std::size_t attributes_elements = 256 * 1024;
  /// Deepest nesting of sequences in a data set that is read.
  unsigned data_set_depth = 64;
  /// Longest JSON text that is read as a data set.
  std::size_t json_length = 256 * 1024 * 1024;
  /// Values, objects and arrays in it, at every level together: each takes more memory than text.
  std::size_t json_values = 4 * 1024 * 1024;
};

}  // namespace codimse::inline v0

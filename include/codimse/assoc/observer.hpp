// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/association_info.hpp>
#include <codimse/core/outcome.hpp>
#include <codimse/io/clock.hpp>
#include <codimse/pdu/associate.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace codimse::inline v0 {

/// Association established, either role.
/// Refers to what it tells of: valid during the call.
struct association_established {
  association_info const& association;
};

/// Association refused: by us as acceptor, or by the peer.
/// Refers to what it tells of: valid during the call.
struct association_refused {
  pdu::associate_rq const& request;
  pdu::associate_rj const& answer;
  std::string const& peer_address;
};

/// Association over. No error: released. Counters are bytes on the wire and whole messages.
/// Refers to what it tells of: valid during the call.
struct association_ended {
  association_info const& association;
  std::error_code error;
  std::string const& explanation;  ///< one printable line; empty after a release
  std::uint64_t bytes_received;
  std::uint64_t bytes_sent;
  std::uint64_t operations;
  duration lasted;
};

/// One operation is answered: performed by us, or invoked by us and answered by the peer.
/// Refers to what it tells of: valid during the call.
struct operation_completed {
  association_info const& association;
  std::uint16_t command;  ///< Command Field of the request
  std::uint16_t message_id;
  bool performed_here;
  uid const& sop_instance;  ///< as sent; may be empty, and is not checked: see `printable`
  codimse::status status;
  std::string_view error_comment;  ///< what the response said, if anything
  std::uint64_t data_set_bytes;    ///< received, or sent
  duration took;
};

/// The peer broke the protocol, or what knocked was no DICOM peer at all.
/// Refers to what it tells of: valid during the call.
struct protocol_violation {
  std::string const& peer_address;
  std::error_code error;
  std::string const& explanation;
};

/// Sees what associations do. One that never was established is seen as refused, as a protocol
/// violation, or, if nobody ever asked for anything, not at all. Called on the association's
/// executor, synchronously: be quick, do not throw, copy what you keep. In a server, an element of
/// the pack with any of these functions is an observer; for clients derive from this class.
class association_observer {
 public:
  virtual ~association_observer() = default;
  virtual void observe(association_established const&) {}
  virtual void observe(association_refused const&) {}
  virtual void observe(association_ended const&) {}
  virtual void observe(operation_completed const&) {}
  virtual void observe(protocol_violation const&) {}
};

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/peer_profile.hpp>
#include <codimse/core/ae_title.hpp>
#include <codimse/core/error.hpp>
#include <codimse/core/inline_text.hpp>
#include <codimse/core/limits.hpp>
#include <codimse/io/clock.hpp>
#include <codimse/ul/negotiation.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

namespace codimse::inline v0 {

class association_observer;

/// How long to wait for what. Zero means no limit, which is never the default.
/// A value: distinct objects may be used from different threads.
struct timeouts {
  duration connect = std::chrono::seconds{10};  ///< transport connection, name look-up included
  duration acse = std::chrono::seconds{30};     ///< ARTIM, A-ASSOCIATE answer, A-RELEASE answer
  /// From the request sent to the beginning of its response, from there to the response's end; and
  /// the longest silence of a peer inside a message.
  duration dimse = std::chrono::seconds{120};
  duration write = std::chrono::seconds{60};  ///< without a byte accepted by the peer
  duration idle = std::chrono::seconds{900};  ///< association open, no operation under way
};

/// Options of an association, either role. Trivially destructible: safe in designated
/// initialisers anywhere. What pointers point to must outlive the association.
/// A value: distinct objects may be used from different threads.
struct association_options {
  /// Own AE title: the calling one of a requestor.
  codimse::ae_title ae_title{"CODIMSE"};
  codimse::timeouts timeouts{};
  codimse::limits limits{};
  /// Longest P-DATA-TF that the peer may send (bytes of PDU length; PS3.8 D.1). Never 0.
  std::uint32_t max_pdu_length = ul::default_max_length;
  /// Longest P-DATA-TF that we send, whatever the peer would take (bytes; up to 1 MiB).
  std::uint32_t max_sent_pdu_length = 250 * 1024;
  /// Operations that we have outstanding at once, and that we perform at once. The requestor
  /// proposes a window (53H) only if one of them is not 1.
  std::uint16_t operations_invoked = 1;
  std::uint16_t operations_performed = 1;
  /// Hold the peer, and ourselves, to the roles that were agreed on (54H, PS3.7 D.3.3.4). Some
  /// peers send C-STORE sub-operations of a C-GET, or N-EVENT-REPORT on an association of their
  /// own, without having negotiated the role: false lets them.
  bool require_role_selection = true;
  /// What is known of peers that need something special; the first that fits is in force (see
  /// `association_info::peer_profile`).
  std::span<codimse::peer_profile const> peer_profiles{};
  bool use_known_peers = true;               ///< behind these, look at `known_peers`
  codimse::clock* clock = nullptr;           ///< nullptr: the system's
  association_observer* observer = nullptr;  ///< nullptr: none
};

namespace detail {

/// Options that could not be sent, or would promise the peer what must not be promised.
inline void check_options(association_options const& options) {
  constexpr std::uint32_t shortest = 8;  // a PDV with two bytes
  if (!options.ae_title.valid()) throw error{errc::invalid_ae_title};
  if (options.max_pdu_length < shortest || options.max_sent_pdu_length < shortest)
    throw error{errc::invalid_argument, "a maximum PDU length must be at least 8 bytes"};
  for (auto const& one : options.peer_profiles)
    if (capped(shortest, one.max_pdu_length) < shortest ||
        capped(shortest, one.max_sent_pdu_length) < shortest)
      throw error{errc::invalid_argument, "a peer profile's PDU length is less than 8 bytes"};
}

/// The profile in force for a peer; before its A-ASSOCIATE PDU has come, by its AE title alone.
[[nodiscard]] inline peer_profile const* choose_profile(association_options const& options,
                                                        ae_title const& title,
                                                        uid const& implementation = {},
                                                        std::string_view version = {}) {
  return choose_profile(options.peer_profiles, options.use_known_peers, title, implementation,
                        version);
}

/// What the peer needs takes the place of what the options say. The window is another matter: only
/// a requestor proposes one.
inline void adapt(association_options& options, peer_profile const& to) {
  options.require_role_selection = options.require_role_selection && to.require_role_selection;
  options.max_pdu_length = capped(options.max_pdu_length, to.max_pdu_length);
  options.max_sent_pdu_length = capped(options.max_sent_pdu_length, to.max_sent_pdu_length);
}

/// Some peers drop the connection on an offered window: one is offered only where it is wanted.
[[nodiscard]] inline bool asks_for_window(association_options const& options) {
  return options.operations_invoked != 1 || options.operations_performed != 1;
}

}  // namespace detail

/// Where a peer is and how it is called. `host` is a name, an address, or `unix:PATH`.
/// A value: distinct objects may be used from different threads.
struct peer {
  inline_text<255> host{};
  std::uint16_t port = 104;
  ae_title called_ae_title{"ANY-SCP"};
};

}  // namespace codimse::inline v0

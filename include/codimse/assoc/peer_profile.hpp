// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/ae_title.hpp>
#include <codimse/core/uid.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace codimse::inline v0 {

/// What is to be done for peers that do not do as the standard says, and how to recognise them.
/// Trivially destructible: it and what its texts refer to must outlive the associations, and the
/// responses that came by them (literals do).
///
///     static constexpr std::array mine{
///         peer_profile{.name = "old CT", .ae_title = "CT1", .require_role_selection = false}};
///     options.peer_profiles = mine;
///
/// A value: distinct objects may be used from different threads.
struct peer_profile {
  /// For people: logs, `--peer-profile`.
  std::string_view name{};

  // How the peer is recognised. All that is given must fit; given nothing, it fits every peer.

  /// The called AE title where we are the requestor, the calling one where we are the acceptor.
  codimse::ae_title ae_title{};
  /// Implementation Class UID (52H, PS3.7 D.3.3.2), whole.
  std::string_view implementation_class{};
  /// How the Implementation Version Name (55H) begins.
  std::string_view implementation_version{};

  // What is done for it.

  /// Propose an asynchronous operations window (53H) where the options ask for one.
  bool propose_window = true;
  /// As in `association_options`: false lets the peer, and us, do without the roles of 54H.
  bool require_role_selection = true;
  /// Longest P-DATA-TF that it may send, and that it is sent, whatever options and negotiation say
  /// (bytes of PDU length); 0: as they say.
  std::uint32_t max_pdu_length = 0;
  std::uint32_t max_sent_pdu_length = 0;
  /// Ask with `*` where anything matches. False: C-FIND sends such keys empty, which means the same
  /// (universal matching, PS3.4 C.2.2.2.3).
  bool universal_wildcard = true;
  /// The Specific Character Set (0008,0005) of identifiers, attributes of DIMSE-N and data sets of
  /// responses that name none although their text is not ASCII; empty: none. Objects are stored as
  /// they come.
  std::string_view character_set{};
  /// Also where they name one, because it is wrong.
  bool replace_character_set = false;

  /// Does it fit a peer of this AE title and, once they are known, these implementation names?
  [[nodiscard]] constexpr bool fits(codimse::ae_title const& title, uid const& implementation = {},
                                    std::string_view version = {}) const {
    return (ae_title.empty() || ae_title == title) &&
           (implementation_class.empty() || implementation_class == implementation.view()) &&
           version.starts_with(implementation_version);
  }

  /// The same for the peer of this AE title, whatever its implementation; empty: for every peer.
  [[nodiscard]] constexpr peer_profile for_peer(codimse::ae_title const& title = {}) const {
    peer_profile out = *this;
    out.ae_title = title;
    out.implementation_class = out.implementation_version = {};
    return out;
  }
};

/// Peers that are recognised by their implementation. Behind each the report that it is made from.
inline constexpr peer_profile known_peers[] = {
    // Closes the connection at the first message after a 53H:
    // github.com/dcm4che/dcm4che/issues/1120
    {.name = "ge-6.55", .implementation_class = "1.2.840.113619.6.55", .propose_window = false},
    // C-GET without the SCP role of storage: github.com/pydicom/pynetdicom/issues/543,
    // github.com/horosproject/horos/issues/592, the like of it
    // github.com/dcm4che/dcm4che/issues/463
    {.name = "horos",
     .implementation_class = "1.2.276.0.7238010.5.0.3.5.4",
     .require_role_selection = false},
    // Answers no 54H, and sends the objects of a C-GET all the same:
    // github.com/pydicom/pynetdicom/issues/604
    {.name = "conquest",
     .implementation_class = "1.2.826.0.1.3680043.2.135.1066.101",
     .require_role_selection = false},
};

/// Quirks of peers that do not tell them by their implementation: to be chosen by name.
inline constexpr peer_profile named_quirks[] = {
    // The same as ge-6.55 for others: github.com/fo-dicom/fo-dicom/issues/1387
    {.name = "no-window", .propose_window = false},
    // github.com/dcm4che/dcm4che/issues/463, github.com/pydicom/pynetdicom/issues/559
    {.name = "lenient-roles", .require_role_selection = false},
    // A proxy that relays the negotiation, but takes no longer PDUs than its own maximum:
    // github.com/Enet4/dicom-rs/issues/694
    {.name = "small-pdu", .max_pdu_length = 16384, .max_sent_pdu_length = 16384},
    // Orthanc's "Manufacturer": Vitrea and GE archives, GenericNoWildcardInDates,
    // GenericNoUniversalWildcard
    {.name = "no-wildcard", .universal_wildcard = false},
    // Worklists and queries without (0008,0005): github.com/fo-dicom/fo-dicom/issues/1642
    {.name = "utf-8", .character_set = "ISO_IR 192"},
};

/// One of `known_peers` or `named_quirks`; nullptr: no such name.
[[nodiscard]] constexpr peer_profile const* find_peer_profile(std::string_view name) {
  for (auto const& one : known_peers)
    if (one.name == name) return &one;
  for (auto const& one : named_quirks)
    if (one.name == name) return &one;
  return nullptr;
}

namespace detail {

/// The first that fits: of the user's, then of those that are known.
[[nodiscard]] constexpr peer_profile const* choose_profile(std::span<peer_profile const> own,
                                                           bool known_too, ae_title const& title,
                                                           uid const& implementation = {},
                                                           std::string_view version = {}) {
  for (auto const& one : own)
    if (one.fits(title, implementation, version)) return &one;
  if (!known_too) return nullptr;
  for (auto const& one : known_peers)
    if (one.fits(title, implementation, version)) return &one;
  return nullptr;
}

/// A limit, and another one where that is given.
[[nodiscard]] constexpr std::uint32_t capped(std::uint32_t limit, std::uint32_t cap) {
  return cap != 0 && cap < limit ? cap : limit;
}

}  // namespace detail
}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/uid.hpp>
#include <codimse/pdu/archive.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Items and sub-items of the A-ASSOCIATE PDUs (PS3.8 9.3.2, 9.3.3, Annex D; PS3.7 Annex D).
namespace codimse::inline v0::pdu {

/// The only application context of DICOM (PS3.7 A.2.1).
inline constexpr uid dicom_application_context{"1.2.840.10008.3.1.1.1"};

/// 20H, presentation context as proposed (PS3.8 9.3.2.2).
/// A value: distinct objects may be used from different threads.
struct presentation_context_rq {
  std::uint8_t id = 0;
  uid abstract_syntax;
  std::vector<uid> transfer_syntaxes;
  std::vector<raw_item> unknown;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.u8("id", self.id);
    a.reserved(3);
    a.items(self.unknown, item_slot{0x30, "abstract syntax", self.abstract_syntax},
            item_slot{0x40, "transfer syntax", self.transfer_syntaxes});
  }
  friend bool operator==(presentation_context_rq const&, presentation_context_rq const&) = default;
};

/// Result/reason of a presentation context in an A-ASSOCIATE-AC (PS3.8 9.3.3.2).
enum class context_result : std::uint8_t {
  acceptance = 0,
  user_rejection = 1,
  no_reason = 2,
  abstract_syntax_not_supported = 3,
  transfer_syntaxes_not_supported = 4,
};

/// 21H, presentation context as answered (PS3.8 9.3.3.2). The transfer syntax means nothing unless
/// the result is acceptance; real peers then send an empty one, any one, or none.
/// A value: distinct objects may be used from different threads.
struct presentation_context_ac {
  std::uint8_t id = 0;
  std::uint8_t result = 0;
  std::optional<uid> transfer_syntax;
  std::vector<raw_item> unknown;

  [[nodiscard]] bool accepted() const { return result == 0; }

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.u8("id", self.id);
    a.reserved(1);
    a.u8("result", self.result);
    a.reserved(1);
    a.items(self.unknown, item_slot{0x40, "transfer syntax", self.transfer_syntax});
  }
  friend bool operator==(presentation_context_ac const&, presentation_context_ac const&) = default;
};

/// 53H, asynchronous operations window (PS3.7 D.3.3.3), seen from the requestor; 0: unlimited.
/// A value: distinct objects may be used from different threads.
struct async_operations_window {
  std::uint16_t invoked = 1;
  std::uint16_t performed = 1;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.u16("maximum operations invoked", self.invoked);
    a.u16("maximum operations performed", self.performed);
  }
  friend bool operator==(async_operations_window const&, async_operations_window const&) = default;
};

/// 54H, SCP/SCU role selection (PS3.7 D.3.3.4): the roles of the *requestor*, 0 or 1 each.
/// A value: distinct objects may be used from different threads.
struct role_selection {
  uid sop_class;
  std::uint8_t scu = 0;
  std::uint8_t scp = 0;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.uid16("SOP class", self.sop_class);
    a.u8("SCU role", self.scu);
    a.u8("SCP role", self.scp);
  }
  friend bool operator==(role_selection const&, role_selection const&) = default;
};

/// 56H, SOP class extended negotiation (PS3.7 D.3.3.5); the information is the service class's.
/// A value: distinct objects may be used from different threads.
struct extended_negotiation {
  uid sop_class;
  std::vector<std::byte> information;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.uid16("SOP class", self.sop_class);
    a.rest_bytes("service class application information", self.information);
  }
  friend bool operator==(extended_negotiation const&, extended_negotiation const&) = default;
};

/// 57H, SOP class common extended negotiation (PS3.7 D.3.3.6). What follows the list is reserved
/// for later versions of the sub-item and kept.
/// A value: distinct objects may be used from different threads.
struct common_extended_negotiation {
  uid sop_class;
  uid service_class;
  std::vector<uid> related_general_sop_classes;
  std::vector<std::byte> reserved;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.uid16("SOP class", self.sop_class);
    a.uid16("service class", self.service_class);
    a.uid_list16("related general SOP class", self.related_general_sop_classes);
    a.rest_bytes("reserved", self.reserved);
  }
  friend bool operator==(common_extended_negotiation const&,
                         common_extended_negotiation const&) = default;
};

/// Type of a user identity (PS3.7 D.3.3.7).
enum class identity_type : std::uint8_t {
  username = 1,
  username_and_passcode = 2,
  kerberos = 3,
  saml = 4,
  jwt = 5,
};

/// 58H, user identity, request (PS3.7 D.3.3.7.1). The dump shows lengths only: these are secrets.
/// A value: distinct objects may be used from different threads.
struct user_identity_rq {
  std::uint8_t type = 1;
  std::uint8_t positive_response_requested = 0;
  std::vector<std::byte> primary;
  std::vector<std::byte> secondary;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.u8("type", self.type);
    a.u8("positive response requested", self.positive_response_requested);
    a.bytes16("primary field", self.primary);
    a.bytes16("secondary field", self.secondary);
  }
  friend bool operator==(user_identity_rq const&, user_identity_rq const&) = default;
};

/// 59H, user identity, response (PS3.7 D.3.3.7.2).
/// A value: distinct objects may be used from different threads.
struct user_identity_ac {
  std::vector<std::byte> server_response;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.bytes16("server response", self.server_response);
  }
  friend bool operator==(user_identity_ac const&, user_identity_ac const&) = default;
};

/// 50H, user information (PS3.8 9.3.2.3, 9.3.3.3): sub-items, written ascending, read in any order.
/// A value: distinct objects may be used from different threads.
struct user_information {
  std::optional<std::uint32_t> maximum_length;        ///< 51H, bytes; 0: no limit
  std::optional<uid> implementation_class;            ///< 52H
  std::optional<async_operations_window> window;      ///< 53H
  std::vector<role_selection> roles;                  ///< 54H
  std::optional<std::string> implementation_version;  ///< 55H, 1 to 16 characters
  std::vector<extended_negotiation> extended;         ///< 56H
  std::vector<common_extended_negotiation> common;    ///< 57H, request only
  std::optional<user_identity_rq> identity;           ///< 58H, request only
  std::optional<user_identity_ac> identity_response;  ///< 59H, acceptance only
  std::vector<raw_item> unknown;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.items(self.unknown, item_slot{0x51, "maximum length", self.maximum_length},
            item_slot{0x52, "implementation class", self.implementation_class},
            item_slot{0x53, "asynchronous operations window", self.window},
            item_slot{0x54, "role selection", self.roles},
            item_slot{0x55, "implementation version", self.implementation_version},
            item_slot{0x56, "extended negotiation", self.extended},
            item_slot{0x57, "common extended negotiation", self.common},
            item_slot{0x58, "user identity", self.identity},
            item_slot{0x59, "user identity response", self.identity_response});
  }
  friend bool operator==(user_information const&, user_information const&) = default;
};

}  // namespace codimse::inline v0::pdu

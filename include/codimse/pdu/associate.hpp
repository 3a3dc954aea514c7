// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/ae_title.hpp>
#include <codimse/pdu/items.hpp>
#include <codimse/pdu/types.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace codimse::inline v0::pdu {

namespace detail {

/// RQ and AC share their layout but for the type of the presentation contexts (PS3.8 9.3.2, 9.3.3).
template <std::uint8_t ContextItem, class Archive, class Self>
void associate_layout(Archive& a, Self& self) {
  a.u16("protocol version", self.protocol_version);
  a.reserved(2);
  a.field("called AE title", self.called);
  a.field("calling AE title", self.calling);
  a.field("reserved", self.reserved);
  a.items(self.unknown, item_slot{0x10, "application context", self.application_context},
          item_slot{ContextItem, "presentation context", self.contexts},
          item_slot{0x50, "user information", self.user});
}

}  // namespace detail

/// A-ASSOCIATE-RQ (PS3.8 9.3.2). The AE titles are the 16 bytes as sent; see `called_ae_title`.
/// A value: distinct objects may be used from different threads.
struct associate_rq {
  static constexpr pdu_type type = pdu_type::associate_rq;

  std::uint16_t protocol_version = 1;
  ae_title::field called{};
  ae_title::field calling{};
  std::array<std::byte, 32> reserved{};
  uid application_context = dicom_application_context;
  std::vector<presentation_context_rq> contexts;
  user_information user;
  std::vector<raw_item> unknown;

  [[nodiscard]] ae_title called_ae_title() const { return ae_title::from_field(called); }
  [[nodiscard]] ae_title calling_ae_title() const { return ae_title::from_field(calling); }

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    detail::associate_layout<0x20>(a, self);
  }
  friend bool operator==(associate_rq const&, associate_rq const&) = default;
};

/// A-ASSOCIATE-AC (PS3.8 9.3.3). AE titles and reserved bytes are those of the request, sent back
/// unchanged and never tested.
/// A value: distinct objects may be used from different threads.
struct associate_ac {
  static constexpr pdu_type type = pdu_type::associate_ac;

  std::uint16_t protocol_version = 1;
  ae_title::field called{};
  ae_title::field calling{};
  std::array<std::byte, 32> reserved{};
  uid application_context = dicom_application_context;
  std::vector<presentation_context_ac> contexts;
  user_information user;
  std::vector<raw_item> unknown;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    detail::associate_layout<0x21>(a, self);
  }
  friend bool operator==(associate_ac const&, associate_ac const&) = default;
};

/// A-ASSOCIATE-RJ (PS3.8 9.3.4). Values out of the table are kept as they came.
/// A value: distinct objects may be used from different threads.
struct associate_rj {
  static constexpr pdu_type type = pdu_type::associate_rj;

  std::uint8_t result = 1;
  std::uint8_t source = 1;
  std::uint8_t reason = 1;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.reserved(1);
    a.u8("result", self.result);
    a.u8("source", self.source);
    a.u8("reason", self.reason);
  }
  [[nodiscard]] constexpr bool transient() const { return result == 2; }

  static associate_rj const called_ae_not_recognized;
  static associate_rj const calling_ae_not_recognized;
  static associate_rj const application_context_not_supported;
  static associate_rj const protocol_version_not_supported;
  static associate_rj const not_authorized;
  static associate_rj const no_reason;
  static associate_rj const temporary_congestion;
  static associate_rj const local_limit_exceeded;

  friend constexpr bool operator==(associate_rj, associate_rj) = default;
};

inline constexpr associate_rj associate_rj::called_ae_not_recognized{1, 1, 7};
inline constexpr associate_rj associate_rj::calling_ae_not_recognized{1, 1, 3};
inline constexpr associate_rj associate_rj::application_context_not_supported{1, 1, 2};
inline constexpr associate_rj associate_rj::protocol_version_not_supported{1, 2, 2};
inline constexpr associate_rj associate_rj::not_authorized{1, 2, 1};  // PS3.7 D.3.3.7.3
inline constexpr associate_rj associate_rj::no_reason{1, 1, 1};
inline constexpr associate_rj associate_rj::temporary_congestion{2, 3, 1};
inline constexpr associate_rj associate_rj::local_limit_exceeded{2, 3, 2};

}  // namespace codimse::inline v0::pdu

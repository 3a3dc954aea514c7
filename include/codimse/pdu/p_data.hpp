// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/endian.hpp>
#include <codimse/pdu/types.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace codimse::inline v0::pdu {

/// Message control header of a PDV (PS3.8 E.2); bits 2 to 7 are never tested.
/// A value: distinct objects may be used from different threads.
struct message_control {
  bool command = false;
  bool last = false;

  [[nodiscard]] static constexpr message_control from_byte(std::uint8_t byte) {
    return {(byte & 1U) != 0, (byte & 2U) != 0};
  }
  [[nodiscard]] constexpr std::uint8_t to_byte() const {
    return static_cast<std::uint8_t>((command ? 1U : 0U) | (last ? 2U : 0U));
  }
  friend constexpr bool operator==(message_control, message_control) = default;
};

/// A presentation data value with its fragment (PS3.8 9.3.5.1).
/// A value: distinct objects may be used from different threads.
struct pdv {
  std::uint8_t context_id = 0;
  std::uint8_t control = 0;  ///< see `message_control`
  std::vector<std::byte> fragment;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.u8("presentation context id", self.context_id);
    a.u8("message control header", self.control);
    a.rest_bytes("fragment", self.fragment);
  }
  friend bool operator==(pdv const&, pdv const&) = default;
};

/// P-DATA-TF (PS3.8 9.3.5), whole: for tests, tools and dumps. Associations never hold one: they
/// read with `framer` and write with `write_p_data_header`.
/// A value: distinct objects may be used from different threads.
struct p_data_tf {
  static constexpr pdu_type type = pdu_type::p_data_tf;

  std::vector<pdv> values;

  template <class Archive, class Self>
  static void layout(Archive& a, Self& self) {
    a.list32("presentation data value", self.values);
  }
  friend bool operator==(p_data_tf const&, p_data_tf const&) = default;
};

/// Size of the headers of a P-DATA-TF that carries one PDV.
inline constexpr std::size_t p_data_overhead = header_size + pdv_header_size;

/// Writes the headers of a P-DATA-TF with one PDV of `fragment_size` bytes (PS3.8 9.3.5). `at` must
/// have room for `p_data_overhead` bytes; the fragment follows.
constexpr void write_p_data_header(std::byte* at, std::uint8_t context_id, message_control control,
                                   std::uint32_t fragment_size) {
  at[0] = static_cast<std::byte>(pdu_type::p_data_tf);
  at[1] = std::byte{0};
  store_big(at + 2, fragment_size + std::uint32_t{pdv_header_size});
  store_big(at + 6, fragment_size + std::uint32_t{2});
  at[10] = static_cast<std::byte>(context_id);
  at[11] = static_cast<std::byte>(control.to_byte());
}

/// The largest even fragment for a receiver that announced this maximum length; 0 when even two
/// bytes do not fit. An announced 0 means no limit, so `cap` (bytes of PDU body) decides.
[[nodiscard]] constexpr std::uint32_t fragment_room(std::uint32_t maximum_length,
                                                    std::uint32_t cap) {
  std::uint32_t const length = maximum_length == 0 || maximum_length > cap ? cap : maximum_length;
  if (length < pdv_header_size + 2) return 0;
  return (length - std::uint32_t{pdv_header_size}) & ~std::uint32_t{1};
}

}  // namespace codimse::inline v0::pdu

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace codimse::inline v0 {

namespace detail {
constexpr std::uint16_t vr_code(char first, char second) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(first) << 8U |
                                    static_cast<unsigned char>(second));
}
}  // namespace detail

/// A Value Representation (PS3.5 section 6.2). The number is its two letters, the first one high,
/// so that a VR which this edition does not know is held too: `is_known()` tells.
enum class vr : std::uint16_t {
  none = 0,  ///< items and delimiters have no VR
  ae = detail::vr_code('A', 'E'),
  as = detail::vr_code('A', 'S'),
  at = detail::vr_code('A', 'T'),
  cs = detail::vr_code('C', 'S'),
  da = detail::vr_code('D', 'A'),
  ds = detail::vr_code('D', 'S'),
  dt = detail::vr_code('D', 'T'),
  fd = detail::vr_code('F', 'D'),
  fl = detail::vr_code('F', 'L'),
  is = detail::vr_code('I', 'S'),
  lo = detail::vr_code('L', 'O'),
  lt = detail::vr_code('L', 'T'),
  ob = detail::vr_code('O', 'B'),
  od = detail::vr_code('O', 'D'),
  of = detail::vr_code('O', 'F'),
  ol = detail::vr_code('O', 'L'),
  ov = detail::vr_code('O', 'V'),
  ow = detail::vr_code('O', 'W'),
  pn = detail::vr_code('P', 'N'),
  sh = detail::vr_code('S', 'H'),
  sl = detail::vr_code('S', 'L'),
  sq = detail::vr_code('S', 'Q'),
  ss = detail::vr_code('S', 'S'),
  st = detail::vr_code('S', 'T'),
  sv = detail::vr_code('S', 'V'),
  tm = detail::vr_code('T', 'M'),
  uc = detail::vr_code('U', 'C'),
  ui = detail::vr_code('U', 'I'),
  ul = detail::vr_code('U', 'L'),
  un = detail::vr_code('U', 'N'),
  ur = detail::vr_code('U', 'R'),
  us = detail::vr_code('U', 'S'),
  ut = detail::vr_code('U', 'T'),
  uv = detail::vr_code('U', 'V'),
};

/// The VR of two letters as they stand in an element. Any two letters make one.
[[nodiscard]] constexpr vr vr_from(char first, char second) {
  return static_cast<vr>(detail::vr_code(first, second));
}

/// Two capital letters, as every VR there is and will be.
[[nodiscard]] constexpr bool is_plausible(vr value) {
  auto const code = static_cast<unsigned>(value);
  auto const capital = [](unsigned c) { return c >= 'A' && c <= 'Z'; };
  return capital(code >> 8U) && capital(code & 0xFFU);
}

/// Has the element header a length of 2 bytes (PS3.5 7.1.2)? Every VR added since 1993 has one of
/// 4 bytes, so an unknown VR is taken to have it; what is no VR at all ("  ", "??": old writers)
/// stands before 2 bytes, as DCMTK reads it.
[[nodiscard]] constexpr bool is_short_form(vr value) {
  switch (value) {
    case vr::ae:
    case vr::as:
    case vr::at:
    case vr::cs:
    case vr::da:
    case vr::ds:
    case vr::dt:
    case vr::fd:
    case vr::fl:
    case vr::is:
    case vr::lo:
    case vr::lt:
    case vr::pn:
    case vr::sh:
    case vr::sl:
    case vr::ss:
    case vr::st:
    case vr::tm:
    case vr::ui:
    case vr::ul:
    case vr::us: return true;
    default: return value != vr::none && !is_plausible(value);
  }
}

/// Is it a VR of PS3.5 Table 6.2-1?
[[nodiscard]] constexpr bool is_known(vr value) {
  switch (value) {
    case vr::ob:
    case vr::od:
    case vr::of:
    case vr::ol:
    case vr::ov:
    case vr::ow:
    case vr::sq:
    case vr::sv:
    case vr::uc:
    case vr::un:
    case vr::ur:
    case vr::ut:
    case vr::uv: return true;
    default: return is_plausible(value) && is_short_form(value);
  }
}

/// Bytes of one number, which byte order applies to; 1 when it does not matter (text, OB, UN).
[[nodiscard]] constexpr std::size_t word_size(vr value) {
  switch (value) {
    case vr::at:
    case vr::ow:
    case vr::ss:
    case vr::us: return 2;  // AT: two numbers of 2 bytes
    case vr::fl:
    case vr::of:
    case vr::ol:
    case vr::sl:
    case vr::ul: return 4;
    case vr::fd:
    case vr::od:
    case vr::ov:
    case vr::sv:
    case vr::uv: return 8;
    default: return 1;
  }
}

/// Text in the character sets of PS3.5 6.1, UIDs included.
[[nodiscard]] constexpr bool is_text(vr value) {
  switch (value) {
    case vr::ae:
    case vr::as:
    case vr::cs:
    case vr::da:
    case vr::ds:
    case vr::dt:
    case vr::is:
    case vr::lo:
    case vr::lt:
    case vr::pn:
    case vr::sh:
    case vr::st:
    case vr::tm:
    case vr::uc:
    case vr::ui:
    case vr::ur:
    case vr::ut: return true;
    default: return false;
  }
}

/// What makes a value of odd length even (PS3.5 6.2): a space after text, NUL after UIDs and bytes.
[[nodiscard]] constexpr char padding(vr value) {
  return is_text(value) && value != vr::ui ? ' ' : '\0';
}

/// Where an undefined length may stand (PS3.5 7.1.1): sequences, UN, and encapsulated Pixel Data.
[[nodiscard]] constexpr bool may_have_undefined_length(vr value) {
  return value == vr::sq || value == vr::un || value == vr::ob || value == vr::ow;
}

/// The two letters; "--" for none.
[[nodiscard]] inline std::string to_string(vr value) {
  auto const code = static_cast<unsigned>(value);
  if (value == vr::none) return "--";
  return {static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
}

}  // namespace codimse::inline v0

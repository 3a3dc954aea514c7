// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/data/dictionary_vr.hpp>
#include <codimse/data/tag.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/data/vr.hpp>

namespace codimse::inline v0 {

/// Elements that are no part of a data set: readers drop them, writers leave them out (PS3.5 7.2,
/// 7.1, PS3.10 7.2). Group lengths and Length to End would be wrong after any change; groups 0000
/// and 0002 belong to messages and files; (FFFC,FFFC) fills files up.
[[nodiscard]] constexpr bool is_outside_data_sets(tag at) {
  return at.is_group_length() || at.group == 0x0000 || at.group == 0x0002 ||
         at == tags::length_to_end || at == tags::data_set_trailing_padding;
}

/// Elements that are US or SS, as Pixel Representation (0028,0103) of the nearest data set around
/// them says (PS3.5 A.1, PS3.3 C.7.6.3); `dictionary_vr` says US. One from before the standard that
/// is "US or SS or OW", (0028,1200), is not among them: it is OW.
[[nodiscard]] constexpr bool is_us_or_ss(tag at) {
  switch (at.group) {
    case 0x0018: return at.element == 0x9810;
    case 0x0022: return at.element == 0x1452;
    case 0x0028:
      return at.element == 0x0071 || (at.element >= 0x0104 && at.element <= 0x0111) ||
             at.element == 0x0120 || at.element == 0x0121 ||
             (at.element >= 0x1100 && at.element <= 0x1103) ||
             (at.element >= 0x1111 && at.element <= 0x1113) || at.element == 0x3002;
    case 0x0040: return at.element == 0x9211 || at.element == 0x9216;
    case 0x0060: return at.element == 0x3004 || at.element == 0x3006;
    default: return false;
  }
}

/// The VR of an element that is written without one (implicit VR): the dictionary's, with what
/// Pixel Representation decides.
[[nodiscard]] constexpr vr implicit_vr(tag at, bool pixels_are_signed) {
  return pixels_are_signed && is_us_or_ss(at) ? vr::ss : dictionary_vr(at);
}

}  // namespace codimse::inline v0

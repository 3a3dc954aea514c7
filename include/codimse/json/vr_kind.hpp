// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/data/element.hpp>
#include <codimse/data/tag.hpp>
#include <codimse/data/value.hpp>
#include <codimse/data/vr.hpp>

namespace codimse::inline v0::detail {

/// VRs whose value field is InlineBinary, in little endian (PS3.18 F.2.7).
[[nodiscard]] constexpr bool is_inline_binary(vr type) {
  switch (type) {
    case vr::ob:
    case vr::od:
    case vr::of:
    case vr::ol:
    case vr::ov:
    case vr::ow:
    case vr::un: return true;
    default: return false;
  }
}

/// VRs whose value may be a BulkDataURI (PS3.18 F.2.2).
[[nodiscard]] constexpr bool may_be_bulk_data(vr type) {
  switch (type) {
    case vr::ds:
    case vr::fd:
    case vr::fl:
    case vr::is:
    case vr::lt:
    case vr::sl:
    case vr::ss:
    case vr::st:
    case vr::sv:
    case vr::uc:
    case vr::ul:
    case vr::us:
    case vr::ut:
    case vr::uv: return true;
    default: return is_inline_binary(type);
  }
}

/// The VR that an element has in JSON: what this edition does not know, and numbers of a wrong
/// length, are UN.
[[nodiscard]] inline vr json_vr(element const& of) {
  if (of.is_sequence()) return vr::sq;
  if (of.is_encapsulated()) return of.vr();
  if (!is_known(of.vr()) || of.vr() == vr::sq) return vr::un;
  if (is_text(of.vr()) || is_inline_binary(of.vr())) return of.vr();
  return of.bytes().size() % value_size(of.vr()) == 0 ? of.vr() : vr::un;
}

/// Group lengths and file meta information have no place in JSON (PS3.18 F.2.2), commands none in a
/// data set.
[[nodiscard]] constexpr bool has_place_in_json(tag at) {
  return !at.is_group_length() && at.group != 0x0000 && at.group != 0x0002;
}

}  // namespace codimse::inline v0::detail

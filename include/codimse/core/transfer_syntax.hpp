// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string_view>

namespace codimse::inline v0 {

/// A transfer syntax (PS3.5 section 10) and what a codec must know of it. The registered ones are
/// in `core/transfer_syntaxes.hpp`; a private one is a constant of the same type.
/// A value: distinct objects may be used from different threads.
struct transfer_syntax {
  std::string_view uid;
  std::string_view name;
  bool explicit_vr = true;
  bool big_endian = false;
  bool encapsulated = false;  ///< Pixel Data in fragments (PS3.5 A.4)
  bool deflated = false;      ///< the whole data set is deflated (PS3.5 A.5)
  bool retired = false;
  bool for_dimse = true;  ///< false: media, MIME and PS3.22 only

  friend constexpr bool operator==(transfer_syntax const& a, transfer_syntax const& b) {
    return a.uid == b.uid;
  }
};

}  // namespace codimse::inline v0

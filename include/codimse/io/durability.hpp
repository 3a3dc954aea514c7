// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace codimse::inline v0 {

/// How much of a stored file is surely on the disk, and not only in the system's cache, before it
/// counts as stored. It makes a difference when the power fails or the system crashes; a program
/// that ends or is killed loses nothing either way.
enum class durability : std::uint8_t {
  none,             ///< as the system pleases; fastest
  file,             ///< the bytes of the file (fsync before it gets its name)
  file_and_folder,  ///< its name too, with those of the folders made for it (fsync of folders)
};

}  // namespace codimse::inline v0

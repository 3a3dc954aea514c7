// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "archive/index.hpp"

#include <filesystem>

namespace archive {

/// Takes from a Part 10 file what the index keeps of it, text converted to UTF-8. Throws
/// `codimse::error` where it is none, or lacks the UIDs of its study, series or instance. Blocks.
[[nodiscard]] instance_record read_instance(std::filesystem::path const& path);

/// Time of the last change, as `instance_record::modified`.
[[nodiscard]] std::int64_t modified_at(std::filesystem::path const& path);

}  // namespace archive

// SPDX-License-Identifier: BSL-1.0
#include <codimse/core/packed_text.hpp>

using codimse::detail::packed_field;

static_assert(packed_field("a|bc|d|", 0) == "a" && packed_field("a|bc|d|", 1) == "bc");
static_assert(packed_field("a|bc|d|", 2) == "d" && packed_field("||", 1).empty());
static_assert(packed_field("a|bc", 1).empty());  // not ended
static_assert(packed_field("a|", 1).empty() && packed_field("", 0).empty());

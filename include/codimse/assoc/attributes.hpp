// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/peer_profile.hpp>
#include <codimse/assoc/profile_fixes.hpp>
#include <codimse/core/error.hpp>
#include <codimse/core/limits.hpp>
#include <codimse/core/outcome.hpp>
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/core/uid.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/read.hpp>
#include <codimse/data/write.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace codimse::inline v0::detail {

/// Thrown in front of a handler: the request is answered with this outcome, unseen by the handler.
struct request_refused {
  outcome how;
};

/// A data set as a presentation context wants it. Throws `error` where its transfer syntax cannot
/// be written.
[[nodiscard]] inline std::vector<std::byte> encode_attributes(data_set const& attributes,
                                                              uid const& transfer_syntax) {
  auto const* const syntax = find_transfer_syntax(transfer_syntax.view());
  if (syntax == nullptr)
    throw error{errc::no_presentation_context, "unknown transfer syntax " + transfer_syntax.str()};
  return write_data_set(attributes, *syntax);
}

/// The opposite, for what a peer sent, within the limits of the association that it came by, with
/// what is known of the peer put right.
[[nodiscard]] inline result<data_set> decode_attributes(std::vector<std::byte> encoded,
                                                        uid const& transfer_syntax,
                                                        limits const& bounds,
                                                        peer_profile const* of_peer) {
  auto const* const syntax = find_transfer_syntax(transfer_syntax.view());
  if (syntax == nullptr) return make_error_code(errc::data_set_malformed);
  read_options options;
  options.max_depth = bounds.data_set_depth;
  options.max_elements = bounds.attributes_elements;
  options.max_inflated = bounds.attributes_length;
  auto decoded = read_data_set(std::move(encoded), *syntax, options);
  if (decoded && of_peer != nullptr) fix_character_set(*decoded, *of_peer);
  return decoded;
}

}  // namespace codimse::inline v0::detail

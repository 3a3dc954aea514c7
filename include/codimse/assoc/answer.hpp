// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/attributes.hpp>
#include <codimse/assoc/invoked_requests.hpp>
#include <codimse/core/limits.hpp>
#include <codimse/dimse/command_set.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// A response with the data set that came with it, if one did.
/// A value: distinct objects may be used from different threads.
template <class Rsp>
class answer : public Rsp {
 public:
  answer() = default;
  answer(detail::received_response received, uid const& transfer_syntax, limits const& bounds)
      : has_data_set_{received.has_data_set},
        profile_{received.profile},
        encoded_{std::move(received.data_set)},
        transfer_syntax_{transfer_syntax},
        bounds_{bounds} {
    auto const command = command_set::parse(received.command);
    if (command) static_cast<Rsp&>(*this) = decode_command<Rsp>(*command);
  }

  [[nodiscard]] bool has_data_set() const { return has_data_set_; }
  /// The data set as it was encoded, and how.
  [[nodiscard]] std::vector<std::byte> const& encoded() const { return encoded_; }
  [[nodiscard]] uid const& transfer_syntax() const { return transfer_syntax_; }
  /// The data set, taken apart; empty where none came. Throws `error` where it is malformed.
  [[nodiscard]] data_set attributes() const {
    if (encoded_.empty()) return {};
    auto decoded = detail::decode_attributes(encoded_, transfer_syntax_, bounds_, profile_);
    if (!decoded)
      throw error{decoded.error(), "data set of a response: " + decoded.error().message()};
    return *std::move(decoded);
  }

 private:
  bool has_data_set_ = false;
  peer_profile const* profile_ = nullptr;
  std::vector<std::byte> encoded_;
  uid transfer_syntax_;
  limits bounds_;
};

}  // namespace codimse::inline v0

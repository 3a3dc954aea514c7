// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/core/uid.hpp>
#include <codimse/pdu/items.hpp>
#include <codimse/sop/sop_class.hpp>
#include <codimse/ul/negotiation.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// What a requestor proposes: presentation contexts, and the sub-items that go with them. A SOP
/// Class or a list of them converts, with Explicit and Implicit VR Little Endian for each.
///
///     proposals wanted{sop::verification};
///     wanted.add(sop::ct_image_storage.uid, "1.2.840.10008.1.2.4.70");
/// A value: distinct objects may be used from different threads.
class proposals {
 public:
  proposals() = default;
  proposals(sop_class const& one) { add(one.uid); }
  template <std::size_t N>
  proposals(sop_class_list<N> const& list) {
    for (sop_class const& one : list) add(one.uid);
  }

  /// One presentation context: an abstract syntax and its transfer syntaxes, by UID. Without any,
  /// Explicit and Implicit VR Little Endian.
  template <std::convertible_to<uid>... TransferSyntax>
  proposals& add(uid const& abstract_syntax, TransferSyntax const&... syntaxes) {
    pdu::presentation_context_rq context;
    context.abstract_syntax = abstract_syntax;
    (context.transfer_syntaxes.push_back(uid{syntaxes}), ...);
    if constexpr (sizeof...(syntaxes) == 0) {
      context.transfer_syntaxes.push_back(uid{transfer_syntaxes::explicit_vr_little_endian.uid});
      context.transfer_syntaxes.push_back(uid{transfer_syntaxes::implicit_vr_little_endian.uid});
    }
    contexts_.push_back(std::move(context));
    return *this;
  }
  /// The same for transfer syntaxes known at run time; none: Explicit and Implicit VR Little
  /// Endian.
  proposals& add(uid const& abstract_syntax, std::span<uid const> syntaxes) {
    add(abstract_syntax);
    if (!syntaxes.empty())
      contexts_.back().transfer_syntaxes.assign(syntaxes.begin(), syntaxes.end());
    return *this;
  }
  /// 54H: the roles that we, the requestor, want for a SOP Class (PS3.7 D.3.3.4).
  proposals& role(uid const& sop_class, bool scu, bool scp) {
    roles_.push_back({sop_class, static_cast<std::uint8_t>(scu), static_cast<std::uint8_t>(scp)});
    return *this;
  }
  /// 56H (PS3.7 D.3.3.5) and 57H (D.3.3.6).
  proposals& extended(pdu::extended_negotiation item) {
    extended_.push_back(std::move(item));
    return *this;
  }
  proposals& common_extended(pdu::common_extended_negotiation item) {
    common_.push_back(std::move(item));
    return *this;
  }
  /// 58H (PS3.7 D.3.3.7).
  proposals& identity(pdu::user_identity_rq who) {
    identity_ = std::move(who);
    return *this;
  }

  [[nodiscard]] std::size_t size() const { return contexts_.size(); }
  [[nodiscard]] bool contains(uid const& abstract_syntax, uid const& transfer_syntax) const {
    return std::ranges::any_of(contexts_, [&](auto const& context) {
      return context.abstract_syntax == abstract_syntax &&
             std::ranges::find(context.transfer_syntaxes, transfer_syntax) !=
                 context.transfer_syntaxes.end();
    });
  }

  /// Puts everything into a request; context IDs are 1, 3, 5, ...
  void fill(pdu::associate_rq& request) const {
    request.contexts = contexts_;
    unsigned id = 1;
    for (auto& context : request.contexts) {
      context.id = static_cast<std::uint8_t>(id);
      id += 2;
    }
    request.user.roles = roles_;
    request.user.extended = extended_;
    request.user.common = common_;
    request.user.identity = identity_;
  }

 private:
  std::vector<pdu::presentation_context_rq> contexts_;
  std::vector<pdu::role_selection> roles_;
  std::vector<pdu::extended_negotiation> extended_;
  std::vector<pdu::common_extended_negotiation> common_;
  std::optional<pdu::user_identity_rq> identity_;
};

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/peer_profile.hpp>
#include <codimse/core/ae_title.hpp>
#include <codimse/pdu/items.hpp>
#include <codimse/ul/negotiation.hpp>

#include <memory>
#include <optional>
#include <string>

namespace codimse::inline v0 {

class association_ref;

namespace detail {

class session;

/// What an association knows of itself once it is negotiated.
struct association_facts {
  ul::negotiated agreed;
  ul::role role = ul::role::acceptor;
  std::string peer_address;
  std::optional<pdu::user_identity_rq> identity;
  peer_profile const* profile = nullptr;
  bool over = false;
  std::weak_ptr<session> self;
};

}  // namespace detail

/// What a handler may know of the association that its request came by. A cheap view; valid as
/// long as the handler runs. Use it on the association's executor.
class association_info {
 public:
  association_info(detail::association_facts const& facts, ul::negotiated_context const* context)
      : facts_{&facts}, context_{context} {}

  [[nodiscard]] ae_title const& calling_ae_title() const { return facts_->agreed.calling; }
  [[nodiscard]] ae_title const& called_ae_title() const { return facts_->agreed.called; }
  /// "127.0.0.1:4242", "[::1]:4242", "unix:" and a path, or what the stream calls it. Printable,
  /// as far as it comes from a socket; the AE titles are as they were received: see `printable`.
  [[nodiscard]] std::string const& peer_address() const { return facts_->peer_address; }
  /// Everything that was negotiated.
  [[nodiscard]] ul::negotiated const& negotiated() const { return facts_->agreed; }
  /// The presentation context of the request; only where there is a request.
  [[nodiscard]] ul::negotiated_context const& context() const { return *context_; }
  /// 58H as the peer sent it, if it did (PS3.7 D.3.3.7).
  [[nodiscard]] std::optional<pdu::user_identity_rq> const& user_identity() const {
    return facts_->identity;
  }
  /// What the peer is known for, and is met with; nullptr: nothing. Where we are the requestor, one
  /// that is recognised by its implementation is in force from the A-ASSOCIATE-AC on.
  [[nodiscard]] codimse::peer_profile const* peer_profile() const { return facts_->profile; }
  /// The association has ended (aborted, released, lost): a long handler should give up.
  [[nodiscard]] bool over() const { return facts_->over; }
  /// To invoke requests of one's own on the association, now or when the handler has returned, and
  /// to keep: it says when the association has gone. Include assoc/association_ref.hpp.
  [[nodiscard]] association_ref association() const;

 private:
  detail::association_facts const* facts_;
  ul::negotiated_context const* context_;
};

}  // namespace codimse::inline v0

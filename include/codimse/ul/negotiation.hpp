// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/ae_title.hpp>
#include <codimse/core/implementation.hpp>
#include <codimse/core/uid.hpp>
#include <codimse/pdu/associate.hpp>
#include <codimse/ul/state_machine.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// Association negotiation as pure functions (PS3.8 7.1, PS3.7 Annex D).
namespace codimse::inline v0::ul {

/// Most presentation contexts that one association can have: odd IDs from 1 to 255.
inline constexpr std::size_t max_contexts = 128;
/// What is announced as maximum length unless told otherwise (bytes): DCMTK's own upper limit.
inline constexpr std::uint32_t default_max_length = 128 * 1024;

/// Whose order decides among the transfer syntaxes that both sides know.
enum class preference : std::uint8_t {
  requestor,
  acceptor
};

/// What an acceptor supports for one abstract syntax. The spans must outlive the negotiation.
/// A value: distinct objects may be used from different threads.
struct abstract_syntax_support {
  /// UIDs, in the acceptor's order of preference.
  std::span<std::string_view const> transfer_syntaxes{};
  /// Roles that the acceptor is willing to take (PS3.7 D.3.3.4).
  bool as_scp = true;
  bool as_scu = false;
};

/// How an acceptor answers. Owns memory, so name it before passing it on.
/// A value: distinct objects may be used from different threads.
class acceptor_policy {
 public:
  /// Own title; checked against the called one only where `require_called_ae_title` says so.
  ae_title own_ae_title;
  bool require_called_ae_title = false;
  /// Calling titles that are let in; empty: all.
  std::vector<ae_title> calling_ae_titles;
  /// Announced maximum length of a P-DATA-TF (bytes); never 0.
  std::uint32_t max_length = default_max_length;
  /// Operations of the requestor that are performed at a time, and how many of ours we would
  /// invoke. Answered in 53H, only where the requestor asked.
  std::uint16_t operations_performed = 1;
  std::uint16_t operations_invoked = 1;
  preference transfer_syntax_preference = preference::requestor;
  /// Where we are only SCU, accept a context only if the requestor proposes to be SCP (54H).
  bool require_role_selection = true;
  /// Support for an abstract syntax; nothing: not supported.
  std::function<std::optional<abstract_syntax_support>(uid const&)> support;
  /// Answer to a 56H sub-item; nothing: defaults.
  std::function<std::optional<std::vector<std::byte>>(pdu::extended_negotiation const&)> extended;
};

namespace detail {

inline pdu::presentation_context_ac answer_context(pdu::presentation_context_rq const& proposed,
                                                   std::optional<abstract_syntax_support> known,
                                                   preference order) {
  using enum pdu::context_result;
  auto const refuse = [&](pdu::context_result why) {
    return pdu::presentation_context_ac{
        proposed.id, static_cast<std::uint8_t>(why), uid{"1.2.840.10008.1.2"}, {}};
  };
  if (!known) return refuse(abstract_syntax_not_supported);
  auto const ours = known->transfer_syntaxes;
  auto const& theirs = proposed.transfer_syntaxes;
  auto const accept = [&](uid const& chosen) {
    return pdu::presentation_context_ac{proposed.id, 0, chosen, {}};
  };
  if (order == preference::acceptor) {
    for (auto const& mine : ours)
      if (std::ranges::find(theirs, uid{mine}) != theirs.end()) return accept(uid{mine});
  } else {
    for (uid const& wanted : theirs)
      if (std::ranges::any_of(ours, [&](auto mine) { return uid{mine} == wanted; }))
        return accept(wanted);
  }
  return refuse(transfer_syntaxes_not_supported);
}

/// The smaller of two operation counts, where 0 means no limit.
[[nodiscard]] constexpr std::uint16_t smaller_window(std::uint16_t a, std::uint16_t b) {
  if (a == 0) return b;
  if (b == 0) return a;
  return std::min(a, b);
}

/// Related general classes that are looked at: a service has a few, a hostile list has thousands.
[[nodiscard]] inline std::span<uid const> considered(std::vector<uid> const& related) {
  constexpr std::size_t most = 32;
  return std::span{related}.first(std::min(most, related.size()));
}

/// Support for an abstract syntax, or for the general class that 57H relates it to.
inline std::optional<abstract_syntax_support> find_support(acceptor_policy const& policy,
                                                           pdu::associate_rq const& request,
                                                           uid const& abstract_syntax) {
  if (!policy.support) return {};
  if (auto direct = policy.support(abstract_syntax)) return direct;
  for (auto const& item : request.user.common) {
    if (item.sop_class != abstract_syntax) continue;
    for (uid const& general : considered(item.related_general_sop_classes))
      if (auto related = policy.support(general)) return related;
  }
  return {};
}

/// Does a requestor that is SCU unless it says otherwise leave us a role that we take?
inline bool roles_fit(pdu::associate_rq const& request, acceptor_policy const& policy,
                      uid const& abstract_syntax, abstract_syntax_support const& known) {
  if (known.as_scp || !policy.require_role_selection) return true;
  return std::ranges::any_of(request.user.roles, [&](auto const& role) {
    return role.sop_class == abstract_syntax && role.scp == 1;
  });
}

inline void answer_roles(pdu::associate_rq const& request, acceptor_policy const& policy,
                         pdu::user_information& answer) {
  for (auto const& proposed : request.user.roles) {
    // One item a SOP Class, and only for those that are proposed (PS3.7 D.3.3.4).
    bool const wanted = std::ranges::any_of(request.contexts, [&](auto const& context) {
      return context.abstract_syntax == proposed.sop_class;
    });
    auto const same = [&](auto const& role) { return role.sop_class == proposed.sop_class; };
    if (!wanted || std::ranges::any_of(answer.roles, same)) continue;
    auto const known = find_support(policy, request, proposed.sop_class);
    if (!known) continue;
    auto role = proposed;
    role.scu = static_cast<std::uint8_t>(proposed.scu == 1 && known->as_scp);
    role.scp = static_cast<std::uint8_t>(proposed.scp == 1 && known->as_scu);
    answer.roles.push_back(role);
  }
}

inline void answer_user_information(pdu::associate_rq const& request, acceptor_policy const& policy,
                                    pdu::user_information& answer) {
  answer.maximum_length = policy.max_length;
  answer.implementation_class = implementation_class_uid;
  answer.implementation_version = std::string{implementation_version_name};
  if (auto const& window = request.user.window)
    answer.window = {smaller_window(window->invoked, policy.operations_performed),
                     smaller_window(window->performed, policy.operations_invoked)};
  answer_roles(request, policy, answer);
  if (policy.extended)
    for (auto const& item : request.user.extended)
      if (auto information = policy.extended(item))
        answer.extended.push_back({item.sop_class, std::move(*information)});
}

}  // namespace detail

/// Are the context IDs of a request odd and distinct (PS3.8 9.3.2.2)? Otherwise the request is
/// malformed: A-ABORT with reason invalid PDU parameter.
[[nodiscard]] inline bool valid_context_ids(pdu::associate_rq const& request) {
  bool seen[256]{};
  for (auto const& context : request.contexts) {
    if (context.id % 2 == 0 || seen[context.id]) return false;
    seen[context.id] = true;
  }
  return true;
}

/// The provider's own reasons to reject a request, before any user is asked.
[[nodiscard]] inline std::optional<pdu::associate_rj> unacceptable(
    pdu::associate_rq const& request) {
  if ((request.protocol_version & 1U) == 0)
    return pdu::associate_rj::protocol_version_not_supported;
  return {};
}

/// The acceptor's answer: every proposed context is answered; whether the association makes sense
/// with what is left is the requestor's business (all refused is still an acceptance).
[[nodiscard]] inline std::variant<pdu::associate_ac, pdu::associate_rj> negotiate(
    pdu::associate_rq const& request, acceptor_policy const& policy) {
  if (request.application_context != pdu::dicom_application_context)
    return pdu::associate_rj::application_context_not_supported;
  if (policy.require_called_ae_title && request.called_ae_title() != policy.own_ae_title)
    return pdu::associate_rj::called_ae_not_recognized;
  auto const& allowed = policy.calling_ae_titles;
  if (!allowed.empty() && std::ranges::find(allowed, request.calling_ae_title()) == allowed.end())
    return pdu::associate_rj::calling_ae_not_recognized;

  pdu::associate_ac answer;
  answer.called = request.called;
  answer.calling = request.calling;
  answer.reserved = request.reserved;
  for (auto const& proposed : request.contexts) {
    auto known = detail::find_support(policy, request, proposed.abstract_syntax);
    if (known && !detail::roles_fit(request, policy, proposed.abstract_syntax, *known)) known = {};
    answer.contexts.push_back(
        detail::answer_context(proposed, known, policy.transfer_syntax_preference));
  }
  detail::answer_user_information(request, policy, answer.user);
  return answer;
}

/// One presentation context as both sides now know it.
/// A value: distinct objects may be used from different threads.
struct negotiated_context {
  std::uint8_t id = 0;
  std::uint8_t result = 0;    ///< 0: accepted
  bool requestor_scu = true;  ///< roles after 54H
  bool requestor_scp = false;
  uid abstract_syntax;
  uid transfer_syntax;  ///< empty unless accepted

  [[nodiscard]] bool accepted() const { return result == 0; }
};

/// What an association agreed on, the same for both sides. Owns memory.
/// A value: distinct objects may be used from different threads.
class negotiated {
 public:
  ae_title calling;
  ae_title called;
  std::vector<negotiated_context> contexts;  ///< in the order of the request
  /// Longest P-DATA-TF each side may be sent (bytes, 0: no limit).
  std::uint32_t requestor_max_length = 0;
  std::uint32_t acceptor_max_length = 0;
  /// Asynchronous operations window, from the requestor; 0: unlimited.
  std::uint16_t invoked = 1;
  std::uint16_t performed = 1;
  uid requestor_implementation;
  uid acceptor_implementation;
  /// The acceptor's answers to 56H and to a 58H that asked for one (59H); a requestor that needs
  /// them decides what it means that they are missing.
  std::vector<pdu::extended_negotiation> extended;
  std::optional<std::vector<std::byte>> identity_response;

  [[nodiscard]] negotiated_context const* find(std::uint8_t id) const {
    auto const at = std::ranges::find(contexts, id, &negotiated_context::id);
    return at == contexts.end() ? nullptr : &*at;
  }
  /// The accepted context for an abstract syntax; with a transfer syntax given, only that one.
  [[nodiscard]] negotiated_context const* find(uid const& abstract_syntax,
                                               uid const& transfer_syntax = {}) const {
    for (auto const& context : contexts)
      if (context.accepted() && context.abstract_syntax == abstract_syntax &&
          (transfer_syntax.empty() || context.transfer_syntax == transfer_syntax))
        return &context;
    return nullptr;
  }
  [[nodiscard]] bool any_accepted() const {
    return std::ranges::any_of(contexts, &negotiated_context::accepted);
  }
};

namespace detail {

inline void apply_role(negotiated_context& context, pdu::associate_rq const& request,
                       pdu::associate_ac const& answer) {
  auto const of = [&](auto const& roles) {
    return std::ranges::find(roles, context.abstract_syntax, &pdu::role_selection::sop_class);
  };
  auto const proposed = of(request.user.roles);
  auto const answered = of(answer.user.roles);
  if (proposed == request.user.roles.end() || answered == answer.user.roles.end()) return;
  context.requestor_scu = proposed->scu == 1 && answered->scu == 1;
  context.requestor_scp = proposed->scp == 1 && answered->scp == 1;
}

/// A syntax that was never proposed makes the context unusable, whatever the acceptor says.
inline negotiated_context join(pdu::presentation_context_rq const& proposed,
                               pdu::associate_ac const& answer) {
  negotiated_context context;
  context.id = proposed.id;
  context.abstract_syntax = proposed.abstract_syntax;
  context.result = static_cast<std::uint8_t>(pdu::context_result::no_reason);
  auto const at =
      std::ranges::find(answer.contexts, proposed.id, &pdu::presentation_context_ac::id);
  if (at == answer.contexts.end()) return context;
  context.result = at->result;
  if (!at->accepted()) return context;
  uid const chosen = at->transfer_syntax.value_or(uid{});
  if (std::ranges::find(proposed.transfer_syntaxes, chosen) == proposed.transfer_syntaxes.end())
    context.result = static_cast<std::uint8_t>(pdu::context_result::no_reason);
  else context.transfer_syntax = chosen;
  return context;
}

}  // namespace detail

/// Joins request and acceptance into what both sides work with.
[[nodiscard]] inline negotiated agree(pdu::associate_rq const& request,
                                      pdu::associate_ac const& answer) {
  constexpr std::uint32_t usual_length = 16384;  // what implementations assume where 51H is missing
  negotiated out;
  out.calling = request.calling_ae_title();
  out.called = request.called_ae_title();
  out.contexts.reserve(request.contexts.size());
  for (auto const& proposed : request.contexts) {
    auto context = detail::join(proposed, answer);
    if (context.accepted()) detail::apply_role(context, request, answer);
    out.contexts.push_back(context);
  }
  out.requestor_max_length = request.user.maximum_length.value_or(usual_length);
  out.acceptor_max_length = answer.user.maximum_length.value_or(usual_length);
  if (request.user.window && answer.user.window) {
    out.invoked = detail::smaller_window(request.user.window->invoked, answer.user.window->invoked);
    out.performed =
        detail::smaller_window(request.user.window->performed, answer.user.window->performed);
  }
  out.requestor_implementation = request.user.implementation_class.value_or(uid{});
  out.acceptor_implementation = answer.user.implementation_class.value_or(uid{});
  out.extended = answer.user.extended;
  if (answer.user.identity_response)
    out.identity_response = answer.user.identity_response->server_response;
  return out;
}

}  // namespace codimse::inline v0::ul

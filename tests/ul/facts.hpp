// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/ul/state_machine.hpp>

#include <span>
#include <string_view>

/// The test's own copy of what the standard says, kept apart from the tables of the library.
namespace facts {

namespace ul = codimse::ul;

struct cell {
  int event;
  int state;
  std::string_view action;  ///< empty: not defined
  int next;
  int otherwise;
};
inline constexpr cell table_9_10[] = {
#include "ul/table_9_10.inc"
};

struct sentence {
  std::string_view action;  ///< "AE-6 else": the request is not acceptable
  std::string_view text;
  int next;
  int otherwise;
};
inline constexpr sentence actions[] = {
#include "ul/actions.inc"
};

/// What a sentence says, taken from its words.
struct effects {
  ul::transmission send = ul::transmission::none;
  ul::indication tell = ul::indication::none;
  ul::timer_change artim = ul::timer_change::none;
  ul::transport_change transport = ul::transport_change::none;
};

constexpr bool says(std::string_view text, std::string_view words) {
  return text.find(words) != text.npos;
}

constexpr ul::transmission sends(std::string_view text) {
  using enum ul::transmission;
  if (says(text, "send A-ASSOCIATE-RQ PDU")) return associate_rq;
  if (says(text, "send A-ASSOCIATE-AC PDU")) return associate_ac;
  if (says(text, "send A-ASSOCIATE-RJ PDU")) return associate_rj;
  if (says(text, "send P-DATA-TF PDU")) return p_data;
  if (says(text, "send A-RELEASE-RQ PDU")) return release_rq;
  if (says(text, "send A-RELEASE-RP PDU")) return release_rp;
  if (says(text, "send A-ABORT PDU")) return abort;
  return none;
}

constexpr ul::indication tells(std::string_view text) {
  using enum ul::indication;
  if (says(text, "A-ASSOCIATE indication")) return associate_requested;
  if (says(text, "association accepted (confirmation)")) return associate_accepted;
  if (says(text, "association rejected")) return associate_rejected;
  if (says(text, "P-DATA indication")) return p_data;
  if (says(text, "A-RELEASE indication")) return release_requested;
  if (says(text, "A-RELEASE confirmation")) return released;
  if (says(text, "A-ABORT indication") || says(text, "A-P-ABORT indication")) return aborted;
  return none;
}

constexpr effects effects_of(sentence const& one) {
  using enum ul::timer_change;
  effects out{.send = sends(one.text), .tell = tells(one.text)};
  if (says(one.text, "stop ARTIM")) out.artim = stop;
  if (says(one.text, "start ARTIM")) out.artim = start;  // AE-6 else: stops it, then starts it
  if (says(one.text, "ask the transport to connect")) out.transport = ul::transport_change::open;
  if (says(one.text, "close the transport")) out.transport = ul::transport_change::close;
  return out;
}

constexpr sentence const& sentence_of(std::string_view action) {
  for (auto const& one : actions)
    if (one.action == action) return one;
  throw "no such action";  // in a constant expression: an error of the compiler
}

/// States that an association end of each role never comes to.
inline constexpr int never_as_requestor[] = {2, 3, 10, 12};
inline constexpr int never_as_acceptor[] = {4, 5, 9, 11};

constexpr std::span<int const> never(ul::role side) {
  if (side == ul::role::requestor) return never_as_requestor;
  return never_as_acceptor;
}

/// The opening that only the other role has: Evt5 of an acceptor, Evt1 of a requestor.
constexpr int opening_of_the_other(ul::role side) { return side == ul::role::requestor ? 5 : 1; }

}  // namespace facts

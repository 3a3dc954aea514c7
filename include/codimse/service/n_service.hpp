// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/command_field.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/service/service.hpp>

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// Any DIMSE-N request (PS3.7 section 10), for services that treat them alike.
/// A value: distinct objects may be used from different threads.
class n_request {
 public:
  n_request() = default;  // owns memory, so it is no aggregate

  command_field command{};
  uid sop_class;                                ///< affected or requested
  uid sop_instance;                             ///< may be empty in N-CREATE
  std::optional<std::uint16_t> event_type_id;   ///< N-EVENT-REPORT
  std::optional<std::uint16_t> action_type_id;  ///< N-ACTION
  std::vector<tag> attribute_identifier_list;   ///< N-GET; empty: all attributes
  data_set attributes;                          ///< empty where none came
};

/// A service for SOP Classes that has no class of its own here (print, UPS, media creation, ...):
/// every DIMSE-N request goes to one handler, `reply(n_request const&, n_responses&)`. Its commands
/// may name another SOP Class than the presentation context, as those of print's meta classes and
/// of UPS do (PS3.4 H, CC).
///
///     codimse::n_service<sop::all_unified_procedure_step, my_worklist>{my_worklist{...}}
///
/// The handler is kept in the server; with several threads it may be called on several at once.
template <auto const& Classes, class Handler>
class n_service {
 public:
  static constexpr auto const& sop_classes = Classes;
  static constexpr bool any_sop_class_in_commands = true;
  static constexpr bool as_scu = true;

  static_assert(std::is_invocable_r_v<reply, Handler&, n_request const&, n_responses&>,
                "codimse: the handler's signature is not '(codimse::n_request const&, "
                "codimse::n_responses&) -> codimse::reply'");

  explicit n_service(Handler handler) : handler_{std::move(handler)} {}

  reply on(n_event_report_rq const& rq, data_set const& information, n_responses& out) {
    return hand_on(rq, information, out);
  }
  reply on(n_get_rq const& rq, n_responses& out) { return hand_on(rq, {}, out); }
  reply on(n_set_rq const& rq, data_set const& modifications, n_responses& out) {
    return hand_on(rq, modifications, out);
  }
  reply on(n_action_rq const& rq, data_set const& information, n_responses& out) {
    return hand_on(rq, information, out);
  }
  reply on(n_create_rq const& rq, data_set const& attributes, n_responses& out) {
    return hand_on(rq, attributes, out);
  }
  reply on(n_delete_rq const& rq, n_responses& out) { return hand_on(rq, {}, out); }

 private:
  template <class Rq>
  reply hand_on(Rq const& rq, data_set const& attributes, n_responses& out) {
    n_request request;
    request.command = Rq::command;
    request.sop_class = sop_class_of(rq);
    request.sop_instance = sop_instance_of(rq);
    if constexpr (requires { rq.event_type_id; }) request.event_type_id = rq.event_type_id;
    if constexpr (requires { rq.action_type_id; }) request.action_type_id = rq.action_type_id;
    if constexpr (requires { rq.attribute_identifier_list; })
      request.attribute_identifier_list = rq.attribute_identifier_list;
    request.attributes = attributes;
    return perform(std::move(request), out);
  }
  /// Keeps the request for as long as the handler runs.
  reply perform(n_request request, n_responses& out) {
    outcome const how = co_await handler_(request, out);
    co_return how;
  }

  Handler handler_;
};

}  // namespace codimse::inline v0

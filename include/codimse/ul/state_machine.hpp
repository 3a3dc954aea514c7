// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// The Upper Layer state machine of PS3.8 9.2: states, events, actions and Table 9-10 as data.
namespace codimse::inline v0::ul {

/// Who opened the association (PS3.8 7.1).
enum class role : std::uint8_t {
  requestor,
  acceptor
};

/// States Sta1 to Sta13 (PS3.8 Tables 9-1 to 9-5).
enum class state : std::uint8_t {
  sta1_idle = 1,
  sta2_awaiting_associate_rq,
  sta3_awaiting_local_associate_response,
  sta4_awaiting_transport,
  sta5_awaiting_associate_answer,
  sta6_established,
  sta7_awaiting_release_rp,
  sta8_awaiting_local_release_response,
  sta9_collision_requestor_awaiting_local,
  sta10_collision_acceptor_awaiting_rp,
  sta11_collision_requestor_awaiting_rp,
  sta12_collision_acceptor_awaiting_local,
  sta13_awaiting_close,
};
inline constexpr std::size_t state_count = 13;

/// Events Evt1 to Evt19, in the order of the rows of Table 9-10.
enum class event : std::uint8_t {
  associate_request = 1,  ///< local user
  transport_confirmed,    ///< connect done
  associate_ac_received,
  associate_rj_received,
  transport_indicated,  ///< connection accepted
  associate_rq_received,
  associate_accept,  ///< local user
  associate_reject,  ///< local user
  p_data_request,    ///< local user
  p_data_received,
  release_request,  ///< local user
  release_rq_received,
  release_rp_received,
  release_response,  ///< local user
  abort_request,     ///< local user
  abort_received,
  transport_closed,
  artim_expired,
  invalid_pdu,  ///< unrecognized or invalid PDU received
};
inline constexpr std::size_t event_count = 19;

/// Actions of PS3.8 Tables 9-6 to 9-9; `none` stands in the empty cells.
enum class action : std::uint8_t {
  none,
  ae1,
  ae2,
  ae3,
  ae4,
  ae5,
  ae6,
  ae7,
  ae8,
  dt1,
  dt2,
  ar1,
  ar2,
  ar3,
  ar4,
  ar5,
  ar6,
  ar7,
  ar8,
  ar9,
  ar10,
  aa1,
  aa2,
  aa3,
  aa4,
  aa5,
  aa6,
  aa7,
  aa8,
};
inline constexpr std::size_t action_count = 29;

/// What an action puts on the wire.
enum class transmission : std::uint8_t {
  none,
  associate_rq,
  associate_ac,
  associate_rj,
  p_data,
  release_rq,
  release_rp,
  abort,
};

/// What an action tells the local user (service primitives of PS3.8 section 7).
enum class indication : std::uint8_t {
  none,
  associate_requested,  ///< A-ASSOCIATE indication
  associate_accepted,   ///< A-ASSOCIATE confirmation (accept)
  associate_rejected,   ///< A-ASSOCIATE confirmation (reject)
  p_data,               ///< P-DATA indication
  release_requested,    ///< A-RELEASE indication
  released,             ///< A-RELEASE confirmation
  aborted,              ///< A-ABORT or A-P-ABORT indication
};

enum class timer_change : std::uint8_t {
  none,
  start,
  stop
};
enum class transport_change : std::uint8_t {
  none,
  open,
  close
};

/// The effects of an action, in the order in which they happen, and the state it leads to.
/// A value: distinct objects may be used from different threads.
struct action_row {
  state next{};
  transmission send = transmission::none;
  indication tell = indication::none;
  timer_change artim = timer_change::none;
  transport_change transport = transport_change::none;
  /// Where the action has two outcomes: AE-6 not acceptable, AR-8 as acceptor.
  state otherwise_next{};
};

namespace detail {

using enum action;
inline constexpr action no = none;  // an empty cell

/// PS3.8 Table 9-10: rows Evt1 to Evt19, columns Sta1 to Sta13.
inline constexpr action table_9_10[event_count][state_count] = {
    // 1     2     3     4     5     6     7     8     9    10    11    12    13
    {ae1, no, no, no, no, no, no, no, no, no, no, no, no},             // 1
    {no, no, no, ae2, no, no, no, no, no, no, no, no, no},             // 2
    {no, aa1, aa8, no, ae3, aa8, aa8, aa8, aa8, aa8, aa8, aa8, aa6},   // 3
    {no, aa1, aa8, no, ae4, aa8, aa8, aa8, aa8, aa8, aa8, aa8, aa6},   // 4
    {ae5, no, no, no, no, no, no, no, no, no, no, no, no},             // 5
    {no, ae6, aa8, no, aa8, aa8, aa8, aa8, aa8, aa8, aa8, aa8, aa7},   // 6
    {no, no, ae7, no, no, no, no, no, no, no, no, no, no},             // 7
    {no, no, ae8, no, no, no, no, no, no, no, no, no, no},             // 8
    {no, no, no, no, no, dt1, no, ar7, no, no, no, no, no},            // 9
    {no, aa1, aa8, no, aa8, dt2, ar6, aa8, aa8, aa8, aa8, aa8, aa6},   // 10
    {no, no, no, no, no, ar1, no, no, no, no, no, no, no},             // 11
    {no, aa1, aa8, no, aa8, ar2, ar8, aa8, aa8, aa8, aa8, aa8, aa6},   // 12
    {no, aa1, aa8, no, aa8, aa8, ar3, aa8, aa8, ar10, ar3, aa8, aa6},  // 13
    {no, no, no, no, no, no, no, ar4, ar9, no, no, ar4, no},           // 14
    {no, no, aa1, aa2, aa1, aa1, aa1, aa1, aa1, aa1, aa1, aa1, no},    // 15
    {no, aa2, aa3, no, aa3, aa3, aa3, aa3, aa3, aa3, aa3, aa3, aa2},   // 16
    {no, aa5, aa4, aa4, aa4, aa4, aa4, aa4, aa4, aa4, aa4, aa4, ar5},  // 17
    {no, aa2, no, no, no, no, no, no, no, no, no, no, aa2},            // 18
    {no, aa1, aa8, no, aa8, aa8, aa8, aa8, aa8, aa8, aa8, aa8, aa7},   // 19
};

constexpr std::array<action_row, action_count> make_action_rows() {
  using st = state;
  using tx = transmission;
  using tell = indication;
  using tm = timer_change;
  using tr = transport_change;
  std::array<action_row, action_count> rows{};
  auto const row = [&rows](action a) -> action_row& { return rows[static_cast<std::size_t>(a)]; };
  row(ae1) = {.next = st::sta4_awaiting_transport, .transport = tr::open};
  row(ae2) = {.next = st::sta5_awaiting_associate_answer, .send = tx::associate_rq};
  row(ae3) = {.next = st::sta6_established, .tell = tell::associate_accepted};
  row(ae4) = {.next = st::sta1_idle, .tell = tell::associate_rejected, .transport = tr::close};
  row(ae5) = {.next = st::sta2_awaiting_associate_rq, .artim = tm::start};
  row(ae6) = {.next = st::sta3_awaiting_local_associate_response,
              .tell = tell::associate_requested,
              .artim = tm::stop,
              .otherwise_next = st::sta13_awaiting_close};
  row(ae7) = {.next = st::sta6_established, .send = tx::associate_ac};
  row(ae8) = {.next = st::sta13_awaiting_close, .send = tx::associate_rj, .artim = tm::start};
  row(dt1) = {.next = st::sta6_established, .send = tx::p_data};
  row(dt2) = {.next = st::sta6_established, .tell = tell::p_data};
  row(ar1) = {.next = st::sta7_awaiting_release_rp, .send = tx::release_rq};
  row(ar2) = {.next = st::sta8_awaiting_local_release_response, .tell = tell::release_requested};
  row(ar3) = {.next = st::sta1_idle, .tell = tell::released, .transport = tr::close};
  row(ar4) = {.next = st::sta13_awaiting_close, .send = tx::release_rp, .artim = tm::start};
  row(ar5) = {.next = st::sta1_idle, .artim = tm::stop};
  row(ar6) = {.next = st::sta7_awaiting_release_rp, .tell = tell::p_data};
  row(ar7) = {.next = st::sta8_awaiting_local_release_response, .send = tx::p_data};
  row(ar8) = {.next = st::sta9_collision_requestor_awaiting_local,
              .tell = tell::release_requested,
              .otherwise_next = st::sta10_collision_acceptor_awaiting_rp};
  row(ar9) = {.next = st::sta11_collision_requestor_awaiting_rp, .send = tx::release_rp};
  row(ar10) = {.next = st::sta12_collision_acceptor_awaiting_local, .tell = tell::released};
  row(aa1) = {.next = st::sta13_awaiting_close, .send = tx::abort, .artim = tm::start};
  row(aa2) = {.next = st::sta1_idle, .artim = tm::stop, .transport = tr::close};
  row(aa3) = {.next = st::sta1_idle, .tell = tell::aborted, .transport = tr::close};
  row(aa4) = {.next = st::sta1_idle, .tell = tell::aborted};
  row(aa5) = {.next = st::sta1_idle, .artim = tm::stop};
  row(aa6) = {.next = st::sta13_awaiting_close};
  row(aa7) = {.next = st::sta13_awaiting_close, .send = tx::abort};
  row(aa8) = {.next = st::sta13_awaiting_close,
              .send = tx::abort,
              .tell = tell::aborted,
              .artim = tm::start};
  return rows;
}

inline constexpr auto action_rows = make_action_rows();

}  // namespace detail

/// The cell of Table 9-10; `action::none` where the event is not defined in the state.
[[nodiscard]] constexpr action action_for(event e, state s) {
  return detail::table_9_10[static_cast<std::size_t>(e) - 1][static_cast<std::size_t>(s) - 1];
}

/// What an action does (PS3.8 Tables 9-6 to 9-9).
[[nodiscard]] constexpr action_row const& effects_of(action a) {
  return detail::action_rows[static_cast<std::size_t>(a)];
}

/// The standard's name of an action, "AE-1" to "AA-8"; empty for none.
[[nodiscard]] constexpr std::string_view name_of(action a) {
  constexpr std::array<std::string_view, action_count> names{
      "",      "AE-1", "AE-2", "AE-3", "AE-4", "AE-5", "AE-6", "AE-7", "AE-8", "DT-1",
      "DT-2",  "AR-1", "AR-2", "AR-3", "AR-4", "AR-5", "AR-6", "AR-7", "AR-8", "AR-9",
      "AR-10", "AA-1", "AA-2", "AA-3", "AA-4", "AA-5", "AA-6", "AA-7", "AA-8"};
  return names[static_cast<std::size_t>(a)];
}

}  // namespace codimse::inline v0::ul

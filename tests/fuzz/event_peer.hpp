// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "event_input.hpp"
#include "heard.hpp"
#include <codimse/dimse/messages.hpp>
#include <codimse/pdu/framer.hpp>
#include <codimse/testing/duplex_stream.hpp>
#include <codimse/testing/event_loop.hpp>
#include <codimse/testing/wire.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace codimse_fuzz {

using namespace std::chrono_literals;

inline constexpr std::string_view explicit_le = "1.2.840.10008.1.2.1";
inline constexpr std::string_view implicit_le = "1.2.840.10008.1.2";
inline constexpr std::string_view things_uid = "2.25.77";

/// What the peer proposes, and for which requests: contexts 1, 3, 5, ... in this order.
inline constexpr std::string_view abstract_syntaxes[] = {
    "1.2.840.10008.1.1",            // verification
    "1.2.840.10008.5.1.4.1.1.2",    // CT
    "1.2.840.10008.5.1.4.1.2.2.1",  // C-FIND
    "1.2.840.10008.5.1.4.1.2.2.3",  // C-GET
    "1.2.840.10008.5.1.4.1.2.2.2",  // C-MOVE
    things_uid,                     // DIMSE-N
    "1.2.840.10008.5.1.4.1.1.4",    // MR, which nobody supports
};
enum context_of : std::uint8_t {
  echo_context = 1,
  store_context = 3,
  find_context = 5,
  get_context = 7,
  move_context = 9,
  things_context = 11,
};

/// The other end of an association, played by the events of an input: most of them are what a usual
/// peer says, with something changed in it now and then.
class event_peer {
 public:
  event_peer(testing::event_loop& loop, std::unique_ptr<testing::duplex_stream> carrier,
             bool is_requestor)
      : loop_{loop},
        stream_{std::move(carrier)},
        is_requestor_{is_requestor},
        heard_{is_requestor} {}

  /// Answers requests for associations and their release by itself.
  void be_polite() { polite_ = true; }
  [[nodiscard]] heard const& said() const { return heard_; }
  /// It read all that came, and ended neither the association nor the connection.
  [[nodiscard]] bool patient() const { return patient_ && !sent_abort(); }
  /// Messages that this peer sent, as far as they are whole.
  [[nodiscard]] std::vector<received_message> sent_messages() const;
  /// C-STORE responses with status success that came.
  [[nodiscard]] std::size_t acknowledged() const { return acknowledged_; }

  /// One event of the input.
  void perform(event_input& in);
  /// Everything that needs no time.
  void let_happen();
  /// The last word: it may stay silent, or be gone.
  void leave(std::uint8_t how);

  void request(event_input& in);

 private:
  enum kind : std::uint8_t {
    echo,
    store,
    find,
    get,
    move,
    cancel,
    object,
    answer,
    pending,
    release,
    release_answer,
    abort_it,
    associate,
    accept,
    reject,
    raw,
    any_pdu,
    any_pdv,
    wait,
    short_wait,
    reading,
    pieces,
    end,
    again,
    command,
    kinds
  };

  [[nodiscard]] bool sent_abort() const;
  void say(bytes what, event_input& in, std::uint8_t deviation);
  void send(std::span<std::byte const> what);
  void write(std::span<std::byte const> what);
  bool pump();
  bool hear();
  void pass(duration time);
  void listen_to(received_message message);
  void accept_request(std::uint8_t refused);
  void end_connection(std::uint8_t how);
  bytes message(kind what, event_input& in, std::uint8_t deviation);
  bytes object_message(event_input& in, std::uint8_t context, std::uint16_t id);
  bytes response(event_input& in, bool is_pending);
  bytes any_command(event_input& in);

  testing::event_loop& loop_;
  std::unique_ptr<testing::duplex_stream> stream_;
  bool is_requestor_;
  heard heard_;
  bytes outbox_;
  bytes sent_;
  bytes last_;
  std::deque<received_message> asked_;  ///< requests that wait for this peer's answer
  std::size_t acknowledged_ = 0;
  std::size_t piece_ = 0;
  bool polite_ = false;
  bool reading_ = true;
  bool patient_ = true;
  bool closed_ = false;
  bool done_ = false;
};

inline constexpr std::size_t most_of_data = 100'000;

/// A data set in explicit VR little endian: what identifies an object, and so much more.
inline bytes data_set_of(std::uint8_t mark, std::size_t more) {
  static constexpr char head[] =
      "\x08\0\x16\0UI\x1a\0001.2.840.10008.5.1.4.1.1.2\0\x08\0\x18\0UI\x06\0001.2.3\0"
      "\x10\0\x20\0LO\x02\0P \x20\0\x0d\0UI\x06\0001.2.9\0\x21\0\x10\x10UN\0\0";
  auto out = testing::text_bytes({head, sizeof head - 1});
  std::array<std::byte, 4> length{};
  store_little(length.data(), static_cast<std::uint32_t>(more));
  out.insert(out.end(), length.begin(), length.end());
  // Copied, because a loop is slow where every comparison is traced.
  static bytes const pattern = [] {
    bytes all(256 + most_of_data);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::byte>(i);
    return all;
  }();
  auto const from = pattern.begin() + mark;
  out.insert(out.end(), from, from + static_cast<std::ptrdiff_t>(std::min(more, most_of_data)));
  return out;
}

// Saying something.

/// Deviations: 1 another context (dealt with before), 2 a byte changed, 4 cut short.
inline void event_peer::say(bytes what, event_input& in, std::uint8_t deviation) {
  if ((deviation & 2U) != 0 && !what.empty()) {
    std::size_t const at = in.word() % what.size();
    what[at] = static_cast<std::byte>(in.byte());
  }
  if ((deviation & 4U) != 0) what.resize(in.word() % (what.size() + 1));
  last_ = what;
  send(what);
}

inline void event_peer::send(std::span<std::byte const> what) {
  if (piece_ == 0) return write(what);
  std::size_t const piece = std::max(piece_, what.size() / 64);
  while (!what.empty()) {
    auto const some = what.first(std::min(piece, what.size()));
    what = what.subspan(some.size());
    write(some);
    let_happen();
  }
}
inline void event_peer::write(std::span<std::byte const> what) {
  if (closed_) return;
  outbox_.insert(outbox_.end(), what.begin(), what.end());
  pump();
}
/// Does nothing for a while: what comes meanwhile it leaves lying.
inline void event_peer::pass(duration time) {
  loop_.run_for(time);
  patient_ = patient_ && stream_->unread() == 0;
}
/// Yields whether something went out.
inline bool event_peer::pump() {
  if (closed_ || outbox_.empty()) return false;
  std::array const all{std::span<std::byte const>{outbox_}};
  auto const done = stream_->write_some(all);
  auto const end = outbox_.begin() + static_cast<std::ptrdiff_t>(done.bytes);
  sent_.insert(sent_.end(), outbox_.begin(), end);
  outbox_.erase(outbox_.begin(), end);
  return done.bytes > 0;
}

inline bool event_peer::hear() {
  static std::array<std::byte, std::size_t{64} * 1024> buffer;
  bool some = false;
  while (reading_ && !done_) {
    auto const got = stream_->read_some(buffer);
    if (got.bytes == 0) break;
    some = true;
    heard_.take(std::span{buffer}.first(got.bytes));
  }
  auto messages = std::move(heard_.messages());
  heard_.messages().clear();
  for (auto& one : messages) listen_to(std::move(one));
  return some;
}
inline void event_peer::listen_to(received_message message) {
  if (!is_response(message.field())) {
    if (asked_.size() < 64) asked_.push_back(std::move(message));
  } else if (message.field() == 0x8001 && message.status() == 0) {
    ++acknowledged_;
  }
}

inline void event_peer::let_happen() {
  constexpr std::size_t most_turns = 1'000'000;
  bool more = true;
  bool accepted = false;
  while (more) {
    loop_.settle(most_turns);
    bool const went = pump();
    more = hear() || went;
    if (!polite_ || is_requestor_) continue;
    if (heard_.requested() && !std::exchange(accepted, true) && sent_.empty() && outbox_.empty()) {
      accept_request(0);
      more = true;
    }
  }
}

inline void event_peer::accept_request(std::uint8_t refused) {
  auto const& rq = heard_.request();
  pdu::associate_ac ac;
  ac.called = rq.called;
  ac.calling = rq.calling;
  for (auto const& one : rq.contexts) {
    bool const no = refused != 0 && one.id % refused == 1;
    ac.contexts.push_back({one.id,
                           static_cast<std::uint8_t>(no ? 3 : 0),
                           one.transfer_syntaxes.empty() ? uid{} : one.transfer_syntaxes[0],
                           {}});
  }
  ac.user.maximum_length = 16384;
  ac.user.window = rq.user.window;
  ac.user.roles = rq.user.roles;
  heard_.announce(16384);
  write(pdu::encode(ac));
}

inline void event_peer::request(event_input& in) {
  static constexpr std::uint32_t lengths[] = {16384, 0, 64, 8, 7, 1, 300, 1U << 20U};
  static constexpr std::uint16_t windows[] = {1, 3, 0, 65535};
  static constexpr ae_title called[] = {"CODIMSE", "SLOW", "NO"};
  auto const choice = in.byte();
  pdu::associate_rq rq;
  rq.called = called[choice % 8 < 6 ? 0 : choice % 8 - 5].to_field();
  rq.calling = ae_title{"PEER"}.to_field();
  std::uint8_t id = 1;
  for (auto const uid_text : abstract_syntaxes) {
    rq.contexts.push_back({id, uid{uid_text}, {uid{explicit_le}, uid{implicit_le}}, {}});
    id = static_cast<std::uint8_t>(id + 2);
  }
  rq.user.maximum_length = lengths[choice / 8 % 8];
  auto const more = in.byte();
  rq.user.roles = {{uid{abstract_syntaxes[1]}, 1, static_cast<std::uint8_t>(more % 2 == 0)},
                   {uid{things_uid}, 1, 1}};
  auto const window = windows[more / 2 % 4];
  if (more / 2 % 4 != 0) rq.user.window = {window, window};
  if (more / 8 % 4 == 3) rq.user.identity = pdu::user_identity_rq{1, 1, {std::byte{'u'}}, {}};
  if (more / 32 % 4 == 3) rq.user.extended = {{uid{abstract_syntaxes[2]}, {std::byte{1}}}};
  // Only the first one counts; what was changed may announce anything.
  if (sent_.empty() && choice / 64 == 0) heard_.announce(*rq.user.maximum_length);
  say(pdu::encode(rq), in, choice / 64);
}

inline void event_peer::end_connection(std::uint8_t how) {
  patient_ = false;
  if (done_) return;
  switch (how % 3) {
    case 0: stream_->shutdown_send(); break;
    case 1:
      stream_->reset();
      done_ = true;
      break;
    default:
      stream_->close();
      done_ = true;
      break;
  }
  closed_ = true;
}
inline void event_peer::leave(std::uint8_t how) {
  piece_ = 0;
  if (how % 8 < 3) end_connection(how);
  else if (how % 8 < 6) reading_ = true;
  else patient_ = false;
  let_happen();
}

// What it says.

inline bytes event_peer::object_message(event_input& in, std::uint8_t context, std::uint16_t id) {
  static constexpr std::size_t sizes[] = {0, 1, 10, 300, 3000, 20000, 40000};
  static constexpr std::size_t fragments[] = {16384, 4000, 250, 11, 1};
  auto const choice = in.byte();
  std::size_t const fragment = fragments[choice % 5];
  std::size_t const size = std::min(sizes[choice / 5 % 7], 400 * fragment);
  c_store_rq rq;
  rq.affected_sop_class_uid = uid{abstract_syntaxes[1]};
  rq.message_id = id;
  rq.priority = static_cast<std::uint16_t>(choice / 35 % 3);
  rq.affected_sop_instance_uid = uid{"1.2.3"};
  return testing::message_pdus(context, rq, data_set_of(in.byte(), size), fragment);
}

/// A response to something that was asked, with its status, or to nothing at all.
inline bytes event_peer::response(event_input& in, bool is_pending) {
  static constexpr std::uint16_t statuses[] = {0x0000, 0xB000, 0xA700, 0xFE00, 0x0110, 0xFF00};
  auto const choice = in.byte();
  received_message to;
  if (asked_.empty()) to.command = testing::command_us(command_element::command_field, 0x20);
  else to = asked_[choice / 16 % asked_.size()];
  if (!is_pending && !asked_.empty() && choice / 8 % 2 == 0)
    asked_.erase(asked_.begin() + static_cast<std::ptrdiff_t>(choice / 16 % asked_.size()));
  auto const parsed = command_set::parse(to.command);
  must(parsed.has_value());
  status const how{is_pending ? std::uint16_t{0xFF00} : statuses[choice % 6]};
  bool const with_data = is_pending ? choice % 8 != 0 : choice % 8 == 7;
  response_fields fields;
  byte_writer out;
  encode_response(out, *parsed, outcome{how, "from the peer"}, fields, with_data);
  auto whole = testing::part_pdus(to.context_id, true, out.view(), 16384);
  if (with_data)
    testing::append(whole, testing::part_pdus(to.context_id, false,
                                              data_set_of(choice, choice % 8 * 100), 200));
  return whole;
}

/// A command set of elements that may be anything.
inline bytes event_peer::any_command(event_input& in) {
  static constexpr std::uint16_t fields[] = {0x0001, 0x8001, 0x0010, 0x0020, 0x0021, 0x0030,
                                             0x0FFF, 0x0100, 0x0110, 0x0120, 0x0130, 0x0140,
                                             0x0150, 0x8020, 0x8030, 0x1234};
  static constexpr std::uint16_t elements[] = {0x0002, 0x0003, 0x0110, 0x0120, 0x0600, 0x0700,
                                               0x0800, 0x0900, 0x1000, 0x1001, 0x1008, 0x1030};
  bytes command = testing::command_us(command_element::command_field, in.one_of(fields));
  for (unsigned left = in.byte() % 8; left > 0; --left) {
    auto const element = in.one_of(elements);
    auto const choice = in.byte();
    if (choice % 2 == 0) {
      testing::append(command, testing::command_us(element, in.word()));
    } else if (choice % 4 == 1) {
      testing::append(command, testing::command_text(element, in.one_of(abstract_syntaxes)));
    } else {
      auto const raw = in.bytes(choice / 4);
      testing::append(
          command,
          testing::command_text(element, {reinterpret_cast<char const*>(raw.data()), raw.size()}));
    }
  }
  return testing::part_pdus(static_cast<std::uint8_t>(2 * (in.byte() % 8) + 1), true, command, 500);
}

inline bytes event_peer::message(kind what, event_input& in, std::uint8_t deviation) {
  auto const first = in.byte();
  auto const id = static_cast<std::uint16_t>(first % 16);
  auto const at = [&](std::uint8_t usual) {
    return (deviation & 1U) != 0 ? static_cast<std::uint8_t>(first / 16) : usual;
  };
  auto const class_at = [](std::uint8_t context) { return uid{abstract_syntaxes[context / 2]}; };
  auto const identifier = data_set_of(first, first / 16 * 20U);
  switch (what) {
    case echo: {
      c_echo_rq rq;
      rq.message_id = id;
      return testing::message_pdus(at(echo_context), rq);
    }
    case store: return object_message(in, at(store_context), id);
    case find: {
      c_find_rq rq;
      rq.affected_sop_class_uid = class_at(find_context);
      rq.message_id = id;
      return testing::message_pdus(at(find_context), rq, identifier, 100);
    }
    case get: {
      c_get_rq rq;
      rq.affected_sop_class_uid = class_at(get_context);
      rq.message_id = id;
      return testing::message_pdus(at(get_context), rq, identifier);
    }
    case move: {
      c_move_rq rq;
      rq.affected_sop_class_uid = class_at(move_context);
      rq.message_id = id;
      rq.move_destination = ae_title{"THERE"};
      return testing::message_pdus(at(move_context), rq, identifier);
    }
    default: return testing::message_pdus(at(find_context), c_cancel_rq{id});
  }
}

/// DIMSE-N: each request in turn.
template <class Rq>
bytes thing_message(std::uint8_t context, std::uint16_t id, bool with_data, Rq rq) {
  if constexpr (requires { rq.requested_sop_class_uid; }) {
    rq.requested_sop_class_uid = uid{things_uid};
    rq.requested_sop_instance_uid = uid{"2.25.1"};
  } else {
    rq.affected_sop_class_uid = uid{things_uid};
    rq.affected_sop_instance_uid = uid{"2.25.1"};
  }
  rq.message_id = id;
  if (with_data) return testing::message_pdus(context, rq, data_set_of(7, 30));
  return testing::message_pdus(context, rq);
}
inline bytes thing_request(event_input& in) {
  auto const choice = in.byte();
  auto const id = static_cast<std::uint16_t>(choice / 16);
  bool const with_data = choice % 2 == 0;
  switch (choice / 2 % 8) {
    case 0: return thing_message(things_context, id, false, n_get_rq{});
    case 1: return thing_message(things_context, id, with_data, n_set_rq{});
    case 2: return thing_message(things_context, id, with_data, n_create_rq{});
    case 3: return thing_message(things_context, id, false, n_delete_rq{});
    case 4: return thing_message(things_context, id, with_data, n_event_report_rq{});
    default: {
      n_action_rq rq;
      rq.action_type_id = in.byte() % 8;
      return thing_message(things_context, id, with_data, rq);
    }
  }
}

// Events.

inline void event_peer::perform(event_input& in) {
  auto const first = in.byte();
  auto const what = static_cast<kind>(first % 32 % kinds);
  auto const deviation = static_cast<std::uint8_t>(first / 32);
  static constexpr duration waits[] = {1ms, 100ms, 249ms, 999ms, 1s, 2s, 3s, 10s};
  switch (what) {
    case echo:
    case store:
    case find:
    case get:
    case move:
    case cancel: say(message(what, in, deviation), in, deviation); break;
    case object: say(thing_request(in), in, deviation); break;
    case answer: say(response(in, false), in, deviation); break;
    case pending: say(response(in, true), in, deviation); break;
    case release: say(pdu::encode(pdu::release_rq{}), in, deviation); break;
    case release_answer: say(pdu::encode(pdu::release_rp{}), in, deviation); break;
    case abort_it: {
      auto const source = in.byte();
      say(pdu::encode(pdu::abort{static_cast<std::uint8_t>(source % 4), in.byte()}), in, deviation);
      break;
    }
    case associate: request(in); break;
    case accept: accept_request(in.byte()); break;
    case reject: {
      pdu::associate_rj const rj{in.byte(), in.byte(), in.byte()};
      say(pdu::encode(rj), in, deviation);
      break;
    }
    case raw: {
      auto const some = in.bytes(in.byte());
      say({some.begin(), some.end()}, in, 0);
      break;
    }
    case any_pdu: {
      auto const type = static_cast<std::uint8_t>(in.byte() % 9);
      auto const some = in.bytes(in.byte());
      say(testing::raw_pdu(type, {some.begin(), some.end()}), in, deviation);
      break;
    }
    case any_pdv: {
      auto const control = in.byte();
      auto const some = in.bytes(in.byte());
      auto const context = static_cast<std::uint8_t>(control / 16 + 1);
      say(testing::p_data({testing::pdv(context, control % 2 != 0, control % 4 > 1, some)}), in,
          deviation);
      break;
    }
    case wait: pass(waits[deviation]); break;
    case short_wait: pass(std::chrono::milliseconds{in.byte()}); break;
    case reading:
      reading_ = deviation % 2 == 0;
      patient_ = patient_ && reading_;
      break;
    case pieces: piece_ = deviation * deviation; break;
    case end: end_connection(deviation); break;
    case again: send(bytes{last_}); break;
    case command: say(any_command(in), in, deviation); break;
    case kinds: break;
  }
  // Sometimes several events at once: what is sent without a turn of the loop between.
  if (what == end || deviation % 2 == 0) let_happen();
}

inline bool event_peer::sent_abort() const {
  std::span<std::byte const> rest = sent_;
  while (rest.size() >= pdu::header_size) {
    std::size_t const length = load_big<std::uint32_t>(rest.data() + 2);
    if (std::to_integer<std::uint8_t>(rest[0]) == 7) return true;
    if (length > rest.size() - pdu::header_size) break;
    rest = rest.subspan(pdu::header_size + length);
  }
  return false;
}

/// Taken apart as literally as possible; ends at the first thing that no association goes on
/// behind.
inline std::vector<received_message> event_peer::sent_messages() const {
  testing::message_joiner joiner;
  std::span<std::byte const> rest = sent_;
  while (rest.size() >= pdu::header_size) {
    std::size_t const length = load_big<std::uint32_t>(rest.data() + 2);
    bool const data = std::to_integer<std::uint8_t>(rest[0]) == 4;
    auto body = rest.subspan(pdu::header_size);
    bool const whole = length <= body.size();
    if (whole) body = body.first(length);
    // An association takes PDVs before their PDU is whole.
    while (data && body.size() >= pdu::pdv_header_size) {
      std::size_t const size = load_big<std::uint32_t>(body.data()) + std::size_t{4};
      if (size > body.size()) break;
      if (!joiner.take(body.first(size)).empty()) return std::move(joiner.complete);
      body = body.subspan(size);
    }
    if (!whole) break;
    rest = rest.subspan(pdu::header_size + length);
  }
  return std::move(joiner.complete);
}

}  // namespace codimse_fuzz

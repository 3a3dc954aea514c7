// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/endian.hpp>
#include <codimse/core/error.hpp>
#include <codimse/core/result.hpp>
#include <codimse/dimse/command_set.hpp>
#include <codimse/pdu/codec.hpp>
#include <codimse/pdu/p_data.hpp>
#include <codimse/pdu/types.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Literal PDUs for scripts, right and wrong ones, made and taken apart without the code that
/// associations use for their own.
namespace codimse::inline v0::testing {

using bytes = std::vector<std::byte>;

[[nodiscard]] inline bytes text_bytes(std::string_view text) {
  auto const view = std::as_bytes(std::span{text.data(), text.size()});
  return {view.begin(), view.end()};
}
inline bytes& append(bytes& to, bytes const& more) {
  to.insert(to.end(), more.begin(), more.end());
  return to;
}

/// A PDV: context, message control header, fragment (PS3.8 9.3.5.1).
[[nodiscard]] inline bytes pdv(std::uint8_t context_id, bool command, bool last,
                               std::span<std::byte const> fragment) {
  bytes out(pdu::pdv_header_size);
  store_big(out.data(), static_cast<std::uint32_t>(fragment.size() + 2));
  out[4] = static_cast<std::byte>(context_id);
  out[5] = static_cast<std::byte>(pdu::message_control{command, last}.to_byte());
  out.insert(out.end(), fragment.begin(), fragment.end());
  return out;
}
/// Any PDU: type, reserved byte, length, body.
[[nodiscard]] inline bytes raw_pdu(std::uint8_t type, bytes const& body) {
  bytes out(pdu::header_size);
  out[0] = static_cast<std::byte>(type);
  store_big(out.data() + 2, static_cast<std::uint32_t>(body.size()));
  return append(out, body);
}
/// A P-DATA-TF of these PDVs.
[[nodiscard]] inline bytes p_data(std::vector<bytes> const& pdvs) {
  bytes body;
  for (auto const& one : pdvs) append(body, one);
  return raw_pdu(static_cast<std::uint8_t>(pdu::pdu_type::p_data_tf), body);
}

/// The command set of a message.
template <class Message>
[[nodiscard]] bytes command_bytes(Message const& message, bool with_data_set) {
  byte_writer out;
  encode_command(out, message, with_data_set);
  return std::move(out).take();
}
/// An element of a command set, for commands that no type describes.
[[nodiscard]] inline bytes command_us(std::uint16_t element, std::uint16_t value) {
  bytes out(10);
  store_little(out.data() + 2, element);
  store_little(out.data() + 4, std::uint32_t{2});
  store_little(out.data() + 8, value);
  return out;
}
[[nodiscard]] inline bytes command_text(std::uint16_t element, std::string_view value) {
  bytes out(8);
  store_little(out.data() + 2, element);
  store_little(out.data() + 4, static_cast<std::uint32_t>(value.size()));
  return append(out, text_bytes(value));
}

/// One part of a message (command or data set) as PDUs of one PDV of at most `fragment` bytes.
[[nodiscard]] inline bytes part_pdus(std::uint8_t context_id, bool command,
                                     std::span<std::byte const> part, std::size_t fragment) {
  bytes out;
  do {
    auto const some = part.first(std::min(fragment, part.size()));
    part = part.subspan(some.size());
    append(out, p_data({pdv(context_id, command, part.empty(), some)}));
  } while (!part.empty());
  return out;
}
/// A message as a usual peer sends it.
template <class Message>
[[nodiscard]] bytes message_pdus(std::uint8_t context_id, Message const& message) {
  return part_pdus(context_id, true, command_bytes(message, false), 16384);
}
template <class Message>
[[nodiscard]] bytes message_pdus(std::uint8_t context_id, Message const& message, bytes const& data,
                                 std::size_t fragment = 16384) {
  bytes out = part_pdus(context_id, true, command_bytes(message, true), fragment);
  return append(out, part_pdus(context_id, false, data, fragment));
}

/// A PDU as it was received.
/// A value: distinct objects may be used from different threads.
struct received_pdu {
  std::uint8_t type = 0;
  bytes body;

  [[nodiscard]] bool is(pdu::pdu_type expected) const {
    return type == static_cast<std::uint8_t>(expected);
  }
  template <class Pdu>
  [[nodiscard]] result<Pdu> as() const {
    return pdu::decode<Pdu>(body);
  }
  /// "A-ABORT 2/6", "P-DATA-TF 84": what a test log wants to show.
  [[nodiscard]] std::string describe() const {
    std::string out{pdu::name_of(static_cast<pdu::pdu_type>(type))};
    auto const at = [this](std::size_t i) {
      return std::to_string(i < body.size() ? std::to_integer<int>(body[i]) : -1);
    };
    if (is(pdu::pdu_type::abort)) return out + " " + at(2) + "/" + at(3);
    if (is(pdu::pdu_type::associate_rj)) return out + " " + at(1) + "/" + at(2) + "/" + at(3);
    return out;
  }
};

/// A DIMSE message as it was received.
/// A value: distinct objects may be used from different threads.
class received_message {
 public:
  std::uint8_t context_id = 0;
  bytes command;
  bytes data;
  bool has_data = false;
  std::size_t data_fragments = 0;

  [[nodiscard]] std::optional<std::uint16_t> us(std::uint16_t element) const {
    auto const parsed = command_set::parse(command);
    if (!parsed) return {};
    return parsed->us(element);
  }
  [[nodiscard]] std::string text(std::uint16_t element) const {
    auto const parsed = command_set::parse(command);
    return parsed ? std::string{parsed->raw_text(element)} : std::string{};
  }
  [[nodiscard]] std::uint16_t field() const {
    return us(command_element::command_field).value_or(0);
  }
  [[nodiscard]] std::uint16_t status() const {
    return us(command_element::status).value_or(0xFFFF);
  }
  [[nodiscard]] std::uint16_t responds_to() const {
    return us(command_element::message_id_being_responded_to).value_or(0);
  }
  [[nodiscard]] std::string describe() const {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out{command_name(field())};
    if (!is_response(field()))
      return out + " " + std::to_string(us(command_element::message_id).value_or(0));
    out += " " + std::to_string(responds_to()) + " ";
    for (unsigned shift = 16; shift > 0; shift -= 4)
      out += digits[(std::uint32_t{status()} >> (shift - 4)) & 0xFU];
    return out;
  }
};

/// Joins the PDVs of P-DATA-TFs into messages, and complains where they are mixed or malformed.
/// Used on one executor, its association's or its owner's.
class message_joiner {
 public:
  /// Takes the body of a P-DATA-TF; yields a complaint, or nothing.
  std::string take(std::span<std::byte const> body) {
    while (!body.empty()) {
      if (body.size() < pdu::pdv_header_size) return "a PDV is cut off";
      std::size_t const length = load_big<std::uint32_t>(body.data());
      if (length < 2 || length + 4 > body.size()) return "the length of a PDV is wrong";
      auto const context_id = std::to_integer<std::uint8_t>(body[4]);
      auto const flags = pdu::message_control::from_byte(std::to_integer<std::uint8_t>(body[5]));
      auto const problem = fragment(context_id, flags, body.subspan(6, length - 2));
      if (!problem.empty()) return problem;
      body = body.subspan(4 + length);
    }
    return {};
  }
  [[nodiscard]] bool in_message() const { return open_.has_value(); }
  /// Messages that are complete, oldest first; the caller takes them away.
  std::vector<received_message> complete;

 private:
  std::string fragment(std::uint8_t context_id, pdu::message_control flags,
                       std::span<std::byte const> part) {
    if (!open_) open_.emplace().context_id = context_id;
    if (open_->context_id != context_id) return "fragments of two contexts are mixed";
    if (flags.command == command_done_) return "command and data set fragments are mixed";
    auto& into = flags.command ? open_->command : open_->data;
    into.insert(into.end(), part.begin(), part.end());
    if (!flags.command) ++open_->data_fragments;
    if (!flags.last) return {};
    if (flags.command) {
      auto const parsed = command_set::parse(open_->command);
      if (!parsed) return "a malformed command set";
      command_done_ = open_->has_data = parsed->announces_data_set();
      if (command_done_) return {};
    }
    complete.push_back(std::move(*open_));
    open_.reset();
    command_done_ = false;
    return {};
  }

  std::optional<received_message> open_;
  bool command_done_ = false;
};

}  // namespace codimse::inline v0::testing

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/reader.hpp>
#include <codimse/bytes/writer.hpp>
#include <codimse/core/ae_title.hpp>
#include <codimse/core/command_field.hpp>
#include <codimse/core/error.hpp>
#include <codimse/core/fixed_text.hpp>
#include <codimse/core/result.hpp>
#include <codimse/core/status.hpp>
#include <codimse/core/uid.hpp>
#include <codimse/data/tag.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace codimse::inline v0 {

/// Elements of group 0000 that this library names (PS3.7 Annex E).
namespace command_element {
inline constexpr std::uint16_t group_length = 0x0000;
inline constexpr std::uint16_t affected_sop_class_uid = 0x0002;
inline constexpr std::uint16_t requested_sop_class_uid = 0x0003;
inline constexpr std::uint16_t command_field = 0x0100;
inline constexpr std::uint16_t message_id = 0x0110;
inline constexpr std::uint16_t message_id_being_responded_to = 0x0120;
inline constexpr std::uint16_t move_destination = 0x0600;
inline constexpr std::uint16_t priority = 0x0700;
inline constexpr std::uint16_t command_data_set_type = 0x0800;
inline constexpr std::uint16_t status = 0x0900;
inline constexpr std::uint16_t offending_element = 0x0901;
inline constexpr std::uint16_t error_comment = 0x0902;
inline constexpr std::uint16_t error_id = 0x0903;
inline constexpr std::uint16_t affected_sop_instance_uid = 0x1000;
inline constexpr std::uint16_t requested_sop_instance_uid = 0x1001;
inline constexpr std::uint16_t event_type_id = 0x1002;
inline constexpr std::uint16_t attribute_identifier_list = 0x1005;
inline constexpr std::uint16_t action_type_id = 0x1008;
inline constexpr std::uint16_t remaining_sub_operations = 0x1020;
inline constexpr std::uint16_t completed_sub_operations = 0x1021;
inline constexpr std::uint16_t failed_sub_operations = 0x1022;
inline constexpr std::uint16_t warning_sub_operations = 0x1023;
inline constexpr std::uint16_t move_originator_ae_title = 0x1030;
inline constexpr std::uint16_t move_originator_message_id = 0x1031;
}  // namespace command_element

/// Command Data Set Type (0000,0800): this value says that no data set follows, every other one
/// that one does (PS3.7 9.3).
inline constexpr std::uint16_t no_data_set = 0x0101;
inline constexpr std::uint16_t data_set_present = 0x0001;

/// A received command set (PS3.7 6.3.1): a view of bytes that it does not own, always implicit VR
/// little endian. Tolerant: elements in any order, group length not trusted, unknown ones skipped.
/// A value: distinct objects may be used from different threads.
class command_set {
 public:
  command_set() = default;

  /// Checks the element structure once; the accessors then need no error. Fails with
  /// `errc::invalid_command_set` where a length leaves the set or the Command Field is missing.
  [[nodiscard]] static result<command_set> parse(std::span<std::byte const> bytes) {
    command_set out;
    out.bytes_ = bytes;
    byte_reader in{bytes};
    while (in.ok() && in.remaining() > 0) {
      in.skip(4);
      in.skip(in.little<std::uint32_t>());
    }
    bool const complete = in.ok() && out.us(command_element::command_field).has_value();
    if (!complete) return make_error_code(errc::invalid_command_set);
    return out;
  }

  /// Value bytes of an element (0000,eeee), if it is there.
  [[nodiscard]] std::optional<std::span<std::byte const>> find(std::uint16_t element) const {
    byte_reader in{bytes_};
    while (in.remaining() > 0) {
      auto const group = in.little<std::uint16_t>();
      auto const number = in.little<std::uint16_t>();
      auto const value = in.take(in.little<std::uint32_t>());
      if (group == 0 && number == element) return value;
    }
    return {};
  }
  [[nodiscard]] std::optional<std::uint16_t> us(std::uint16_t element) const {
    auto const value = find(element);
    if (!value || value->size() < 2) return {};
    return load_little<std::uint16_t>(value->data());
  }
  /// Text exactly as received, padding included.
  [[nodiscard]] std::string_view raw_text(std::uint16_t element) const {
    auto const value = find(element);
    if (!value) return {};
    return {reinterpret_cast<char const*>(value->data()), value->size()};
  }

  [[nodiscard]] std::uint16_t command() const {
    return us(command_element::command_field).value_or(0);
  }
  /// A data set follows the command. Where the peer left out to say so, the command decides.
  [[nodiscard]] bool announces_data_set() const {
    if (auto const type = us(command_element::command_data_set_type)) return *type != no_data_set;
    return needs_data_set(command());
  }
  /// Missing: 0110, a failure.
  [[nodiscard]] codimse::status status() const {
    return {us(command_element::status).value_or(codimse::status::processing_failure.code)};
  }
  [[nodiscard]] std::uint16_t message_id() const {
    return us(command_element::message_id).value_or(0);
  }
  /// The SOP Class that the message is about: the affected or the requested one.
  [[nodiscard]] uid sop_class() const {
    auto const affected = raw_text(command_element::affected_sop_class_uid);
    return uid::from_wire(!affected.empty() ? affected
                                            : raw_text(command_element::requested_sop_class_uid));
  }
  [[nodiscard]] std::span<std::byte const> bytes() const { return bytes_; }

 private:
  std::span<std::byte const> bytes_;
};

/// Writes a command set into a byte_writer: elements in ascending order, even lengths, exact group
/// length (patched by `finish`).
/// A value: distinct objects may be used from different threads.
class command_encoder {
 public:
  command_encoder(byte_writer& out, bool with_data_set)
      : out_{out}, start_{out.size()}, with_data_set_{with_data_set} {
    header(command_element::group_length, 4);
    out_.little(std::uint32_t{0});
  }

  void command(std::uint16_t field) { us(command_element::command_field, {}, field); }
  void data_set_type() {
    us(command_element::command_data_set_type, {}, with_data_set_ ? data_set_present : no_data_set);
  }
  void us(std::uint16_t element, std::string_view, std::uint16_t value) {
    header(element, 2);
    out_.little(value);
  }
  void optional_us(std::uint16_t element, std::string_view name,
                   std::optional<std::uint16_t> const& value) {
    if (value) us(element, name, *value);
  }
  void status_code(std::uint16_t element, std::string_view name, status value) {
    us(element, name, value.code);
  }
  // Empty text means that the element is left out.
  void ui(std::uint16_t element, std::string_view, uid const& value) {
    text(element, value.view(), '\0');
  }
  void ae(std::uint16_t element, std::string_view, ae_title const& value) {
    text(element, value.view(), ' ');
  }
  void lo(std::uint16_t element, std::string_view, fixed_text<64> const& value) {
    text(element, value.view(), ' ');
  }
  void at(std::uint16_t element, std::string_view, std::vector<tag> const& values) {
    if (values.empty()) return;
    header(element, static_cast<std::uint32_t>(4 * values.size()));
    for (tag const value : values) {
      out_.little(value.group);
      out_.little(value.element);
    }
  }
  void text(std::uint16_t element, std::string_view value, char padding) {
    if (value.empty()) return;
    bool const odd = value.size() % 2 != 0;
    header(element, static_cast<std::uint32_t>(value.size() + (odd ? 1 : 0)));
    out_.text(value);
    if (odd) out_.u8(static_cast<std::uint8_t>(padding));
  }
  void finish() {
    constexpr std::size_t group_length_element = 12;
    store_little(out_.at(start_ + 8),
                 static_cast<std::uint32_t>(out_.size() - start_ - group_length_element));
  }

 private:
  void header(std::uint16_t element, std::uint32_t length) {
    out_.little(std::uint16_t{0});
    out_.little(element);
    out_.little(length);
  }

  byte_writer& out_;
  std::size_t start_;
  bool with_data_set_;
};

/// Reads the elements that a message type names from a command set. Missing ones leave the
/// defaults: which of them matter is decided where they are used (peers leave out even required
/// ones).
/// A value: distinct objects may be used from different threads.
class command_decoder {
 public:
  explicit command_decoder(command_set const& in) : in_{in} {}

  void command(std::uint16_t) {}
  void data_set_type() {}
  void us(std::uint16_t element, std::string_view, std::uint16_t& value) {
    value = in_.us(element).value_or(value);
  }
  void optional_us(std::uint16_t element, std::string_view, std::optional<std::uint16_t>& value) {
    value = in_.us(element);
  }
  void status_code(std::uint16_t element, std::string_view, status& value) {
    value.code = in_.us(element).value_or(status::processing_failure.code);
  }
  void ui(std::uint16_t element, std::string_view, uid& value) {
    value = uid::from_wire(in_.raw_text(element));
  }
  void ae(std::uint16_t element, std::string_view, ae_title& value) {
    value = ae_title{in_.raw_text(element)};
  }
  void at(std::uint16_t element, std::string_view, std::vector<tag>& values) {
    values.clear();
    byte_reader in{in_.find(element).value_or(std::span<std::byte const>{})};
    while (in.remaining() >= 4) {
      auto const group = in.little<std::uint16_t>();
      values.push_back({group, in.little<std::uint16_t>()});
    }
  }
  void lo(std::uint16_t element, std::string_view, fixed_text<64>& value) {
    auto text = in_.raw_text(element);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
    value = fixed_text<64>{text};
  }

 private:
  command_set const& in_;
};

/// Appends the command set of a message.
template <class Message>
void encode_command(byte_writer& out, Message const& message, bool with_data_set) {
  command_encoder encoder{out, with_data_set};
  Message::layout(encoder, message);
  encoder.finish();
}

template <class Message>
[[nodiscard]] Message decode_command(command_set const& in) {
  Message message;
  command_decoder decoder{in};
  Message::layout(decoder, message);
  return message;
}

}  // namespace codimse::inline v0

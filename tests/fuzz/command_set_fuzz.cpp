// SPDX-License-Identifier: BSL-1.0
// Any bytes: parsed or refused, never read past their end; what is decoded comes to
// the same when encoded and decoded again; any request gets an answer that names it.
#include <codimse/dimse/messages.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace codimse;

void check(bool good) {
  if (!good) std::abort();
}

template <class Message>
std::vector<std::byte> encoded(Message const& message) {
  byte_writer out;
  encode_command(out, message, false);
  return std::move(out).take();
}

/// Text that was cut may end in padding, which the next decoding takes off: from then on nothing
/// may change any more.
template <class Message>
void round_trip(command_set const& in) {
  auto const first = encoded(decode_command<Message>(in));
  auto const again = command_set::parse(first);
  check(again.has_value() && first.size() % 2 == 0);
  auto const second = encoded(decode_command<Message>(*again));
  auto const once_more = command_set::parse(second);
  check(once_more.has_value());
  check(encoded(decode_command<Message>(*once_more)) == second);
}

template <class... Rq>
void round_trip_all(command_set const& in, request_list<Rq...>) {
  (round_trip<Rq>(in), ...);
  (round_trip<typename Rq::response>(in), ...);
}

std::string padded(std::string_view text) {
  std::string out{text};
  if (out.size() % 2 != 0) out += '\0';
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const in = command_set::parse(std::as_bytes(std::span{data, size}));
  if (!in) {
    check(in.error() == errc::invalid_command_set);
    return 0;
  }
  round_trip_all(*in, requests{});
  round_trip<c_cancel_rq>(*in);

  // What a handler may answer with, taken from the input too.
  auto const said = decode_command<n_get_rsp>(*in);
  response_fields fields;
  fields.offending_elements = said.offending_elements;
  fields.attribute_identifier_list = said.attribute_identifier_list;
  fields.error_id = said.error_id;
  fields.sub_operations = decode_command<c_move_rsp>(*in).sub_operations;
  byte_writer out;
  encode_response(out, *in, outcome{status::out_of_resources, "why"}, fields, false);
  auto const answer = command_set::parse(out.view());
  check(answer.has_value() && is_response(answer->command()) && !answer->announces_data_set());
  check(answer->us(command_element::message_id_being_responded_to) == in->message_id());
  auto const back = decode_command<n_get_rsp>(*answer);
  check(back.offending_elements == fields.offending_elements && back.error_id == fields.error_id &&
        back.attribute_identifier_list == fields.attribute_identifier_list);
  check(answer->us(command_element::event_type_id) == in->us(command_element::event_type_id));
  auto instance = in->raw_text(command_element::affected_sop_instance_uid);
  if (instance.empty()) instance = in->raw_text(command_element::requested_sop_instance_uid);
  if (!instance.empty())
    check(answer->raw_text(command_element::affected_sop_instance_uid) == padded(instance));
  return 0;
}

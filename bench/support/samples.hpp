// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/writer.hpp>
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/data/element_writer.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/io/object_info.hpp>
#include <codimse/pdu/associate.hpp>
#include <codimse/pdu/p_data.hpp>
#include <codimse/sop/storage.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// What the benchmarks encode, decode and send.
namespace bench {

inline constexpr codimse::uid instance{"2.25.1.2.3.4.5"};

/// A CT image in Explicit VR Little Endian of about `size` bytes.
inline std::vector<std::byte> make_data_set(std::size_t size) {
  namespace tags = codimse::tags;
  codimse::byte_writer out;
  codimse::element_writer elements{out, codimse::element_encoding::explicit_little};
  elements.uid(tags::sop_class_uid, codimse::uid{codimse::sop::ct_image_storage.uid});
  elements.uid(tags::sop_instance_uid, instance);
  elements.text(tags::study_date, codimse::vr::da, "20240101");
  elements.text(tags::modality, codimse::vr::cs, "CT");
  elements.text(tags::patient_name, codimse::vr::pn, "Doe^Jane");
  elements.text(tags::patient_id, codimse::vr::lo, "4711");
  elements.uid(tags::study_instance_uid, codimse::uid{"2.25.1.2.3"});
  elements.uid(tags::series_instance_uid, codimse::uid{"2.25.1.2.3.4"});
  std::size_t const rest = size > out.size() + 12 ? size - out.size() - 12 : 2;
  std::vector<std::uint16_t> const pixels(rest / 2, 0x0102);
  elements.ow(tags::pixel_data, pixels);
  return std::move(out).take();
}

inline codimse::object_info make_object() {
  codimse::object_info object;
  object.sop_class = codimse::uid{codimse::sop::ct_image_storage.uid};
  object.sop_instance = instance;
  object.transfer_syntax = codimse::uid{codimse::transfer_syntaxes::explicit_vr_little_endian.uid};
  return object;
}

/// A request with `contexts` storage contexts, three transfer syntaxes each.
inline codimse::pdu::associate_rq make_request(std::size_t contexts) {
  namespace syntaxes = codimse::transfer_syntaxes;
  codimse::pdu::associate_rq request;
  request.called = codimse::ae_title{"CALLED"}.to_field();
  request.calling = codimse::ae_title{"CALLING"}.to_field();
  auto const& classes = codimse::sop::all_storage;
  auto at = classes.begin();
  for (std::size_t i = 0; i < contexts; ++i) {
    codimse::pdu::presentation_context_rq context;
    context.id = static_cast<std::uint8_t>(2 * i + 1);
    context.abstract_syntax = codimse::uid{at->uid};
    for (auto const& one : {syntaxes::explicit_vr_little_endian, syntaxes::jpeg_lossless_sv1,
                            syntaxes::implicit_vr_little_endian})
      context.transfer_syntaxes.emplace_back(one.uid);
    request.contexts.push_back(std::move(context));
    if (++at == classes.end()) at = classes.begin();
  }
  request.user.maximum_length = 131072;
  request.user.implementation_class = codimse::uid{"2.25.99"};
  request.user.implementation_version = "BENCH";
  return request;
}

/// Bytes as they arrive: P-DATA-TF after P-DATA-TF of one long data set.
inline std::vector<std::byte> make_stream(std::size_t size, std::uint32_t pdu_length) {
  namespace pdu = codimse::pdu;
  std::uint32_t const room = pdu::fragment_room(pdu_length, pdu_length);
  std::vector<std::byte> stream;
  stream.reserve(size + room);
  while (stream.size() < size) {
    std::byte header[pdu::p_data_overhead];
    pdu::write_p_data_header(header, 1, {false, false}, room);
    stream.insert(stream.end(), std::begin(header), std::end(header));
    stream.resize(stream.size() + room, std::byte{0x55});
  }
  return stream;
}

}  // namespace bench

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/reader.hpp>
#include <codimse/bytes/writer.hpp>
#include <codimse/core/ae_title.hpp>
#include <codimse/core/error.hpp>
#include <codimse/core/fixed_text.hpp>
#include <codimse/core/result.hpp>
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/core/uid.hpp>
#include <codimse/data/element_header.hpp>
#include <codimse/data/element_writer.hpp>
#include <codimse/data/tag.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/data/vr.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// The File Meta Information of a Part 10 file (PS3.10 7.1): group 0002, what matters of it.
/// A value: distinct objects may be used from different threads.
struct file_meta {
  uid media_storage_sop_class;                 ///< (0002,0002), equals (0008,0016)
  uid media_storage_sop_instance;              ///< (0002,0003), equals (0008,0018)
  uid transfer_syntax;                         ///< (0002,0010), of the data set that follows
  uid implementation_class;                    ///< (0002,0012), of who wrote the file
  fixed_text<16> implementation_version_name;  ///< (0002,0013), optional
  ae_title source;                             ///< (0002,0016), optional: who wrote the file
  ae_title sending;                            ///< (0002,0017), optional
  ae_title receiving;                          ///< (0002,0018), optional

  friend constexpr bool operator==(file_meta const&, file_meta const&) = default;
};

/// Where group 0002 starts: after 128 bytes of preamble and the letters DICM (PS3.10 7.1).
inline constexpr std::size_t file_meta_offset = 132;
/// Longer File Meta Information is not read: `errc::limit_exceeded`.
inline constexpr std::size_t file_meta_length_limit = 16 * 1024 * 1024;

enum class file_kind {
  need_more,  ///< fewer than `file_meta_offset` bytes are known
  part10,
  other,  ///< no DICM: not a DICOM file, or a bare data set
};

/// Is it a Part 10 file? Looks at the first bytes of the file; `file_meta_offset` of them decide.
[[nodiscard]] inline file_kind file_kind_of(std::span<std::byte const> head) {
  if (head.size() < file_meta_offset) return file_kind::need_more;
  bool const dicm = std::memcmp(head.data() + file_meta_offset - 4, "DICM", 4) == 0;
  return dicm ? file_kind::part10 : file_kind::other;
}

/// The start of a Part 10 file: preamble (zeros), DICM, and group 0002 with its exact length
/// (PS3.10 7.1). The data set follows right after it. Type 1 elements are always there, even empty;
/// the optional ones where they are not empty.
[[nodiscard]] inline std::vector<std::byte> encode_file_meta(file_meta const& meta) {
  byte_writer group;
  element_writer elements{group, element_encoding::explicit_little};
  elements.ob(tags::file_meta_information_version, std::array{std::byte{0}, std::byte{1}});
  elements.uid(tags::media_storage_sop_class_uid, meta.media_storage_sop_class);
  elements.uid(tags::media_storage_sop_instance_uid, meta.media_storage_sop_instance);
  elements.uid(tags::transfer_syntax_uid, meta.transfer_syntax);
  elements.uid(tags::implementation_class_uid, meta.implementation_class);
  auto const optional = [&](tag at, vr type, std::string_view value) {
    if (!value.empty()) elements.text(at, type, value);
  };
  optional(tags::implementation_version_name, vr::sh, meta.implementation_version_name.view());
  optional(tags::source_application_entity_title, vr::ae, meta.source.view());
  optional(tags::sending_application_entity_title, vr::ae, meta.sending.view());
  optional(tags::receiving_application_entity_title, vr::ae, meta.receiving.view());

  byte_writer file;
  file.reserve(file_meta_offset + 12 + group.size());
  file.zeros(128);
  file.text("DICM");
  element_writer{file, element_encoding::explicit_little}.ul(
      tags::file_meta_information_group_length, static_cast<std::uint32_t>(group.size()));
  file.append(group.view());
  return std::move(file).take();
}

/// What `decode_file_meta` found.
/// A value: distinct objects may be used from different threads.
struct decoded_file_meta {
  /// False: the bytes end too early. Call again with at least `wanted` bytes from the start.
  bool complete = false;
  std::size_t wanted = 0;
  file_meta meta;
  /// Where the data set starts, from the start of the file; only when complete.
  std::size_t data_set_offset = 0;
};

namespace detail {

inline void take_file_meta_element(file_meta& meta, tag at, std::string_view value) {
  constexpr std::string_view padding_bytes{" \0", 2};
  auto const is = [at](tag other) { return at == other; };
  if (is(tags::media_storage_sop_class_uid)) meta.media_storage_sop_class = uid::from_wire(value);
  else if (is(tags::media_storage_sop_instance_uid))
    meta.media_storage_sop_instance = uid::from_wire(value);
  else if (is(tags::transfer_syntax_uid)) meta.transfer_syntax = uid::from_wire(value);
  else if (is(tags::implementation_class_uid)) meta.implementation_class = uid::from_wire(value);
  else if (is(tags::implementation_version_name))
    meta.implementation_version_name = value.substr(0, value.find_last_not_of(padding_bytes) + 1);
  else if (is(tags::source_application_entity_title)) meta.source = value;
  else if (is(tags::sending_application_entity_title)) meta.sending = value;
  else if (is(tags::receiving_application_entity_title)) meta.receiving = value;
}

}  // namespace detail

/// Reads the File Meta Information from the first bytes of a file. `whole_file`: there are no more.
///
/// Group 0002 ends at the first element of another group: its length (0002,0000) may be wrong or
/// missing, and elements without VR are read too. Values stay as they came, check them where they
/// are used; a transfer syntax may be missing (`guess_encoding` helps).
///
/// Errors: not_a_dicom_file (no DICM), data_set_malformed (a value runs over the end of the file or
/// has no length), limit_exceeded (over `file_meta_length_limit`).
[[nodiscard]] inline result<decoded_file_meta> decode_file_meta(std::span<std::byte const> head,
                                                                bool whole_file = false) {
  decoded_file_meta found;
  auto const more = [&](std::size_t wanted) -> result<decoded_file_meta> {
    if (whole_file) return make_error_code(errc::data_set_malformed);
    if (wanted > file_meta_length_limit) return make_error_code(errc::limit_exceeded);
    found.wanted = wanted;
    return found;
  };
  auto const kind = file_kind_of(head);
  if (kind == file_kind::other || (kind == file_kind::need_more && whole_file))
    return make_error_code(errc::not_a_dicom_file);
  if (kind == file_kind::need_more) return more(file_meta_offset);

  constexpr auto encoding = element_encoding::explicit_little;
  std::size_t offset = file_meta_offset;
  std::uint64_t declared_end = 0;
  for (;;) {
    auto const rest = head.subspan(offset);
    // Compressed bytes may look like group 0002: before them the declared length is believed.
    auto const* const syntax = find_transfer_syntax(found.meta.transfer_syntax.view());
    bool const believed = syntax != nullptr && syntax->deflated && offset == declared_end;
    bool const ends = rest.empty() && whole_file;
    if (believed || ends || (rest.size() >= 2 && load_little<std::uint16_t>(rest.data()) != 2)) {
      found.complete = true;
      found.data_set_offset = offset;
      return found;
    }
    if (rest.size() < min_element_header_size) return more(offset + min_element_header_size);
    byte_reader in{rest};
    auto const header = decode_element_header(in, encoding);
    if (!in.ok()) return more(offset + max_element_header_size);
    if (header.has_undefined_length()) return make_error_code(errc::data_set_malformed);
    if (header.length > file_meta_length_limit) return make_error_code(errc::limit_exceeded);
    auto const end = offset + (rest.size() - in.remaining()) + header.length;
    if (end > head.size()) return more(end);
    auto const value = in.text(header.length);
    if (header.tag == tags::file_meta_information_group_length && header.length == 4)
      declared_end = end + load_little<std::uint32_t>(head.data() + end - 4);
    detail::take_file_meta_element(found.meta, header.tag, value);
    offset = end;
  }
}

}  // namespace codimse::inline v0

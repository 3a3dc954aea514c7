// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/endian.hpp>
#include <codimse/core/error.hpp>
#include <codimse/core/implementation.hpp>
#include <codimse/core/result.hpp>
#include <codimse/core/transfer_syntax.hpp>
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/core/uid.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/element_header.hpp>
#include <codimse/data/read.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/data/write.hpp>
#include <codimse/file/meta.hpp>
#include <codimse/io/durability.hpp>
#include <codimse/io/file.hpp>
#include <codimse/io/temporary_file.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// A file of PS3.10: who wrote it in which transfer syntax, and the data set.
/// A value: distinct objects may be used from different threads.
struct part10_object {
  /// As it stands in the file; empty where the file has none. The transfer syntax is then the
  /// uncompressed one that the data set was read in.
  file_meta meta;
  data_set dataset;
};

namespace detail {

/// What a file's transfer syntax is read as. Private and unknown ones are taken as what the first
/// element looks like: they have to be implicit or explicit too.
[[nodiscard]] inline transfer_syntax syntax_to_read(uid const& said,
                                                    std::span<std::byte const> data_set) {
  if (auto const* const known = find_transfer_syntax(said.view())) return *known;
  switch (guess_encoding(data_set).value_or(element_encoding::implicit_little)) {
    case element_encoding::explicit_little: return transfer_syntaxes::explicit_vr_little_endian;
    case element_encoding::explicit_big: return transfer_syntaxes::explicit_vr_big_endian;
    case element_encoding::implicit_little: break;
  }
  return transfer_syntaxes::implicit_vr_little_endian;
}

/// The meta information of a file without preamble, where group 0002 comes first; complete with
/// offset 0 where there is none: a bare data set.
[[nodiscard]] inline result<decoded_file_meta> decode_bare_meta(std::span<std::byte const> file) {
  constexpr std::string_view dicm = "DICM";
  decoded_file_meta none{.complete = true, .wanted = 0, .meta = {}, .data_set_offset = 0};
  bool const magic = file.size() >= 4 && std::memcmp(file.data(), dicm.data(), 4) == 0;
  auto const start = magic ? dicm.size() : std::size_t{0};
  auto const rest = file.subspan(start);
  if (rest.size() < 2 || load_little<std::uint16_t>(rest.data()) != 2) {
    if (magic || !guess_encoding(rest)) return make_error_code(errc::not_a_dicom_file);
    return none;
  }
  std::vector<std::byte> with_preamble(file_meta_offset - dicm.size());
  auto const letters = std::as_bytes(std::span{dicm});
  with_preamble.insert(with_preamble.end(), letters.begin(), letters.end());
  // Not all of a large file: its meta information is no longer than that.
  auto const head = rest.first(std::min(rest.size(), file_meta_length_limit));
  with_preamble.insert(with_preamble.end(), head.begin(), head.end());
  auto found = decode_file_meta(with_preamble, true);
  if (found) found->data_set_offset = found->data_set_offset - file_meta_offset + start;
  return found;
}

[[nodiscard]] inline result<decoded_file_meta> decode_any_meta(std::span<std::byte const> file) {
  if (file_kind_of(file) != file_kind::part10) return decode_bare_meta(file);
  auto const after = file.subspan(file_meta_offset);
  bool const has_meta = after.size() >= 2 && load_little<std::uint16_t>(after.data()) == 2;
  // The letters DICM may lie there by chance, in a bare data set.
  if (!has_meta && load_little<std::uint16_t>(file.data()) == 0x0008) return decode_bare_meta(file);
  return decode_file_meta(file, true);
}

/// The first bytes of a file, in memory that data sets may share.
struct file_head {
  std::shared_ptr<std::byte const[]> memory;
  std::size_t size = 0;
  bool whole = false;
  [[nodiscard]] std::span<std::byte const> bytes() const { return {memory.get(), size}; }
};

[[nodiscard]] inline result<file_head> read_file(std::string const& path, std::uint64_t at_most) {
  file from;
  if (auto failed = from.open_to_read(path)) return failed;
  std::uint64_t size = 0;
  if (auto failed = from.size(size)) return failed;
  auto const wanted = static_cast<std::size_t>(std::min(size, at_most));
  auto memory = std::make_shared_for_overwrite<std::byte[]>(wanted);
  std::array const all{std::span{memory.get(), wanted}};
  auto const got = from.read_at(0, all);
  if (got.error) return got.error;
  return file_head{.memory = std::move(memory), .size = got.bytes, .whole = size <= at_most};
}

/// `storage` keeps the bytes of the file; `whole`: they are all of them.
[[nodiscard]] inline result<part10_object> parse_part10(std::span<std::byte const> file,
                                                        std::shared_ptr<void const> const& storage,
                                                        read_options const& options,
                                                        bool whole = true) {
  auto const meta = decode_any_meta(file);
  if (!meta) return meta.error();
  auto const data_set = file.subspan(meta->data_set_offset);
  auto const syntax = syntax_to_read(meta->meta.transfer_syntax, data_set);
  auto data = read_kept(data_set, storage, syntax, options, whole);
  if (!data) return data.error();
  part10_object object{meta->meta, *std::move(data)};
  if (object.meta.transfer_syntax.empty()) object.meta.transfer_syntax = uid{syntax.uid};
  return object;
}

/// Writes a file under another name and gives it its own when it is complete.
[[nodiscard]] inline std::error_code write_file(std::string const& path,
                                                std::span<std::span<std::byte const> const> all,
                                                durability how) {
  temporary_file to;
  if (auto failed = to.create_beside(path)) return failed;
  if (auto failed = to.write(all)) return failed;
  if (auto failed = to.place(path, true, how)) return failed;
  if (how == durability::file_and_folder) return file::synchronize(folder_of(path));
  return {};
}

[[noreturn]] inline void throw_about(std::filesystem::path const& path, std::error_code why,
                                     std::string const& more) {
  throw error{why, path.string() + ": " + (more.empty() ? why.message() : more)};
}

/// How much of a file a reader that stops early reads, try by try: most heads of images fit the
/// first. Later the whole.
inline constexpr std::array<std::uint64_t, 3> head_sizes{16 * 1024, 128 * 1024, 8 * 1024 * 1024};

}  // namespace detail

/// Reads a DICOM file (PS3.10 section 7) whose bytes are in memory, with what `load_part10`
/// tolerates. The data set keeps the bytes: its values lie in them without a copy.
///
/// Errors: not_a_dicom_file, data_set_malformed and limit_exceeded (the meta information), and what
/// `read_data_set` yields.
[[nodiscard]] inline result<part10_object> read_part10(std::vector<std::byte> file,
                                                       read_options const& options = {}) {
  auto const kept = std::make_shared<std::vector<std::byte> const>(std::move(file));
  return detail::parse_part10(*kept, kept, options);
}

/// The same for bytes that the caller keeps: they must outlive the data set and what is moved out
/// of it (a copy owns its values).
[[nodiscard]] inline result<part10_object> view_part10(std::span<std::byte const> file,
                                                       read_options const& options = {}) {
  return detail::parse_part10(file, nullptr, options);
}

/// Reads a DICOM file (PS3.10 section 7) into memory. With `read_options::stop_at` no more of the
/// file is read than that takes, about.
///
/// Tolerates files without preamble, without meta information (then the data set's first element
/// tells the encoding), with wrong or missing group length, and transfer syntaxes that are not
/// registered. Deflated ones need `use_deflate()`.
///
/// Throws `codimse::error` with the name of the file and the place in it: not_a_dicom_file,
/// data_set_malformed (the meta information), what `read_data_set` yields, or an error of the
/// system. Blocks.
[[nodiscard]] inline part10_object load_part10(std::filesystem::path const& path,
                                               read_options options = {}) {
  read_problem unasked;
  if (options.problem == nullptr) options.problem = &unasked;
  for (std::size_t i = options.stop_at ? 0 : detail::head_sizes.size();; ++i) {
    bool const all = i >= detail::head_sizes.size();
    *options.problem = {};
    std::uint64_t const at_most =
        all ? options.max_file_length : std::min(options.max_file_length, detail::head_sizes[i]);
    auto const file = detail::read_file(path.string(), at_most);
    if (!file) detail::throw_about(path, file.error(), {});
    auto tried = options;
    if (!file->whole) tried.keep_what_was_read = false;
    auto object = detail::parse_part10(file->bytes(), file->memory, tried, file->whole);
    if (object) return *std::move(object);
    if (!file->whole && all) detail::throw_about(path, make_error_code(errc::limit_exceeded), {});
    if (!file->whole) continue;  // perhaps only for want of the rest
    bool const has_place = static_cast<bool>(options.problem->error);
    detail::throw_about(path, object.error(), has_place ? to_string(*options.problem) : "");
  }
}

/// The meta information that a data set gets: SOP Class and Instance UID from it, this library as
/// the writer.
[[nodiscard]] inline file_meta make_file_meta(data_set const& all, transfer_syntax const& syntax) {
  file_meta meta;
  meta.media_storage_sop_class = uid::from_wire(all.text(tags::sop_class_uid));
  meta.media_storage_sop_instance = uid::from_wire(all.text(tags::sop_instance_uid));
  meta.transfer_syntax = uid{syntax.uid};
  meta.implementation_class = implementation_class_uid;
  meta.implementation_version_name = implementation_version_name;
  return meta;
}

/// Writes a DICOM file: the meta information is made from the data set. It appears under its name
/// when it is complete, replacing one that is there, and is on the disk as far as `how` says.
/// Throws `codimse::error` with the name of the file: no_sop_instance where the data set lacks a
/// valid SOP Class or Instance UID, deflate_not_available, or an error of the system; nothing is
/// left then, unless the folder's fsync was what failed. Blocks.
inline void save_part10(std::filesystem::path const& path, data_set const& all,
                        transfer_syntax const& syntax, write_options const& options = {},
                        durability how = durability::none) {
  auto const meta = make_file_meta(all, syntax);
  if (!meta.media_storage_sop_class.valid() || !meta.media_storage_sop_instance.valid())
    detail::throw_about(path, make_error_code(errc::no_sop_instance), {});
  if (syntax.deflated && installed_deflate() == nullptr)
    detail::throw_about(path, make_error_code(errc::deflate_not_available), {});
  auto const head = encode_file_meta(meta);
  auto const bytes = write_data_set(all, syntax, options);
  std::array const both{std::span<std::byte const>{head}, std::span<std::byte const>{bytes}};
  if (auto failed = detail::write_file(path.string(), both, how))
    detail::throw_about(path, failed, {});
}

}  // namespace codimse::inline v0

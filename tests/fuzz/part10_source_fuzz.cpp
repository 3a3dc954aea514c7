// SPDX-License-Identifier: BSL-1.0
// A file that is to be sent: looked into, read as it is sent, turned into other transfer syntaxes
// on the way, and loaded with and without its end. What is stored of it would stay below its root.
// Input: 2 bytes of choices, then the file.
#include "event_input.hpp"
#include <codimse/file/part10.hpp>
#include <codimse/file/part10_source.hpp>
#include <codimse/file/storage_path.hpp>
#include <codimse/file/transcoding.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace codimse;
using codimse_fuzz::must;

/// A file without a name: path to it. Its bytes are replaced with each input.
std::string put(std::span<std::uint8_t const> bytes) {
  static int const descriptor = ::memfd_create("input", 0);
  static std::string const path = "/proc/self/fd/" + std::to_string(descriptor);
  must(descriptor >= 0 && ::ftruncate(descriptor, 0) == 0);
  must(::pwrite(descriptor, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  return path;
}

/// Everything that a source yields, in pieces of these sizes; nothing where it fails.
template <class Source>
std::optional<std::vector<std::byte>> read_all(Source& from, std::size_t piece) {
  std::vector<std::byte> all;
  std::vector<std::byte> buffer(3 * piece);
  for (std::size_t turn = 0;; ++turn) {
    must(turn < 100'000);
    auto const whole = std::span{buffer};
    std::array const places{whole.first(piece), whole.subspan(piece)};
    auto const got = from.read(places);
    if (got.error) return {};
    must(got.bytes <= buffer.size());
    all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(got.bytes));
    if (got.last) return all;
    must(got.bytes == buffer.size());
  }
}

void check_path(object_info const& object) {
  for (auto const layout : {file_layout::flat, file_layout::by_study}) {
    auto const path = storage_path(object, layout);
    if (!path) continue;
    must(path->find("..") == std::string::npos && path->front() != '/' && path->size() < 140);
    must(path->find_first_not_of("0123456789./dcmunkown-study") == std::string::npos);
  }
}

/// The same data set, whether the file was loaded first or transcoded on the way.
void check_transcoding(part10_file const& file, transfer_syntax const& to, std::size_t piece) {
  transcoding_source turned{part10_source{file}, to};
  must(turned.info().transfer_syntax.view() == to.uid);
  auto const sent = read_all(turned, piece);
  if (!sent) return;
  // Implicit VR may make a sequence of what came as something else.
  read_options options;
  options.keep_what_was_read = &to == &transfer_syntaxes::implicit_vr_little_endian;
  must(view_data_set(*sent, to, options).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 2) return 0;
  static constexpr transfer_syntax const* plain[] = {&transfer_syntaxes::explicit_vr_little_endian,
                                                     &transfer_syntaxes::implicit_vr_little_endian,
                                                     &transfer_syntaxes::explicit_vr_big_endian};
  auto const path = put(std::span{data, size}.subspan(2));
  std::size_t const piece = data[0] % 64U + 1U;

  read_options options;
  if (data[1] % 2 != 0) options.stop_at = tags::pixel_data;
  try {
    static_cast<void>(load_part10(path, options));
  } catch (error const&) {  // what most inputs are
  }
  auto const found = examine_part10(path);
  if (!found) return 0;
  must(found->data_set_offset + found->data_set_size == size - 2);
  check_path(found->info);
  part10_source from{*found};
  auto const sent = read_all(from, piece);
  must(sent.has_value() && sent->size() == found->data_set_size);
  auto const bytes = std::as_bytes(std::span{data, size}).subspan(2 + found->data_set_offset);
  must(std::ranges::equal(*sent, bytes));
  if (find_plain_syntax(found->info.transfer_syntax) != nullptr)
    check_transcoding(*found, *plain[data[1] / 2 % 3], piece);
  return 0;
}

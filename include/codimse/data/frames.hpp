// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/endian.hpp>
#include <codimse/core/error.hpp>
#include <codimse/core/result.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/tags.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Frames of encapsulated Pixel Data (PS3.5 A.4).
namespace codimse::inline v0 {

/// The fragments that one frame consists of, as numbers for `element::fragment`.
/// A value: distinct objects may be used from different threads.
struct frame_fragments {
  std::size_t first = 1;
  std::size_t count = 0;

  friend bool operator==(frame_fragments const&, frame_fragments const&) = default;
};

namespace detail {

/// Where the frames start, in bytes from the first fragment: the Basic Offset Table or the Extended
/// Offset Table (PS3.3 C.7.6.3.1.8). None where there is no table.
[[nodiscard]] inline std::vector<std::uint64_t> frame_offsets(data_set const& image,
                                                              element const& pixels) {
  std::vector<std::uint64_t> offsets;
  auto basic = pixels.fragment(0);
  for (; basic.size() >= 4; basic = basic.subspan(4))
    offsets.push_back(load_little<std::uint32_t>(basic.data()));
  auto const* const extended = image.find(tags::extended_offset_table);
  if (!offsets.empty() || extended == nullptr) return offsets;
  for (auto rest = extended->bytes(); rest.size() >= 8; rest = rest.subspan(8))
    offsets.push_back(load_little<std::uint64_t>(rest.data()));
  return offsets;
}

/// Each frame from where the table says it starts; an error where that is no start of a fragment.
[[nodiscard]] inline result<std::vector<frame_fragments>> frames_by_offset(
    element const& pixels, std::vector<std::uint64_t> const& offsets) {
  constexpr std::uint64_t item_header = 8;
  std::vector<frame_fragments> frames;
  std::uint64_t at = 0;
  for (std::size_t i = 1; i < pixels.fragment_count(); ++i) {
    if (frames.size() < offsets.size() && offsets[frames.size()] == at) frames.push_back({i, 0});
    if (frames.empty()) break;
    ++frames.back().count;
    at += item_header + pixels.fragment(i).size();
  }
  if (frames.size() != offsets.size()) return make_error_code(errc::invalid_value);
  return frames;
}

}  // namespace detail

/// Which fragments belong to which frame of encapsulated Pixel Data: as the offset table says;
/// where there is none, one fragment a frame, or all fragments of the only frame.
///
/// Errors: missing_element (no Pixel Data), wrong_vr (it is not encapsulated), invalid_value (the
/// table, or Number of Frames (0028,0008), does not fit the fragments: then only the codec can tell
/// the frames apart).
[[nodiscard]] inline result<std::vector<frame_fragments>> encapsulated_frames(
    data_set const& image) {
  auto const* const pixels = image.find(tags::pixel_data);
  if (pixels == nullptr) return make_error_code(errc::missing_element);
  if (!pixels->is_encapsulated()) return make_error_code(errc::wrong_vr);
  auto const fragments = pixels->fragment_count() == 0 ? 0 : pixels->fragment_count() - 1;
  auto said = image.try_get<std::uint32_t>(tags::number_of_frames);
  if (!said && said.error() != errc::missing_element) return said.error();
  auto const offsets = detail::frame_offsets(image, *pixels);
  auto const wanted = said ? std::size_t{*said} : std::max<std::size_t>(1, offsets.size());
  if (offsets.size() == wanted && wanted > 0) return detail::frames_by_offset(*pixels, offsets);
  if (!offsets.empty() || wanted == 0 || fragments < wanted)
    return make_error_code(errc::invalid_value);
  if (wanted == 1) return std::vector<frame_fragments>(1, {1, fragments});
  if (wanted != fragments) return make_error_code(errc::invalid_value);
  std::vector<frame_fragments> frames;
  for (std::size_t i = 1; i <= fragments; ++i) frames.push_back({i, 1});
  return frames;
}

/// The bytes of one frame in one piece, a padding at the end included.
[[nodiscard]] inline std::vector<std::byte> frame_bytes(element const& pixels,
                                                        frame_fragments const& frame) {
  std::vector<std::byte> out;
  for (std::size_t i = 0; i < frame.count; ++i) {
    auto const piece = pixels.fragment(frame.first + i);
    out.insert(out.end(), piece.begin(), piece.end());
  }
  return out;
}

}  // namespace codimse::inline v0

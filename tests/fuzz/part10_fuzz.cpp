// SPDX-License-Identifier: BSL-1.0
// A whole file in memory. What is read as a view, as memory of its own, and what a head of it says
// must agree; what was read survives being written as a file and read again.
// Input: 1 byte of choices, then the file, which may get preamble and DICM in front.
#include "event_input.hpp"
#include <codimse/file/part10.hpp>
#if __has_include(<zlib.h>)
#include <codimse/deflate.hpp>
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace {

using namespace codimse;
using codimse_fuzz::must;

std::vector<std::byte> file_of(std::span<std::byte const> input, bool in_front) {
  std::vector<std::byte> file(in_front ? 128 : 0);
  auto const letters = std::as_bytes(std::span{"DICM", 4});
  if (in_front) file.insert(file.end(), letters.begin(), letters.end());
  file.insert(file.end(), input.begin(), input.end());
  return file;
}

std::vector<std::byte> written(part10_object const& object, transfer_syntax const& syntax) {
  auto file = encode_file_meta(object.meta);
  auto const bytes = write_data_set(object.dataset, syntax);
  file.insert(file.end(), bytes.begin(), bytes.end());
  return file;
}

/// Written as a file in the transfer syntax that it was read in. The first writing mends what the
/// reader tolerates; from then on the bytes stay the same.
void must_come_back(part10_object const& object, read_options options) {
  auto const* const syntax = find_transfer_syntax(object.meta.transfer_syntax.view());
  if (syntax == nullptr) return;
  auto const first = written(object, *syntax);
  auto const start = encode_file_meta(object.meta).size();
  // A data set in big endian that begins with group 0200 looks like more of group 0002.
  bool const ambiguous = first.size() > start + 1 && first[start] == std::byte{2} &&
                         first[start + 1] == std::byte{0} && !syntax->deflated;
  if (ambiguous) return;
  // Implicit VR may make a sequence of what came as something else.
  options.keep_what_was_read = true;
  auto const mended = view_part10(first, options);
  must(mended.has_value() && mended->meta.transfer_syntax.view() == syntax->uid);
  auto const second = written(*mended, *syntax);
  auto const again = view_part10(second, options);
  must(again.has_value() && again->meta == mended->meta);
  must(written(*again, *syntax) == second);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
#if __has_include(<zlib.h>)
  use_deflate();
#endif
  auto const choice = data[0];
  auto const file = file_of(std::as_bytes(std::span{data, size}).subspan(1), choice % 2 != 0);
  read_problem problem;
  read_options options;
  options.max_inflated = 100'000;
  options.keep_what_was_read = (choice & 2U) != 0;
  options.max_depth = (choice & 4U) != 0 ? 3 : 64;
  if ((choice & 8U) != 0) options.skip_longer_than = 20;
  options.problem = &problem;
  auto const viewed = view_part10(file, options);
  auto const read = read_part10(file, options);
  must(viewed.has_value() == read.has_value());
  must(viewed.has_value() || viewed.error() == read.error());
  if (!viewed) return 0;
  must(viewed->meta == read->meta && viewed->dataset == read->dataset);
  must_come_back(*viewed, options);

  // A part of it, as far as it goes without an error.
  options.stop_at = tags::study_instance_uid;
  auto const head = view_part10(file, options);
  must(head.has_value() && head->dataset.size() <= viewed->dataset.size());
  return 0;
}

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/core/limits.hpp>
#include <codimse/core/result.hpp>
#include <codimse/core/transfer_syntax.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/element_header.hpp>
#include <codimse/data/element_reader.hpp>
#include <codimse/data/inflate_hook.hpp>
#include <codimse/data/tag.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// What is wrong with a data set, and where.
/// A value: distinct objects may be used from different threads.
struct read_problem {
  std::error_code error{};
  /// Of the element that could not be read, from the start of the data set (inflated).
  std::uint64_t offset = 0;
  /// Its tag; (0000,0000) where there is none.
  codimse::tag tag{};
};

/// "offset 120, (0008,0018): the data set ends within an element or a sequence"
[[nodiscard]] inline std::string to_string(read_problem const& problem) {
  return "offset " + std::to_string(problem.offset) + ", " + to_string(problem.tag) + ": " +
         problem.error.message();
}

/// How much of a data set is read, and how strictly.
/// Refers to a `read_problem` of the caller's.
struct read_options {
  /// Only the elements before this one (top level): `tags::pixel_data` for everything else.
  std::optional<tag> stop_at{};
  /// Elements with longer values are left out, in bytes; so is Pixel Data with a longer fragment.
  std::uint64_t skip_longer_than = std::numeric_limits<std::uint64_t>::max();
  /// Sequences nested deeper are an error.
  unsigned max_depth = limits{}.data_set_depth;
  /// Elements, items and fragments, at every level together; more is `errc::limit_exceeded`.
  std::size_t max_elements = limits{}.data_set_elements;
  /// `load_part10` takes no more of a file into memory, in bytes; where that is not enough it is
  /// `errc::limit_exceeded`.
  std::uint64_t max_file_length = std::numeric_limits<std::uint64_t>::max();
  /// Longest data set after inflating; more is `errc::limit_exceeded`.
  std::size_t max_inflated = limits{}.data_set_in_memory;
  /// Yield the elements before the error instead of the error: whole values; of what was open,
  /// the items and fragments so far.
  bool keep_what_was_read = false;
  /// Where to say what was wrong, if anything was.
  read_problem* problem = nullptr;
};

namespace detail {

/// Builds a data set from the events of a reader that has the whole of it.
class data_set_assembler {
 public:
  data_set_assembler(element_reader& reader, data_set& into,
                     std::shared_ptr<void const> const& storage, std::size_t max_elements)
      : reader_{reader}, storage_{storage}, elements_left_{max_elements} {
    open_.emplace_back(into, storage_, false, &reused_);
  }

  /// Yields the error, if any; then what was whole is there.
  std::error_code run() {
    for (;;) {
      auto const event = reader_.next();
      if (event == reader_event::end) break;
      if (event == reader_event::error || event == reader_event::need_more)
        return give_up(reader_.error());
      if (takes_memory(event) && elements_left_-- == 0)
        return give_up(make_error_code(errc::limit_exceeded));
      take(event);
    }
    open_.back().finish();
    return {};
  }

 private:
  enum within : std::uint8_t {
    elements,
    in_fragments,
    in_dropped_fragments
  };

  [[nodiscard]] static bool takes_memory(reader_event event) {
    return event == reader_event::value || event == reader_event::sequence_begin ||
           event == reader_event::item_begin || event == reader_event::fragments_begin;
  }

  void take(reader_event event) {
    auto const& header = reader_.header();
    switch (event) {
      case reader_event::value: return take_value();
      case reader_event::sequence_begin:
        return open_.back().sequence(header.tag, reader_.vr(), header.has_undefined_length());
      case reader_event::item_begin: return take_item();
      case reader_event::item_end:
        open_.back().finish();
        open_.pop_back();
        return;
      case reader_event::fragments_begin:
        within_ = in_fragments;
        return open_.back().fragments(header.tag, reader_.vr());
      case reader_event::fragments_end: within_ = elements; return;
      case reader_event::skipped:
        if (within_ == in_fragments) open_.back().drop_last();
        if (within_ == in_fragments) within_ = in_dropped_fragments;
        return;
      default: return;  // a value follows
    }
  }
  void take_item() {
    auto& item = open_.back().add_item();
    open_.emplace_back(item, storage_, reader_.header().has_undefined_length(), &reused_);
  }
  void take_value() {
    auto const bytes = reader_.bytes();
    if (!reader_.last()) return;  // cut short: the error is next
    if (within_ == in_dropped_fragments) return;
    if (within_ == in_fragments) return open_.back().add_fragment(bytes);
    auto const at = reader_.header().tag;
    auto const type = reader_.vr();
    if (reader_.big_endian() && word_size(type) > 1)
      open_.back().copied_value(at, type, bytes, true);
    else open_.back().value(at, type, bytes);
  }
  std::error_code give_up(std::error_code why) {
    while (!open_.empty()) {
      open_.back().finish();
      open_.pop_back();
    }
    return why;
  }

  element_reader& reader_;
  std::shared_ptr<void const> const& storage_;
  std::size_t elements_left_;
  data_set_builder::buffers reused_;
  std::vector<data_set_builder> open_;
  within within_ = elements;
};

/// `whole`: there are no more bytes than these. Else they must reach `stop_at`: bytes may end
/// between two elements.
inline result<data_set> read_elements(std::span<std::byte const> bytes, element_encoding encoding,
                                      std::shared_ptr<void const> const& storage,
                                      read_options const& options, bool whole = true) {
  reader_options const reading{.stop_at = options.stop_at,
                               .skip_longer_than = options.skip_longer_than,
                               .max_depth = options.max_depth};
  element_reader reader{encoding, reading};
  reader.feed(bytes);
  reader.finish();
  data_set all;
  auto failed = data_set_assembler{reader, all, storage, options.max_elements}.run();
  if (!failed && !whole && !reader.stopped()) failed = make_error_code(errc::truncated_data_set);
  if (failed && options.problem != nullptr)
    *options.problem = {failed, reader.offset(), reader.header().tag};
  if (failed && !options.keep_what_was_read) return failed;
  return all;
}

}  // namespace detail

/// Reads a data set (PS3.5 section 7) that lies whole in memory, in any transfer syntax; deflated
/// ones where `use_deflate()` was called. The data set keeps the bytes, its values lie in them
/// without a copy (numbers in big endian are turned into copies). What is tolerated says
/// `element_reader`; of several elements with one tag the first counts.
///
/// Errors: truncated_data_set, invalid_element_length, invalid_item, nested_too_deep,
/// limit_exceeded; deflated ones also deflate_not_available, invalid_deflated_data. Throws only for
/// want of memory, of which it takes at most some 200 bytes for each of `max_elements`.
[[nodiscard]] inline result<data_set> read_data_set(std::vector<std::byte> bytes,
                                                    transfer_syntax const& syntax,
                                                    read_options const& options = {});

/// The same for bytes that the caller keeps: they must outlive the data set and what is moved out
/// of it (a copy owns its values). Deflated data sets are inflated into memory of their own.
[[nodiscard]] inline result<data_set> view_data_set(std::span<std::byte const> bytes,
                                                    transfer_syntax const& syntax,
                                                    read_options const& options = {}) {
  if (!syntax.deflated) return detail::read_elements(bytes, encoding_of(syntax), nullptr, options);
  auto inflated = detail::inflate_whole(bytes, options.max_inflated);
  if (!inflated) {
    if (options.problem != nullptr) *options.problem = {inflated.error(), 0, {}};
    return inflated.error();
  }
  auto const kept = std::make_shared<std::vector<std::byte> const>(*std::move(inflated));
  return detail::read_elements(*kept, encoding_of(syntax), kept, options);
}

namespace detail {

/// Reads a data set whose bytes `storage` keeps.
[[nodiscard]] inline result<data_set> read_kept(std::span<std::byte const> bytes,
                                                std::shared_ptr<void const> const& storage,
                                                transfer_syntax const& syntax,
                                                read_options const& options, bool whole = true) {
  if (syntax.deflated) return view_data_set(bytes, syntax, options);
  return read_elements(bytes, encoding_of(syntax), storage, options, whole);
}

}  // namespace detail

inline result<data_set> read_data_set(std::vector<std::byte> bytes, transfer_syntax const& syntax,
                                      read_options const& options) {
  auto const kept = std::make_shared<std::vector<std::byte> const>(std::move(bytes));
  return detail::read_kept(*kept, kept, syntax, options);
}

}  // namespace codimse::inline v0

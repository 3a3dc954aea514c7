// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/writer.hpp>
#include <codimse/core/error.hpp>
#include <codimse/core/transfer_syntax.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/data_set_rules.hpp>
#include <codimse/data/element_header.hpp>
#include <codimse/data/element_writer.hpp>
#include <codimse/data/inflate_hook.hpp>
#include <codimse/data/tag.hpp>
#include <codimse/data/vr.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// How the lengths of sequences and items are written (PS3.5 7.5).
enum class sequence_lengths : std::uint8_t {
  undefined,  ///< with delimiters
  defined,    ///< as numbers of bytes
  keep,       ///< each as it was read; those that were made are undefined
};

/// A value: distinct objects may be used from different threads.
struct write_options {
  sequence_lengths lengths = sequence_lengths::undefined;
};

namespace detail {

/// Measures a data set, then writes it: two passes, each over every element once.
class data_set_writer {
 public:
  data_set_writer(byte_writer& out, element_encoding encoding, write_options const& options)
      : out_{out}, encoding_{encoding}, lengths_{options.lengths} {}

  void write(data_set const& all) {
    auto const size = measure(all, encoding_);
    out_.reserve(out_.size() + static_cast<std::size_t>(size));
    put(all, encoding_);
  }

 private:
  static constexpr std::uint64_t delimiter_size = 8;

  [[nodiscard]] bool defines(bool had_undefined) const {
    return lengths_ == sequence_lengths::defined ||
           (lengths_ == sequence_lengths::keep && !had_undefined);
  }
  /// UN with items needs an undefined length to be told from bytes (PS3.5 6.2.2), and so does a
  /// sequence that gets no VR and that no dictionary knows.
  [[nodiscard]] bool may_define(element const& sequence, element_encoding encoding) const {
    if (sequence.vr() != vr::sq) return false;
    return encoding != element_encoding::implicit_little || dictionary_vr(sequence.tag()) == vr::sq;
  }
  /// The encoding of what a sequence holds.
  static element_encoding encoding_within(element const& sequence, element_encoding around) {
    return sequence.vr() == vr::un ? element_encoding::implicit_little : around;
  }
  static std::uint64_t header_size(vr type, element_encoding encoding) {
    bool const is_long = encoding != element_encoding::implicit_little && !is_short_form(type);
    return is_long ? max_element_header_size : min_element_header_size;
  }

  // Sizes. What goes before a sequence or item of defined length is put into `sizes_`, in the order
  // in which it will be written; 0xFFFFFFFF for those of undefined length.

  std::uint64_t measure(data_set const& all, element_encoding encoding) {
    std::uint64_t size = 0;
    for (auto const& one : all)
      if (!is_outside_data_sets(one.tag())) size += measure(one, encoding);
    return size;
  }
  std::uint64_t measure(element const& one, element_encoding encoding) {
    if (one.is_sequence()) return measure_sequence(one, encoding);
    if (one.is_encapsulated()) {
      auto size = header_size(vr::ob, encoding) + delimiter_size;
      for (std::size_t i = 0; i < one.fragment_count(); ++i)
        size += min_element_header_size + even(one.fragment(i).size());
      return size;
    }
    auto const size = even(one.bytes().size());
    return header_size(vr_to_write(one.vr(), size, encoding), encoding) + size;
  }
  std::uint64_t measure_sequence(element const& one, element_encoding encoding) {
    auto const place = sizes_.size();
    sizes_.push_back(0);
    std::uint64_t size = 0;
    for (auto const& item : one.items()) size += measure_item(item, encoding_within(one, encoding));
    bool const defined = may_define(one, encoding) && defines(one.had_undefined_length());
    return header_size(one.vr(), encoding) + note(place, size, defined);
  }
  std::uint64_t measure_item(data_set const& item, element_encoding encoding) {
    auto const place = sizes_.size();
    sizes_.push_back(0);
    auto const size = measure(item, encoding);
    return min_element_header_size + note(place, size, defines(item.had_undefined_length()));
  }
  /// The size with the delimiter, if there will be one.
  std::uint64_t note(std::size_t place, std::uint64_t size, bool defined) {
    defined = defined && size < undefined_length;
    sizes_[place] = defined ? static_cast<std::uint32_t>(size) : undefined_length;
    return defined ? size : size + delimiter_size;
  }

  // Bytes.

  void put(data_set const& all, element_encoding encoding) {
    for (auto const& one : all)
      if (!is_outside_data_sets(one.tag())) put(one, encoding);
  }
  void put(element const& one, element_encoding encoding) {
    if (one.is_sequence()) return put_sequence(one, encoding);
    if (one.is_encapsulated()) return put_fragments(one, encoding);
    element_writer{out_, encoding}.bytes(one.tag(), one.vr(), one.bytes());
  }
  void put_sequence(element const& one, element_encoding encoding) {
    auto const within = encoding_within(one, encoding);
    auto const length = sizes_[next_++];
    encode_element_header(out_, {one.tag(), one.vr(), length}, encoding);
    for (auto const& item : one.items()) {
      auto const item_length = sizes_[next_++];
      encode_element_header(out_, {item_tag, vr::none, item_length}, within);
      put(item, within);
      if (item_length == undefined_length) put_delimiter(item_delimitation_tag, within);
    }
    if (length == undefined_length) put_delimiter(sequence_delimitation_tag, within);
  }
  void put_fragments(element const& one, element_encoding encoding) {
    encode_element_header(out_, {one.tag(), one.vr(), undefined_length}, encoding);
    for (std::size_t i = 0; i < one.fragment_count(); ++i) {
      auto const bytes = one.fragment(i);
      auto const size = static_cast<std::uint32_t>(even(bytes.size()));
      encode_element_header(out_, {item_tag, vr::none, size}, encoding);
      out_.append(bytes);
      out_.zeros(bytes.size() % 2);
    }
    put_delimiter(sequence_delimitation_tag, encoding);
  }
  void put_delimiter(tag which, element_encoding encoding) {
    encode_element_header(out_, {which, vr::none, 0}, encoding);
  }

  static std::uint64_t even(std::size_t size) {
    if (size >= undefined_length - 1) throw error{errc::invalid_element_length};
    return size + size % 2;
  }

  byte_writer& out_;
  element_encoding encoding_;
  sequence_lengths lengths_;
  std::vector<std::uint32_t> sizes_;
  std::size_t next_ = 0;
};

}  // namespace detail

/// Appends a data set (PS3.5 section 7) in one of the three ways of laying elements out. Values of
/// odd length get their padding; a short-form VR with more than 65,534 bytes becomes UN, and so do
/// two characters that are no VR. Elements that belong to no data set (`is_outside_data_sets`)
/// are left out. A sequence too long for its length gets an undefined one. Throws
/// `errc::invalid_element_length` for a value of 4 GiB.
inline void write_data_set(byte_writer& out, data_set const& all, element_encoding encoding,
                           write_options const& options = {}) {
  detail::data_set_writer{out, encoding, options}.write(all);
}

/// A whole data set in a transfer syntax. Pixel Data stay as they are: to put them into fragments,
/// or to decode them, is the caller's business. Throws `errc::deflate_not_available` for a deflated
/// one where `use_deflate()` was not called.
[[nodiscard]] inline std::vector<std::byte> write_data_set(data_set const& all,
                                                           transfer_syntax const& syntax,
                                                           write_options const& options = {}) {
  auto const* const deflate = installed_deflate();
  if (syntax.deflated && deflate == nullptr) throw error{errc::deflate_not_available};
  byte_writer out;
  write_data_set(out, all, encoding_of(syntax), options);
  return syntax.deflated ? deflate->deflate(out.view()) : std::move(out).take();
}

}  // namespace codimse::inline v0

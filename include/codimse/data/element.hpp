// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/data/tag.hpp>
#include <codimse/data/vr.hpp>
#include <codimse/data/word_order.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

class data_set;

namespace detail {

/// The bytes of a value: its own, or borrowed from the memory that a data set was read from. A copy
/// always owns, so that it may leave the data set it came from.
class value_bytes {
 public:
  value_bytes() = default;
  [[nodiscard]] static value_bytes borrowed(std::span<std::byte const> from) {
    value_bytes out;
    out.data_ = from.data();
    out.size_ = from.size();
    return out;
  }
  [[nodiscard]] static value_bytes copied(std::span<std::byte const> from) {
    value_bytes out;
    if (from.empty()) return out;
    out.own_ = std::make_unique_for_overwrite<std::byte[]>(from.size());
    std::memcpy(out.own_.get(), from.data(), from.size());
    out.data_ = out.own_.get();
    out.size_ = from.size();
    return out;
  }
  value_bytes(value_bytes const& other) : value_bytes{copied(other.view())} {}
  value_bytes(value_bytes&& other) noexcept
      : own_{std::move(other.own_)},
        data_{std::exchange(other.data_, nullptr)},
        size_{std::exchange(other.size_, 0)} {}
  value_bytes& operator=(value_bytes other) noexcept {
    std::swap(own_, other.own_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~value_bytes() = default;

  [[nodiscard]] std::span<std::byte const> view() const { return {data_, size_}; }
  /// Turns the byte order of the numbers in it, which must be its own bytes.
  void swap(std::size_t word) { swap_words({own_.get(), size_}, word); }

 private:
  std::unique_ptr<std::byte[]> own_;
  std::byte const* data_ = nullptr;
  std::size_t size_ = 0;
};

/// What only sequences and encapsulated Pixel Data have. Defined in data_set.hpp: an element has
/// items, and an item has elements.
struct nested_values;

struct nested_values_deleter {
  void operator()(nested_values* values) const;
};

}  // namespace detail

/// A data element (PS3.5 section 7.1): tag, VR, and a value field, a sequence of items, or the
/// fragments of encapsulated Pixel Data. Belongs to a data set, which hands it out as const; a copy
/// owns its bytes. Include data_set.hpp to use it.
/// A value: distinct objects may be used from different threads.
class element {
 public:
  /// An element with a value field, as it stands in little endian encodings; odd lengths get the
  /// padding of the VR (PS3.5 6.2).
  element(codimse::tag at, codimse::vr type, std::span<std::byte const> little_endian);
  /// A sequence with these items.
  element(codimse::tag at, std::vector<data_set> items);

  element(element const& other);
  element(element&&) noexcept = default;
  element& operator=(element other) noexcept;
  ~element() = default;

  [[nodiscard]] codimse::tag tag() const { return tag_; }
  [[nodiscard]] codimse::vr vr() const { return vr_; }
  /// Items, as in SQ, or as in UN of undefined length (PS3.5 6.2.2).
  [[nodiscard]] bool is_sequence() const { return kind_ == kind::sequence; }
  /// Pixel Data in fragments (PS3.5 A.4).
  [[nodiscard]] bool is_encapsulated() const { return kind_ == kind::encapsulated; }
  /// Nothing in it: zero length, no items.
  [[nodiscard]] bool empty() const;

  /// The value field in little endian, padding included. Empty for sequences and fragments.
  [[nodiscard]] std::span<std::byte const> bytes() const { return value_.view(); }
  /// The value field as text as it stands, without the padding at its end: all values, with
  /// backslashes between them, in the data set's character set.
  [[nodiscard]] std::string_view text() const {
    std::string_view text{reinterpret_cast<char const*>(bytes().data()), bytes().size()};
    // Spaces, and the NULs that some writers pad text with.
    while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
    return text;
  }
  [[nodiscard]] std::span<data_set const> items() const;
  /// Of encapsulated Pixel Data: how many items, the Basic Offset Table (number 0) included.
  [[nodiscard]] std::size_t fragment_count() const;
  /// One of them; nothing behind the last.
  [[nodiscard]] std::span<std::byte const> fragment(std::size_t index) const;
  /// Was it read with undefined length? A writer told to keep lengths writes it so again.
  [[nodiscard]] bool had_undefined_length() const { return undefined_length_; }

  /// Same tag, VR and value. How lengths were written does not matter.
  friend bool operator==(element const& a, element const& b);

 private:
  friend class data_set;
  friend class data_set_builder;
  enum class kind : std::uint8_t {
    value,
    sequence,
    encapsulated
  };
  element(codimse::tag at, codimse::vr type, kind what, detail::value_bytes value)
      : tag_{at}, vr_{type}, kind_{what}, value_{std::move(value)} {}

  detail::nested_values& nested();

  codimse::tag tag_;
  codimse::vr vr_;
  kind kind_ = kind::value;
  bool undefined_length_ = false;
  detail::value_bytes value_;
  std::unique_ptr<detail::nested_values, detail::nested_values_deleter> nested_;
};

}  // namespace codimse::inline v0

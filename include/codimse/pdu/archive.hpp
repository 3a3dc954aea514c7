// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/reader.hpp>
#include <codimse/bytes/writer.hpp>
#include <codimse/core/ae_title.hpp>
#include <codimse/core/error.hpp>
#include <codimse/core/limits.hpp>
#include <codimse/core/uid.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Each PDU and item describes itself once, in `layout(archive, self)`, as PS3.8 9.3 lists its
/// fields. Three archives read that description: `encoder` writes, `decoder` reads, `dumper`
/// prints; the encoded size is what an encoder over a counter yields (`encoded_size`).
namespace codimse::inline v0::pdu {

/// An item of a type that this library does not know, kept as it came (PS3.7 D.2: never a reason
/// to reject).
/// A value: distinct objects may be used from different threads.
struct raw_item {
  std::uint8_t type = 0;
  std::vector<std::byte> value;
  friend bool operator==(raw_item const&, raw_item const&) = default;
};

/// One kind of item inside a list of items: its type code, name and where its values live.
/// T is the value itself (exactly one), `std::optional` (0 or 1) or `std::vector` (any number).
/// A value: distinct objects may be used from different threads.
template <class T>
struct item_slot {
  std::uint8_t type;
  std::string_view name;
  T& value;
};
template <class T>
item_slot(std::uint8_t, std::string_view, T&) -> item_slot<T>;

namespace detail {

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// The content of an item: a plain value fills the item, a struct brings its own layout.
template <class Archive, class T>
void content(Archive& a, T& value) {
  using plain = std::remove_const_t<T>;
  if constexpr (std::is_same_v<plain, uid>) {
    a.rest_uid("uid", value);
  } else if constexpr (std::is_same_v<plain, std::uint32_t>) {
    a.u32("value", value);
  } else if constexpr (std::is_same_v<plain, std::string>) {
    a.rest_text("text", value);
  } else {
    plain::layout(a, value);
  }
}

/// Calls f for each value that the slot holds.
template <class T, class F>
void for_each_value(item_slot<T> const& slot, F f) {
  using plain = std::remove_const_t<T>;
  if constexpr (is_vector<plain>) {
    for (auto& one : slot.value) f(one);
  } else if constexpr (is_optional<plain>) {
    if (slot.value) f(*slot.value);
  } else {
    f(slot.value);
  }
}

}  // namespace detail

/// Counts what an encoder would write.
/// A value: distinct objects may be used from different threads.
class counting_output {
 public:
  template <class T>
  void big(T) {
    size_ += sizeof(T);
  }
  void u8(std::uint8_t) { ++size_; }
  void zeros(std::size_t n) { size_ += n; }
  void append(std::span<std::byte const> bytes) { size_ += bytes.size(); }
  void text(std::string_view text) { size_ += text.size(); }
  void patch(std::size_t, std::uint16_t) {}
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::size_t size_ = 0;
};

/// Writes the bytes of a PDU into a byte_writer.
/// A value: distinct objects may be used from different threads.
class writing_output {
 public:
  explicit writing_output(byte_writer& out) : out_{out} {}
  template <class T>
  void big(T value) {
    out_.big(value);
  }
  void u8(std::uint8_t value) { out_.u8(value); }
  void zeros(std::size_t n) { out_.zeros(n); }
  void append(std::span<std::byte const> bytes) { out_.append(bytes); }
  void text(std::string_view text) { out_.text(text); }
  void patch(std::size_t offset, std::uint16_t value) { store_big(out_.at(offset), value); }
  [[nodiscard]] std::size_t size() const { return out_.size(); }

 private:
  byte_writer& out_;
};

template <class Output>
class encoder {
 public:
  explicit encoder(Output out) : out_{out} {}

  void u8(std::string_view, std::uint8_t value) { out_.u8(value); }
  void u16(std::string_view, std::uint16_t value) { out_.big(value); }
  void u32(std::string_view, std::uint32_t value) { out_.big(value); }
  void reserved(std::size_t n) { out_.zeros(n); }
  template <class Byte, std::size_t N>
  void field(std::string_view, std::array<Byte, N> const& bytes) {
    out_.append(std::as_bytes(std::span{bytes}));
  }
  void rest_uid(std::string_view, uid const& value) { out_.text(value.view()); }
  void rest_text(std::string_view, std::string const& value) { out_.text(value); }
  void rest_bytes(std::string_view, std::vector<std::byte> const& value) { out_.append(value); }
  void uid16(std::string_view, uid const& value) {
    out_.big(static_cast<std::uint16_t>(value.view().size()));
    out_.text(value.view());
  }
  void bytes16(std::string_view, std::vector<std::byte> const& value) {
    out_.big(static_cast<std::uint16_t>(value.size()));
    out_.append(value);
  }
  void uid_list16(std::string_view, std::vector<uid> const& list) {
    std::size_t size = 0;
    for (uid const& one : list) size += 2 + one.view().size();
    out_.big(static_cast<std::uint16_t>(size));
    for (uid const& one : list) uid16("uid", one);
  }
  /// Values behind 4-byte lengths: PDVs.
  template <class T>
  void list32(std::string_view, std::vector<T> const& list) {
    for (T const& one : list) {
      encoder<counting_output> sizer{counting_output{}};
      T::layout(sizer, one);
      out_.big(static_cast<std::uint32_t>(sizer.output().size()));
      T::layout(*this, one);
    }
  }
  template <class... T>
  void items(std::vector<raw_item> const& unknown, item_slot<T>... slots) {
    (items_of(slots), ...);
    for (raw_item const& one : unknown) item(one.type, [&] { out_.append(one.value); });
  }
  [[nodiscard]] bool overflowed() const { return overflowed_; }
  [[nodiscard]] Output const& output() const { return out_; }

 private:
  template <class T>
  void items_of(item_slot<T> const& slot) {
    detail::for_each_value(
        slot, [&](auto const& value) { item(slot.type, [&] { detail::content(*this, value); }); });
  }
  template <class F>
  void item(std::uint8_t type, F write_content) {
    out_.u8(type);
    out_.zeros(1);
    std::size_t const length_at = out_.size();
    out_.zeros(2);
    write_content();
    std::size_t const length = out_.size() - length_at - 2;
    overflowed_ = overflowed_ || length > 0xFFFF;
    out_.patch(length_at, static_cast<std::uint16_t>(length));
  }

  Output out_;
  bool overflowed_ = false;
};

/// Reads a PDU body. Any length that leaves its parent, and more items than `limits` allow, ends
/// in `!ok()`; nothing is allocated on the word of a length alone.
/// A value: distinct objects may be used from different threads.
class decoder {
 public:
  decoder(std::span<std::byte const> bytes, std::uint32_t& items_left)
      : in_{bytes}, items_left_{items_left} {}

  void u8(std::string_view, std::uint8_t& value) { value = in_.u8(); }
  void u16(std::string_view, std::uint16_t& value) { value = in_.big<std::uint16_t>(); }
  void u32(std::string_view, std::uint32_t& value) { value = in_.big<std::uint32_t>(); }
  void reserved(std::size_t n) { in_.skip(n); }
  template <class Byte, std::size_t N>
  void field(std::string_view, std::array<Byte, N>& bytes) {
    auto const source = in_.take(N);
    for (std::size_t i = 0; i < source.size(); ++i) bytes[i] = static_cast<Byte>(source[i]);
  }
  void rest_uid(std::string_view, uid& value) { value = uid::from_wire(in_.text(in_.remaining())); }
  void rest_text(std::string_view, std::string& value) { value = in_.text(in_.remaining()); }
  void rest_bytes(std::string_view, std::vector<std::byte>& value) {
    auto const bytes = in_.take(in_.remaining());
    value.assign(bytes.begin(), bytes.end());
  }
  void uid16(std::string_view, uid& value) {
    value = uid::from_wire(in_.text(in_.big<std::uint16_t>()));
  }
  void bytes16(std::string_view, std::vector<std::byte>& value) {
    auto const bytes = in_.take(in_.big<std::uint16_t>());
    value.assign(bytes.begin(), bytes.end());
  }
  void uid_list16(std::string_view, std::vector<uid>& list) {
    byte_reader part{in_.take(in_.big<std::uint16_t>())};
    while (part.remaining() > 0 && spend_item())
      list.push_back(uid::from_wire(part.text(part.big<std::uint16_t>())));
    if (!part.ok()) in_.fail();
  }
  template <class T>
  void list32(std::string_view, std::vector<T>& list) {
    while (in_.ok() && in_.remaining() > 0 && spend_item()) {
      decoder inner{in_.take(in_.big<std::uint32_t>()), items_left_};
      T::layout(inner, list.emplace_back());
      if (!inner.ok()) in_.fail();
    }
  }
  template <class... T>
  void items(std::vector<raw_item>& unknown, item_slot<T>... slots) {
    (clear_single(slots), ...);
    while (in_.ok() && in_.remaining() > 0 && spend_item()) {
      std::uint8_t const type = in_.u8();
      in_.skip(1);
      auto const bytes = in_.take(in_.big<std::uint16_t>());
      if (!in_.ok()) return;
      if (!(item_of(slots, type, bytes) || ...))
        unknown.push_back({type, {bytes.begin(), bytes.end()}});
    }
  }
  [[nodiscard]] bool ok() const { return in_.ok(); }

 private:
  bool spend_item() {
    if (items_left_ == 0) {
      in_.fail();
      return false;
    }
    --items_left_;
    return true;
  }
  /// An item that does not come must not leave the default of a fresh struct behind.
  template <class T>
  static void clear_single(item_slot<T> const& slot) {
    if constexpr (!detail::is_vector<T> && !detail::is_optional<T>) slot.value = T{};
  }
  template <class T>
  bool item_of(item_slot<T> const& slot, std::uint8_t type, std::span<std::byte const> bytes) {
    if (slot.type != type) return false;
    decoder inner{bytes, items_left_};
    if constexpr (detail::is_vector<T>) {
      detail::content(inner, slot.value.emplace_back());
    } else if constexpr (detail::is_optional<T>) {
      detail::content(inner, slot.value.emplace());
    } else {
      slot.value = T{};
      detail::content(inner, slot.value);
    }
    if (!inner.ok()) in_.fail();
    return true;
  }

  byte_reader in_;
  std::uint32_t& items_left_;
};

/// Prints one field a line, indented by nesting, received text escaped.
/// A value: distinct objects may be used from different threads.
class dumper {
 public:
  void u8(std::string_view name, std::uint8_t value) { line(name, std::to_string(value)); }
  void u16(std::string_view name, std::uint16_t value) { line(name, std::to_string(value)); }
  void u32(std::string_view name, std::uint32_t value) { line(name, std::to_string(value)); }
  void reserved(std::size_t) {}
  template <std::size_t N>
  void field(std::string_view name, std::array<char, N> const& bytes) {
    line(name, quoted({bytes.data(), bytes.size()}));
  }
  template <std::size_t N>
  void field(std::string_view, std::array<std::byte, N> const&) {}
  void rest_uid(std::string_view name, uid const& value) { line(name, quoted(value.view())); }
  void uid16(std::string_view name, uid const& value) { rest_uid(name, value); }
  void rest_text(std::string_view name, std::string const& value) { line(name, quoted(value)); }
  void rest_bytes(std::string_view name, std::vector<std::byte> const& value) {
    line(name, std::to_string(value.size()) + " bytes");
  }
  void bytes16(std::string_view name, std::vector<std::byte> const& value) {
    rest_bytes(name, value);
  }
  void uid_list16(std::string_view name, std::vector<uid> const& list) {
    for (uid const& one : list) rest_uid(name, one);
  }
  template <class T>
  void list32(std::string_view name, std::vector<T> const& list) {
    for (T const& one : list) {
      line(name, {});
      ++depth_;
      T::layout(*this, one);
      --depth_;
    }
  }
  template <class... T>
  void items(std::vector<raw_item> const& unknown, item_slot<T>... slots) {
    (items_of(slots), ...);
    for (raw_item const& one : unknown) {
      constexpr std::string_view digits = "0123456789ABCDEF";
      std::string const code{digits[one.type >> 4U], digits[one.type & 0xFU]};
      line("unknown item " + code + "H", std::to_string(one.value.size()) + " bytes");
    }
  }
  void line(std::string_view name, std::string_view value) {
    text_.append(2 * depth_, ' ').append(name);
    if (!value.empty()) text_.append(": ").append(value);
    text_ += '\n';
  }
  [[nodiscard]] std::string take() && { return std::move(text_); }
  void indent() { ++depth_; }

  /// Text in quotes; anything that is not printable ASCII becomes \xNN.
  [[nodiscard]] static std::string quoted(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out = "\"";
    for (char const c : text) {
      auto const code = static_cast<unsigned char>(c);
      if (code >= 0x20 && code < 0x7F && c != '"' && c != '\\') {
        out += c;
      } else {
        out += "\\x";
        out += digits[code >> 4U];
        out += digits[code & 0xFU];
      }
    }
    return out += '"';
  }

 private:
  template <class T>
  void items_of(item_slot<T> const& slot) {
    detail::for_each_value(slot, [&](auto const& value) {
      line(slot.name, {});
      ++depth_;
      detail::content(*this, value);
      --depth_;
    });
  }

  std::string text_;
  std::size_t depth_ = 0;
};

}  // namespace codimse::inline v0::pdu

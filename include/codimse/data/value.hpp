// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/endian.hpp>
#include <codimse/core/ae_title.hpp>
#include <codimse/core/error.hpp>
#include <codimse/core/result.hpp>
#include <codimse/core/uid.hpp>
#include <codimse/data/element.hpp>
#include <codimse/data/number_text.hpp>
#include <codimse/data/tag.hpp>
#include <codimse/data/vr.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace codimse::inline v0 {

/// Text whose value is one, backslashes included (PS3.5 6.4).
[[nodiscard]] constexpr bool is_single_text(vr type) {
  return type == vr::lt || type == vr::st || type == vr::ut || type == vr::ur;
}

namespace detail {

[[nodiscard]] constexpr std::string_view trim_spaces(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
  return text;
}

/// The value between two backslashes; nothing behind the last.
[[nodiscard]] inline result<std::string_view> nth_text(element const& from, std::size_t index) {
  bool const bytes_only = from.vr() == vr::un && !from.is_sequence();
  if (!is_text(from.vr()) && !bytes_only) return make_error_code(errc::wrong_vr);
  std::string_view rest = from.text();
  if (rest.empty()) return make_error_code(errc::missing_element);
  if (is_single_text(from.vr()))
    return index == 0 ? result<std::string_view>{rest} : make_error_code(errc::missing_element);
  for (; index > 0; --index) {
    auto const end = rest.find('\\');
    if (end == std::string_view::npos) return make_error_code(errc::missing_element);
    rest.remove_prefix(end + 1);
  }
  rest = rest.substr(0, rest.find('\\'));
  while (!rest.empty() && rest.back() == ' ') rest.remove_suffix(1);
  return rest;
}

/// Bytes of one binary value; 0 for what has no values to count.
[[nodiscard]] constexpr std::size_t value_size(vr type) {
  if (type == vr::at) return 4;
  return word_size(type);
}

[[nodiscard]] inline result<std::span<std::byte const>> nth_bytes(element const& from,
                                                                  std::size_t index) {
  auto const size = value_size(from.vr());
  auto const bytes = from.bytes();
  if (index >= bytes.size() / size)
    return make_error_code(bytes.size() % size == 0 ? errc::missing_element : errc::invalid_value);
  return bytes.subspan(index * size, size);
}

template <class To, class From>
[[nodiscard]] result<To> fitting(From value) {
  if constexpr (std::floating_point<To>) {
    auto const out = static_cast<To>(value);
    if constexpr (std::floating_point<From>)
      if (std::isfinite(value) && !std::isfinite(out)) return make_error_code(errc::invalid_value);
    return out;
  } else if constexpr (std::floating_point<From>) {
    // The bounds as floating point numbers: the upper one is not a value of To.
    auto const low = static_cast<From>(std::numeric_limits<To>::min());
    auto const high = std::ldexp(From{1}, std::numeric_limits<To>::digits);
    if (!(value >= low && value < high && std::trunc(value) == value))
      return make_error_code(errc::invalid_value);
    return static_cast<To>(value);
  } else {
    if (!std::in_range<To>(value)) return make_error_code(errc::invalid_value);
    return static_cast<To>(value);
  }
}

template <class T, class Bits>
[[nodiscard]] T number_at(std::span<std::byte const> bytes) {
  return std::bit_cast<T>(load_little<Bits>(bytes.data()));
}

template <class T>
[[nodiscard]] result<T> binary_number(vr type, std::span<std::byte const> bytes) {
  switch (type) {
    case vr::us:
    case vr::ow: return fitting<T>(number_at<std::uint16_t, std::uint16_t>(bytes));
    case vr::ss: return fitting<T>(number_at<std::int16_t, std::uint16_t>(bytes));
    case vr::ul:
    case vr::ol: return fitting<T>(number_at<std::uint32_t, std::uint32_t>(bytes));
    case vr::sl: return fitting<T>(number_at<std::int32_t, std::uint32_t>(bytes));
    case vr::uv:
    case vr::ov: return fitting<T>(number_at<std::uint64_t, std::uint64_t>(bytes));
    case vr::sv: return fitting<T>(number_at<std::int64_t, std::uint64_t>(bytes));
    case vr::fl:
    case vr::of: return fitting<T>(number_at<float, std::uint32_t>(bytes));
    case vr::fd:
    case vr::od: return fitting<T>(number_at<double, std::uint64_t>(bytes));
    case vr::ob: return fitting<T>(std::to_integer<std::uint8_t>(bytes[0]));
    default: return make_error_code(errc::wrong_vr);
  }
}

template <class T>
[[nodiscard]] result<T> read_number(element const& from, std::size_t index) {
  auto const type = from.vr();
  if (from.is_sequence() || from.is_encapsulated()) return make_error_code(errc::wrong_vr);
  if (type != vr::ds && type != vr::is) {
    if (is_text(type) || type == vr::un || type == vr::at) return make_error_code(errc::wrong_vr);
    auto const bytes = nth_bytes(from, index);
    if (!bytes) return bytes.error();
    return binary_number<T>(type, *bytes);
  }
  auto const text = nth_text(from, index);
  if (!text) return text.error();
  auto const trimmed = trim_spaces(*text);
  if (trimmed.empty()) return make_error_code(errc::missing_element);
  if constexpr (std::integral<T>)
    if (auto const whole = parse_integer(trimmed)) return fitting<T>(*whole);
  // IS with decimals is met ("1.0"), and DS is what it says.
  auto const number = parse_decimal(trimmed);
  if (!number) return make_error_code(errc::invalid_value);
  return fitting<T>(*number);
}

}  // namespace detail

/// How a value of type T is read from an element: specialise it for types of your own. `read`
/// fails with `errc::missing_element` where there is no such value (behind the last, or an empty
/// element), `errc::wrong_vr` where the VR holds no T, `errc::invalid_value` where the bytes do
/// not make one.
template <class T>
struct element_value;

/// Numbers, from FL FD SL SS SV UL US UV, the O types and DS IS; those that T cannot hold exactly
/// (range, decimals in an integer) are invalid.
template <class T>
  requires((std::integral<T> && !std::same_as<T, bool>) || std::floating_point<T>)
struct element_value<T> {
  [[nodiscard]] static result<T> read(element const& from, std::size_t index) {
    return detail::read_number<T>(from, index);
  }
};
/// Text of any text VR, without padding, in the data set's character set. The view is into the
/// data set.
template <>
struct element_value<std::string_view> {
  [[nodiscard]] static result<std::string_view> read(element const& from, std::size_t index) {
    return detail::nth_text(from, index);
  }
};
template <>
struct element_value<std::string> {
  [[nodiscard]] static result<std::string> read(element const& from, std::size_t index) {
    auto const text = detail::nth_text(from, index);
    if (!text) return text.error();
    return std::string{*text};
  }
};
/// UI. What is no valid UID is invalid; ask for text to get it all the same.
template <>
struct element_value<uid> {
  [[nodiscard]] static result<uid> read(element const& from, std::size_t index) {
    auto const text = detail::nth_text(from, index);
    if (!text) return text.error();
    if (from.vr() != vr::ui && from.vr() != vr::un) return make_error_code(errc::wrong_vr);
    auto const value = uid::from_wire(*text);
    if (!value.valid()) return make_error_code(errc::invalid_value);
    return value;
  }
};
template <>
struct element_value<ae_title> {
  [[nodiscard]] static result<ae_title> read(element const& from, std::size_t index) {
    auto const text = detail::nth_text(from, index);
    if (!text) return text.error();
    if (from.vr() != vr::ae) return make_error_code(errc::wrong_vr);
    ae_title const value{*text};
    if (!value.valid()) return make_error_code(errc::invalid_value);
    return value;
  }
};
/// AT.
template <>
struct element_value<tag> {
  [[nodiscard]] static result<tag> read(element const& from, std::size_t index) {
    if (from.vr() != vr::at) return make_error_code(errc::wrong_vr);
    auto const bytes = detail::nth_bytes(from, index);
    if (!bytes) return bytes.error();
    return tag{load_little<std::uint16_t>(bytes->data()),
               load_little<std::uint16_t>(bytes->data() + 2)};
  }
};

// Writing.

namespace detail {

/// A value field that is being put together from its values.
struct value_field {
  std::string bytes;
  std::size_t texts = 0;
};

template <std::unsigned_integral Bits>
void append_bits(value_field& field, Bits bits) {
  std::array<std::byte, sizeof(Bits)> place{};
  store_little(place.data(), bits);
  field.bytes.append(reinterpret_cast<char const*>(place.data()), place.size());
}

template <class As, class Bits, class T>
[[nodiscard]] bool append_fitting(value_field& field, T value) {
  auto const exact = fitting<As>(value);
  if (!exact) return false;
  append_bits(field, std::bit_cast<Bits>(*exact));
  return true;
}

inline void append_text(value_field& field, std::string_view text) {
  if (field.texts++ > 0) field.bytes += '\\';
  field.bytes += text;
}

template <class T>
[[nodiscard]] bool append_number(value_field& field, vr type, T value) {
  switch (type) {
    case vr::us:
    case vr::ow: return append_fitting<std::uint16_t, std::uint16_t>(field, value);
    case vr::ss: return append_fitting<std::int16_t, std::uint16_t>(field, value);
    case vr::ul:
    case vr::ol: return append_fitting<std::uint32_t, std::uint32_t>(field, value);
    case vr::sl: return append_fitting<std::int32_t, std::uint32_t>(field, value);
    case vr::uv:
    case vr::ov: return append_fitting<std::uint64_t, std::uint64_t>(field, value);
    case vr::sv: return append_fitting<std::int64_t, std::uint64_t>(field, value);
    case vr::fl:
    case vr::of: return append_fitting<float, std::uint32_t>(field, value);
    case vr::fd:
    case vr::od: return append_fitting<double, std::uint64_t>(field, value);
    case vr::is: {
      auto const whole = fitting<std::int32_t>(value);
      if (whole) append_text(field, std::to_string(*whole));
      return whole.has_value();
    }
    case vr::ds: {
      auto const text = decimal_string(static_cast<double>(value));
      if (!text.empty()) append_text(field, text);
      return !text.empty();
    }
    default: return false;
  }
}

[[nodiscard]] inline bool append_value(value_field& field, vr type, std::string_view text) {
  if (!is_text(type)) return false;
  append_text(field, text);
  return true;
}
[[nodiscard]] inline bool append_value(value_field& field, vr type, char const* text) {
  return append_value(field, type, std::string_view{text});
}
[[nodiscard]] inline bool append_value(value_field& field, vr type, std::string const& text) {
  return append_value(field, type, std::string_view{text});
}
[[nodiscard]] inline bool append_value(value_field& field, vr type, uid const& value) {
  return type == vr::ui && !value.overlong() && append_value(field, type, value.view());
}
[[nodiscard]] inline bool append_value(value_field& field, vr type, ae_title const& value) {
  return type == vr::ae && append_value(field, type, value.view());
}
[[nodiscard]] inline bool append_value(value_field& field, vr type, tag value) {
  if (type != vr::at) return false;
  append_bits(field, value.group);
  append_bits(field, value.element);
  return true;
}
template <class T>
  requires((std::integral<T> && !std::same_as<T, bool>) || std::floating_point<T>)
[[nodiscard]] bool append_value(value_field& field, vr type, T value) {
  return append_number(field, type, value);
}
/// Types of the user's, and of ours, that know their text: `std::string to_text(T)`.
template <class T>
  requires requires(T const& value) {
    { to_text(value) } -> std::convertible_to<std::string>;
  }
[[nodiscard]] bool append_value(value_field& field, vr type, T const& value) {
  return append_value(field, type, std::string{to_text(value)});
}

}  // namespace detail
}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/reader.hpp>
#include <codimse/core/error.hpp>
#include <codimse/core/limits.hpp>
#include <codimse/core/printable.hpp>
#include <codimse/core/result.hpp>
#include <codimse/core/utf8.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/dictionary.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/json/base64.hpp>
#include <codimse/json/number.hpp>
#include <codimse/json/vr_kind.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// How `from_json` reads a data set.
/// A value: distinct objects may be used from different threads.
struct from_json_options {
  codimse::limits limits = {};
  /// Gives the value that a BulkDataURI names, as it stands in little endian encodings. Without
  /// this, and where it yields nothing, the element is there without a value.
  std::function<std::optional<std::vector<std::byte>>(std::string const& uri)> bulk_data = {};
  /// Where an error is, if this is set: a JSON Pointer (RFC 6901), "/00081140/Value/0/00080018",
  /// made printable.
  std::string* error_at = nullptr;
};

namespace detail {

/// The fragments of encapsulated Pixel Data from the items of a file; nothing for other bytes.
[[nodiscard]] inline std::optional<std::vector<std::span<std::byte const>>> parse_item_stream(
    std::span<std::byte const> bytes) {
  std::vector<std::span<std::byte const>> fragments;
  byte_reader in{bytes};
  while (in.ok() && in.remaining() > 0) {
    auto const group = in.little<std::uint16_t>();
    tag const at{group, in.little<std::uint16_t>()};
    auto const length = in.little<std::uint32_t>();
    bool const is_end = at == sequence_delimitation_tag && length == 0 && in.remaining() == 0;
    if (in.ok() && is_end && !fragments.empty()) return fragments;
    if (at != item_tag) return std::nullopt;
    fragments.push_back(in.take(length));
  }
  return std::nullopt;
}

class json_reader {
 public:
  using json = nlohmann::json;

  explicit json_reader(from_json_options const& options) : options_{options} {}

  [[nodiscard]] result<data_set> read(json const& from) {
    data_set all;
    if (!read(from, all, 0)) {
      if (options_.error_at != nullptr) *options_.error_at = where_;
      return failed_;
    }
    return all;
  }

 private:
  bool fail(errc why = errc::invalid_json) {
    failed_ = make_error_code(why);
    return false;
  }
  /// The same within a member of an object or array, whose name is put before what is known. It
  /// may be anything, and long.
  bool inside(std::string const& name, bool good) {
    if (!good && options_.error_at != nullptr) where_ = '/' + printable(name, 64) + where_;
    return good;
  }

  bool read(json const& from, data_set& into, unsigned depth) {
    if (depth > options_.limits.data_set_depth) return fail(errc::nested_too_deep);
    if (!from.is_object()) return fail();
    std::vector<std::pair<tag, json::const_iterator>> attributes;
    attributes.reserve(from.size());
    for (auto one = from.begin(); one != from.end(); ++one) {
      auto const at = parse_name(one.key());
      if (!at) return inside(one.key(), fail());
      attributes.emplace_back(*at, one);
    }
    // Small letters in names come behind capitals: in order again, or adding would be slow.
    std::ranges::sort(attributes, {}, [](auto const& one) { return one.first; });
    for (auto const& [at, one] : attributes) {
      bool const again = !into.empty() && std::prev(into.end())->tag() == at;
      if (again || !inside(one.key(), attribute(at, *one, into, depth)))
        return again ? inside(one.key(), fail()) : false;
    }
    set_character_set(into, depth);
    return true;
  }

  /// The text is UTF-8 now, whatever (0008,0005) said.
  void set_character_set(data_set& into, unsigned depth) const {
    if (into.contains(tags::specific_character_set) || (depth == 0 && non_ascii_))
      into.set(tags::specific_character_set, "ISO_IR 192");
  }

  [[nodiscard]] static std::optional<tag> parse_name(std::string_view name) {
    if (name.size() != 8) return std::nullopt;
    auto const number = parse_hexadecimal(name);
    if (!number || tag::from_number(*number).group == 0xFFFE) return std::nullopt;
    return tag::from_number(*number);
  }

  bool attribute(tag at, json const& from, data_set& into, unsigned depth) {
    if (!has_place_in_json(at)) return true;
    if (!from.is_object()) return fail();
    auto const type = vr_of(from);
    if (type == vr::none) return inside("vr", fail());
    auto const value = from.find("Value");
    auto const binary = from.find("InlineBinary");
    auto const uri = from.find("BulkDataURI");
    auto const given =
        int{value != from.end()} + int{binary != from.end()} + int{uri != from.end()};
    if (given > 1) return fail();
    if (value != from.end()) return inside("Value", values(at, type, *value, into, depth));
    if (binary != from.end()) return inside("InlineBinary", inline_binary(at, type, *binary, into));
    if (uri != from.end()) return inside("BulkDataURI", bulk_data(at, type, *uri, into));
    into.set_empty(at, type);
    return true;
  }

  [[nodiscard]] static vr vr_of(json const& attribute) {
    auto const named = attribute.find("vr");
    if (named == attribute.end() || !named->is_string()) return vr::none;
    auto const& text = named->get_ref<std::string const&>();
    if (text.size() != 2 || !is_known(vr_from(text[0], text[1]))) return vr::none;
    return vr_from(text[0], text[1]);
  }

  bool values(tag at, vr type, json const& from, data_set& into, unsigned depth) {
    if (!from.is_array() || is_inline_binary(type)) return fail();
    if (type == vr::sq) return items(at, from, into, depth);
    if (is_single_text(type) && from.size() > 1) return fail();
    value_field field;
    std::size_t index = 0;
    for (auto const& one : from) {
      bool const good =
          is_text(type) ? append_json_text(field, type, one) : append_binary(field, type, one);
      if (!inside(std::to_string(index++), good)) return false;
    }
    into.set_bytes(at, type, std::as_bytes(std::span{field.bytes}));
    return true;
  }

  bool items(tag at, json const& from, data_set& into, unsigned depth) {
    data_set_builder builder{into, nullptr};
    builder.sequence(at, vr::sq, false);
    std::size_t index = 0;
    for (auto const& one : from) {
      auto& item = builder.add_item();
      bool const good = one.is_null() || read(one, item, depth + 1);
      if (!inside(std::to_string(index++), good)) return false;
    }
    return true;
  }

  bool append_binary(value_field& field, vr type, json const& from) {
    if (type != vr::at) return append_json_number(field, type, from) || fail();
    auto const at =
        from.is_string() ? parse_hexadecimal(from.get_ref<std::string const&>()) : std::nullopt;
    if (!at || from.get_ref<std::string const&>().size() != 8) return fail();
    return append_value(field, type, tag::from_number(*at)) || fail();
  }

  bool append_json_text(value_field& field, vr type, json const& from) {
    if (from.is_null()) {
      append_text(field, {});
      return true;
    }
    if (type == vr::pn) return append_person_name(field, from);
    if (from.is_number() && (type == vr::is || type == vr::ds)) {
      auto const number = decimal_of_json(type, from);
      return number && !number->empty() && append_value(field, type, *number) ? true : fail();
    }
    if (!from.is_string()) return fail();
    auto const& text = from.get_ref<std::string const&>();
    if (!is_good_text(text, is_single_text(type) ? "" : "\\")) return fail();
    append_text(field, text);
    return true;
  }

  bool append_person_name(value_field& field, json const& from) {
    if (!from.is_object()) return fail();
    std::string name;
    std::size_t groups = 0;  // with their separators, up to the last that is there
    for (auto const* const group : {"Alphabetic", "Ideographic", "Phonetic"}) {
      bool const last = std::string_view{group} == "Phonetic";
      auto const found = from.find(group);
      if (found != from.end()) {
        if (!found->is_string()) return inside(group, fail());
        auto const& text = found->get_ref<std::string const&>();
        if (!is_good_text(text, last ? "\\" : "\\=")) return inside(group, fail());
        name += text;
        if (!text.empty()) groups = name.size();
      }
      if (!last) name += '=';
    }
    append_text(field, std::string_view{name}.substr(0, groups));
    return true;
  }

  /// UTF-8, and nothing in it that would separate values.
  [[nodiscard]] bool is_good_text(std::string_view text, std::string_view separators) {
    if (text.find_first_of(separators) != std::string_view::npos) return false;
    while (!text.empty()) {
      auto const next = read_utf8(text);
      if (!next.valid) return false;
      non_ascii_ = non_ascii_ || next.value > 0x7F;
      text.remove_prefix(next.length);
    }
    return true;
  }

  bool inline_binary(tag at, vr type, json const& from, data_set& into) {
    if (!from.is_string() || !is_inline_binary(type)) return fail();
    auto const bytes = decode_base64(from.get_ref<std::string const&>());
    if (!bytes) return fail();
    set_binary(at, type, *bytes, into);
    return true;
  }

  bool bulk_data(tag at, vr type, json const& from, data_set& into) {
    if (!from.is_string() || type == vr::sq) return fail();
    auto const bytes =
        options_.bulk_data ? options_.bulk_data(from.get_ref<std::string const&>()) : std::nullopt;
    if (bytes) set_binary(at, type, *bytes, into);
    else into.set_empty(at, type);
    return true;
  }

  static void set_binary(tag at, vr type, std::span<std::byte const> bytes, data_set& into) {
    // Pixel Data may be OW when it was read as implicit VR, or written so by mistake.
    bool const pixel_data = at == tags::pixel_data && (type == vr::ob || type == vr::ow);
    auto const fragments = pixel_data ? parse_item_stream(bytes) : std::nullopt;
    if (!fragments) {
      into.set_bytes(at, type, bytes);
      return;
    }
    data_set_builder builder{into, nullptr};
    builder.fragments(at, type);
    for (auto const one : *fragments) builder.add_copied_fragment(one);
  }

  from_json_options const& options_;
  bool non_ascii_ = false;
  std::error_code failed_;
  std::string where_;
};

}  // namespace detail
}  // namespace codimse::inline v0

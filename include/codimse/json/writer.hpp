// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/writer.hpp>
#include <codimse/core/printable.hpp>
#include <codimse/data/character_set.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/data/utf8_text.hpp>
#include <codimse/json/base64.hpp>
#include <codimse/json/number.hpp>
#include <codimse/json/vr_kind.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace codimse::inline v0 {

/// How `to_json` writes a data set.
/// A value: distinct objects may be used from different threads.
struct to_json_options {
  /// Values of more bytes than this are offered to `bulk_data_uri`.
  std::size_t bulk_data_above = 1024;
  /// Names the URI where a value can be had, which then stands in its place (PS3.18 F.2.6);
  /// nothing: the value stands in the JSON after all. `path` leads to the element: "/7FE00010", or
  /// "/00081140/0/00091001" in the first item of a sequence. Called for the VRs that may be bulk
  /// data; encapsulated Pixel Data is always offered.
  std::function<std::optional<std::string>(element const&, std::string const& path)> bulk_data_uri =
      {};
  /// Of `to_json_text`: spaces a level; -1: all on one line.
  int indent = -1;
};

namespace detail {

/// The eight digits that name an attribute.
[[nodiscard]] inline std::string json_name(tag at) {
  std::string name;
  append_hex(name, at.number(), 8);
  return name;
}

/// Encapsulated Pixel Data as it stands in a file: items and the Sequence Delimitation Item.
[[nodiscard]] inline std::vector<std::byte> item_stream(element const& pixels) {
  byte_writer out;
  auto const header = [&out](tag at, std::size_t length) {
    out.little(at.group);
    out.little(at.element);
    out.little(static_cast<std::uint32_t>(length));
  };
  for (std::size_t i = 0; i < pixels.fragment_count(); ++i) {
    header(item_tag, pixels.fragment(i).size());
    out.append(pixels.fragment(i));
  }
  header(sequence_delimitation_tag, 0);
  return std::move(out).take();
}

class json_writer {
 public:
  using json = nlohmann::json;

  explicit json_writer(to_json_options const& options) : options_{options} {}

  [[nodiscard]] json write(data_set const& all) {
    auto out = object(all, character_set{}, {});
    // Text that was no ASCII although the data set did not say so.
    if (non_ascii_) out[json_name(tags::specific_character_set)] = utf8_attribute();
    return out;
  }

 private:
  [[nodiscard]] json object(data_set const& all, character_set const& outer,
                            std::string const& path) {
    auto const set = character_set_of(all, outer);
    auto out = json::object();
    for (auto const& one : all) {
      if (!has_place_in_json(one.tag())) continue;
      auto name = json_name(one.tag());
      std::string where;
      if (options_.bulk_data_uri) where.append(path).append(1, '/').append(name);
      out.emplace(std::move(name), attribute(one, set, where));
    }
    return out;
  }

  [[nodiscard]] static json utf8_attribute() {
    auto out = json::object();
    out["vr"] = "CS";
    out["Value"] = json::array({"ISO_IR 192"});
    return out;
  }

  [[nodiscard]] json attribute(element const& one, character_set const& set,
                               std::string const& path) {
    if (one.tag() == tags::specific_character_set) return utf8_attribute();
    auto const type = json_vr(one);
    auto out = json::object();
    out["vr"] = to_string(type);
    if (one.empty()) return out;
    if (auto uri = bulk_data_uri(one, type, path)) {
      out["BulkDataURI"] = *std::move(uri);
    } else if (one.is_encapsulated()) {
      out["InlineBinary"] = encode_base64(item_stream(one));
    } else if (is_inline_binary(type)) {
      out["InlineBinary"] = encode_base64(one.bytes());
    } else {
      auto values = one.is_sequence() ? items(one, set, path)
                    : is_text(type)   ? texts(one, set)
                                      : numbers(one);
      if (!values.empty()) out["Value"] = std::move(values);
    }
    return out;
  }

  [[nodiscard]] std::optional<std::string> bulk_data_uri(element const& one, vr type,
                                                         std::string const& path) const {
    bool const large = one.is_encapsulated() || one.bytes().size() > options_.bulk_data_above;
    if (!options_.bulk_data_uri || !large || !may_be_bulk_data(type)) return std::nullopt;
    return options_.bulk_data_uri(one, path);
  }

  [[nodiscard]] json items(element const& sequence, character_set const& set,
                           std::string const& path) {
    auto out = json::array();
    for (auto const& item : sequence.items())
      out.push_back(
          object(item, set,
                 options_.bulk_data_uri ? path + '/' + std::to_string(out.size()) : std::string{}));
    return out;
  }

  /// No value at all for padding only; null for an empty one beside others (PS3.18 F.2.5).
  [[nodiscard]] json texts(element const& one, character_set const& set) {
    auto out = json::array();
    if (one.text().empty()) return out;
    for (auto const& value : set.values_to_utf8(one.bytes(), decoded_as(one.vr())))
      out.push_back(text(without_padding(value, one.vr()), one.vr()));
    return out.size() == 1 && out[0].is_null() ? json::array() : out;
  }

  /// VRs that should hold ASCII (PS3.5 6.1.2.3) are read like the others: where they hold more, it
  /// is in the data set's character set, and comes back from JSON as it went.
  [[nodiscard]] static vr decoded_as(vr type) {
    if (type == vr::pn) return vr::pn;
    return is_single_text(type) ? vr::ut : vr::lo;
  }

  /// Leading spaces mean something in the VRs for longer text only (PS3.5 6.2).
  [[nodiscard]] static std::string_view without_padding(std::string_view value, vr type) {
    auto const trimmed = trim_spaces(value);
    bool const keeps_spaces = is_single_text(type) || type == vr::uc;
    if (!keeps_spaces || trimmed.empty()) return trimmed;
    return value.substr(0,
                        static_cast<std::size_t>(trimmed.data() - value.data()) + trimmed.size());
  }

  [[nodiscard]] json text(std::string_view value, vr type) {
    non_ascii_ =
        non_ascii_ || std::ranges::any_of(value, [](char c) { return to_unsigned(c) > 127; });
    if (value.empty()) return nullptr;
    if (type == vr::pn) return person_name(value);
    if (type == vr::is || type == vr::ds) return json_of_decimal(type, value);
    return std::string{value};
  }

  /// Component groups, of which there are three; a fourth would stay with the third.
  [[nodiscard]] static json person_name(std::string_view value) {
    json out;
    for (auto const* const group : {"Alphabetic", "Ideographic", "Phonetic"}) {
      bool const last = std::string_view{group} == "Phonetic";
      auto const part = last ? value : value.substr(0, value.find('='));
      auto const name = trim_spaces(part);
      if (!name.empty()) out[group] = std::string{name};
      value.remove_prefix(std::min(value.size(), part.size() + 1));
    }
    return out;
  }

  [[nodiscard]] static json numbers(element const& one) {
    auto out = json::array();
    auto const size = value_size(one.vr());
    for (auto rest = one.bytes(); rest.size() >= size; rest = rest.subspan(size))
      out.push_back(json_of_number(one.vr(), rest.first(size)));
    return out;
  }

  to_json_options const& options_;
  bool non_ascii_ = false;
};

}  // namespace detail
}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

// The DICOM JSON Model (PS3.18 Annex F), which DICOMweb speaks. An optional header: it needs
// nlohmann/json (Debian: nlohmann-json3-dev), CMake target codimse::json.
#include <codimse/core/error.hpp>
#include <codimse/core/printable.hpp>
#include <codimse/core/result.hpp>
#include <codimse/core/utf8.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/json/reader.hpp>
#include <codimse/json/text_check.hpp>
#include <codimse/json/writer.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace codimse::inline v0 {

/// A data set as a DICOM JSON Model object (PS3.18 F.2).
///
/// Text is UTF-8, whatever the data set's character set is, and (0008,0005) says so. DS and IS are
/// numbers where that loses nothing, else strings, as are SV and UV beyond 2^53; NaN and the
/// infinities of FL and FD are "NaN", "Infinity", "-Infinity". Group lengths and group 0002 are
/// left out. Encapsulated Pixel Data that is no bulk data is InlineBinary of its items as in a
/// file, for which the standard has no form. UN with items becomes SQ; unknown VRs become UN.
[[nodiscard]] inline nlohmann::json to_json(data_set const& all,
                                            to_json_options const& options = {}) {
  return detail::json_writer{options}.write(all);
}

namespace detail {

/// JSON text whose strings hold UTF-8: C1 controls, DEL and directional formatting become \uNNNN,
/// as JSON demands of the C0 controls. Other text stays readable.
[[nodiscard]] inline std::string with_controls_escaped(std::string json) {
  auto const plain = [](char c) { return to_unsigned(c) < 0x7F; };
  if (std::ranges::all_of(json, plain)) return json;
  std::string out;
  out.reserve(json.size());
  for (std::string_view rest = json; !rest.empty();) {
    auto const next = read_utf8(rest);
    if (next.value >= 0x7F && is_control(next.value)) append_hex(out += "\\u", next.value, 4);
    else out += rest.substr(0, next.length);
    rest.remove_prefix(next.length);
  }
  return out;
}

}  // namespace detail

/// The same as text (RFC 8259). Nothing in it controls a terminal: control characters are escaped.
[[nodiscard]] inline std::string to_json_text(data_set const& all,
                                              to_json_options const& options = {}) {
  // A URI need not be UTF-8; all other text is.
  return detail::with_controls_escaped(
      to_json(all, options)
          .dump(options.indent, ' ', false, nlohmann::json::error_handler_t::replace));
}

/// The data set of a DICOM JSON Model object. Its text is UTF-8, and (0008,0005) says so where it
/// was named or is needed. Pixel Data that is the items of encapsulated Pixel Data becomes that.
/// Members that Annex F does not know are passed over, and so are group lengths and group 0002.
/// Errors: `errc::invalid_json` for everything that is no such object (a wrong JSON type, an
/// unknown VR, a number that its VR cannot hold, a backslash in one of several values, ...), and
/// `errc::nested_too_deep`. `options.error_at` tells where.
[[nodiscard]] inline result<data_set> from_json(nlohmann::json const& from,
                                                from_json_options const& options = {}) {
  return detail::json_reader{options}.read(from);
}

/// The same from text (RFC 8259). Also: `errc::limit_exceeded` for text beyond
/// `limits::json_length` or `json_values`. Throws nothing that is about the text. Of members with
/// the same name, the last counts.
[[nodiscard]] inline result<data_set> from_json_text(std::string_view text,
                                                     from_json_options const& options = {}) {
  if (options.error_at != nullptr) options.error_at->clear();  // of the text as a whole
  if (auto const failed = detail::json_text_check::check(text, options.limits)) return failed;
  auto const parsed = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (parsed.is_discarded()) return make_error_code(errc::invalid_json);
  return from_json(parsed, options);
}

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/printable.hpp>
#include <codimse/data/character_set.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/dictionary.hpp>
#include <codimse/data/utf8_text.hpp>
#include <codimse/data/value_text.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// What `text_dump` shows.
/// A value: distinct objects may be used from different threads.
struct text_dump_options {
  /// Longest value, in bytes of text: a longer one ends in "...". 0: values are whole.
  std::size_t max_length = 64;
  /// Only these elements, wherever they are, each with the path to it. None: all elements.
  std::vector<tag> only = {};
};

namespace detail {

/// One line of a dump: `(gggg,eeee) VR value  # length, VM Keyword`.
[[nodiscard]] inline std::string dump_line(std::string what, std::string_view length,
                                           std::string_view remark) {
  constexpr std::size_t column = 60;
  constexpr std::size_t length_width = 4;
  what.resize(std::max(what.size() + 1, column), ' ');
  what += '#';
  what.append(length.size() < length_width ? length_width - length.size() : 1, ' ');
  what += length;
  if (!remark.empty()) what.append(", ").append(remark);
  return what;
}

[[nodiscard]] inline std::string dump_line_of(std::string what, element const& of,
                                              character_set const& set, std::size_t max_length,
                                              std::string_view name) {
  what += to_string(of.tag()) + ' ' + printable(to_string(of.vr())) + ' ' +
          value_text(of, set, max_length);
  bool const nested = of.is_sequence() || of.is_encapsulated();
  if (nested) what += of.had_undefined_length() ? ", undefined length" : ", defined length";
  auto const length = of.had_undefined_length() ? "u/l"
                      : nested                  ? "-"
                                                : std::to_string(of.bytes().size());
  auto const count = nested ? 1 : value_count(of);
  return dump_line(std::move(what), length, std::to_string(count) + ' ' + std::string{name});
}

class text_dumper {
 public:
  text_dumper(text_dump_options const& options, std::function<void(std::string_view)> const& sink)
      : options_{options}, sink_{sink} {}

  void dump(data_set const& all, character_set const& outer, std::size_t depth) {
    auto const set = character_set_of(all, outer);
    for (auto const& one : all) dump(all, one, set, depth, {});
  }

  /// What is asked for in a data set that `path` leads to.
  void search(data_set const& all, character_set const& outer, std::string const& path) {
    auto const set = character_set_of(all, outer);
    for (auto const& one : all) {
      if (std::ranges::find(options_.only, one.tag()) != options_.only.end()) {
        dump(all, one, set, 0, path);
        continue;
      }
      for (std::size_t i = 0; i < one.items().size(); ++i)
        search(one.items()[i], set, path + to_string(one.tag()) + item_number(i) + '.');
    }
  }

 private:
  [[nodiscard]] static std::string item_number(std::size_t index) {
    return '[' + std::to_string(index + 1) + ']';
  }
  /// Indented no further than where it helps: depth is up to who wrote the data set.
  [[nodiscard]] static std::string indent(std::size_t depth) {
    return std::string(2 * std::min<std::size_t>(depth, 32), ' ');
  }
  /// The keyword, or whose private element it is.
  [[nodiscard]] static std::string name_of(data_set const& all, tag at, character_set const& set) {
    auto const keyword = keyword_of(at);
    if (!keyword.empty()) return std::string{keyword};
    if (!at.is_private()) return "(unknown)";
    auto const block = static_cast<std::uint16_t>(at.element >> 8U);
    auto const* const creator = all.find({at.group, block});
    if (creator == nullptr || !creator->tag().is_private_creator()) return "(private)";
    constexpr std::size_t enough = 256;  // LO has 64 characters; what a peer sends may be longer
    auto const name = creator->text().substr(0, enough);
    return "(private: " + codimse::printable(set.to_utf8(name, vr::lo), 64) + ')';
  }

  void dump(data_set const& all, element const& one, character_set const& set, std::size_t depth,
            std::string const& path) {
    sink_(dump_line_of(indent(depth) + path, one, set, options_.max_length,
                       name_of(all, one.tag(), set)));
    for (std::size_t i = 0; i < one.items().size(); ++i) {
      dump_item(one.items()[i], i, depth + 1);
      dump(one.items()[i], set, depth + 2);
    }
    for (std::size_t i = 0; i < one.fragment_count(); ++i)
      dump_fragment(one.fragment(i), i, depth + 1);
  }
  void dump_item(data_set const& item, std::size_t index, std::size_t depth) {
    bool const undefined = item.had_undefined_length();
    auto what = indent(depth) + to_string(item_tag) + " item " + std::to_string(index + 1) + ", " +
                std::to_string(item.size()) + (item.size() == 1 ? " element" : " elements") +
                (undefined ? ", undefined length" : ", defined length");
    sink_(dump_line(std::move(what), undefined ? "u/l" : "-", {}));
  }
  /// Number 0 is the Basic Offset Table (PS3.5 A.4): numbers of 4 bytes.
  void dump_fragment(std::span<std::byte const> bytes, std::size_t index, std::size_t depth) {
    auto what =
        indent(depth) + to_string(item_tag) +
        (index == 0 ? " offset table " : " fragment " + std::to_string(index) + ' ') +
        (bytes.empty() ? "(empty)"
                       : binary_text(index == 0 ? vr::ul : vr::ob, bytes, options_.max_length));
    sink_(dump_line(std::move(what), std::to_string(bytes.size()), {}));
  }

  text_dump_options const& options_;
  std::function<void(std::string_view)> const& sink_;
};

}  // namespace detail

/// Gives each line of a dump of the data set to `sink`, without the end of line; the view is valid
/// during the call. Only one line is held at a time. One line an element, `(gggg,eeee) VR value
/// # length, VM Keyword`; sequences and encapsulated Pixel Data have their items below them.
/// For people, in no promised format; see `value_text` for values. What is in the data set cannot
/// control a terminal or begin a line.
inline void text_dump(data_set const& all, std::function<void(std::string_view)> const& sink,
                      text_dump_options const& options = {}) {
  detail::text_dumper dumper{options, sink};
  if (options.only.empty()) dumper.dump(all, {}, 0);
  else dumper.search(all, {}, {});
}

/// The same as one text, each line with its end.
[[nodiscard]] inline std::string text_dump(data_set const& all,
                                           text_dump_options const& options = {}) {
  std::string out;
  text_dump(all, [&out](std::string_view line) { out.append(line).append(1, '\n'); }, options);
  return out;
}

}  // namespace codimse::inline v0

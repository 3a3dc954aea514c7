// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/printable.hpp>
#include <codimse/data/character_set.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/dictionary.hpp>
#include <codimse/data/value_text.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

namespace program {

/// A data set as lines of "keyword: value", the values aligned. Text is in UTF-8; nothing in it can
/// control a terminal or begin a line.
class match_text {
 public:
  [[nodiscard]] static std::string of(codimse::data_set const& match) {
    std::string out;
    add(out, match, {}, 0);
    return out;
  }

 private:
  static void add(std::string& out, codimse::data_set const& level,
                  codimse::character_set const& outer, std::size_t depth) {
    auto const set = set_of(level, outer);
    std::size_t width = 0;
    for (auto const& one : level)
      if (!one.is_sequence()) width = std::max(width, name_of(one).size());
    for (auto const& one : level) {
      auto line = std::string(2 * std::min<std::size_t>(depth, 16), ' ') + name_of(one) + ':';
      auto const column = line.size() + width - std::min(width, name_of(one).size()) + 1;
      auto const value = value_of(one, set);
      if (!value.empty()) line.resize(column, ' ');
      out += line + value + '\n';
      for (std::size_t i = 0; i < one.items().size(); ++i) {
        if (i > 0) out += '\n';
        add(out, one.items()[i], set, depth + 1);
      }
    }
  }

  [[nodiscard]] static codimse::character_set set_of(codimse::data_set const& level,
                                                     codimse::character_set const& outer) {
    auto const* const named = level.find(codimse::tags::specific_character_set);
    if (named == nullptr || named->empty() || named->vr() != codimse::vr::cs) return outer;
    return codimse::character_set::from_terms(named->text());
  }
  [[nodiscard]] static std::string name_of(codimse::element const& one) {
    auto const keyword = codimse::keyword_of(one.tag());
    if (keyword.empty() || one.tag().is_private_creator()) return codimse::to_string(one.tag());
    return std::string{keyword};
  }
  [[nodiscard]] static std::string value_of(codimse::element const& one,
                                            codimse::character_set const& set) {
    constexpr std::size_t longest_binary = 64;
    if (one.is_sequence() || one.empty()) return {};
    if (codimse::is_text(one.vr())) {
      auto const text = codimse::printable(set.to_utf8(one.text(), one.vr()));
      return text;
    }
    return codimse::value_text(one, set, longest_binary);
  }
};

}  // namespace program

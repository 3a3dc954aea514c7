// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/bytes/reader.hpp>
#include <codimse/core/command_field.hpp>
#include <codimse/data/dictionary.hpp>
#include <codimse/data/text_dump.hpp>
#include <codimse/dimse/command_set.hpp>
#include <codimse/dimse/priority.hpp>
#include <codimse/dimse/status_meaning.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace codimse::inline v0 {

namespace detail {

/// What a number of a command set stands for; empty for plain numbers.
[[nodiscard]] inline std::string_view meaning_in_command(command_set const& all, tag at,
                                                         std::uint16_t value) {
  if (at.group != 0) return {};
  switch (at.element) {
    case command_element::command_field: return command_name(value);
    case command_element::command_data_set_type:
      return value == no_data_set ? "no data set" : "a data set follows";
    case command_element::priority:
      return value == priority::medium ? "MEDIUM"
             : value == priority::high ? "HIGH"
             : value == priority::low  ? "LOW"
                                       : "";
    case command_element::status:
      return meaning_of({value}, static_cast<command_field>(all.command() & 0x7FFFU));
    default: return {};
  }
}

/// Numbers that the standard writes in hexadecimal have it behind them, and their meaning.
inline void append_meaning(std::string& line, command_set const& all, element const& one) {
  auto const value = one.bytes();
  if (one.vr() != vr::us || value.size() != 2) return;
  auto const number = load_little<std::uint16_t>(value.data());
  bool const coded = one.tag().element == command_element::command_field ||
                     one.tag().element == command_element::command_data_set_type ||
                     one.tag().element == command_element::status;
  if (coded) append_hex(line += " = ", number, 4), line += 'H';
  auto const meaning = meaning_in_command(all, one.tag(), number);
  if (!meaning.empty()) line.append(1, ' ').append(meaning);
}

[[nodiscard]] inline std::string command_line_of(command_set const& all, element const& one) {
  constexpr std::size_t longest_value = 128;
  auto what = to_string(one.tag()) + ' ' + to_string(one.vr()) + ' ' +
              value_text(one, character_set{}, longest_value);
  append_meaning(what, all, one);
  auto const keyword = keyword_of(one.tag());
  return dump_line(std::move(what), std::to_string(one.bytes().size()),
                   std::to_string(value_count(one)) + ' ' +
                       std::string{keyword.empty() ? "(unknown)" : keyword});
}

}  // namespace detail

/// A command set (PS3.7 6.3.1) for people, one line an element as it came, in the manner of
/// `text_dump`, with the names of commands and priorities and the meaning of statuses.
[[nodiscard]] inline std::string dump_command(command_set const& all) {
  std::string out;
  byte_reader in{all.bytes()};
  while (in.ok() && in.remaining() > 0) {
    auto const group = in.little<std::uint16_t>();
    tag const at{group, in.little<std::uint16_t>()};
    auto const bytes = in.take(in.little<std::uint32_t>());
    if (!in.ok()) break;
    auto const type = dictionary_vr(at);
    element const one{at, type == vr::none || type == vr::sq ? vr::un : type, bytes};
    out += detail::command_line_of(all, one) + '\n';
  }
  return out;
}

}  // namespace codimse::inline v0

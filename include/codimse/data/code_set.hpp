// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/utf8.hpp>
#include <codimse/data/code_table.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace codimse::inline v0::detail {

/// The graphic character sets that escape sequences choose (PS3.3 Tables C.12-3 and C.12-4).
enum class code_set : std::uint8_t {
  none,
  ascii,     // ISO-IR 6
  romaji,    // ISO-IR 14, JIS X 0201
  katakana,  // ISO-IR 13, JIS X 0201
  latin_1,
  latin_2,
  latin_3,
  latin_4,
  cyrillic,
  arabic,
  greek,
  hebrew,
  latin_5,
  latin_9,
  thai,
  jis_x0208,
  jis_x0212,
  ks_x1001,
  gb_2312,
};

/// G0 holds bytes 21H to 7EH, G1 those from 80H on (ISO 2022, PS3.5 6.1.2.4).
enum class code_element : std::uint8_t {
  g0,
  g1
};

struct code_set_facts {
  code_set set;
  code_element element;
  unsigned width;           // bytes a character
  std::string_view escape;  // without ESC
  char const* system_name;  // null: by formula, see `formula_character`
  std::string_view prefix;  // what the system's encoding has before the bytes
};

/// PS3.3 Tables C.12-3 and C.12-4, in the order of `code_set`.
inline constexpr std::array code_sets{
    code_set_facts{code_set::none, code_element::g1, 1, {}, nullptr, {}},
    code_set_facts{code_set::ascii, code_element::g0, 1, "(B", nullptr, {}},
    code_set_facts{code_set::romaji, code_element::g0, 1, "(J", nullptr, {}},
    code_set_facts{code_set::katakana, code_element::g1, 1, ")I", nullptr, {}},
    code_set_facts{code_set::latin_1, code_element::g1, 1, "-A", nullptr, {}},
    code_set_facts{code_set::latin_2, code_element::g1, 1, "-B", "ISO-8859-2", {}},
    code_set_facts{code_set::latin_3, code_element::g1, 1, "-C", "ISO-8859-3", {}},
    code_set_facts{code_set::latin_4, code_element::g1, 1, "-D", "ISO-8859-4", {}},
    code_set_facts{code_set::cyrillic, code_element::g1, 1, "-L", "ISO-8859-5", {}},
    code_set_facts{code_set::arabic, code_element::g1, 1, "-G", "ISO-8859-6", {}},
    code_set_facts{code_set::greek, code_element::g1, 1, "-F", "ISO-8859-7", {}},
    code_set_facts{code_set::hebrew, code_element::g1, 1, "-H", "ISO-8859-8", {}},
    code_set_facts{code_set::latin_5, code_element::g1, 1, "-M", "ISO-8859-9", {}},
    code_set_facts{code_set::latin_9, code_element::g1, 1, "-b", "ISO-8859-15", {}},
    code_set_facts{code_set::thai, code_element::g1, 1, "-T", "TIS-620", {}},
    code_set_facts{code_set::jis_x0208, code_element::g0, 2, "$B", "EUC-JP", {}},
    code_set_facts{code_set::jis_x0212, code_element::g0, 2, "$(D", "EUC-JP", "\x8F"},
    code_set_facts{code_set::ks_x1001, code_element::g1, 2, "$)C", "EUC-KR", {}},
    code_set_facts{code_set::gb_2312, code_element::g1, 2, "$)A", "EUC-CN", {}},
};

[[nodiscard]] constexpr code_set_facts const& facts_of(code_set set) {
  return code_sets[static_cast<std::size_t>(set)];
}

static_assert([] {
  for (std::size_t i = 0; i < code_sets.size(); ++i)
    if (code_sets[i].set != static_cast<code_set>(i)) return false;
  return true;
}());

/// Codes of one byte are its lower seven bits; codes of two count the 94 x 94 positions.
inline constexpr std::uint32_t row_size = 94;
inline constexpr std::uint32_t single_byte_codes = 128;
inline constexpr std::uint32_t double_byte_codes = row_size * row_size;

/// The code of two bytes, each 21H to 7EH but for the high bit.
[[nodiscard]] constexpr std::uint32_t double_byte_code(unsigned first, unsigned second) {
  return ((first & 0x7FU) - 0x21U) * row_size + ((second & 0x7FU) - 0x21U);
}

/// The bytes of a code, with the high bit when they are for G1.
[[nodiscard]] inline std::string bytes_of(unsigned width, code_element element,
                                          std::uint32_t code) {
  unsigned const high = element == code_element::g1 ? 0x80U : 0U;
  if (width == 1) return {to_char(code | high)};
  return {to_char((code / row_size + 0x21U) | high), to_char((code % row_size + 0x21U) | high)};
}

/// Sets that need no table of the system.
[[nodiscard]] constexpr char32_t formula_character(code_set set, std::uint32_t code) {
  switch (set) {
    case code_set::ascii: return code;
    case code_set::romaji: return code == 0x5C ? 0xA5U : code == 0x7E ? 0x203EU : code;
    case code_set::katakana: return code >= 0x21 && code <= 0x5F ? 0xFF40U + code : 0U;
    case code_set::latin_1: return 0x80U + code;
    default: return 0;
  }
}

[[nodiscard]] inline code_table load_table(code_set set) {
  auto const& facts = facts_of(set);
  if (facts.system_name == nullptr)
    return {single_byte_codes, [&](std::uint32_t code) { return formula_character(set, code); }};
  return code_table::from_system(
      facts.system_name, facts.width == 1 ? single_byte_codes : double_byte_codes,
      [&](std::uint32_t code) {
        return std::string{facts.prefix} + bytes_of(facts.width, code_element::g1, code);
      });
}

template <std::size_t Set>
code_table const& loaded_table() {
  static code_table const table = load_table(static_cast<code_set>(Set));
  return table;
}

/// The table of a set, loaded when it is first asked for (well below a millisecond but for sets of
/// two bytes). May be called from any thread.
[[nodiscard]] inline code_table const& table_of(code_set set) {
  static constexpr auto loaders = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array{&loaded_table<I>...};
  }(std::make_index_sequence<code_sets.size()>{});
  return loaders[static_cast<std::size_t>(set)]();
}

}  // namespace codimse::inline v0::detail

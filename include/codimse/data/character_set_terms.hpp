// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/data/code_set.hpp>
#include <codimse/data/gb_text.hpp>
#include <codimse/data/iso_2022.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace codimse::inline v0::detail {

/// How text is written: with the sets of ISO 2022, or in an encoding that stands alone.
enum class text_encoding : std::uint8_t {
  iso_2022,
  utf8,
  gbk,
  gb18030
};

/// A defined term of (0008,0005): "ISO_IR 100" and "ISO 2022 IR 100" are both the row "100".
struct character_set_term {
  std::string_view name;
  code_set g0 = code_set::none;
  code_set g1 = code_set::none;
  text_encoding encoding = text_encoding::iso_2022;
};

/// PS3.3 C.12.1.1.2, Tables C.12-2 to C.12-5.
inline constexpr std::array character_set_terms{
    character_set_term{"6", code_set::ascii, code_set::none},
    character_set_term{"100", code_set::ascii, code_set::latin_1},
    character_set_term{"101", code_set::ascii, code_set::latin_2},
    character_set_term{"109", code_set::ascii, code_set::latin_3},
    character_set_term{"110", code_set::ascii, code_set::latin_4},
    character_set_term{"144", code_set::ascii, code_set::cyrillic},
    character_set_term{"127", code_set::ascii, code_set::arabic},
    character_set_term{"126", code_set::ascii, code_set::greek},
    character_set_term{"138", code_set::ascii, code_set::hebrew},
    character_set_term{"148", code_set::ascii, code_set::latin_5},
    character_set_term{"203", code_set::ascii, code_set::latin_9},
    character_set_term{"166", code_set::ascii, code_set::thai},
    character_set_term{"13", code_set::romaji, code_set::katakana},
    character_set_term{"87", code_set::jis_x0208, code_set::none},
    character_set_term{"159", code_set::jis_x0212, code_set::none},
    character_set_term{"149", code_set::none, code_set::ks_x1001},
    character_set_term{"58", code_set::none, code_set::gb_2312},
    character_set_term{"192", code_set::none, code_set::none, text_encoding::utf8},
    character_set_term{"GB18030", code_set::none, code_set::none, text_encoding::gb18030},
    character_set_term{"GBK", code_set::none, code_set::none, text_encoding::gbk},
};

struct term_alias {
  std::string_view written;
  std::string_view name;
};

/// What is met instead of the terms, as `term_name` leaves it.
inline constexpr std::array term_aliases{
    term_alias{"8859 1", "100"},  term_alias{"8859 2", "101"}, term_alias{"8859 3", "109"},
    term_alias{"8859 4", "110"},  term_alias{"8859 5", "144"}, term_alias{"8859 6", "127"},
    term_alias{"8859 7", "126"},  term_alias{"8859 8", "138"}, term_alias{"8859 9", "148"},
    term_alias{"8859 15", "203"}, term_alias{"646", "6"},      term_alias{"14", "13"},
    term_alias{"UTF 8", "192"},   term_alias{"UTF8", "192"},   term_alias{"GB 18030", "GB18030"},
};

[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) {
  constexpr std::string_view pad{" \0", 2};
  auto const first = text.find_first_not_of(pad);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(pad) - first + 1);
}

/// Capitals, '_' and '-' as spaces, each run of spaces as one.
[[nodiscard]] inline std::string plain_words(std::string_view text) {
  std::string out;
  for (char c : trimmed(text)) {
    if (c == '_' || c == '-') c = ' ';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
  }
  return out;
}

/// What names the set in a term: "100" of "ISO_IR 100", "iso-ir 100" and "ISO 2022 IR 100".
[[nodiscard]] inline std::string term_name(std::string_view term) {
  auto const words = plain_words(term);
  std::string_view rest = words;
  for (std::string_view const part : {"ISO", "2022", "IR"}) {
    if (rest.starts_with(part)) rest.remove_prefix(part.size());
    if (rest.starts_with(' ')) rest.remove_prefix(1);
  }
  return std::string{rest};
}

/// Does the term say that code extensions are used?
[[nodiscard]] inline bool announces_extensions(std::string_view term) {
  return plain_words(term).starts_with("ISO 2022");
}

/// Does the system have the conversion? The tables are loaded by this.
[[nodiscard]] inline bool is_available(character_set_term const& term) {
  switch (term.encoding) {
    case text_encoding::utf8: return true;
    case text_encoding::gbk: return !gb::gbk_table().empty();
    case text_encoding::gb18030: return !gb::gb18030_table().empty();
    case text_encoding::iso_2022: break;
  }
  auto const loads = [](code_set set) { return set == code_set::none || !table_of(set).empty(); };
  return loads(term.g0) && loads(term.g1);
}

/// The row of a term, however it is written; null when it is unknown, or the system lacks it.
[[nodiscard]] inline character_set_term const* find_term(std::string_view written) {
  auto const words = term_name(written);
  std::string_view name = words;
  for (auto const& alias : term_aliases)
    if (alias.written == words) name = alias.name;
  for (auto const& term : character_set_terms)
    if (term.name == name) return is_available(term) ? &term : nullptr;
  return nullptr;
}

/// What a value of (0008,0005) comes to.
struct announced_text {
  text_encoding encoding = text_encoding::iso_2022;
  announced_sets sets;  // with iso_2022
  std::string value;    // in the words of the standard, or as it came when not supported
  bool supported = true;
};

/// The terms of one value of (0008,0005).
struct term_list {
  character_set_term const* first = nullptr;     // null: empty or unknown
  std::vector<character_set_term const*> known;  // each once
  bool all_known = true;
  bool extensions = false;

  /// May value 1 be this term? Sets of two bytes only extend (PS3.3 C.12.1.1.2).
  [[nodiscard]] bool begins_with_a_set() const {
    if (first == nullptr) return false;
    auto const fits = [](code_set set) { return facts_of(set).width == 1; };
    return fits(first->g0) && fits(first->g1);
  }
};

[[nodiscard]] inline term_list split_terms(std::string_view value) {
  term_list out;
  for (std::size_t at = 0; at <= value.size();) {
    auto const end = std::min(value.find('\\', at), value.size());
    auto const written = trimmed(value.substr(at, end - at));
    auto const* const term = written.empty() ? nullptr : find_term(written);
    if (at == 0) out.first = term;
    at = end + 1;
    if (written.empty()) continue;
    out.extensions = out.extensions || announces_extensions(written);
    if (term == nullptr) out.all_known = false;
    else if (std::find(out.known.begin(), out.known.end(), term) == out.known.end())
      out.known.push_back(term);
  }
  return out;
}

/// The terms as the standard spells them. All are known and of ISO 2022.
[[nodiscard]] inline std::string spelled(term_list const& terms) {
  bool const default_only = terms.known.size() == 1 && terms.known[0]->name == "6";
  if (terms.known.empty() || default_only) return {};
  bool const alone = terms.known.size() == 1 && terms.begins_with_a_set();
  if (alone && !terms.extensions) return "ISO_IR " + std::string{terms.known[0]->name};
  std::string out;
  for (auto const* const term : terms.known) {
    if (!out.empty() || !terms.begins_with_a_set()) out += '\\';
    out += "ISO 2022 IR ";
    out += term->name;
  }
  return out;
}

[[nodiscard]] inline announced_sets sets_of(term_list const& terms) {
  announced_sets out;
  if (terms.begins_with_a_set() && terms.first->encoding == text_encoding::iso_2022)
    out.initial = {terms.first->g0, terms.first->g1};
  out.add(out.initial.g0);
  out.add(out.initial.g1);
  for (auto const* const term : terms.known) {
    out.add(term->g0);
    out.add(term->g1);
  }
  return out;
}

/// All terms there are, twice: what is longer is not read to its end, since every item of a hostile
/// data set may inherit it.
inline constexpr std::size_t longest_terms = 1024;

/// Reads a value of (0008,0005).
[[nodiscard]] inline announced_text read_terms(std::string_view value) {
  value = trimmed(value);
  bool const too_long = value.size() > longest_terms;
  value = trimmed(value.substr(0, longest_terms));
  auto const terms = split_terms(value);
  announced_text out{text_encoding::iso_2022, sets_of(terms), {}, terms.all_known && !too_long};
  character_set_term const* alone = nullptr;  // an encoding that allows no other term
  bool others = false;
  for (auto const* const term : terms.known) {
    if (alone == nullptr && term->encoding != text_encoding::iso_2022) alone = term;
    else others = others || term->name != "6";
  }
  if (alone != nullptr && (terms.first == alone || !others)) out.encoding = alone->encoding;
  if (alone != nullptr && others) out.supported = false;
  if (!out.supported) out.value = value;
  else if (alone == nullptr) out.value = spelled(terms);
  else
    out.value =
        (alone->encoding == text_encoding::utf8 ? "ISO_IR " : "") + std::string{alone->name};
  return out;
}

}  // namespace codimse::inline v0::detail

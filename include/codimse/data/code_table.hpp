// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/data/iconv.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace codimse::inline v0::detail {

/// What the codes of a character set mean, in both directions. Codes are counted from 0 here; how
/// they stand in bytes is the business of whoever uses the table.
/// Read-only once made: may be used from many threads.
class code_table {
 public:
  /// `character_of(code)` for each code below `count`; 0 where there is no character.
  template <class Function>
  code_table(std::uint32_t count, Function character_of) {
    characters_.reserve(count);
    for (std::uint32_t code = 0; code < count; ++code) {
      characters_.push_back(character_of(code));
      if (characters_.back() != 0) codes_.emplace_back(characters_.back(), code);
    }
    std::sort(codes_.begin(), codes_.end());
  }

  /// The same out of the system's set `name`, where `bytes_of(code)` is how it is written there.
  /// Without any character when the system does not have the set.
  template <class Function>
  static code_table from_system(char const* name, std::uint32_t count, Function bytes_of) {
    system_charset set{name};
    return {set ? count : 0, [&](std::uint32_t code) {
              auto const value = set.character(bytes_of(code));
              // Delimiters are ASCII: nothing else may ever turn into one.
              return value < 0x80 || (value >= 0xD800 && value < 0xE000) || value > 0x10FFFF
                         ? char32_t{0}
                         : value;
            }};
  }

  [[nodiscard]] bool empty() const { return codes_.empty(); }

  /// 0 when the code has no character.
  [[nodiscard]] char32_t character(std::uint32_t code) const {
    return code < characters_.size() ? characters_[code] : char32_t{0};
  }

  /// The lowest code of a character.
  [[nodiscard]] std::optional<std::uint32_t> code(char32_t character) const {
    auto const at = std::lower_bound(codes_.begin(), codes_.end(), std::pair{character, 0U});
    if (at == codes_.end() || at->first != character) return std::nullopt;
    return at->second;
  }

 private:
  std::vector<char32_t> characters_;
  std::vector<std::pair<char32_t, std::uint32_t>> codes_;
};

}  // namespace codimse::inline v0::detail

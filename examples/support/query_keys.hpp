// SPDX-License-Identifier: BSL-1.0
#pragma once

// Keys of the command line, KEY=VALUE, as a data set.
#include <codimse/core/printable.hpp>
#include <codimse/data/character_set.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/dictionary.hpp>
#include <codimse/data/tags.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace program {

/// What is wrong with a key, in words for who typed it.
class wrong_key : public std::runtime_error {
 public:
  wrong_key(std::string_view key, std::string const& why)
      : runtime_error{"-k " + codimse::printable(key, 120) + ": " + why} {}
};

/// One KEY=VALUE: a path of tags, each but the last with the number of an item, and a value.
///
///     PatientName=Doe^J*
///     0008,0060
///     ScheduledProcedureStepSequence[0].Modality=CT
class query_key {
 public:
  explicit query_key(std::string_view text) : whole_{text} {
    auto const end = text.find('=');
    if (end != std::string_view::npos) value_ = text.substr(end + 1);
    auto path = text.substr(0, end);
    for (;;) {
      auto const dot = path.find('.');
      steps_.push_back(parse_step(path.substr(0, dot)));
      if (dot == std::string_view::npos) break;
      path.remove_prefix(dot + 1);
    }
    for (std::size_t i = 0; i + 1 < steps_.size(); ++i)
      if (!steps_[i].item) steps_[i].item = 0;  // the one item that a key has
  }

  [[nodiscard]] bool is(codimse::tag at) const {
    return steps_.size() == 1 && steps_.front().at == at;
  }
  [[nodiscard]] std::string_view value() const { return value_; }

  void put_into(codimse::data_set& level, codimse::character_set const& text) const {
    auto* here = &level;
    for (auto const& one : steps_) {
      if (one.item) here = &item_of(*here, one);
      else if (type_of(one.at) == codimse::vr::sq) make_sequence(*here, one.at);
      else put_value(*here, one.at, text);
    }
  }

 private:
  struct step {
    codimse::tag at;
    std::optional<std::size_t> item;
  };

  [[nodiscard]] step parse_step(std::string_view text) const {
    step parsed;
    auto const bracket = text.find('[');
    auto const name = text.substr(0, bracket);
    auto const at = codimse::parse_tag(name);
    if (!at) throw wrong_key{whole_, '"' + codimse::printable(name, 80) + unknown_};
    if (at->group < 8) throw wrong_key{whole_, "group " + to_string(*at) + " is not for data sets"};
    parsed.at = *at;
    if (bracket == std::string_view::npos) return parsed;
    std::size_t item = 0;
    auto const* const end = text.data() + text.size();
    auto const [stopped, failed] = std::from_chars(text.data() + bracket + 1, end, item);
    if (failed != std::errc{} || stopped + 1 != end || *stopped != ']')
      throw wrong_key{whole_, "the number of an item is written [0]"};
    parsed.item = item;
    return parsed;
  }

  /// Private elements are in no dictionary: their values go out as they are.
  [[nodiscard]] static codimse::vr type_of(codimse::tag at) {
    auto const known = codimse::dictionary_vr(at);
    return known == codimse::vr::none ? codimse::vr::un : known;
  }
  [[nodiscard]] codimse::data_set& item_of(codimse::data_set& level, step const& to) const {
    if (type_of(to.at) != codimse::vr::sq)
      throw wrong_key{whole_, codimse::to_string(to.at) + " is no sequence"};
    auto const count = level.items(to.at).size();
    auto const item = to.item.value_or(0);
    if (item > count) throw wrong_key{whole_, "the item before it is missing"};
    return item == count ? level.add_item(to.at) : level.edit_item(to.at, item);
  }
  void make_sequence(codimse::data_set& level, codimse::tag at) const {
    if (!value_.empty()) throw wrong_key{whole_, "a sequence has items, no value"};
    if (!level.contains(at)) level.set_empty(at);
  }

  void put_value(codimse::data_set& level, codimse::tag at,
                 codimse::character_set const& set) const {
    auto const type = type_of(at);
    if (value_.empty()) {
      level.set_empty(at, type);
    } else if (codimse::is_text(type) || type == codimse::vr::un) {
      auto const encoded = set.from_utf8(value_, type == codimse::vr::un ? codimse::vr::ut : type);
      if (!encoded) throw wrong_key{whole_, "this value cannot be written in its character set"};
      level.set_bytes(at, type, std::as_bytes(std::span{*encoded}));
    } else {
      put_numbers(level, at, type);
    }
  }

  void put_numbers(codimse::data_set& level, codimse::tag at, codimse::vr type) const {
    using codimse::vr;
    bool const whole = type == vr::us || type == vr::ss || type == vr::ul || type == vr::sl ||
                       type == vr::uv || type == vr::sv;
    try {
      if (type == vr::at) level.set_all(at, split<codimse::tag>(codimse::parse_tag));
      else if (whole) level.set_all(at, split<long long>(number<long long>));
      else if (type == vr::fl || type == vr::fd) level.set_all(at, split<double>(number<double>));
      else throw wrong_key{whole_, "values of VR " + to_string(type) + " cannot be given as text"};
    } catch (codimse::error const&) {
      throw wrong_key{whole_, "the value does not fit VR " + to_string(type)};
    }
  }

  template <class T>
  [[nodiscard]] static std::optional<T> number(std::string_view text) {
    T parsed{};
    auto const* const end = text.data() + text.size();
    auto const [stopped, failed] = std::from_chars(text.data(), end, parsed);
    if (failed != std::errc{} || stopped != end) return std::nullopt;
    return parsed;
  }
  template <class T, class Parse>
  [[nodiscard]] std::vector<T> split(Parse parse) const {
    std::vector<T> all;
    std::string_view rest = value_;
    for (;;) {
      auto const end = rest.find('\\');
      auto const one = parse(rest.substr(0, end));
      if (!one) throw wrong_key{whole_, "the value is no number, or no tag"};
      all.push_back(*one);
      if (end == std::string_view::npos) return all;
      rest.remove_prefix(end + 1);
    }
  }

  static constexpr char const* unknown_ = "\" is no keyword and no gggg,eeee";

  std::string whole_;
  std::vector<step> steps_;
  std::string value_;
};

/// All keys as a data set. Values are UTF-8 as terminals have it: Specific Character Set ISO_IR 192
/// is there only when one is not ASCII. Who gives that key chooses the character set.
[[nodiscard]] inline codimse::data_set keys_as_data_set(std::vector<std::string> const& texts) {
  std::vector<query_key> keys(texts.begin(), texts.end());
  std::string all_text;
  for (auto const& key : keys) all_text += key.value();
  auto set = codimse::character_set::smallest_for(all_text);
  for (auto const& key : keys)
    if (key.is(codimse::tags::specific_character_set))
      set = codimse::character_set::from_terms(key.value());
  codimse::data_set made;
  for (auto const& key : keys) key.put_into(made, set);
  if (!set.value().empty()) made.set(codimse::tags::specific_character_set, set.value());
  return made;
}

}  // namespace program

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/data/data_set.hpp>
#include <codimse/data/date_time_pairs.hpp>
#include <codimse/data/date_time_range.hpp>
#include <codimse/data/element.hpp>
#include <codimse/data/matching_type.hpp>
#include <codimse/data/tag.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/data/value_matching.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// Does the entity match all keys of the identifier of a C-FIND (PS3.4 C.2.2.2)? What is no valid
/// key for its VR is compared as plain text; bad values never throw (only a lack of memory does).
///
/// Decisions where the standard leaves room:
/// - any value of an attribute of several may match; a key of several values that may have only
///   one is the same list of values;
/// - DS and IS compare as numbers when both are; names as `matches_name` says;
/// - a moment in the entity of which components are left out is its first instant, one in a key is
///   all instants that it may be: "10" asks for times from 10:00 until before 11:00;
/// - of a sequence in the key, the first item counts; keys of which all accept absence also match a
///   sequence that is not there.
///
/// Text is compared in UTF-8, both data sets converted by their own (0008,0005), which items
/// inherit. (0008,0005), (0008,0052), (0008,0053), (0008,0201), group lengths and private creators
/// are no keys. Private elements are found by their creator.
[[nodiscard]] bool matches(data_set const& identifier, data_set const& entity,
                           matching_options const& options = {});

/// The identifier of the response for one match (PS3.4 C.4.1.1.3): the keys of the request with the
/// entity's values, all of them; zero length where the entity has none. Items of a sequence have
/// the keys that the request's item has, or everything if it has none. (0008,0052) and (0008,0053)
/// are the request's. (0008,0005) is the entity's, if it has one: values are copied as they are,
/// dates and times stay in the entity's zone.
[[nodiscard]] data_set select_requested(data_set const& identifier, data_set const& entity);

namespace detail {

/// What holds for a data set, and what its items inherit. Refers to both, and to what is around.
class matching_context {
 public:
  explicit matching_context(std::chrono::minutes local_offset) : zone{local_offset} {}
  matching_context(data_set const& inner, matching_context const& around)
      : zone{around.zone}, named_by_{around.named_by_} {
    if (auto const* const own = inner.find(tags::specific_character_set); own && !own->empty()) {
      own_ = late_character_set{own->text()};
      named_by_ = this;
    }
    if (auto const own = inner.try_get<std::string_view>(tags::timezone_offset_from_utc))
      zone = parse_utc_offset(*own).value_or(zone);
  }
  matching_context(matching_context const&) = delete;
  matching_context& operator=(matching_context const&) = delete;

  [[nodiscard]] late_character_set const& character_set() const { return named_by_->own_; }

  std::chrono::minutes zone;

 private:
  late_character_set own_{{}};
  matching_context const* named_by_ = this;  // where the character set is said
};

/// Elements that say something about the request rather than ask (PS3.4 C.2.2.2, C.4.1.1.3).
[[nodiscard]] constexpr bool is_no_key(tag at) {
  return at == tags::specific_character_set || at == tags::query_retrieve_level ||
         at == tags::query_retrieve_view || at == tags::timezone_offset_from_utc ||
         at.is_group_length() || at.is_private_creator();
}

/// The element that a key is about. Private ones may lie in another block (PS3.5 7.8).
[[nodiscard]] inline element const* find_asked(data_set const& identifier, tag key,
                                               data_set const& entity) {
  if (!key.is_private()) return entity.find(key);
  auto const block = static_cast<std::uint16_t>(key.element >> 8U);
  auto const* const creator = identifier.find(tag{key.group, block});
  if (creator == nullptr || !creator->tag().is_private_creator()) return entity.find(key);
  auto const number = static_cast<std::uint8_t>(key.element & 0xFFU);
  auto const there = entity.find_private(key.group, creator->text(), number);
  return there ? entity.find(*there) : nullptr;
}

/// One level of identifier and entity: the data sets themselves, or an item of each.
class level_matcher {
 public:
  level_matcher(data_set const& identifier, data_set const& entity,
                matching_context const& around_identifier, matching_context const& around_entity,
                matching_options const& options)
      : identifier_{identifier},
        entity_{entity},
        key_context_{identifier, around_identifier},
        entity_context_{entity, around_entity},
        options_{options} {
    // Only negotiation makes (0008,0201) the zone of the request (PS3.4 C.5.1).
    if (!options.timezone_adjustment) key_context_.zone = options.local_offset;
  }

  [[nodiscard]] bool matches() const {
    return std::ranges::all_of(identifier_, [this](element const& key) {
      return is_no_key(key.tag()) || matches_key(key);
    });
  }

 private:
  using moments = std::pair<date_range, time_range>;

  [[nodiscard]] bool matches_key(element const& key) const {
    auto const* const found = find_asked(identifier_, key.tag(), entity_);
    if (key.is_sequence()) return matches_sequence(key, found);
    auto const type = key.vr() != vr::un || found == nullptr ? key.vr() : found->vr();
    if (!may_be_text(type))
      return key.empty() || (found != nullptr && !found->empty() &&
                             matches_binary(key.bytes(), *found, type, options_));
    if (auto const* const pair = find_date_time_pair(key.tag()))
      if (auto const ranges = combined_ranges(*pair)) return matches_moments(*pair, *ranges);
    return matches_text(decoded_text_of(key, type, key_context_.character_set()),
                        text_of_entity(key.tag(), found, type), type,
                        {key_context_.zone, entity_context_.zone}, options_);
  }

  [[nodiscard]] bool matches_sequence(element const& key, element const* found) const {
    if (matching_type_of(key) == matching_type::universal) return true;
    auto const in_item = [&](data_set const& item) {
      return level_matcher{key.items().front(), item, key_context_, entity_context_, options_}
          .matches();
    };
    if (found == nullptr || found->items().empty()) return in_item(data_set{});
    return std::ranges::any_of(found->items(), in_item);
  }

  /// The entity's text for a key; empty where it has none.
  [[nodiscard]] std::string text_of_entity(tag key, element const* found, vr type) const {
    if (found == nullptr || !may_be_text(found->vr())) return {};
    if (key_context_.zone != entity_context_.zone && options_.timezone_adjustment)
      if (auto const moved = in_zone_of_key(key)) return *moved;
    return decoded_text_of(*found, type, entity_context_.character_set());
  }

  template <class T, class Parse>
  [[nodiscard]] static std::optional<T> parsed(data_set const& from, tag at, Parse parse) {
    auto const* const found = from.find(at);
    return found == nullptr ? std::nullopt : parse(found->text());
  }

  /// The moment that both elements of the entity say.
  [[nodiscard]] std::optional<date_time> moment_of(date_time_pair const& pair) const {
    auto const day = parsed<date>(entity_, pair.date, parse_date);
    auto const time = parsed<time_of_day>(entity_, pair.time, parse_time_of_day);
    if (!day || !time) return std::nullopt;
    return date_time{*day, *time, time->precision, entity_context_.zone};
  }

  /// A date or a time of a pair, as it is in the zone of the request.
  [[nodiscard]] std::optional<std::string> in_zone_of_key(tag key) const {
    auto const* const pair = find_date_time_pair(key);
    auto const moment = pair == nullptr ? std::nullopt : moment_of(*pair);
    if (!moment) return std::nullopt;
    auto const moved = date_time::from(moment->earliest(), key_context_.zone);
    if (!moved.valid()) return std::nullopt;  // before year 0, behind year 9999
    return key == pair->date ? to_text(moved.date) : to_text(moved.time);
  }

  /// Both ranges of the identifier, if they are to be combined: of the same form.
  [[nodiscard]] std::optional<moments> combined_ranges(date_time_pair const& pair) const {
    if (!options_.combined_date_time && !pair.always) return std::nullopt;
    auto const days = parsed<date_range>(identifier_, pair.date, parse_date_range);
    auto const times = parsed<time_range>(identifier_, pair.time, parse_time_range);
    bool const same_form = days && times && days->from.has_value() == times->from.has_value() &&
                           days->to.has_value() == times->to.has_value();
    if (!same_form) return std::nullopt;
    return moments{*days, *times};
  }

  [[nodiscard]] bool matches_moments(date_time_pair const& pair, moments const& ranges) const {
    auto const moment = moment_of(pair);
    if (!moment) return false;
    auto const end = [](auto const& day, auto const& time) {
      return day ? std::optional{date_time{*day, *time, time->precision, {}}} : std::nullopt;
    };
    date_time_range const range{end(ranges.first.from, ranges.second.from),
                                end(ranges.first.to, ranges.second.to)};
    // Without negotiation, both are times on the wall.
    auto const zone = options_.timezone_adjustment ? key_context_.zone : entity_context_.zone;
    return contains(range, *moment, zone);
  }

  data_set const& identifier_;
  data_set const& entity_;
  matching_context key_context_;
  matching_context entity_context_;
  matching_options const& options_;
};

/// The response's element for one key.
inline void add_requested(data_set& response, element const& key, element const* found) {
  bool const has_items = found != nullptr && found->is_sequence();
  // The key of a private sequence may be UN: in implicit VR nothing says what it is.
  if (key.vr() == vr::sq || key.is_sequence() || has_items) {
    bool const all = key.items().empty() || key.items().front().empty();
    std::vector<data_set> items;
    if (has_items)
      for (auto const& item : found->items())
        items.push_back(all ? item : select_requested(key.items().front(), item));
    response.set(element{key.tag(), std::move(items)});
  } else if (found == nullptr || found->empty()) {
    response.set_empty(key.tag(), key.vr());
  } else if (found->tag() == key.tag()) {
    response.set(*found);
  } else {  // a private element of another block
    response.set_bytes(key.tag(), found->vr(), found->bytes());
  }
}

}  // namespace detail

inline bool matches(data_set const& identifier, data_set const& entity,
                    matching_options const& options) {
  detail::matching_context const outside{options.local_offset};
  return detail::level_matcher{identifier, entity, outside, outside, options}.matches();
}

inline data_set select_requested(data_set const& identifier, data_set const& entity) {
  data_set response;
  // Text of the entity cannot be read without it, so that it is there even if nobody asked.
  if (entity.has_value(tags::specific_character_set))
    response.set(*entity.find(tags::specific_character_set));
  for (auto const& key : identifier) {
    auto const at = key.tag();
    if (at == tags::specific_character_set || at.is_group_length()) continue;
    if (at == tags::query_retrieve_level || at == tags::query_retrieve_view ||
        at.is_private_creator()) {
      response.set(key);
    } else {
      detail::add_requested(response, key, detail::find_asked(identifier, at, entity));
    }
  }
  return response;
}

}  // namespace codimse::inline v0

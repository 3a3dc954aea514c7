// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/core/result.hpp>
#include <codimse/data/dictionary_vr.hpp>
#include <codimse/data/element.hpp>
#include <codimse/data/tag.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/data/value.hpp>
#include <codimse/data/vr.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

[[nodiscard]] std::size_t value_count(element const& of);

/// A data set (PS3.5 section 7): data elements in ascending order of their tags, each tag once.
/// Also one item of a sequence.
///
///     data_set query;
///     query.set(tags::query_retrieve_level, "STUDY")
///         .set(tags::patient_name, "Doe^J*")
///         .set(tags::image_type, "ORIGINAL", "PRIMARY")   // several values
///         .set_empty(tags::study_instance_uid);
///     auto const rows = found.get<std::uint16_t>(tags::rows);
///
/// What `set` cannot make of a value, and what `get` cannot make of an element, throws
/// `codimse::error` with `errc::missing_element`, `errc::wrong_vr` or `errc::invalid_value`, and
/// the tag in its message. Text is in the data set's own character set (0008,0005).
/// A value: distinct objects may be used from different threads.
class data_set {
 public:
  data_set() = default;
  data_set(data_set&&) noexcept = default;
  /// The copy owns all of its values, wherever they came from.
  data_set(data_set const& other)
      : elements_{other.elements_}, undefined_length_{other.undefined_length_} {}
  data_set& operator=(data_set other) noexcept {
    elements_.swap(other.elements_);
    storage_.swap(other.storage_);
    std::swap(undefined_length_, other.undefined_length_);
    return *this;
  }
  ~data_set() = default;

  // Elements.

  [[nodiscard]] bool empty() const { return elements_.empty(); }
  /// Number of elements at this level.
  [[nodiscard]] std::size_t size() const { return elements_.size(); }
  [[nodiscard]] auto begin() const { return elements_.cbegin(); }
  [[nodiscard]] auto end() const { return elements_.cend(); }

  /// The element, or nullptr; valid until the data set changes.
  [[nodiscard]] element const* find(tag at) const {
    auto const place = std::ranges::lower_bound(elements_, at, {}, &element::tag);
    return place != elements_.end() && place->tag() == at ? &*place : nullptr;
  }
  [[nodiscard]] bool contains(tag at) const { return find(at) != nullptr; }
  /// Is it there, with a value?
  [[nodiscard]] bool has_value(tag at) const {
    auto const* const found = find(at);
    return found != nullptr && !found->empty();
  }

  // Values. T: an integer, a floating point number, std::string, std::string_view (valid until the
  // data set changes), uid, ae_title, tag, or what `element_value` is specialised for: date, ...

  /// One value; throws where it is missing (an empty element has none), or is no T.
  template <class T>
  [[nodiscard]] T get(tag at, std::size_t index = 0) const {
    return require<T>(at, try_get<T>(at, index));
  }
  template <class T>
  [[nodiscard]] result<T> try_get(tag at, std::size_t index = 0) const {
    auto const* const found = find(at);
    if (found == nullptr) return make_error_code(errc::missing_element);
    return element_value<T>::read(*found, index);
  }
  /// One value, or the fallback where there is none. What is there but is no T throws.
  template <class T>
  [[nodiscard]] T get_or(tag at, T fallback, std::size_t index = 0) const {
    auto found = try_get<T>(at, index);
    if (!found && found.error() == errc::missing_element) return fallback;
    return require<T>(at, std::move(found));
  }
  /// All values; none for an element that is missing or empty.
  template <class T>
  [[nodiscard]] std::vector<T> get_all(tag at) const {
    std::vector<T> all;
    auto const* const found = find(at);
    std::size_t const count = found == nullptr ? 0 : value_count(*found);
    std::size_t i = 0;
    if (is_text(found == nullptr ? vr::none : found->vr())) {
      // Looking for each from the start would take hours where a peer sends millions.
      auto rest = found->text();
      for (; i + 1 < count; ++i, rest.remove_prefix(rest.find('\\') + 1))
        all.push_back(require<T>(at, element_value<T>::read(beginning_with(rest, *found), 0)));
    }
    for (; i < count; ++i) all.push_back(require<T>(at, element_value<T>::read(*found, i)));
    return all;
  }
  /// The whole text, all values with their backslashes, without padding; empty where there is
  /// none. Throws `errc::wrong_vr` where the element is no text.
  [[nodiscard]] std::string_view text(tag at) const {
    auto const* const found = find(at);
    if (found == nullptr) return {};
    if (!is_text(found->vr()) && found->vr() != vr::un) fail(at, errc::wrong_vr);
    return found->text();
  }
  /// The items of a sequence; none where it is missing. Throws `errc::wrong_vr` for others.
  [[nodiscard]] std::span<data_set const> items(tag at) const {
    auto const* const found = find(at);
    if (found == nullptr || (found->empty() && found->vr() == vr::un)) return {};
    if (!found->is_sequence()) fail(at, errc::wrong_vr);
    return found->items();
  }
  /// One item; throws `errc::missing_element` where there is none.
  [[nodiscard]] data_set const& item(tag at, std::size_t index = 0) const {
    auto const all = items(at);
    if (index >= all.size()) fail(at, errc::missing_element);
    return all[index];
  }

  // Building. The VR is the dictionary's unless it is given; private elements need it given.

  /// Sets one or several values: text, numbers, uid, tag, or data sets as items of a sequence.
  template <class... Values>
    requires(sizeof...(Values) > 0)
  data_set& set(tag at, Values&&... values) {
    return set(at, vr_to_write(at), std::forward<Values>(values)...);
  }
  template <class... Values>
    requires(sizeof...(Values) > 0)
  data_set& set(tag at, vr type, Values&&... values) {
    if constexpr ((std::same_as<std::remove_cvref_t<Values>, data_set> && ...)) {
      if (type != vr::sq) fail(at, errc::wrong_vr);
      std::vector<data_set> items;
      items.reserve(sizeof...(Values));
      (items.push_back(std::forward<Values>(values)), ...);
      return put(element{at, std::move(items)});
    } else {
      detail::value_field field;
      bool const fits = (detail::append_value(field, type, values) && ...);
      if (!fits) fail(at, errc::invalid_value);
      return set_bytes(at, type, std::as_bytes(std::span{field.bytes}));
    }
  }
  /// Several values of one type.
  template <class T>
  data_set& set_all(tag at, std::vector<T> const& values) {
    return set_all(at, vr_to_write(at), values);
  }
  template <class T>
  data_set& set_all(tag at, vr type, std::vector<T> const& values) {
    detail::value_field field;
    for (auto const& value : values)
      if (!detail::append_value(field, type, value)) fail(at, errc::invalid_value);
    return set_bytes(at, type, std::as_bytes(std::span{field.bytes}));
  }
  /// An element of zero length: unknown (type 2), or asked for in a query.
  data_set& set_empty(tag at) { return set_empty(at, vr_to_write(at)); }
  data_set& set_empty(tag at, vr type) {
    if (type == vr::sq) return put(element{at, std::vector<data_set>{}});
    return set_bytes(at, type, {});
  }
  /// A value field as it stands in little endian encodings; its bytes are copied. Not for SQ.
  data_set& set_bytes(tag at, vr type, std::span<std::byte const> little_endian) {
    if (type == vr::sq) fail(at, errc::wrong_vr);
    return put(element{at, type, little_endian});
  }
  /// A copy of an element of another data set.
  data_set& set(element const& other) { return put(element{other}); }
  data_set& set(element&& made) { return put(std::move(made)); }

  /// A new item at the end of a sequence, which is made where there is none. The reference is
  /// valid until the sequence changes. Throws `errc::wrong_vr` where it is no sequence.
  data_set& add_item(tag at);
  data_set& add_item(tag at, data_set item) { return add_item(at) = std::move(item); }
  /// An item, to be changed; throws `errc::missing_element` where there is none.
  [[nodiscard]] data_set& edit_item(tag at, std::size_t index = 0);

  void erase(tag at) {
    if (auto* const found = find_to_change(at))
      elements_.erase(elements_.begin() + (found - elements_.data()));
  }
  void clear() { *this = {}; }

  // Private elements (PS3.5 7.8): (gggg,bbee), bb the block that (gggg,00bb) reserves for a
  // creator.

  /// The tag of a private element in this data set, if its creator has a block.
  [[nodiscard]] std::optional<tag> find_private(std::uint16_t group, std::string_view creator,
                                                std::uint8_t number) const;
  /// The same; reserves a block where the creator has none. Throws `errc::invalid_value` for an
  /// even group, and `errc::limit_exceeded` when all 240 blocks are taken.
  [[nodiscard]] tag private_tag(std::uint16_t group, std::string_view creator, std::uint8_t number);

  // As an item.

  /// Was it read with undefined length? A writer told to keep lengths writes it so again.
  [[nodiscard]] bool had_undefined_length() const { return undefined_length_; }

  /// The same elements. How lengths were written does not matter.
  friend bool operator==(data_set const& a, data_set const& b) {
    return std::ranges::equal(a.elements_, b.elements_);
  }

 private:
  friend class data_set_builder;

  [[noreturn]] static void fail(tag at, std::error_code why) {
    throw error{why, to_string(at) + ": " + why.message()};
  }
  template <class T>
  static T require(tag at, result<T> found) {
    if (!found) fail(at, found.error());
    return *std::move(found);
  }
  [[nodiscard]] static vr vr_to_write(tag at) {
    auto const type = dictionary_vr(at);
    if (type == vr::none || type == vr::un)
      throw error{errc::wrong_vr, to_string(at) + ": its VR must be given"};
    return type;
  }

  /// The same element with some of its text only, which it does not own.
  [[nodiscard]] static element beginning_with(std::string_view text, element const& of) {
    auto const bytes = std::as_bytes(std::span{text});
    return {of.tag(), of.vr(), element::kind::value, detail::value_bytes::borrowed(bytes)};
  }

  [[nodiscard]] element* find_to_change(tag at) {
    return const_cast<element*>(std::as_const(*this).find(at));
  }
  data_set& put(element made) {
    auto const at = made.tag();
    if (at.group == item_tag.group) fail(at, errc::invalid_value);  // items are no elements
    if (elements_.empty() || elements_.back().tag() < at) {
      elements_.push_back(std::move(made));
    } else if (auto* const there = find_to_change(at)) {
      *there = std::move(made);
    } else {
      elements_.insert(std::ranges::lower_bound(elements_, at, {}, &element::tag), std::move(made));
    }
    return *this;
  }

  std::vector<element> elements_;
  std::shared_ptr<void const> storage_;  // what borrowed values lie in
  bool undefined_length_ = false;
};

// What an element and a data set owe each other.

namespace detail {
struct nested_values {
  std::vector<data_set> items;
  std::vector<value_bytes> fragments;
};
inline void nested_values_deleter::operator()(nested_values* values) const { delete values; }
}  // namespace detail

inline element::element(codimse::tag at, codimse::vr type, std::span<std::byte const> value)
    : tag_{at}, vr_{type} {
  if (value.size() % 2 == 0) {
    value_ = detail::value_bytes::copied(value);
    return;
  }
  std::vector<std::byte> padded(value.begin(), value.end());
  padded.push_back(static_cast<std::byte>(padding(type)));
  value_ = detail::value_bytes::copied(padded);
}
inline element::element(codimse::tag at, std::vector<data_set> items)
    : tag_{at}, vr_{codimse::vr::sq}, kind_{kind::sequence} {
  nested().items = std::move(items);
}
inline element::element(element const& other)
    : tag_{other.tag_},
      vr_{other.vr_},
      kind_{other.kind_},
      undefined_length_{other.undefined_length_},
      value_{other.value_} {
  if (other.nested_) nested() = *other.nested_;
}
inline element& element::operator=(element other) noexcept {
  tag_ = other.tag_;
  vr_ = other.vr_;
  kind_ = other.kind_;
  undefined_length_ = other.undefined_length_;
  value_ = std::move(other.value_);
  nested_ = std::move(other.nested_);
  return *this;
}
inline detail::nested_values& element::nested() {
  if (!nested_) nested_.reset(new detail::nested_values);
  return *nested_;
}
inline bool element::empty() const {
  return bytes().empty() && items().empty() && fragment_count() == 0;
}
inline std::span<data_set const> element::items() const {
  if (!nested_) return {};
  return nested_->items;
}
inline std::size_t element::fragment_count() const {
  return nested_ ? nested_->fragments.size() : 0;
}
inline std::span<std::byte const> element::fragment(std::size_t index) const {
  return index < fragment_count() ? nested_->fragments[index].view() : std::span<std::byte const>{};
}
inline bool operator==(element const& a, element const& b) {
  if (a.tag_ != b.tag_ || a.vr_ != b.vr_ || a.kind_ != b.kind_) return false;
  if (!std::ranges::equal(a.bytes(), b.bytes())) return false;
  if (!std::ranges::equal(a.items(), b.items())) return false;
  if (a.fragment_count() != b.fragment_count()) return false;
  for (std::size_t i = 0; i < a.fragment_count(); ++i)
    if (!std::ranges::equal(a.fragment(i), b.fragment(i))) return false;
  return true;
}

inline data_set& data_set::add_item(tag at) {
  auto* found = find_to_change(at);
  if (found == nullptr) {
    auto const type = dictionary_vr(at);
    if (type != vr::sq && type != vr::un && type != vr::none) fail(at, errc::wrong_vr);
    put(element{at, std::vector<data_set>{}});
    found = find_to_change(at);
  }
  if (!found->is_sequence()) fail(at, errc::wrong_vr);
  return found->nested().items.emplace_back();
}
inline data_set& data_set::edit_item(tag at, std::size_t index) {
  auto* const found = find_to_change(at);
  if (found == nullptr || index >= found->items().size()) fail(at, errc::missing_element);
  return found->nested().items[index];
}

inline std::optional<tag> data_set::find_private(std::uint16_t group, std::string_view creator,
                                                 std::uint8_t number) const {
  auto place = std::ranges::lower_bound(elements_, tag{group, 0x0010}, {}, &element::tag);
  for (; place != elements_.end() && place->tag() <= tag{group, 0x00FF}; ++place)
    if (place->tag().is_private_creator() && place->text() == creator)
      return tag{group, static_cast<std::uint16_t>(place->tag().element << 8U | number)};
  return std::nullopt;
}
inline tag data_set::private_tag(std::uint16_t group, std::string_view creator,
                                 std::uint8_t number) {
  if (group % 2 == 0 || group < 0x0009 || group == 0xFFFF || creator.empty())
    fail(tag{group, 0x0010}, errc::invalid_value);
  if (auto const known = find_private(group, creator, number)) return *known;
  for (std::uint16_t block = 0x10; block <= 0xFF; ++block) {
    if (contains(tag{group, block})) continue;
    set(tag{group, block}, vr::lo, creator);
    return {group, static_cast<std::uint16_t>(block << 8U | number)};
  }
  fail(tag{group, 0x0010}, errc::limit_exceeded);
}

/// Number of values (PS3.5 6.4): items, fragments counted as one, numbers, texts between
/// backslashes; 0 for an empty element.
[[nodiscard]] inline std::size_t value_count(element const& of) {
  if (of.is_sequence()) return of.items().size();
  if (of.is_encapsulated()) return 1;
  if (of.bytes().empty()) return 0;
  if (!is_text(of.vr())) {
    bool const bytes_only = of.vr() == vr::ob || of.vr() == vr::un || !is_known(of.vr());
    return bytes_only ? 1 : of.bytes().size() / detail::value_size(of.vr());
  }
  auto const text = of.text();
  if (text.empty()) return 0;
  if (is_single_text(of.vr())) return 1;
  std::size_t count = 1;
  for (char const c : text) count += c == '\\' ? 1 : 0;
  return count;
}

/// For readers: puts the elements of a data set together, in whatever order they come. Values may
/// lie in memory that the data sets share (`storage`; nullptr where the caller keeps it); each item
/// shares it too, so that it may leave the whole. Call `finish` at the end.
/// Used from one thread.
class data_set_builder {
 public:
  /// Memory in which builders collect elements, one after the other and one within the other: with
  /// it a data set gets one allocation of just its size. Must outlive them.
  using buffers = std::vector<std::vector<element>>;

  data_set_builder(data_set& into, std::shared_ptr<void const> const& storage,
                   bool undefined = false, buffers* reused = nullptr)
      : into_{&into}, reused_{reused} {
    into.storage_ = storage;
    into.undefined_length_ = undefined;
    if (reused_ == nullptr || reused_->empty()) return;
    into.elements_ = std::move(reused_->back());
    reused_->pop_back();
  }

  /// A value that lies in the storage, in little endian; an odd length is kept.
  void value(tag at, vr type, std::span<std::byte const> bytes) {
    add(element{at, type, element::kind::value, detail::value_bytes::borrowed(bytes)});
  }
  /// A copy of a value that lies elsewhere, in little endian or, with `big_endian`, to be turned.
  void copied_value(tag at, vr type, std::span<std::byte const> bytes, bool big_endian = false) {
    auto copy = detail::value_bytes::copied(bytes);
    if (big_endian) copy.swap(word_size(type));
    add(element{at, type, element::kind::value, std::move(copy)});
  }
  /// A sequence (SQ, or UN with items), or Pixel Data in fragments; what follows fills it.
  void sequence(tag at, vr type, bool undefined) {
    add(element{at, type, element::kind::sequence, {}}, undefined);
  }
  void fragments(tag at, vr type) { add(element{at, type, element::kind::encapsulated, {}}, true); }
  /// A new item of the last sequence: fill it through a builder of its own. Valid until the next.
  [[nodiscard]] data_set& add_item() { return last().nested().items.emplace_back(); }
  void add_fragment(std::span<std::byte const> bytes) {
    last().nested().fragments.push_back(detail::value_bytes::borrowed(bytes));
  }
  void add_copied_fragment(std::span<std::byte const> bytes) {
    last().nested().fragments.push_back(detail::value_bytes::copied(bytes));
  }

  /// Takes the last element back.
  void drop_last() { into_->elements_.pop_back(); }

  /// Puts elements that came out of order into order, and drops all but the first of each tag.
  void finish() {
    if (std::exchange(unordered_, false)) put_in_order();
    if (reused_ == nullptr) return;
    auto& all = into_->elements_;
    std::vector<element> fitting{std::move_iterator{all.begin()}, std::move_iterator{all.end()}};
    all.swap(fitting);
    fitting.clear();
    reused_->push_back(std::move(fitting));
    reused_ = nullptr;
  }

 private:
  void put_in_order() {
    auto& all = into_->elements_;
    std::vector<std::pair<tag, std::size_t>> order;
    order.reserve(all.size());
    for (auto const& one : all) order.emplace_back(one.tag(), order.size());
    std::ranges::sort(order);
    std::vector<element> ordered;
    ordered.reserve(all.size());
    for (auto const& [at, place] : order)
      if (ordered.empty() || ordered.back().tag() != at) ordered.push_back(std::move(all[place]));
    all = std::move(ordered);
  }
  void add(element&& made, bool undefined = false) {
    auto& all = into_->elements_;
    unordered_ = unordered_ || (!all.empty() && all.back().tag() >= made.tag());
    made.undefined_length_ = undefined;
    all.push_back(std::move(made));
  }
  element& last() { return into_->elements_.back(); }

  data_set* into_;
  buffers* reused_;
  bool unordered_ = false;
};

}  // namespace codimse::inline v0

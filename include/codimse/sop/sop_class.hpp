// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/command_field.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace codimse::inline v0 {

/// The operations and notifications of DIMSE (PS3.7 section 7.5), one bit each.
enum class dimse_operation : std::uint16_t {
  c_echo = 1U << 0U,
  c_store = 1U << 1U,
  c_find = 1U << 2U,
  c_get = 1U << 3U,
  c_move = 1U << 4U,
  n_event_report = 1U << 5U,
  n_get = 1U << 6U,
  n_set = 1U << 7U,
  n_action = 1U << 8U,
  n_create = 1U << 9U,
  n_delete = 1U << 10U,
};

/// A set of operations: `dimse_operation::n_create | dimse_operation::n_set`.
/// A value: distinct objects may be used from different threads.
class dimse_operations {
 public:
  constexpr dimse_operations() = default;
  constexpr dimse_operations(dimse_operation one) : bits_{static_cast<std::uint16_t>(one)} {}

  [[nodiscard]] constexpr bool contains(dimse_operation one) const {
    return (bits_ & static_cast<std::uint16_t>(one)) != 0;
  }
  /// Is every operation of the other set in this one?
  [[nodiscard]] constexpr bool contains(dimse_operations other) const {
    return (other.bits_ & ~static_cast<unsigned>(bits_)) == 0;
  }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }

  friend constexpr dimse_operations operator|(dimse_operations a, dimse_operations b) {
    dimse_operations both;
    both.bits_ = static_cast<std::uint16_t>(a.bits_ | b.bits_);
    return both;
  }
  friend constexpr bool operator==(dimse_operations, dimse_operations) = default;

 private:
  std::uint16_t bits_ = 0;
};

[[nodiscard]] constexpr dimse_operations operator|(dimse_operation a, dimse_operation b) {
  return dimse_operations{a} | dimse_operations{b};
}

/// The operation that a request asks for; empty for C-CANCEL, which belongs to another request.
[[nodiscard]] constexpr dimse_operations operation_of(command_field request) {
  switch (request) {
    case command_field::c_echo_rq: return dimse_operation::c_echo;
    case command_field::c_store_rq: return dimse_operation::c_store;
    case command_field::c_find_rq: return dimse_operation::c_find;
    case command_field::c_get_rq: return dimse_operation::c_get;
    case command_field::c_move_rq: return dimse_operation::c_move;
    case command_field::n_event_report_rq: return dimse_operation::n_event_report;
    case command_field::n_get_rq: return dimse_operation::n_get;
    case command_field::n_set_rq: return dimse_operation::n_set;
    case command_field::n_action_rq: return dimse_operation::n_action;
    case command_field::n_create_rq: return dimse_operation::n_create;
    case command_field::n_delete_rq: return dimse_operation::n_delete;
    case command_field::c_cancel_rq: return {};
  }
  return {};
}

/// A SOP Class (PS3.4) and the operations that its SCP must perform. N-EVENT-REPORT is never among
/// them: the SCP invokes it and the SCU performs it. A private one is a constant like the
/// registered ones:
///
///     inline constexpr codimse::sop_class my_class{
///         "1.2.3.4", "My class", codimse::dimse_operation::c_store};
///
/// Does not own its texts: they must outlive it, as literals do.
/// A value: distinct objects may be used from different threads.
struct sop_class {
  std::string_view uid;
  std::string_view name;
  dimse_operations required;
  std::uint64_t key = 0;  ///< hash of the UID: makes long lists comparable while compiling

  constexpr sop_class() = default;
  constexpr sop_class(std::string_view class_uid, std::string_view class_name,
                      dimse_operations operations)
      : uid{class_uid}, name{class_name}, required{operations}, key{key_of(class_uid)} {}

  /// FNV-1a. Equal keys are not trusted: the UIDs are compared too.
  [[nodiscard]] static constexpr std::uint64_t key_of(std::string_view text) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (char const c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    return hash;
  }

  friend constexpr bool operator==(sop_class const& a, sop_class const& b) {
    return a.key == b.key && a.uid == b.uid;
  }
};

/// N SOP Classes, in the order in which they were given. Lists are made by adding:
/// `sop::ct_image_storage + sop::mr_image_storage + my_classes`. An index sorted by key is kept, so
/// that looking up is logarithmic and comparing two lists linear, at compile time too.
/// A value: distinct objects may be used from different threads.
template <std::size_t N>
class sop_class_list {
 public:
  static_assert(N < 65536);
  using array = std::array<sop_class, N>;
  using index = std::array<std::uint16_t, N>;

  constexpr sop_class_list() = default;
  constexpr sop_class_list(array const& classes) : classes_{classes} { sort(); }
  template <std::same_as<sop_class>... Classes>
    requires(sizeof...(Classes) == N && N > 0)
  constexpr sop_class_list(Classes const&... classes) : classes_{classes...} {
    sort();
  }
  /// Joins two lists; their indices are merged.
  template <std::size_t A, std::size_t B>
    requires(A + B == N)
  constexpr sop_class_list(sop_class_list<A> const& a, sop_class_list<B> const& b) {
    std::size_t n = 0;
    for (auto const& one : a) classes_[n++] = one;
    for (auto const& one : b) classes_[n++] = one;
    std::size_t i = 0;
    std::size_t j = 0;
    for (auto& place : by_key_) {
      bool const from_a = j == B || (i < A && a.by_key(i).key <= b.by_key(j).key);
      place = static_cast<std::uint16_t>(from_a ? a.key_order()[i++] : A + b.key_order()[j++]);
    }
  }

  [[nodiscard]] static constexpr std::size_t size() { return N; }
  [[nodiscard]] constexpr auto begin() const { return classes_.begin(); }
  [[nodiscard]] constexpr auto end() const { return classes_.end(); }
  [[nodiscard]] constexpr sop_class const& operator[](std::size_t i) const { return classes_[i]; }

  /// The class with this UID (without padding), or nullptr.
  [[nodiscard]] constexpr sop_class const* find(std::string_view uid) const {
    auto const place = place_of(uid);
    return place == N ? nullptr : &by_key(place);
  }
  [[nodiscard]] constexpr bool contains(std::string_view uid) const { return place_of(uid) != N; }
  [[nodiscard]] constexpr bool contains(sop_class const& one) const { return contains(one.uid); }

  /// Does a class stand in it twice?
  [[nodiscard]] constexpr bool has_duplicates() const {
    for (std::size_t i = 1; i < N; ++i)
      if (by_key(i - 1) == by_key(i)) return true;
    return false;
  }

  /// The classes in the order of their keys: the i-th, and the whole order.
  [[nodiscard]] constexpr sop_class const& by_key(std::size_t i) const {
    return classes_[by_key_[i]];
  }
  [[nodiscard]] constexpr index const& key_order() const { return by_key_; }

 private:
  // Its place in the order of keys, or N.
  [[nodiscard]] constexpr std::size_t place_of(std::string_view uid) const {
    auto const key = sop_class::key_of(uid);
    std::size_t first = 0;
    std::size_t last = N;
    while (first < last) {
      auto const middle = first + (last - first) / 2;
      if (by_key(middle).key < key) first = middle + 1;
      else last = middle;
    }
    for (; first < N && by_key(first).key == key; ++first)
      if (by_key(first).uid == uid) return first;
    return N;
  }

  // Shell sort: short, and some 10,000 steps for 200 classes, far below Clang's limit of 1,048,576.
  constexpr void sort() {
    for (std::size_t i = 0; i < N; ++i) by_key_[i] = static_cast<std::uint16_t>(i);
    for (std::size_t gap = N / 2; gap > 0; gap /= 2) {
      for (std::size_t i = gap; i < N; ++i) {
        auto const moving = by_key_[i];
        std::size_t j = i;
        for (; j >= gap && classes_[by_key_[j - gap]].key > classes_[moving].key; j -= gap)
          by_key_[j] = by_key_[j - gap];
        by_key_[j] = moving;
      }
    }
  }

  array classes_{};
  index by_key_{};
};

template <std::size_t N>
sop_class_list(std::array<sop_class, N> const&) -> sop_class_list<N>;
template <std::same_as<sop_class>... Classes>
sop_class_list(Classes const&...) -> sop_class_list<sizeof...(Classes)>;
template <std::size_t A, std::size_t B>
sop_class_list(sop_class_list<A> const&, sop_class_list<B> const&) -> sop_class_list<A + B>;

/// A list of one class or a list as it is, so that a service may declare either.
[[nodiscard]] constexpr sop_class_list<1> as_list(sop_class const& one) {
  return sop_class_list<1>{one};
}
template <std::size_t N>
[[nodiscard]] constexpr sop_class_list<N> as_list(sop_class_list<N> const& list) {
  return list;
}

/// A `sop_class` or a `sop_class_list`.
template <class T>
concept sop_class_or_list = requires(T const& value) { as_list(value); };

template <sop_class_or_list A, sop_class_or_list B>
[[nodiscard]] constexpr auto operator+(A const& a, B const& b) {
  return sop_class_list{as_list(a), as_list(b)};
}

/// Is there a SOP Class in both? Linear, and usable in `static_assert` for lists of hundreds.
template <std::size_t A, std::size_t B>
[[nodiscard]] constexpr bool overlap(sop_class_list<A> const& a, sop_class_list<B> const& b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < A && j < B) {
    auto const left = a.by_key(i).key;
    auto const right = b.by_key(j).key;
    // Keys of different classes may be equal, once in 2^64: then `find` decides.
    if (left == right && b.contains(a.by_key(i))) return true;
    if (left <= right) ++i;
    else ++j;
  }
  return false;
}
template <sop_class_or_list A, sop_class_or_list B>
[[nodiscard]] constexpr bool overlap(A const& a, B const& b) {
  return overlap(as_list(a), as_list(b));
}

}  // namespace codimse::inline v0

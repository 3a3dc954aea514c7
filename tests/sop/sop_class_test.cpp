// SPDX-License-Identifier: BSL-1.0
#include <codimse/core/uid.hpp>
#include <codimse/sop/sop_class.hpp>
#include <codimse/sop/storage.hpp>
#include <codimse/sop/verification.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace {

using namespace codimse;
using op = dimse_operation;

// --- operations

static_assert((op::n_create | op::n_set).contains(op::n_set));
static_assert(!(op::n_create | op::n_set).contains(op::n_get));
static_assert((op::c_find | op::c_get | op::c_move).contains(op::c_find | op::c_move));
static_assert(!dimse_operations{op::c_find}.contains(op::c_find | op::c_move));
static_assert(dimse_operations{}.empty());
static_assert(dimse_operations{op::c_echo}.contains(dimse_operations{}));
static_assert(operation_of(command_field::c_store_rq) == op::c_store);
static_assert(operation_of(command_field::n_delete_rq) == op::n_delete);
static_assert(operation_of(command_field::c_cancel_rq).empty());

// --- lists

inline constexpr sop_class mine{"1.2.3.4", "My class", op::c_store};
inline constexpr sop_class yours{"1.2.3.5", "Your class", op::c_find | op::c_move};

static_assert(mine == sop_class{"1.2.3.4", "Another name", op::c_echo});
static_assert(mine != yours && mine.key != yours.key);

inline constexpr auto pair = mine + yours;
static_assert(pair.size() == 2 && pair[0] == mine && pair[1] == yours);
static_assert((sop::verification + pair).size() == 3);
static_assert((pair + sop::verification)[2] == sop::verification);
static_assert((pair + (sop::ct_image_storage + sop::mr_image_storage)).contains("1.2.3.5"));
static_assert(pair.find("1.2.3.4") == &pair[0] && pair.find("1.2.3.5")->name == "Your class");
static_assert(pair.find("1.2.3") == nullptr && pair.find("") == nullptr);
static_assert(as_list(mine).size() == 1 && as_list(pair).size() == 2);
static_assert(!pair.has_duplicates() && (pair + mine).has_duplicates());
static_assert(sop_class_list{mine, yours}.contains(yours));
static_assert(sop_class_list<0>{}.find("1.2.3.4") == nullptr);
static_assert(!overlap(sop_class_list<0>{}, pair));
static_assert(sop_class_or_list<sop_class> && sop_class_or_list<sop_class_list<7>>);
static_assert(!sop_class_or_list<int>);

static_assert(overlap(mine, pair) && overlap(pair, mine) && overlap(mine, mine));
static_assert(!overlap(mine, yours) && !overlap(sop::verification, pair));

// --- the registry, within the default limits of the compilers on constant evaluation

static_assert(sop::all_storage.size() == 211);
static_assert(!sop::all_storage.has_duplicates());
static_assert(overlap(sop::all_storage, sop::all_storage));
static_assert(overlap(sop::ct_image_storage, sop::all_storage));
static_assert(!overlap(sop::verification + pair, sop::all_storage));
static_assert(sop::all_storage.contains("1.2.840.10008.5.1.4.1.1.2"));
static_assert(sop::all_storage.contains(sop::hanging_protocol_storage));   // non-patient
static_assert(sop::all_storage.contains("1.2.840.10008.5.1.4.1.1.3"));     // retired
static_assert(!sop::all_storage.contains("1.2.840.10008.1.3.10"));         // DICOMDIR
static_assert(!sop::all_storage.contains("1.2.840.10008.5.1.4.1.2.1.1"));  // Patient Root FIND

// Two disjoint lists of 211: the worst case, nothing is found early.
constexpr std::array<char, 422> digits = [] {
  std::array<char, 422> text{};
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('0' + i % 7);
  return text;
}();
constexpr auto made_up(std::size_t from) {
  std::array<sop_class, 211> classes{};
  for (std::size_t i = 0; i < classes.size(); ++i)
    classes[i] = {std::string_view{digits.data() + i, from + i % 3}, "made up", op::c_store};
  return sop_class_list{classes};
}
static_assert(!overlap(made_up(24), sop::all_storage));
static_assert((made_up(24) + sop::all_storage).size() == 422);

TEST(SopClass, EveryStorageClassIsFound) {
  for (auto const& one : sop::all_storage) {
    EXPECT_EQ(sop::all_storage.find(one.uid), &one);
    EXPECT_TRUE(uid{one.uid}.valid()) << one.uid;
    EXPECT_TRUE(one.required == op::c_store);
    EXPECT_FALSE(sop::all_storage.contains(std::string{one.uid} + ".1.1.9"));
  }
}

TEST(SopClass, ListsAreSortedByKey) {
  auto const sorted = [](auto const& list) {
    for (std::size_t i = 1; i < list.size(); ++i)
      if (list.by_key(i - 1).key > list.by_key(i).key) return false;
    return true;
  };
  EXPECT_TRUE(sorted(sop::all_storage));
  EXPECT_TRUE(sorted(sop::all_storage + pair + sop::verification));
  EXPECT_TRUE(sorted(pair + sop::all_storage));
}

}  // namespace

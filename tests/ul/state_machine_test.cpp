// SPDX-License-Identifier: BSL-1.0
#include "ul/facts.hpp"
#include <codimse/ul/state_machine.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace {

using namespace codimse;

constexpr ul::action action_named(std::string_view name) {
  for (std::size_t i = 0; i < ul::action_count; ++i)
    if (ul::name_of(static_cast<ul::action>(i)) == name) return static_cast<ul::action>(i);
  throw "no such action";
}

static_assert(std::size(facts::table_9_10) == ul::event_count * ul::state_count);
static_assert(std::size(facts::actions) ==
              ul::action_count);  // 28 and the other AE-6, without none

constexpr bool cells_agree() {
  for (auto const& cell : facts::table_9_10) {
    auto const found =
        ul::action_for(static_cast<ul::event>(cell.event), static_cast<ul::state>(cell.state));
    if (ul::name_of(found) != cell.action) return false;
    if (found == ul::action::none) continue;
    auto const& row = ul::effects_of(found);
    if (static_cast<int>(row.next) != cell.next) return false;
    if (static_cast<int>(row.otherwise_next) != cell.otherwise) return false;
  }
  return true;
}
static_assert(cells_agree());

constexpr int defined_cells() {
  int count = 0;
  for (auto const& cell : facts::table_9_10) count += cell.action.empty() ? 0 : 1;
  return count;
}
static_assert(defined_cells() == 123);

/// The row of an action against the sentence of the standard.
constexpr bool agrees(facts::sentence const& one) {
  auto const& row = ul::effects_of(action_named(one.action));
  auto const said = facts::effects_of(one);
  return row.send == said.send && row.tell == said.tell && row.artim == said.artim &&
         row.transport == said.transport && static_cast<int>(row.next) == one.next;
}

TEST(state_machine, actions_do_what_the_sentences_say) {
  for (auto const& one : facts::actions) {
    if (one.action == "AE-6 else") continue;  // its effects are those of the provider: see there
    EXPECT_TRUE(agrees(one)) << one.action << ": " << one.text;
    if (one.otherwise != 0) {
      EXPECT_EQ(static_cast<int>(ul::effects_of(action_named(one.action)).otherwise_next),
                one.otherwise);
    }
  }
  EXPECT_EQ(static_cast<int>(ul::effects_of(ul::action::ae6).otherwise_next),
            facts::sentence_of("AE-6 else").next);
}

TEST(state_machine, every_action_has_a_name_and_a_cell) {
  std::set<std::string_view> names;
  for (auto const& cell : facts::table_9_10)
    if (!cell.action.empty()) names.insert(cell.action);
  EXPECT_EQ(names.size(), ul::action_count - 1);
  EXPECT_EQ(ul::name_of(ul::action::none), "");
  EXPECT_EQ(ul::name_of(ul::action::ae1), "AE-1");
  EXPECT_EQ(ul::name_of(ul::action::dt2), "DT-2");
  EXPECT_EQ(ul::name_of(ul::action::ar10), "AR-10");
  EXPECT_EQ(ul::name_of(ul::action::aa8), "AA-8");
}

}  // namespace

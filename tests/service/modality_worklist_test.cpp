// SPDX-License-Identifier: BSL-1.0
#include "service/harness.hpp"
#include <codimse/scu/find.hpp>
#include <codimse/service/modality_worklist.hpp>

#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

using namespace harness;

namespace {

data_set step(std::string_view station, std::string_view date, std::string_view time) {
  data_set one;
  one.set(tags::scheduled_station_ae_title, station)
      .set(tags::scheduled_procedure_step_start_date, date)
      .set(tags::scheduled_procedure_step_start_time, time);
  return one;
}
data_set item(std::string_view name) {
  data_set one;
  one.set(tags::patient_name, name);
  return one;
}

/// One item with a step, one with two, one with none.
worklist_items some_items() {
  std::vector<data_set> all;
  all.push_back(item("Alpha^A"));
  all.back().add_item(tags::scheduled_procedure_step_sequence, step("CT1", "20240105", "0900"));
  all.push_back(item("Beta^B"));
  all.back().add_item(tags::scheduled_procedure_step_sequence, step("CT1", "20240106", "0800"));
  all.back().add_item(tags::scheduled_procedure_step_sequence, step("MR1", "20240106", "1000"));
  all.push_back(item("Gamma^C"));
  return std::make_shared<std::vector<data_set> const>(std::move(all));
}

struct plain_source {
  worklist_items items() { return some_items(); }
};
struct awaited_source {
  asio::awaitable<worklist_items> items() { co_return some_items(); }
};
static_assert(worklist_source<plain_source> && worklist_source<awaited_source>);
static_assert(!worklist_source<int>);

task query(loop& on, std::uint16_t port, data_set identifier, std::vector<data_set>& found) {
  auto assoc = co_await on.connect(port, sop::modality_worklist_find);
  auto results = co_await find(assoc, identifier, sop::modality_worklist_find);
  for (;;) {
    auto one = co_await results.next();
    if (!one) break;
    found.push_back(*std::move(one));
  }
  EXPECT_TRUE(results.status().is_success());
  co_await assoc.release();
}

template <class Source>
std::vector<data_set> ask(data_set const& identifier) {
  loop here;
  std::vector<data_set> found;
  server scp{here.executor(), local_options(), modality_worklist_scp{Source{}}};
  here.play(scp, [&](loop& on, std::uint16_t port) { return query(on, port, identifier, found); });
  return found;
}

data_set for_step(data_set keys) {
  data_set identifier;
  identifier.set_empty(tags::patient_name);
  identifier.add_item(tags::scheduled_procedure_step_sequence, std::move(keys));
  return identifier;
}

TEST(ModalityWorklist, EachResponseHasOneStep) {
  data_set keys;
  keys.set_empty(tags::scheduled_station_ae_title);
  auto const found = ask<plain_source>(for_step(keys));
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[1].text(tags::patient_name), "Beta^B");
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(found[i].items(tags::scheduled_procedure_step_sequence).size(), 1U);
  EXPECT_EQ(
      found[2].item(tags::scheduled_procedure_step_sequence).text(tags::scheduled_station_ae_title),
      "MR1");
}

TEST(ModalityWorklist, OnlyTheStepThatMatchesIsAnswered) {
  data_set keys;
  keys.set(tags::scheduled_station_ae_title, "CT1");
  auto const found = ask<awaited_source>(for_step(keys));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].text(tags::patient_name), "Alpha^A");
  EXPECT_EQ(found[1].text(tags::patient_name), "Beta^B");
}

/// So many that going through them takes long.
struct long_source {
  worklist_items items() {
    return std::make_shared<std::vector<data_set> const>(std::vector<data_set>(6400));
  }
};

/// Counts the turns that the event loop gives to others.
task count_turns(bool const& asked, bool const& answered, std::size_t& turns) {
  while (!answered) {
    auto const executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
    if (asked) ++turns;
  }
}

/// Knows when its handler runs.
struct watched_worklist : modality_worklist_scp<long_source> {
  explicit watched_worklist(bool& runs) : modality_worklist_scp{long_source{}}, runs_{&runs} {}
  reply on(c_find_rq const& rq, data_set const& identifier, c_find_responses& out) {
    *runs_ = true;
    auto const how = co_await modality_worklist_scp::on(rq, identifier, out);
    *runs_ = false;
    co_return how;
  }

 private:
  bool* runs_;
};

task ask_for_nobody(loop& on, std::uint16_t port, std::vector<data_set>& found, bool& done) {
  data_set identifier;
  identifier.set(tags::patient_name, "Nobody");
  co_await query(on, port, std::move(identifier), found);
  done = true;
}

TEST(ModalityWorklist, OthersAreServedWhileNothingMatches) {
  loop here;
  bool runs = false;
  bool done = false;
  std::size_t turns = 0;
  std::vector<data_set> found;
  server scp{here.executor(), local_options(), watched_worklist{runs}};
  here.spawn(count_turns(runs, done, turns));
  here.play(scp,
            [&](loop& on, std::uint16_t port) { return ask_for_nobody(on, port, found, done); });
  EXPECT_TRUE(found.empty());
  EXPECT_GE(turns, 6400U / 64U);
}

TEST(ModalityWorklist, DateAndTimeAreOneRange) {
  data_set keys;
  keys.set(tags::scheduled_procedure_step_start_date, "20240105-20240106")
      .set(tags::scheduled_procedure_step_start_time, "0830-0830");
  auto const found = ask<plain_source>(for_step(keys));
  ASSERT_EQ(found.size(), 2U);  // separately, none would match
}

}  // namespace

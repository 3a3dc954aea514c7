// SPDX-License-Identifier: BSL-1.0
#include "harness.hpp"
#include <codimse/service/procedure_step.hpp>

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace harness;

constexpr auto mpps = sop::modality_performed_procedure_step;
constexpr auto mpps_retrieve = sop::modality_performed_procedure_step_retrieve;

data_set new_step() {
  data_set item;
  item.set(tags::study_instance_uid, "1.2.3");
  data_set step;
  step.set(tags::performed_procedure_step_status, "IN PROGRESS")
      .set(tags::modality, "CT")
      .set(tags::patient_name, "Doe^John")
      .set(tags::performed_station_ae_title, "CT1")
      .set(tags::performed_procedure_step_start_date, "20240229")
      .set(tags::performed_procedure_step_start_time, "101010")
      .set(tags::performed_procedure_step_id, "1")
      .set_empty(tags::performed_procedure_step_end_date)
      .set_empty(tags::performed_procedure_step_end_time)
      .set_empty(tags::performed_procedure_step_description)
      .set_empty(tags::performed_series_sequence);
  step.add_item(tags::scheduled_step_attributes_sequence, item);
  return step;
}

data_set changes_to(std::string_view state) {
  data_set changes;
  changes.set(tags::performed_procedure_step_status, state);
  return changes;
}

data_set final_changes(std::string_view state) {
  data_set changes = changes_to(state);
  changes.set(tags::performed_procedure_step_end_date, "20240229")
      .set(tags::performed_procedure_step_end_time, "111111");
  data_set series;
  series.set(tags::protocol_name, "Head").set(tags::series_instance_uid, "1.2.4");
  changes.add_item(tags::performed_series_sequence, series);
  return changes;
}

using steps_scp = procedure_step_scp<>;
using client = task (*)(association&, steps_scp&);

task with(loop& on, std::uint16_t port, steps_scp& steps, client run, bool& ran) {
  proposals wanted{mpps};
  wanted.add(mpps_retrieve.uid);
  association over = co_await on.connect(port, wanted);
  co_await run(over, steps);
  co_await over.release();
  ran = true;
}

/// A server of procedure steps, and one association to it.
void play(client run, procedure_step_options rules = {}, std::size_t room = 100) {
  loop events;
  bool ran = false;
  steps_scp steps{memory_procedure_steps{room}, rules};
  server scp{events.executor(), local_options(), steps};
  events.play(scp, [&](loop& on, std::uint16_t port) { return with(on, port, steps, run, ran); });
  EXPECT_TRUE(ran);
}

asio::awaitable<answer<n_create_rsp>> create(association& over, data_set step,
                                             uid instance = "1.2.9") {
  n_create_rq const request{mpps.uid, instance};
  auto response = co_await over.request(request, std::move(step));
  co_return response;
}
asio::awaitable<answer<n_set_rsp>> change(association& over, data_set changes,
                                          uid instance = "1.2.9") {
  n_set_rq const request{mpps.uid, instance};
  auto response = co_await over.request(request, std::move(changes));
  co_return response;
}
asio::awaitable<answer<n_get_rsp>> read(association& over, std::vector<tag> attributes,
                                        uid instance = "1.2.9") {
  n_get_rq const request{mpps_retrieve.uid, instance, std::move(attributes)};
  auto response = co_await over.request(request);
  co_return response;
}
std::string state_of(steps_scp& steps) {
  auto const step = steps.store().find("1.2.9");
  return step ? step->get<std::string>(tags::performed_procedure_step_status) : "none";
}

task life(association& over, steps_scp& steps) {
  auto const created = co_await create(over, new_step());
  EXPECT_EQ(created.status, status::success);
  EXPECT_EQ(created.affected_sop_instance_uid, uid{"1.2.9"});
  EXPECT_EQ(state_of(steps), "IN PROGRESS");
  data_set description;
  description.set(tags::performed_procedure_step_description, "Head");
  auto const updated = co_await change(over, description);
  EXPECT_EQ(updated.status, status::success);
  auto const completed = co_await change(over, final_changes("COMPLETED"));
  EXPECT_EQ(completed.status, status::success);
  EXPECT_EQ(state_of(steps), "COMPLETED");
  auto const step = steps.store().find("1.2.9");
  EXPECT_EQ(step->text(tags::performed_procedure_step_description), "Head");
  EXPECT_EQ(step->text(tags::patient_name), "Doe^John");
}
TEST(procedure_step, is_created_updated_and_completed) { play(life); }

task after_the_end(association& over, steps_scp& steps) {
  co_await create(over, new_step());
  auto const ended = co_await change(over, final_changes("DISCONTINUED"));
  EXPECT_EQ(ended.status, status::success);
  for (std::string_view const state : {"IN PROGRESS", "COMPLETED", "DISCONTINUED", "X"}) {
    auto const late = co_await change(over, final_changes(state));
    EXPECT_EQ(late.status.code, 0x0110);
    EXPECT_EQ(late.error_id, 0xA710);
    EXPECT_EQ(late.error_comment.view(),
              "Performed Procedure Step Object may no longer be updated");
  }
  EXPECT_EQ(state_of(steps), "DISCONTINUED");
}
TEST(procedure_step, final_states_are_final) { play(after_the_end); }
TEST(procedure_step, final_states_are_final_for_the_lenient_too) { play(after_the_end, {false}); }

task only_in_progress(association& over, steps_scp& steps) {
  for (std::string_view const state : {"COMPLETED", "DISCONTINUED", "in progress", "X"}) {
    auto step = new_step();
    step.set(tags::performed_procedure_step_status, state);
    auto const refused = co_await create(over, std::move(step));
    EXPECT_EQ(refused.status.code, 0x0106) << state;
    EXPECT_EQ(refused.attribute_identifier_list,
              std::vector<tag>(1, tags::performed_procedure_step_status));
  }
  auto without = new_step();
  without.erase(tags::performed_procedure_step_status);
  auto const missing = co_await create(over, without);
  EXPECT_EQ(missing.status.code, 0x0120);
  without.set_empty(tags::performed_procedure_step_status);
  auto const empty = co_await create(over, without);
  EXPECT_EQ(empty.status.code, 0x0121);
  EXPECT_EQ(steps.store().size(), 0U);
}
TEST(procedure_step, begins_in_progress) { play(only_in_progress); }
TEST(procedure_step, begins_in_progress_for_the_lenient_too) { play(only_in_progress, {false}); }

task names(association& over, steps_scp& steps) {
  co_await create(over, new_step());
  auto const twice = co_await create(over, new_step());
  EXPECT_EQ(twice.status.code, 0x0111);
  auto const unnamed = co_await create(over, new_step(), uid{});
  EXPECT_EQ(unnamed.status, status::success);
  EXPECT_TRUE(unnamed.affected_sop_instance_uid.valid());
  EXPECT_TRUE(steps.store().find(unnamed.affected_sop_instance_uid));
  auto const no_uid = co_await create(over, new_step(), "../x");
  EXPECT_EQ(no_uid.status.code, 0x0117);
  auto const unknown = co_await change(over, final_changes("COMPLETED"), "1.2.10");
  EXPECT_EQ(unknown.status.code, 0x0112);
  EXPECT_EQ(steps.store().size(), 2U);
}
TEST(procedure_step, instances_are_known_by_their_uid) { play(names); }

task required(association& over, steps_scp& steps) {
  auto step = new_step();
  step.erase(tags::modality);
  auto const missing = co_await create(over, step);
  EXPECT_EQ(missing.status.code, 0x0120);
  EXPECT_EQ(missing.attribute_identifier_list, std::vector<tag>(1, tags::modality));
  step.set_empty(tags::modality);
  auto const empty = co_await create(over, step);
  EXPECT_EQ(empty.status.code, 0x0121);
  auto no_study = new_step();
  no_study.edit_item(tags::scheduled_step_attributes_sequence).clear();
  auto const study = co_await create(over, no_study);
  EXPECT_EQ(study.status.code, 0x0120);
  EXPECT_EQ(study.attribute_identifier_list, std::vector<tag>(1, tags::study_instance_uid));

  co_await create(over, new_step());
  auto const no_end = co_await change(over, changes_to("COMPLETED"));
  EXPECT_EQ(no_end.status.code, 0x0121);
  EXPECT_EQ(no_end.attribute_identifier_list.size(), 3U);
  auto no_protocol = final_changes("COMPLETED");
  no_protocol.edit_item(tags::performed_series_sequence).erase(tags::protocol_name);
  auto const protocol = co_await change(over, no_protocol);
  EXPECT_EQ(protocol.status.code, 0x0120);
  auto more = final_changes("COMPLETED");
  more.set(tags::patient_sex, "M");
  auto const not_created = co_await change(over, more);
  EXPECT_EQ(not_created.status.code, 0x0105);
  EXPECT_EQ(not_created.attribute_identifier_list, std::vector<tag>(1, tags::patient_sex));
  auto const no_state = co_await change(over, changes_to("PAUSED"));
  EXPECT_EQ(no_state.status.code, 0x0106);
  EXPECT_EQ(state_of(steps), "IN PROGRESS");
}
TEST(procedure_step, has_the_attributes_that_the_standard_wants) { play(required); }

task lenient(association& over, steps_scp& steps) {
  auto const created = co_await create(over, changes_to("IN PROGRESS"));
  EXPECT_EQ(created.status, status::success);
  auto const completed = co_await change(over, changes_to("COMPLETED"));
  EXPECT_EQ(completed.status, status::success);
  EXPECT_EQ(state_of(steps), "COMPLETED");
}
TEST(procedure_step, may_lack_them_where_nobody_minds) { play(lenient, {false}); }

task retrieved(association& over, steps_scp&) {
  co_await create(over, new_step());
  auto const all = co_await read(over, {});
  EXPECT_EQ(all.status, status::success);
  EXPECT_EQ(all.attributes(), new_step());
  std::vector<tag> const one(1, tags::patient_name);
  auto const some = co_await read(over, one);
  EXPECT_EQ(some.status, status::success);
  EXPECT_EQ(some.attributes().size(), 1U);
  EXPECT_EQ(some.attributes().text(tags::patient_name), "Doe^John");
  std::vector<tag> const absent(1, tags::patient_sex);
  auto const warned = co_await read(over, absent);
  EXPECT_EQ(warned.status.code, 0x0001);
  EXPECT_EQ(warned.attribute_identifier_list, absent);
  auto const unknown = co_await read(over, one, "1.2.10");
  EXPECT_EQ(unknown.status.code, 0x0112);
}
TEST(procedure_step, is_retrieved) { play(retrieved); }

task wrong_class(association& over, steps_scp& steps) {
  n_create_rq const creating{mpps_retrieve.uid, "1.2.9"};
  auto const created = co_await over.request(creating, new_step());
  EXPECT_EQ(created.status.code, 0x0211);
  co_await create(over, new_step());
  n_get_rq const reading{mpps.uid, "1.2.9"};
  auto const got = co_await over.request(reading);
  EXPECT_EQ(got.status.code, 0x0211);
  EXPECT_EQ(steps.store().size(), 1U);
}
TEST(procedure_step, each_sop_class_has_its_requests) { play(wrong_class); }

task full(association& over, steps_scp& steps) {
  co_await create(over, new_step());
  auto const refused = co_await create(over, new_step(), "1.2.10");
  EXPECT_EQ(refused.status.code, 0x0110);
  EXPECT_EQ(steps.store().size(), 1U);
  auto const still = co_await change(over, final_changes("COMPLETED"));
  EXPECT_EQ(still.status, status::success);
}
TEST(procedure_step, store_that_throws_answers_processing_failure) { play(full, {}, 1); }

TEST(procedure_step, text_of_two_character_sets_becomes_utf8) {
  data_set step = new_step();
  step.set(tags::specific_character_set, "ISO_IR 100").set(tags::patient_name, "M\xFCller");
  step.edit_item(tags::scheduled_step_attributes_sequence)
      .set(tags::requested_procedure_description,
           "Sch\xE4"
           "del");
  data_set changes;
  changes.set(tags::specific_character_set, "ISO_IR 192")
      .set(tags::performed_procedure_step_description, "\xC3\xA4");
  auto const after = codimse::detail::changed_step(step, changes);
  EXPECT_EQ(after.text(tags::specific_character_set), "ISO_IR 192");
  EXPECT_EQ(after.text(tags::patient_name), "M\xC3\xBCller");
  EXPECT_EQ(after.text(tags::performed_procedure_step_description), "\xC3\xA4");
  EXPECT_EQ(after.item(tags::scheduled_step_attributes_sequence)
                .text(tags::requested_procedure_description),
            "Sch\xC3\xA4"
            "del");
  changes.set(tags::specific_character_set, "ISO_IR 100")
      .set(tags::performed_procedure_step_description, "\xE4");
  auto const same = codimse::detail::changed_step(step, changes);
  EXPECT_EQ(same.text(tags::specific_character_set), "ISO_IR 100");
  EXPECT_EQ(same.text(tags::patient_name), "M\xFCller");
  EXPECT_EQ(same.text(tags::performed_procedure_step_description), "\xE4");
}

TEST(memory_procedure_steps, memory_is_bounded) {
  data_set small;
  small.set(tags::patient_name, "A");
  data_set large = small;
  large.set(
      element{tags::performed_procedure_step_description, vr::lt, std::vector<std::byte>(100'000)});
  memory_procedure_steps steps{100, 250'000};
  steps.create("1.2.1", large);
  steps.create("1.2.2", large);
  EXPECT_GT(steps.memory(), 200'000U);
  EXPECT_THROW(steps.create("1.2.3", large), error);
  steps.create("1.2.3", small);
  EXPECT_THROW(steps.update("1.2.3", large), error);
  EXPECT_FALSE(steps.find("1.2.3")->contains(tags::performed_procedure_step_description));
  steps.update("1.2.1", large);  // in place of as much
  steps.update("1.2.1", small);
  steps.update("1.2.3", large);
  steps.erase("1.2.3");
  steps.erase("1.2.3");
  steps.erase("1.2.1");
  steps.erase("1.2.2");
  EXPECT_EQ(steps.memory(), 0U);
}

// Tiny elements and empty items cost more than their bytes.
TEST(memory_procedure_steps, elements_count_too) {
  data_set nested;
  for (std::uint16_t i = 0; i < 1000; ++i)
    nested.add_item(tags::performed_series_sequence, data_set{});
  memory_procedure_steps steps;
  steps.create("1.2.1", nested);
  EXPECT_GE(steps.memory(), 1000 * sizeof(data_set));
}

}  // namespace

// SPDX-License-Identifier: BSL-1.0
#include "service/harness.hpp"
#include <codimse/service/perform_here.hpp>
#include <codimse/service/storage_commitment.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

using namespace harness;

namespace {

referenced_object object_of(std::string_view instance) {
  return {uid{sop::ct_image_storage.uid}, uid{instance}};
}
std::vector<referenced_object> objects(std::string_view a, std::string_view b) {
  std::vector<referenced_object> all;
  all.push_back(object_of(a));
  all.push_back(object_of(b));
  return all;
}

/// Keeps what ends with .1.
status keeps(referenced_object const& object) {
  return object.sop_instance.view().ends_with(".1") ? status::success
                                                    : status::no_such_sop_instance;
}
std::optional<peer> nobody(ae_title const&) { return std::nullopt; }

/// Results that came, and a wait for the next.
struct inbox {
  std::vector<commitment_result> all;
  status answer = status::success;

  [[nodiscard]] auto handler() {
    return [this](commitment_result const& one) {
      all.push_back(one);
      return answer;
    };
  }
  task wait_for(std::size_t count) {
    for (int i = 0; i < 500 && all.size() < count; ++i) co_await loop::sleep(10ms);
    EXPECT_EQ(all.size(), count);
  }
};

task stop_reports(nursery& reports) {
  reports.cancel();
  co_await reports.join();
}

task ask_and_stay(loop& on, std::uint16_t port, inbox& got, nursery& reports) {
  auto const mine = perform_here(storage_commitment_results{got.handler()});
  peer const to{.host = "127.0.0.1", .port = port, .called_ae_title = "SERVER"};
  association_options const options;
  proposals const wanted{sop::storage_commitment_push_model};
  auto assoc = co_await connect(on.executor(), to, wanted, options, mine);
  auto const asked = co_await request_storage_commitment(assoc, objects("1.1", "1.2"), "9.9");
  EXPECT_TRUE(asked.status.is_success());
  co_await got.wait_for(1);
  co_await assoc.release();
  co_await stop_reports(reports);
}

task ask_and_leave(loop& on, std::uint16_t port, nursery& reports, std::function<void()> then) {
  auto assoc = co_await on.connect(port, sop::storage_commitment_push_model, client_options("SCU"));
  co_await request_storage_commitment(assoc, objects("1.1", "2.1"), "9.9");
  co_await assoc.release();
  co_await reports.join();
  then();
}

task ask_as_unknown(loop& on, std::uint16_t port, nursery& reports) {
  // No service here: it refuses the report.
  auto assoc = co_await on.connect(port, sop::storage_commitment_push_model, client_options("SCU"));
  co_await request_storage_commitment(assoc, objects("1.1", "2.1"), "9.9");
  co_await reports.join();
  co_await assoc.release();
}

task ask_wrongly(loop& on, std::uint16_t port) {
  auto assoc = co_await on.connect(port, sop::storage_commitment_push_model);
  n_action_rq request;
  request.requested_sop_class_uid = uid{sop::storage_commitment_push_model.uid};
  request.requested_sop_instance_uid = uid{sop::storage_commitment_push_model_instance};
  request.action_type_id = 2;
  auto const type = co_await assoc.request(request, data_set{});
  EXPECT_EQ(type.status, status::no_such_action_type);
  request.action_type_id = 1;
  auto const empty = co_await assoc.request(request, data_set{});
  EXPECT_EQ(empty.status, status::invalid_argument_value);
  request.requested_sop_instance_uid = "1.2.3";
  auto const instance = co_await assoc.request(request, data_set{});
  EXPECT_EQ(instance.status, status::no_such_sop_instance);
  co_await assoc.release();
}

TEST(CommitmentResult, TravelsAsADataSet) {
  commitment_result result;
  result.transaction = "1.2.3";
  result.retrieve_ae_title = "ARCHIVE";
  result.committed = objects("1.1", "2.1");
  result.failed.push_back({object_of("3.2"), status::class_instance_conflict});
  auto const back = parse_commitment_result(to_data_set(result));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->transaction, result.transaction);
  EXPECT_EQ(back->retrieve_ae_title, result.retrieve_ae_title);
  EXPECT_EQ(back->committed, result.committed);
  EXPECT_EQ(back->failed, result.failed);
  EXPECT_FALSE(back->all_committed());
}

TEST(CommitmentResult, MalformedOnesAreNone) {
  data_set empty;
  EXPECT_FALSE(parse_commitment_result(empty));
  EXPECT_FALSE(parse_commitment_request(empty));
  data_set no_objects;
  no_objects.set(tags::transaction_uid, "1.2.3");
  EXPECT_FALSE(parse_commitment_request(no_objects));
  data_set no_reason;
  no_reason.set(tags::transaction_uid, "1.2.3");
  no_reason.add_item(tags::failed_sop_sequence, detail::reference_item(object_of("1.2")));
  EXPECT_FALSE(parse_commitment_result(no_reason));
}

task ask_one_too_many(loop& on, std::uint16_t port) {
  auto assoc = co_await on.connect(port, sop::storage_commitment_push_model);
  auto const answer = co_await request_storage_commitment(assoc, objects("1.1", "2.1"), "9.9");
  EXPECT_EQ(answer.status, status::resource_limitation);
  co_await assoc.release();
}

TEST(StorageCommitment, PendingTransactionsAreBounded) {
  loop here;
  nursery reports{here.executor()};
  commitment_options options;
  options.most_pending = 0;
  server scp{here.executor(), local_options(),
             storage_commitment_scp{reports, &keeps, &nobody, options}};
  here.play(scp, &ask_one_too_many);
}

TEST(StorageCommitment, ReportsOnTheSameAssociation) {
  loop here;
  nursery reports{here.executor()};
  inbox got;
  storage_commitment_scp commitment{reports, &keeps, &nobody};
  server scp{here.executor(), local_options(), commitment};
  here.play(scp,
            [&](loop& on, std::uint16_t port) { return ask_and_stay(on, port, got, reports); });
  ASSERT_EQ(got.all.size(), 1U);
  EXPECT_EQ(got.all[0].transaction, uid{"9.9"});
  ASSERT_EQ(got.all[0].committed.size(), 1U);
  EXPECT_EQ(got.all[0].committed[0], object_of("1.1"));
  ASSERT_EQ(got.all[0].failed.size(), 1U);
  EXPECT_EQ(got.all[0].failed[0].reason, status::no_such_sop_instance);
}

TEST(StorageCommitment, ACheckThatThrowsFailsItsObjectOnly) {
  loop here;
  nursery reports{here.executor()};
  inbox got;
  auto const check = [](referenced_object const& one) -> asio::awaitable<status> {
    if (!keeps(one).is_success()) throw std::runtime_error{"the index is gone"};
    co_return status::success;
  };
  storage_commitment_scp commitment{reports, check, &nobody};
  server scp{here.executor(), local_options(), commitment};
  here.play(scp,
            [&](loop& on, std::uint16_t port) { return ask_and_stay(on, port, got, reports); });
  ASSERT_EQ(got.all.size(), 1U);
  EXPECT_EQ(got.all[0].committed.size(), 1U);
  ASSERT_EQ(got.all[0].failed.size(), 1U);
  EXPECT_EQ(got.all[0].failed[0].reason, status::processing_failure);
}

TEST(StorageCommitment, WhateverKeepsAReportBackIsSaid) {
  loop here;
  nursery reports{here.executor()};
  std::string lost;
  commitment_options options;
  options.lost = [&lost](std::string const& what) { lost = what; };
  auto const find = [](ae_title const&) -> std::optional<peer> {
    throw std::runtime_error{"no list of\x1B peers"};
  };
  server scp{here.executor(), local_options(),
             storage_commitment_scp{reports, &keeps, find, options}};
  here.play(scp, [&](loop& on, std::uint16_t port) { return ask_as_unknown(on, port, reports); });
  EXPECT_NE(lost.find("not reported: no list of\\x1B peers"), std::string::npos) << lost;
}

/// The requestor is gone before the check is done; `answer`: what it says to reports.
std::size_t report_anew(inbox& got, unsigned tries, std::string& lost) {
  loop here;
  nursery reports{here.executor()};
  server scu{here.executor(), local_options(), storage_commitment_results{got.handler()}};
  auto const slowly = [](referenced_object const& one) -> asio::awaitable<status> {
    co_await loop::sleep(20ms);
    co_return keeps(one);
  };
  auto const find = [&scu](ae_title const& who) -> std::optional<peer> {
    EXPECT_EQ(who, ae_title{"SCU"});
    return peer{.host = "127.0.0.1", .port = scu.port(), .called_ae_title = who};
  };
  commitment_options options;
  options.tries = tries;
  options.first_wait = 1ms;
  options.lost = [&lost](std::string const& what) { lost = what; };
  server scp{here.executor(), local_options(),
             storage_commitment_scp{reports, slowly, find, options}};
  here.spawn(scu.run());
  here.play(scp, [&](loop& on, std::uint16_t port) {
    return ask_and_leave(on, port, reports, [&scu] { scu.stop(1s); });
  });
  return got.all.size();
}

TEST(StorageCommitment, ReportsOnAnAssociationOfItsOwn) {
  inbox got;
  std::string lost;
  EXPECT_EQ(report_anew(got, 3, lost), 1U);
  EXPECT_TRUE(got.all[0].all_committed());
  EXPECT_EQ(got.all[0].committed.size(), 2U);
  EXPECT_EQ(lost, "");
}

TEST(StorageCommitment, GivesUpAfterSomeTries) {
  inbox got;
  got.answer = status::processing_failure;
  std::string lost;
  EXPECT_EQ(report_anew(got, 3, lost), 3U);
  EXPECT_NE(lost.find("9.9 for SCU not reported"), std::string::npos) << lost;
}

TEST(StorageCommitment, UnknownRequestorIsSaid) {
  loop here;
  nursery reports{here.executor()};
  std::string lost;
  commitment_options options;
  options.lost = [&lost](std::string const& what) { lost = what; };
  server scp{here.executor(), local_options(),
             storage_commitment_scp{reports, &keeps, &nobody, options}};
  here.play(scp, [&](loop& on, std::uint16_t port) { return ask_as_unknown(on, port, reports); });
  EXPECT_NE(lost.find("nobody knows"), std::string::npos) << lost;
}

TEST(StorageCommitment, WrongRequestsAreRefused) {
  loop here;
  nursery reports{here.executor()};
  storage_commitment_scp commitment{reports, &keeps, &nobody};
  server scp{here.executor(), local_options(), commitment};
  here.play(scp, [&](loop& on, std::uint16_t port) { return ask_wrongly(on, port); });
}

TEST(Nursery, CancelEndsWhatWaits) {
  loop here;
  nursery tasks{here.executor()};
  bool ended = false;
  auto const forever = [](bool& flag) -> task {
    try {
      co_await loop::sleep(1h);
    } catch (std::system_error const&) {
      flag = true;
    }
  };
  auto const all = [](nursery& some) -> task {
    co_await loop::sleep(10ms);
    co_await stop_reports(some);
  };
  tasks.spawn(forever(ended));
  here.spawn(all(tasks));
  here.run();
  EXPECT_TRUE(ended);
}

TEST(Nursery, JoinThrowsWhatATaskThrew) {
  loop here;
  nursery tasks{here.executor()};
  auto const fails = []() -> task {
    throw error{errc::invalid_argument};
    co_return;
  };
  tasks.spawn(fails());
  here.spawn(tasks.join());
  EXPECT_THROW(here.run(), error);
}

}  // namespace

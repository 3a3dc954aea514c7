// SPDX-License-Identifier: BSL-1.0
// What is tried again, when, and what is said of it: scripted peers on a virtual clock.
#include "file/files.hpp"
#include <codimse/scu/storage_sender.hpp>
#include <codimse/testing/event_loop.hpp>
#include <codimse/testing/scripted_peer.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace {

using namespace codimse;
using namespace codimse_test;
using namespace std::chrono_literals;
using codimse::testing::event_loop;
using codimse::testing::message_pdus;
using codimse::testing::script;
using pdu_type = pdu::pdu_type;

// The policy.

TEST(retry, what_is_transient) {
  for (auto const code :
       {errc::connection_closed, errc::connect_failed, errc::connect_timeout, errc::acse_timeout,
        errc::dimse_timeout, errc::write_timeout, errc::idle_timeout, errc::not_established})
    EXPECT_TRUE(is_transient(error{code})) << error{code}.what();
  for (auto const code :
       {errc::cancelled, errc::source_failed, errc::no_presentation_context, errc::invalid_uid,
        errc::no_common_presentation_context, errc::unexpected_pdu, errc::invalid_command_set,
        errc::peer_max_length_too_small, errc::limit_exceeded})
    EXPECT_FALSE(is_transient(error{code})) << error{code}.what();
  EXPECT_TRUE(is_transient(association_aborted{{0, 0}}));
  EXPECT_TRUE(is_transient(association_aborted{{2, 1}}));
  EXPECT_TRUE(is_transient(association_rejected{{.result = 2, .source = 3, .reason = 2}}));
  EXPECT_FALSE(is_transient(association_rejected{{.result = 1, .source = 1, .reason = 7}}));
  EXPECT_FALSE(is_transient(association_rejected{{.result = 3, .source = 1, .reason = 1}}));
  EXPECT_FALSE(is_transient(error{std::make_error_code(std::errc::no_such_file_or_directory)}));
  static_assert(is_transient(status{0xA700}) && is_transient(status{0xA7FF}));
  static_assert(!is_transient(status{0xA900}) && !is_transient(status{0xC000}));
}

TEST(retry, delays_grow_to_the_longest) {
  retry_policy policy;
  policy.first_delay = 2s;
  policy.longest_delay = 10s;
  policy.jitter_percent = 0;
  detail::back_off delays{policy, 1};
  std::vector<duration> got;
  for (unsigned n = 1; n <= 5; ++n) got.push_back(delays.before(n));
  EXPECT_EQ(got, (std::vector<duration>{2s, 4s, 8s, 10s, 10s}));
  EXPECT_EQ(delays.before(4'000'000'000U), 10s);
  policy.factor = 0;
  EXPECT_EQ((detail::back_off{policy, 1}.before(4'000'000'000U)), 2s);
  policy.factor = 4'000'000'000U;
  policy.longest_delay = duration::max();
  EXPECT_EQ((detail::back_off{policy, 1}.before(50)), duration::max());
  policy.longest_delay = -1s;
  EXPECT_EQ((detail::back_off{policy, 1}.before(1)), 0s);
}

TEST(retry, jitter_is_of_the_seed) {
  retry_policy policy;
  policy.first_delay = 8s;
  policy.jitter_percent = 25;
  detail::back_off one{policy, 7};
  detail::back_off same{policy, 7};
  detail::back_off other{policy, 8};
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    auto const delay = one.before(1);
    EXPECT_LE(delay, 8s);
    EXPECT_GT(delay, 6s - 1ns);
    EXPECT_EQ(delay, same.before(1));
    differs |= delay != other.before(1);
  }
  EXPECT_TRUE(differs);
}

// Peers.

pdu::associate_ac acceptance() {
  pdu::associate_ac ac;
  ac.called = ae_title{"PEER"}.to_field();
  ac.calling = ae_title{"CODIMSE"}.to_field();
  ac.contexts = {{1, 0, uid{transfer_syntaxes::explicit_vr_little_endian.uid}, {}},
                 {3, 0, uid{transfer_syntaxes::implicit_vr_little_endian.uid}, {}}};
  ac.user.maximum_length = 16384;
  return ac;
}
script accepts(pdu::associate_ac const& ac = acceptance()) {
  script s{"peer"};
  s.expect(pdu_type::associate_rq).send(ac);
  return s;
}
/// The nth object of this association arrives.
script& takes(script& s) { return s.expect_message(0x0001); }
script& answers(script& s, std::uint16_t nth, std::uint16_t code = 0) {
  c_store_rsp response;
  response.message_id_being_responded_to = nth;
  response.status = status{code};
  return s.send_raw(message_pdus(1, response));
}
script stores(int many) {
  script s = accepts();
  for (int i = 1; i <= many; ++i) answers(takes(s), static_cast<std::uint16_t>(i));
  return s;
}
script& releases(script& s) {
  return s.expect(pdu_type::release_rq).send(pdu::release_rp{}).expect_close();
}
script stores_and_releases(int many) {
  script s = stores(many);
  return releases(s);
}
script rejects(std::uint8_t result, std::uint8_t source, std::uint8_t reason) {
  script s{"peer"};
  pdu::associate_rj answer;
  answer.result = result;
  answer.source = source;
  answer.reason = reason;
  return s.expect(pdu_type::associate_rq).send(answer).drain();
}
script rejects_transiently() { return rejects(2, 3, 2); }
std::optional<script> unreachable() { return {}; }

struct fate {
  int times = 0;
  delivery how{};
  bool transient = false;
  unsigned tries = 0;
  std::optional<status> answer;
  std::string problem;
};

/// A sender, files, and the peers that it meets one after the other; then nobody answers.
class sending {
 public:
  explicit sending(std::vector<std::optional<script>> peers) : peers_{std::move(peers)} {
    policy.first_delay = 1s;
    policy.jitter_percent = 0;
    watch.done = [this](sent_file const& one) {
      auto& known = fates[one.file.info.sop_instance.str()];
      ++known.times;
      known.how = one.how;
      known.transient = one.transient;
      known.tries = one.tries;
      known.answer = one.status;
      known.problem = one.problem;
      order.push_back(one.file.info.sop_instance.str());
    };
    watch.begin = [this](part10_file const& one) { begun.push_back(one.info.sop_instance.str()); };
    watch.retrying = [this](retry_notice const& what) {
      waits.push_back(what.delay);
      problems.push_back(what.problem);
    };
  }
  sending(sending const&) = delete;
  sending& operator=(sending const&) = delete;

  std::filesystem::path add(std::string const& instance, std::size_t pixels = 1000,
                            std::string_view sop_class = ct_class) {
    auto const path = folder_ / (instance + ".dcm");
    put(path,
        part10_bytes(meta_for(sop_class, instance), small_data_set(sop_class, instance, pixels)));
    files.push_back(examine_part10(path).value_or_throw());
    return path;
  }
  void add_many(int count, std::size_t pixels = 1000) {
    for (int i = 1; i <= count; ++i) add("1." + std::to_string(i), pixels);
  }

  /// Sends all; yields what `send` threw.
  std::error_code run() {
    auto const sent = start();
    loop.run_until([&sent] { return sent->done; });
    EXPECT_TRUE(sent->done) << "hang";
    return failure_of(*sent);
  }
  std::shared_ptr<event_loop::task<void>> start() {
    sender_.emplace(
        loop.executor(), [this](proposals const& wanted) { return open(*this, wanted); },
        &loop.clock());
    sender_->retry(policy);
    auto const sent = std::make_shared<event_loop::task<void>>();
    auto done = [sent](std::exception_ptr failure) {
      sent->failure = std::move(failure);
      sent->done = true;
    };
    asio::co_spawn(loop.context(), sender_->send(files, watch),
                   asio::bind_cancellation_slot(cancel.slot(), std::move(done)));
    return sent;
  }
  static std::error_code failure_of(event_loop::task<void>& sent) {
    try {
      sent.take();
    } catch (std::system_error const& thrown) {
      return thrown.code();
    }
    return {};
  }

  void expect(std::map<std::string, delivery> const& wanted) const {
    std::map<std::string, delivery> got;
    for (auto const& [name, known] : fates) {
      EXPECT_EQ(known.times, 1) << name;
      EXPECT_EQ(known.problem.empty(), known.how == delivery::stored) << name;
      got[name] = known.how;
    }
    EXPECT_EQ(got, wanted);
  }
  /// Every peer was called, and its script went to its end.
  void expect_all_played() {
    loop.run_for(100s);
    EXPECT_EQ(calls.size(), peers_.size());
    for (auto const& one : seen_) EXPECT_EQ(one->problem, "");
  }

  event_loop loop;
  std::vector<part10_file> files;
  retry_policy policy;
  sending_callbacks watch;
  asio::cancellation_signal cancel;
  association_options options;
  std::map<std::string, fate> fates;
  std::vector<std::string> order;
  std::vector<std::string> begun;
  std::vector<duration> waits;
  std::vector<std::string> problems;
  std::vector<duration> calls;  ///< when the peer was called

 private:
  static asio::awaitable<association> open(sending& self, proposals wanted) {
    auto const nth = self.calls.size();
    self.calls.push_back(self.loop.clock().now() - self.begun_at_);
    if (nth >= self.peers_.size() || !self.peers_[nth])
      throw error{errc::connect_failed, "cannot connect"};
    auto both = codimse::testing::make_duplex(self.loop.executor());
    auto peer = std::make_unique<codimse::testing::scripted_peer>(
        self.loop.executor(), self.loop.clock(), std::move(both.second), *self.peers_[nth]);
    self.seen_.push_back(peer->seen());
    self.loop.spawn(codimse::testing::scripted_peer::play(std::move(peer)));
    auto options = self.options;
    options.clock = &self.loop.clock();
    association opened = co_await associate(self.loop.executor(), std::move(both.first), "PEER",
                                            std::move(wanted), options);
    co_return opened;
  }

  temporary_folder folder_;
  std::vector<std::optional<script>> peers_;
  std::vector<std::shared_ptr<codimse::testing::transcript const>> seen_;
  std::optional<storage_sender> sender_;
  time_point begun_at_ = loop.clock().now();
};

using fates = std::map<std::string, delivery>;
constexpr auto stored = delivery::stored;
constexpr auto failed = delivery::failed;
constexpr auto unanswered = delivery::unanswered;
constexpr auto not_tried = delivery::not_tried;

// Reaching the peer.

TEST(retry, transient_rejections_then_accepted) {
  sending what{
      {rejects_transiently(), unreachable(), rejects_transiently(), stores_and_releases(2)}};
  what.add_many(2);
  what.policy.retries = 3;
  EXPECT_FALSE(what.run());
  what.expect({{"1.1", stored}, {"1.2", stored}});
  EXPECT_EQ(what.waits, (std::vector<duration>{1s, 2s, 4s}));
  EXPECT_EQ(what.calls, (std::vector<duration>{0s, 1s, 3s, 7s}));
  EXPECT_NE(what.problems[0].find("transient"), std::string::npos) << what.problems[0];
  EXPECT_EQ(what.problems[1], "cannot connect");
  what.expect_all_played();
}

TEST(retry, nothing_is_tried_again_by_default) {
  sending what{{rejects_transiently()}};
  what.add_many(2);
  EXPECT_EQ(what.run(), errc::association_rejected);
  EXPECT_TRUE(what.fates.empty());
  EXPECT_TRUE(what.waits.empty());
  what.expect_all_played();
}

TEST(retry, permanent_rejections_are_final) {
  sending what{{rejects(1, 1, 7)}};
  what.add_many(2);
  what.policy.retries = 5;
  EXPECT_EQ(what.run(), errc::association_rejected);
  EXPECT_TRUE(what.fates.empty());
  EXPECT_TRUE(what.waits.empty());
  what.expect_all_played();
}

TEST(retry, calls_that_are_used_up_throw) {
  sending what{{unreachable(), rejects_transiently(), unreachable()}};
  what.add_many(2);
  what.policy.retries = 2;
  EXPECT_EQ(what.run(), errc::connect_failed);
  EXPECT_TRUE(what.fates.empty());
  EXPECT_EQ(what.waits, (std::vector<duration>{1s, 2s}));
  what.expect_all_played();
}

// Losing it.

TEST(retry, lost_after_some_responses) {
  script lost = stores(2);
  takes(lost).close();
  sending what{{lost, unreachable(), stores_and_releases(2), stores_and_releases(1)}};
  what.add_many(5);
  what.policy.retries = 1;
  what.policy.resend_unanswered = true;
  EXPECT_FALSE(what.run());
  what.expect(
      {{"1.1", stored}, {"1.2", stored}, {"1.3", stored}, {"1.4", stored}, {"1.5", stored}});
  EXPECT_EQ(what.order, (std::vector<std::string>{"1.1", "1.2", "1.4", "1.5", "1.3"}));
  EXPECT_EQ(what.begun, (std::vector<std::string>{"1.1", "1.2", "1.3", "1.4", "1.5", "1.3"}));
  EXPECT_EQ(what.fates["1.3"].tries, 2U);
  EXPECT_EQ(what.fates["1.4"].tries, 1U);
  EXPECT_EQ(what.waits, (std::vector<duration>{1s, 1s}));  // a call, a round
  what.expect_all_played();
}

TEST(retry, unanswered_is_sent_again_only_where_that_is_asked_for) {
  script lost = stores(1);
  takes(lost).close();
  sending what{{lost, stores_and_releases(1)}};
  what.add_many(3);
  what.policy.retries = 5;
  EXPECT_FALSE(what.run());
  what.expect({{"1.1", stored}, {"1.2", unanswered}, {"1.3", stored}});
  EXPECT_TRUE(what.fates["1.2"].transient);
  EXPECT_TRUE(what.waits.empty());
  what.expect_all_played();
}

TEST(retry, aborted_in_the_middle_of_an_object) {
  // The peer can have nothing whole: this is no second copy.
  for (std::uint8_t const source : {std::uint8_t{0}, std::uint8_t{2}}) {
    script aborts = accepts();
    aborts.expect(pdu_type::p_data_tf).send(pdu::abort{source, 0}).drain();
    sending what{{aborts, stores_and_releases(1), stores_and_releases(1)}};
    what.add("1.1", 300'000);
    what.add("1.2");
    what.policy.retries = 1;
    EXPECT_FALSE(what.run());
    what.expect({{"1.1", stored}, {"1.2", stored}});
    EXPECT_EQ(what.fates["1.1"].tries, 2U);
    EXPECT_EQ(what.order, (std::vector<std::string>{"1.2", "1.1"}));
    what.expect_all_played();
  }
}

TEST(retry, cut_off_is_a_failure_and_no_unknown) {
  script lost = accepts();
  lost.expect(pdu_type::p_data_tf).close();
  sending what{{lost}};
  what.add("1.1", 300'000);
  EXPECT_FALSE(what.run());
  what.expect({{"1.1", failed}});
  EXPECT_TRUE(what.fates["1.1"].transient);
}

TEST(retry, every_file_has_its_tries_and_no_more) {
  std::vector<std::optional<script>> peers;
  for (int i = 0; i < 6; ++i) {
    script lost = accepts();
    takes(lost).close();
    peers.emplace_back(lost);
  }
  sending what{peers};
  what.add_many(2);
  what.policy.retries = 2;
  what.policy.resend_unanswered = true;
  EXPECT_FALSE(what.run());
  what.expect({{"1.1", unanswered}, {"1.2", unanswered}});
  EXPECT_EQ(what.fates["1.1"].tries, 3U);
  EXPECT_EQ(what.waits, (std::vector<duration>{1s, 2s}));  // a wait for each round
  what.expect_all_played();
}

TEST(retry, peer_that_hangs_up_at_once_is_not_called_for_ever) {
  std::vector<std::optional<script>> peers;
  for (int i = 0; i < 6; ++i) {
    script lost = accepts();
    lost.close();
    peers.emplace_back(lost);
  }
  sending what{peers};
  what.add_many(2);
  what.policy.retries = 2;
  what.policy.resend_unanswered = true;
  EXPECT_FALSE(what.run());
  EXPECT_EQ(what.fates.size(), 2U);
  for (auto const& [name, known] : what.fates) EXPECT_NE(known.how, stored) << name;
  what.expect_all_played();
}

TEST(retry, gone_for_good_leaves_unknown_unknown_and_the_rest_not_tried) {
  script lost = stores(1);
  takes(lost).close();
  sending what{{lost}};
  what.add_many(4);
  what.policy.retries = 2;
  what.policy.resend_unanswered = true;
  EXPECT_FALSE(what.run());
  what.expect({{"1.1", stored}, {"1.2", unanswered}, {"1.3", not_tried}, {"1.4", not_tried}});
  EXPECT_EQ(what.fates["1.3"].problem, "cannot connect");
  EXPECT_EQ(what.fates["1.3"].tries, 0U);
  EXPECT_EQ(what.fates["1.2"].tries, 1U);
  EXPECT_TRUE(what.fates["1.2"].transient);
}

TEST(retry, rejected_for_good_when_it_comes_again) {
  script lost = stores(1);
  takes(lost).close();
  sending what{{lost, rejects(1, 1, 3), rejects(1, 1, 3)}};
  what.add_many(3);
  what.policy.retries = 1;
  what.policy.resend_unanswered = true;
  EXPECT_FALSE(what.run());
  what.expect({{"1.1", stored}, {"1.2", unanswered}, {"1.3", failed}});
  EXPECT_FALSE(what.fates["1.3"].transient);
  what.expect_all_played();
}

TEST(retry, unknown_stays_unknown_when_the_next_try_is_cut_off) {
  script lost = accepts();
  takes(lost).close();
  script cut = accepts();
  cut.expect(pdu_type::p_data_tf).reset();
  sending what{{lost, cut}};
  what.add("1.1", 300'000);
  what.policy.retries = 1;
  what.policy.resend_unanswered = true;
  EXPECT_FALSE(what.run());
  what.expect({{"1.1", unanswered}});
  EXPECT_EQ(what.fates["1.1"].tries, 2U);
}

TEST(retry, late_answers_count_as_lost_and_the_association_is_not_trusted) {
  script late = accepts();
  takes(late).wait(60s);
  sending what{{late, stores_and_releases(1), stores_and_releases(1)}};
  what.add_many(2);
  what.options.timeouts.dimse = 10s;
  what.policy.retries = 1;
  what.policy.resend_unanswered = true;
  EXPECT_FALSE(what.run());
  what.expect({{"1.1", stored}, {"1.2", stored}});
  EXPECT_EQ(what.fates["1.1"].tries, 2U);
}

// Statuses.

TEST(retry, statuses) {
  script refuses = accepts();
  answers(takes(refuses), 1, 0xA700);
  answers(takes(refuses), 2, 0xC000);
  answers(takes(refuses), 3, 0xB000);
  releases(refuses);
  for (bool const asked : {false, true}) {
    std::vector<std::optional<script>> peers{refuses};
    if (asked) peers.emplace_back(stores_and_releases(1));
    sending what{peers};
    what.add_many(3);
    what.policy.retries = 3;
    what.policy.retry_out_of_resources = asked;
    EXPECT_FALSE(what.run());
    EXPECT_EQ(what.fates["1.1"].how, asked ? stored : failed);
    EXPECT_EQ(what.fates["1.1"].tries, asked ? 2U : 1U);
    EXPECT_EQ(what.fates["1.1"].transient, !asked);
    EXPECT_EQ(what.fates["1.2"].how, failed);
    EXPECT_EQ(what.fates["1.2"].answer, status{0xC000});
    EXPECT_FALSE(what.fates["1.2"].transient);
    EXPECT_EQ(what.fates["1.3"].how, delivery::warned);
    what.expect_all_played();
  }
}

TEST(retry, files_that_cannot_be_read_are_not_tried_again) {
  sending what{{stores_and_releases(1)}};
  what.add("1.1");
  what.add("1.2");
  std::filesystem::remove(what.files[0].path);
  what.policy.retries = 3;
  EXPECT_FALSE(what.run());
  what.expect({{"1.1", failed}, {"1.2", stored}});
  EXPECT_EQ(what.fates["1.1"].tries, 0U);
  what.expect_all_played();
}

TEST(retry, a_file_that_was_truncated_is_a_failure) {
  script gets_half = accepts();
  gets_half.drain();
  sending what{{gets_half, stores_and_releases(1)}};
  what.add("1.1", 1'000'000);
  what.add("1.2");
  what.watch.begin = [](part10_file const& one) {
    if (one.info.sop_instance == uid{"1.1"}) std::filesystem::resize_file(one.path, 600'000);
  };
  what.policy.retries = 3;
  EXPECT_FALSE(what.run());
  what.expect({{"1.1", failed}, {"1.2", stored}});
  EXPECT_FALSE(what.fates["1.1"].transient);
}

// Ending it.

TEST(retry, cancelled_while_waiting_tells_what_was_tried) {
  script lost = stores(1);
  takes(lost).close();
  sending what{{lost}};
  what.add_many(4);
  what.policy.retries = 1000;
  what.policy.first_delay = 30s;
  what.policy.resend_unanswered = true;
  auto const sent = what.start();
  what.loop.run_for(10s);
  EXPECT_FALSE(sent->done);
  EXPECT_EQ(what.waits.size(), 1U);
  what.cancel.emit(asio::cancellation_type::terminal);
  what.loop.settle();
  ASSERT_TRUE(sent->done) << "the wait goes on";
  EXPECT_EQ(sending::failure_of(*sent), errc::cancelled);
  what.expect({{"1.1", stored}, {"1.2", unanswered}});  // the others were not tried
}

TEST(retry, cancelled_while_an_object_is_under_way) {
  script silent = stores(1);
  takes(silent).drain();
  sending what{{silent}};
  what.add_many(3);
  what.policy.retries = 5;
  what.policy.resend_unanswered = true;
  auto const sent = what.start();
  what.loop.run_for(1s);
  what.cancel.emit(asio::cancellation_type::terminal);
  what.loop.run_for(1s);
  ASSERT_TRUE(sent->done);
  EXPECT_TRUE(sending::failure_of(*sent));
  what.expect({{"1.1", stored}, {"1.2", unanswered}});
  EXPECT_TRUE(what.waits.empty());
}

TEST(retry, stopped_while_waiting) {
  script lost = stores(1);
  takes(lost).close();
  sending what{{lost}};
  what.add_many(3);
  what.policy.retries = 1000;
  what.policy.first_delay = 30s;
  what.policy.resend_unanswered = true;
  bool stop = false;
  what.watch.stop = [&stop] { return stop; };
  auto const sent = what.start();
  what.loop.run_for(10s);
  EXPECT_FALSE(sent->done);
  stop = true;
  what.loop.run_for(1s);
  ASSERT_TRUE(sent->done);
  EXPECT_FALSE(sending::failure_of(*sent));
  what.expect({{"1.1", stored}, {"1.2", unanswered}});
  EXPECT_EQ(what.calls.size(), 2U);
}

asio::awaitable<void> throws_at_second(int& times) {
  if (++times == 2) throw error{errc::connection_closed, "mine"};
  co_return;
}

TEST(retry, a_callback_that_throws_ends_the_sending_and_tells_nothing_twice) {
  script s = accepts();
  answers(takes(s), 1);
  answers(takes(s), 2);
  s.drain();
  sending what{{s}};
  what.add_many(4);
  what.policy.retries = 3;
  int times = 0;
  what.watch.then = [&times] { return throws_at_second(times); };
  EXPECT_EQ(what.run(), errc::connection_closed);
  what.expect({{"1.1", stored}, {"1.2", stored}});
}

TEST(retry, callbacks_that_throw_while_a_file_leaves) {
  for (bool const at_begin : {true, false}) {
    script s = stores(1);
    s.drain();
    sending what{{s}};
    what.add_many(3);
    auto const fail_at_second = [](part10_file const& one) {
      if (one.info.sop_instance == "1.2")
        throw std::system_error{std::make_error_code(std::errc::no_space_on_device)};
    };
    if (at_begin) what.watch.begin = fail_at_second;
    else what.watch.progress = [&](part10_file const& one, auto) { fail_at_second(one); };
    EXPECT_EQ(what.run(), std::errc::no_space_on_device);
    // Before its beginning nothing of a file has left: it stays untold.
    if (at_begin) what.expect({{"1.1", stored}});
    else what.expect({{"1.1", stored}, {"1.2", unanswered}});
  }
}

// Several under way on one association.

asio::awaitable<void> send_three(sending& what,
                                 std::unique_ptr<codimse::testing::duplex_stream> to) {
  association_options options;
  options.clock = &what.loop.clock();
  options.operations_invoked = 3;
  proposals wanted;
  wanted.add(uid{ct_class}, transfer_syntaxes::explicit_vr_little_endian.uid);
  association open =
      co_await associate(what.loop.executor(), std::move(to), "PEER", std::move(wanted), options);
  std::vector<std::shared_ptr<event_loop::task<void>>> all;
  for (auto const& file : what.files)
    all.push_back(what.loop.spawn(send_file(open, file, move_originator{}, what.watch)));
  co_await what.loop.clock().sleep(what.loop.executor(), 10s);
  for (auto const& one : all) EXPECT_TRUE(one->done);
}

TEST(retry, window_of_three_and_only_the_second_is_answered) {
  auto ac = acceptance();
  ac.contexts.pop_back();
  ac.user.window = {3, 1};
  script s = accepts(ac);
  takes(takes(takes(s)));
  answers(s, 2).close();
  sending what{{}};
  what.add_many(4);
  auto both = codimse::testing::make_duplex(what.loop.executor());
  what.loop.spawn(
      codimse::testing::scripted_peer::play(std::make_unique<codimse::testing::scripted_peer>(
          what.loop.executor(), what.loop.clock(), std::move(both.second), s)));
  what.loop.run(send_three(what, std::move(both.first)));
  EXPECT_EQ(what.fates["1.1"].how, unanswered);
  EXPECT_EQ(what.fates["1.2"].how, stored);
  EXPECT_EQ(what.fates["1.3"].how, unanswered);
  EXPECT_NE(what.fates["1.4"].how, stored);
  EXPECT_EQ(what.fates.size(), 4U);
}

}  // namespace

// SPDX-License-Identifier: BSL-1.0
// Thousands of associations in a network of mishaps, and what must hold whatever happens. A run
// that fails is told with the line that repeats it; CODIMSE_SIMULATION_RUNS makes more of them.
#include "testing/simulated_hospital.hpp"
#include <codimse/testing/simulation.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using namespace hospital;
using kit::network_event;
using kit::network_plan;
using kit::pdu_place;
using kit::pdu_watch;
using kit::simulation_options;
using kit::simulation_report;

using server_scp = kit::portless_scp<echo_service, store_service, find_service, retrieve_service,
                                     action_service, step_service>;
using other_scp = kit::portless_scp<store_service>;

association_options options_for(world& w, bool client) {
  association_options options;
  auto& random = w.random();
  options.clock = &w.run.clock();
  options.timeouts = {.connect = 10s, .acse = 30s, .dimse = 60s, .write = 30s, .idle = 100s};
  if (client) options.ae_title = "CLIENT";
  if (!w.trouble) return options;
  if (random.one_in(4)) options.max_pdu_length = static_cast<std::uint32_t>(random.between(8, 300));
  if (random.one_in(4))
    options.max_sent_pdu_length = static_cast<std::uint32_t>(random.between(8, 3000));
  if (random.one_in(2)) {
    options.operations_invoked = static_cast<std::uint16_t>(random.below(5));
    options.operations_performed = static_cast<std::uint16_t>(random.between(1, 4));
  }
  if (random.one_in(8)) options.limits.responses_ahead = random.between(1, 3);
  return options;
}

proposals all_services() {
  proposals wanted{sop::verification};
  wanted.add(ct, explicit_le);
  wanted.role(uid{ct}, true, true);
  wanted.add(sop::study_root_find.uid).add(sop::study_root_get.uid).add(sop::study_root_move.uid);
  wanted.add(sop::storage_commitment_push_model.uid);
  wanted.add(sop::modality_performed_procedure_step.uid);
  return wanted;
}

/// One client: an association, random operations on it, one of many ends.
class client {
 public:
  static constexpr std::size_t kinds = 8;  ///< of operations

  client(world& w, std::size_t number)
      : w_{w},
        random_{w.random().fork()},
        got_{std::make_shared<std::vector<std::string>>()},
        changed_{w.run.loop().executor()} {
    changed_.expires_at(asio::steady_timer::time_point::max());
    name_ = "client " + std::to_string(number);
  }

  static task run(std::shared_ptr<client> self, std::unique_ptr<stream> carrier) {
    present const here{self->w_};
    try {
      co_await self->live(std::move(carrier));
    } catch (std::system_error const& ended) {
      self->w_.run.trace().note(self->name_, ended.what());
    }
    co_await self->join();
  }
  /// Two operations of one kind, one after the other, then release.
  static task run_two(std::shared_ptr<client> self, std::unique_ptr<stream> carrier,
                      std::size_t kind) {
    present const here{self->w_};
    auto const loop = self->w_.run.loop().executor();
    auto const performed =
        perform_here(client_storage{&self->w_, self->got_}, client_events{&self->w_});
    try {
      association open = co_await associate(loop, std::move(carrier), "SERVER", all_services(),
                                            options_for(self->w_, true), performed);
      co_await self->perform(open, kind);
      co_await self->perform(open, kind);
      co_await open.release();
    } catch (std::system_error const& ended) {
      self->w_.run.trace().note(self->name_, ended.what());
    }
  }

 private:
  task live(std::unique_ptr<stream> carrier) {
    auto const options = options_for(w_, true);
    auto const performed = perform_here(client_storage{&w_, got_}, client_events{&w_});
    association open = co_await associate(w_.run.loop().executor(), std::move(carrier), "SERVER",
                                          all_services(), options, performed);
    bool const at_once = random_.one_in(3);
    auto const many = random_.between(1, 5);
    for (std::size_t i = 0; i < many; ++i) {
      begin_operation(open);
      if (!at_once || random_.one_in(3)) co_await w_.sleep(random_.less_than(400ms));
      if (!at_once && !random_.one_in(5)) co_await join();
    }
    co_await end(open);
  }

  task end(association& open) {
    switch (random_.below(10)) {
      case 0: open.abort(); break;
      case 1: co_return;                       // just dropped
      case 2: co_await w_.sleep(130s); break;  // released as idle meanwhile
      case 3:
        co_await w_.sleep(random_.less_than(300ms));
        open.abort();
        break;
      case 4: w_.run.loop().spawn(abort_later(open.info().association(), this)); break;
      case 5:
      case 6: co_await join(); break;
      default: break;
    }
    if (open.established()) co_await open.release();
  }
  static task abort_later(association_ref open, client* self) {
    co_await self->w_.sleep(self->random_.less_than(20ms));
    struct access : association_ref {
      explicit access(association_ref const& from) : association_ref{from} {}
      void abort() const { session()->link().abort({}, errc::not_established); }
    };
    if (open.established()) access{open}.abort();
  }

  /// In a coroutine of its own, which may be cancelled.
  void begin_operation(association const& open) {
    auto const signal = std::make_shared<asio::cancellation_signal>();
    ++running_;
    asio::co_spawn(w_.run.loop().executor(), operation(open),
                   asio::bind_cancellation_slot(signal->slot(), [this, signal](std::exception_ptr) {
                     --running_;
                     changed_.cancel();
                   }));
    if (random_.one_in(8)) w_.run.loop().spawn(cancel_later(w_, signal, random_.fork()));
  }
  static task cancel_later(world& w, std::shared_ptr<asio::cancellation_signal> signal,
                           seeded_random random) {
    co_await w.sleep(random.less_than(100ms));
    signal->emit(random.one_in(2) ? asio::cancellation_type::partial
                                  : asio::cancellation_type::terminal);
  }
  task join() {
    while (running_ > 0) {
      std::error_code ignored;
      co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  }

  task operation(association_ref open) {
    present const here{w_};
    try {
      if (random_.one_in(2))
        co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
      co_await perform(open, random_.below(kinds + 1));
    } catch (std::system_error const& failed) {
      w_.run.trace().note(name_, failed.what());
    }
  }

  task perform(association_ref open, std::size_t kind) {
    switch (kind) {
      case 0: co_await echo(open); break;
      case 1: co_await ask(open); break;
      case 2: co_await get_some(open); break;
      case 3: co_await move_some(open); break;
      case 4: co_await act(open); break;
      case 5: co_await create(open); break;
      case 6: co_await modify(open); break;
      default: co_await send(open); break;
    }
  }

  [[nodiscard]] std::string fresh() { return "2.25." + std::to_string(random_.next() >> 1U); }

  task echo(association_ref open) {
    c_echo_rq const rq;
    auto const rsp = co_await open.request(rq);
    w_.require(rsp.status.is_success(), "an echo failed");
  }
  task send(association_ref open) {
    auto const name = object_name(random_.next() >> 1U, draw_size());
    simulated_source data{w_, name};
    c_store_rq rq;
    rq.affected_sop_class_uid = uid{ct};
    rq.affected_sop_instance_uid = uid{name};
    auto const rsp = co_await open.request(rq, data);
    w_.require(rsp.affected_sop_instance_uid == uid{name}, "the response to another C-STORE");
    if (!rsp.status.is_failure()) w_.acknowledged("store " + name);
  }
  std::size_t draw_size() {
    switch (random_.below(10)) {
      case 0: return random_.below(3);
      case 1: return random_.below(100000);
      default: return random_.below(2000);
    }
  }

  task ask(association_ref open) {
    std::size_t const count = random_.below(random_.one_in(8) ? 90 : 8);
    std::size_t const stop_after = random_.one_in(3) ? random_.below(count + 1) : count + 1;
    bool const go_away = random_.one_in(4);
    data_set identifier;
    identifier.set(tags::query_retrieve_level, "STUDY");
    identifier.set(tags::patient_id, std::to_string(count));
    auto found = co_await find(open, std::move(identifier));
    std::size_t seen = 0;
    for (;; ++seen) {
      if (seen == stop_after) found.cancel();
      if (seen == stop_after && go_away) co_return;
      auto const match = co_await found.next();
      if (!match) break;
      w_.require(match->get<std::string>(tags::patient_id) == std::to_string(seen),
                 "a match is missing, or another's");
      if (random_.one_in(6)) co_await w_.sleep(random_.less_than(300ms));
    }
    if (found.status().is_success()) w_.require(seen == count, "a search ended before its end");
    if (found.status() == status::cancel) w_.require(stop_after <= count, "cancelled by nobody");
  }

  data_set pick_files(std::uint64_t seed) {
    data_set identifier;
    identifier.set(tags::query_retrieve_level, "STUDY");
    identifier.set(tags::patient_id, std::to_string(seed));
    return identifier;
  }
  task get_some(association_ref open) {
    auto const before = got_->size();
    auto const seed = random_.below(1000000);
    auto const mine = ++gets_begun_;
    bool const alone = mine == gets_ended_ + 1;
    auto sequence = co_await codimse::get(open, pick_files(seed));
    bool const stop = random_.one_in(5);
    for (;;) {
      auto const one = co_await sequence.next();
      if (!one) break;
      if (stop) sequence.cancel();
    }
    bool const still_alone = alone && gets_begun_ == mine;
    ++gets_ended_;  // one that is given up never gets here, and its objects may still come
    if (!still_alone) co_return;  // whose objects they are cannot be told
    if (!sequence.final_response().status.is_success()) co_return;
    seeded_random same{seed};
    std::vector<std::string> expected;
    for (auto const& file : files().some(same)) expected.push_back(file.info.sop_instance.str());
    std::vector<std::string> const got{got_->begin() + static_cast<std::ptrdiff_t>(before),
                                       got_->end()};
    w_.require(got == expected, "a C-GET succeeded with other objects");
  }
  task move_some(association_ref open) {
    auto sequence = co_await codimse::move(open, pick_files(random_.below(1000000)), "OTHER");
    for (;;) {
      auto const one = co_await sequence.next();
      if (!one) break;
    }
  }

  task act(association_ref open) {
    auto const name = fresh();
    n_action_rq rq;
    rq.requested_sop_class_uid = uid{sop::storage_commitment_push_model.uid};
    rq.requested_sop_instance_uid = uid{sop::storage_commitment_push_model_instance};
    rq.action_type_id = static_cast<std::uint16_t>(random_.below(4));
    data_set what;
    what.set(tags::patient_id, name);
    auto const rsp = co_await open.request(rq, std::move(what));
    if (rsp.status.is_success()) w_.acknowledged("action " + name);
    if (rsp.has_data_set())
      w_.require(rsp.attributes().get<std::string>(tags::patient_id) == name,
                 "the response to another N-ACTION");
  }
  task create(association_ref open) {
    auto const name = fresh();
    n_create_rq rq;
    rq.affected_sop_class_uid = uid{sop::modality_performed_procedure_step.uid};
    rq.affected_sop_instance_uid = uid{name};
    data_set what;
    what.set(tags::patient_id, name);
    auto const rsp = co_await open.request(rq, std::move(what));
    if (rsp.status.is_success()) w_.acknowledged("create " + name);
  }
  task modify(association_ref open) {
    auto const name = fresh();
    n_set_rq rq;
    rq.requested_sop_class_uid = uid{sop::modality_performed_procedure_step.uid};
    rq.requested_sop_instance_uid = uid{name};
    data_set what;
    what.set(tags::patient_id, std::string(random_.below(60), 'x'));
    auto const rsp = co_await open.request(rq, std::move(what));
    if (rsp.status.is_success()) w_.acknowledged("set " + name);
  }

  world& w_;
  seeded_random random_;
  std::string name_;
  std::shared_ptr<std::vector<std::string>> got_;
  asio::steady_timer changed_;
  std::size_t running_ = 0;
  std::size_t gets_begun_ = 0;
  std::size_t gets_ended_ = 0;
};

/// A server, a second one that a C-MOVE sends to, and their clients.
class two_servers {
 public:
  explicit two_servers(world& w)
      : w_{w},
        other_{options_for(w, false), store_service{&w}},
        server_{options_for(w, false),
                echo_service{&w},
                store_service{&w},
                find_service{&w},
                retrieve_service{&w, [this] { return open_other(); }},
                action_service{&w},
                step_service{&w}} {
    if (w.maybe(10)) server_.max_associations(1);
  }

  void begin(std::size_t clients) {
    for (std::size_t i = 0; i < clients; ++i) w_.run.loop().spawn(arrive(i));
  }
  void begin_two(std::size_t kind, network_plan plan) {
    auto both = w_.run.connect(std::move(plan));
    auto& loop = w_.run.loop();
    serve(server_, both);
    auto const one = std::make_shared<client>(w_, 0);
    loop.spawn(client::run_two(one, std::move(both.first), kind));
  }
  /// Everybody is served to the end; who ended without an error was asked to release, or asked.
  void check() const {
    for (auto const& one : served_) {
      w_.require(one.how->done, "the server still serves an association");
      if (!one.how->done || one.how->value->error) continue;
      bool const begun = one.sent_by_server->count(pdu::pdu_type::associate_ac) > 0;
      auto const asked = one.sent_by_client->count(pdu::pdu_type::release_rq) +
                         one.sent_by_server->count(pdu::pdu_type::release_rq);
      w_.require(!begun || asked > 0, "an association that broke counts as released");
    }
  }

 private:
  struct served {
    std::shared_ptr<kit::event_loop::task<kit::association_end>> how;
    std::shared_ptr<pdu_watch> sent_by_client;
    std::shared_ptr<pdu_watch> sent_by_server;
  };
  template <class Scp>
  void serve(Scp& scp, kit::simulated_connection& both) {
    auto& loop = w_.run.loop();
    auto how = loop.spawn(scp.serve(loop.executor(), std::move(both.second)));
    served_.push_back({std::move(how), both.sent_by_first, both.sent_by_second});
  }

  task arrive(std::size_t number) {
    present const here{w_};
    co_await w_.sleep(w_.random().less_than(3s));
    auto both = w_.run.connect({.calm_one_in = 2, .last_pdu = 24, .deaf = !w_.endless});
    serve(server_, both);
    auto const one = std::make_shared<client>(w_, number);
    co_await client::run(one, std::move(both.first));
  }
  asio::awaitable<association> open_other() {
    auto both = w_.run.connect(
        {.most_events = w_.trouble ? 1U : 0U, .calm_one_in = 2, .deaf = !w_.endless});
    auto& loop = w_.run.loop();
    serve(other_, both);
    proposals wanted;
    wanted.add(ct, explicit_le);
    association open = co_await associate(loop.executor(), std::move(both.first), "OTHER",
                                          std::move(wanted), options_for(w_, true));
    co_return open;
  }

  world& w_;
  std::vector<served> served_;
  other_scp other_;
  server_scp server_;
};

/// The sum of everybody's deadlines, with room for the pauses of network and handlers: a client
/// has at most five operations, each may be cut into some steps that each come within a deadline.
constexpr auto longest = 2h;

void hospital_day(simulation& run) {
  world w{run};
  two_servers both{w};
  both.begin(run.random().between(1, 4));
  run.play(longest);
  both.check();
  run.require(w.frames == 0, std::to_string(w.frames) + " coroutines are left");
  w.check();
}

/// One mishap, on a connection that is otherwise as good as the others of the run.
class one_mishap {
 public:
  static constexpr std::size_t pdus = 7;
  static constexpr std::size_t offsets = 6;
  static constexpr std::size_t mishaps = 6;
  static constexpr std::size_t all = client::kinds * 4 * mishaps * pdus * offsets;

  /// The number says everything.
  explicit one_mishap(std::uint64_t number) {
    kind = draw(number, client::kinds);
    auto const direction = draw(number, 4);
    constexpr std::array<std::size_t, offsets> edges{0, 1, 6, 7, 12, 40};
    network_event event;
    event.what = static_cast<kit::mishap>(draw(number, mishaps));
    event.at = pdu_place{draw(number, pdus), edges[draw(number, offsets)]};
    event.lasting = 20s;
    auto& end = direction < 2 ? plan.first : plan.second;
    (direction % 2 == 0 ? end.reading : end.writing).events.push_back(event);
  }

  std::size_t kind = 0;
  network_plan plan;

 private:
  static std::size_t draw(std::uint64_t& number, std::size_t of) {
    return static_cast<std::size_t>(std::exchange(number, number / of) % of);
  }
};

/// Seeds from 0 on are all mishaps at all places.
void one_mishap_at_one_place(simulation& run) {
  one_mishap const this_one{run.seed()};
  world w{run};
  w.trouble = false;
  two_servers both{w};
  both.begin_two(this_one.kind, this_one.plan);
  run.play(10min);
  both.check();
  run.require(w.frames == 0, std::to_string(w.frames) + " coroutines are left");
  w.check();
}

void tell(simulation_report const& report) {
  for (auto const& line : report.lines) std::cout << line << '\n';
  std::size_t const most = 10;
  for (std::size_t i = 0; i < std::min(most, report.problems.size()); ++i)
    ADD_FAILURE() << report.problems[i];
  EXPECT_EQ(report.problems.size(), 0U);
  EXPECT_GT(report.runs, 0U);
  EXPECT_TRUE(report.runs == 1 || report.mishaps > 0);
  using minutes = std::chrono::duration<double, std::ratio<60>>;
  std::cout << report.runs << " runs, " << report.mishaps << " mishaps, longest "
            << minutes{report.longest}.count() << " min, together "
            << minutes{report.together}.count() / 60 << " h of virtual time\n";
}

/// In parts, because a test has a time to keep within.
class simulation_part : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(simulation_part, holds_whatever_the_network_does) {
  constexpr std::size_t parts = 4;
  auto options = simulation_options::from_environment({.runs = 2000});
  if (options.runs == 1 && GetParam() > 0) GTEST_SKIP() << "one seed was asked for";
  if (options.runs > 1) options.runs = (options.runs + parts - 1) / parts;
  options.first_seed += GetParam() * options.runs;
  tell(kit::simulate(hospital_day, options));
}
INSTANTIATE_TEST_SUITE_P(seeds, simulation_part, ::testing::Values(0, 1, 2, 3));

TEST(simulation, holds_with_each_mishap_at_each_place) {
  simulation_options options{.first_seed = 0, .runs = one_mishap::all / 17, .stride = 17};
  options = simulation_options::from_environment(options);
  tell(kit::simulate(one_mishap_at_one_place, options));
}

}  // namespace

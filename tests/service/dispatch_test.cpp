// SPDX-License-Identifier: BSL-1.0
#include "service/harness.hpp"

#include <stdexcept>

namespace {

using namespace harness;

// Handlers in all their shapes. What they saw goes to a record that outlives the server.

struct seen {
  int calls = 0;
  std::string calling;
  std::string context;
  std::vector<int> counts;
};

inline constexpr sop_class echo_a{"2.25.101", "A", dimse_operation::c_echo};
inline constexpr sop_class echo_b{"2.25.102", "B", dimse_operation::c_echo};
inline constexpr sop_class echo_c{"2.25.103", "C", dimse_operation::c_echo};
inline constexpr sop_class store_d{"2.25.104", "D", dimse_operation::c_store};

struct plain_echo {
  static constexpr auto sop_classes = sop::verification;
  seen* record;
  reply on(c_echo_rq const&) const {
    ++record->calls;
    co_return status::success;
  }
};
struct echo_with_info {
  static constexpr auto sop_classes = echo_a;
  seen* record;
  reply on(c_echo_rq const&, association_info const& info) {
    record->calling = info.calling_ae_title().str();
    record->context = info.context().abstract_syntax.str();
    co_return status::success;
  }
};
struct echo_with_state {
  static constexpr auto sop_classes = echo_b;
  struct association_state {
    int count = 0;
  };
  seen* record;
  reply on(c_echo_rq const&, association_state& state) {
    record->counts.push_back(++state.count);
    co_return status::success;
  }
};
struct echo_with_both {
  static constexpr auto sop_classes = echo_c;
  struct association_state {
    int count = 100;
  };
  seen* record;
  reply on(c_echo_rq const&, association_info const& info, association_state& state) {
    record->calling = info.calling_ae_title().str();
    record->counts.push_back(++state.count);
    co_return status::elements_discarded;
  }
};
struct store_with_both {
  static constexpr auto sop_classes = store_d;
  struct association_state {
    int count = 0;
  };
  seen* record;
  std::vector<std::byte>* kept;
  reply on(c_store_rq const&, incoming_data_set& data, association_info const& info,
           association_state& state) {
    record->calling = info.calling_ae_title().str();
    record->counts.push_back(++state.count);
    auto const how = co_await data.save(memory_sink{*kept});
    co_return how;
  }
};

// Which `on` a command belongs to is known while compiling.
static_assert(detail::handles_request<plain_echo, c_echo_rq>());
static_assert(!detail::handles_request<plain_echo, c_store_rq>());
static_assert(detail::handles_request<store_with_both, c_store_rq>());
static_assert(!detail::near_miss<store_with_both, c_echo_rq>());
static_assert(service<plain_echo> && !service<seen>);
// Nothing is observed where nobody observes.
static_assert(!detail::host_of<plain_echo, store_with_both>::observes);

task echo_twice(association& assoc, sop_class which, status expected) {
  for (int i = 0; i < 2; ++i) {
    c_echo_rq rq;
    rq.affected_sop_class_uid = uid{which.uid};
    auto const rsp = co_await assoc.request(rq);
    EXPECT_EQ(rsp.status, expected) << which.name;
  }
}

TEST(dispatch, every_shape_of_a_handler) {
  loop l;
  seen plain, info, state, both, store;
  std::vector<std::byte> kept;
  server s{l.executor(),
           local_options(),
           plain_echo{&plain},
           echo_with_info{&info},
           echo_with_state{&state},
           echo_with_both{&both},
           store_with_both{&store, &kept}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    for (int i = 0; i < 2; ++i) {
      proposals wanted{sop::verification};
      wanted.add(echo_a.uid).add(echo_b.uid).add(echo_c.uid).add(store_d.uid);
      auto assoc = co_await lo.connect(port, wanted, client_options("CLIENT"));
      co_await echo_twice(assoc, sop::verification, status::success);
      co_await echo_twice(assoc, echo_a, status::success);
      co_await echo_twice(assoc, echo_b, status::success);
      co_await echo_twice(assoc, echo_c, status::elements_discarded);
      std::vector<std::byte> const bytes(1000, std::byte{7});
      memory_source data{object(store_d.uid), bytes};
      auto const rsp = co_await assoc.request(store_request(store_d.uid), data);
      EXPECT_EQ(rsp.status, status::success);
      EXPECT_EQ(rsp.affected_sop_instance_uid, uid{"1.2.3.4.5"});
      co_await assoc.release();
    }
  });
  EXPECT_EQ(plain.calls, 4);
  EXPECT_EQ(info.calling, "CLIENT");
  EXPECT_EQ(info.context, echo_a.uid);
  EXPECT_EQ(state.counts, (std::vector{1, 2, 1, 2}));  // each association has a state of its own
  EXPECT_EQ(both.calling, "CLIENT");
  EXPECT_EQ(both.counts, (std::vector{101, 102, 101, 102}));
  EXPECT_EQ(store.calling, "CLIENT");
  EXPECT_EQ(store.counts, (std::vector{1, 1}));
  EXPECT_EQ(kept.size(), 1000U);
}

TEST(dispatch, states_of_associations_that_overlap) {
  loop l;
  seen state;
  server s{l.executor(), local_options(), echo_with_state{&state}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    auto one = co_await lo.connect(port, echo_b);
    auto two = co_await lo.connect(port, echo_b);
    co_await echo_twice(one, echo_b, status::success);
    co_await echo_twice(two, echo_b, status::success);
    co_await echo_twice(one, echo_b, status::success);
    co_await one.release();
    co_await two.release();
  });
  EXPECT_EQ(state.counts, (std::vector{1, 2, 1, 2, 3, 4}));
}

struct both {
  static constexpr auto sop_classes = sop::verification + sop::ct_image_storage;
  reply on(c_echo_rq const&) { co_return status::success; }
  reply on(c_store_rq const&, incoming_data_set&) { co_return status::coercion_of_data_elements; }
};

TEST(dispatch, one_handler_for_several_requests) {
  loop l;
  server s{l.executor(), local_options(), both{}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    proposals wanted{sop::verification};
    wanted.add(sop::ct_image_storage.uid);
    auto assoc = co_await lo.connect(port, wanted);
    auto const echoed = co_await assoc.request(c_echo_rq{});
    EXPECT_EQ(echoed.status, status::success);
    std::vector<std::byte> const bytes(300'000);
    memory_source data{object(), bytes};  // not read by the handler: drained
    auto const stored = co_await assoc.request(store_request(), data);
    EXPECT_EQ(stored.status, status::coercion_of_data_elements);
    auto const again = co_await assoc.request(c_echo_rq{});
    EXPECT_EQ(again.status, status::success);
    co_await assoc.release();
  });
}

TEST(dispatch, lambdas) {
  loop l;
  int echoes = 0;
  std::vector<std::byte> kept;
  // hazard-ok: the closures live in the server, longer than their coroutines
  auto echo = [&echoes](c_echo_rq const&) -> reply {
    ++echoes;
    co_return status::success;
  };
  // hazard-ok: the closures live in the server, longer than their coroutines
  auto store = [&kept](c_store_rq const&, incoming_data_set& data) -> reply {
    kept = co_await data.read_all();
    co_return status::success;
  };
  server s{l.executor(), local_options(), on<c_echo_rq, sop::verification>(echo),
           on<c_store_rq, sop::all_storage>(store)};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    proposals wanted{sop::verification};
    wanted.add(sop::ct_image_storage.uid);
    auto assoc = co_await lo.connect(port, wanted);
    auto const echoed = co_await assoc.request(c_echo_rq{});
    EXPECT_EQ(echoed.status, status::success);
    std::vector<std::byte> const bytes(12, std::byte{1});
    memory_source data{object(), bytes};
    auto const stored = co_await assoc.request(store_request(), data);
    EXPECT_EQ(stored.status, status::success);
    co_await assoc.release();
  });
  EXPECT_EQ(echoes, 1);
  EXPECT_EQ(kept.size(), 12U);
}

struct throwing {
  static constexpr auto sop_classes = sop::verification + sop::ct_image_storage;
  reply on(c_echo_rq const&) {
    throw std::runtime_error{"no echo"};
    co_return status::success;
  }
  reply on(c_store_rq const&, incoming_data_set&) {
    throw std::runtime_error{"disk on fire"};
    co_return status::success;
  }
};

TEST(dispatch, handlers_that_throw) {
  loop l;
  server s{l.executor(), local_options(), throwing{}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    proposals wanted{sop::verification};
    wanted.add(sop::ct_image_storage.uid);
    auto assoc = co_await lo.connect(port, wanted);
    auto const echoed = co_await assoc.request(c_echo_rq{});
    EXPECT_EQ(echoed.status.code, 0x0110);
    std::vector<std::byte> const bytes(200'000);
    memory_source data{object(), bytes};
    auto const stored = co_await assoc.request(store_request(), data);
    EXPECT_EQ(stored.status.code, 0xC000);
    EXPECT_EQ(stored.error_comment.view(), "disk on fire");
    co_await assoc.release();
  });
}

// Refusals, in their order.

task expect_status(raw_peer<>& raw, std::vector<std::byte> command, std::uint8_t context,
                   std::uint16_t expected) {
  co_await raw.send_message(context, command);
  auto const got = co_await raw.status();
  EXPECT_EQ(got, expected);
}

TEST(dispatch, order_of_refusals) {
  loop l;
  server s{l.executor(), local_options(), verification{}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    raw_peer<> raw{lo.executor()};
    co_await raw.connect(port);
    auto const rq = raw.request({std::string{sop::verification.uid}});
    auto const ac = co_await raw.associate(rq);
    EXPECT_EQ(ac.type, 2);
    auto const verify = sop::verification.uid;
    auto const other = sop::ct_image_storage.uid;
    // A field that the library does not know: before the class is looked at.
    co_await expect_status(raw, any_command(0x0777, verify), 1, 0x0211);
    co_await expect_status(raw, any_command(0x0777, other), 1, 0x0211);
    // Another class than the context's: before it is asked who handles the command.
    co_await expect_status(raw, any_command(0x0030, other), 1, 0x0122);
    co_await expect_status(raw, any_command(0x0001, other), 1, 0x0122);
    co_await expect_status(raw, any_command(0x0130, other, 1, true), 1, 0x0118);
    co_await expect_status(raw, any_command(0x0100, other), 1, 0x0118);
    // Known, right class, not handled.
    co_await expect_status(raw, any_command(0x0001, verify), 1, 0x0211);
    co_await expect_status(raw, any_command(0x0020, verify), 1, 0x0211);
    co_await expect_status(raw, any_command(0x0150, verify, 1, true), 1, 0x0211);
    co_await expect_status(raw, any_command(0x0030, verify), 1, 0x0000);
    // A context that was never accepted.
    co_await raw.send_message(3, any_command(0x0030, verify));
    auto const end = co_await raw.receive();
    EXPECT_EQ(end.type, 7);
  });
}

TEST(dispatch, refused_request_with_a_data_set) {
  loop l;
  server s{l.executor(), local_options(), verification{}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    raw_peer<> raw{lo.executor()};
    co_await raw.connect(port);
    auto const rq = raw.request({std::string{sop::verification.uid}});
    co_await raw.associate(rq);
    auto const command = any_command(0x0001, sop::verification.uid, 1, false, true);
    co_await raw.send_message(1, command, std::vector<std::byte>(5000));
    auto const refused = co_await raw.status();
    EXPECT_EQ(refused, 0x0211);
    co_await expect_status(raw, any_command(0x0030, sop::verification.uid), 1, 0x0000);
  });
}

struct meta {
  static constexpr sop_class sop_classes{"2.25.55", "Meta", dimse_operation::c_echo};
  static constexpr bool any_sop_class_in_commands = true;
  reply on(c_echo_rq const& rq) {
    co_return rq.affected_sop_class_uid == uid{"2.25.56"} ? status::success : status::cancel;
  }
};

TEST(dispatch, another_sop_class_where_the_service_allows_it) {
  loop l;
  server s{l.executor(), local_options(), verification{}, meta{}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    raw_peer<> raw{lo.executor()};
    co_await raw.connect(port);
    auto const rq = raw.request({"2.25.55", std::string{sop::verification.uid}});
    co_await raw.associate(rq);
    co_await expect_status(raw, any_command(0x0030, "2.25.56"), 1, 0x0000);
    co_await expect_status(raw, any_command(0x0030, "2.25.56"), 3, 0x0122);
  });
}

}  // namespace

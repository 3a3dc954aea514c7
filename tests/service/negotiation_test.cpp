// SPDX-License-Identifier: BSL-1.0
#include "service/harness.hpp"

#include <stdexcept>

namespace {

using namespace harness;

inline constexpr sop_class private_class{"2.25.201", "Private", dimse_operation::c_store};

std::vector<std::byte> bytes_of(std::string_view text) {
  auto const bytes = std::as_bytes(std::span{text});
  return {bytes.begin(), bytes.end()};
}

// What a service may say about its presentation contexts.

struct anything_store {
  static constexpr auto sop_classes = sop::ct_image_storage;
  int* asked;
  [[nodiscard]] bool accepts(uid const& abstract_syntax) const {
    ++*asked;
    return abstract_syntax != uid{"2.25.999"};
  }
  reply on(c_store_rq const&, incoming_data_set&) { co_return status::success; }
};

TEST(negotiation, sop_classes_known_at_run_time) {
  loop l;
  int asked = 0;
  // The service that takes everything stands in front: it takes nothing away from the other.
  server s{l.executor(), local_options(), anything_store{&asked}, verification{}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    proposals wanted{sop::verification};
    wanted.add(sop::ct_image_storage.uid).add("2.25.998").add("2.25.999");
    auto assoc = co_await lo.connect(port, wanted);
    auto const& contexts = assoc.info().negotiated().contexts;
    EXPECT_EQ(contexts.size(), 4U);
    EXPECT_TRUE(contexts[0].accepted() && contexts[1].accepted() && contexts[2].accepted());
    EXPECT_EQ(contexts[3].result, 3);
    auto const echoed = co_await assoc.request(c_echo_rq{});
    EXPECT_EQ(echoed.status, status::success);
    memory_source data{object("2.25.998"), {}};
    auto const stored = co_await assoc.request(store_request("2.25.998"), data);
    EXPECT_EQ(stored.status, status::success);
    co_await assoc.release();
  });
  EXPECT_GT(asked, 0);
}

struct jpeg_only {
  static constexpr auto sop_classes = private_class;
  static constexpr std::array transfer_syntaxes{codimse::transfer_syntaxes::jpeg_baseline_8_bit,
                                                codimse::transfer_syntaxes::jpeg_ls_lossless};
  reply on(c_store_rq const&, incoming_data_set&) { co_return status::success; }
};

TEST(negotiation, transfer_syntaxes_of_a_service) {
  loop l;
  server s{l.executor(), local_options(), jpeg_only{}, verification{}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    proposals wanted;
    wanted.add(private_class.uid);
    wanted.add(private_class.uid, "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.80",
               "1.2.840.10008.1.2.4.50");
    wanted.add(sop::verification.uid, "1.2.840.10008.1.2.4.50");
    wanted.add(sop::verification.uid, "1.2.840.10008.1.2.2");
    auto assoc = co_await lo.connect(port, wanted);
    auto const& contexts = assoc.info().negotiated().contexts;
    EXPECT_EQ(contexts[0].result, 4);
    EXPECT_EQ(contexts[1].transfer_syntax, uid{"1.2.840.10008.1.2.4.80"});
    EXPECT_EQ(contexts[2].result, 4);
    EXPECT_EQ(contexts[3].transfer_syntax, uid{"1.2.840.10008.1.2.2"});
    co_await assoc.release();
  });
}

static_assert(detail::transfer_syntaxes_of<verification>.size() == 3);
static_assert(detail::transfer_syntaxes_of<anything_store>.size() > 40);

// 54H and 53H.

TEST(negotiation, roles_and_window) {
  loop l;
  auto options = local_options();
  options.association.operations_performed = 4;
  server s{l.executor(), options, verification{}, jpeg_only{}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    raw_peer<> raw{lo.executor()};
    co_await raw.connect(port);
    auto rq = raw.request({std::string{sop::verification.uid}, "2.25.77"});
    rq.user.roles.push_back({uid{sop::verification.uid}, 1, 1});
    rq.user.roles.push_back({uid{"2.25.77"}, 1, 1});
    rq.user.window = {16, 16};
    auto const got = co_await raw.associate(rq);
    EXPECT_EQ(got.type, 2);
    auto const ac = pdu::decode<pdu::associate_ac>(got.body).value_or_throw();
    // We perform and never invoke: the SCP role of the requestor is refused; unknown: no answer.
    EXPECT_EQ(ac.user.roles.size(), 1U);
    EXPECT_EQ(ac.user.roles.front(), (pdu::role_selection{uid{sop::verification.uid}, 1, 0}));
    EXPECT_EQ(ac.user.window, (pdu::async_operations_window{4, 1}));
  });
}

TEST(negotiation, no_window_without_a_proposal) {
  loop l;
  server s{l.executor(), local_options(), verification{}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    raw_peer<> raw{lo.executor()};
    co_await raw.connect(port);
    auto const rq = raw.request({std::string{sop::verification.uid}});
    auto const got = co_await raw.associate(rq);
    auto const ac = pdu::decode<pdu::associate_ac>(got.body).value_or_throw();
    EXPECT_FALSE(ac.user.window.has_value());
    EXPECT_TRUE(ac.user.roles.empty());
  });
}

struct answers_56h {
  static constexpr auto sop_classes = private_class;
  reply on(c_store_rq const&, incoming_data_set&) { co_return status::success; }
  std::optional<std::vector<std::byte>> on(pdu::extended_negotiation const& item) {
    if (item.sop_class != uid{private_class.uid}) return {};
    auto answer = item.information;
    answer.push_back(std::byte{0x2A});
    return answer;
  }
};

TEST(negotiation, extended) {
  loop l;
  server s{l.executor(), local_options(), verification{}, answers_56h{}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    raw_peer<> raw{lo.executor()};
    co_await raw.connect(port);
    auto rq = raw.request({std::string{private_class.uid}});
    rq.user.extended.push_back({uid{private_class.uid}, bytes_of("x")});
    rq.user.extended.push_back({uid{sop::verification.uid}, bytes_of("y")});
    auto const got = co_await raw.associate(rq);
    auto const ac = pdu::decode<pdu::associate_ac>(got.body).value_or_throw();
    EXPECT_EQ(ac.user.extended.size(), 1U);
    EXPECT_EQ(ac.user.extended.front().information, bytes_of("x\x2A"));
  });
}

// The services' word on an association.

enum class word {
  accept,
  reject,
  reject_later,
  accept_later,
  identity,
  throws,
  throws_later
};

struct doorman {
  static constexpr auto sop_classes = sop::verification;
  word says;
  std::vector<std::string>* heard;
  reply on(c_echo_rq const&) { co_return status::success; }
  asio::awaitable<decision> on(pdu::associate_rq const& rq, association_info const& info) {
    heard->push_back(rq.calling_ae_title().str() + "@" + info.calling_ae_title().str());
    if (says == word::throws_later || says == word::accept_later || says == word::reject_later) {
      auto const executor = co_await asio::this_coro::executor;
      asio::steady_timer timer{executor, 5ms};
      co_await timer.async_wait(asio::use_awaitable);
    }
    switch (says) {
      case word::reject:
      case word::reject_later: co_return pdu::associate_rj::not_authorized;
      case word::identity: co_return decision::accept_identity(bytes_of("ticket"));
      case word::throws:
      case word::throws_later: throw std::runtime_error{"no"};
      default: co_return decision::accept();
    }
  }
};
struct quick_doorman {
  static constexpr auto sop_classes = sop::ct_image_storage;
  bool open;
  reply on(c_store_rq const&, incoming_data_set&) { co_return status::success; }
  decision on(pdu::associate_rq const&) {
    return open ? decision{} : decision{pdu::associate_rj::temporary_congestion};
  }
};

task expect_answer(loop& lo, std::uint16_t port, received& into, bool with_identity) {
  raw_peer<> raw{lo.executor()};
  co_await raw.connect(port);
  auto rq = raw.request({std::string{sop::verification.uid}});
  if (with_identity) {
    pdu::user_identity_rq who;
    who.positive_response_requested = 1;
    who.primary = bytes_of("user");
    rq.user.identity = who;
  }
  into = co_await raw.associate(rq);
}

received answer_of(word says, bool quick_open = true, bool with_identity = false) {
  loop l;
  std::vector<std::string> heard;
  server s{l.executor(), local_options(), doorman{says, &heard}, quick_doorman{quick_open}};
  received got;
  auto const client = [&got, with_identity](loop& lo, std::uint16_t port) {
    return expect_answer(lo, port, got, with_identity);
  };
  l.play(s, client);
  EXPECT_EQ(heard, std::vector<std::string>{"RAW@RAW"});
  return got;
}
pdu::associate_rj rejection(received const& got) {
  EXPECT_EQ(got.type, 3);
  return got.type == 3 ? pdu::decode<pdu::associate_rj>(got.body).value_or_throw()
                       : pdu::associate_rj{0, 0, 0};
}

TEST(negotiation, decisions) {
  EXPECT_EQ(answer_of(word::accept).type, 2);
  EXPECT_EQ(answer_of(word::accept_later).type, 2);
  EXPECT_EQ(rejection(answer_of(word::reject)), pdu::associate_rj::not_authorized);
  EXPECT_EQ(rejection(answer_of(word::reject_later)), pdu::associate_rj::not_authorized);
  // The first rejection decides, whoever accepted before.
  EXPECT_EQ(rejection(answer_of(word::accept, false)), pdu::associate_rj::temporary_congestion);
  EXPECT_EQ(rejection(answer_of(word::reject, false)), pdu::associate_rj::not_authorized);
  EXPECT_EQ(rejection(answer_of(word::throws)), pdu::associate_rj::no_reason);
  EXPECT_EQ(rejection(answer_of(word::throws_later)), pdu::associate_rj::no_reason);
}

TEST(negotiation, identity_response) {
  auto const with = answer_of(word::identity, true, true);
  auto const ac = pdu::decode<pdu::associate_ac>(with.body).value_or_throw();
  ASSERT_TRUE(ac.user.identity_response.has_value());
  EXPECT_EQ(ac.user.identity_response->server_response, bytes_of("ticket"));
  // Only where one was asked for.
  auto const without = answer_of(word::identity, true, false);
  auto const plain = pdu::decode<pdu::associate_ac>(without.body).value_or_throw();
  EXPECT_FALSE(plain.user.identity_response.has_value());
}

// Ends and observers.

struct counts_ends {
  static constexpr auto sop_classes = sop::verification;
  std::vector<std::error_code>* ends;
  reply on(c_echo_rq const&) { co_return status::success; }
  void on(association_ended const& how) { ends->push_back(how.error); }
};

TEST(negotiation, end_of_an_association_is_told_once) {
  loop l;
  std::vector<std::error_code> ends;
  server s{l.executor(), local_options(), counts_ends{&ends}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    auto released = co_await lo.connect(port, sop::verification);
    co_await released.request(c_echo_rq{});
    co_await released.release();
    auto aborted = co_await lo.connect(port, sop::verification);
    aborted.abort();
    co_await lo.sleep(50ms);
    raw_peer<> lost{lo.executor()};
    co_await lost.connect(port);
    auto const rq = lost.request({std::string{sop::verification.uid}});
    co_await lost.associate(rq);
    lost.socket().close();
    co_await lo.sleep(50ms);
    // Never established: never ended.
    raw_peer<> nobody{lo.executor()};
    co_await nobody.connect(port);
  });
  ASSERT_EQ(ends.size(), 3U);
  EXPECT_FALSE(ends[0]);
  EXPECT_EQ(ends[1], errc::aborted_by_user);
  EXPECT_EQ(ends[2], errc::connection_closed);
}

struct diary {
  std::vector<std::string>* lines;
  void observe(association_established const& e) {
    lines->push_back("established " + e.association.calling_ae_title().str());
  }
  void observe(association_refused const& e) {
    lines->push_back("refused " + std::to_string(e.answer.reason));
  }
  void observe(association_ended const& e) {
    lines->push_back("ended " + std::to_string(e.operations) + " " +
                     std::string{e.bytes_received > 0 && e.bytes_sent > 0 ? "bytes" : "no bytes"});
  }
  void observe(operation_completed const& e) {
    lines->push_back("operation " + std::string{command_name(e.command)} + " " +
                     std::to_string(e.status.code) + " " + std::to_string(e.data_set_bytes) +
                     (e.performed_here ? " here" : " there"));
  }
  void observe(protocol_violation const& e) { lines->push_back("violation " + e.explanation); }
};
struct only_ends {
  int* ends;
  void observe(association_ended const&) { ++*ends; }
};
class beside final : public association_observer {
 public:
  int ends = 0;
  void observe(association_ended const&) override { ++ends; }
};

static_assert(detail::host_of<verification, diary>::observes);
static_assert(detail::host_of<only_ends, verification>::observes);
static_assert(!detail::host_of<jpeg_only, counts_ends>::observes);

TEST(negotiation, observers) {
  loop l;
  std::vector<std::string> lines;
  int ends = 0;
  beside other;
  auto options = local_options();
  options.require_called_ae_title = true;
  options.association.observer = &other;  // does not push aside those of the pack
  server s{l.executor(), options, verification{}, diary{&lines}, jpeg_only{}, only_ends{&ends}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    proposals wanted{sop::verification};
    wanted.add(private_class.uid, "1.2.840.10008.1.2.4.50");
    auto assoc = co_await lo.connect(port, wanted, client_options("CLIENT"));
    co_await assoc.request(c_echo_rq{});
    std::vector<std::byte> const bytes(100);
    memory_source data{object(private_class.uid, "1.2.840.10008.1.2.4.50"), bytes};
    co_await assoc.request(store_request(private_class.uid), data);
    co_await assoc.release();
    raw_peer<> wrong{lo.executor()};
    co_await wrong.connect(port);
    auto rq = wrong.request({std::string{sop::verification.uid}});
    rq.called = ae_title{"OTHER"}.to_field();
    co_await wrong.associate(rq);
    raw_peer<> browser{lo.executor()};
    co_await browser.connect(port);
    co_await browser.send(bytes_of("GET / HTTP/1.1\r\n\r\n"));
    co_await browser.receive();
  });
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(lines[0], "established CLIENT");
  EXPECT_EQ(lines[1], "operation C-ECHO-RQ 0 0 here");
  EXPECT_EQ(lines[2], "operation C-STORE-RQ 0 100 here");
  EXPECT_EQ(lines[3], "ended 2 bytes");
  EXPECT_EQ(lines[4], "refused 7");
  EXPECT_TRUE(lines[5].starts_with("violation the peer sent ")) << lines[5];
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(other.ends, 1);
}

struct counts_stores {
  static constexpr auto sop_classes = sop::ct_image_storage;
  int* stored;
  reply on(c_store_rq const&, incoming_data_set& data) {
    ++*stored;
    co_return co_await data.save(null_sink{});
  }
};

std::vector<std::byte> const some_bytes(8);

TEST(negotiation, a_class_related_to_a_known_one_reaches_its_service) {
  loop l;
  int stored = 0;
  server s{l.executor(), local_options(), counts_stores{&stored}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    proposals wanted;
    wanted.add("2.25.77");
    pdu::common_extended_negotiation related;
    related.sop_class = "2.25.77";
    related.service_class = "1.2.840.10008.4.2";
    related.related_general_sop_classes.push_back(uid{sop::ct_image_storage.uid});
    wanted.common_extended(related);
    auto assoc = co_await lo.connect(port, wanted);
    memory_source data{object("2.25.77"), some_bytes};
    auto const answer = co_await assoc.request(store_request("2.25.77"), data);
    EXPECT_EQ(answer.status, status::success);
    co_await assoc.release();
  });
  EXPECT_EQ(stored, 1);
}

struct may_be_scu {
  static constexpr auto sop_classes = sop::ct_image_storage;
  static constexpr bool as_scu = true;
  reply on(c_store_rq const&, incoming_data_set& data) {
    co_return co_await data.save(null_sink{});
  }
};

TEST(negotiation, a_requestor_that_is_only_scp_may_not_ask) {
  loop l;
  server s{l.executor(), local_options(), may_be_scu{}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    proposals wanted{sop::ct_image_storage};
    wanted.role(sop::ct_image_storage.uid, false, true);
    auto assoc = co_await lo.connect(port, wanted);
    auto const& context = assoc.info().negotiated().contexts.front();
    EXPECT_FALSE(context.requestor_scu);
    EXPECT_TRUE(context.requestor_scp);
    memory_source data{object(sop::ct_image_storage.uid), some_bytes};
    std::error_code failed;
    try {
      co_await assoc.request(store_request(sop::ct_image_storage.uid), data);
    } catch (codimse::error const& e) {
      failed = e.code();
    }
    EXPECT_EQ(failed, errc::no_presentation_context);
    co_await assoc.release();
  });
}

TEST(negotiation, a_request_without_its_data_set_fails) {
  loop l;
  int stored = 0;
  server s{l.executor(), local_options(), counts_stores{&stored}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    auto assoc = co_await lo.connect(port, sop::ct_image_storage);
    memory_source nothing{object(sop::ct_image_storage.uid), {}};
    auto const answer = co_await assoc.request(store_request(sop::ct_image_storage.uid), nothing);
    EXPECT_EQ(answer.status, status::cannot_understand);
    co_await assoc.release();
  });
  EXPECT_EQ(stored, 1);
}

struct wants_identity {
  static constexpr auto sop_classes = sop::verification;
  std::vector<int>* types;
  reply on(c_echo_rq const&) { co_return status::success; }
  decision on(pdu::associate_rq const&, association_info const& who) {
    if (!who.user_identity()) return pdu::associate_rj::not_authorized;
    types->push_back(who.user_identity()->type);
    return decision::accept_identity(bytes_of("welcome"));
  }
  std::optional<std::vector<std::byte>> on(pdu::extended_negotiation const& asked) {
    return asked.information;
  }
};

TEST(negotiation, what_a_requestor_proposes_is_answered_end_to_end) {
  loop l;
  std::vector<int> types;
  server s{l.executor(), local_options(), wants_identity{&types}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    for (std::uint8_t type = 1; type <= 5; ++type) {
      proposals wanted{sop::verification};
      pdu::user_identity_rq who;
      who.type = type;
      who.positive_response_requested = 1;
      who.primary = bytes_of("somebody");
      wanted.identity(who);
      pdu::extended_negotiation asked;
      asked.sop_class = sop::verification.uid;
      asked.information = bytes_of("more");
      wanted.extended(asked);
      auto assoc = co_await lo.connect(port, wanted);
      auto const& agreed = assoc.info().negotiated();
      EXPECT_TRUE(agreed.identity_response == bytes_of("welcome"));
      EXPECT_TRUE(agreed.extended.size() == 1 && agreed.extended.front() == asked);
      co_await assoc.release();
    }
  });
  EXPECT_EQ(types, (std::vector<int>{1, 2, 3, 4, 5}));
}

TEST(negotiation, options_that_promise_too_little_are_refused_here) {
  loop l;
  auto options = local_options();
  options.association.max_pdu_length = 0;
  EXPECT_THROW((server{l.executor(), options, verification{}}), codimse::error);
  options = local_options();
  options.ae_title = "TOO LONG FOR AN AE TITLE";
  EXPECT_THROW((server{l.executor(), options, verification{}}), codimse::error);
}

// The defaults of PS3.8's and PS3.7's timers are promised in the documentation.
static_assert(timeouts{}.connect == std::chrono::seconds{10});
static_assert(timeouts{}.acse == std::chrono::seconds{30});
static_assert(timeouts{}.dimse == std::chrono::seconds{120});
static_assert(timeouts{}.write == std::chrono::seconds{60});
static_assert(timeouts{}.idle == std::chrono::seconds{900});

}  // namespace

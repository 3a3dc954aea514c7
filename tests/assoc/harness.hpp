// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/association.hpp>
#include <codimse/io/sink.hpp>
#include <codimse/server.hpp>
#include <codimse/sop/storage.hpp>
#include <codimse/testing/exercise.hpp>
#include <codimse/testing/portless_scp.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the tests of associations share: a peer's PDUs, a storage service that does what a script
/// needs, and both roles as the tested side of a script.
namespace assoc_test {

using namespace codimse;
using namespace std::chrono_literals;
using codimse::testing::bytes;
using codimse::testing::script;
using type = pdu::pdu_type;

inline constexpr std::string_view verification_uid = "1.2.840.10008.1.1";
inline constexpr std::string_view ct_uid = "1.2.840.10008.5.1.4.1.1.2";
inline constexpr std::string_view mr_uid = "1.2.840.10008.5.1.4.1.1.4";
inline constexpr std::string_view implicit_le = "1.2.840.10008.1.2";
inline constexpr std::string_view explicit_le = "1.2.840.10008.1.2.1";

inline constexpr std::uint8_t echo_context = 1;  ///< Verification, accepted
inline constexpr std::uint8_t ct_context = 3;    ///< CT, accepted
inline constexpr std::uint8_t mr_context = 5;    ///< MR, not supported

// What a peer says.

inline pdu::associate_rq request() {
  pdu::associate_rq rq;
  rq.called = ae_title{"CODIMSE"}.to_field();
  rq.calling = ae_title{"PEER"}.to_field();
  rq.contexts = {{echo_context, verification_uid, {implicit_le}, {}},
                 {ct_context, ct_uid, {explicit_le}, {}},
                 {mr_context, mr_uid, {implicit_le}, {}}};
  rq.user.maximum_length = 16384;
  return rq;
}
inline pdu::associate_ac acceptance() {
  pdu::associate_ac ac;
  ac.called = ae_title{"PEER"}.to_field();
  ac.calling = ae_title{"CODIMSE"}.to_field();
  ac.contexts = {{1, 0, uid{explicit_le}, {}}, {3, 0, uid{explicit_le}, {}}};
  ac.user.maximum_length = 16384;
  return ac;
}

inline c_echo_rq echo_rq(std::uint16_t id) { return {.message_id = id}; }
inline c_store_rq store_rq(std::uint16_t id) {
  return {.affected_sop_class_uid = ct_uid, .message_id = id, .affected_sop_instance_uid = "1.2.3"};
}
inline c_echo_rsp echo_rsp(std::uint16_t id, std::uint16_t code = 0) {
  return {.affected_sop_class_uid = verification_uid,
          .message_id_being_responded_to = id,
          .status = {code}};
}
inline c_store_rsp store_rsp(std::uint16_t id, std::uint16_t code = 0) {
  return {.affected_sop_class_uid = ct_uid,
          .message_id_being_responded_to = id,
          .status = {code},
          .affected_sop_instance_uid = "1.2.3"};
}
inline bytes some_data(std::size_t size) {
  bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::byte>(i * 7 + i / 251);
  return out;
}
inline bytes echo_message(std::uint16_t id) {
  return codimse::testing::message_pdus(echo_context, echo_rq(id));
}
inline bytes store_message(std::uint16_t id, bytes const& data, std::size_t fragment = 16384) {
  return codimse::testing::message_pdus(ct_context, store_rq(id), data, fragment);
}
/// A script whose peer has an association with the tested acceptor.
inline script requesting(std::string name, pdu::associate_rq const& rq = request()) {
  script out{std::move(name)};
  out.send(rq).expect(type::associate_ac);
  return out;
}
inline script& release(script& s) { return s.send(pdu::release_rq{}).expect(type::release_rp); }
/// An echo that shows that the association is in order, and the release.
inline script& echo_and_release(script& s) {
  s.send_raw(echo_message(99)).expect_response(0x8030, 99, 0);
  return release(s);
}
/// A script whose peer has accepted the tested requestor.
inline script accepting(std::string name, pdu::associate_ac const& ac = acceptance()) {
  script out{std::move(name)};
  out.expect(type::associate_rq).send(ac);
  return out;
}

// The tested acceptor.

/// What happened in the services of one association. Shared, because an event loop that goes away
/// destroys frames in no particular order.
struct ledger : std::enable_shared_from_this<ledger> {
  explicit ledger(codimse::testing::event_loop& l) : loop{l} {}
  codimse::testing::event_loop& loop;
  std::vector<std::string> log;
  bytes stored;
  int open_sinks = 0;
  int running = 0;
  int most_running = 0;
};

/// Fails where it is told to, takes its time where it is told to, and keeps account.
class test_sink {
 public:
  test_sink(ledger& l, std::string fails_at, duration delay = {})
      : ledger_{l.shared_from_this()}, fails_at_{std::move(fails_at)}, delay_{delay} {
    ++ledger_->open_sinks;
  }
  asio::awaitable<outcome> open(object_info const& info) {
    object_ = info.study_instance.str();
    ledger_->stored.clear();
    return step("open", 0xA700);
  }
  asio::awaitable<outcome> write(fragments slices) {
    for (auto const& one : slices)
      ledger_->stored.insert(ledger_->stored.end(), one.begin(), one.end());
    return step("write", 0xA701);
  }
  asio::awaitable<outcome> commit() {
    auto const how = step("commit", 0xA702);
    co_await ledger_->loop.clock().sleep(ledger_->loop.executor(), duration{1});
    if (fails_at_ == "commit") co_return outcome{status{0xA702}, "failed at commit"};
    --ledger_->open_sinks;
    ledger_->log.push_back("stored " + std::to_string(ledger_->stored.size()) + " " + object_);
    co_return outcome{};
  }
  void discard() noexcept {
    --ledger_->open_sinks;
    ledger_->log.emplace_back("discarded");
  }
  bool wants_study_instance_uid() const { return fails_at_ == "study"; }

 private:
  asio::awaitable<outcome> step(std::string name, std::uint16_t code) {
    if (delay_ > duration{}) co_await ledger_->loop.clock().sleep(ledger_->loop.executor(), delay_);
    if (fails_at_ == name) co_return outcome{status{code}, "failed at " + name};
    co_return outcome{};
  }

  std::shared_ptr<ledger> ledger_;
  std::string fails_at_;
  std::string object_;
  duration delay_;
};

using behaviour = reply (*)(ledger&, c_store_rq const&, incoming_data_set&);

struct storage {
  static constexpr auto sop_classes = sop::ct_image_storage;
  std::shared_ptr<ledger> book;
  behaviour how;
  reply on(c_store_rq const& rq, incoming_data_set& data) { return how(*book, rq, data); }
};

inline reply save(ledger& book, c_store_rq const&, incoming_data_set& data) {
  outcome const how = co_await data.save(test_sink{book, ""});
  co_return how;
}

struct acceptor_setup {
  behaviour store = save;
  association_options options{};
  std::function<void(ul::acceptor_policy&)> policy{};
  std::size_t places = 1000;
};

template <class Echo>
asio::awaitable<codimse::testing::system_end> run_acceptor(codimse::testing::event_loop& loop,
                                                           std::unique_ptr<stream> carrier,
                                                           acceptor_setup setup) {
  auto const book = std::make_shared<ledger>(loop);
  setup.options.clock = &loop.clock();
  codimse::testing::portless_scp<Echo, storage> scp{setup.options, Echo{},
                                                    storage{book, setup.store}};
  if (setup.policy) setup.policy(scp.policy());
  scp.max_associations(setup.places);
  auto const how = co_await scp.serve(loop.executor(), std::move(carrier));
  codimse::testing::system_end end;
  end.error = how.error;
  end.what = how.explanation;
  end.log = book->log;
  if (book->open_sinks != 0) end.log.emplace_back("LEFT OPEN: a sink");
  co_return end;
}

/// The SCP, verification and storage, as the tested side.
template <class Echo = verification>
codimse::testing::system_under_test acceptor(acceptor_setup setup = {}) {
  return [setup](codimse::testing::event_loop& loop, std::unique_ptr<stream> carrier) {
    return run_acceptor<Echo>(loop, std::move(carrier), setup);
  };
}
inline codimse::testing::system_under_test storing(behaviour how) {
  acceptor_setup setup;
  setup.store = how;
  return acceptor(setup);
}

// The tested requestor.

struct client {
  codimse::testing::event_loop& loop;
  association assoc;
  std::vector<std::string>& log;
};
using client_program = asio::awaitable<void> (*)(client&);

struct requestor_setup {
  client_program program;
  association_options options{};
  bool storage_too = true;
};

inline asio::awaitable<void> run_program(codimse::testing::event_loop& loop,
                                         std::unique_ptr<stream> carrier, requestor_setup setup,
                                         std::vector<std::string>& log) {
  proposals wanted{sop::verification};
  if (setup.storage_too) wanted.add(ct_uid, explicit_le);
  association assoc = co_await associate(loop.executor(), std::move(carrier), "PEER",
                                         std::move(wanted), setup.options);
  log.emplace_back("established");
  client c{loop, std::move(assoc), log};
  co_await setup.program(c);
}

inline asio::awaitable<codimse::testing::system_end> run_requestor(
    codimse::testing::event_loop& loop, std::unique_ptr<stream> carrier, requestor_setup setup) {
  codimse::testing::system_end end;
  setup.options.clock = &loop.clock();
  try {
    co_await run_program(loop, std::move(carrier), setup, end.log);
  } catch (std::system_error const& thrown) {
    end.error = thrown.code();
    end.what = thrown.what();
  }
  co_return end;
}

/// A client as the tested side.
inline codimse::testing::system_under_test requestor(requestor_setup setup) {
  return [setup](codimse::testing::event_loop& loop, std::unique_ptr<stream> carrier) {
    return run_requestor(loop, std::move(carrier), setup);
  };
}
inline codimse::testing::system_under_test requestor(client_program program,
                                                     association_options options = {}) {
  requestor_setup setup{program};
  setup.options = options;
  return requestor(setup);
}

inline std::string hex(std::uint16_t value) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (unsigned shift = 16; shift > 0; shift -= 4)
    out += digits[(std::uint32_t{value} >> (shift - 4)) & 0xFU];
  return out;
}

// Scripts with what they are played against.

struct scripted_case {
  script what;
  codimse::testing::system_under_test system;
  errc expected{};                 ///< of the tested side's end; zero: none
  std::vector<std::string> log{};  ///< what it must have logged
  codimse::testing::replay_check check{};
  std::size_t most_cuts = 2000;
  bool narrow = true;
};

std::vector<scripted_case> acceptor_cases();
std::vector<scripted_case> requestor_cases();

}  // namespace assoc_test

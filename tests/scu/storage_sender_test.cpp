// SPDX-License-Identifier: BSL-1.0
// Files over real sockets to a real server, which fails in all the ways that peers have.
#include "file/files.hpp"
#include "service/harness.hpp"
#include <codimse/data/read.hpp>
#include <codimse/data/write.hpp>
#include <codimse/scu/storage_sender.hpp>

#include <asio/ip/tcp.hpp>

#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace harness;
using namespace codimse_test;
namespace fs = std::filesystem;

constexpr auto mr_class = "1.2.840.10008.5.1.4.1.1.4";
constexpr auto implicit_little = "1.2.840.10008.1.2";

/// What a server saw, and how it is to behave.
struct archive {
  std::map<std::string, bytes_t> stored;
  std::vector<std::size_t> contexts;  // of each association that asked
  std::function<void(std::string const&)> on_object = [](std::string const&) {};
  std::function<outcome(std::string const&)> answer = [](std::string const&) { return outcome{}; };
  std::function<decision(std::size_t)> admit = [](std::size_t) { return decision::accept(); };
  std::function<void()> on_end = [] {};
  bool private_classes = false;
};

struct storage_service {
  static constexpr auto sop_classes = sop::all_storage;
  archive* seen;

  reply on(c_store_rq const& rq, incoming_data_set& data) {
    auto const name = rq.affected_sop_instance_uid.str();
    auto bytes = co_await data.read_all();
    seen->on_object(name);
    seen->stored[name] = std::move(bytes);
    co_return seen->answer(name);
  }
  decision on(pdu::associate_rq const& rq) {
    seen->contexts.push_back(rq.contexts.size());
    return seen->admit(seen->contexts.size());
  }
  void on(association_ended const&) { seen->on_end(); }
  [[nodiscard]] bool accepts(uid const& one) const {
    return seen->private_classes && one.view().starts_with("2.25.");
  }
};

/// A fate as the callback told it, safe to keep.
struct fate {
  int times = 0;
  std::optional<status> answer;
  std::string problem;
  bool stored = false;
};

/// Files in a folder, one sender, and what it reported.
class sending {
 public:
  sending() {
    watch.done = [this](sent_file const& one) {
      auto& known = fates[one.file.info.sop_instance.str()];
      ++known.times;
      known.answer = one.status;
      known.problem = one.problem;
      known.stored = one.stored();
      order.push_back(one.file.info.sop_instance.str());
    };
    watch.progress = [this](part10_file const& file, std::uint64_t bytes) {
      auto& last = progress[file.info.sop_instance.str()];
      EXPECT_GE(bytes, last);
      last = bytes;
    };
  }
  sending(sending const&) = delete;
  sending& operator=(sending const&) = delete;

  fs::path add(std::string_view instance, std::string_view sop_class = ct_class,
               std::string_view syntax = codimse_test::explicit_little, std::size_t pixels = 1000) {
    // A data set that stays hidden where the syntax is not explicit: only copied, never parsed.
    auto const data = syntax == codimse_test::explicit_little
                          ? small_data_set(sop_class, instance, pixels)
                          : bytes_t{};
    auto const path = folder_ / (std::string{instance} + ".dcm");
    put(path, part10_bytes(meta_for(sop_class, instance, syntax), data));
    auto const examined = examine_part10(path);
    EXPECT_TRUE(examined.has_value()) << examined.error().message();
    if (examined) files.push_back(*examined);
    return path;
  }
  void add_many(int count) {
    for (int i = 1; i <= count; ++i) add("1.2." + std::to_string(i));
  }
  /// Each file was reported once, in order.
  void expect_all_reported() const {
    EXPECT_EQ(order.size(), files.size());
    for (std::size_t i = 0; i < std::min(order.size(), files.size()); ++i)
      EXPECT_EQ(order[i], files[i].info.sop_instance.str());
    for (auto const& [name, known] : fates) {
      EXPECT_EQ(known.times, 1) << name;
      EXPECT_TRUE(known.answer.has_value() || !known.problem.empty()) << name;
    }
  }
  void expect_stored_but(std::vector<std::string> const& lost) {
    expect_all_reported();
    for (auto const& file : files) {
      auto const name = file.info.sop_instance.str();
      bool const is_lost = std::ranges::find(lost, name) != lost.end();
      EXPECT_EQ(fates[name].stored, !is_lost) << name << ": " << fates[name].problem;
    }
  }

  std::vector<part10_file> files;
  sending_callbacks watch;
  std::map<std::string, fate> fates;
  std::map<std::string, std::uint64_t> progress;
  std::vector<std::string> order;

 private:
  temporary_folder folder_;
};

peer at(std::uint16_t port) {
  return {.host = "127.0.0.1", .port = port, .called_ae_title = "SERVER"};
}
task send_to(loop& lo, std::uint16_t port, sending& what, association_options options) {
  storage_sender sender{lo.executor(), at(port), options};
  co_await sender.send(what.files, what.watch);
}
using server_type = server<storage_service>;

void run(sending& what, archive& to, association_options options = {}) {
  loop l;
  server_type s{l.executor(), local_options(), storage_service{&to}};
  auto const client = [&](loop& lo, std::uint16_t port) {
    return send_to(lo, port, what, options);
  };
  l.play(s, client);
}

TEST(storage_sender, nothing_to_send) {
  sending what;
  archive to;
  run(what, to);
  EXPECT_TRUE(to.contexts.empty()) << "not even an association";
}

TEST(storage_sender, one_context_for_each_pair) {
  sending what;
  archive to;
  what.add("1.1");
  what.add("1.2", mr_class);
  what.add("1.3", ct_class, implicit_little);
  what.add("1.4");
  what.add("1.5", mr_class);
  run(what, to);
  what.expect_stored_but({});
  // Explicit and Implicit VR Little Endian for each of the two SOP Classes.
  EXPECT_EQ(to.contexts, std::vector<std::size_t>(1, 4));
  EXPECT_EQ(to.stored.size(), 5U);
  for (auto const* name : {"1.1", "1.4"})
    EXPECT_EQ(to.stored[name], small_data_set(ct_class, name, 1000));
  for (auto const& file : what.files)
    EXPECT_EQ(what.progress[file.info.sop_instance.str()], file.data_set_size);
}

TEST(storage_sender, needs_no_callbacks) {
  sending what;
  archive to;
  what.add_many(2);
  what.watch = {};
  run(what, to);
  EXPECT_EQ(to.stored.size(), 2U);
}

TEST(storage_sender, large_file) {
  sending what;
  archive to;
  what.add("1.1", ct_class, codimse_test::explicit_little, 3'000'000);
  run(what, to);
  what.expect_stored_but({});
  EXPECT_TRUE(to.stored["1.1"] == small_data_set(ct_class, "1.1", 3'000'000));
}

TEST(storage_sender, large_file_in_small_pdus) {
  // Far more PDUs fit one buffer than one system call fills.
  sending what;
  archive to;
  what.add("1.1", ct_class, codimse_test::explicit_little, 700'000);
  loop l;
  auto options = local_options();
  options.association.max_pdu_length = 1024;
  server_type s{l.executor(), options, storage_service{&to}};
  auto const client = [&](loop& lo, std::uint16_t port) { return send_to(lo, port, what, {}); };
  l.play(s, client);
  what.expect_stored_but({});
  EXPECT_TRUE(to.stored["1.1"] == small_data_set(ct_class, "1.1", 700'000));
}

TEST(storage_sender, statuses_are_reported) {
  sending what;
  archive to;
  what.add_many(4);
  to.answer = [](std::string const& name) -> outcome {
    if (name == "1.2.1") return {status::out_of_resources, "disk full"};
    if (name == "1.2.2") return {status::coercion_of_data_elements, "coerced"};
    if (name == "1.2.3") return status{0xC123};
    return {};
  };
  run(what, to);
  what.expect_stored_but({"1.2.1", "1.2.3"});
  EXPECT_EQ(what.fates["1.2.1"].answer, status{0xA700});
  EXPECT_EQ(what.fates["1.2.1"].problem, "disk full");
  EXPECT_EQ(what.fates["1.2.2"].answer, status{0xB000});
  EXPECT_EQ(what.fates["1.2.2"].problem, "coerced");
  EXPECT_EQ(what.fates["1.2.3"].answer, status{0xC123});
  EXPECT_EQ(what.fates["1.2.4"].answer, status::success);
  EXPECT_EQ(what.fates["1.2.4"].problem, "");
  EXPECT_EQ(to.contexts.size(), 1U) << "a status ends no association";
}

TEST(storage_sender, files_that_vanish) {
  sending what;
  archive to;
  what.add_many(4);
  fs::remove(what.files[0].path);
  fs::remove(what.files[2].path);
  run(what, to);
  what.expect_stored_but({"1.2.1", "1.2.3"});
  EXPECT_FALSE(what.fates["1.2.3"].answer.has_value());
  EXPECT_EQ(what.fates["1.2.3"].problem,
            what.files[2].path.string() + ": No such file or directory");
  EXPECT_EQ(to.contexts.size(), 1U);
}

TEST(storage_sender, file_that_was_truncated) {
  // Half a data set is on its way when it is noticed: only an abort takes it back.
  sending what;
  archive to;
  what.add("1.1");
  what.add("1.2", ct_class, codimse_test::explicit_little, 1'000'000);
  what.add("1.3");
  fs::resize_file(what.files[1].path, 600'000);
  run(what, to);
  what.expect_stored_but({"1.2"});
  EXPECT_FALSE(what.fates["1.2"].answer.has_value());
  EXPECT_FALSE(to.stored.contains("1.2"));
}

TEST(storage_sender, instance_uid_that_cannot_be_sent) {
  sending what;
  archive to;
  what.add_many(2);
  what.files[0].info.sop_instance = uid{"1." + std::string(70, '2')};
  run(what, to);
  what.expect_all_reported();
  EXPECT_TRUE(what.fates["1.2.2"].stored);
  EXPECT_EQ(to.stored.size(), 1U);
}

TEST(storage_sender, more_pairs_than_contexts) {
  sending what;
  archive to;
  to.private_classes = true;
  for (int i = 1; i <= 129; ++i) what.add("1.2." + std::to_string(i), "2.25." + std::to_string(i));
  what.add("1.3", "2.25.129");
  what.add("1.4", "2.25.1");  // in the first association, but its turn comes in the second
  run(what, to);
  what.expect_stored_but({});
  EXPECT_EQ(to.stored.size(), 131U);
  // Explicit and Implicit VR Little Endian for each.
  EXPECT_EQ(to.contexts, (std::vector<std::size_t>{128, 128, 4}));
}

TEST(storage_sender, exactly_128_contexts_go_over_one_association) {
  sending what;
  archive to;
  to.private_classes = true;
  for (int i = 1; i <= 64; ++i) what.add("1.2." + std::to_string(i), "2.25." + std::to_string(i));
  run(what, to);
  what.expect_stored_but({});
  EXPECT_EQ(to.contexts, std::vector<std::size_t>(1, 128));
}

TEST(storage_sender, peer_takes_some_classes) {
  sending what;
  archive to;
  what.add("1.1");
  what.add("1.2", "2.25.7");
  what.add("1.3");
  run(what, to);
  what.expect_stored_but({"1.2"});
  EXPECT_FALSE(what.fates["1.2"].answer.has_value());
  EXPECT_EQ(to.contexts.size(), 1U);
}

TEST(storage_sender, peer_takes_nothing) {
  sending what;
  archive to;
  for (int i = 1; i <= 3; ++i) what.add("1.2." + std::to_string(i), "2.25.7");
  run(what, to);
  what.expect_stored_but({"1.2.1", "1.2.2", "1.2.3"});
  for (auto const& [name, known] : what.fates) EXPECT_FALSE(known.answer.has_value()) << name;
  EXPECT_EQ(to.contexts.size(), 1U);
}

TEST(storage_sender, peer_takes_only_the_last_batch) {
  sending what;
  archive to;
  std::vector<std::string> lost;
  for (int i = 1; i <= 128; ++i) {
    lost.push_back("1.2." + std::to_string(i));
    what.add(lost.back(), "2.25." + std::to_string(i));
  }
  what.add("1.3");
  run(what, to);
  what.expect_stored_but(lost);
  EXPECT_EQ(to.contexts, (std::vector<std::size_t>{128, 128, 2}));
}

std::error_code failure_of(sending& what, archive& to) {
  try {
    run(what, to);
  } catch (error const& e) {
    EXPECT_STRNE(e.what(), "");
    return e.code();
  }
  return {};
}

TEST(storage_sender, rejected_at_first_throws) {
  sending what;
  archive to;
  what.add_many(3);
  to.admit = [](std::size_t) { return decision{pdu::associate_rj::no_reason}; };
  EXPECT_EQ(failure_of(what, to), errc::association_rejected);
  EXPECT_TRUE(what.fates.empty());
  EXPECT_EQ(to.contexts.size(), 1U);
}

TEST(storage_sender, refused_connection_throws) {
  sending what;
  what.add_many(2);
  loop l;
  std::uint16_t port = 0;
  {
    asio::ip::tcp::acceptor const taken{l.io, {asio::ip::address_v4::loopback(), 0}};
    port = taken.local_endpoint().port();
  }
  l.spawn(send_to(l, port, what, {}));
  try {
    l.run();
    FAIL();
  } catch (error const& e) {
    EXPECT_EQ(e.code(), errc::connect_failed);
  }
  EXPECT_TRUE(what.fates.empty());
}

TEST(storage_sender, peer_gone_after_it_took_nothing) {
  // The first connection was made: what cannot be sent later is reported, not thrown.
  sending what;
  archive to;
  std::vector<std::string> lost;
  for (int i = 1; i <= 129; ++i) {
    lost.push_back("1.2." + std::to_string(i));
    what.add(lost.back(), "2.25." + std::to_string(i));
  }
  to.admit = [](std::size_t nth) {
    if (nth == 1) return decision::accept();
    return decision{pdu::associate_rj::no_reason};
  };
  EXPECT_FALSE(failure_of(what, to));
  what.expect_stored_but(lost);
  EXPECT_EQ(to.contexts, (std::vector<std::size_t>{128, 128, 2}));
}

struct slow_service {
  static constexpr auto sop_classes = sop::all_storage;
  archive* seen;
  reply on(c_store_rq const& rq, incoming_data_set& data) {
    auto const name = rq.affected_sop_instance_uid.str();
    co_await data.read_all();
    if (name == "1.2.2") co_await loop::sleep(600ms);
    seen->stored[name];
    co_return status::success;
  }
  decision on(pdu::associate_rq const& rq) {
    seen->contexts.push_back(rq.contexts.size());
    return decision::accept();
  }
};

TEST(storage_sender, peer_too_slow) {
  sending what;
  archive to;
  what.add_many(3);
  loop l;
  server s{l.executor(), local_options(), slow_service{&to}};
  association_options options;
  options.timeouts.dimse = 200ms;
  auto const client = [&](loop& lo, std::uint16_t port) {
    return send_to(lo, port, what, options);
  };
  l.play(s, client);
  what.expect_stored_but({"1.2.2"});
  EXPECT_EQ(to.contexts.size(), 2U);
}

TEST(storage_sender, server_stops_in_the_middle) {
  sending what;
  archive to;
  what.add_many(4);
  loop l;
  server_type s{l.executor(), local_options(), storage_service{&to}};
  to.on_object = [&s](std::string const& name) {
    if (name == "1.2.2") s.stop(0s);
  };
  // The answer to the second may still get out: nothing is promised about it.
  auto const client = [&](loop& lo, std::uint16_t port) { return send_to(lo, port, what, {}); };
  l.play(s, client);
  what.expect_all_reported();
  EXPECT_TRUE(what.fates["1.2.1"].stored);
  EXPECT_FALSE(what.fates["1.2.3"].stored);
  EXPECT_FALSE(what.fates["1.2.4"].stored);
  EXPECT_EQ(to.contexts.size(), 1U);
}

/// Stands between a client and a server, so that a connection can be cut at any moment.
class relay {
 public:
  relay(loop& l, std::uint16_t to)
      : loop_{l}, to_{to}, acceptor_{l.io, {asio::ip::address_v4::loopback(), 0}} {}
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  task run() {
    for (;;) {
      auto const one = std::make_shared<pair>(loop_.io);
      std::error_code failed;
      co_await acceptor_.async_accept(one->client,
                                      asio::redirect_error(asio::use_awaitable, failed));
      if (failed) co_return;
      asio::ip::tcp::endpoint const there{asio::ip::address_v4::loopback(), to_};
      co_await one->server.async_connect(there, asio::use_awaitable);
      current_ = one;
      loop_.spawn(copy(one, one->client, one->server));
      loop_.spawn(copy(one, one->server, one->client));
    }
  }
  void stop() { acceptor_.close(); }
  /// Ends the latest connection, after an A-ABORT of the peer's where asked for.
  void cut(bool with_abort) {
    constexpr std::array<unsigned char, 10> abort{7, 0, 0, 0, 0, 4, 0, 0, 0, 0};
    std::error_code ignored;
    if (with_abort) asio::write(current_->client, asio::buffer(abort), ignored);
    current_->close();
  }

 private:
  struct pair {
    explicit pair(asio::io_context& io) : client{io}, server{io} {}
    void close() {
      std::error_code ignored;
      for (auto* const one : {&client, &server}) {
        one->shutdown(asio::socket_base::shutdown_both, ignored);
        one->close(ignored);
      }
    }
    asio::ip::tcp::socket client;
    asio::ip::tcp::socket server;
  };
  static task copy(std::shared_ptr<pair> both, asio::ip::tcp::socket& from,
                   asio::ip::tcp::socket& to) {
    std::vector<std::byte> buffer(65536);
    std::error_code failed;
    while (!failed) {
      auto const n = co_await from.async_read_some(
          asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, failed));
      if (!failed)
        co_await asio::async_write(to, asio::buffer(buffer.data(), n),
                                   asio::redirect_error(asio::use_awaitable, failed));
    }
    both->close();
  }

  loop& loop_;
  std::uint16_t to_;
  asio::ip::tcp::acceptor acceptor_;
  std::shared_ptr<pair> current_;
};

task send_through(loop& lo, relay& by, sending& what) {
  co_await send_to(lo, by.port(), what, {});
  by.stop();
}
/// Cuts the connection at the objects that `at` names.
void run_with_cuts(sending& what, archive& to, std::vector<std::string> const& cuts,
                   bool with_abort) {
  loop l;
  server_type s{l.executor(), local_options(), storage_service{&to}};
  relay between{l, s.port()};
  to.on_object = [&](std::string const& name) {
    if (std::ranges::find(cuts, name) != cuts.end()) between.cut(with_abort);
  };
  l.spawn(between.run());
  auto const client = [&](loop& lo, std::uint16_t) { return send_through(lo, between, what); };
  l.play(s, client);
}

TEST(storage_sender, goes_on_after_a_broken_association) {
  for (bool const with_abort : {false, true}) {
    sending what;
    archive to;
    what.add_many(6);
    run_with_cuts(what, to, {"1.2.1", "1.2.3", "1.2.6"}, with_abort);
    what.expect_stored_but({"1.2.1", "1.2.3", "1.2.6"});
    EXPECT_EQ(to.contexts.size(), 3U);
    EXPECT_FALSE(what.fates["1.2.3"].answer.has_value());
    if (with_abort) {
      EXPECT_NE(what.fates["1.2.3"].problem.find("abort"), std::string::npos)
          << what.fates["1.2.3"].problem;
    }
  }
}

TEST(storage_sender, peer_that_ends_every_association_is_not_tried_for_ever) {
  sending what;
  archive to;
  what.add_many(3);
  run_with_cuts(what, to, {"1.2.1", "1.2.2", "1.2.3"}, true);
  what.expect_stored_but({"1.2.1", "1.2.2", "1.2.3"});
  EXPECT_EQ(to.contexts.size(), 3U);
}

TEST(storage_sender, rejected_when_it_comes_again) {
  sending what;
  archive to;
  what.add_many(4);
  to.admit = [](std::size_t nth) {
    if (nth == 1) return decision::accept();
    return decision{pdu::associate_rj::temporary_congestion};
  };
  run_with_cuts(what, to, {"1.2.2"}, true);
  what.expect_stored_but({"1.2.2", "1.2.3", "1.2.4"});
  EXPECT_EQ(to.contexts.size(), 2U);
}

task send_twice(loop& lo, std::uint16_t port, sending& what) {
  storage_sender sender{lo.executor(), at(port)};
  co_await sender.send(what.files, what.watch);
  co_await sender.send(what.files, what.watch);
}

TEST(storage_sender, used_twice) {
  sending what;
  archive to;
  what.add_many(2);
  loop l;
  server_type s{l.executor(), local_options(), storage_service{&to}};
  auto const client = [&](loop& lo, std::uint16_t port) { return send_twice(lo, port, what); };
  l.play(s, client);
  EXPECT_EQ(what.fates["1.2.1"].times, 2);
  EXPECT_EQ(to.contexts.size(), 2U);
}

/// Takes nothing but Implicit VR Little Endian.
struct implicit_service {
  static constexpr auto sop_classes = sop::all_storage;
  static constexpr std::array transfer_syntaxes{
      codimse::transfer_syntaxes::implicit_vr_little_endian};
  archive* seen;

  reply on(c_store_rq const& rq, incoming_data_set& data) {
    EXPECT_EQ(data.info().transfer_syntax.view(), implicit_little);
    auto bytes = co_await data.read_all();
    seen->stored[rq.affected_sop_instance_uid.str()] = std::move(bytes);
    co_return outcome{};
  }
};

TEST(storage_sender, uncompressed_files_are_transcoded_to_what_the_peer_takes) {
  constexpr auto jpeg = "1.2.840.10008.1.2.4.50";
  sending what;
  archive to;
  what.add("1.2.1", ct_class, codimse_test::explicit_little, 300'000);
  what.add("1.2.2", ct_class, jpeg);
  loop l;
  server<implicit_service> s{l.executor(), local_options(), implicit_service{&to}};
  auto const client = [&](loop& lo, std::uint16_t port) { return send_to(lo, port, what, {}); };
  l.play(s, client);
  what.expect_stored_but({"1.2.2"});
  auto const sent = read_data_set(small_data_set(ct_class, "1.2.1", 300'000),
                                  transfer_syntaxes::explicit_vr_little_endian);
  ASSERT_TRUE(sent.has_value());
  EXPECT_EQ(to.stored["1.2.1"],
            write_data_set(*sent, transfer_syntaxes::implicit_vr_little_endian));
}

}  // namespace

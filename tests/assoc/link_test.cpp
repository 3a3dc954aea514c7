// SPDX-License-Identifier: BSL-1.0
// What becomes of a message whose source fails, throws or is cancelled while it is being sent: the
// peer never gets a data set that looks complete and is not.
#include "harness.hpp"
#include <codimse/assoc/connect.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace {

using namespace assoc_test;
using codimse::testing::event_loop;
using codimse::testing::make_duplex;
using codimse::testing::message_pdus;
using codimse::testing::scripted_peer;
using codimse::testing::transcript;
using codimse::testing::virtual_clock;

enum class trouble {
  none,
  waits,          ///< for an hour: somebody cancels it
  waits_quietly,  ///< the same, but it takes no notice of the cancellation
  throws,
  fails,
};

/// Yields what it is asked for, and has its trouble at one of the reads.
class troubled_source {
 public:
  troubled_source(asio::any_io_executor executor, virtual_clock& clock, trouble what, int at_read)
      : executor_{std::move(executor)}, clock_{clock}, trouble_{what}, at_read_{at_read} {
    info_.transfer_syntax = explicit_le;
  }
  [[nodiscard]] object_info const& info() const { return info_; }
  [[nodiscard]] std::uint64_t size() const { return 0; }
  asio::awaitable<read_result> read(pieces into) {
    if (reads_++ == at_read_) {
      if (trouble_ == trouble::waits) co_await clock_.sleep(executor_, 1h);
      if (trouble_ == trouble::throws) throw std::runtime_error{"no more"};
      if (trouble_ == trouble::fails)
        co_return read_result{0, false, std::make_error_code(std::errc::io_error)};
      if (trouble_ == trouble::waits_quietly) {
        try {
          co_await clock_.sleep(executor_, 1h);
        } catch (std::system_error const&) {
          ended_early_ = true;  // and goes on as if nothing had been
        }
      }
    }
    std::size_t bytes = 0;
    for (auto const& piece : into) bytes += piece.size();
    co_return read_result{bytes, reads_ > 3, {}};
  }

 private:
  asio::any_io_executor executor_;
  virtual_clock& clock_;
  trouble trouble_;
  int at_read_;
  int reads_ = 0;
  bool ended_early_ = false;
  object_info info_;
};

asio::awaitable<void> store(association& assoc, event_loop& loop, trouble what, int at_read) {
  troubled_source source{loop.executor(), loop.clock(), what, at_read};
  c_store_rq const rq = store_rq(0);
  co_await assoc.request(rq, source);
}

struct run_of_one {
  event_loop loop;
  association_options options{};
  std::shared_ptr<transcript const> seen;
  std::shared_ptr<event_loop::task<void>> played;
  std::optional<association> assoc;
  std::exception_ptr failure;
  bool done = false;
  asio::cancellation_signal signal;

  explicit run_of_one(script const& what) {
    options.clock = &loop.clock();
    auto both = make_duplex(loop.executor(), 1 << 20);
    auto peer = std::make_unique<scripted_peer>(loop.executor(), loop.clock(),
                                                std::move(both.second), what);
    seen = peer->seen();
    played = loop.spawn(scripted_peer::play(std::move(peer)));
    proposals wanted;
    wanted.add(uid{verification_uid}, uid{explicit_le}).add(uid{ct_uid}, uid{explicit_le});
    assoc.emplace(loop.run(
        associate(loop.executor(), std::move(both.first), "PEER", std::move(wanted), options)));
  }
  void start(trouble what, int at_read) {
    auto ended = [this](std::exception_ptr thrown) {
      failure = thrown;
      done = true;
    };
    asio::co_spawn(loop.executor(), store(*assoc, loop, what, at_read),
                   asio::bind_cancellation_slot(signal.slot(), std::move(ended)));
    loop.run_for(1s);
  }
  std::string how_it_ended() {
    loop.run_until([this] { return done; });
    if (!done) return "hangs";
    try {
      if (failure != nullptr) std::rethrow_exception(failure);
    } catch (std::system_error const& thrown) {
      if (thrown.code() == asio::error::operation_aborted || thrown.code() == errc::cancelled)
        return "cancelled";
      return thrown.code() == errc::source_failed ? "source failed" : thrown.what();
    } catch (std::exception const& thrown) {
      return thrown.what();
    }
    return "went well";
  }
  void finish_script() {
    loop.run_until([this] { return played->done; });
    EXPECT_TRUE(played->done);
    EXPECT_EQ(seen->problem, "");
    EXPECT_EQ(seen->malformed, "");
    EXPECT_TRUE(seen->messages.empty()) << "no message came to its end";
  }
};

struct row {
  trouble what;
  char const* end;
};
constexpr row rows[] = {{trouble::waits, "cancelled"},
                        {trouble::waits_quietly, "cancelled"},
                        {trouble::throws, "no more"},
                        {trouble::fails, "source failed"}};

TEST(link, a_message_that_breaks_in_its_middle_ends_the_association) {
  for (auto const& [what, end] : rows) {
    for (int const at_read : {1, 2}) {
      SCOPED_TRACE(std::string{end} + " at read " + std::to_string(at_read));
      auto s = accepting("broken");
      s.drain();
      run_of_one t{s};
      t.start(what, at_read);
      t.signal.emit(asio::cancellation_type::terminal);
      EXPECT_EQ(t.how_it_ended(), end);
      EXPECT_FALSE(t.assoc->established());
      t.finish_script();
      auto const abort = t.seen->abort();
      ASSERT_TRUE(abort.has_value()) << t.seen->summary();
      EXPECT_EQ(abort->source, 0);
    }
  }
}

TEST(link, one_that_breaks_before_its_first_byte_costs_nothing) {
  for (auto const& [what, end] : rows) {
    SCOPED_TRACE(end);
    auto s = accepting("not begun");
    s.expect(type::release_rq).send(pdu::release_rp{});
    run_of_one t{s};
    t.start(what, 0);
    t.signal.emit(asio::cancellation_type::terminal);
    EXPECT_EQ(t.how_it_ended(), end);
    EXPECT_TRUE(t.assoc->established());
    t.loop.run(t.assoc->release());
    t.finish_script();
  }
}

}  // namespace

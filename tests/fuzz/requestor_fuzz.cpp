// SPDX-License-Identifier: BSL-1.0
// A whole association as requestor: a program of verbs that the input chooses, against a peer that
// the input plays. Whatever it answers, stops saying or breaks off: the program ends when its
// deadlines have passed, and so does the association with all of its coroutines; what it sends is
// well-formed; nothing is reported as stored that the peer did not acknowledge.
// Input: 1 byte how the peer behaves and ends, 1 byte options, a number of steps and each of them,
// then events.
#include "event_services.hpp"
#include <codimse/assoc/association.hpp>
#include <codimse/scu/echo.hpp>
#include <codimse/scu/find.hpp>
#include <codimse/scu/retrieve.hpp>
#include <codimse/scu/store.hpp>
#include <codimse/service/perform_here.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using namespace codimse_fuzz;

struct step {
  std::uint8_t what;
  std::uint8_t how;
};

/// What the program saw.
struct tally {
  std::size_t stored = 0;
  std::size_t matches = 0;
};
using tally_ptr = std::shared_ptr<tally>;

/// Fails after so many bytes, at once or later.
class failing_source {
 public:
  failing_source(object_info const& info, std::span<std::byte const> data, std::size_t good)
      : inner_{info, data}, left_{good} {}
  [[nodiscard]] object_info const& info() const { return inner_.info(); }
  [[nodiscard]] std::uint64_t size() const { return inner_.size(); }
  asio::awaitable<read_result> read(pieces into) {
    std::size_t wanted = 0;
    for (auto const& one : into) wanted += one.size();
    if (wanted > left_) co_return read_result{0, false, make_error_code(errc::source_failed)};
    left_ -= wanted;
    co_return inner_.read(into);
  }

 private:
  memory_source inner_;
  std::size_t left_;
};

object_info const& an_object() {
  static object_info const info{.sop_class = uid{abstract_syntaxes[1]},
                                .sop_instance = "1.2.3",
                                .transfer_syntax = uid{explicit_le}};
  return info;
}
data_set identifier() {
  data_set out;
  out.set(tags::patient_id, "P");
  return out;
}

asio::awaitable<void> store_one(association& over, std::uint8_t how, tally_ptr seen) {
  static constexpr std::size_t sizes[] = {0, 1, 3000, 40000};
  auto const data = data_set_of(how, sizes[how % 4]);
  c_store_rsp rsp;
  if (how / 4 % 8 == 7) {
    failing_source from{an_object(), data, how / 32 * std::size_t{16000}};
    rsp = co_await store(over, std::move(from));
  } else {
    memory_source from{an_object(), data};
    rsp = co_await store(over, std::move(from));
  }
  if (rsp.status.is_success()) ++seen->stored;
}

asio::awaitable<void> find_some(association_ref over, std::uint8_t how, tally_ptr seen) {
  auto found = co_await find(over, identifier());
  for (unsigned i = 0; i < how / 8U; ++i) {
    auto const match = co_await found.next();
    if (!match) co_return;
    ++seen->matches;
  }
  if (how % 4 == 0) co_return;  // the rest is nobody's
  if (how % 4 == 1) found.cancel();
  for (;;) {
    auto const match = co_await found.next();
    if (!match) break;
    ++seen->matches;
  }
}
template <class Rq>
asio::awaitable<void> take_all(responses<Rq> from, std::uint8_t how) {
  for (unsigned i = 0;; ++i) {
    auto const one = co_await from.next();
    if (!one) break;
    if (i == how % 8U) from.cancel();
    if (i == how / 16U) break;
  }
}
asio::awaitable<void> retrieve(association_ref over, std::uint8_t how) {
  if (how % 2 == 0) {
    auto from = co_await get(over, identifier());
    co_await take_all(std::move(from), how / 2);
  } else {
    auto from = co_await move(over, identifier(), ae_title{"THERE"});
    co_await take_all(std::move(from), how / 2);
  }
}
asio::awaitable<void> ask_things(association_ref over, std::uint8_t how) {
  n_action_rq rq;
  rq.requested_sop_class_uid = uid{things_uid};
  rq.requested_sop_instance_uid = "2.25.1";
  call_options options;
  if (how % 4 == 0) options.response_timeout = 200ms;
  auto const rsp = co_await over.request(rq, identifier(), options);
  if (rsp.has_data_set()) static_cast<void>(rsp.attributes());
}

/// Beside the program, where the window has room.
asio::awaitable<void> beside(world_ptr here, association_ref over, std::uint8_t how,
                             tally_ptr seen) {
  frame_guard const guard{here};
  try {
    if (how % 2 == 0) static_cast<void>(co_await over.request(c_echo_rq{}));
    else co_await find_some(over, how, seen);
  } catch (std::system_error const&) {  // the association has ended
  }
}

asio::awaitable<void> perform(world_ptr here, association& over, step one, tally_ptr seen) {
  switch (one.what % 10) {
    case 0: static_cast<void>(co_await echo(over)); break;
    case 1:
    case 2: co_await store_one(over, one.how, seen); break;
    case 3:
    case 4: co_await find_some(over, one.how, seen); break;
    case 5: co_await retrieve(over, one.how); break;
    case 6: co_await ask_things(over, one.how); break;
    case 7:
      asio::co_spawn(here->loop->executor(), beside(here, over, one.how, seen),
                     [](std::exception_ptr) {});
      break;
    case 8: co_await here->sleep(one.how * 50ms); break;
    default:
      if (one.how % 2 == 0) over.abort();
      else co_await over.release();
      break;
  }
}

asio::awaitable<void> program(world_ptr here, std::unique_ptr<stream> carrier,
                              association_options options, std::vector<step> steps,
                              tally_ptr seen) {
  frame_guard const guard{here};
  proposals wanted;
  for (auto const one : abstract_syntaxes) wanted.add(uid{one});
  wanted.role(uid{abstract_syntaxes[1]}, true, true);
  auto offered = perform_here(services{here});
  auto over = co_await associate(here->loop->executor(), std::move(carrier), "PEER",
                                 std::move(wanted), options, std::move(offered));
  bool const drop = !steps.empty() && steps.back().how > 200;
  for (step const one : steps) {
    try {
      co_await perform(here, over, one, seen);
    } catch (error const&) {
      if (!over.established()) throw;
    }
  }
  if (!drop) co_await over.release();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static constexpr std::size_t capacities[] = {65536, 64, 1000, 16};
  if (size < 4 || size > 4096) return 0;
  event_input in{data, size};
  auto const how = in.byte();
  auto const cancel_at = in.byte();

  bool done = false;
  std::exception_ptr thrown;
  asio::cancellation_signal cancel;
  testing::event_loop loop;
  auto const here = std::make_shared<world>(loop);
  auto const seen = std::make_shared<tally>();
  auto const options = options_of(in, *here);
  std::vector<step> steps(in.byte() % 8U);
  for (auto& one : steps) one = {in.byte(), in.byte()};
  auto both = testing::make_duplex(loop.executor(), capacities[how % 4]);
  if (how % 4 == 3) both.first->max_read(1);
  event_peer peer{loop, std::move(both.second), false};
  if (how / 4 % 8 != 0) peer.be_polite();

  asio::co_spawn(loop.executor(), program(here, std::move(both.first), options, steps, seen),
                 asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr failure) {
                   thrown = std::move(failure);
                   done = true;
                 }));
  peer.let_happen();
  for (unsigned i = 0; i < 200 && !in.empty(); ++i) {
    if (cancel_at % 4 == 1 && cancel_at / 16U == i)
      cancel.emit(cancel_at % 16 == 1 ? asio::cancellation_type::terminal
                                      : asio::cancellation_type::partial);
    peer.perform(in);
  }

  if (how / 32 == 7) return 0;  // the event loop goes away under everything
  peer.leave(how / 32);
  finish(loop, peer, [&] { return done && here->frames == 0; });
  try {
    if (thrown) std::rethrow_exception(thrown);
  } catch (std::system_error const&) {  // how associations end; anything else is a mistake
  }
  // The association's own coroutine ends without anybody waiting for it.
  auto const ended = loop.run_until([] { return false; }, {.turns = 1'000'000, .time = 1min});
  must(ended == testing::event_loop::ended::nothing_left);
  must(here->established == here->ended && here->sinks == 0);
  auto const sent = peer.sent_messages();
  auto const count = [&sent](std::uint16_t field, std::uint16_t status) {
    return std::ranges::count_if(sent, [=](received_message const& one) {
      return one.field() == field && one.status() == status;
    });
  };
  must(static_cast<std::ptrdiff_t>(seen->stored) <= count(0x8001, 0));
  check_stored(*here, peer);
  return 0;
}

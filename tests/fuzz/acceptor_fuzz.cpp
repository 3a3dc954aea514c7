// SPDX-License-Identifier: BSL-1.0
// A whole association as acceptor, all services behind it, against a peer that the input plays.
// Whatever it says, stops saying or breaks off: the association ends when its deadlines have
// passed, with all of its coroutines; what it sends is well-formed, nothing behind an A-ABORT; an
// object that is reported as stored is whole. Input: 1 byte how the peer begins and ends, 1 byte
// options, the request, then events.
#include "event_services.hpp"
#include <codimse/testing/portless_scp.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace {

using namespace codimse_fuzz;

using tested_scp = testing::portless_scp<services>;

/// When an association is over, so are its handlers.
asio::awaitable<void> serve(tested_scp& scp, world_ptr here, std::unique_ptr<stream> carrier) {
  static_cast<void>(co_await scp.serve(here->loop->executor(), std::move(carrier)));
  must(here->frames == 0 && here->sinks == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static constexpr std::size_t capacities[] = {65536, 64, 1000, 16};
  if (size < 4 || size > 4096) return 0;
  event_input in{data, size};
  auto const how = in.byte();

  testing::event_loop loop;
  auto const here = std::make_shared<world>(loop);
  tested_scp scp{options_of(in, *here), services{here}};
  auto both = testing::make_duplex(loop.executor(), capacities[how % 4]);
  if (how % 4 == 3) both.first->max_read(1);
  auto const served = loop.spawn(serve(scp, here, std::move(both.first)));
  event_peer peer{loop, std::move(both.second), true};
  if (how / 4 % 8 != 0) peer.request(in);
  peer.let_happen();
  for (unsigned left = 200; left > 0 && !in.empty(); --left) peer.perform(in);

  // The event loop may go away under everything: nothing may be left then, but what ASan finds.
  if (how / 32 == 7) return 0;
  peer.leave(how / 32);
  finish(loop, peer, [&] { return served->done; });
  served->take();
  check_stored(*here, peer);
  must(!peer.patient() || peer.said().at_boundary());
  return 0;
}

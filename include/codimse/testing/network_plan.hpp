// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/io/clock.hpp>
#include <codimse/testing/duplex_stream.hpp>
#include <codimse/testing/seeded_random.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace codimse::inline v0::testing {

/// What befalls a connection.
enum class mishap : std::uint8_t {
  reset,       ///< both ends fail, what is under way is lost
  close,       ///< this end is closed under its owner; the other reads what is under way, then eof
  half_close,  ///< this direction ends, the other goes on
  stall,   ///< nothing more goes this way, ever: the reader does not read, or the network is full
  pause,   ///< nothing goes this way for a while
  vanish,  ///< nothing goes either way, and the other end is told nothing for a while
};

[[nodiscard]] constexpr std::string_view name_of(mishap what) {
  constexpr std::array<std::string_view, 6> names{"reset", "close", "half-close",
                                                  "stall", "pause", "vanish"};
  return names[static_cast<std::size_t>(what)];
}

/// Where in one direction: before byte `offset` of PDU number `pdu`, its header counted, or before
/// the next PDU where this one is shorter. Both count from 0.
/// A value: distinct objects may be used from different threads.
struct pdu_place {
  std::size_t pdu = 0;
  std::size_t offset = 0;
  friend auto operator<=>(pdu_place const&, pdu_place const&) = default;
};

/// One mishap, and where.
/// A value: distinct objects may be used from different threads.
struct network_event {
  pdu_place at{};
  mishap what = mishap::reset;
  duration lasting{};  ///< of a pause, or until the other end of what vanished is told
};

/// What happens to one direction, as seen from one end.
/// A value: distinct objects may be used from different threads.
class direction_plan {
 public:
  std::vector<std::size_t> sizes;     ///< of reads or writes, in turn; none: as they come
  duration latency{};                 ///< behind each of them
  std::vector<network_event> events;  ///< in the order of their places
};

/// What happens at one end of a connection.
/// A value: distinct objects may be used from different threads.
class end_plan {
 public:
  direction_plan reading;
  direction_plan writing;

  [[nodiscard]] std::string describe() const {
    return "reading" + describe(reading) + ", writing" + describe(writing);
  }

 private:
  static std::string describe(direction_plan const& one) {
    std::string out;
    if (!one.sizes.empty()) out += " in pieces of";
    for (auto const size : one.sizes) out += " " + std::to_string(size);
    if (one.latency > duration::zero()) out += " slowly";
    for (auto const& event : one.events)
      out += " " + std::string{name_of(event.what)} + "@" + std::to_string(event.at.pdu) + "+" +
             std::to_string(event.at.offset);
    return out.empty() ? " as it comes" : out;
  }
};

/// How bad a network is, for plans that are drawn.
/// A value: distinct objects may be used from different threads.
struct weather {
  std::size_t most_events = 2;  ///< mishaps of one connection; 0: none
  std::size_t calm_one_in = 3;  ///< so many connections have none
  std::size_t last_pdu = 14;    ///< mishaps fall on the first so many PDUs of a direction
  bool deaf = true;             ///< also stalls and ends that vanish, which nothing ever tells of
  duration longest_pause = std::chrono::seconds{20};
  duration longest_latency = std::chrono::milliseconds{200};
};

/// A whole connection.
/// A value: distinct objects may be used from different threads.
class network_plan {
 public:
  std::size_t capacity = std::size_t{64} * 1024;  ///< bytes under way in each direction
  end_plan first;
  end_plan second;

  /// A plan drawn from a source of random numbers.
  [[nodiscard]] static network_plan draw(seeded_random& random, weather const& how = {}) {
    network_plan plan;
    if (random.one_in(8))
      plan.capacity =
          random.pick({std::size_t{1}, std::size_t{33}, std::size_t{300}, std::size_t{4096}});
    for (auto* const side : plan.directions()) draw_pieces(*side, random, how);
    if (how.calm_one_in != 0 && random.one_in(how.calm_one_in)) return plan;
    auto const events = how.most_events == 0 ? 0 : random.between(1, how.most_events);
    for (std::size_t i = 0; i < events; ++i) {
      auto& into = plan.directions()[random.below(4)]->events;
      into.push_back(draw_event(random, how));
      std::ranges::sort(into, {}, &network_event::at);
    }
    return plan;
  }

  [[nodiscard]] std::string describe() const {
    return "room for " + std::to_string(capacity) + "; first: " + first.describe() +
           "; second: " + second.describe();
  }

 private:
  [[nodiscard]] std::array<direction_plan*, 4> directions() {
    return {&first.reading, &first.writing, &second.reading, &second.writing};
  }
  static void draw_pieces(direction_plan& side, seeded_random& random, weather const& how) {
    switch (random.below(16)) {
      case 0: side.sizes = {1}; break;
      case 1:
        side.sizes = {random.between(1, 16), random.between(1, 16), random.between(1, 300)};
        break;
      case 2: side.sizes = {6, random.between(1, 6)}; break;
      case 3: side.latency = random.less_than(how.longest_latency); break;
      default: break;
    }
  }
  static network_event draw_event(seeded_random& random, weather const& how) {
    network_event event;
    event.at.pdu = random.below(random.between(1, how.last_pdu));
    // On the edges of headers (PDU 6 bytes, PDV 6 more), or anywhere.
    constexpr std::size_t edges[] = {0, 0, 1, 5, 6, 7, 11, 12, 13};
    event.at.offset = random.one_in(3) ? random.below(300) : random.pick(edges);
    event.what = static_cast<mishap>(random.below(6));
    bool const deaf = event.what == mishap::stall || event.what == mishap::vanish;
    if (deaf && !how.deaf) event.what = mishap::reset;
    event.lasting = std::chrono::milliseconds{1} + random.less_than(how.longest_pause);
    return event;
  }
};

}  // namespace codimse::inline v0::testing

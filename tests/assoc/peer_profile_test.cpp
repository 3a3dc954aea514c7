// SPDX-License-Identifier: BSL-1.0
// How profiles are found. What they do is in peer_profile_cases.cpp, and in tests/server.
#include <codimse/assoc/association.hpp>
#include <codimse/assoc/options.hpp>
#include <codimse/assoc/peer_profile.hpp>
#include <codimse/core/implementation.hpp>

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <type_traits>

// What docs/peer-profiles.md shows.
// [own-profiles]
constexpr std::array our_peers{
    // The worklist names no character set, and is in ISO 8859-5.
    codimse::peer_profile{.name = "RIS", .ae_title = "RIS", .character_set = "ISO_IR 144"},
    // A quirk that has a name, for a peer that is not recognised.
    codimse::find_peer_profile("no-window")->for_peer("CT1"),
    // Every device with this implementation.
    codimse::peer_profile{
        .name = "old MR", .implementation_class = "1.2.3.4.5", .max_sent_pdu_length = 16384},
};

codimse::association_options options_for_our_peers() {
  codimse::association_options options;
  options.peer_profiles = our_peers;
  return options;
}
// [/own-profiles]

namespace {

using namespace codimse;

static_assert(std::is_trivially_destructible_v<peer_profile>);
static_assert(std::is_trivially_destructible_v<association_options>);

constexpr uid ge{"1.2.840.113619.6.55"};

// All that is given must fit.
static_assert(peer_profile{}.fits("ANYONE"));
static_assert(peer_profile{.ae_title = "CT1"}.fits("CT1", ge, "VERSION"));
static_assert(!peer_profile{.ae_title = "CT1"}.fits("CT2"));
static_assert(peer_profile{.implementation_class = ge.view()}.fits("CT1", ge));
static_assert(!peer_profile{.implementation_class = ge.view()}.fits("CT1"));
static_assert(!peer_profile{.implementation_class = "1.2.840.113619.6.5"}.fits("CT1", ge));
static_assert(peer_profile{.implementation_version = "OLD_"}.fits("CT1", ge, "OLD_1"));
static_assert(!peer_profile{.implementation_version = "OLD_"}.fits("CT1", ge, "NEW_1"));
static_assert(!peer_profile{.implementation_version = "OLD_"}.fits("CT1"));
static_assert(!peer_profile{.ae_title = "CT1", .implementation_class = "1.2"}.fits("CT1", ge));

// By name, and given to a peer.
static_assert(find_peer_profile("horos") == &known_peers[1]);
static_assert(find_peer_profile("no-wildcard") != nullptr);
static_assert(find_peer_profile("no such device") == nullptr);
static_assert(find_peer_profile("") == nullptr);
static_assert(!find_peer_profile("ge-6.55")->for_peer("CT1").propose_window);
static_assert(find_peer_profile("ge-6.55")->for_peer("CT1").fits("CT1"));
static_assert(!find_peer_profile("ge-6.55")->for_peer("CT1").fits("CT2", ge));
static_assert(find_peer_profile("ge-6.55")->for_peer().fits("CT2"));

constexpr peer_profile const* chosen(association_options const& options, ae_title const& title,
                                     uid const& implementation = {}) {
  return detail::choose_profile(options.peer_profiles, options.use_known_peers, title,
                                implementation);
}

TEST(peer_profile, own_ones_are_looked_at_first_and_known_ones_can_be_switched_off) {
  std::array const own{peer_profile{.name = "first", .ae_title = "CT1"},
                       peer_profile{.name = "second", .ae_title = "CT1"},
                       peer_profile{.name = "third", .implementation_class = "1.2.3"}};
  association_options options;
  EXPECT_EQ(chosen(options, "CT1"), nullptr);
  EXPECT_EQ(chosen(options, "CT1", ge), &known_peers[0]);
  options.peer_profiles = own;
  EXPECT_EQ(chosen(options, "CT1", ge), &own[0]);
  EXPECT_EQ(chosen(options, "CT2", ge), &known_peers[0]);
  EXPECT_EQ(chosen(options, "CT2", "1.2.3"), &own[2]);
  options.use_known_peers = false;
  EXPECT_EQ(chosen(options, "CT2", ge), nullptr);
}

TEST(peer_profile, as_the_documentation_shows) {
  auto const options = options_for_our_peers();
  EXPECT_EQ(chosen(options, "RIS")->character_set, "ISO_IR 144");
  EXPECT_FALSE(chosen(options, "CT1")->propose_window);
  EXPECT_EQ(chosen(options, "MR7", "1.2.3.4.5")->name, "old MR");
  EXPECT_EQ(chosen(options, "MR7"), nullptr);
}

// A table that nobody can read again is no use: names are distinct, each known peer can be
// recognised, and each profile does something.
TEST(peer_profile, tables_are_in_order) {
  auto const does_something = [](peer_profile const& one) {
    return !one.propose_window || !one.require_role_selection || one.max_pdu_length != 0 ||
           one.max_sent_pdu_length != 0 || !one.universal_wildcard || !one.character_set.empty();
  };
  for (auto const& one : known_peers) {
    EXPECT_TRUE(uid{one.implementation_class}.valid()) << one.name;
    EXPECT_TRUE(one.ae_title.empty()) << one.name;
    EXPECT_TRUE(does_something(one)) << one.name;
    EXPECT_EQ(find_peer_profile(one.name), &one);
  }
  for (auto const& one : named_quirks) {
    EXPECT_TRUE(one.ae_title.empty() && one.implementation_class.empty()) << one.name;
    EXPECT_TRUE(does_something(one)) << one.name;
    EXPECT_EQ(find_peer_profile(one.name), &one);
  }
}

TEST(peer_profile, lengths_that_carry_nothing_are_refused) {
  for (std::uint32_t const length : {1U, 7U}) {
    std::array const received{peer_profile{.max_pdu_length = length}};
    std::array const sent{peer_profile{.max_sent_pdu_length = length}};
    association_options options;
    options.peer_profiles = received;
    EXPECT_THROW(detail::check_options(options), error);
    options.peer_profiles = sent;
    EXPECT_THROW(detail::check_options(options), error);
  }
}

// Quirk 4 of docs/peer-profiles.md: "no limit" is never what we announce.
TEST(peer_profile, an_unlimited_length_is_never_offered) {
  association_options options;
  options.max_pdu_length = 0;
  EXPECT_THROW(detail::check_options(options), error);
}

}  // namespace

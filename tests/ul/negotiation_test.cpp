// SPDX-License-Identifier: BSL-1.0
#include <codimse/pdu/codec.hpp>
#include <codimse/ul/negotiation.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace {

using namespace codimse;

constexpr std::string_view implicit_le = "1.2.840.10008.1.2";
constexpr std::string_view explicit_le = "1.2.840.10008.1.2.1";
constexpr std::string_view jpeg = "1.2.840.10008.1.2.4.50";
constexpr std::string_view verification = "1.2.840.10008.1.1";
constexpr std::string_view ct = "1.2.840.10008.5.1.4.1.1.2";
constexpr std::string_view mr = "1.2.840.10008.5.1.4.1.1.4";
constexpr std::string_view private_class = "1.2.3.4.5";

constexpr std::string_view both_le[] = {explicit_le, implicit_le};
constexpr std::string_view only_implicit[] = {implicit_le};

static_assert(ul::detail::smaller_window(0, 0) == 0);  // 0: no limit
static_assert(ul::detail::smaller_window(0, 5) == 5 && ul::detail::smaller_window(5, 0) == 5);
static_assert(ul::detail::smaller_window(2, 3) == 2 && ul::detail::smaller_window(3, 2) == 2);

using proposals = std::vector<pdu::presentation_context_rq>;

pdu::associate_rq request(proposals contexts = {{1, ct, {implicit_le}, {}}}) {
  pdu::associate_rq rq;
  rq.called = ae_title{"SCP"}.to_field();
  rq.calling = ae_title{"SCU"}.to_field();
  rq.contexts = std::move(contexts);
  rq.user.maximum_length = 16384;
  rq.user.implementation_class = uid{"1.2.3"};
  return rq;
}

/// Supports CT with both little endian syntaxes and Verification with the implicit one.
ul::acceptor_policy policy() {
  ul::acceptor_policy out;
  out.own_ae_title = "SCP";
  out.support = [](uid const& abstract) -> std::optional<ul::abstract_syntax_support> {
    if (abstract == uid{ct}) return ul::abstract_syntax_support{.transfer_syntaxes = both_le};
    if (abstract == uid{verification})
      return ul::abstract_syntax_support{.transfer_syntaxes = only_implicit};
    return {};
  };
  return out;
}

pdu::associate_ac accepted(pdu::associate_rq const& rq, ul::acceptor_policy const& how) {
  auto const answer = ul::negotiate(rq, how);
  EXPECT_TRUE(std::holds_alternative<pdu::associate_ac>(answer));
  return std::get<pdu::associate_ac>(answer);
}

std::optional<pdu::associate_rj> rejected(pdu::associate_rq const& rq,
                                          ul::acceptor_policy const& how) {
  auto const answer = ul::negotiate(rq, how);
  if (auto const* const rj = std::get_if<pdu::associate_rj>(&answer)) return *rj;
  return {};
}

// --- what leads to a rejection
// --------------------------------------------------------------------

TEST(negotiate, protocol_version) {
  auto rq = request();
  for (unsigned const good : {0x0001U, 0x0003U, 0xFFFFU}) {
    rq.protocol_version = static_cast<std::uint16_t>(good);
    EXPECT_FALSE(ul::unacceptable(rq)) << good;
  }
  for (unsigned const bad : {0x0000U, 0x0002U, 0xFFFEU}) {
    rq.protocol_version = static_cast<std::uint16_t>(bad);
    EXPECT_EQ(ul::unacceptable(rq), (pdu::associate_rj{1, 2, 2})) << bad;
  }
}

TEST(negotiate, application_context) {
  auto rq = request();
  for (uid const& other : {uid{"1.2.840.10008.3.1.1.2"}, uid{}}) {
    rq.application_context = other;
    EXPECT_EQ(rejected(rq, policy()), (pdu::associate_rj{1, 1, 2}));
  }
  EXPECT_EQ(accepted(request(), policy()).application_context, uid{"1.2.840.10008.3.1.1.1"});
}

TEST(negotiate, called_ae_title) {
  auto rq = request();
  auto how = policy();
  rq.called = ae_title{"OTHER"}.to_field();
  EXPECT_FALSE(rejected(rq, how));  // not checked unless asked for
  how.require_called_ae_title = true;
  EXPECT_EQ(rejected(rq, how), (pdu::associate_rj{1, 1, 7}));
  rq.called = ae_title{"scp"}.to_field();
  EXPECT_EQ(rejected(rq, how), (pdu::associate_rj{1, 1, 7}));  // case counts
  rq.called = {' ', ' ', 'S', 'C', 'P', ' '};                  // spaces and NULs around do not
  EXPECT_FALSE(rejected(rq, how));
}

TEST(negotiate, calling_ae_title) {
  auto how = policy();
  how.calling_ae_titles = {"FRIEND", "SCU"};
  EXPECT_FALSE(rejected(request(), how));
  how.calling_ae_titles = {"FRIEND"};
  EXPECT_EQ(rejected(request(), how), (pdu::associate_rj{1, 1, 3}));
  auto rq = request();
  rq.calling = ae_title{}.to_field();
  EXPECT_EQ(rejected(rq, how), (pdu::associate_rj{1, 1, 3}));
}

TEST(negotiate, context_ids) {
  EXPECT_TRUE(ul::valid_context_ids(request({})));
  EXPECT_TRUE(
      ul::valid_context_ids(request({{255, ct, {}, {}}, {1, ct, {}, {}}, {3, ct, {}, {}}})));
  EXPECT_FALSE(ul::valid_context_ids(request({{0, ct, {}, {}}})));
  EXPECT_FALSE(ul::valid_context_ids(request({{1, ct, {}, {}}, {2, ct, {}, {}}})));
  EXPECT_FALSE(ul::valid_context_ids(request({{1, ct, {}, {}}, {3, ct, {}, {}}, {1, mr, {}, {}}})));

  proposals all;
  for (unsigned id = 1; id < 256; id += 2)
    all.push_back({static_cast<std::uint8_t>(id), ct, {implicit_le}, {}});
  EXPECT_EQ(all.size(), ul::max_contexts);
  EXPECT_TRUE(ul::valid_context_ids(request(all)));
  all.push_back({1, ct, {implicit_le}, {}});  // no 129th can be valid
  EXPECT_FALSE(ul::valid_context_ids(request(all)));
}

// --- presentation contexts
// ------------------------------------------------------------------------

TEST(negotiate, every_context_is_answered_by_its_id) {
  auto const rq = request({{7, mr, {implicit_le}, {}},
                           {3, ct, {jpeg}, {}},
                           {5, verification, {explicit_le, implicit_le}, {}},
                           {9, ct, {}, {}},
                           {11, uid{}, {implicit_le}, {}},
                           {13, ct, {implicit_le}, {}},
                           {15, ct, {explicit_le}, {}}});
  auto const ac = accepted(rq, policy());
  ASSERT_EQ(ac.contexts.size(), 7U);
  std::vector<std::pair<unsigned, unsigned>> results;
  for (auto const& one : ac.contexts) results.emplace_back(one.id, one.result);
  EXPECT_EQ(results, (std::vector<std::pair<unsigned, unsigned>>{
                         {7, 3}, {3, 4}, {5, 0}, {9, 4}, {11, 3}, {13, 0}, {15, 0}}));
  EXPECT_EQ(ac.contexts[2].transfer_syntax, uid{implicit_le});
  EXPECT_EQ(ac.contexts[5].transfer_syntax, uid{implicit_le});
  EXPECT_EQ(ac.contexts[6].transfer_syntax, uid{explicit_le});
  // The sub-item must be there even where it means nothing.
  for (auto const& one : ac.contexts) EXPECT_TRUE(one.transfer_syntax);
}

TEST(negotiate, whose_order_of_transfer_syntaxes) {
  auto how = policy();  // ours: explicit, implicit
  auto const rq = request({{1, ct, {jpeg, implicit_le, explicit_le}, {}}});
  how.transfer_syntax_preference = ul::preference::requestor;
  EXPECT_EQ(accepted(rq, how).contexts[0].transfer_syntax, uid{implicit_le});
  how.transfer_syntax_preference = ul::preference::acceptor;
  EXPECT_EQ(accepted(rq, how).contexts[0].transfer_syntax, uid{explicit_le});
}

TEST(negotiate, an_overlong_transfer_syntax_is_not_its_first_64_characters) {
  static std::string const longest = "1." + std::string(62, '2');
  static std::string_view const ours[] = {longest};
  ul::acceptor_policy how;
  how.support = [](uid const&) { return ul::abstract_syntax_support{.transfer_syntaxes = ours}; };
  for (auto const order : {ul::preference::requestor, ul::preference::acceptor}) {
    how.transfer_syntax_preference = order;
    EXPECT_EQ(accepted(request({{1, ct, {longest + "3"}, {}}}), how).contexts[0].result, 4);
    EXPECT_EQ(accepted(request({{1, ct, {longest}, {}}}), how).contexts[0].result, 0);
  }
}

TEST(negotiate, all_refused_is_still_an_acceptance) {
  auto const rq = request({{1, mr, {implicit_le}, {}}, {3, ct, {jpeg}, {}}});
  auto const ac = accepted(rq, policy());
  EXPECT_FALSE(ul::agree(rq, ac).any_accepted());
  EXPECT_TRUE(accepted(request({}), policy()).contexts.empty());
  ul::acceptor_policy const knows_nothing;
  EXPECT_EQ(accepted(request(), knows_nothing).contexts[0].result, 3);
}

TEST(negotiate, private_and_any_abstract_syntaxes) {
  auto how = policy();
  how.support = [](uid const& abstract) -> std::optional<ul::abstract_syntax_support> {
    if (!abstract.valid()) return {};
    return ul::abstract_syntax_support{.transfer_syntaxes = only_implicit};
  };
  auto const ac = accepted(
      request({{1, private_class, {implicit_le}, {}}, {3, "not a uid", {implicit_le}, {}}}), how);
  EXPECT_EQ(ac.contexts[0].result, 0);
  EXPECT_EQ(ac.contexts[1].result, 3);
}

TEST(negotiate, reserved_fields_of_the_request_come_back) {
  auto rq = request();
  rq.called = {'S', 'C', 'P', '\0', '\x1B'};
  rq.reserved.fill(std::byte{0x77});
  auto const ac = accepted(rq, policy());
  EXPECT_EQ(ac.called, rq.called);
  EXPECT_EQ(ac.calling, rq.calling);
  EXPECT_EQ(ac.reserved, rq.reserved);
  EXPECT_EQ(ac.protocol_version, 1);
}

// --- user information
// -----------------------------------------------------------------------------

TEST(negotiate, own_values_are_always_told) {
  auto how = policy();
  how.max_length = 65536;
  auto rq = request();
  rq.user = {};  // no 51H, no 52H: taken
  auto const user = accepted(rq, how).user;
  EXPECT_EQ(user.maximum_length, 65536U);
  EXPECT_EQ(user.implementation_class, implementation_class_uid);
  EXPECT_EQ(user.implementation_version, implementation_version_name);
  EXPECT_FALSE(user.window);
  EXPECT_TRUE(user.roles.empty() && user.extended.empty() && user.common.empty());
  EXPECT_FALSE(user.identity || user.identity_response);
  static_assert(ul::default_max_length != 0);
  EXPECT_EQ(ul::acceptor_policy{}.max_length, ul::default_max_length);
}

TEST(negotiate, window_is_answered_only_when_asked_for) {
  auto how = policy();
  how.operations_performed = 8;
  how.operations_invoked = 2;
  EXPECT_FALSE(accepted(request(), how).user.window);
  struct row {
    pdu::async_operations_window asked, answered;
  };
  for (auto const& [asked, answered] :
       {row{{1, 1}, {1, 1}}, row{{16, 16}, {8, 2}}, row{{0, 0}, {8, 2}}, row{{3, 1}, {3, 1}}}) {
    auto rq = request();
    rq.user.window = asked;
    EXPECT_EQ(accepted(rq, how).user.window, answered) << asked.invoked;
  }
  how.operations_performed = 0;  // no limit of ours: what was asked for
  auto rq = request();
  rq.user.window = {5, 5};
  EXPECT_EQ(accepted(rq, how).user.window, (pdu::async_operations_window{5, 2}));
  rq.user.window = {0, 5};
  EXPECT_EQ(accepted(rq, how).user.window, (pdu::async_operations_window{0, 2}));
  EXPECT_EQ(accepted(rq, policy()).user.window, (pdu::async_operations_window{1, 1}));
}

TEST(negotiate, extended_negotiation_is_answered_where_understood) {
  auto how = policy();
  auto rq = request();
  rq.user.extended = {{ct, {std::byte{1}}}, {mr, {std::byte{2}}}};
  EXPECT_TRUE(accepted(rq, how).user.extended.empty());  // nobody to ask: defaults
  how.extended =
      [](pdu::extended_negotiation const& item) -> std::optional<std::vector<std::byte>> {
    if (item.sop_class != uid{ct}) return {};
    return std::vector{item.information.at(0), std::byte{9}};
  };
  EXPECT_EQ(accepted(rq, how).user.extended,
            (std::vector<pdu::extended_negotiation>{{ct, {std::byte{1}, std::byte{9}}}}));
  EXPECT_TRUE(accepted(request(), how).user.extended.empty());
}

TEST(negotiate, common_extended_negotiation_relates_an_unknown_class) {
  auto rq = request({{1, private_class, {explicit_le}, {}}, {3, mr, {explicit_le}, {}}});
  EXPECT_EQ(accepted(rq, policy()).contexts[0].result, 3);
  rq.user.common = {{private_class, "1.2.840.10008.4.2", {mr, ct}, {}},
                    {"9.9", "1.2.840.10008.4.2", {ct}, {}}};
  auto const ac = accepted(rq, policy());
  EXPECT_EQ(ac.contexts[0].result, 0);  // as CT
  EXPECT_EQ(ac.contexts[1].result, 3);  // related to nothing
  EXPECT_TRUE(ac.user.common.empty());  // never answered
  rq.user.common = {{private_class, "1.2.840.10008.4.2", {}, {}}};
  EXPECT_EQ(accepted(rq, policy()).contexts[0].result, 3);
}

// --- 54H, row by row (PS3.7 D.3.3.4)
// --------------------------------------------------------------

struct roles {
  std::uint8_t scu, scp;
  friend bool operator==(roles, roles) = default;
};

/// The roles of the requestor after proposal and answer, from raw items.
roles agreed_roles(std::optional<roles> proposed, std::optional<roles> answered) {
  auto rq = request();
  auto ac = accepted(rq, policy());
  if (proposed) rq.user.roles = {{ct, proposed->scu, proposed->scp}};
  if (answered) ac.user.roles = {{ct, answered->scu, answered->scp}};
  auto const context = *ul::agree(rq, ac).find(1);
  return {context.requestor_scu, context.requestor_scp};
}

TEST(roles, the_table_row_by_row) {
  roles const scu{1, 0}, scp{0, 1}, both{1, 1}, neither{0, 0};
  EXPECT_EQ(agreed_roles({}, {}), scu);
  for (auto const& any : {scu, scp, both, neither}) {
    EXPECT_EQ(agreed_roles({}, any), scu);  // an answer that nobody asked for
    EXPECT_EQ(agreed_roles(any, {}), scu);
    EXPECT_EQ(agreed_roles(any, neither), neither);
  }
  EXPECT_EQ(agreed_roles(both, both), both);
  EXPECT_EQ(agreed_roles(both, scu), scu);
  EXPECT_EQ(agreed_roles(both, scp), scp);
  EXPECT_EQ(agreed_roles(scu, scu), scu);
  EXPECT_EQ(agreed_roles(scp, scp), scp);
  // A role that was not proposed is not taken.
  EXPECT_EQ(agreed_roles(scu, both), scu);
  EXPECT_EQ(agreed_roles(scp, both), scp);
  EXPECT_EQ(agreed_roles(scu, scp), neither);
}

TEST(roles, the_acceptor_grants_what_it_is_willing_to_take) {
  for (bool const as_scp : {false, true})
    for (bool const as_scu : {false, true})
      for (std::uint8_t scu = 0; scu < 3; ++scu)
        for (std::uint8_t scp = 0; scp < 3; ++scp) {
          ul::acceptor_policy how;
          how.support = [&](uid const&) {
            return ul::abstract_syntax_support{both_le, as_scp, as_scu};
          };
          auto rq = request();
          rq.user.roles = {{ct, scu, scp}};
          EXPECT_EQ(
              accepted(rq, how).user.roles,
              (std::vector<pdu::role_selection>{{ct, static_cast<std::uint8_t>(scu == 1 && as_scp),
                                                 static_cast<std::uint8_t>(scp == 1 && as_scu)}}));
        }
}

TEST(roles, answered_only_for_known_classes_that_asked) {
  auto rq = request({{1, ct, {implicit_le}, {}}, {3, verification, {implicit_le}, {}}});
  rq.user.roles = {{mr, 1, 1}, {ct, 1, 0}};
  auto const ac = accepted(rq, policy());
  EXPECT_EQ(ac.user.roles, (std::vector<pdu::role_selection>{{ct, 1, 0}}));
  auto const agreed = ul::agree(rq, ac);
  EXPECT_TRUE(agreed.find(3)->requestor_scu);  // defaults for the others
  EXPECT_FALSE(agreed.find(3)->requestor_scp);
}

// --- what both sides then know
// --------------------------------------------------------------------

TEST(agree, contexts_are_matched_by_id) {
  auto const rq = request({{5, ct, {implicit_le}, {}},
                           {1, ct, {explicit_le}, {}},
                           {3, mr, {implicit_le}, {}},
                           {7, verification, {implicit_le}, {}}});
  pdu::associate_ac ac;
  ac.contexts = {{3, 3, uid{implicit_le}, {}},
                 {1, 0, uid{explicit_le}, {}},
                 {99, 0, uid{implicit_le}, {}},  // never proposed: ignored
                 {5, 0, uid{implicit_le}, {}}};
  auto const agreed = ul::agree(rq, ac);
  ASSERT_EQ(agreed.contexts.size(), 4U);
  EXPECT_EQ(agreed.contexts[0].id, 5);
  EXPECT_EQ(agreed.contexts[0].transfer_syntax, uid{implicit_le});
  EXPECT_EQ(agreed.contexts[1].id, 1);
  EXPECT_EQ(agreed.contexts[1].transfer_syntax, uid{explicit_le});
  EXPECT_EQ(agreed.contexts[2].result, 3);
  EXPECT_TRUE(agreed.contexts[2].transfer_syntax.empty());
  EXPECT_EQ(agreed.contexts[3].result, 2);  // not answered at all
  EXPECT_EQ(agreed.find(99), nullptr);
  EXPECT_TRUE(agreed.any_accepted());
}

TEST(agree, a_transfer_syntax_never_proposed_is_not_accepted) {
  auto const rq = request({{1, ct, {implicit_le, jpeg}, {}}});
  auto const result_for = [&](std::optional<uid> const& chosen) {
    pdu::associate_ac ac;
    ac.contexts = {{1, 0, chosen, {}}};
    return ul::agree(rq, ac).contexts[0];
  };
  EXPECT_TRUE(result_for(uid{jpeg}).accepted());
  for (auto const& odd : {std::optional{uid{explicit_le}}, std::optional{uid{}},
                          std::optional{uid{"unknown"}}, std::optional<uid>{}}) {
    auto const context = result_for(odd);
    EXPECT_FALSE(context.accepted());
    EXPECT_TRUE(context.transfer_syntax.empty());
  }
}

TEST(agree, refused_contexts_in_every_form) {
  auto const rq = request({{1, ct, {implicit_le}, {}}});
  for (auto const& form : {std::optional<uid>{}, std::optional{uid{}},
                           std::optional{uid{"unknown"}}, std::optional{uid{implicit_le}}})
    for (unsigned const result : {1U, 2U, 3U, 4U, 255U}) {
      pdu::associate_ac ac;
      ac.contexts = {{1, static_cast<std::uint8_t>(result), form, {}}};
      auto const agreed = ul::agree(rq, ac);
      EXPECT_EQ(agreed.contexts[0].result, result);
      EXPECT_TRUE(agreed.contexts[0].transfer_syntax.empty());
      EXPECT_FALSE(agreed.any_accepted());
    }
}

TEST(agree, find) {
  auto const rq = request({{1, ct, {jpeg}, {}},
                           {3, ct, {explicit_le}, {}},
                           {5, ct, {implicit_le}, {}},
                           {7, verification, {explicit_le}, {}}});
  auto const agreed = ul::agree(rq, accepted(rq, policy()));
  EXPECT_EQ(agreed.find(uid{ct})->id, 3);
  EXPECT_EQ(agreed.find(uid{ct}, uid{implicit_le})->id, 5);
  EXPECT_EQ(agreed.find(uid{ct}, uid{jpeg}), nullptr);
  EXPECT_EQ(agreed.find(uid{verification}), nullptr);  // refused
  EXPECT_EQ(agreed.find(uid{mr}), nullptr);
  EXPECT_EQ(agreed.find(7)->result, 4);
  EXPECT_EQ(agreed.find(2), nullptr);
}

TEST(agree, maximum_lengths_are_per_direction) {
  auto rq = request();
  auto ac = accepted(rq, policy());
  rq.user.maximum_length = 0;  // no limit
  ac.user.maximum_length = 4096;
  auto const agreed = ul::agree(rq, ac);
  EXPECT_EQ(agreed.requestor_max_length, 0U);
  EXPECT_EQ(agreed.acceptor_max_length, 4096U);

  rq.user.maximum_length.reset();
  ac.user.maximum_length.reset();
  auto const untold = ul::agree(rq, ac);
  EXPECT_EQ(untold.requestor_max_length, 16384U);
  EXPECT_EQ(untold.acceptor_max_length, 16384U);
}

TEST(agree, window) {
  using window = std::optional<pdu::async_operations_window>;
  auto const agreed = [](window const& asked, window const& answered) {
    auto rq = request();
    auto ac = accepted(rq, policy());
    rq.user.window = asked;
    ac.user.window = answered;
    auto const out = ul::agree(rq, ac);
    return pdu::async_operations_window{out.invoked, out.performed};
  };
  pdu::async_operations_window const synchronous{1, 1};
  EXPECT_EQ(agreed({}, {}), synchronous);
  EXPECT_EQ(agreed({{9, 9}}, {}), synchronous);
  EXPECT_EQ(agreed({}, {{9, 9}}), synchronous);
  EXPECT_EQ(agreed({{9, 3}}, {{4, 2}}), (pdu::async_operations_window{4, 2}));
  EXPECT_EQ(agreed({{0, 0}}, {{0, 7}}), (pdu::async_operations_window{0, 7}));
  EXPECT_EQ(agreed({{2, 2}}, {{5, 0}}), (pdu::async_operations_window{2, 2}));  // more than asked
}

TEST(agree, names_and_implementations) {
  auto rq = request();
  auto ac = accepted(rq, policy());
  ac.called = {};  // reserved in the answer: never tested
  auto agreed = ul::agree(rq, ac);
  EXPECT_EQ(agreed.calling, ae_title{"SCU"});
  EXPECT_EQ(agreed.called, ae_title{"SCP"});
  EXPECT_EQ(agreed.requestor_implementation, uid{"1.2.3"});
  EXPECT_EQ(agreed.acceptor_implementation, implementation_class_uid);
  rq.user.implementation_class.reset();
  ac.user.implementation_class.reset();
  agreed = ul::agree(rq, ac);
  EXPECT_TRUE(agreed.requestor_implementation.empty() && agreed.acceptor_implementation.empty());
}

TEST(agree, both_sides_see_the_same) {
  auto rq = request({{1, ct, {jpeg, explicit_le}, {}}, {3, mr, {implicit_le}, {}}});
  rq.user.roles = {{ct, 1, 1}};
  rq.user.window = {3, 3};
  auto const ac = accepted(rq, policy());
  // What the other side decodes.
  auto const rq_bytes = pdu::encode(rq);
  auto const ac_bytes = pdu::encode(ac);
  auto const body = [](auto const& bytes) { return std::span{bytes}.subspan(6); };
  auto const there = ul::agree(*pdu::decode<pdu::associate_rq>(body(rq_bytes)), ac);
  auto const here = ul::agree(rq, *pdu::decode<pdu::associate_ac>(body(ac_bytes)));
  ASSERT_EQ(here.contexts.size(), there.contexts.size());
  for (std::size_t i = 0; i < here.contexts.size(); ++i) {
    EXPECT_EQ(here.contexts[i].id, there.contexts[i].id);
    EXPECT_EQ(here.contexts[i].result, there.contexts[i].result);
    EXPECT_EQ(here.contexts[i].requestor_scu, there.contexts[i].requestor_scu);
    EXPECT_EQ(here.contexts[i].requestor_scp, there.contexts[i].requestor_scp);
    EXPECT_EQ(here.contexts[i].abstract_syntax, there.contexts[i].abstract_syntax);
    EXPECT_EQ(here.contexts[i].transfer_syntax, there.contexts[i].transfer_syntax);
  }
  EXPECT_EQ(here.invoked, there.invoked);
  EXPECT_EQ(here.performed, there.performed);
}

}  // namespace

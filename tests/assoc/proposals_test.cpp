// SPDX-License-Identifier: BSL-1.0
#include <codimse/assoc/proposals.hpp>
#include <codimse/pdu/associate.hpp>
#include <codimse/sop/storage.hpp>
#include <codimse/sop/verification.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace codimse;

constexpr auto echo = "1.2.840.10008.1.1";
constexpr auto ct = "1.2.840.10008.5.1.4.1.1.2";
constexpr auto explicit_little = "1.2.840.10008.1.2.1";
constexpr auto implicit_little = "1.2.840.10008.1.2";
constexpr auto jpeg_ls = "1.2.840.10008.1.2.4.80";

static_assert(std::is_convertible_v<sop_class, proposals>);
static_assert(std::is_convertible_v<decltype(sop::all_storage), proposals>);

pdu::associate_rq filled(proposals const& wanted) {
  pdu::associate_rq request;
  wanted.fill(request);
  return request;
}
std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> out;
  for (int const one : values) out.push_back(static_cast<std::byte>(one));
  return out;
}

TEST(proposals, nothing_by_default) {
  proposals const none;
  EXPECT_EQ(none.size(), 0U);
  EXPECT_FALSE(none.contains(echo, implicit_little));
  EXPECT_FALSE(none.contains({}, {}));
  EXPECT_EQ(filled(none), pdu::associate_rq{});
}

TEST(proposals, a_sop_class_gets_the_default_transfer_syntaxes) {
  auto const request = filled(sop::verification);
  ASSERT_EQ(request.contexts.size(), 1U);
  EXPECT_EQ(request.contexts[0].id, 1);
  EXPECT_EQ(request.contexts[0].abstract_syntax, uid{echo});
  EXPECT_EQ(request.contexts[0].transfer_syntaxes,
            (std::vector<uid>{explicit_little, implicit_little}));
}

TEST(proposals, a_list_keeps_its_order) {
  auto const request = filled(sop::mr_image_storage + sop::ct_image_storage + sop::verification);
  ASSERT_EQ(request.contexts.size(), 3U);
  EXPECT_EQ(request.contexts[0].abstract_syntax, uid{"1.2.840.10008.5.1.4.1.1.4"});
  EXPECT_EQ(request.contexts[1].abstract_syntax, uid{ct});
  EXPECT_EQ(request.contexts[2].abstract_syntax, uid{echo});
}

TEST(proposals, given_transfer_syntaxes_stand_alone_and_in_order) {
  proposals wanted;
  wanted.add(ct, jpeg_ls).add(ct, implicit_little, std::string{explicit_little}, uid{jpeg_ls});
  auto const request = filled(wanted);
  ASSERT_EQ(request.contexts.size(), 2U);  // never merged: each context can have one answer
  EXPECT_EQ(request.contexts[0].transfer_syntaxes, std::vector<uid>(1, uid{jpeg_ls}));
  EXPECT_EQ(request.contexts[1].transfer_syntaxes,
            (std::vector<uid>{implicit_little, explicit_little, jpeg_ls}));
}

TEST(proposals, ids_are_odd_up_to_255) {
  proposals wanted;
  for (unsigned i = 1; i <= 128; ++i) wanted.add("2.25." + std::to_string(i));
  EXPECT_EQ(wanted.size(), 128U);
  auto const request = filled(wanted);
  ASSERT_EQ(request.contexts.size(), 128U);
  for (unsigned i = 0; i < 128; ++i) {
    EXPECT_EQ(request.contexts[i].id, 2 * i + 1);
    EXPECT_EQ(request.contexts[i].abstract_syntax, uid{"2.25." + std::to_string(i + 1)});
  }
  EXPECT_EQ(request.contexts.back().id, 255);
  EXPECT_TRUE(ul::valid_context_ids(request));
}

TEST(proposals, contains_asks_for_the_pair_in_one_context) {
  proposals wanted{sop::verification};
  wanted.add(ct, jpeg_ls);
  EXPECT_TRUE(wanted.contains(echo, explicit_little));
  EXPECT_TRUE(wanted.contains(echo, implicit_little));
  EXPECT_TRUE(wanted.contains(ct, jpeg_ls));
  EXPECT_FALSE(wanted.contains(echo, jpeg_ls));
  EXPECT_FALSE(wanted.contains(ct, explicit_little));
  EXPECT_FALSE(wanted.contains("1.2.840.10008.5.1.4.1.1.22", jpeg_ls));  // only a prefix of it
  EXPECT_FALSE(wanted.contains(ct, {}));
}

TEST(proposals, sub_items_end_up_in_the_request) {
  proposals wanted{sop::ct_image_storage};
  pdu::common_extended_negotiation const common{
      ct, "1.2.840.10008.4.2", std::vector<uid>(1, uid{"1.2.3"}), {}};
  pdu::user_identity_rq const who{2, 1, bytes({'m', 'e'}), bytes({'x'})};
  wanted.role(ct, true, false).role(echo, false, true);
  wanted.extended({ct, bytes({1, 2})}).extended({echo, {}});
  wanted.common_extended(common).identity(who);

  auto const user = filled(wanted).user;
  EXPECT_EQ(user.roles, (std::vector<pdu::role_selection>{{ct, 1, 0}, {echo, 0, 1}}));
  EXPECT_EQ(user.extended,
            (std::vector<pdu::extended_negotiation>{{ct, bytes({1, 2})}, {echo, {}}}));
  EXPECT_EQ(user.common, std::vector<pdu::common_extended_negotiation>(1, common));
  ASSERT_TRUE(user.identity.has_value());
  EXPECT_EQ(*user.identity, who);
}

TEST(proposals, the_last_identity_counts) {
  proposals wanted{sop::verification};
  wanted.identity({1, 0, bytes({'a'}), {}}).identity({5, 0, bytes({'b'}), {}});
  EXPECT_EQ(filled(wanted).user.identity->type, 5);
}

TEST(proposals, filling_replaces_what_is_theirs_and_leaves_the_rest) {
  auto request = filled(sop::all_storage);
  request.user.maximum_length = 4096;
  request.user.roles.push_back({ct, 1, 1});
  request.called = ae_title{"PEER"}.to_field();
  proposals{sop::verification}.fill(request);
  EXPECT_EQ(request.contexts.size(), 1U);
  EXPECT_TRUE(request.user.roles.empty());
  EXPECT_EQ(request.user.maximum_length, 4096U);
  EXPECT_EQ(request.called_ae_title(), ae_title{"PEER"});
}

}  // namespace

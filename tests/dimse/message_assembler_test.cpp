// SPDX-License-Identifier: BSL-1.0
#include <codimse/dimse/message_assembler.hpp>
#include <codimse/dimse/messages.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace {

using namespace codimse;
using kind = message_assembler::kind;
using bytes = std::vector<std::byte>;

bytes echo_command(bool with_data_set = false) {
  c_echo_rq rq;
  rq.message_id = 9;
  byte_writer out;
  encode_command(out, rq, with_data_set);
  return std::move(out).take();
}
bytes data_set() {
  bytes out;
  for (int i = 0; i < 21; ++i) out.push_back(static_cast<std::byte>(i));
  return out;
}
std::span<std::byte const> part(bytes const& whole, std::size_t from, std::size_t to) {
  return std::span{whole}.subspan(from, to - from);
}
constexpr pdu::message_control command_part{true, false};
constexpr pdu::message_control command_end{true, true};
constexpr pdu::message_control data_goes_on{false, false};
constexpr pdu::message_control data_end{false, true};

TEST(message_assembler, without_a_data_set) {
  auto const command = echo_command();
  message_assembler it;
  for (int i = 0; i < 3; ++i) {
    auto const step = it.fragment(3, command_end, command, true);
    ASSERT_EQ(step.kind, kind::command);
    EXPECT_TRUE(step.last);
    EXPECT_EQ(step.context_id, 3);
    EXPECT_EQ(step.command.message_id(), 9);
    EXPECT_FALSE(it.in_message());
  }
}

TEST(message_assembler, every_split) {
  auto const command = echo_command(true);
  auto const data = data_set();
  for (std::size_t i = 0; i <= command.size(); ++i) {
    for (std::size_t j = 0; j <= data.size(); ++j) {
      message_assembler it;
      // The first cut makes two fragments, the second two slices of one fragment.
      EXPECT_EQ(it.fragment(1, command_part, part(command, 0, i), true).kind, kind::nothing);
      EXPECT_TRUE(it.in_message());
      auto const full = it.fragment(1, command_end, part(command, i, command.size()), true);
      ASSERT_EQ(full.kind, kind::command);
      EXPECT_FALSE(full.last);
      auto const first = it.fragment(1, data_end, part(data, 0, j), false);
      EXPECT_EQ(first.kind, kind::data);
      EXPECT_FALSE(first.last);                    // the PDV is not complete yet
      EXPECT_EQ(first.bytes.data(), data.data());  // not a copy
      auto const second = it.fragment(1, data_end, part(data, j, data.size()), true);
      EXPECT_TRUE(second.last);
      EXPECT_EQ(first.bytes.size() + second.bytes.size(), data.size());
      EXPECT_FALSE(it.in_message());
    }
  }
}

TEST(message_assembler, one_byte_at_a_time) {
  auto const command = echo_command(true);
  auto const data = data_set();
  message_assembler it;
  for (std::size_t i = 0; i < command.size(); ++i) {
    bool const end = i + 1 == command.size();
    auto const step =
        it.fragment(1, end ? command_end : command_part, part(command, i, i + 1), true);
    EXPECT_EQ(step.kind, end ? kind::command : kind::nothing);
  }
  for (std::size_t i = 0; i < data.size(); ++i) {
    bool const end = i + 1 == data.size();
    auto const step = it.fragment(1, end ? data_end : data_goes_on, part(data, i, i + 1), true);
    EXPECT_EQ(step.last, end);
  }
}

TEST(message_assembler, empty_fragments) {
  auto const command = echo_command(true);
  message_assembler it;
  EXPECT_EQ(it.fragment(1, command_part, {}, true).kind, kind::nothing);
  EXPECT_EQ(it.fragment(1, command_part, command, true).kind, kind::nothing);
  EXPECT_EQ(it.fragment(1, command_end, {}, true).kind, kind::command);
  EXPECT_EQ(it.fragment(1, data_goes_on, {}, true).kind, kind::data);
  auto const end = it.fragment(1, data_end, {}, true);
  EXPECT_TRUE(end.last);
  EXPECT_TRUE(end.bytes.empty());
}

TEST(message_assembler, last_bit_counts_with_the_end_of_its_fragment) {
  auto const command = echo_command();
  message_assembler it;
  EXPECT_EQ(it.fragment(1, command_end, part(command, 0, 10), false).kind, kind::nothing);
  EXPECT_EQ(it.fragment(1, command_end, part(command, 10, command.size()), true).kind,
            kind::command);
}

TEST(message_assembler, protocol_errors) {
  auto const command = echo_command(true);
  {  // data first
    message_assembler it;
    auto const step = it.fragment(1, data_end, command, true);
    EXPECT_EQ(step.kind, kind::error);
    EXPECT_EQ(step.failure, errc::unexpected_pdu_parameter);
  }
  {  // another context within the command, and within the data set
    message_assembler it;
    static_cast<void>(it.fragment(1, command_part, part(command, 0, 4), true));
    EXPECT_EQ(it.fragment(3, command_end, part(command, 4, 8), true).failure,
              errc::invalid_pdu_parameter);
    message_assembler other;
    static_cast<void>(other.fragment(1, command_end, command, true));
    EXPECT_EQ(other.fragment(3, data_end, {}, true).failure, errc::invalid_pdu_parameter);
  }
  {  // a data fragment within the command, a command within the data set
    message_assembler it;
    static_cast<void>(it.fragment(1, command_part, part(command, 0, 4), true));
    EXPECT_EQ(it.fragment(1, data_end, {}, true).failure, errc::unexpected_pdu_parameter);
    message_assembler other;
    static_cast<void>(other.fragment(1, command_end, command, true));
    EXPECT_EQ(other.fragment(1, command_end, command, true).failure,
              errc::unexpected_pdu_parameter);
  }
  {  // a command set that ends too early, or is empty
    message_assembler it;
    EXPECT_EQ(it.fragment(1, command_end, part(command, 0, 13), true).failure,
              errc::invalid_command_set);
    message_assembler other;
    EXPECT_EQ(other.fragment(1, command_end, {}, true).failure, errc::invalid_command_set);
  }
}

TEST(message_assembler, limits) {
  auto const command = echo_command(true);
  limits bounds;
  bounds.command_set_length = static_cast<std::uint32_t>(command.size());
  bounds.data_set_length = 10;
  message_assembler it{bounds};
  EXPECT_EQ(it.fragment(1, command_end, command, true).kind, kind::command);
  bytes const data(10);
  EXPECT_EQ(it.fragment(1, data_goes_on, data, true).kind, kind::data);
  EXPECT_EQ(it.fragment(1, data_goes_on, part(data, 0, 1), true).failure, errc::limit_exceeded);

  bounds.command_set_length -= 1;
  message_assembler tight{bounds};
  static_cast<void>(tight.fragment(1, command_part, part(command, 0, 40), true));
  EXPECT_EQ(tight.fragment(1, command_end, part(command, 40, command.size()), true).failure,
            errc::invalid_command_set);
}

}  // namespace

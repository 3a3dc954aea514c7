// SPDX-License-Identifier: BSL-1.0
#include <codimse/dimse/c_store.hpp>
#include <codimse/dimse/command_dump.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace {

using namespace codimse;
using namespace std::string_view_literals;

std::string dumped(byte_writer const& bytes) {
  auto const parsed = command_set::parse(bytes.view());
  EXPECT_TRUE(parsed.has_value());
  return parsed ? dump_command(*parsed) : std::string{};
}
void add(byte_writer& out, std::uint16_t element, std::string_view value, std::uint16_t group = 0) {
  out.little(group);
  out.little(element);
  out.little(static_cast<std::uint32_t>(value.size()));
  out.text(value);
}
/// Is there a line that begins and ends so?
::testing::AssertionResult has_line(std::string const& dump, std::string_view start,
                                    std::string_view end) {
  std::string_view rest = dump;
  while (!rest.empty()) {
    auto const line = rest.substr(0, rest.find('\n'));
    if (line.starts_with(start) && line.ends_with(end)) return ::testing::AssertionSuccess();
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  return ::testing::AssertionFailure() << start << " ... " << end << " not in\n" << dump;
}

TEST(CommandDump, Request) {
  c_store_rq request;
  request.message_id = 7;
  request.affected_sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
  request.affected_sop_instance_uid = "1.2.3";
  byte_writer bytes;
  encode_command(bytes, request, true);
  auto const dump = dumped(bytes);
  EXPECT_TRUE(has_line(dump, "(0000,0000) UL ", "4, 1 CommandGroupLength"));
  EXPECT_TRUE(has_line(dump, "(0000,0002) UI [1.2.840.10008.5.1.4.1.1.2] CT Image Storage ",
                       "26, 1 AffectedSOPClassUID"));
  EXPECT_TRUE(has_line(dump, "(0000,0100) US 1 = 0001H C-STORE-RQ ", "2, 1 CommandField"));
  EXPECT_TRUE(has_line(dump, "(0000,0110) US 7 ", "2, 1 MessageID"));
  EXPECT_TRUE(has_line(dump, "(0000,0700) US 0 MEDIUM ", "2, 1 Priority"));
  EXPECT_TRUE(has_line(dump, "(0000,0800) US 1 = 0001H a data set follows ", "CommandDataSetType"));
}

TEST(CommandDump, Response) {
  byte_writer bytes;
  add(bytes, command_element::command_field, "\x01\x80"sv);
  add(bytes, command_element::command_data_set_type, "\x01\x01"sv);
  add(bytes, command_element::status, "\x01\xA7"sv);
  add(bytes, command_element::offending_element, "\x10\0\x10\0\x28\0\x10\0"sv);
  auto const dump = dumped(bytes);
  EXPECT_TRUE(has_line(dump, "(0000,0100) US 32769 = 8001H C-STORE-RSP ", "CommandField"));
  EXPECT_TRUE(has_line(dump, "(0000,0800) US 257 = 0101H no data set ", "CommandDataSetType"));
  EXPECT_TRUE(has_line(dump, "(0000,0900) US 42753 = A701H Refused: out of resources ", "Status"));
  EXPECT_TRUE(has_line(dump, "(0000,0901) AT (0010,0010)\\(0028,0010)", "2 OffendingElement"));
}

TEST(CommandDump, WhatDoesNotBelongThere) {
  byte_writer bytes;
  add(bytes, command_element::command_field, "\x34\x12"sv);
  add(bytes, command_element::status, "\x99\x99"sv);
  add(bytes, command_element::priority, "\x09\0"sv);
  add(bytes, command_element::message_id, "\x09"sv);
  add(bytes, command_element::error_comment, "\x07[2J\nforged");
  add(bytes, 0x7777, "\x1B\n");
  add(bytes, 0x1140, "ab", 0x0008);
  auto const dump = dumped(bytes);
  EXPECT_TRUE(has_line(dump, "(0000,0100) US 4660 = 1234H unknown command ", "CommandField"));
  EXPECT_TRUE(has_line(dump, "(0000,0900) US 39321 = 9999H  ", "Status"));
  EXPECT_TRUE(has_line(dump, "(0000,0700) US 9  ", "Priority"));
  EXPECT_TRUE(has_line(dump, "(0000,0110) US ", "MessageID"));
  EXPECT_TRUE(has_line(dump, "(0000,0902) LO [\\x07[2J\\nforged] ", "ErrorComment"));
  EXPECT_TRUE(has_line(dump, "(0000,7777) UN 1B\\0A ", "1 (unknown)"));
  EXPECT_TRUE(has_line(dump, "(0008,1140) UN ", "1 ReferencedImageSequence"));
  EXPECT_EQ(dump.find('\x1B'), std::string::npos);
}

TEST(CommandDump, Nothing) { EXPECT_TRUE(dump_command({}).empty()); }

}  // namespace

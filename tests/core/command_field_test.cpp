// SPDX-License-Identifier: BSL-1.0
#include <codimse/core/command_field.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

using codimse::command_field;
using codimse::command_name;
using codimse::response_to;

static_assert(response_to(command_field::c_store_rq) == 0x8001);
static_assert(response_to(command_field::n_delete_rq) == 0x8150);
static_assert(codimse::is_response(0x8030) && !codimse::is_response(0x0030));
static_assert(codimse::is_response(0xFFFF) && !codimse::is_response(0x7FFF));

static_assert(codimse::is_dimse_c(command_field::c_store_rq));
static_assert(codimse::is_dimse_c(command_field::c_echo_rq));
static_assert(codimse::is_dimse_c(command_field::c_cancel_rq));
static_assert(!codimse::is_dimse_c(command_field::n_event_report_rq));
static_assert(!codimse::is_dimse_c(command_field::n_delete_rq));

TEST(command_field, names_of_all_codes) {
  std::map<unsigned, std::string> const names{
      // PS3.7 Annex E
      {0x0001, "C-STORE-RQ"},   {0x8001, "C-STORE-RSP"},       {0x0010, "C-GET-RQ"},
      {0x8010, "C-GET-RSP"},    {0x0020, "C-FIND-RQ"},         {0x8020, "C-FIND-RSP"},
      {0x0021, "C-MOVE-RQ"},    {0x8021, "C-MOVE-RSP"},        {0x0030, "C-ECHO-RQ"},
      {0x8030, "C-ECHO-RSP"},   {0x0100, "N-EVENT-REPORT-RQ"}, {0x8100, "N-EVENT-REPORT-RSP"},
      {0x0110, "N-GET-RQ"},     {0x8110, "N-GET-RSP"},         {0x0120, "N-SET-RQ"},
      {0x8120, "N-SET-RSP"},    {0x0130, "N-ACTION-RQ"},       {0x8130, "N-ACTION-RSP"},
      {0x0140, "N-CREATE-RQ"},  {0x8140, "N-CREATE-RSP"},      {0x0150, "N-DELETE-RQ"},
      {0x8150, "N-DELETE-RSP"}, {0x0FFF, "C-CANCEL-RQ"},
  };
  for (unsigned code = 0; code <= 0xFFFF; ++code) {
    auto const known = names.find(code);
    ASSERT_EQ(command_name(static_cast<std::uint16_t>(code)),
              known == names.end() ? "unknown command" : known->second)
        << std::hex << code;
  }
}

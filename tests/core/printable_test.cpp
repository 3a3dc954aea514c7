// SPDX-License-Identifier: BSL-1.0
#include <codimse/core/error.hpp>
#include <codimse/core/printable.hpp>

#include <gtest/gtest.h>

#include <string_view>

namespace {

using namespace codimse;
using namespace std::string_view_literals;

TEST(Printable, NothingControlsATerminal) {
  EXPECT_EQ(printable("plain \\ \xC3\xA4 \xE5\xB1\xB1"), "plain \\ \xC3\xA4 \xE5\xB1\xB1");
  EXPECT_EQ(printable("\x1B[31m\r\n\t\x7F\0"sv), "\\x1B[31m\\r\\n\\t\\x7F\\x00");
  EXPECT_EQ(printable("\xC2\x9B"), "\\x9B");                // CSI of the C1 set
  EXPECT_EQ(printable("a\xE2\x80\xAEz"), "a\\u202Ez");      // right-to-left override
  EXPECT_EQ(printable("\xFF\xC3"), "\\xFF\\xC3");           // no UTF-8
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xED\\xA0\\x80");  // a surrogate
  EXPECT_EQ(printable("12345678", 4), "1234...");
  EXPECT_EQ(printable("1234", 4), "1234");
  EXPECT_EQ(printable("\xC3\xA4\xC3\xA4\xC3\xA4", 3), "\xC3\xA4\xC3\xA4...");  // whole characters
}

/// Whatever a path, a host name or a peer brings into it.
TEST(Printable, SoIsEveryError) {
  error const one{errc::connect_failed, "cannot connect to a\x1B]0;x\a\n\xC2\x9B\x80\0b"sv};
  EXPECT_STREQ(one.what(), "cannot connect to a\\x1B]0;x\\x07\\n\\x9B\\x80\\x00b");
  error const two{std::make_error_code(std::errc::io_error), "/data/\xC3\xA4\r.dcm"};
  EXPECT_STREQ(two.what(), "/data/\xC3\xA4\\r.dcm");
}

}  // namespace

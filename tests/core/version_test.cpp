#include <codimse/version.hpp>

#include <gtest/gtest.h>

#include <string>

TEST(version, text_and_numbers_agree) {
  std::string const numbers = std::to_string(codimse::version_major) + "." +
                              std::to_string(codimse::version_minor) + "." +
                              std::to_string(codimse::version_patch);
  EXPECT_EQ(codimse::version_string, numbers);
  static_assert(CODIMSE_VERSION == codimse::version_major * 10000 + codimse::version_minor * 100 +
                                       codimse::version_patch);
}

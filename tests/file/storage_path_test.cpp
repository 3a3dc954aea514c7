// SPDX-License-Identifier: BSL-1.0
#include <codimse/file/storage_path.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace {

using namespace codimse;
using namespace std::string_view_literals;

std::string const longest_valid = "1." + std::string(62, '9');
std::string const one_too_long = "1." + std::string(63, '9');

std::string_view const hostile[] = {""sv,
                                    "."sv,
                                    ".."sv,
                                    "..."sv,
                                    "/"sv,
                                    "//"sv,
                                    "../"sv,
                                    "../../etc/passwd"sv,
                                    "/etc/passwd"sv,
                                    "1.2/../3"sv,
                                    "1.2/3"sv,
                                    "1.2.3/"sv,
                                    "\\"sv,
                                    "..\\.."sv,
                                    "1\\2"sv,
                                    "C:\\1.2"sv,
                                    "~"sv,
                                    "1.2.3\0"sv,
                                    "1\0.2"sv,
                                    "\0"sv,
                                    "1.2\0/../.."sv,
                                    one_too_long,
                                    "01"sv,
                                    "1.02"sv,
                                    "1.00"sv,
                                    "00"sv,
                                    "1..2"sv,
                                    ".1"sv,
                                    "1."sv,
                                    " "sv,
                                    " 1.2"sv,
                                    "1.2 "sv,
                                    "1 .2"sv,
                                    "1.2\n"sv,
                                    "1.2\t"sv,
                                    "1.2.a"sv,
                                    "A"sv,
                                    "-1"sv,
                                    "+1"sv,
                                    "1,2"sv,
                                    "1%2e2"sv,
                                    "%2e%2e"sv,
                                    "1.2;rm"sv,
                                    "$HOME"sv,
                                    "*"sv,
                                    "con"sv,
                                    "\xC2\xB2"sv,
                                    "1.\xE2\x80\xA4.2"sv,
                                    "\xEF\xBC\x91.2"sv,
                                    "\xFF"sv,
                                    "\x80"sv,
                                    "1.2\x7F"sv,
                                    "\xC0\xAE\xC0\xAE\xC0\xAF"sv};
std::string_view const valid[] = {"0"sv,     "1"sv,       "1.2.3"sv,    "0.0"sv,
                                  "1.0.2"sv, "2.25.10"sv, longest_valid};

object_info object(std::string_view instance, std::string_view study = {}) {
  object_info info;
  info.sop_instance = uid{instance};
  info.study_instance = uid{study};
  return info;
}

TEST(storage_path, hostile_instances_get_no_path) {
  for (auto const text : hostile) {
    for (auto const layout : {file_layout::flat, file_layout::by_study}) {
      auto const path = storage_path(object(text, "1.2.3"), layout);
      EXPECT_FALSE(path.has_value()) << "'" << text << "' became " << *path;
      EXPECT_EQ(path.error(), errc::invalid_uid) << "'" << text << "'";
    }
  }
}

TEST(storage_path, hostile_studies_are_unknown) {
  for (auto const text : hostile) {
    auto const path = storage_path(object("1.2.3", text), file_layout::by_study);
    ASSERT_TRUE(path.has_value()) << "'" << text << "'";
    EXPECT_EQ(*path, "unknown-study/1.2.3.dcm") << "'" << text << "'";
  }
}

TEST(storage_path, valid_ones) {
  for (auto const text : valid) {
    auto const name = std::string{text} + ".dcm";
    EXPECT_EQ(*storage_path(object(text), file_layout::flat), name);
    EXPECT_EQ(*storage_path(object(text, "9.8"), file_layout::flat), name);
    EXPECT_EQ(*storage_path(object(text, "9.8"), file_layout::by_study), "9.8/" + name);
    EXPECT_EQ(*storage_path(object("9.8", text), file_layout::by_study),
              std::string{text} + "/9.8.dcm");
  }
}

TEST(storage_path, stays_below_any_root) {
  for (auto const instance : valid)
    for (auto const study : hostile) {
      auto const path = storage_path(object(instance, study), file_layout::by_study);
      std::filesystem::path const relative = *path;
      EXPECT_TRUE(relative.is_relative());
      EXPECT_EQ(relative.lexically_normal(), relative);
      EXPECT_NE(*relative.begin(), "..");
    }
}

TEST(storage_path, what_the_wire_pads_is_not_part_of_the_name) {
  object_info info;
  info.sop_instance = uid::from_wire("1.2.3\0"sv);
  info.study_instance = uid::from_wire("4.5 "sv);
  EXPECT_EQ(*storage_path(info, file_layout::by_study), "4.5/1.2.3.dcm");
}

TEST(storage_path, a_cut_uid_is_none) {
  // The first 64 characters alone would be the name of another object.
  EXPECT_EQ(uid{one_too_long}.view().size(), 64U);
  EXPECT_EQ(storage_path(object(one_too_long), file_layout::flat).error(), errc::invalid_uid);
}

}  // namespace

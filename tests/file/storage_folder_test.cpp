// SPDX-License-Identifier: BSL-1.0
#include "file/files.hpp"
#include <codimse/file/part10_sink.hpp>
#include <codimse/file/storage_folder.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace {

using namespace codimse_test;
namespace fs = std::filesystem;
using names = std::vector<std::string>;

object_info object(std::string_view instance) {
  object_info info;
  info.sop_class = uid{ct_class};
  info.sop_instance = uid{instance};
  info.study_instance = "9.8";
  info.transfer_syntax = uid{explicit_little};
  return info;
}

TEST(storage_folder, is_made_with_those_above) {
  temporary_folder const folder;
  make_storage_folder(folder / "a/b", durability::file_and_folder);
  make_storage_folder(folder / "a/b");
  EXPECT_TRUE(fs::is_directory(folder / "a/b"));
  put(folder / "file", {});
  EXPECT_THROW(make_storage_folder(folder / "file"), error);
  EXPECT_THROW(make_storage_folder(folder / "file/x"), error);
}

TEST(storage_folder, leftovers_go_and_nothing_else) {
  temporary_folder const folder;
  fs::create_directories(folder / "study/deeper");
  temporary_folder const elsewhere;
  put(elsewhere / ".codimse-1-1.part", {});
  fs::create_directory_symlink(elsewhere.path(), folder / "link");
  fs::create_symlink(elsewhere / ".codimse-1-1.part", folder / ".codimse-1-9.part");
  for (auto const* const name : {".codimse-1-1.part", "study/.codimse-1-2.part"})
    put(folder / name, as_bytes("left"));
  names const others{".codimse-1-9.part",
                     ".hidden.part",
                     "1.2.dcm",
                     "1.part",
                     ".codimse-1-x.part",
                     "study/1.dcm.part",
                     "study/deeper/.codimse-1-3.part"};
  for (auto const& name : others)
    if (!fs::is_symlink(folder / name)) put(folder / name, as_bytes("kept"));

  EXPECT_EQ(remove_leftovers(folder.path(), 0), 0U);
  EXPECT_EQ(remove_leftovers(folder.path()), 2U);
  EXPECT_EQ(remove_leftovers(folder.path()), 0U);
  EXPECT_EQ(remove_leftovers(folder / "none"), 0U);
  for (auto const& name : others) EXPECT_TRUE(fs::exists(folder / name)) << name;
  EXPECT_TRUE(fs::exists(elsewhere / ".codimse-1-1.part"));
}

TEST(storage_folder, what_is_being_written_stays) {
  temporary_folder const folder;
  part10_sink sink{folder.path(), {.layout = file_layout::by_study}};
  ASSERT_FALSE(sink.open(object("1.2")).is_failure());
  EXPECT_EQ(remove_leftovers(folder.path()), 0U);
  ASSERT_FALSE(sink.commit().is_failure());
  EXPECT_EQ(remove_leftovers(folder.path()), 0U);
  EXPECT_EQ(folder.files(), names(1, "9.8/1.2.dcm"));
}

}  // namespace

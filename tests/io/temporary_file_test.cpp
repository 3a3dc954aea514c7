// SPDX-License-Identifier: BSL-1.0
#include "file/files.hpp"
#include <codimse/io/temporary_file.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <set>
#include <string>
#include <sys/file.h>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace codimse_test;
using codimse::detail::file;
using codimse::detail::is_temporary_name;
using codimse::detail::make_folders;
using codimse::detail::temporary_file;
using codimse::detail::temporary_name;
namespace fs = std::filesystem;
using names = std::vector<std::string>;

void put_into(temporary_file& to, std::string_view text) {
  std::array const piece{as_bytes(text)};
  EXPECT_FALSE(to.write(piece));
}

TEST(temporary_file, names) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    auto const name = temporary_name();
    EXPECT_TRUE(is_temporary_name(name)) << name;
    EXPECT_TRUE(seen.insert(name).second);
  }
  for (auto const* const other :
       {"", ".part", ".codimse-.part", ".codimse-1.part", ".codimse-1-.part", ".codimse--1.part",
        ".codimse-1-2-3.part", ".codimse-1-x.part", ".codimse-a-2.part", "codimse-1-2.part",
        ".codimse-1-2.part2", "a.codimse-1-2.part", ".codimse-1-2.dcm", ".codimse-part",
        ".codimse-1 2.part", "1.2.3.dcm"})
    EXPECT_FALSE(is_temporary_name(other)) << other;
  EXPECT_TRUE(is_temporary_name(".codimse-1-2.part"));
}

TEST(temporary_file, has_its_lock_until_it_has_its_name) {
  temporary_folder const folder;
  temporary_file one;
  ASSERT_FALSE(one.create_beside((folder / "final").string()));
  put_into(one, "text");
  auto const all = folder.files();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(is_temporary_name(all[0]));
  EXPECT_FALSE(file::remove_unless_locked((folder / all[0]).string()));

  temporary_file moved{std::move(one)};
  one.discard();
  EXPECT_FALSE(file::remove_unless_locked((folder / all[0]).string()));
  ASSERT_FALSE(moved.place((folder / "final").string(), false, durability::none));
  EXPECT_EQ(folder.files(), names(1, "final"));
  moved.discard();  // too late
  EXPECT_EQ(folder.files(), names(1, "final"));
  EXPECT_TRUE(file::remove_unless_locked((folder / "final").string()));
}

TEST(temporary_file, leaves_nothing_when_it_ends) {
  temporary_folder const folder;
  {
    temporary_file one;
    ASSERT_FALSE(one.create_beside((folder / "final").string()));
    temporary_file other;
    ASSERT_FALSE(other.create_beside((folder / "final").string()));
    EXPECT_EQ(folder.files().size(), 2U);
    other = std::move(one);
    ASSERT_FALSE(other.create_beside((folder / "final").string()));  // gives up the first
  }
  EXPECT_TRUE(folder.files().empty());
}

TEST(temporary_file, what_a_killed_writer_left_can_be_removed) {
  temporary_folder const folder;
  auto const left = folder / temporary_name();
  put(left, as_bytes("half an obj"));
  fs::create_directory(folder / temporary_name());
  fs::create_symlink(left, folder / temporary_name());
  int removed = 0;
  for (auto const& name : fs::directory_iterator{folder.path()})
    if (name.path() != left) removed += file::remove_unless_locked(name.path().string()) ? 1 : 0;
  EXPECT_EQ(removed, 0) << "a folder and a link stay";
  EXPECT_TRUE(file::remove_unless_locked(left.string()));
  EXPECT_FALSE(file::remove_unless_locked(left.string()));
}

TEST(temporary_file, one_that_cleans_up_does_no_harm_to_one_that_writes) {
  temporary_folder const folder;
  std::atomic<bool> over = false;
  int failures = 0;
  std::jthread const cleans{[&] {
    while (!over)
      for (auto const& name : folder.files())
        if (is_temporary_name(name)) file::remove_unless_locked((folder / name).string());
  }};
  for (int i = 0; i < 500; ++i) {
    temporary_file one;
    failures += one.create_beside((folder / "final").string()) ? 1 : 0;
    put_into(one, "text");
    failures += one.place((folder / "final").string(), i % 2 == 0, durability::none) ==
                        std::errc::no_such_file_or_directory
                    ? 1
                    : 0;
  }
  over = true;
  EXPECT_EQ(failures, 0);
}

TEST(temporary_file, makes_folders) {
  temporary_folder const folder;
  bool made = false;
  for (bool const durable : {false, true}) {
    auto const root = folder / (durable ? "a" : "b");
    EXPECT_FALSE(make_folders(root / "c/d/", durable, made));
    EXPECT_TRUE(made);
    EXPECT_TRUE(fs::is_directory(root / "c/d"));
    EXPECT_FALSE(make_folders(root / "c/d", durable, made));
    EXPECT_FALSE(made);
  }
  put(folder / "file", {});
  EXPECT_EQ(make_folders(folder / "file/below", true, made), std::errc::not_a_directory);
  EXPECT_FALSE(made);
}

}  // namespace

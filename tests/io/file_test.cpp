// SPDX-License-Identifier: BSL-1.0
#include "file/files.hpp"
#include <codimse/io/file.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace codimse_test;
using codimse::detail::file;
using views = std::vector<std::span<std::byte const>>;

static_assert(!std::is_copy_constructible_v<file>);
static_assert(std::is_nothrow_move_constructible_v<file>);

void put_text(std::filesystem::path const& path, std::string_view text) {
  put(path, as_bytes(text));
}
bytes_t text_bytes(std::string_view text) {
  auto const all = as_bytes(text);
  return {all.begin(), all.end()};
}

TEST(file, creates_only_what_is_not_there) {
  temporary_folder const folder;
  auto const path = (folder / "new").string();
  file one;
  EXPECT_FALSE(one.is_open());
  ASSERT_FALSE(one.create(path));
  EXPECT_TRUE(one.is_open());
  file other;
  EXPECT_EQ(other.create(path), std::errc::file_exists);
  EXPECT_FALSE(other.is_open());
  EXPECT_EQ(other.create((folder / "none/new").string()), std::errc::no_such_file_or_directory);
  EXPECT_EQ(other.create(path + "/below"), std::errc::not_a_directory);
  // A link that leads nowhere is there too: nobody is made to write elsewhere.
  std::filesystem::create_symlink(folder / "target", folder / "link");
  EXPECT_EQ(other.create((folder / "link").string()), std::errc::file_exists);
  EXPECT_FALSE(std::filesystem::exists(folder / "target"));
}

TEST(file, writes_any_number_of_pieces) {
  temporary_folder const folder;
  for (std::size_t const count : {0U, 1U, 2U, 63U, 64U, 65U, 127U, 128U, 129U, 200U}) {
    bytes_t expected;
    views pieces;
    auto const data = pattern(1000);
    for (std::size_t i = 0; i < count; ++i) {
      auto const size = i % 3 == 0 ? 0 : i * 4;  // every third is empty
      pieces.push_back(std::span{data}.first(size));
      expected = expected + bytes_t(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(size));
    }
    auto const path = folder / std::to_string(count);
    file out;
    ASSERT_FALSE(out.create(path.string()));
    ASSERT_FALSE(out.write(pieces));
    ASSERT_FALSE(out.close());
    EXPECT_EQ(content_of(path), expected) << count;
  }
}

TEST(file, writes_on_where_it_stopped) {
  temporary_folder const folder;
  file out;
  ASSERT_FALSE(out.create((folder / "f").string()));
  for (auto const* text : {"ab", "", "c"}) {
    std::array const piece{as_bytes(text)};
    EXPECT_FALSE(out.write(piece));
  }
  views const only_empty(130);
  EXPECT_FALSE(out.write(only_empty));
  EXPECT_EQ(content_of(folder / "f"), text_bytes("abc"));  // nothing is held back until close
}

TEST(file, writes_large_pieces) {
  temporary_folder const folder;
  auto const data = pattern(5'000'000);
  views const pieces{std::span{data}.first(1), {}, std::span{data}.subspan(1)};
  file out;
  ASSERT_FALSE(out.create((folder / "f").string()));
  ASSERT_FALSE(out.write(pieces));
  EXPECT_TRUE(content_of(folder / "f") == data);
}

TEST(file, closed_or_never_opened_fails) {
  std::array const piece{as_bytes("a")};
  file none;
  EXPECT_EQ(none.write(piece), std::errc::bad_file_descriptor);
  EXPECT_FALSE(none.close());
  EXPECT_FALSE(none.close());
  bytes_t into(1);
  std::array const place{std::span{into}};
  EXPECT_EQ(none.read_at(0, place).error, std::errc::bad_file_descriptor);
  std::uint64_t size = 7;
  EXPECT_EQ(none.size(size), std::errc::bad_file_descriptor);
  EXPECT_EQ(size, 7U);
}

TEST(file, reads_at_offsets) {
  temporary_folder const folder;
  put_text(folder / "f", "0123456789");
  file in;
  ASSERT_FALSE(in.open_to_read((folder / "f").string()));
  struct {
    std::uint64_t offset;
    std::string_view got;
  } const rows[] = {{0, "01234"}, {5, "56789"},           {7, "789"}, {9, "9"}, {10, ""},
                    {11, ""},     {1'000'000'000'000, ""}};
  for (auto const& row : rows) {
    bytes_t a(2), none, b(3);
    std::array const places{std::span{a}, std::span{none}, std::span{b}};
    auto const got = in.read_at(row.offset, places);
    EXPECT_FALSE(got.error);
    EXPECT_EQ(got.bytes, row.got.size()) << row.offset;
    auto both = a + b;
    both.resize(got.bytes);
    EXPECT_EQ(both, text_bytes(row.got)) << row.offset;
  }
  bytes_t one(1);
  std::array const place{std::span{one}};
  EXPECT_TRUE(in.read_at(std::numeric_limits<std::uint64_t>::max(), place).error);
  auto const nothing = in.read_at(0, {});
  EXPECT_EQ(nothing.bytes, 0U);
  EXPECT_FALSE(nothing.error);
}

TEST(file, reads_into_64_pieces_at_a_time) {
  temporary_folder const folder;
  put(folder / "f", pattern(200));
  file in;
  ASSERT_FALSE(in.open_to_read((folder / "f").string()));
  bytes_t into(200);
  std::vector<std::span<std::byte>> places;
  for (std::size_t i = 0; i < 200; ++i) places.push_back(std::span{into}.subspan(i, 1));
  std::uint64_t done = 0;
  while (done < 200) {
    auto const got = in.read_at(done, std::span{places}.subspan(done));
    ASSERT_GT(got.bytes, 0U);
    done += got.bytes;
  }
  EXPECT_EQ(done, 200U);
  EXPECT_EQ(into, pattern(200));
}

TEST(file, size_is_that_of_regular_files_only) {
  temporary_folder const folder;
  put(folder / "f", pattern(12345));
  file in;
  std::uint64_t size = 0;
  ASSERT_FALSE(in.open_to_read((folder / "f").string()));
  ASSERT_FALSE(in.size(size));
  EXPECT_EQ(size, 12345U);
  ASSERT_FALSE(in.open_to_read(folder.path().string()));  // opening lets go of what was open
  EXPECT_EQ(in.size(size), std::errc::is_a_directory);
  EXPECT_EQ(in.open_to_read((folder / "none").string()), std::errc::no_such_file_or_directory);
  EXPECT_FALSE(in.is_open());
}

TEST(file, replaces) {
  temporary_folder const folder;
  auto const path = [&](char const* name) { return (folder / name).string(); };
  put_text(folder / "new", "new");
  EXPECT_FALSE(file::replace(path("new"), path("final")));
  put_text(folder / "newer", "newer");
  EXPECT_FALSE(file::replace(path("newer"), path("final")));
  EXPECT_EQ(content_of(folder / "final"), text_bytes("newer"));
  EXPECT_EQ(folder.files(), (std::vector<std::string>{"final"}));
  EXPECT_EQ(file::replace(path("none"), path("final")), std::errc::no_such_file_or_directory);
  EXPECT_EQ(content_of(folder / "final"), text_bytes("newer"));
}

TEST(file, claims_a_name_once) {
  temporary_folder const folder;
  auto const path = [&](char const* name) { return (folder / name).string(); };
  put_text(folder / "a", "a");
  put_text(folder / "b", "b");
  EXPECT_FALSE(file::claim(path("a"), path("final")));
  EXPECT_EQ(file::claim(path("b"), path("final")), std::errc::file_exists);
  EXPECT_EQ(content_of(folder / "final"), text_bytes("a"));
  EXPECT_EQ(folder.files(), (std::vector<std::string>{"b", "final"}));  // the loser keeps its own
  std::filesystem::create_directory(folder / "folder");
  EXPECT_EQ(file::claim(path("b"), path("folder")), std::errc::file_exists);
}

TEST(file, removes_what_is_there) {
  temporary_folder const folder;
  put_text(folder / "f", "f");
  file::remove((folder / "f").string());
  file::remove((folder / "f").string());
  EXPECT_TRUE(folder.files().empty());
}

TEST(file, moving_hands_over_the_descriptor) {
  temporary_folder const folder;
  file first;
  ASSERT_FALSE(first.create((folder / "f").string()));
  file second{std::move(first)};
  EXPECT_TRUE(second.is_open());
  std::array const piece{as_bytes("x")};
  EXPECT_FALSE(second.write(piece));
  file third;
  third = std::move(second);
  EXPECT_FALSE(third.write(piece));
  EXPECT_FALSE(third.close());
  EXPECT_EQ(content_of(folder / "f"), text_bytes("xx"));
}

}  // namespace

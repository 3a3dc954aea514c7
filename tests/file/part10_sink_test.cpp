// SPDX-License-Identifier: BSL-1.0
#include "file/files.hpp"
#include <codimse/file/part10_sink.hpp>

#include <asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <type_traits>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace codimse_test;
namespace fs = std::filesystem;
using names = std::vector<std::string>;
using views = std::vector<std::span<std::byte const>>;

static_assert(sink<part10_sink>);
static_assert(!std::is_copy_constructible_v<part10_sink>);

constexpr auto instance = "1.2.3.44";
constexpr auto file_name = "1.2.3.44.dcm";

object_info object(std::string_view sop_instance = instance, std::string_view study = {}) {
  object_info info;
  info.sop_class = uid{ct_class};
  info.sop_instance = uid{sop_instance};
  info.study_instance = uid{study};
  info.transfer_syntax = "1.2.840.10008.1.2.4.80";
  info.calling_ae_title = "SENDER";
  info.called_ae_title = "ARCHIVE";
  return info;
}
bytes_t text_bytes(std::string_view text) {
  auto const all = as_bytes(text);
  return {all.begin(), all.end()};
}
outcome write(part10_sink& to, std::string_view text) {
  views const slices(1, as_bytes(text));
  return to.write(slices);
}
part10_options when_there(on_duplicate what) { return {.duplicates = what}; }

testing::AssertionResult succeeds(outcome const& how) {
  if (how.status().is_success() && how.error_comment().view().empty())
    return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << std::hex << how.status().code << " " << how.error_comment().str();
}
testing::AssertionResult fails(outcome const& how, std::uint16_t code, std::string_view comment) {
  if (how.status().code == code && how.error_comment().view() == comment)
    return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << std::hex << how.status().code << " " << how.error_comment().str();
}
void store(fs::path const& root, std::string_view text, part10_options options = {}) {
  part10_sink sink{root, options};
  EXPECT_TRUE(succeeds(sink.open(object())));
  EXPECT_TRUE(succeeds(write(sink, text)));
  EXPECT_TRUE(succeeds(sink.commit()));
}
/// What follows the file meta information.
bytes_t data_set_of(fs::path const& path) {
  auto const all = content_of(path);
  auto const meta = decode_file_meta(all, true);
  if (!meta) return {};
  return {all.begin() + static_cast<std::ptrdiff_t>(meta->data_set_offset), all.end()};
}

TEST(part10_sink, file_is_preamble_meta_and_data_set) {
  temporary_folder const folder;
  store(folder.path(), "data");
  EXPECT_EQ(folder.files(), names(1, file_name));

  auto const all = content_of(folder / file_name);
  ASSERT_GT(all.size(), 132U);
  EXPECT_EQ(bytes_t(all.begin(), all.begin() + 128), bytes_t(128));
  EXPECT_EQ(bytes_t(all.begin() + 128, all.begin() + 132), text_bytes("DICM"));
  auto const found = decode_file_meta(all, true);
  ASSERT_TRUE(found.has_value());
  file_meta expected;
  expected.media_storage_sop_class = ct_class;
  expected.media_storage_sop_instance = instance;
  expected.transfer_syntax = "1.2.840.10008.1.2.4.80";
  expected.implementation_class = "2.25.165072877839102959893703119121575705190";
  expected.implementation_version_name = implementation_version_name;
  expected.source = "SENDER";
  EXPECT_EQ(found->meta, expected);
  EXPECT_EQ(all, encode_file_meta(expected) + text_bytes("data"));
}

TEST(part10_sink, many_slices_and_writes_in_order) {
  temporary_folder const folder;
  auto const data = pattern(300'000);
  part10_sink sink{folder.path()};
  ASSERT_TRUE(succeeds(sink.open(object())));
  std::size_t at = 0;
  for (std::size_t const count : {0U, 1U, 3U, 63U, 64U, 65U, 200U}) {
    views slices;
    for (std::size_t i = 0; i < count; ++i) {
      auto const size = i % 4 == 2 ? 0 : 700 + i;
      slices.push_back(std::span{data}.subspan(at, size));
      at += size;
    }
    ASSERT_TRUE(succeeds(sink.write(slices))) << count;
  }
  ASSERT_TRUE(succeeds(sink.commit()));
  EXPECT_TRUE(data_set_of(folder / file_name) ==
              bytes_t(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(at)));
}

TEST(part10_sink, without_a_data_set) {
  temporary_folder const folder;
  for (bool const empty_write : {false, true}) {
    part10_sink sink{folder.path()};
    ASSERT_TRUE(succeeds(sink.open(object())));
    if (empty_write) {
      ASSERT_TRUE(succeeds(sink.write({})));
    }
    ASSERT_TRUE(succeeds(sink.commit()));
    auto const all = content_of(folder / file_name);
    auto const meta = decode_file_meta(all, true);
    ASSERT_TRUE(meta.has_value());
    EXPECT_EQ(meta->data_set_offset, all.size());
    fs::remove(folder / file_name);
  }
}

TEST(part10_sink, has_its_name_only_when_complete) {
  temporary_folder const folder;
  part10_sink sink{folder.path()};
  ASSERT_TRUE(succeeds(sink.open(object())));
  ASSERT_TRUE(succeeds(write(sink, "data")));
  auto const before = folder.files();
  ASSERT_EQ(before.size(), 1U);
  EXPECT_EQ(before[0].front(), '.');
  EXPECT_FALSE(before[0].ends_with(".dcm"));
  EXPECT_EQ(sink.path(), folder / file_name);
  ASSERT_TRUE(succeeds(sink.commit()));
  EXPECT_EQ(folder.files(), names(1, file_name));
  sink.discard();  // too late to undo
  EXPECT_EQ(folder.files(), names(1, file_name));
}

TEST(part10_sink, discard_leaves_nothing) {
  temporary_folder const folder;
  for (int steps = 0; steps < 3; ++steps) {
    part10_sink sink{folder.path()};
    if (steps > 0) {
      ASSERT_TRUE(succeeds(sink.open(object())));
    }
    if (steps > 1) {
      ASSERT_TRUE(succeeds(write(sink, "data")));
    }
    sink.discard();
    sink.discard();
    EXPECT_TRUE(folder.files().empty()) << steps;
  }
}

TEST(part10_sink, discard_spares_what_was_there) {
  temporary_folder const folder;
  store(folder.path(), "old");
  for (auto const mode : {on_duplicate::overwrite, on_duplicate::keep}) {
    part10_sink sink{folder.path(), when_there(mode)};
    ASSERT_TRUE(succeeds(sink.open(object())));
    ASSERT_TRUE(succeeds(write(sink, "new")));
    sink.discard();
    EXPECT_EQ(folder.files(), names(1, file_name));
    EXPECT_EQ(data_set_of(folder / file_name), text_bytes("old"));
  }
}

TEST(part10_sink, moves_with_what_it_has_open) {
  temporary_folder const folder;
  part10_sink first{folder.path()};
  ASSERT_TRUE(succeeds(first.open(object())));
  ASSERT_TRUE(succeeds(write(first, "a")));
  part10_sink second{std::move(first)};
  ASSERT_TRUE(succeeds(write(second, "b")));
  ASSERT_TRUE(succeeds(second.commit()));
  EXPECT_EQ(data_set_of(folder / file_name), text_bytes("ab"));
}

TEST(part10_sink, overwrite) {
  temporary_folder const folder;
  store(folder.path(), "old and longer");
  store(folder.path(), "new");
  EXPECT_EQ(folder.files(), names(1, file_name));
  EXPECT_EQ(data_set_of(folder / file_name), text_bytes("new"));
}

TEST(part10_sink, keep) {
  temporary_folder const folder;
  store(folder.path(), "old", when_there(on_duplicate::keep));  // nothing to keep yet
  store(folder.path(), "new", when_there(on_duplicate::keep));
  EXPECT_EQ(folder.files(), names(1, file_name));
  EXPECT_EQ(data_set_of(folder / file_name), text_bytes("old"));
}

TEST(part10_sink, refuse_before_the_first_byte) {
  temporary_folder const folder;
  store(folder.path(), "old", when_there(on_duplicate::refuse));
  part10_sink sink{folder.path(), when_there(on_duplicate::refuse)};
  EXPECT_TRUE(fails(sink.open(object()), 0xC001, "SOP Instance is already stored"));
  EXPECT_EQ(folder.files(), names(1, file_name));
  sink.discard();
  EXPECT_EQ(data_set_of(folder / file_name), text_bytes("old"));
}

TEST(part10_sink, refuse_what_appeared_meanwhile) {
  temporary_folder const folder;
  part10_sink sink{folder.path(), when_there(on_duplicate::refuse)};
  ASSERT_TRUE(succeeds(sink.open(object())));
  ASSERT_TRUE(succeeds(write(sink, "late")));
  store(folder.path(), "first");
  EXPECT_TRUE(fails(sink.commit(), 0xC001, "SOP Instance is already stored"));
  sink.discard();
  EXPECT_EQ(folder.files(), names(1, file_name));
  EXPECT_EQ(data_set_of(folder / file_name), text_bytes("first"));
}

TEST(part10_sink, two_at_once) {
  struct {
    on_duplicate mode;
    std::uint16_t second;
    char const* kept;
  } const rows[] = {{on_duplicate::overwrite, 0, "two"},
                    {on_duplicate::keep, 0, "one"},
                    {on_duplicate::refuse, 0xC001, "one"}};
  for (auto const& row : rows) {
    temporary_folder const folder;
    part10_sink one{folder.path(), when_there(row.mode)};
    part10_sink two{folder.path(), when_there(row.mode)};
    ASSERT_TRUE(succeeds(one.open(object())));
    ASSERT_TRUE(succeeds(two.open(object())));
    ASSERT_TRUE(succeeds(write(one, "o")));
    ASSERT_TRUE(succeeds(write(two, "t")));
    ASSERT_TRUE(succeeds(write(one, "ne")));
    ASSERT_TRUE(succeeds(write(two, "wo")));
    EXPECT_EQ(folder.files().size(), 2U);
    EXPECT_TRUE(succeeds(one.commit()));
    EXPECT_EQ(two.commit().status().code, row.second);
    two.discard();
    EXPECT_EQ(folder.files(), names(1, file_name));
    EXPECT_EQ(data_set_of(folder / file_name), text_bytes(row.kept));
  }
}

TEST(part10_sink, threads_that_race_leave_one_whole_file) {
  temporary_folder const folder;
  auto const many = [&folder](std::string const text) {
    for (int i = 0; i < 100; ++i) store(folder.path(), text);
  };
  {
    std::jthread const a{many, std::string(5000, 'a')};
    std::jthread const b{many, std::string(5000, 'b')};
  }
  EXPECT_EQ(folder.files(), names(1, file_name));
  auto const got = data_set_of(folder / file_name);
  EXPECT_TRUE(got == bytes_t(5000, std::byte{'a'}) || got == bytes_t(5000, std::byte{'b'}));
}

TEST(part10_sink, makes_folders_when_needed) {
  temporary_folder const folder;
  auto const root = folder / "not/yet/there";
  part10_sink sink{root, {.layout = file_layout::by_study}};
  EXPECT_FALSE(fs::exists(root));
  ASSERT_TRUE(succeeds(sink.open(object(instance, "9.8.7"))));
  ASSERT_TRUE(succeeds(sink.commit()));
  EXPECT_TRUE(fs::is_regular_file(root / "9.8.7" / file_name));
  EXPECT_EQ(sink.path(), root / "9.8.7" / file_name);

  part10_sink unknown{root, {.layout = file_layout::by_study}};
  ASSERT_TRUE(succeeds(unknown.open(object(instance, "../.."))));
  ASSERT_TRUE(succeeds(unknown.commit()));
  EXPECT_TRUE(fs::is_regular_file(root / "unknown-study" / file_name));
}

TEST(part10_sink, discard_takes_back_the_folder_it_made) {
  temporary_folder const folder;
  part10_options const by_study{.layout = file_layout::by_study};
  part10_sink first{folder.path(), by_study};
  part10_sink second{folder.path(), by_study};
  ASSERT_TRUE(succeeds(first.open(object("1.1", "9.8.7"))));
  ASSERT_TRUE(succeeds(second.open(object("1.2", "9.8.7"))));
  first.discard();  // the folder is in use by then
  ASSERT_TRUE(succeeds(second.commit()));
  EXPECT_EQ(folder.files(), names(1, "9.8.7/1.2.dcm"));

  part10_sink alone{folder.path(), by_study};
  ASSERT_TRUE(succeeds(alone.open(object("1.3", "5.5"))));
  alone.discard();
  EXPECT_FALSE(fs::exists(folder / "5.5"));
  EXPECT_TRUE(fs::exists(folder.path()));

  part10_sink in_old_folder{folder.path(), by_study};
  fs::create_directory(folder / "6.6");
  ASSERT_TRUE(succeeds(in_old_folder.open(object("1.4", "6.6"))));
  in_old_folder.discard();
  EXPECT_TRUE(fs::exists(folder / "6.6")) << "not ours";
}

TEST(part10_sink, one_is_discarded_while_another_opens) {
  // The folder that the one takes back must not be missing for the other.
  temporary_folder const folder;
  part10_options const by_study{.layout = file_layout::by_study};
  std::atomic<bool> over = false;
  int failures = 0;
  {
    std::jthread const discards{[&] {
      while (!over) {
        part10_sink sink{folder.path(), by_study};
        static_cast<void>(sink.open(object("1.1", "9.8.7")));
        sink.discard();
      }
    }};
    for (int i = 0; i < 3000; ++i) {
      part10_sink sink{folder.path(), by_study};
      outcome const how = sink.open(object("1.2", "9.8.7"));
      failures += how.is_failure() ? 1 : 0;
      sink.discard();
    }
    over = true;
  }
  EXPECT_EQ(failures, 0);
}

TEST(part10_sink, invalid_instances_are_refused) {
  temporary_folder const folder;
  fs::create_directory(folder / "root");
  for (std::string_view const text : {"", "..", "/etc/passwd", "../1.2", "1.02", "a"}) {
    for (auto const layout : {file_layout::flat, file_layout::by_study}) {
      part10_sink sink{folder / "root", {.layout = layout}};
      EXPECT_TRUE(fails(sink.open(object(text)), 0x0117, "SOP Instance UID is not a valid UID"));
      sink.discard();
    }
  }
  EXPECT_TRUE(folder.files().empty());
}

TEST(part10_sink, root_is_a_file) {
  temporary_folder const folder;
  put(folder / "root", text_bytes("precious"));
  part10_sink sink{folder / "root"};
  EXPECT_TRUE(fails(sink.open(object()), 0xA700, "cannot store: Not a directory"));
  sink.discard();
  EXPECT_EQ(content_of(folder / "root"), text_bytes("precious"));
}

TEST(part10_sink, root_cannot_be_made) {
  temporary_folder const folder;
  put(folder / "file", {});
  part10_sink sink{folder / "file/root", {.layout = file_layout::by_study}};
  EXPECT_TRUE(fails(sink.open(object()), 0xA700, "cannot store: Not a directory"));
  sink.discard();
}

/// Permissions bind only who is not the superuser.
class without_privileges {
 public:
  without_privileges() : was_{::geteuid()} {
    if (was_ == 0) {
      EXPECT_EQ(::seteuid(65534), 0);
    }
  }
  without_privileges(without_privileges const&) = delete;
  without_privileges& operator=(without_privileges const&) = delete;
  ~without_privileges() {
    if (was_ == 0) {
      EXPECT_EQ(::seteuid(was_), 0);
    }
  }

 private:
  uid_t was_;
};

TEST(part10_sink, root_is_read_only) {
  temporary_folder const folder;
  auto const read_only = fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read |
                         fs::perms::others_exec;
  fs::permissions(folder.path(), read_only);
  {
    without_privileges const now;
    for (auto const layout : {file_layout::flat, file_layout::by_study}) {
      part10_sink sink{folder.path(), {.layout = layout}};
      EXPECT_TRUE(fails(sink.open(object()), 0xA700, "cannot store: Permission denied"));
      sink.discard();
    }
  }
  fs::permissions(folder.path(), fs::perms::owner_all);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(part10_sink, a_folder_has_the_name) {
  temporary_folder const folder;
  fs::create_directory(folder / file_name);
  part10_sink sink{folder.path()};
  ASSERT_TRUE(succeeds(sink.open(object())));
  EXPECT_TRUE(fails(sink.commit(), 0xA700, "cannot store: Is a directory"));
  sink.discard();
  EXPECT_TRUE(folder.files().empty());
  EXPECT_TRUE(fs::is_directory(folder / file_name));
}

TEST(part10_sink, the_folder_vanishes) {
  temporary_folder const folder;
  for (auto const mode : {on_duplicate::overwrite, on_duplicate::keep, on_duplicate::refuse}) {
    part10_sink sink{folder / "root", when_there(mode)};
    ASSERT_TRUE(succeeds(sink.open(object())));
    fs::remove_all(folder / "root");
    EXPECT_TRUE(fails(sink.commit(), 0xA700, "cannot store: No such file or directory"));
    sink.discard();
    EXPECT_FALSE(fs::exists(folder / "root"));
  }
}

/// Files that grow over `bytes` fail with EFBIG, as a full disk fails with ENOSPC.
class file_size_limit {
 public:
  explicit file_size_limit(rlim_t bytes) : handler_{std::signal(SIGXFSZ, SIG_IGN)} {
    ::getrlimit(RLIMIT_FSIZE, &was_);
    rlimit const now{bytes, was_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &now), 0);
  }
  file_size_limit(file_size_limit const&) = delete;
  file_size_limit& operator=(file_size_limit const&) = delete;
  ~file_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &was_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit was_{};
  void (*handler_)(int);
};

TEST(part10_sink, the_disk_is_full) {
  temporary_folder const folder;
  store(folder.path(), "old");
  outcome while_writing;
  outcome at_the_end;
  {
    part10_sink sink{folder.path()};
    part10_sink only_meta{folder.path()};
    EXPECT_TRUE(succeeds(sink.open(object())));
    EXPECT_TRUE(succeeds(only_meta.open(object())));
    file_size_limit const small{200};  // the meta information does not fit
    while_writing = write(sink, "data");
    at_the_end = only_meta.commit();
    sink.discard();
    only_meta.discard();
  }
  EXPECT_TRUE(fails(while_writing, 0xA700, "cannot store: File too large"));
  EXPECT_TRUE(fails(at_the_end, 0xA700, "cannot store: File too large"));
  EXPECT_EQ(folder.files(), names(1, file_name));
  EXPECT_EQ(data_set_of(folder / file_name), text_bytes("old"));
}

TEST(part10_sink, says_what_it_needs) {
  temporary_folder const folder;
  part10_sink const flat{folder.path()};
  part10_sink const by_study{folder.path(), {.layout = file_layout::by_study}};
  EXPECT_FALSE(wants_study_instance_uid(flat));
  EXPECT_TRUE(wants_study_instance_uid(by_study));
  EXPECT_FALSE(executor_of(flat).has_value());
  asio::thread_pool pool{1};
  part10_sink const pooled{folder.path(), {}, pool.get_executor()};
  EXPECT_EQ(executor_of(pooled), asio::any_io_executor{pool.get_executor()});
}

}  // namespace

// SPDX-License-Identifier: BSL-1.0
// In which order files and folders reach the disk, and what is left when that fails: this program
// has an fsync of its own, which writes down what it is asked for.
#include "file/files.hpp"
#include <codimse/data/data_set.hpp>
#include <codimse/file/part10.hpp>
#include <codimse/file/part10_sink.hpp>
#include <codimse/file/storage_folder.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <climits>
#include <filesystem>
#include <mutex>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// What fsync was called for, and whether the final name was there by then.
struct journal {
  std::mutex mutex;
  std::string final_name;
  std::vector<std::string> lines;
  int fail_at = -1;

  int note(int descriptor) {
    std::lock_guard const lock{mutex};
    auto const where = fs::read_symlink("/proc/self/fd/" + std::to_string(descriptor));
    std::error_code none;
    auto const name = where.filename().string();
    lines.push_back((name.ends_with(".part") ? "temporary" : name) +
                    (fs::exists(final_name, none) ? ", named" : ""));
    if (fail_at != static_cast<int>(lines.size()) - 1) return 0;
    errno = EIO;
    return -1;
  }
  void begin(fs::path const& final_path, int failing = -1) {
    final_name = final_path.string();
    lines.clear();
    fail_at = failing;
  }
};
journal seen;

}  // namespace

extern "C" int fsync(int descriptor) { return seen.note(descriptor); }

namespace {

using namespace codimse_test;
using names = std::vector<std::string>;

object_info object() {
  object_info info;
  info.sop_class = uid{ct_class};
  info.sop_instance = "1.2";
  info.study_instance = "9.8";
  info.transfer_syntax = uid{explicit_little};
  return info;
}
part10_options options(durability how, file_layout layout = file_layout::by_study,
                       on_duplicate duplicates = on_duplicate::overwrite) {
  return {.layout = layout, .duplicates = duplicates, .durability = how};
}
outcome store(fs::path const& root, part10_options const& how, std::string_view text = "data") {
  part10_sink sink{root, how};
  auto done = sink.open(object());
  std::vector const slices(1, as_bytes(text));
  if (!done.is_failure()) done = sink.write(slices);
  if (!done.is_failure()) done = sink.commit();
  if (done.is_failure()) sink.discard();
  return done;
}
bool holds(fs::path const& path, std::string_view text) {
  auto const all = content_of(path);
  auto const end = as_bytes(text);
  return all.size() > end.size() && std::equal(end.rbegin(), end.rend(), all.rbegin());
}

TEST(durability, order) {
  temporary_folder const folder;
  auto const root = folder / "root";
  fs::create_directory(root);
  seen.begin(root / "9.8/1.2.dcm");
  EXPECT_FALSE(store(root, options(durability::none)).is_failure());
  EXPECT_EQ(seen.lines, names{});
  fs::remove_all(root / "9.8");

  seen.begin(root / "9.8/1.2.dcm");
  EXPECT_FALSE(store(root, options(durability::file)).is_failure());
  EXPECT_EQ(seen.lines, (names{"temporary"}));
  fs::remove_all(root / "9.8");

  seen.begin(root / "9.8/1.2.dcm");
  EXPECT_FALSE(store(root, options(durability::file_and_folder)).is_failure());
  EXPECT_EQ(seen.lines, (names{"root", "temporary", "9.8, named", "root, named"}));

  seen.begin(root / "1.2.dcm");
  auto const flat = options(durability::file_and_folder, file_layout::flat);
  EXPECT_FALSE(store(root, flat).is_failure());
  EXPECT_EQ(seen.lines, (names{"temporary", "root, named"}));
}

TEST(durability, every_folder_that_is_made) {
  temporary_folder const folder;
  auto const above = folder.path().filename().string();
  seen.begin(folder / "none");
  make_storage_folder(folder / "a/b", durability::file_and_folder);
  EXPECT_EQ(seen.lines, (names{above, "a"}));
  seen.begin(folder / "a/b/c/9.8/1.2.dcm");
  EXPECT_FALSE(store(folder / "a/b/c", options(durability::file_and_folder)).is_failure());
  EXPECT_EQ(seen.lines, (names{"b", "c", "temporary", "9.8, named", "c, named"}));
  seen.begin(folder / "none");
  make_storage_folder(folder / "a/b/d", durability::file);
  EXPECT_EQ(seen.lines, names{});
}

TEST(durability, one_that_is_there_already_is_made_durable_before_it_counts) {
  temporary_folder const folder;
  auto const keep = options(durability::file_and_folder, file_layout::flat, on_duplicate::keep);
  seen.begin(folder / "1.2.dcm");
  auto const above = folder.path().filename().string() + ", named";
  EXPECT_FALSE(store(folder.path(), options(durability::none, file_layout::flat)).is_failure());
  EXPECT_FALSE(store(folder.path(), keep, "other").is_failure());
  EXPECT_EQ(seen.lines, (names{"temporary, named", "1.2.dcm, named", above}));
  EXPECT_TRUE(holds(folder / "1.2.dcm", "data"));
  for (int const at : {1, 2}) {
    seen.begin(folder / "1.2.dcm", at);
    EXPECT_EQ(store(folder.path(), keep, "other").status(), status::out_of_resources) << at;
    EXPECT_EQ(folder.files(), names(1, "1.2.dcm")) << at;
  }
}

TEST(durability, an_fsync_that_fails) {
  // 0: the root, after the study's folder was made; 1: the file; then it has its name.
  for (int const at : {0, 1, 2, 3}) {
    SCOPED_TRACE(at);
    temporary_folder const folder;
    seen.begin(folder / "9.8/1.2.dcm", at);
    auto const how = store(folder.path(), options(durability::file_and_folder));
    EXPECT_EQ(how.status(), status::out_of_resources);
    EXPECT_EQ(how.error_comment().view(), "cannot store: Input/output error");
    EXPECT_EQ(folder.files(), at < 2 ? names{} : names(1, "9.8/1.2.dcm"));
    EXPECT_EQ(fs::exists(folder / "9.8"), at >= 2);
    if (at < 2) continue;
    EXPECT_TRUE(holds(folder / "9.8/1.2.dcm", "data")) << "whole, if at all";
  }
}

TEST(durability, the_old_object_stays_until_the_new_one_is_safe) {
  temporary_folder const folder;
  auto const flat = options(durability::file_and_folder, file_layout::flat);
  seen.begin(folder / "1.2.dcm");
  ASSERT_FALSE(store(folder.path(), flat, "old").is_failure());
  seen.begin(folder / "1.2.dcm", 0);
  EXPECT_TRUE(store(folder.path(), flat, "new").is_failure());
  EXPECT_TRUE(holds(folder / "1.2.dcm", "old"));
  EXPECT_EQ(folder.files(), names(1, "1.2.dcm"));
}

TEST(durability, of_whole_files) {
  temporary_folder const folder;
  data_set all;
  all.set(tags::sop_class_uid, ct_class);
  all.set(tags::sop_instance_uid, "1.2");
  auto const path = folder / "one.dcm";
  auto const above = folder.path().filename().string() + ", named";
  auto const save = [&](durability how) {
    save_part10(path, all, transfer_syntaxes::explicit_vr_little_endian, {}, how);
  };
  seen.begin(path);
  save(durability::none);
  EXPECT_EQ(seen.lines, names{});
  seen.begin(path);
  save(durability::file_and_folder);
  EXPECT_EQ(seen.lines, (names{"temporary, named", above}));
  seen.begin(path, 0);
  auto const before = content_of(path);
  all.set(tags::patient_id, "NEW");
  EXPECT_THROW(save(durability::file), error);
  EXPECT_EQ(content_of(path), before);
  EXPECT_EQ(folder.files(), names(1, "one.dcm"));
}

}  // namespace

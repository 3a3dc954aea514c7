// SPDX-License-Identifier: BSL-1.0
#include "file/files.hpp"
#include <codimse/file/part10_source.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace {

using namespace codimse_test;
namespace fs = std::filesystem;

static_assert(source<part10_source>);

constexpr auto deflated = "1.2.840.10008.1.2.1.99";
constexpr auto study = "1.2.3.4";
constexpr auto mr_class = "1.2.840.10008.5.1.4.1.1.4";

/// A file in a folder of its own.
class one_file {
 public:
  explicit one_file(bytes_t const& bytes) { put(path(), bytes); }
  [[nodiscard]] fs::path path() const { return folder_ / "file.dcm"; }
  [[nodiscard]] part10_file examined() const {
    auto const found = examine_part10(path());
    EXPECT_TRUE(found.has_value()) << found.error().message();
    return found ? *found : part10_file{};
  }
  [[nodiscard]] std::error_code failure() const {
    auto const found = examine_part10(path());
    EXPECT_FALSE(found.has_value());
    return found.error();
  }

 private:
  temporary_folder folder_;
};

struct read_all_result {
  bytes_t data;
  std::error_code error;
  int calls = 0;
};
/// Reads with `count` pieces of `size` bytes until the end or an error.
read_all_result read_all(part10_source& from, std::size_t size, std::size_t count = 1) {
  read_all_result out;
  for (;;) {
    bytes_t buffer(size * count);
    std::vector<std::span<std::byte>> places;
    for (std::size_t i = 0; i < count; ++i)
      places.push_back(std::span{buffer}.subspan(i * size, size));
    auto const got = from.read(places);
    ++out.calls;
    out.error = got.error;
    if (got.error) return out;
    if (!got.last) {
      EXPECT_EQ(got.bytes, buffer.size()) << "all pieces are filled but at the end";
    }
    buffer.resize(got.bytes);
    out.data = out.data + buffer;
    if (got.last || got.bytes == 0) return out;
  }
}

TEST(examine_part10, data_set_decides_over_meta) {
  auto const data = small_data_set(ct_class, "1.2.3.44");
  auto const meta = meta_for(mr_class, "9.9.9");
  one_file const file{part10_bytes(meta, data)};
  auto const found = file.examined();
  EXPECT_EQ(found.path, file.path());
  EXPECT_EQ(found.info.sop_class, uid{ct_class});
  EXPECT_EQ(found.info.sop_instance, uid{"1.2.3.44"});
  EXPECT_EQ(found.info.study_instance, uid{study});
  EXPECT_EQ(found.info.transfer_syntax, uid{explicit_little});
  EXPECT_EQ(found.data_set_offset, encode_file_meta(meta).size());
  EXPECT_EQ(found.data_set_size, data.size());
}

TEST(examine_part10, meta_stands_in_for_each_that_lacks) {
  auto const meta = meta_for(mr_class, "9.9.9");
  struct {
    std::string_view data_class, data_instance, expected_class, expected_instance;
  } const rows[] = {{"", "", mr_class, "9.9.9"},
                    {ct_class, "", ct_class, "9.9.9"},
                    {"", "1.2.3.44", mr_class, "1.2.3.44"}};
  for (auto const& row : rows) {
    one_file const file{part10_bytes(meta, small_data_set(row.data_class, row.data_instance))};
    auto const found = file.examined();
    EXPECT_EQ(found.info.sop_class, uid{row.expected_class});
    EXPECT_EQ(found.info.sop_instance, uid{row.expected_instance});
  }
}

TEST(examine_part10, every_plain_transfer_syntax) {
  for (auto const* const syntax : plain_syntaxes) {
    one_file const file{part10_bytes(meta_for("", "", syntax->uid), nested_data_set(*syntax))};
    auto const found = file.examined();
    EXPECT_EQ(found.info.sop_class, uid{ct_class}) << syntax->name;
    EXPECT_EQ(found.info.sop_instance, uid{"1.2.3.44"});
    EXPECT_EQ(found.info.study_instance, uid{study});
    EXPECT_EQ(found.info.transfer_syntax, uid{syntax->uid});
  }
}

TEST(examine_part10, no_sop_instance) {
  struct {
    file_meta meta;
    bytes_t data;
  } const rows[] = {{meta_for("", ""), small_data_set("", "")},
                    {meta_for("", ""), {}},
                    {meta_for(ct_class, ""), small_data_set(ct_class, "")},
                    {meta_for("", "1.2"), small_data_set("", "1.2")},
                    {meta_for("", "", deflated), pattern(100)}};
  for (auto const& row : rows)
    EXPECT_EQ(one_file{part10_bytes(row.meta, row.data)}.failure(), errc::no_sop_instance);
}

TEST(examine_part10, no_transfer_syntax) {
  auto const bytes = part10_bytes(meta_for(ct_class, "1.2", ""), small_data_set(ct_class, "1.2"));
  EXPECT_EQ(one_file{bytes}.failure(), errc::data_set_malformed);
}

TEST(examine_part10, not_a_dicom_file) {
  auto const whole = part10_bytes(meta_for(ct_class, "1.2"), small_data_set(ct_class, "1.2"));
  auto const bare = bytes_t(whole.begin() + 132, whole.end());
  auto other_letters = whole;
  other_letters[131] = std::byte{'X'};
  for (auto const& bytes : {bytes_t{}, bytes_t(1), bytes_t(131), bytes_t(132), pattern(10'000),
                            bytes_t(whole.begin(), whole.begin() + 131), bare, other_letters})
    EXPECT_EQ(one_file{bytes}.failure(), errc::not_a_dicom_file) << bytes.size();
}

TEST(examine_part10, truncated_meta_at_every_cut) {
  // Behind the transfer syntax a cut between two elements is a file without a data set.
  auto const whole = encode_file_meta(meta_for(ct_class, "1.2"));
  int malformed = 0;
  for (std::size_t size = 132; size < whole.size(); ++size) {
    one_file const file{bytes_t(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))};
    auto const found = examine_part10(file.path());
    if (found) {
      EXPECT_EQ(found->data_set_size, 0U);  // only (0002,0012) is missing
    } else {
      EXPECT_EQ(found.error(), errc::data_set_malformed) << size;
      ++malformed;
    }
  }
  EXPECT_GT(malformed, 80);
}

TEST(examine_part10, meta_value_over_the_end) {
  auto bytes = encode_file_meta({});
  auto const element = hex("02 00 02 01 4F 42 00 00 00 10 00 00 01 02");  // says 4096 bytes
  EXPECT_EQ(one_file{bytes + element}.failure(), errc::data_set_malformed);
  auto const huge = hex("02 00 02 01 4F 42 00 00 00 00 00 7F");
  EXPECT_EQ(one_file{bytes + huge}.failure(), errc::limit_exceeded);
}

TEST(examine_part10, long_meta_is_read_on) {
  // Private information of 100 kB: far over what is read at first.
  byte_writer group;
  element_writer elements{group, element_encoding::explicit_little};
  elements.uid(tags::media_storage_sop_class_uid, ct_class);
  elements.uid(tags::media_storage_sop_instance_uid, "1.2");
  elements.uid(tags::transfer_syntax_uid, explicit_little);
  elements.ob({0x0002, 0x0102}, pattern(100'000));
  auto const preamble = bytes_t(128) + hex("44 49 43 4D");
  auto const head = preamble + std::move(group).take();
  auto const data = small_data_set(mr_class, "3.4");
  one_file const file{head + data};
  auto const found = file.examined();
  EXPECT_EQ(found.data_set_offset, head.size());
  EXPECT_EQ(found.data_set_size, data.size());
  EXPECT_EQ(found.info.sop_class, uid{mr_class});
}

TEST(examine_part10, identity_far_behind_the_first_read) {
  byte_writer out;
  element_writer w{out, transfer_syntaxes::explicit_vr_little_endian};
  w.ob({0x0007, 0x1010}, pattern(500'000));
  w.uid(tags::sop_class_uid, ct_class);
  w.uid(tags::sop_instance_uid, "1.2.3.44");
  w.uid(tags::study_instance_uid, study);
  one_file const file{part10_bytes(meta_for("", ""), std::move(out).take())};
  auto const found = file.examined();
  EXPECT_EQ(found.info.sop_class, uid{ct_class});
  EXPECT_EQ(found.info.sop_instance, uid{"1.2.3.44"});
  EXPECT_EQ(found.info.study_instance, uid{study});
}

TEST(examine_part10, hidden_data_sets_are_taken_at_their_meta) {
  for (std::string_view const syntax : {std::string_view{deflated}, std::string_view{"1.2.3.99"}}) {
    // Begins like group 0002: deflated bytes may be anything.
    auto const data = hex("02 00 FF FF") + pattern(3000);
    auto const meta = meta_for(mr_class, "9.9.9", syntax);
    if (syntax != deflated) {
      one_file const file{part10_bytes(meta, pattern(3000))};
      EXPECT_EQ(file.examined().info.sop_instance, uid{"9.9.9"});
      EXPECT_EQ(file.examined().info.transfer_syntax, uid{syntax});
      continue;
    }
    one_file const file{part10_bytes(meta, data)};
    auto const found = file.examined();
    EXPECT_EQ(found.info.sop_class, uid{mr_class});
    EXPECT_EQ(found.info.sop_instance, uid{"9.9.9"});
    EXPECT_TRUE(found.info.study_instance.empty());
    EXPECT_EQ(found.data_set_size, data.size());
  }
}

TEST(examine_part10, malformed_data_set_is_taken_at_its_meta) {
  one_file const file{part10_bytes(meta_for(mr_class, "9.9.9"), pattern(3000))};
  auto const found = file.examined();
  EXPECT_EQ(found.info.sop_instance, uid{"9.9.9"});
  EXPECT_EQ(found.data_set_size, 3000U);
}

TEST(examine_part10, what_is_no_file) {
  temporary_folder const folder;
  EXPECT_EQ(examine_part10(folder / "none").error(), std::errc::no_such_file_or_directory);
  EXPECT_EQ(examine_part10(folder.path()).error(), std::errc::is_a_directory);
  EXPECT_EQ(examine_part10({}).error(), std::errc::no_such_file_or_directory);
}

TEST(part10_source, pieces_of_any_size_make_the_data_set) {
  auto const data = small_data_set(ct_class, "1.2", 3000);
  one_file const file{part10_bytes(meta_for(ct_class, "1.2"), data)};
  for (std::size_t const size : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, data.size() - 1,
                                 data.size(), data.size() + 1, std::size_t{100'000}})
    for (std::size_t const count : {1U, 2U, 64U}) {
      part10_source from{file.path()};
      EXPECT_EQ(from.size(), data.size());
      auto const got = read_all(from, size, count);
      EXPECT_FALSE(got.error);
      EXPECT_EQ(got.data, data) << size << " bytes, " << count << " pieces";
      auto const step = size * count;
      EXPECT_EQ(got.calls, static_cast<int>((data.size() + step - 1) / step));
    }
}

TEST(part10_source, more_pieces_than_one_system_call_takes) {
  auto const data = small_data_set(ct_class, "1.2", 3000);
  one_file const file{part10_bytes(meta_for(ct_class, "1.2"), data)};
  part10_source from{file.path()};
  auto const got = read_all(from, 10, 65);
  EXPECT_FALSE(got.error) << got.error.message();
  EXPECT_EQ(got.data, data);
}

TEST(part10_source, empty_pieces_are_passed_over) {
  auto const data = small_data_set(ct_class, "1.2");
  one_file const file{part10_bytes(meta_for(ct_class, "1.2"), data)};
  part10_source from{file.path()};
  bytes_t buffer(data.size());
  std::array const places{std::span{buffer}.first(3), std::span{buffer}.first(0),
                          std::span{buffer}.subspan(3)};
  auto const got = from.read(places);
  EXPECT_EQ(got.bytes, data.size());
  EXPECT_TRUE(got.last);
}

TEST(part10_source, zero_length_data_set) {
  one_file const file{part10_bytes(meta_for(ct_class, "1.2"), {})};
  part10_source from{file.path()};
  EXPECT_EQ(from.size(), 0U);
  auto const got = read_all(from, 100);
  EXPECT_TRUE(got.data.empty());
  EXPECT_FALSE(got.error);
  EXPECT_EQ(got.calls, 1);
  bytes_t buffer(10);
  std::array const place{std::span{buffer}};
  auto const again = from.read(place);
  EXPECT_TRUE(again.last);
  EXPECT_EQ(again.bytes, 0U);
}

TEST(part10_source, keeps_its_info) {
  one_file const file{part10_bytes(meta_for(mr_class, "9.9.9"), small_data_set(ct_class, "1.2"))};
  part10_source const from{file.path()};
  EXPECT_EQ(from.info().sop_class, uid{ct_class});
  EXPECT_EQ(from.info().sop_instance, uid{"1.2"});
  EXPECT_EQ(from.info().transfer_syntax, uid{explicit_little});
}

TEST(part10_source, file_truncated_after_it_was_examined) {
  auto const data = small_data_set(ct_class, "1.2", 1000);
  one_file const file{part10_bytes(meta_for(ct_class, "1.2"), data)};
  auto const examined = file.examined();
  auto const whole = fs::file_size(file.path());
  for (auto const size : {whole - 1, whole - 500, examined.data_set_offset, std::uintmax_t{0}}) {
    fs::resize_file(file.path(), size);
    part10_source from{examined};
    auto const got = read_all(from, 100);
    EXPECT_EQ(got.error, errc::source_failed) << size;
    EXPECT_LT(got.data.size(), data.size());
  }
}

TEST(part10_source, file_truncated_while_it_is_read) {
  auto const data = small_data_set(ct_class, "1.2", 1000);
  one_file const file{part10_bytes(meta_for(ct_class, "1.2"), data)};
  part10_source from{file.path()};
  bytes_t buffer(100);
  std::array const place{std::span{buffer}};
  EXPECT_EQ(from.read(place).bytes, 100U);
  fs::resize_file(file.path(), 150);
  auto const got = from.read(place);
  EXPECT_EQ(got.error, errc::source_failed);
  EXPECT_FALSE(got.last);
}

TEST(part10_source, file_grown_after_it_was_examined) {
  auto const data = small_data_set(ct_class, "1.2", 1000);
  auto const bytes = part10_bytes(meta_for(ct_class, "1.2"), data);
  one_file const file{bytes};
  auto const examined = file.examined();
  auto const later = fs::last_write_time(file.path()) + std::chrono::seconds{5};
  put(file.path(), bytes + pattern(5000));
  fs::last_write_time(file.path(), later);
  for (std::size_t const size : {1U, 100U, 100'000U}) {
    part10_source from{examined};
    auto const got = read_all(from, size);
    EXPECT_EQ(got.error, errc::source_failed);
  }
}

TEST(part10_source, file_replaced_after_it_was_examined) {
  auto const data = small_data_set(ct_class, "1.2", 1000);
  auto const other = small_data_set(ct_class, "1.3", 1000);
  one_file const file{part10_bytes(meta_for(ct_class, "1.2"), data)};
  auto const examined = file.examined();
  auto const later = fs::last_write_time(file.path()) + std::chrono::seconds{5};
  for (auto const& now : {part10_bytes(meta_for(ct_class, "1.3"), other), pattern(10'000),
                          part10_bytes(meta_for(ct_class, "1.2", "1.2.840.10008.1.2"), data)}) {
    put(file.path(), now);
    fs::last_write_time(file.path(), later);
    part10_source from{examined};
    auto const got = read_all(from, 100);
    EXPECT_EQ(got.error, errc::source_failed);
    EXPECT_TRUE(got.data.empty());
  }
  put(file.path(), part10_bytes(meta_for(ct_class, "1.2"), data));  // only touched
  fs::last_write_time(file.path(), later);
  part10_source from{examined};
  EXPECT_EQ(read_all(from, 100).data, data);
}

TEST(part10_source, file_written_to_while_it_is_read) {
  auto const data = small_data_set(ct_class, "1.2", 1000);
  one_file const file{part10_bytes(meta_for(ct_class, "1.2"), data)};
  part10_source from{file.path()};
  bytes_t buffer(100);
  std::array const place{std::span{buffer}};
  EXPECT_EQ(from.read(place).bytes, 100U);
  fs::last_write_time(file.path(), fs::last_write_time(file.path()) + std::chrono::seconds{5});
  auto const got = read_all(from, 100);
  EXPECT_EQ(got.error, errc::source_failed);
  EXPECT_LT(got.data.size() + 100, data.size()) << "its last piece stays away";
}

TEST(part10_source, throws_where_there_is_no_file) {
  temporary_folder const folder;
  auto const path = folder / "none";
  try {
    part10_source const none{path};
    FAIL();
  } catch (error const& e) {
    EXPECT_EQ(e.code(), std::errc::no_such_file_or_directory);
    EXPECT_EQ(e.what(), path.string() + ": No such file or directory");
  }
  put(path, pattern(1000));
  try {
    part10_source const none{path};
    FAIL();
  } catch (error const& e) {
    EXPECT_EQ(e.code(), errc::not_a_dicom_file);
    EXPECT_EQ(e.what(), path.string() + ": not a DICOM file");
  }
  part10_file gone;
  gone.path = folder / "gone";
  EXPECT_THROW(part10_source{gone}, error);
}

}  // namespace

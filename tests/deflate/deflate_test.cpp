// SPDX-License-Identifier: BSL-1.0
#include "data/random_data_set.hpp"
#include "file/files.hpp"
#include <codimse/data/head_scanner.hpp>
#include <codimse/data/read.hpp>
#include <codimse/data/write.hpp>
#include <codimse/deflate.hpp>
#include <codimse/file/part10.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

using namespace codimse_test;
namespace fs = std::filesystem;

constexpr auto& deflated = transfer_syntaxes::deflated_explicit_vr_little_endian;
constexpr auto& little = transfer_syntaxes::explicit_vr_little_endian;

class Deflate : public ::testing::Test {
 protected:
  void SetUp() override { use_deflate(); }
};

/// Inflates with pieces of some size, in and out.
bytes_t inflated(std::span<std::byte const> in, std::size_t step) {
  zlib_inflating stream;
  bytes_t out;
  for (;;) {
    bytes_t place(step);
    auto const done = stream.inflate(in.first(std::min(step, in.size())), place);
    EXPECT_FALSE(done.error);
    in = in.subspan(done.used);
    out.insert(out.end(), place.begin(), place.begin() + static_cast<long>(done.made));
    if (done.ended || done.error || (done.used == 0 && done.made == 0)) return out;
  }
}

TEST_F(Deflate, comes_back_in_pieces_of_any_size) {
  for (std::size_t const size : {0U, 1U, 1000U, 300'000U}) {
    auto const all = pattern(size);
    auto const small = deflate(all);
    EXPECT_EQ(small.size() % 2, 0U);
    for (std::size_t const step : {1U, 7U, 1000U, 1'000'000U})
      EXPECT_EQ(inflated(small, step), all);
  }
}

TEST_F(Deflate, grows_for_what_cannot_be_deflated) {
  std::uint32_t state = 1;
  bytes_t noise(200'000);
  for (auto& byte : noise)
    byte = static_cast<std::byte>((state = state * 1664525U + 1013904223U) >> 24U);
  EXPECT_EQ(inflated(deflate(noise), 4096), noise);
}

TEST_F(Deflate, after_the_end_nothing_is_used) {
  auto small = deflate(pattern(10));
  zlib_inflating stream;
  bytes_t place(100);
  EXPECT_TRUE(stream.inflate(small, place).ended);
  auto const more = stream.inflate(small, place);
  EXPECT_TRUE(more.ended);
  EXPECT_EQ(more.used + more.made, 0U);
}

TEST_F(Deflate, data_sets_are_read_and_written) {
  for (std::uint32_t seed = 1; seed < 30; ++seed) {
    auto const all = random_data_sets{seed}.make();
    auto const bytes = write_data_set(all, deflated);
    EXPECT_EQ(bytes.size() % 2, 0U);
    auto const back = read_data_set(bytes, deflated);
    ASSERT_TRUE(back.has_value()) << back.error().message();
    EXPECT_EQ(*back, all);
    EXPECT_TRUE(view_data_set(bytes, deflated).has_value());
  }
}

TEST_F(Deflate, an_odd_length_is_taken) {
  for (std::uint32_t seed = 1; seed < 10; ++seed) {
    auto const all = random_data_sets{seed}.make();
    auto bytes = write_data_set(all, deflated);
    bytes.push_back(std::byte{0});
    auto const back = read_data_set(bytes, deflated);
    ASSERT_TRUE(back.has_value()) << back.error().message();
    EXPECT_EQ(*back, all);
  }
}

TEST_F(Deflate, errors_have_names) {
  auto const bytes = deflate(pattern(1000));
  auto const cut = std::span{bytes}.first(bytes.size() / 2);
  EXPECT_EQ(view_data_set(cut, deflated).error(), errc::invalid_deflated_data);
  EXPECT_EQ(view_data_set({}, deflated).error(), errc::invalid_deflated_data);
  EXPECT_EQ(view_data_set(hex("FFFFFFFF"), deflated).error(), errc::invalid_deflated_data);
  // What is inside is judged as well.
  EXPECT_EQ(view_data_set(deflate(hex("28001000 5553 0200")), deflated).error(),
            errc::truncated_data_set);
}

TEST_F(Deflate, what_comes_out_is_bounded) {
  data_set all;
  all.set_bytes(tags::pixel_data, vr::ob, bytes_t(10'000'000));
  auto const bytes = write_data_set(all, deflated);
  EXPECT_LT(bytes.size(), 20'000U);
  read_options options;
  options.max_inflated = 1'000'000;
  EXPECT_EQ(view_data_set(bytes, deflated, options).error(), errc::limit_exceeded);
  options.max_inflated = 10'000'012;
  EXPECT_TRUE(view_data_set(bytes, deflated, options).has_value());
  options.max_inflated -= 1;
  EXPECT_EQ(view_data_set(bytes, deflated, options).error(), errc::limit_exceeded);
}

TEST_F(Deflate, the_head_of_a_data_set_is_found) {
  auto const plain = nested_data_set(little);
  auto const bytes = deflate(plain);
  for (std::size_t const step : {1U, 10U, 10000U}) {
    head_scanner scanner{deflated, identity, tags::study_instance_uid};
    for (std::size_t i = 0; i < bytes.size(); i += step)
      scanner.feed(std::span{bytes}.subspan(i, std::min(step, bytes.size() - i)));
    EXPECT_EQ(scanner.finish(), head_state::done);
    EXPECT_EQ(scanner.text(tags::study_instance_uid), "1.2.3.4");
  }
  head_scanner cut{deflated, identity, tags::pixel_data};
  cut.feed(deflate(std::span{plain}.first(20)));
  EXPECT_EQ(cut.state(), head_state::malformed);
  head_scanner garbage{deflated, identity, tags::pixel_data};
  EXPECT_EQ(garbage.feed(hex("FFFFFFFF")), head_state::malformed);
}

TEST_F(Deflate, a_head_is_not_looked_for_without_end) {
  byte_writer out;
  encode_element_header(out, {{0x0008, 0x0010}, vr::ob, 0xFFFFFFF0},
                        element_encoding::explicit_little);
  out.zeros(100'000'000);
  head_scanner scanner{deflated, identity, tags::study_instance_uid};
  EXPECT_EQ(scanner.feed(deflate(out.view())), head_state::malformed);
  EXPECT_LE(scanner.position(), head_scanner::inflated_limit + 4096);
}

TEST_F(Deflate, files_are_saved_and_loaded) {
  temporary_folder const folder;
  data_set all;
  all.set(tags::sop_class_uid, uid{ct_class}).set(tags::sop_instance_uid, uid{"1.2.3"});
  save_part10(folder / "a.dcm", all, deflated);
  auto const back = load_part10(folder / "a.dcm");
  EXPECT_EQ(back.dataset, all);
  EXPECT_EQ(back.meta.transfer_syntax.view(), deflated.uid);
}

TEST_F(Deflate, real_files_are_written_back_as_they_were) {
  auto const* const folder = std::getenv("CODIMSE_DICOM_DATA");
  if (folder == nullptr || !fs::exists(fs::path{folder} / "good"))
    GTEST_SKIP() << "CODIMSE_DICOM_DATA does not name a folder with DICOM files";
  int files = 0;
  for (auto const& entry : fs::directory_iterator{fs::path{folder} / "good"}) {
    SCOPED_TRACE(entry.path().filename().string());
    auto const bytes = content_of(entry.path());
    auto const meta = decode_file_meta(bytes, true);
    ASSERT_TRUE(meta.has_value());
    if (meta->meta.transfer_syntax.view() != deflated.uid) continue;
    ++files;
    auto const object = load_part10(entry.path());
    auto const inside = inflated(std::span{bytes}.subspan(meta->data_set_offset), 1U << 20U);
    // What is deflated is compared: another program deflates the same bytes to others. One file has
    // group lengths, which are dropped.
    bool const has_group_lengths =
        inside.size() > 4 && inside[2] == std::byte{0} && inside[3] == std::byte{0};
    bool const lengths_later = entry.path().filename().string().starts_with("cornerstone");
    auto const again = write_data_set(object.dataset, little, {sequence_lengths::keep});
    EXPECT_EQ(again == inside, !has_group_lengths && !lengths_later);
    auto const back = read_data_set(write_data_set(object.dataset, deflated), deflated);
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, object.dataset);
  }
  EXPECT_GT(files, 0);
}

}  // namespace

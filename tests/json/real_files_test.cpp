// SPDX-License-Identifier: BSL-1.0
// Real files, from the folder that CODIMSE_DICOM_DATA names: to JSON and back again.
#include <codimse/file/part10.hpp>
#include <codimse/json.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using namespace codimse;
namespace fs = std::filesystem;

class JsonOfRealFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    auto const* const folder = std::getenv("CODIMSE_DICOM_DATA");
    auto const* const required = std::getenv("CODIMSE_REQUIRE_PEERS");
    if (folder == nullptr || !fs::exists(fs::path{folder} / "good")) {
      if (required != nullptr && std::string_view{required} == "1")
        FAIL() << "CODIMSE_DICOM_DATA does not name the test files";
      GTEST_SKIP() << "CODIMSE_DICOM_DATA does not name a folder with DICOM files";
    }
    // Larger ones have more pixels, not more to tell.
    for (auto const& entry : fs::directory_iterator{fs::path{folder} / "good"})
      if (entry.file_size() < 200'000) files_.push_back(entry.path());
    std::ranges::sort(files_);
  }

  std::vector<fs::path> files_;
};

/// What JSON keeps bit for bit: all but text, which becomes UTF-8 without padding. The counts of
/// elements that were compared are added to `compared`.
void expect_kept(data_set const& before, data_set const& after, std::size_t& compared) {
  for (auto const& one : before) {
    if (!detail::has_place_in_json(one.tag()) || one.tag() == tags::specific_character_set)
      continue;
    auto const* const found = after.find(one.tag());
    ASSERT_NE(found, nullptr) << to_string(one.tag());
    ++compared;
    if (one.is_sequence()) {
      ASSERT_EQ(found->items().size(), one.items().size()) << to_string(one.tag());
      for (std::size_t i = 0; i < one.items().size(); ++i)
        expect_kept(one.items()[i], found->items()[i], compared);
    } else if (!is_text(one.vr())) {
      // One file has the items of encapsulated Pixel Data as a value of defined length.
      bool const mended = found->is_encapsulated() && !one.is_encapsulated();
      bool const padded = found->bytes().size() == one.bytes().size() + 1;
      EXPECT_TRUE(*found == one || padded || mended || detail::json_vr(one) != one.vr())
          << to_string(one.tag());
    } else if (one.vr() == vr::ds || one.vr() == vr::is) {
      ASSERT_EQ(value_count(*found), value_count(one)) << to_string(one.tag());
      for (std::size_t i = 0; i < value_count(one); ++i) {
        auto const number = element_value<double>::read(one, i);
        auto const again = element_value<double>::read(*found, i);
        EXPECT_EQ(number.has_value(), again.has_value()) << to_string(one.tag());
        EXPECT_TRUE(!number || !again || *number == *again) << to_string(one.tag());
      }
    }
  }
}

TEST_F(JsonOfRealFiles, ComesBack) {
  std::size_t converted = 0;
  std::size_t compared = 0;
  for (auto const& path : files_) {
    SCOPED_TRACE(path.filename());
    auto object = part10_object{};
    try {
      object = load_part10(path);
    } catch (error const& e) {
      EXPECT_EQ(e.code(), errc::deflate_not_available) << e.what();
      continue;
    }
    auto const text = to_json_text(object.dataset);
    ASSERT_TRUE(nlohmann::json::accept(text));
    std::string where;
    from_json_options options;
    options.error_at = &where;
    auto const again = from_json_text(text, options);
    ASSERT_TRUE(again.has_value()) << again.error().message() << " at " << where;
    expect_kept(object.dataset, *again, compared);
    // Text is UTF-8 without padding now: nothing changes any more, but for a last odd byte.
    auto const second = to_json_text(*again);
    auto const third = from_json_text(second);
    ASSERT_TRUE(third.has_value());
    EXPECT_EQ(*third, *again);
    ++converted;
  }
  EXPECT_GT(converted, files_.size() * 9 / 10);
  std::printf("%zu of %zu files, %zu elements\n", converted, files_.size(), compared);
}

}  // namespace

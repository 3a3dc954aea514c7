// SPDX-License-Identifier: BSL-1.0
// Whole files: made here, and real ones from the folder that CODIMSE_DICOM_DATA names.
#include "files.hpp"
#include <codimse/file/part10.hpp>

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace codimse_test;
using namespace transfer_syntaxes;
namespace fs = std::filesystem;

std::error_code load_error(fs::path const& path, read_options const& options = {}) {
  try {
    static_cast<void>(load_part10(path, options));
  } catch (error const& thrown) {
    EXPECT_TRUE(std::string_view{thrown.what()}.starts_with(path.string())) << thrown.what();
    return thrown.code();
  }
  return {};
}

data_set small() {
  data_set all;
  all.set(tags::sop_class_uid, uid{ct_class})
      .set(tags::sop_instance_uid, uid{"1.2.3"})
      .set(tags::rows, 4);
  all.add_item(tags::referenced_image_sequence).set(tags::rows, 5);
  return all;
}

TEST(part10, comes_back_as_it_was_saved) {
  temporary_folder const folder;
  for (auto const* const syntax : plain_syntaxes) {
    save_part10(folder / "a.dcm", small(), *syntax);
    auto const back = load_part10(folder / "a.dcm");
    EXPECT_EQ(back.dataset, small());
    EXPECT_EQ(back.meta.transfer_syntax.view(), syntax->uid);
    EXPECT_EQ(back.meta.media_storage_sop_class.view(), ct_class);
    EXPECT_EQ(back.meta.media_storage_sop_instance.view(), "1.2.3");
    EXPECT_EQ(back.meta.implementation_class, implementation_class_uid);
  }
  EXPECT_EQ(folder.files(), std::vector<std::string>{"a.dcm"}) << "no other name is left";
}

TEST(part10, says_what_cannot_be_saved) {
  temporary_folder const folder;
  auto const save_error = [&](std::string_view name, data_set const& all,
                              transfer_syntax const& syntax) {
    try {
      save_part10(folder / name, all, syntax);
    } catch (error const& thrown) {
      return thrown.code();
    }
    return std::error_code{};
  };
  auto without = small();
  without.erase(tags::sop_instance_uid);
  EXPECT_EQ(save_error("a.dcm", without, explicit_vr_little_endian), errc::no_sop_instance);
  EXPECT_EQ(save_error("a.dcm", small(), deflated_explicit_vr_little_endian),
            errc::deflate_not_available);
  EXPECT_EQ(save_error("nowhere/a.dcm", small(), explicit_vr_little_endian),
            std::errc::no_such_file_or_directory);
  fs::create_directory(folder / "taken");
  put(folder / "taken/b", bytes_t(1));
  EXPECT_TRUE(save_error("taken", small(), explicit_vr_little_endian));
  EXPECT_EQ(folder.files(), std::vector<std::string>{"taken/b"});
}

TEST(part10, says_what_cannot_be_loaded) {
  temporary_folder const folder;
  EXPECT_EQ(load_error(folder / "missing"), std::errc::no_such_file_or_directory);
  put(folder / "empty", {});
  EXPECT_EQ(load_error(folder / "empty"), errc::not_a_dicom_file);
  put(folder / "text", bytes_t(1000, std::byte{'x'}));
  EXPECT_EQ(load_error(folder / "text"), errc::not_a_dicom_file);
  put(folder / "dicm", hex("4449434D 0800"));
  EXPECT_EQ(load_error(folder / "dicm"), errc::not_a_dicom_file);
  auto bytes = part10_bytes(meta_for(ct_class, "1.2.3"), small_data_set(ct_class, "1.2.3"));
  bytes.pop_back();
  put(folder / "cut", bytes);
  EXPECT_EQ(load_error(folder / "cut"), errc::truncated_data_set);
  bytes.resize(150);
  put(folder / "meta", bytes);
  EXPECT_EQ(load_error(folder / "meta"), errc::data_set_malformed);
  read_problem problem;
  read_options options;
  options.problem = &problem;
  EXPECT_EQ(load_error(folder / "cut", options), errc::truncated_data_set);
  EXPECT_EQ(problem.tag, tags::pixel_data);
  options.keep_what_was_read = true;
  EXPECT_EQ(load_part10(folder / "cut", options).dataset.size(), 3U);
}

TEST(part10, is_read_from_memory_like_from_a_file) {
  auto const data = write_data_set(small(), explicit_vr_big_endian);
  auto bytes = part10_bytes(meta_for(ct_class, "1.2.3", explicit_vr_big_endian.uid), data);
  auto const viewed = view_part10(bytes);
  ASSERT_TRUE(viewed);
  EXPECT_EQ(viewed->dataset, small());
  EXPECT_EQ(viewed->meta.media_storage_sop_instance.view(), "1.2.3");
  EXPECT_EQ(view_part10(data)->meta.transfer_syntax.view(), explicit_vr_big_endian.uid);

  EXPECT_EQ(view_part10({}).error(), errc::not_a_dicom_file);
  auto const cut = std::span{bytes}.first(bytes.size() - 1);
  read_problem problem;
  read_options options;
  options.problem = &problem;
  EXPECT_EQ(view_part10(cut, options).error(), errc::truncated_data_set);
  EXPECT_EQ(problem.error, errc::truncated_data_set);

  auto const text = std::as_bytes(std::span{ct_class});
  EXPECT_EQ(read_part10({text.begin(), text.end()}).error(), errc::not_a_dicom_file);
  auto kept = read_part10(std::move(bytes));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->dataset, small()) << "the bytes went with it";
}

TEST(part10, tolerates_files_without_preamble_or_meta) {
  temporary_folder const folder;
  for (auto const* const syntax : plain_syntaxes) {
    auto const data = write_data_set(small(), *syntax);
    put(folder / "bare", data);
    auto const bare = load_part10(folder / "bare");
    EXPECT_EQ(bare.dataset, small());
    EXPECT_EQ(bare.meta.transfer_syntax.view(), syntax->uid);

    auto const whole = part10_bytes(meta_for(ct_class, "1.2.3", syntax->uid), data);
    put(folder / "no_preamble", std::span{whole}.subspan(file_meta_offset));
    EXPECT_EQ(load_part10(folder / "no_preamble").dataset, small());
    put(folder / "only_dicm", std::span{whole}.subspan(file_meta_offset - 4));
    EXPECT_EQ(load_part10(folder / "only_dicm").dataset, small());

    put(folder / "private_syntax", part10_bytes(meta_for(ct_class, "1.2.3", "2.25.5"), data));
    auto const unknown = load_part10(folder / "private_syntax");
    EXPECT_EQ(unknown.dataset, small());
    EXPECT_EQ(unknown.meta.transfer_syntax.view(), "2.25.5");
    put(folder / "no_syntax", part10_bytes(meta_for(ct_class, "1.2.3", ""), data));
    EXPECT_EQ(load_part10(folder / "no_syntax").meta.transfer_syntax.view(), syntax->uid);
  }
}

TEST(part10, reads_the_head_of_a_long_file) {
  temporary_folder const folder;
  auto all = small();
  all.set_bytes(tags::image_comments, vr::lt, bytes_t(60000, std::byte{'x'}));
  all.set_bytes(tags::lut_data, vr::ow, bytes_t(1'000'000));  // beyond what is read first
  all.set_bytes(tags::pixel_data, vr::ow, bytes_t(1'000'000));
  save_part10(folder / "a.dcm", all, explicit_vr_little_endian);
  read_options options;
  for (auto const stop : {tags::lut_data, tags::pixel_data}) {
    options.stop_at = stop;
    auto expected = all;
    expected.erase(tags::pixel_data);
    if (stop == tags::lut_data) expected.erase(tags::lut_data);
    EXPECT_EQ(load_part10(folder / "a.dcm", options).dataset, expected);
  }
  // Cut in the middle: that is the file's fault, not of reading its head.
  fs::resize_file(folder / "a.dcm", 400'000);
  EXPECT_EQ(load_error(folder / "a.dcm", options), errc::truncated_data_set);
  options.keep_what_was_read = true;
  EXPECT_EQ(load_part10(folder / "a.dcm", options).dataset.size(), 5U);
}

TEST(part10, takes_no_more_of_a_file_than_is_allowed) {
  temporary_folder const folder;
  auto all = small();
  all.set_bytes(tags::lut_data, vr::ow, bytes_t(500'000));
  all.set_bytes(tags::pixel_data, vr::ow, bytes_t(1'000'000));
  save_part10(folder / "a.dcm", all, explicit_vr_little_endian);
  read_options options;
  options.max_file_length = 400'000;
  EXPECT_EQ(load_error(folder / "a.dcm", options), errc::limit_exceeded);
  options.stop_at = tags::pixel_data;
  EXPECT_EQ(load_error(folder / "a.dcm", options), errc::limit_exceeded);
  options.stop_at = tags::lut_data;  // a head that is short enough
  EXPECT_FALSE(load_error(folder / "a.dcm", options));
  options.stop_at = tags::pixel_data;
  options.max_file_length = 600'000;
  EXPECT_FALSE(load_error(folder / "a.dcm", options));
}

TEST(part10, reads_on_where_the_head_ends_between_two_elements) {
  temporary_folder const folder;
  for (std::size_t const kib : {16U, 128U}) {  // what is read first, and next
    auto const head = kib * 1024;
    auto all = small();
    all.set_empty(tags::lut_data, vr::ow);
    auto const meta = encode_file_meta(make_file_meta(all, explicit_vr_little_endian));
    auto const before = meta.size() + write_data_set(all, explicit_vr_little_endian).size();
    all.set_bytes(tags::lut_data, vr::ow, bytes_t(head - before));
    all.set_bytes(tags::data_point_rows, vr::ul, bytes_t(4));
    auto const expected = all;
    all.set_bytes(tags::pixel_data, vr::ow, bytes_t(1'000'000));
    save_part10(folder / "a.dcm", all, explicit_vr_little_endian);
    read_options options;
    options.stop_at = tags::pixel_data;
    EXPECT_EQ(load_part10(folder / "a.dcm", options).dataset, expected) << head;
  }
}

// --- real files

bool peers_required() {
  auto const* const set = std::getenv("CODIMSE_REQUIRE_PEERS");
  return set != nullptr && std::string_view{set} == "1";
}

/// The output of a program, or nothing when it could not be run.
std::string output_of(std::string const& command) {
  struct closer {
    void operator()(FILE* f) const { ::pclose(f); }
  };
  std::unique_ptr<FILE, closer> const pipe{::popen(("(" + command + ") 2>/dev/null").c_str(), "r")};
  std::string all;
  char buffer[4096];
  while (pipe)
    if (auto const n = std::fread(buffer, 1, sizeof buffer, pipe.get()); n > 0)
      all.append(buffer, n);
    else break;
  return all;
}

/// The data set as DCMTK sees it, without group lengths and padding: as dcm2json has it, or dcmdump
/// where that gives up (compressed Pixel Data, unknown character sets).
std::string seen_by_dcmtk(fs::path const& path) {
  auto const name = " '" + path.string() + "'";
  auto json = output_of("dcm2json" + name);
  if (auto const padding = json.find(",\n  \"FFFCFFFC\""); padding != std::string::npos)
    json.replace(padding, std::string::npos, "\n}\n");
  if (!json.empty()) return json;
  return output_of("dcmdump -q +L" + name +
                   " | grep -av 'GroupLength\\|(fffc,fffc)\\|(0002,\\|^#'");
}

class RealDataSets : public ::testing::Test {
 protected:
  void SetUp() override {
    auto const* const folder = std::getenv("CODIMSE_DICOM_DATA");
    if (folder == nullptr || !fs::exists(fs::path{folder} / "good")) {
      if (peers_required()) FAIL() << "CODIMSE_DICOM_DATA does not name the test files";
      GTEST_SKIP() << "CODIMSE_DICOM_DATA does not name a folder with DICOM files";
    }
    root_ = folder;
  }
  fs::path root_;
};

// Files in good/ whose data set is not written back byte for byte.

/// They have group lengths (gggg,0000), which are retired and dropped.
std::set<std::string> const with_group_lengths{
    "cornerstonewadoimageloader__1_CTImage.dcm_JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1."
    "2.4.90.dcm",
    "cornerstonewadoimageloader__CTImage.dcm",
    "cornerstonewadoimageloader__CTImage.dcm_JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2."
    "4.90.dcm",
    "cornerstonewadoimageloader__CTImage.dcm_JPEG2000TransferSyntax_1.2.840.10008.1.2.4.91.dcm",
    "cornerstonewadoimageloader__CTImage.dcm_JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80."
    "dcm",
    "cornerstonewadoimageloader__CTImage.dcm_JPEGLSLossyTransferSyntax_1.2.840.10008.1.2.4.81.dcm",
    "cornerstonewadoimageloader__CTImage.dcm_JPEGProcess14SV1TransferSyntax_1.2.840.10008.1.2.4.70."
    "dcm",
    "cornerstonewadoimageloader__CTImage.dcm_JPEGProcess1TransferSyntax_1.2.840.10008.1.2.4.50.dcm",
    "cornerstonewadoimageloader__CTImage.dcm_LittleEndianExplicitTransferSyntax_1.2.840.10008.1.2."
    "1.dcm",
    "cornerstonewadoimageloader__CTImage.dcm_RLELosslessTransferSyntax_1.2.840.10008.1.2.5.dcm",
    "dcm4che__NM-MONO2-16-13x-heart.dcm",
    "dcm4che__US-PAL-8-10x-echo.dcm",
    "dcm4che__US-RGB-8-esopecho.dcm",
    "dcm4che__jpeg-ls-Palette.dcm",
    "fo-dicom__CT-MONO2-16-ankle.dcm",
    "fo-dicom__GH1146.dcm",
    "fo-dicom__GH1308.dcm",
    "fo-dicom__GH178.dcm",
    "fo-dicom__GH179A.dcm",
    "fo-dicom__ct.dcm",
    "go-dicom__CT-MONO2-16-ort.dcm",
    "pydicom-data__693_J2KR.dcm",
    "pydicom-data__693_UNCI.dcm",
    "pydicom-data__693_UNCR.dcm",
    "pydicom-data__color-px.dcm",
    "pydicom__ExplVR_BigEnd.dcm",
    "pylibjpeg-data__JPEGLosslessP14SV1_1s_1f_u_16_16.dcm",
    "pylibjpeg-data__TOSHIBA_J2K_SIZ1_PixRep0.dcm"};
/// They have Data Set Trailing Padding (FFFC,FFFC), which is dropped.
std::set<std::string> const with_padding{"dicomparser__CT1_UNC.explicit_big_endian.dcm",
                                         "dicomparser__CT1_UNC.fragmented_bot_jpeg_ls.80.dcm",
                                         "fo-dicom__D_CLUNIE_CT1_RLE_FRAGS.dcm",
                                         "pydicom-data__US1_UNCR.dcm",
                                         "pydicom__MR_small_RLE.dcm",
                                         "pydicom__MR_small_expb.dcm",
                                         "pydicom__MR_small_jp2klossless.dcm"};

TEST_F(RealDataSets, GoodOnesAreWrittenBackAsTheyWere) {
  bool const compare = !output_of("dcm2json --version").empty();
  if (!compare && peers_required()) FAIL() << "dcm2json is not installed";
  temporary_folder const folder;
  int files = 0;
  int identical = 0;
  for (auto const& entry : fs::directory_iterator{root_ / "good"}) {
    auto const name = entry.path().filename().string();
    SCOPED_TRACE(name);
    ++files;
    auto const bytes = content_of(entry.path());
    auto const meta = decode_file_meta(bytes, true);
    ASSERT_TRUE(meta.has_value());
    auto const* const syntax = find_transfer_syntax(meta->meta.transfer_syntax.view());
    ASSERT_NE(syntax, nullptr);
    if (syntax->deflated) {  // tests/deflate reads them
      EXPECT_EQ(load_error(entry.path()), errc::deflate_not_available);
      continue;
    }
    auto const object = load_part10(entry.path());
    EXPECT_EQ(object.meta, meta->meta);
    auto const again = write_data_set(object.dataset, *syntax, {sequence_lengths::keep});
    bool const same = std::ranges::equal(again, std::span{bytes}.subspan(meta->data_set_offset));
    EXPECT_EQ(same, !with_group_lengths.contains(name) && !with_padding.contains(name));
    identical += same ? 1 : 0;
    for (auto const lengths : {sequence_lengths::undefined, sequence_lengths::defined}) {
      auto const back = read_data_set(write_data_set(object.dataset, *syntax, {lengths}), *syntax);
      ASSERT_TRUE(back.has_value());
      EXPECT_EQ(*back, object.dataset);
    }
    if (same || !compare) continue;
    auto head = bytes_t(bytes.begin(), bytes.begin() + static_cast<long>(meta->data_set_offset));
    put(folder / "again", head + again);
    // A VR of two spaces is UN for DCMTK; here it is what the dictionary says.
    if (name == "fo-dicom__GH179A.dcm") continue;
    auto const seen = seen_by_dcmtk(folder / "again");
    EXPECT_EQ(seen, seen_by_dcmtk(entry.path()));
    EXPECT_FALSE(seen.empty());
  }
  EXPECT_GT(files, 0);
  std::printf("%d files, %d written back byte for byte\n", files, identical);
}

/// What becomes of the files in broken/: an error, or so many elements.
struct expectation {
  errc why;
  std::size_t elements = 0;
  std::string_view syntax{};
};
constexpr errc none{};
constexpr std::string_view implicit = "1.2.840.10008.1.2";

std::map<std::string, expectation> const broken{
    {"dcm4che__OT-PAL-8-face.dcm", {none, 28, implicit}},  // a bare data set
    // A bare data set that has the letters DICM where a file has them.
    {"dcm4che__no_preamble_dicm_in_data.dcm", {none, 23, explicit_little}},
    {"dcmjs__invalid-vr-length-test.dcm", {none, 59, implicit}},
    {"fo-dicom__CR-MONO1-10-chest.dcm", {none, 40, implicit}},
    // A VR of two spaces and a length field of four bytes after it: lost from there on.
    {"fo-dicom__GH179B.dcm", {errc::truncated_data_set}},
    {"fo-dicom__GH340.dcm", {none, 42, implicit}},
    // A private sequence is 4 bytes shorter than it says.
    {"fo-dicom__GH626.dcm", {errc::truncated_data_set}},
    {"fo-dicom__OutOfBoundsOverlay.dcm", {none, 176, "1.2.840.10008.1.2.4.70"}},
    {"pydicom-data__JLSL_RGB_ILV0.dcm", {none, 12, "1.2.840.10008.1.2.4.80"}},  // no preamble
    {"pydicom-data__JLSL_RGB_ILV2.dcm", {none, 12, "1.2.840.10008.1.2.4.80"}},
    {"pydicom-data__bad_sequence.dcm", {none, 79, "1.2.840.10008.1.2.4.70"}},
    // The last item is longer than its sequence, and than the file.
    {"pydicom__DICOMDIR-nooffset.dcm", {errc::invalid_element_length}},
    {"pydicom__DICOMDIR-reordered.dcm", {none, 5, explicit_little}},
    {"pydicom__ExplVR_LitEndNoMeta.dcm", {none, 24, explicit_little}},
    {"pydicom__SC_rgb_jpeg.dcm", {none, 34, "1.2.840.10008.1.2.4.50"}},  // implicit after all
    {"pydicom__badVR.dcm", {none, 45, explicit_little}},
    {"pydicom__rtplan_truncated.dcm", {errc::truncated_data_set}},
    {"pydicom__rtstruct.dcm", {none, 34, implicit}},
    {"pylibjpeg-data__JPEGLossless_1s_1f_i_16_16_bad.dcm", {none, 75, "1.2.840.10008.1.2.4.57"}},
};

TEST_F(RealDataSets, BrokenOnesAreReadOrHaveANamedError) {
  std::size_t files = 0;
  for (auto const& entry : fs::directory_iterator{root_ / "broken"}) {
    auto const name = entry.path().filename().string();
    SCOPED_TRACE(name);
    ++files;
    auto const known = broken.find(name);
    ASSERT_NE(known, broken.end());
    auto const& [why, elements, syntax] = known->second;
    if (why == none) {
      auto const object = load_part10(entry.path());
      EXPECT_EQ(object.dataset.size(), elements);
      EXPECT_EQ(object.meta.transfer_syntax.view(), syntax);
      continue;
    }
    EXPECT_EQ(load_error(entry.path()), why);
    read_options options;
    options.keep_what_was_read = true;
    EXPECT_FALSE(load_part10(entry.path(), options).dataset.empty());
  }
  EXPECT_EQ(files, broken.size());
}

}  // namespace

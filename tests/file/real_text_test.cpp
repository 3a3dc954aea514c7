// SPDX-License-Identifier: BSL-1.0
// The text of real files, from the folder that CODIMSE_DICOM_DATA names, at every level: read
// without a doubt wherever Specific Character Set (0008,0005) says what it is.
#include <codimse/data/character_set.hpp>
#include <codimse/data/dictionary_vr.hpp>
#include <codimse/data/element_header.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/file/meta.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace codimse;
namespace fs = std::filesystem;

struct text_counts {
  int elements = 0;  // text whose character set is not the default one
  int beyond_ascii = 0;
  std::vector<std::string> doubtful;
  std::string patient_name;
};

/// Walks a data set up to its encapsulated Pixel Data, and what is in its sequences; items inherit
/// the character set.
class walker {
 public:
  explicit walker(element_encoding encoding) : encoding_{encoding} {}

  text_counts counts;

  /// Up to the end of `in`, or to the delimiter that closes what has undefined length.
  void data_set(byte_reader& in, character_set set) {
    while (in.remaining() > 0 && in.ok()) {
      auto const header = decode_element_header(in, encoding_);
      if (header.tag == item_delimitation_tag || header.tag == sequence_delimitation_tag) return;
      auto const type = header.vr == vr::none ? dictionary_vr(header.tag) : header.vr;
      if (header.has_undefined_length() && header.tag == tags::pixel_data) return;
      if (header.has_undefined_length()) {
        undefined_length_sequence(in, header.vr, set);
      } else {
        auto const bytes = in.take(header.length);
        byte_reader inner{bytes};
        if (type == vr::sq) sequence(inner, set);
        else if (header.tag == tags::specific_character_set)
          set = character_set::from_terms(text_of(bytes));
        else value(header.tag, type, text_of(bytes), set);
      }
    }
  }

 private:
  static std::string_view text_of(std::span<std::byte const> bytes) {
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
  }

  /// Below UN of undefined length all is implicit little endian (PS3.5 6.2.2).
  void undefined_length_sequence(byte_reader& in, vr type, character_set const& set) {
    auto const outer = encoding_;
    if (type == vr::un) encoding_ = element_encoding::implicit_little;
    sequence(in, set);
    encoding_ = outer;
  }

  void sequence(byte_reader& in, character_set const& set) {
    while (in.remaining() > 0 && in.ok()) {
      auto const header = decode_element_header(in, encoding_);
      if (header.tag != item_tag) return;
      if (header.has_undefined_length()) {
        data_set(in, set);
      } else {
        byte_reader inner{in.take(header.length)};
        data_set(inner, set);
      }
    }
  }

  void value(tag at, vr type, std::string_view raw, character_set const& set) {
    if (!uses_character_set(type) || set == character_set{}) return;
    auto const found = set.decode(raw, type);
    if (at == tags::patient_name && counts.patient_name.empty()) counts.patient_name = found.text;
    ++counts.elements;
    counts.beyond_ascii += found.text.find_first_not_of(ascii_) != std::string::npos ? 1 : 0;
    if (!found.exact) counts.doubtful.push_back(to_string(at) + " " + found.text);
    if (!found.exact) return;
    auto const written = set.from_utf8(found.text, type);
    ASSERT_TRUE(written.has_value()) << found.text;
    EXPECT_EQ(set.to_utf8(*written, type), found.text);
  }

  static std::string ascii() {
    std::string all;
    for (char c = 0; c < 0x7F; ++c) all += c;
    return all;
  }

  element_encoding encoding_;
  std::string ascii_ = ascii();
};

text_counts text_in(fs::path const& path) {
  std::ifstream in{path, std::ios::binary};
  std::string const text{std::istreambuf_iterator<char>{in}, {}};
  auto const bytes = std::as_bytes(std::span{text});
  auto const meta = decode_file_meta(bytes, true);
  if (!meta || !meta->complete) return {};
  auto const* const syntax = find_transfer_syntax(meta->meta.transfer_syntax.view());
  if (syntax == nullptr || syntax->deflated) return {};
  byte_reader data_set{bytes.subspan(meta->data_set_offset)};
  walker walk{guess_encoding(data_set.rest()).value_or(encoding_of(*syntax))};
  walk.data_set(data_set, {});
  return walk.counts;
}

/// Names as PS3.5 Annexes H to J have them, in files that others made.
std::map<std::string, std::string> const known_names{
    {"fo-dicom__chrArab.dcm", "قباني^لنزار"},
    {"fo-dicom__chrGreek.dcm", "Διονυσιος"},
    {"fo-dicom__chrH31.dcm", "Yamada^Tarou=山田^太郎=やまだ^たろう"},
    {"fo-dicom__chrH32.dcm", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"},
    {"fo-dicom__chrHbrw.dcm", "שרון^דבורה"},
    {"fo-dicom__chrI2.dcm", "Hong^Gildong=洪^吉洞=홍^길동"},
    {"fo-dicom__chrRuss.dcm", "Люкceмбypг"},
    {"fo-dicom__chrX1.dcm", "Wang^XiaoDong=王^小東="},
    {"fo-dicom__chrX2.dcm", "Wang^XiaoDong=王^小东="},
    {"pydicom__chrFrenMulti.dcm", "Buc^Jérôme"},
};

TEST(RealText, IsReadWithoutADoubt) {
  auto const* const folder = std::getenv("CODIMSE_DICOM_DATA");
  auto const* const required = std::getenv("CODIMSE_REQUIRE_PEERS");
  if (folder == nullptr || !fs::exists(fs::path{folder} / "good")) {
    if (required != nullptr && std::string_view{required} == "1")
      FAIL() << "CODIMSE_DICOM_DATA does not name the test files";
    GTEST_SKIP() << "CODIMSE_DICOM_DATA does not name a folder with DICOM files";
  }
  int elements = 0;
  int beyond_ascii = 0;
  for (auto const& entry : fs::directory_iterator{fs::path{folder} / "good"}) {
    SCOPED_TRACE(entry.path().filename().string());
    auto const found = text_in(entry.path());
    elements += found.elements;
    beyond_ascii += found.beyond_ascii;
    for (auto const& one : found.doubtful) ADD_FAILURE() << one;
    auto const known = known_names.find(entry.path().filename().string());
    if (known != known_names.end()) {
      EXPECT_EQ(found.patient_name, known->second);
    }
  }
  EXPECT_GT(elements, 0);
  EXPECT_GT(beyond_ascii, 0);
  std::printf("%d text elements with a character set, %d beyond ASCII\n", elements, beyond_ascii);
}

}  // namespace

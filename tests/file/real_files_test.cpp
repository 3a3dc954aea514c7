// SPDX-License-Identifier: BSL-1.0
// Real files, from the folder that CODIMSE_DICOM_DATA names: `good/`, `broken/` and `manifest.csv`.
// What the scanner finds is compared with the manifest, and with DCMTK's dcmdump where installed.
#include "data/bytes.hpp"
#include <codimse/file/meta.hpp>

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <unistd.h>

namespace {

using namespace codimse_test;
namespace fs = std::filesystem;

bool peers_required() {
  auto const* const set = std::getenv("CODIMSE_REQUIRE_PEERS");
  return set != nullptr && std::string_view{set} == "1";
}

/// The output of a program, or nothing when it could not be run or failed.
std::string output_of(std::string const& command) {
  struct closer {
    void operator()(FILE* f) const { ::pclose(f); }
  };
  std::unique_ptr<FILE, closer> const pipe{::popen((command + " 2>/dev/null").c_str(), "r")};
  std::string all;
  char buffer[4096];
  while (pipe)
    if (auto const n = std::fread(buffer, 1, sizeof buffer, pipe.get()); n > 0)
      all.append(buffer, n);
    else break;
  return all;
}

bool have_dcmdump() { return !output_of("dcmdump --version").empty(); }

bytes_t read_file(fs::path const& path) {
  std::ifstream in{path, std::ios::binary};
  std::string const text{std::istreambuf_iterator<char>{in}, {}};
  auto const bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

/// Top-level values by tag, as dcmdump prints them.
std::map<std::string, std::string> dcmdump(fs::path const& path) {
  std::map<std::string, std::string> values;
  auto const text = output_of("dcmdump -q +uc -Un -M +p +P 0008,0016 +P 0008,0018 +P 0020,000d '" +
                              path.string() + "'");
  for (std::size_t at = 0; at < text.size();) {
    auto const line = text.substr(at, text.find('\n', at) - at);
    at += line.size() + 1;
    auto const open = line.find('[');
    auto const close = line.find(']');
    // The first one counts; one inside a sequence has a path before it: "(0008,1140).(0008,1155)".
    if (line.size() > 14 && line.substr(11, 1) == " " && close != std::string::npos)
      values.emplace(line.substr(0, 11), line.substr(open + 1, close - open - 1));
  }
  return values;
}

class RealFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    auto const* const folder = std::getenv("CODIMSE_DICOM_DATA");
    if (folder == nullptr || !fs::exists(fs::path{folder} / "manifest.csv")) {
      if (peers_required()) FAIL() << "CODIMSE_DICOM_DATA does not name the test files";
      GTEST_SKIP() << "CODIMSE_DICOM_DATA does not name a folder with DICOM files";
    }
    root_ = folder;
    std::ifstream in{root_ / "manifest.csv"};
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
      // file, origin_repo, origin_commit, origin_path, licence, sop_class, transfer_syntax
      std::vector<std::string> fields;
      for (std::size_t at = 0; at != std::string::npos && fields.size() < 7;) {
        auto const comma = line.find(',', at);
        fields.push_back(line.substr(at, comma - at));
        at = comma == std::string::npos ? comma : comma + 1;
      }
      manifest_[fields.at(0)] = {fields.at(5), fields.at(6)};
    }
  }

  struct facts {
    std::string sop_class;
    std::string transfer_syntax;
  };
  fs::path root_;
  std::map<std::string, facts> manifest_;
};

TEST_F(RealFiles, GoodOnesHaveTheIdentityThatOthersSee) {
  bool const compare = have_dcmdump();
  if (!compare && peers_required()) FAIL() << "dcmdump is not installed";
  int files = 0;
  int identities = 0;
  for (auto const& [name, known] : manifest_) {
    if (!name.starts_with("good/")) continue;
    SCOPED_TRACE(name);
    ++files;
    auto const bytes = read_file(root_ / name);
    auto const found = decode_file_meta(bytes, true);
    ASSERT_TRUE(found && found->complete);
    EXPECT_EQ(found->meta.transfer_syntax.view(), known.transfer_syntax);
    auto const* const syntax = find_transfer_syntax(found->meta.transfer_syntax.view());
    ASSERT_NE(syntax, nullptr);
    auto const data_set = std::span{bytes}.subspan(found->data_set_offset);

    head_scanner scanner{*syntax, identity, tags::study_instance_uid};
    auto const state = scanner.feed(data_set);
    head_scanner bytewise{*syntax, identity, tags::study_instance_uid};
    for (std::size_t i = 0; i < std::min<std::size_t>(data_set.size(), 20000); ++i)
      bytewise.feed(data_set.subspan(i, 1));
    if (syntax->deflated) {
      EXPECT_EQ(state, head_state::unsupported);
      continue;
    }
    EXPECT_EQ(scanner.finish(), head_state::done);
    bool const all_seen = bytewise.state() == head_state::done;
    EXPECT_TRUE(!all_seen || result_of(bytewise) == result_of(scanner));

    // To the very end as well: every element of every file is walked past.
    head_scanner to_end{*syntax, identity, {0xFFFF, 0xFFFF}};
    to_end.feed(data_set);
    EXPECT_EQ(to_end.finish(), head_state::done) << "at " << to_end.position();
    EXPECT_EQ(to_end.position(), data_set.size());
    for (auto const one : identity) EXPECT_EQ(to_end.value(one), scanner.value(one));

    auto const text = [&](tag at) { return std::string{scanner.text(at).value_or("")}; };
    // A DICOMDIR has no SOP Class in its data set; a few files contradict their meta.
    bool const agrees = found->meta.media_storage_sop_class.view() == text(tags::sop_class_uid);
    EXPECT_TRUE(!agrees || text(tags::sop_class_uid) == known.sop_class);
    if (!compare) continue;
    auto dumped = dcmdump(root_ / name);
    EXPECT_EQ(text(tags::sop_class_uid), dumped["(0008,0016)"]);
    EXPECT_EQ(text(tags::sop_instance_uid), dumped["(0008,0018)"]);
    EXPECT_EQ(text(tags::study_instance_uid), dumped["(0020,000d)"]);
    identities += dumped.empty() ? 0 : 1;
  }
  EXPECT_GT(files, 0);
  EXPECT_TRUE(!compare || identities > files / 2);
  std::printf("%d files, identity compared with dcmdump for %d\n", files, identities);
}

TEST_F(RealFiles, BrokenOnesEndSomehow) {
  for (auto const& [name, known] : manifest_) {
    if (!name.starts_with("broken/")) continue;
    SCOPED_TRACE(name);
    auto const bytes = read_file(root_ / name);
    auto const found = decode_file_meta(bytes, true);
    if (!found) {
      EXPECT_TRUE(found.error() == errc::not_a_dicom_file ||
                  found.error() == errc::data_set_malformed);
      continue;
    }
    for (auto const* const syntax : plain_syntaxes) {
      head_scanner scanner{*syntax, identity, tags::study_instance_uid};
      scanner.feed(std::span{bytes}.subspan(found->data_set_offset));
      EXPECT_NE(scanner.finish(), head_state::need_more);
    }
  }
}

// A CT image of our own, in each encoding, as DCMTK reads it.
TEST(WrittenFile, IsReadByDcmdump) {
  if (!have_dcmdump()) {
    if (peers_required()) FAIL() << "dcmdump is not installed";
    GTEST_SKIP() << "dcmdump is not installed";
  }
  for (auto const* const syntax : plain_syntaxes) {
    SCOPED_TRACE(syntax->name);
    byte_writer out;
    out.append(encode_file_meta({.media_storage_sop_class = "1.2.840.10008.5.1.4.1.1.2",
                                 .media_storage_sop_instance = "1.2.3.4",
                                 .transfer_syntax = syntax->uid,
                                 .implementation_class = "2.25.1",
                                 .implementation_version_name = "CODIMSE",
                                 .source = "SCU",
                                 .sending = {},
                                 .receiving = {}}));
    element_writer w{out, *syntax};
    w.uid(tags::sop_class_uid, "1.2.840.10008.5.1.4.1.1.2");
    w.uid(tags::sop_instance_uid, "1.2.3.4");
    w.begin_sequence(tags::referenced_image_sequence);
    w.begin_item();
    w.uid(tags::referenced_sop_instance_uid, "1.2.3.5");
    w.end_item();
    w.end_sequence();
    w.text(tags::patient_name, vr::pn, "Phantom^Head");
    w.uid(tags::study_instance_uid, "1.2.3");
    w.us(tags::rows, 2);
    w.ds(tags::pixel_spacing, 0.5, 0.25);
    w.ss({0x0028, 0x0106}, -1024);
    std::array<std::uint16_t, 4> const pixels{1, 2, 3, 0xABCD};
    w.ow(tags::pixel_data, pixels);

    auto const path =
        fs::path{::testing::TempDir()} / ("codimse_written_" + std::to_string(::getpid()) + ".dcm");
    std::ofstream{path, std::ios::binary}.write(reinterpret_cast<char const*>(out.view().data()),
                                                static_cast<std::streamsize>(out.size()));
    auto const dump = output_of("dcmdump -Un +L '" + path.string() + "'");
    fs::remove(path);
    for (char const* const line :
         {"(0008,0018) UI [1.2.3.4] ", "(0008,1155) UI [1.2.3.5] ", "PN [Phantom^Head] ",
          "(0020,000d) UI [1.2.3] ", "(0028,0010) US 2 ", "DS [0.5\\0.25] ", "(7fe0,0010) OW ",
          "0001\\0002\\0003\\abcd", "(0002,0013) SH [CODIMSE] "})
      EXPECT_NE(dump.find(line), std::string::npos) << line << "\n" << dump;
  }
}

}  // namespace

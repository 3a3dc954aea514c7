// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "toolkit.hpp"

#include <cstddef>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcdict.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/oflog/oflog.h>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace bench {

/// DCMTK's dcmdata. At its best: the dictionary is loaded beforehand, the log is off, the kind of
/// file is said instead of looked for, reading stops at Pixel Data, writing computes no group
/// lengths and goes to a buffer that holds the whole. No value before Pixel Data is longer than
/// `DCM_MaxReadLength` (4096 bytes), so none is put off till it is asked for.
class dcmtk_toolkit : public toolkit {
 public:
  dcmtk_toolkit() : buffer_(64 * 1024 * 1024) {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    require(dcmDataDict.isDictionaryLoaded(), "DCMTK: loading the dictionary");
  }
  [[nodiscard]] std::string_view name() const override { return "DCMTK"; }

  void read_file(std::filesystem::path const& path) override {
    DcmFileFormat object;
    load(object, path);
  }
  void read_memory(std::span<std::byte const> file) override {
    DcmFileFormat object;
    parse(object, file);
  }
  tally count_file(std::filesystem::path const& path) override {
    DcmFileFormat object;
    load(object, path);
    return count(*object.getDataset());
  }
  tally count_memory(std::span<std::byte const> file) override {
    DcmFileFormat object;
    parse(object, file);
    return count(*object.getDataset());
  }

  void keep(std::span<bytes const> files) override {
    kept_.clear();
    for (auto const& file : files) {
      kept_.push_back(std::make_unique<DcmFileFormat>());
      parse(*kept_.back(), file);
    }
  }
  std::size_t write_memory(std::size_t index) override {
    auto& all = *kept_[index]->getDataset();
    DcmOutputBufferStream out{buffer_.data(), static_cast<offile_off_t>(buffer_.size())};
    all.transferInit();
    auto const done = all.write(out, EXS_LittleEndianExplicit, EET_UndefinedLength, nullptr,
                                EGL_noChange, EPD_noChange);
    all.transferEnd();
    require(done.good(), "DcmDataset::write");
    return static_cast<std::size_t>(out.filled());
  }
  void write_file(std::size_t index, std::filesystem::path const& path) override {
    auto const done = kept_[index]->saveFile(path.c_str(), EXS_LittleEndianExplicit,
                                             EET_UndefinedLength, EGL_noChange, EPD_noChange);
    require(done.good(), "DcmFileFormat::saveFile");
  }
  double get_values(std::size_t index) override {
    auto& all = *kept_[index]->getDataset();
    double sum = 0;
    for (auto const& at : {DCM_SOPInstanceUID, DCM_Modality, DCM_PatientName, DCM_PatientID,
                           DCM_StudyInstanceUID, DCM_SeriesInstanceUID}) {
      char const* text = nullptr;
      require(all.findAndGetString(at, text).good(), "findAndGetString");
      sum += static_cast<double>(std::string_view{text}.size());
    }
    Sint32 series = 0;
    Uint16 rows = 0;
    Uint16 columns = 0;
    Float64 weight = 0;
    bool const found = all.findAndGetSint32(DCM_SeriesNumber, series).good() &&
                       all.findAndGetUint16(DCM_Rows, rows).good() &&
                       all.findAndGetUint16(DCM_Columns, columns).good() &&
                       all.findAndGetFloat64(DCM_PatientWeight, weight).good();
    require(found, "findAndGet of a number");
    return sum + series + rows + columns + weight;
  }

 private:
  static void load(DcmFileFormat& object, std::filesystem::path const& path) {
    auto const done = object.loadFileUntilTag(path.c_str(), EXS_Unknown, EGL_noChange,
                                              DCM_MaxReadLength, ERM_fileOnly, DCM_PixelData);
    require(done.good(), "DcmFileFormat::loadFileUntilTag");
  }
  static void parse(DcmFileFormat& object, std::span<std::byte const> file) {
    DcmInputBufferStream in;
    in.setBuffer(file.data(), static_cast<offile_off_t>(file.size()));
    in.setEos();
    object.transferInit();
    auto const done =
        object.readUntilTag(in, EXS_Unknown, EGL_noChange, DCM_MaxReadLength, DCM_PixelData);
    object.transferEnd();
    require(done.good(), "DcmFileFormat::readUntilTag");
  }

  /// Walks as DCMTK advises: from object to object, which is linear.
  static tally count(DcmItem& all) {
    tally sum;
    for (auto* one = all.nextInContainer(nullptr); one != nullptr; one = all.nextInContainer(one)) {
      ++sum.elements;
      if (one->ident() == EVR_SQ) add_items(sum, static_cast<DcmSequenceOfItems&>(*one));
      else sum.value_bytes += one->getLengthField();
    }
    return sum;
  }
  static void add_items(tally& sum, DcmSequenceOfItems& sequence) {
    for (auto* item = sequence.nextInContainer(nullptr); item != nullptr;
         item = sequence.nextInContainer(item)) {
      auto const within = count(static_cast<DcmItem&>(*item));
      sum.elements += within.elements;
      sum.value_bytes += within.value_bytes;
    }
  }

  std::vector<std::unique_ptr<DcmFileFormat>> kept_;
  bytes buffer_;
};

}  // namespace bench

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "toolkit.hpp"

#include <cstddef>
#include <filesystem>
#include <gdcmAttribute.h>
#include <gdcmExplicitDataElement.h>
#include <gdcmReader.h>
#include <gdcmSequenceOfItems.h>
#include <gdcmSwapper.h>
#include <gdcmTrace.h>
#include <gdcmWriter.h>
#include <istream>
#include <memory>
#include <ostream>
#include <set>
#include <span>
#include <streambuf>
#include <string_view>
#include <vector>

namespace bench {

/// Memory as a stream, without a copy.
class memory_streambuf : public std::streambuf {
 public:
  explicit memory_streambuf(std::span<std::byte const> from) {
    auto* const begin = const_cast<char*>(reinterpret_cast<char const*>(from.data()));
    setg(begin, begin, begin + from.size());
  }
  explicit memory_streambuf(std::span<std::byte> to) {
    auto* const begin = reinterpret_cast<char*>(to.data());
    setp(begin, begin + to.size());
  }
  [[nodiscard]] std::size_t written() const { return static_cast<std::size_t>(pptr() - pbase()); }

 protected:
  pos_type seekoff(off_type by, std::ios_base::seekdir from,
                   std::ios_base::openmode which) override {
    if ((which & std::ios_base::in) == 0) return pos_type(off_type(-1));
    auto const base = from == std::ios_base::beg   ? off_type{0}
                      : from == std::ios_base::cur ? gptr() - eback()
                                                   : egptr() - eback();
    auto const to = base + by;
    if (to < 0 || to > egptr() - eback()) return pos_type(off_type(-1));
    setg(eback(), eback() + to, egptr());
    return pos_type(to);
  }
  pos_type seekpos(pos_type to, std::ios_base::openmode which) override {
    return seekoff(off_type(to), std::ios_base::beg, which);
  }
};

/// GDCM. At its best: tracing is off, Pixel Data is passed over with a seek where reading stops,
/// memory is read and written in place, and writing leaves the meta information as it is.
class gdcm_toolkit : public toolkit {
 public:
  gdcm_toolkit() : buffer_(64 * 1024 * 1024) {
    gdcm::Trace::WarningOff();
    gdcm::Trace::ErrorOff();
    gdcm::Trace::DebugOff();
  }
  [[nodiscard]] std::string_view name() const override { return "GDCM"; }

  void read_file(std::filesystem::path const& path) override {
    gdcm::Reader reader;
    load(reader, path);
  }
  void read_memory(std::span<std::byte const> file) override {
    gdcm::Reader reader;
    parse(reader, file);
  }
  tally count_file(std::filesystem::path const& path) override {
    gdcm::Reader reader;
    load(reader, path);
    return count(reader.GetFile().GetDataSet());
  }
  tally count_memory(std::span<std::byte const> file) override {
    gdcm::Reader reader;
    parse(reader, file);
    return count(reader.GetFile().GetDataSet());
  }

  void keep(std::span<bytes const> files) override {
    kept_.clear();
    for (auto const& file : files) {
      gdcm::Reader reader;
      parse(reader, file);
      kept_.emplace_back(&reader.GetFile());
    }
  }
  std::size_t write_memory(std::size_t index) override {
    memory_streambuf memory{std::span{buffer_}};
    std::ostream out{&memory};
    kept_[index]->GetDataSet().Write<gdcm::ExplicitDataElement, gdcm::SwapperNoOp>(out);
    require(out.good(), "gdcm::DataSet::Write");
    return memory.written();
  }
  void write_file(std::size_t index, std::filesystem::path const& path) override {
    gdcm::Writer writer;
    writer.SetFileName(path.c_str());
    writer.SetFile(*kept_[index]);
    writer.CheckFileMetaInformationOff();
    require(writer.Write(), "gdcm::Writer::Write");
  }
  double get_values(std::size_t index) override {
    auto const& all = kept_[index]->GetDataSet();
    double sum = length<0x0008, 0x0018>(all) + length<0x0008, 0x0060>(all) +
                 length<0x0010, 0x0010>(all) + length<0x0010, 0x0020>(all) +
                 length<0x0020, 0x000D>(all) + length<0x0020, 0x000E>(all);
    return sum + value<0x0020, 0x0011>(all) + value<0x0028, 0x0010>(all) +
           value<0x0028, 0x0011>(all) + value<0x0010, 0x1030>(all);
  }

 private:
  static void read(gdcm::Reader& reader) {
    static gdcm::Tag const pixel_data{0x7FE0, 0x0010};
    static std::set<gdcm::Tag> const passed_over{pixel_data};
    require(reader.ReadUpToTag(pixel_data, passed_over), "gdcm::Reader::ReadUpToTag");
  }
  static void load(gdcm::Reader& reader, std::filesystem::path const& path) {
    reader.SetFileName(path.c_str());
    read(reader);
  }
  static void parse(gdcm::Reader& reader, std::span<std::byte const> file) {
    memory_streambuf memory{file};
    std::istream in{&memory};
    reader.SetStream(in);
    read(reader);
  }

  template <std::uint16_t Group, std::uint16_t Element>
  static double value(gdcm::DataSet const& all) {
    gdcm::Attribute<Group, Element> attribute;
    attribute.SetFromDataSet(all);
    return static_cast<double>(attribute.GetValue());
  }
  /// Without its padding.
  template <std::uint16_t Group, std::uint16_t Element>
  static double length(gdcm::DataSet const& all) {
    gdcm::Attribute<Group, Element> attribute;
    attribute.SetFromDataSet(all);
    return static_cast<double>(attribute.GetValue().Trim().size());
  }

  static tally count(gdcm::DataSet const& all) {
    tally sum;
    for (auto one = all.Begin(); one != all.End(); ++one) {
      ++sum.elements;
      if (one->GetVR() == gdcm::VR::SQ) add_items(sum, *one->GetValueAsSQ());
      else sum.value_bytes += one->GetVL();
    }
    return sum;
  }
  static void add_items(tally& sum, gdcm::SequenceOfItems const& sequence) {
    for (auto item = sequence.Begin(); item != sequence.End(); ++item) {
      auto const within = count(item->GetNestedDataSet());
      sum.elements += within.elements;
      sum.value_bytes += within.value_bytes;
    }
  }

  std::vector<gdcm::SmartPointer<gdcm::File>> kept_;
  bytes buffer_;
};

}  // namespace bench

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "toolkit.hpp"
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/read.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/data/write.hpp>
#include <codimse/file/meta.hpp>
#include <codimse/file/part10.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace bench {

/// This library. Files with `load_part10`, memory as a view: values lie in the caller's bytes.
class codimse_toolkit : public toolkit {
 public:
  [[nodiscard]] std::string_view name() const override { return "codimse"; }

  void read_file(std::filesystem::path const& path) override {
    auto const object = codimse::load_part10(path, up_to_pixels());
    require(!object.dataset.empty(), "load_part10");
  }
  void read_memory(std::span<std::byte const> file) override {
    require(!view(file).empty(), "view_data_set");
  }
  tally count_file(std::filesystem::path const& path) override {
    return count(codimse::load_part10(path, up_to_pixels()).dataset);
  }
  tally count_memory(std::span<std::byte const> file) override { return count(view(file)); }

  void keep(std::span<bytes const> files) override {
    kept_.clear();
    for (auto const& file : files) kept_.push_back(view(file));
  }
  std::size_t write_memory(std::size_t index) override {
    return codimse::write_data_set(kept_[index], explicit_little()).size();
  }
  void write_file(std::size_t index, std::filesystem::path const& path) override {
    codimse::save_part10(path, kept_[index], explicit_little());
  }
  double get_values(std::size_t index) override {
    namespace tags = codimse::tags;
    auto const& all = kept_[index];
    double sum = 0;
    for (auto const at : {tags::sop_instance_uid, tags::modality, tags::patient_name,
                          tags::patient_id, tags::study_instance_uid, tags::series_instance_uid})
      sum += static_cast<double>(all.get<std::string_view>(at).size());
    return sum + all.get<std::int32_t>(tags::series_number) + all.get<std::uint16_t>(tags::rows) +
           all.get<std::uint16_t>(tags::columns) + all.get<double>(tags::patient_weight);
  }

 private:
  static codimse::transfer_syntax const& explicit_little() {
    return codimse::transfer_syntaxes::explicit_vr_little_endian;
  }
  static codimse::read_options up_to_pixels() { return {.stop_at = codimse::tags::pixel_data}; }

  static codimse::data_set view(std::span<std::byte const> file) {
    auto const meta = codimse::decode_file_meta(file, true);
    require(meta.has_value(), "decode_file_meta");
    auto all = codimse::view_data_set(file.subspan(meta->data_set_offset), explicit_little(),
                                      up_to_pixels());
    require(all.has_value(), "view_data_set");
    return *std::move(all);
  }
  static tally count(codimse::data_set const& all) {
    tally sum;
    for (auto const& one : all) {
      ++sum.elements;
      sum.value_bytes += one.bytes().size();
      for (auto const& item : one.items()) {
        auto const within = count(item);
        sum.elements += within.elements;
        sum.value_bytes += within.value_bytes;
      }
    }
    return sum;
  }

  std::vector<codimse::data_set> kept_;
};

}  // namespace bench

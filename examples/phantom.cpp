// SPDX-License-Identifier: BSL-1.0
// phantom: writes a synthetic CT study as Part 10 files, always the same one: a head of ellipsoids
// after Shepp and Logan, in Hounsfield units, with some noise.
#include <codimse/core/implementation.hpp>
#include <codimse/core/printable.hpp>
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/data/element_writer.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/file/meta.hpp>
#include <codimse/sop/storage.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <numbers>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t side = 512;                       // rows and columns
constexpr double field_of_view = 250.0;                 // mm
constexpr double pixel_spacing = field_of_view / side;  // mm
constexpr double length = 240.0;                        // mm, from the first slice to the last
constexpr double intercept = -1024.0;                   // HU of the stored value 0

/// UUIDs as decimal numbers (PS3.5 B.2), chosen once, that differ only in their last six digits.
codimse::uid uid_of(unsigned number) {
  std::string const digits = std::to_string(number);
  return "2.25.230373144874133653275696021257689" + std::string(6 - digits.size(), '0') + digits;
}
codimse::uid study_uid() { return uid_of(1); }
codimse::uid series_uid() { return uid_of(2); }
codimse::uid frame_of_reference_uid() { return uid_of(3); }
codimse::uid instance_uid(unsigned slice) { return uid_of(1000 + slice); }

// --- the head
// -------------------------------------------------------------------------------------

/// Adds `density` (HU) inside. Centre and half axes in units of half the field of view.
struct ellipsoid {
  double x, y, z;
  double a, b, c;
  double degrees;  // turned about the z axis
  double density;
};

/// After Shepp and Logan, with contrasts that one can see: skull, brain, ventricles, lesions.
constexpr std::array head{
    ellipsoid{0.0, 0.0, 0.0, 0.69, 0.92, 0.90, 0, 1950},
    ellipsoid{0.0, -0.0184, 0.0, 0.6624, 0.874, 0.88, 0, -910},
    ellipsoid{0.22, 0.0, 0.0, 0.11, 0.31, 0.22, -18, -35},
    ellipsoid{-0.22, 0.0, 0.0, 0.16, 0.41, 0.28, 18, -35},
    ellipsoid{0.0, 0.35, -0.15, 0.21, 0.25, 0.41, 0, 20},
    ellipsoid{0.0, 0.1, 0.25, 0.046, 0.046, 0.05, 0, 40},
    ellipsoid{0.0, -0.1, 0.25, 0.046, 0.046, 0.05, 0, 40},
    ellipsoid{-0.08, -0.605, 0.0, 0.046, 0.023, 0.05, 0, 60},
    ellipsoid{0.0, -0.605, 0.0, 0.023, 0.023, 0.02, 0, 60},
    ellipsoid{0.06, -0.605, 0.0, 0.023, 0.046, 0.02, 0, 60},
};

using image = std::vector<float>;  // HU

/// Adds the part of one ellipsoid that lies on one row: all x with p x^2 + q x + r <= 0.
void add_row(std::span<float> row, ellipsoid const& e, double y, double z) {
  double const angle = e.degrees * std::numbers::pi / 180;
  double const cosine = std::cos(angle);
  double const sine = std::sin(angle);
  double const u = 1 / (e.a * e.a);
  double const v = 1 / (e.b * e.b);
  double const p = u * cosine * cosine + v * sine * sine;
  double const q = 2 * y * sine * cosine * (u - v);
  double const r = y * y * (u * sine * sine + v * cosine * cosine) + z * z / (e.c * e.c) - 1;
  double const discriminant = q * q - 4 * p * r;
  if (discriminant <= 0) return;
  auto const column = [&](double x) {
    double const place = (x + e.x + 1) / 2 * static_cast<double>(side);
    return static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(side)));
  };
  double const half = std::sqrt(discriminant) / (2 * p);
  double const middle = -q / (2 * p);
  for (std::size_t i = column(middle - half); i < column(middle + half); ++i)
    row[i] += static_cast<float>(e.density);
}

/// `z`: from -1 to 1 along the head. Row 0 is at the front of the patient.
image draw(double z) {
  image pixels(side * side, -1000.0F);
  for (std::size_t j = 0; j < side; ++j) {
    double const y = 1 - (2 * static_cast<double>(j) + 1) / static_cast<double>(side);
    for (auto const& e : head)
      add_row(std::span{pixels}.subspan(j * side, side), e, y - e.y, z - e.z);
  }
  return pixels;
}

/// Stored values of 12 bits, with the noise of a scanner: the same in every run.
std::vector<std::uint16_t> digitize(image const& pixels, unsigned slice) {
  std::vector<std::uint16_t> values(pixels.size());
  std::uint32_t state = 2463534242U + slice;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    state ^= state << 13U;  // xorshift32
    state ^= state >> 17U;
    state ^= state << 5U;
    double const noise = static_cast<double>(state % 17) - 8;
    values[i] = static_cast<std::uint16_t>(
        std::clamp(static_cast<double>(pixels[i]) + noise - intercept, 0.0, 4095.0));
  }
  return values;
}

// --- the data set: the CT Image IOD (PS3.3 A.3)
// ----------------------------------------------------

namespace tags = codimse::tags;
using codimse::vr;

void write_general(codimse::element_writer& out, unsigned slice) {
  out.text(tags::specific_character_set, vr::cs, "ISO_IR 100");
  out.text(tags::image_type, vr::cs, "ORIGINAL\\PRIMARY\\AXIAL");
  out.uid(tags::sop_class_uid, codimse::sop::ct_image_storage.uid);
  out.uid(tags::sop_instance_uid, instance_uid(slice));
  out.text(tags::study_date, vr::da, "20240101");
  out.text(tags::content_date, vr::da, "20240101");
  out.text(tags::study_time, vr::tm, "120000");
  out.text(tags::content_time, vr::tm, "120000");
  out.text(tags::accession_number, vr::sh, "");
  out.text(tags::modality, vr::cs, "CT");
  out.text(tags::manufacturer, vr::lo, "codimse");
  out.text(tags::referring_physician_name, vr::pn, "");
  out.text(tags::study_description, vr::lo, "Synthetic head");
  out.text(tags::series_description, vr::lo, "Ellipsoids after Shepp and Logan");
  out.text(tags::manufacturer_model_name, vr::lo, "phantom");
  out.text(tags::patient_name, vr::pn, "Phantom^Head");
  out.text(tags::patient_id, vr::lo, "PHANTOM");
  out.text(tags::patient_birth_date, vr::da, "");
  out.text(tags::patient_sex, vr::cs, "O");
}

void write_acquisition(codimse::element_writer& out, unsigned slice, double spacing, double z) {
  double const first = -field_of_view / 2 + pixel_spacing / 2;
  out.ds(tags::slice_thickness, spacing);
  out.ds(tags::kvp, 120);
  out.text(tags::patient_position, vr::cs, "HFS");
  out.uid(tags::study_instance_uid, study_uid());
  out.uid(tags::series_instance_uid, series_uid());
  out.text(tags::study_id, vr::sh, "1");
  out.is(tags::series_number, 1);
  out.is(tags::acquisition_number, 1);
  out.is(tags::instance_number, static_cast<std::int32_t>(slice) + 1);
  out.ds(tags::image_position_patient, first, first, z);
  out.ds(tags::image_orientation_patient, 1, 0, 0, 0, 1, 0);
  out.uid(tags::frame_of_reference_uid, frame_of_reference_uid());
  out.text(tags::position_reference_indicator, vr::lo, "");
  out.ds(tags::slice_location, z);
}

void write_pixels(codimse::element_writer& out, std::span<std::uint16_t const> values) {
  out.us(tags::samples_per_pixel, 1);
  out.text(tags::photometric_interpretation, vr::cs, "MONOCHROME2");
  out.us(tags::rows, side);
  out.us(tags::columns, side);
  out.ds(tags::pixel_spacing, pixel_spacing, pixel_spacing);
  out.us(tags::bits_allocated, 16);
  out.us(tags::bits_stored, 12);
  out.us(tags::high_bit, 11);
  out.us(tags::pixel_representation, 0);
  out.ds(tags::window_center, 40, 400);
  out.ds(tags::window_width, 100, 2000);
  out.ds(tags::rescale_intercept, intercept);
  out.ds(tags::rescale_slope, 1);
  out.text(tags::window_center_width_explanation, vr::lo, "BRAIN\\BONE");
  out.ow(tags::pixel_data, values);
}

void write_slice(std::filesystem::path const& folder, unsigned slice, unsigned slices) {
  constexpr auto syntax = codimse::transfer_syntaxes::explicit_vr_little_endian;
  double const spacing = length / slices;
  double const z = (slice + 0.5) * spacing - length / 2;
  codimse::byte_writer data_set;
  data_set.reserve(2 * side * side + 4096);
  codimse::element_writer elements{data_set, syntax};
  write_general(elements, slice);
  write_acquisition(elements, slice, spacing, z);
  write_pixels(elements, digitize(draw(2 * z / length), slice));

  codimse::file_meta meta;
  meta.media_storage_sop_class = codimse::sop::ct_image_storage.uid;
  meta.media_storage_sop_instance = instance_uid(slice);
  meta.transfer_syntax = syntax.uid;
  meta.implementation_class = codimse::implementation_class_uid;
  meta.implementation_version_name = codimse::implementation_version_name;

  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "slice%04u.dcm", slice + 1);
  std::ofstream file{folder / name.data(), std::ios::binary};
  auto const write = [&file](std::span<std::byte const> bytes) {
    file.write(reinterpret_cast<char const*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  };
  write(codimse::encode_file_meta(meta));
  write(data_set.view());
  if (!file.flush()) throw std::runtime_error{"cannot write " + (folder / name.data()).string()};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Writes a synthetic CT study, always the same one, as Part 10 files.", "phantom"};
  unsigned slices = 300;
  std::string folder;
  app.add_option("--slices", slices, "How many")->check(CLI::Range(1, 9999))->capture_default_str();
  app.failure_message([](CLI::App const*, CLI::Error const& e) {
    return "phantom: error: " + codimse::printable(e.what()) + " (--help explains)\n";
  });
  app.add_option("DIRECTORY", folder, "Where they go; made if missing")->required();
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& e) {
    return app.exit(e) == 0 ? 0 : 2;  // 0: --help
  }
  try {
    std::filesystem::create_directories(folder);
    for (unsigned slice = 0; slice < slices; ++slice) write_slice(folder, slice, slices);
    return 0;
  } catch (std::exception const& e) {
    std::cerr << "phantom: error: " << codimse::printable(e.what()) << '\n';
    return 1;
  }
}

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/data/data_set.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/data/vr.hpp>
#include <codimse/sop/storage.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Data sets as scanners make them: the same ones for the same arguments.
namespace bench {

namespace tags = codimse::tags;
using codimse::data_set;
using codimse::vr;

inline std::string uid_of(std::string_view what, std::size_t number) {
  return "1.2.826.0.1.3680043.9.9999." + std::string{what} + '.' + std::to_string(number + 1);
}

inline data_set code(std::string_view value, std::string_view scheme, std::string_view meaning) {
  data_set item;
  item.set(tags::code_value, value)
      .set(tags::coding_scheme_designator, scheme)
      .set(tags::code_meaning, meaning);
  return item;
}

inline data_set reference(std::string_view sop_class, std::string const& instance) {
  data_set item;
  item.set(tags::referenced_sop_class_uid, sop_class)
      .set(tags::referenced_sop_instance_uid, instance);
  return item;
}

inline void add_patient_and_study(data_set& all, std::string_view sop_class,
                                  std::string const& instance) {
  all.set(tags::specific_character_set, "ISO_IR 100")
      .set(tags::instance_creation_date, "20240229")
      .set(tags::instance_creation_time, "101530.250000")
      .set(tags::sop_class_uid, sop_class)
      .set(tags::sop_instance_uid, instance)
      .set(tags::study_date, "20240229")
      .set(tags::series_date, "20240229")
      .set(tags::acquisition_date, "20240229")
      .set(tags::content_date, "20240229")
      .set(tags::study_time, "101500.000000")
      .set(tags::series_time, "101512.500000")
      .set(tags::acquisition_time, "101520.125000")
      .set(tags::content_time, "101530.250000")
      .set(tags::accession_number, "A20240229-0042")
      .set(tags::modality, "CT")
      .set(tags::manufacturer, "Example Medical Systems")
      .set(tags::institution_name, "Example University Hospital")
      .set(tags::institution_address, "1 Main Street, Exampletown")
      .set(tags::referring_physician_name, "Roe^Richard^^Dr")
      .set(tags::station_name, "CT-ROOM-3")
      .set(tags::study_description, "CT Thorax and Abdomen with contrast")
      .set(tags::procedure_code_sequence, code("CTTA", "99EXAMPLE", "CT thorax and abdomen"))
      .set(tags::series_description, "Thorax 1.0 B30f venous")
      .set(tags::institutional_department_name, "Radiology")
      .set(tags::performing_physician_name, "Poe^Paula")
      .set(tags::operators_name, "Loe^Laura")
      .set(tags::manufacturer_model_name, "Example CT 64")
      .set(tags::patient_name, "Doe^Jane^Mary")
      .set(tags::patient_id, "4711-0815")
      .set(tags::issuer_of_patient_id, "EXAMPLE")
      .set(tags::patient_birth_date, "19700101")
      .set(tags::patient_sex, "F")
      .set(tags::patient_age, "054Y")
      .set(tags::patient_size, 1.72)
      .set(tags::patient_weight, 68.5)
      .set(tags::pregnancy_status, 4)
      .set(tags::body_part_examined, "CHEST")
      .set(tags::device_serial_number, "123456")
      .set(tags::software_versions, "VA48A", "syngo example")
      .set(tags::protocol_name, "02_ThoraxAbdomen_venous")
      .set(tags::patient_position, "HFS")
      .set(tags::study_instance_uid, uid_of("1", 0))
      .set(tags::series_instance_uid, uid_of("2", 0))
      .set(tags::study_id, "42")
      .set(tags::series_number, 5)
      .set(tags::frame_of_reference_uid, uid_of("3", 0))
      .set(tags::position_reference_indicator, "");
}

inline void add_requests(data_set& all) {
  data_set request;
  request.set(tags::accession_number, "A20240229-0042")
      .set(tags::requested_procedure_description, "CT thorax and abdomen")
      .set(tags::scheduled_procedure_step_description, "CT thorax and abdomen")
      .set(tags::scheduled_procedure_step_id, "SPS-1")
      .set(tags::scheduled_protocol_code_sequence, code("CTTA", "99EXAMPLE", "CT thorax, abdomen"))
      .set(tags::requested_procedure_id, "RP-1");
  all.set(tags::request_attributes_sequence, request)
      .set(tags::performed_procedure_step_start_date, "20240229")
      .set(tags::performed_procedure_step_start_time, "101500")
      .set(tags::performed_procedure_step_id, "PPS-1")
      .set(tags::performed_procedure_step_description, "CT thorax and abdomen")
      .set(tags::performed_protocol_code_sequence, code("CTTA", "99EXAMPLE", "CT thorax, abdomen"));
}

/// Blocks of two creators: text, numbers and bytes, as every vendor adds them.
inline void add_private(data_set& all, std::size_t number) {
  for (std::uint8_t i = 0; i < 12; ++i) {
    auto const at = all.private_tag(0x0019, "EXAMPLE CT ACQUISITION", i);
    if (i % 3 == 0) all.set(at, vr::ds, 0.25 * i);
    else if (i % 3 == 1) all.set(at, vr::lo, "private text " + std::to_string(number));
    else all.set(at, vr::ul, std::uint32_t{i});
  }
  std::vector<std::uint8_t> const header(2048, 0x5A);
  all.set_bytes(all.private_tag(0x0029, "EXAMPLE CT HEADER", 0x10), vr::ob,
                std::as_bytes(std::span{header}));
  all.set(all.private_tag(0x0029, "EXAMPLE CT HEADER", 0x20), vr::cs, "VALID");
}

inline void add_pixels(data_set& all, std::uint16_t side, std::size_t frames) {
  all.set(tags::samples_per_pixel, 1)
      .set(tags::photometric_interpretation, "MONOCHROME2")
      .set(tags::rows, side)
      .set(tags::columns, side)
      .set(tags::bits_allocated, 16)
      .set(tags::bits_stored, 12)
      .set(tags::high_bit, 11)
      .set(tags::pixel_representation, 0);
  std::vector<std::uint16_t> const pixels(frames * side * side, 0x0102);
  all.set_bytes(tags::pixel_data, vr::ow, std::as_bytes(std::span{pixels}));
}

/// A slice of 512 x 512 pixels: before them 121 elements, with those of items 145.
inline data_set make_ct(std::size_t slice) {
  auto const position = -250.0 + static_cast<double>(slice);
  data_set all;
  add_patient_and_study(all, codimse::sop::ct_image_storage.uid, uid_of("4", slice));
  all.set(tags::image_type, "ORIGINAL", "PRIMARY", "AXIAL", "CT_SOM5 SPI")
      .set(tags::referenced_study_sequence, reference("1.2.840.10008.3.1.2.3.1", uid_of("5", 0)))
      .set(tags::referenced_image_sequence,
           reference(codimse::sop::ct_image_storage.uid, uid_of("6", 0)),
           reference(codimse::sop::ct_image_storage.uid, uid_of("6", 1)))
      .set(tags::contrast_bolus_agent, "Example 300")
      .set(tags::scan_options, "HELICAL_CT")
      .set(tags::slice_thickness, 1)
      .set(tags::kvp, 120)
      .set(tags::data_collection_diameter, 500)
      .set(tags::contrast_bolus_route, "IV")
      .set(tags::reconstruction_diameter, 380)
      .set(tags::distance_source_to_detector, 1040)
      .set(tags::distance_source_to_patient, 570)
      .set(tags::gantry_detector_tilt, 0)
      .set(tags::table_height, 155.5)
      .set(tags::rotation_direction, "CW")
      .set(tags::exposure_time, 500)
      .set(tags::x_ray_tube_current, 180 + slice % 40)
      .set(tags::exposure, 90)
      .set(tags::filter_type, "FLAT")
      .set(tags::generator_power, 42)
      .set(tags::focal_spots, 1.2)
      .set(tags::date_of_last_calibration, "20240228", "20240229")
      .set(tags::time_of_last_calibration, "180000", "060000")
      .set(tags::convolution_kernel, "B30f")
      .set(tags::single_collimation_width, 0.6)
      .set(tags::total_collimation_width, 38.4)
      .set(tags::spiral_pitch_factor, 0.9)
      .set(tags::ctd_ivol, 7.25)
      .set(tags::ctdi_phantom_type_code_sequence, code("113691", "DCM", "IEC Body Phantom"))
      .set(tags::acquisition_number, 2)
      .set(tags::instance_number, slice + 1)
      .set(tags::image_position_patient, -190.5, -380.25, position)
      .set(tags::image_orientation_patient, 1, 0, 0, 0, 1, 0)
      .set(tags::slice_location, position)
      .set(tags::image_comments, "made for measuring")
      .set(tags::pixel_spacing, 0.742188, 0.742188)
      .set(tags::smallest_image_pixel_value, 0)
      .set(tags::largest_image_pixel_value, 2874)
      .set(tags::window_center, 50, -600)
      .set(tags::window_width, 350, 1200)
      .set(tags::rescale_intercept, -1024)
      .set(tags::rescale_slope, 1)
      .set(tags::rescale_type, "HU")
      .set(tags::window_center_width_explanation, "WINDOW1", "WINDOW2");
  add_requests(all);
  add_private(all, slice);
  add_pixels(all, 512, 1);
  return all;
}

/// What differs from frame to frame in an enhanced CT image (PS3.3 A.38.1.4).
inline data_set make_frame(std::size_t number) {
  auto const n = static_cast<double>(number);
  data_set content, position, orientation, measures, acquisition, table, geometry, exposure,
      details, transformation, window, type, frame;
  content.set(tags::frame_acquisition_number, 1)
      .set(tags::frame_reference_date_time, "20240229101520.125000")
      .set(tags::frame_acquisition_date_time, "20240229101520.000000")
      .set(tags::frame_acquisition_duration, 250.0)
      .set(tags::dimension_index_values, 1, number + 1)
      .set(tags::stack_id, "1")
      .set(tags::in_stack_position_number, number + 1);
  position.set(tags::image_position_patient, -190.5, -380.25, -250.0 + n);
  orientation.set(tags::image_orientation_patient, 1, 0, 0, 0, 1, 0);
  measures.set(tags::slice_thickness, 1).set(tags::pixel_spacing, 0.742188, 0.742188);
  acquisition.set(tags::rotation_direction, "CW")
      .set(tags::revolution_time, 0.5)
      .set(tags::single_collimation_width, 0.6)
      .set(tags::total_collimation_width, 38.4)
      .set(tags::table_height, 155.5)
      .set(tags::gantry_detector_tilt, 0)
      .set(tags::data_collection_diameter, 500);
  table.set(tags::table_speed, 69.12)
      .set(tags::table_feed_per_rotation, 34.56)
      .set(tags::spiral_pitch_factor, 0.9);
  geometry.set(tags::distance_source_to_detector, 1040)
      .set(tags::distance_source_to_data_collection_center, 570.0);
  exposure.set(tags::exposure_time_inms, 500.0)
      .set(tags::x_ray_tube_current_in_ma, 180.0 + n / 100)
      .set(tags::exposure_inm_as, 90.0)
      .set(tags::exposure_modulation_type, "XYZ_EC")
      .set(tags::ctd_ivol, 7.25);
  details.set(tags::kvp, 120).set(tags::focal_spots, 1.2).set(tags::filter_type, "FLAT");
  transformation.set(tags::rescale_intercept, -1024)
      .set(tags::rescale_slope, 1)
      .set(tags::rescale_type, "HU");
  window.set(tags::window_center, 50).set(tags::window_width, 350);
  type.set(tags::frame_type, "ORIGINAL", "PRIMARY", "VOLUME", "NONE")
      .set(tags::pixel_presentation, "MONOCHROME")
      .set(tags::volumetric_properties, "VOLUME")
      .set(tags::volume_based_calculation_technique, "NONE");
  frame.set(tags::frame_content_sequence, content)
      .set(tags::plane_position_sequence, position)
      .set(tags::plane_orientation_sequence, orientation)
      .set(tags::pixel_measures_sequence, measures)
      .set(tags::ct_acquisition_details_sequence, acquisition)
      .set(tags::ct_table_dynamics_sequence, table)
      .set(tags::ct_geometry_sequence, geometry)
      .set(tags::ct_exposure_sequence, exposure)
      .set(tags::ctx_ray_details_sequence, details)
      .set(tags::pixel_value_transformation_sequence, transformation)
      .set(tags::frame_voi_lut_sequence, window)
      .set(tags::ct_image_frame_type_sequence, type);
  return frame;
}

/// An enhanced CT image: what matters is in its functional groups; its frames are small.
inline data_set make_enhanced_ct(std::size_t frames) {
  data_set all;
  add_patient_and_study(all, codimse::sop::enhanced_ct_image_storage.uid, uid_of("7", 0));
  all.set(tags::number_of_frames, frames);
  all.add_item(tags::shared_functional_groups_sequence);
  for (std::size_t i = 0; i < frames; ++i)
    all.add_item(tags::per_frame_functional_groups_sequence, make_frame(i));
  add_pixels(all, 16, frames);
  return all;
}

}  // namespace bench

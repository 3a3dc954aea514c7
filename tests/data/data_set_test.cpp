// SPDX-License-Identifier: BSL-1.0
#include "bytes.hpp"
#include <codimse/data/data_set.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace {

using namespace codimse_test;

constexpr tag private_block{0x0009, 0x0010};

template <class F>
std::error_code error_of(F f) {
  try {
    static_cast<void>(f());
  } catch (error const& thrown) {
    return thrown.code();
  }
  return {};
}

data_set sample() {
  data_set all;
  all.set(tags::rows, 512)
      .set(tags::patient_name, "Doe^Jane")
      .set(tags::image_type, "ORIGINAL", "PRIMARY", "AXIAL")
      .set(tags::sop_instance_uid, uid{"1.2.3"})
      .set(tags::pixel_spacing, 0.5, 0.25)
      .set_empty(tags::patient_id);
  return all;
}

TEST(data_set, keeps_elements_in_order_of_their_tags) {
  auto const all = sample();
  ASSERT_EQ(all.size(), 6U);
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, &element::tag));
  EXPECT_FALSE(all.empty());
  EXPECT_TRUE(data_set{}.empty());
  EXPECT_TRUE(all.contains(tags::patient_id));
  EXPECT_FALSE(all.has_value(tags::patient_id));
  EXPECT_TRUE(all.has_value(tags::rows));
  EXPECT_FALSE(all.has_value(tags::columns));
  EXPECT_EQ(all.find(tags::columns), nullptr);
}

TEST(data_set, gets_values) {
  auto const all = sample();
  EXPECT_EQ(all.get<int>(tags::rows), 512);
  EXPECT_EQ(all.get<std::string>(tags::patient_name), "Doe^Jane");
  EXPECT_EQ(all.get<std::string_view>(tags::image_type, 1), "PRIMARY");
  EXPECT_EQ(all.get<uid>(tags::sop_instance_uid), uid{"1.2.3"});
  EXPECT_EQ(all.get_all<double>(tags::pixel_spacing), (std::vector<double>{0.5, 0.25}));
  EXPECT_TRUE(all.get_all<int>(tags::columns).empty());
  EXPECT_TRUE(all.get_all<std::string>(tags::patient_id).empty());
  EXPECT_EQ(all.text(tags::image_type), "ORIGINAL\\PRIMARY\\AXIAL");
  EXPECT_EQ(all.text(tags::columns), "");
  EXPECT_EQ(all.get_or<int>(tags::columns, 7), 7);
  EXPECT_EQ(all.get_or<int>(tags::rows, 7), 512);
}

TEST(data_set, errors_have_names_and_the_tag) {
  auto const all = sample();
  EXPECT_EQ(error_of([&] { return all.get<int>(tags::columns); }), errc::missing_element);
  EXPECT_EQ(error_of([&] { return all.get<int>(tags::rows, 1); }), errc::missing_element);
  EXPECT_EQ(error_of([&] { return all.get<std::string>(tags::patient_id); }),
            errc::missing_element);
  EXPECT_EQ(error_of([&] { return all.get<int>(tags::patient_name); }), errc::wrong_vr);
  EXPECT_EQ(error_of([&] { return all.get<std::string>(tags::rows); }), errc::wrong_vr);
  EXPECT_EQ(error_of([&] { return all.get<std::int8_t>(tags::rows); }), errc::invalid_value);
  EXPECT_EQ(error_of([&] { return all.get_or<int>(tags::patient_name, 1); }), errc::wrong_vr);
  EXPECT_EQ(error_of([&] { return all.get_all<int>(tags::pixel_spacing); }), errc::invalid_value);
  EXPECT_EQ(error_of([&] { return all.text(tags::rows); }), errc::wrong_vr);
  EXPECT_EQ(error_of([&] { return all.items(tags::rows).size(); }), errc::wrong_vr);
  EXPECT_EQ(error_of([&] { return all.item(tags::referenced_image_sequence).size(); }),
            errc::missing_element);
  EXPECT_EQ(all.try_get<int>(tags::columns).error(), errc::missing_element);
  try {
    static_cast<void>(all.get<int>(tags::columns));
    FAIL();
  } catch (error const& thrown) {
    EXPECT_TRUE(std::string_view{thrown.what()}.starts_with("(0028,0011): "));
  }
}

TEST(data_set, refuses_what_it_cannot_write) {
  data_set all;
  EXPECT_EQ(error_of([&] { return all.set(tags::rows, "four").size(); }), errc::invalid_value);
  EXPECT_EQ(error_of([&] { return all.set(tags::rows, 70000).size(); }), errc::invalid_value);
  EXPECT_EQ(error_of([&] { return all.set(tags::rows, -1).size(); }), errc::invalid_value);
  EXPECT_EQ(error_of([&] { return all.set(tags::rows, data_set{}).size(); }), errc::wrong_vr);
  EXPECT_EQ(error_of([&] { return all.set(tag{0x0009, 0x1001}, 1).size(); }), errc::wrong_vr);
  EXPECT_EQ(error_of([&] { return all.set(item_tag, 1).size(); }), errc::wrong_vr);
  EXPECT_EQ(error_of([&] { return all.set(tag{0x0008, 0xFFF0}, "a").size(); }), errc::wrong_vr);
  EXPECT_EQ(error_of([&] { return all.set_all(tags::rows, std::vector<int>{1, -1}).size(); }),
            errc::invalid_value);
  EXPECT_TRUE(all.empty()) << "nothing half done";
}

TEST(data_set, replaces_inserts_and_erases) {
  auto all = sample();
  all.set(tags::rows, 8).set(tags::modality, "CT");
  EXPECT_EQ(all.get<int>(tags::rows), 8);
  EXPECT_EQ(all.get<std::string>(tags::modality), "CT");
  EXPECT_EQ(all.size(), 7U);
  all.erase(tags::modality);
  all.erase(tags::modality);
  EXPECT_FALSE(all.contains(tags::modality));
  all.set_all(tags::image_type, std::vector<std::string>{"A", "B"});
  EXPECT_EQ(all.text(tags::image_type), "A\\B");
  all.set_bytes(tags::pixel_data, vr::ob, hex("010203"));
  EXPECT_EQ(all.find(tags::pixel_data)->bytes().size(), 4U) << "padded";
  data_set copy;
  copy.set(*all.find(tags::rows));
  EXPECT_EQ(copy.get<int>(tags::rows), 8);
  all.clear();
  EXPECT_TRUE(all.empty());
}

TEST(data_set, has_items) {
  data_set all;
  EXPECT_TRUE(all.items(tags::referenced_image_sequence).empty());
  all.add_item(tags::referenced_image_sequence).set(tags::rows, 1);
  data_set second;
  second.set(tags::rows, 2);
  all.add_item(tags::referenced_image_sequence, second);
  ASSERT_EQ(all.items(tags::referenced_image_sequence).size(), 2U);
  EXPECT_EQ(all.item(tags::referenced_image_sequence, 1), second);
  all.edit_item(tags::referenced_image_sequence, 0).set(tags::rows, 3);
  EXPECT_EQ(all.item(tags::referenced_image_sequence).get<int>(tags::rows), 3);
  all.set(tags::referenced_study_sequence, second, data_set{});
  EXPECT_EQ(all.items(tags::referenced_study_sequence).size(), 2U);
  all.set_empty(tags::referenced_series_sequence);
  EXPECT_TRUE(all.find(tags::referenced_series_sequence)->is_sequence());
  EXPECT_FALSE(all.has_value(tags::referenced_series_sequence));
  all.set(tags::rows, 1);
  EXPECT_EQ(error_of([&] { return all.add_item(tags::rows).size(); }), errc::wrong_vr);
  EXPECT_EQ(error_of([&] { return all.edit_item(tags::rows).size(); }), errc::missing_element);
  EXPECT_EQ(error_of([&] { return all.edit_item(tags::columns).size(); }), errc::missing_element);
  EXPECT_EQ(error_of([&] { return all.edit_item(tags::referenced_image_sequence, 2).size(); }),
            errc::missing_element);
}

TEST(data_set, finds_and_reserves_private_blocks) {
  data_set all;
  EXPECT_EQ(all.find_private(0x0009, "ACME", 1), std::nullopt);
  EXPECT_EQ(all.private_tag(0x0009, "ACME", 0x01), (tag{0x0009, 0x1001}));
  EXPECT_EQ(all.private_tag(0x0009, "OTHER", 0x02), (tag{0x0009, 0x1102}));
  EXPECT_EQ(all.private_tag(0x0009, "ACME", 0xFF), (tag{0x0009, 0x10FF}));
  EXPECT_EQ(all.text(private_block), "ACME");
  EXPECT_EQ(all.find_private(0x0009, "OTHER", 3), (tag{0x0009, 0x1103}));
  EXPECT_EQ(all.find_private(0x000B, "ACME", 1), std::nullopt);
  for (auto const group : {0x0008, 0x0007, 0x0001, 0xFFFF})
    EXPECT_EQ(error_of([&] {
                return all.private_tag(static_cast<std::uint16_t>(group), "ACME", 1).group;
              }),
              errc::invalid_value)
        << group;
  EXPECT_EQ(error_of([&] { return all.private_tag(0x0009, "", 1).group; }), errc::invalid_value);
  for (int i = 0; i < 240; ++i)
    static_cast<void>(all.private_tag(0x000B, "C" + std::to_string(i), 0));
  EXPECT_EQ(error_of([&] { return all.private_tag(0x000B, "one too many", 0).group; }),
            errc::limit_exceeded);
}

TEST(data_set, is_compared_by_content) {
  auto a = sample();
  auto b = sample();
  EXPECT_EQ(a, b);
  b.set(tags::rows, 1);
  EXPECT_FALSE(a == b);
  a.add_item(tags::referenced_image_sequence).set(tags::rows, 1);
  b = a;
  EXPECT_EQ(a, b);
  b.edit_item(tags::referenced_image_sequence).set(tags::rows, 2);
  EXPECT_FALSE(a == b);
}

// Values in memory that is shared, as a reader makes them.

struct shared_values {
  std::shared_ptr<bytes_t> memory = std::make_shared<bytes_t>(hex("0400 0500 0600"));
  data_set all;
  shared_values() {
    data_set_builder build{all, memory};
    build.sequence(tags::referenced_image_sequence, vr::sq, true);
    data_set_builder item{build.add_item(), memory, true};
    item.value(tags::rows, vr::us, std::span{*memory}.subspan(2, 2));
    item.finish();
    build.value(tags::rows, vr::us, std::span{*memory}.first(2));
    build.fragments(tags::pixel_data, vr::ob);
    build.add_fragment({});
    build.add_fragment(std::span{*memory}.subspan(4, 2));
    build.add_copied_fragment(std::span{*memory}.subspan(2, 2));
    build.finish();
  }
};

TEST(data_set_builder, shares_the_memory_of_values) {
  shared_values made;
  EXPECT_EQ(made.all.find(tags::rows)->bytes().data(), made.memory->data());
  EXPECT_TRUE(made.all.find(tags::referenced_image_sequence)->had_undefined_length());
  EXPECT_TRUE(made.all.item(tags::referenced_image_sequence).had_undefined_length());
  auto const& pixels = *made.all.find(tags::pixel_data);
  EXPECT_TRUE(pixels.is_encapsulated());
  ASSERT_EQ(pixels.fragment_count(), 3U);
  EXPECT_EQ(pixels.fragment(1).data(), made.memory->data() + 4);
  EXPECT_TRUE(pixels.fragment(3).empty());
  EXPECT_EQ(value_count(pixels), 1U);
  EXPECT_FALSE(pixels.empty());
}

TEST(data_set_builder, copies_and_what_is_moved_out_outlive_the_whole) {
  auto made = std::make_unique<shared_values>();
  std::weak_ptr<bytes_t> const memory = made->memory;
  auto const copy = made->all;
  auto item = std::move(made->all.edit_item(tags::referenced_image_sequence));
  made.reset();
  EXPECT_FALSE(memory.expired()) << "the item that was moved out holds it";
  EXPECT_EQ(item.get<int>(tags::rows), 5);
  item.clear();
  EXPECT_TRUE(memory.expired());
  EXPECT_EQ(copy.get<int>(tags::rows), 4);
  EXPECT_EQ(copy.item(tags::referenced_image_sequence).get<int>(tags::rows), 5);
  EXPECT_EQ(copy.find(tags::pixel_data)->fragment(1).size(), 2U);
}

TEST(data_set_builder, puts_elements_in_order_and_keeps_the_first_of_each_tag) {
  auto const values = hex("0100 0200 0300 0400");
  auto const value = [&](std::size_t i) { return std::span{values}.subspan(2 * i, 2); };
  data_set all;
  data_set_builder build{all, nullptr};
  build.value(tags::columns, vr::us, value(0));
  build.value(tags::rows, vr::us, value(1));
  build.value(tags::columns, vr::us, value(2));
  build.value(tags::modality, vr::cs, value(3));
  build.value(tags::bits_stored, vr::us, value(3));
  build.drop_last();
  build.finish();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, &element::tag));
  EXPECT_EQ(all.get<int>(tags::columns), 1);
  EXPECT_EQ(all.get<int>(tags::rows), 2);
}

TEST(data_set_builder, collects_in_memory_that_it_uses_again) {
  auto const values = hex("0100 0200");
  data_set_builder::buffers reused;
  data_set all;
  data_set_builder build{all, nullptr, false, &reused};
  build.sequence(tags::referenced_image_sequence, vr::sq, true);
  for (int i = 0; i < 3; ++i) {
    data_set_builder item{build.add_item(), nullptr, true, &reused};
    item.value(tags::columns, vr::us, std::span{values}.first(2));
    item.value(tags::rows, vr::us, std::span{values}.last(2));
    item.finish();
    EXPECT_EQ(reused.size(), 1U);
  }
  build.value(tags::rows, vr::us, std::span{values}.first(2));
  build.finish();
  EXPECT_EQ(reused.size(), 2U);
  EXPECT_TRUE(std::ranges::all_of(reused, [](auto const& one) { return one.empty(); }));
  EXPECT_EQ(all.get<int>(tags::rows), 1);
  ASSERT_EQ(all.items(tags::referenced_image_sequence).size(), 3U);
  for (auto const& item : all.items(tags::referenced_image_sequence)) {
    EXPECT_EQ(item.size(), 2U);
    EXPECT_EQ(item.get<int>(tags::rows), 2);
    EXPECT_EQ(item.get<int>(tags::columns), 1);
  }
}

TEST(data_set, all_values_are_what_single_ones_are) {
  data_set all;
  all.set(tags::image_type, "A", " B ", "", "C", "");
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_EQ(all.get_all<std::string_view>(tags::image_type)[i],
              all.get<std::string_view>(tags::image_type, i));
  EXPECT_EQ(all.get_all<std::string>(tags::image_type),
            (std::vector<std::string>{"A", " B", "", "C", ""}));
  EXPECT_EQ(all.get_all<std::string_view>(tags::image_type)[0].data(),
            all.text(tags::image_type).data());
  all.set(tags::pixel_spacing, "1\\x");
  EXPECT_EQ(error_of([&] { return all.get_all<double>(tags::pixel_spacing); }),
            errc::invalid_value);
}

// Each looked for from the start, these would take most of an hour.
TEST(data_set, many_values_take_time_in_step_with_them) {
  constexpr std::size_t count = 500'000;
  std::string text = "1";
  for (std::size_t i = 1; i < count; ++i) text += "\\1";
  data_set all;
  all.set(tags::sop_instance_uid, text).set(tags::slice_vector, vr::is, text);
  EXPECT_EQ(all.get_all<uid>(tags::sop_instance_uid).size(), count);
  EXPECT_EQ(all.get_all<int>(tags::slice_vector), std::vector<int>(count, 1));
}

TEST(data_set, sets_several_values_of_a_private_element) {
  data_set all;
  tag const at{0x0009, 0x1001};
  all.set_all(at, vr::us, std::vector<int>{1, 2, 3});
  EXPECT_EQ(all.get_all<int>(at), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(error_of([&] { return all.set_all(at, std::vector<int>{1}); }), errc::wrong_vr);
}

TEST(data_set, takes_nothing_that_cannot_be_written) {
  data_set all;
  EXPECT_EQ(error_of([&] { return all.add_item(tags::rows); }), errc::wrong_vr);
  EXPECT_EQ(error_of([&] { return all.set_bytes(tags::request_attributes_sequence, vr::sq, {}); }),
            errc::wrong_vr);
  EXPECT_EQ(error_of([&] { return all.set_bytes(item_tag, vr::un, hex("0102")); }),
            errc::invalid_value);
  EXPECT_TRUE(all.empty());
  all.add_item({0x0009, 0x1001});
  EXPECT_EQ(all.items({0x0009, 0x1001}).size(), 1U);
}

TEST(data_set, is_set_from_itself) {
  auto all = sample();
  all.add_item(tags::referenced_image_sequence).set(tags::rows, 1);
  auto const before = all;
  all.set(*all.find(tags::patient_name));
  all.set(tags::patient_name, all.get<std::string_view>(tags::patient_name));
  all.set_bytes(tags::patient_name, vr::pn, all.find(tags::patient_name)->bytes());
  EXPECT_EQ(all, before);
  for (int i = 0; i < 10; ++i)
    all.add_item(tags::referenced_image_sequence, all.item(tags::referenced_image_sequence));
  EXPECT_EQ(all.item(tags::referenced_image_sequence, 10),
            before.item(tags::referenced_image_sequence));
  all.set(tags::referenced_study_sequence, before).set(tags::referenced_study_sequence, all);
  EXPECT_EQ(all.item(tags::referenced_study_sequence).item(tags::referenced_study_sequence),
            before);
  all = all.item(tags::referenced_study_sequence).item(tags::referenced_study_sequence);
  EXPECT_EQ(all, before);
}

TEST(data_set_builder, turns_big_endian_numbers) {
  data_set all;
  data_set_builder build{all, nullptr};
  build.copied_value(tags::rows, vr::us, hex("0004"), true);
  build.copied_value(tags::columns, vr::us, hex("0400"));
  build.copied_value({0x0009, 0x1001}, vr::fd, hex("3FF8000000000000"), true);
  build.finish();
  EXPECT_EQ(all.get<int>(tags::rows), 4);
  EXPECT_EQ(all.get<int>(tags::columns), 4);
  EXPECT_EQ(all.get<double>({0x0009, 0x1001}), 1.5);
}

}  // namespace

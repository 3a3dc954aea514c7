// SPDX-License-Identifier: BSL-1.0
#include <codimse/data/dictionary_vr.hpp>
#include <codimse/data/tag.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/data/vr.hpp>

#include <gtest/gtest.h>

#include <iterator>

namespace {

using namespace codimse;

static_assert(tag{0x0008, 0x0018}.number() == 0x00080018);
static_assert(tag::from_number(0x7FE00010) == tag{0x7FE0, 0x0010});
static_assert(tag{0x0008, 0xFFFF} < tag{0x0010, 0x0000} && tag{0x0008, 1} < tag{0x0008, 2});
static_assert(tag{0x0009, 0x0010}.is_private() && tag{0x0009, 0x0010}.is_private_creator());
static_assert(!tag{0x0008, 0x0010}.is_private_creator());
static_assert(!tag{0x0009, 0x000F}.is_private_creator() && !tag{9, 0x0100}.is_private_creator());
static_assert(tag{0x0008, 0x0000}.is_group_length());

static_assert(tags::study_instance_uid == tag{0x0020, 0x000D});
static_assert(tags::sop_class_uid == tag{0x0008, 0x0016});
static_assert(tags::sop_instance_uid == tag{0x0008, 0x0018});
static_assert(tags::pixel_data == tag{0x7FE0, 0x0010});
static_assert(tags::overlay_data == tag{0x6000, 0x3000});
static_assert(tags::affected_sop_class_uid == tag{0x0000, 0x0002});
static_assert(tags::transfer_syntax_uid == tag{0x0002, 0x0010});
static_assert(tags::kvp == tag{0x0018, 0x0060});

TEST(Tag, Text) {
  EXPECT_EQ(to_string(tag{0x7FE0, 0x0010}), "(7FE0,0010)");
  EXPECT_EQ(to_string(tag{0x0008, 0xABCD}), "(0008,ABCD)");
}

static_assert(vr_from('U', 'I') == vr::ui && is_known(vr::ui) && is_short_form(vr::ui));
static_assert(!is_known(vr_from('Z', 'Z')) && is_plausible(vr_from('Z', 'Z')));
static_assert(!is_short_form(vr_from('Z', 'Z')) && !is_plausible(vr_from('u', 'I')));
static_assert(!is_plausible(vr::none) && !is_known(vr::none) && !is_short_form(vr::none));
static_assert(is_short_form(vr_from(' ', ' ')) && !is_known(vr_from('?', '?')));
static_assert(!is_short_form(vr::sv) && !is_short_form(vr::uv) && !is_short_form(vr::uc));
static_assert(padding(vr::ui) == '\0' && padding(vr::ob) == '\0' && padding(vr::lo) == ' ');
static_assert(word_size(vr::at) == 2 && word_size(vr::ow) == 2 && word_size(vr::fl) == 4 &&
              word_size(vr::fd) == 8 && word_size(vr::ob) == 1 && word_size(vr::ut) == 1);

TEST(Vr, Text) {
  EXPECT_EQ(to_string(vr::sq), "SQ");
  EXPECT_EQ(to_string(vr::none), "--");
}

static_assert(std::size(detail::dictionary_tags) > 5200);
static_assert(dictionary_vr(tags::study_instance_uid) == vr::ui);
static_assert(dictionary_vr(tags::pixel_data) == vr::ow);
static_assert(dictionary_vr(tags::smallest_image_pixel_value) == vr::us);
static_assert(dictionary_vr(tags::lut_data) == vr::ow);
static_assert(dictionary_vr(tags::message_id) == vr::us);
static_assert(dictionary_vr(tags::transfer_syntax_uid) == vr::ui);
static_assert(dictionary_vr(tags::directory_record_sequence) == vr::sq);
static_assert(dictionary_vr({0x0008, 0x0000}) == vr::ul);
static_assert(dictionary_vr({0x0008, 0x7777}) == vr::un);
static_assert(dictionary_vr({0x0009, 0x0010}) == vr::lo && dictionary_vr({9, 0x1010}) == vr::un);
static_assert(dictionary_vr(item_tag) == vr::none);
// Repeating elements: each member, and nothing beside them.
static_assert(dictionary_vr({0x6000, 0x3000}) == vr::ow);
static_assert(dictionary_vr({0x601E, 0x3000}) == vr::ow);
static_assert(dictionary_vr({0x6002, 0x0010}) == vr::us);
static_assert(dictionary_vr({0x60FE, 0x0050}) == vr::ss);
static_assert(dictionary_vr({0x6001, 0x0010}) == vr::lo);  // odd: a private creator
static_assert(dictionary_vr({0x6002, 0x0013}) == vr::un);
static_assert(dictionary_vr({0x6100, 0x0010}) == vr::un);
static_assert(dictionary_vr({0x5004, 0x3000}) == vr::ow);
static_assert(dictionary_vr({0x5002, 0x0022}) == vr::lo);
static_assert(dictionary_vr({0x0020, 0x3100}) == vr::cs);
static_assert(dictionary_vr({0x0020, 0x31FF}) == vr::cs);
static_assert(dictionary_vr({0x0028, 0x0410}) == vr::us);
static_assert(dictionary_vr({0x0028, 0x0482}) == vr::lo);
static_assert(dictionary_vr({0x0028, 0x08A8}) == vr::at);
static_assert(dictionary_vr({0x1000, 0x0010}) == vr::us);
static_assert(dictionary_vr({0x1000, 0x7776}) == vr::un);
static_assert(dictionary_vr({0x1010, 0x1234}) == vr::us);
static_assert(dictionary_vr({0x7F02, 0x0010}) == vr::ow);
static_assert(dictionary_vr({0x7FE0, 0x0008}) == vr::of);

TEST(DictionaryVr, TableIsSorted) {
  for (std::size_t i = 1; i < std::size(detail::dictionary_tags); ++i)
    ASSERT_LT(detail::dictionary_tags[i - 1], detail::dictionary_tags[i]);
  for (auto const number : detail::dictionary_tags)
    ASSERT_TRUE(is_known(detail::find_dictionary_vr(number)));
}

}  // namespace

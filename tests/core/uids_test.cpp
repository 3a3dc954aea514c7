// SPDX-License-Identifier: BSL-1.0
#include <codimse/core/uid.hpp>
#include <codimse/core/uid_names.hpp>
#include <codimse/core/uids.hpp>

#include <gtest/gtest.h>

using namespace codimse;

static_assert(uid{uids::dicom_application_context} == uid{"1.2.840.10008.3.1.1.1"});
static_assert(uids::hot_iron_palette == "1.2.840.10008.1.5.1");
static_assert(uids::talairach_brain_atlas == "1.2.840.10008.1.4.1.1");
static_assert(uids::spm2_fil_t1 == "1.2.840.10008.1.4.1.6");
static_assert(uids::dcm == "1.2.840.10008.2.16.4" && uids::dcm_uid == "1.2.840.10008.2.6.1");
static_assert(uids::media_storage_directory_storage == "1.2.840.10008.1.3.10");

TEST(Uids, AreNamedAsInTheRegistry) {
  EXPECT_EQ(keyword_of(uids::pet_20_step_palette), "PET20StepPalette");
  EXPECT_EQ(name_of(uids::lpba40_spm5), "LPBA40/SPM5 Frame of Reference");
  EXPECT_EQ(keyword_of(uids::general_purpose_worklist_management_meta),
            "GeneralPurposeWorklistManagementMeta");
}

// SPDX-License-Identifier: BSL-1.0
#include <codimse/core/status.hpp>

#include <gtest/gtest.h>

#include <cstdint>

using codimse::status;
using codimse::status_class;

static_assert(status::success.is_success() && status{}.is_success());
static_assert(status::pending.is_pending() && status::pending_with_warning.is_pending());
static_assert(status::cancel.category() == status_class::cancel);
static_assert(status::coercion_of_data_elements.is_warning());
static_assert(status::elements_discarded.is_warning());
static_assert(status::data_set_mismatch_warning.is_warning());
static_assert(status::processing_failure.is_failure() && status::invalid_sop_instance.is_failure());
static_assert(status::attribute_list_warning.is_warning());
static_assert(status::attribute_value_out_of_range.is_warning());
static_assert(status::no_such_attribute.is_failure() && status::no_such_action_type.is_failure());
static_assert(status::no_such_sop_class.is_failure() && status::not_authorized.is_failure());
static_assert(status::sop_class_not_supported.is_failure());
static_assert(status::duplicate_invocation.is_failure());
static_assert(status::unrecognized_operation.is_failure());
static_assert(status::mistyped_argument.is_failure() && status::resource_limitation.is_failure());
static_assert(status::out_of_resources.is_failure() && status::cannot_understand.is_failure());
static_assert(status::data_set_does_not_match.is_failure());

namespace {

/// The ranges of PS3.7 C.1 to C.5, apart from those that are failures.
status_class expected_class(unsigned code) {
  if (code == 0) return status_class::success;
  if (code == 0x0001 || code == 0x0107 || code == 0x0116) return status_class::warning;
  if (code >= 0xB000 && code <= 0xBFFF) return status_class::warning;
  if (code == 0xFE00) return status_class::cancel;
  if (code == 0xFF00 || code == 0xFF01) return status_class::pending;
  return status_class::failure;  // 01xx, 02xx, Axxx, Cxxx, and every code that is not defined
}

}  // namespace

TEST(status, every_code_has_its_class) {
  for (unsigned code = 0; code <= 0xFFFF; ++code) {
    status const one{static_cast<std::uint16_t>(code)};
    status_class const expected = expected_class(code);
    ASSERT_EQ(one.category(), expected) << std::hex << code;
    ASSERT_EQ(one.is_success(), expected == status_class::success) << std::hex << code;
    ASSERT_EQ(one.is_warning(), expected == status_class::warning) << std::hex << code;
    ASSERT_EQ(one.is_failure(), expected == status_class::failure) << std::hex << code;
    ASSERT_EQ(one.is_pending(), expected == status_class::pending) << std::hex << code;
  }
}

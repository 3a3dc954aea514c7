// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace codimse::inline v0 {

/// Classes of DIMSE status codes (PS3.7 Annex C).
enum class status_class {
  success,
  pending,
  warning,
  cancel,
  failure
};

/// A DIMSE status (0000,0900): a value, never an exception. Any code can be held; one that the
/// standard does not define counts as a failure.
/// A value: distinct objects may be used from different threads.
struct status {
  std::uint16_t code = 0;

  [[nodiscard]] constexpr status_class category() const {
    if (code == 0x0000) return status_class::success;
    if (code == 0xFF00 || code == 0xFF01) return status_class::pending;
    if (code == 0xFE00) return status_class::cancel;
    bool const general_warning = code == 0x0001 || code == 0x0107 || code == 0x0116;
    if (general_warning || (code & 0xF000U) == 0xB000U) return status_class::warning;
    return status_class::failure;
  }
  [[nodiscard]] constexpr bool is_success() const { return category() == status_class::success; }
  [[nodiscard]] constexpr bool is_warning() const { return category() == status_class::warning; }
  [[nodiscard]] constexpr bool is_failure() const { return category() == status_class::failure; }
  [[nodiscard]] constexpr bool is_pending() const { return category() == status_class::pending; }

  friend constexpr bool operator==(status, status) = default;

  // The general codes of PS3.7 Annex C, and those of storage; `dimse/statuses.hpp` has the others.
  static status const success;                       ///< 0000
  static status const no_such_attribute;             ///< 0105
  static status const invalid_attribute_value;       ///< 0106
  static status const attribute_list_warning;        ///< 0107, a warning
  static status const processing_failure;            ///< 0110
  static status const duplicate_sop_instance;        ///< 0111
  static status const no_such_sop_instance;          ///< 0112
  static status const no_such_event_type;            ///< 0113
  static status const no_such_argument;              ///< 0114
  static status const invalid_argument_value;        ///< 0115
  static status const attribute_value_out_of_range;  ///< 0116, a warning
  static status const invalid_sop_instance;          ///< 0117
  static status const no_such_sop_class;             ///< 0118, DIMSE-N
  static status const class_instance_conflict;       ///< 0119
  static status const missing_attribute;             ///< 0120
  static status const missing_attribute_value;       ///< 0121
  static status const sop_class_not_supported;       ///< 0122, DIMSE-C
  static status const no_such_action_type;           ///< 0123
  static status const not_authorized;                ///< 0124
  static status const duplicate_invocation;          ///< 0210
  static status const unrecognized_operation;        ///< 0211
  static status const mistyped_argument;             ///< 0212
  static status const resource_limitation;           ///< 0213
  static status const out_of_resources;              ///< A700, C-STORE
  static status const data_set_does_not_match;       ///< A900
  static status const cannot_understand;             ///< C000
  static status const coercion_of_data_elements;     ///< B000
  static status const elements_discarded;            ///< B006
  static status const data_set_mismatch_warning;     ///< B007
  static status const cancel;                        ///< FE00
  static status const pending;                       ///< FF00
  static status const pending_with_warning;          ///< FF01
};

inline constexpr status status::success{0x0000};
inline constexpr status status::no_such_attribute{0x0105};
inline constexpr status status::invalid_attribute_value{0x0106};
inline constexpr status status::attribute_list_warning{0x0107};
inline constexpr status status::processing_failure{0x0110};
inline constexpr status status::duplicate_sop_instance{0x0111};
inline constexpr status status::no_such_sop_instance{0x0112};
inline constexpr status status::no_such_event_type{0x0113};
inline constexpr status status::no_such_argument{0x0114};
inline constexpr status status::invalid_argument_value{0x0115};
inline constexpr status status::attribute_value_out_of_range{0x0116};
inline constexpr status status::invalid_sop_instance{0x0117};
inline constexpr status status::no_such_sop_class{0x0118};
inline constexpr status status::class_instance_conflict{0x0119};
inline constexpr status status::missing_attribute{0x0120};
inline constexpr status status::missing_attribute_value{0x0121};
inline constexpr status status::sop_class_not_supported{0x0122};
inline constexpr status status::no_such_action_type{0x0123};
inline constexpr status status::not_authorized{0x0124};
inline constexpr status status::duplicate_invocation{0x0210};
inline constexpr status status::unrecognized_operation{0x0211};
inline constexpr status status::mistyped_argument{0x0212};
inline constexpr status status::resource_limitation{0x0213};
inline constexpr status status::out_of_resources{0xA700};
inline constexpr status status::data_set_does_not_match{0xA900};
inline constexpr status status::cannot_understand{0xC000};
inline constexpr status status::coercion_of_data_elements{0xB000};
inline constexpr status status::elements_discarded{0xB006};
inline constexpr status status::data_set_mismatch_warning{0xB007};
inline constexpr status status::cancel{0xFE00};
inline constexpr status status::pending{0xFF00};
inline constexpr status status::pending_with_warning{0xFF01};

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/ae_title.hpp>
#include <codimse/core/status.hpp>
#include <codimse/core/uid.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/tags.hpp>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// An item of Referenced SOP Sequence (0008,1199).
/// A value: distinct objects may be used from different threads.
struct referenced_object {
  uid sop_class{};
  uid sop_instance{};
  friend bool operator==(referenced_object const&, referenced_object const&) = default;
};

/// An item of Failed SOP Sequence (0008,1198), with its Failure Reason (0008,1197).
/// A value: distinct objects may be used from different threads.
struct failed_object {
  referenced_object object{};
  status reason{};
  friend bool operator==(failed_object const&, failed_object const&) = default;
};

/// What an N-ACTION asks to be kept (PS3.4 J.3.2.1).
/// A value: distinct objects may be used from different threads.
class commitment_request {
 public:
  commitment_request() = default;  // owns memory, so it is no aggregate

  uid transaction;
  std::vector<referenced_object> objects;
};

/// What an N-EVENT-REPORT says of it (PS3.4 J.3.3.1).
/// A value: distinct objects may be used from different threads.
class commitment_result {
 public:
  commitment_result() = default;  // owns memory, so it is no aggregate

  uid transaction;
  std::vector<referenced_object> committed;
  std::vector<failed_object> failed;
  ae_title retrieve_ae_title;  ///< where they can be had; empty: not said

  [[nodiscard]] bool all_committed() const { return failed.empty(); }
};

inline constexpr std::uint16_t request_commitment = 1;     ///< Action Type ID
inline constexpr std::uint16_t commitment_successful = 1;  ///< Event Type ID: all are kept
inline constexpr std::uint16_t commitment_failures = 2;    ///< Event Type ID: some are not

namespace detail {

[[nodiscard]] inline data_set reference_item(referenced_object const& object) {
  data_set item;
  item.set(tags::referenced_sop_class_uid, object.sop_class)
      .set(tags::referenced_sop_instance_uid, object.sop_instance);
  return item;
}
/// Text in place of a UID is kept as it came: it names no object, and has to be said back.
[[nodiscard]] inline referenced_object read_reference(data_set const& item) {
  return {uid::from_wire(item.text(tags::referenced_sop_class_uid)),
          uid::from_wire(item.text(tags::referenced_sop_instance_uid))};
}
[[nodiscard]] inline std::vector<data_set> reference_items(
    std::vector<referenced_object> const& objects) {
  std::vector<data_set> items;
  items.reserve(objects.size());
  for (auto const& object : objects) items.push_back(reference_item(object));
  return items;
}

}  // namespace detail

[[nodiscard]] inline data_set to_data_set(commitment_request const& wanted) {
  data_set all;
  all.set(tags::transaction_uid, wanted.transaction);
  all.set(element{tags::referenced_sop_sequence, detail::reference_items(wanted.objects)});
  return all;
}

[[nodiscard]] inline data_set to_data_set(commitment_result const& result) {
  data_set all;
  all.set(tags::transaction_uid, result.transaction);
  if (!result.retrieve_ae_title.empty())
    all.set(tags::retrieve_ae_title, result.retrieve_ae_title.view());
  if (!result.committed.empty())
    all.set(element{tags::referenced_sop_sequence, detail::reference_items(result.committed)});
  if (result.failed.empty()) return all;
  std::vector<data_set> failed;
  for (auto const& [object, reason] : result.failed) {
    failed.push_back(detail::reference_item(object));
    failed.back().set(tags::failure_reason, reason.code);
  }
  all.set(element{tags::failed_sop_sequence, std::move(failed)});
  return all;
}

/// Nothing where the Transaction UID or the references are missing or malformed.
[[nodiscard]] inline std::optional<commitment_request> parse_commitment_request(
    data_set const& information) {
  try {
    commitment_request wanted;
    wanted.transaction = information.get<uid>(tags::transaction_uid);
    for (auto const& item : information.items(tags::referenced_sop_sequence))
      wanted.objects.push_back(detail::read_reference(item));
    if (wanted.objects.empty()) return std::nullopt;
    return wanted;
  } catch (error const&) {
    return std::nullopt;
  }
}
[[nodiscard]] inline std::optional<commitment_result> parse_commitment_result(
    data_set const& information) {
  try {
    commitment_result result;
    result.transaction = information.get<uid>(tags::transaction_uid);
    result.retrieve_ae_title = ae_title{information.text(tags::retrieve_ae_title)};
    for (auto const& item : information.items(tags::referenced_sop_sequence))
      result.committed.push_back(detail::read_reference(item));
    for (auto const& item : information.items(tags::failed_sop_sequence))
      result.failed.push_back(
          {detail::read_reference(item), status{item.get<std::uint16_t>(tags::failure_reason)}});
    return result;
  } catch (error const&) {
    return std::nullopt;
  }
}

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/printable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace codimse::inline v0 {

/// What can go wrong below DIMSE. A DIMSE failure status is not among these: it is a value.
/// `fault_of` says whose fault an error is, `abort_for` which A-ABORT answers it.
enum class errc {  // NOLINT(cert-int09-c): three groups, each begins at a number of its own
  // Local: this program asked for what cannot be done. Change the call.
  invalid_argument = 1,
  invalid_uid,
  invalid_ae_title,
  too_many_presentation_contexts,
  no_presentation_context,
  not_established,
  source_failed,
  not_a_dicom_file,
  data_set_malformed,
  no_sop_instance,
  limit_exceeded,
  cancelled,
  stopped,
  missing_element,
  wrong_vr,
  invalid_value,
  truncated_data_set,
  invalid_element_length,
  invalid_item,
  nested_too_deep,
  invalid_deflated_data,
  deflate_not_available,
  cannot_encode_text,
  invalid_json,

  // Remote: the peer did it. Retrying alone does not help, but for a transient rejection.
  unknown_pdu_type = 100,
  unexpected_pdu,
  pdu_too_long,
  invalid_pdu_parameter,
  unexpected_pdu_parameter,
  invalid_command_set,
  unexpected_response,
  association_rejected,
  aborted_by_user,
  aborted_by_provider,
  no_common_presentation_context,
  peer_max_length_too_small,

  // Transport and time: the connection or the clock. A later retry may pass.
  connection_closed = 200,
  connect_failed,
  connect_timeout,
  acse_timeout,
  dimse_timeout,
  write_timeout,
  idle_timeout,
};

/// Whose fault an error is: ours, the peer's, or the connection's.
enum class fault {
  local,
  remote,
  transport
};

[[nodiscard]] constexpr fault fault_of(errc error) {
  auto const value = static_cast<int>(error);
  return value >= 200 ? fault::transport : value >= 100 ? fault::remote : fault::local;
}

/// Source and reason of an A-ABORT (PS3.8 9.3.8).
/// A value: distinct objects may be used from different threads.
struct abort_reason {
  std::uint8_t source = 0;
  std::uint8_t reason = 0;
  friend constexpr bool operator==(abort_reason, abort_reason) = default;
};

/// The A-ABORT that answers a protocol error of the peer.
[[nodiscard]] constexpr abort_reason abort_for(errc error) {
  switch (error) {
    case errc::unknown_pdu_type: return {2, 1};
    case errc::unexpected_pdu: return {2, 2};
    case errc::unexpected_pdu_parameter: return {2, 5};
    case errc::pdu_too_long:
    case errc::invalid_pdu_parameter:
    case errc::invalid_command_set: return {2, 6};
    default: return {2, 0};
  }
}

namespace detail {

class error_category final : public std::error_category {
 public:
  char const* name() const noexcept override { return "codimse"; }
  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::invalid_argument: return "invalid argument";
      case errc::invalid_uid: return "not a valid UID (PS3.5 9.1)";
      case errc::invalid_ae_title: return "not a valid AE title: 1 to 16 printable characters";
      case errc::too_many_presentation_contexts:
        return "more than 128 presentation contexts: split over several associations";
      case errc::no_presentation_context:
        return "no accepted presentation context for this SOP Class and transfer syntax";
      case errc::not_established: return "the association is not established (any more)";
      case errc::source_failed: return "the data set to send could not be read";
      case errc::not_a_dicom_file: return "not a DICOM file";
      case errc::data_set_malformed: return "the data set is malformed";
      case errc::no_sop_instance: return "no SOP Class UID or no SOP Instance UID";
      case errc::limit_exceeded: return "a configured limit was exceeded";
      case errc::cancelled: return "cancelled";
      case errc::stopped: return "the server is stopping";
      case errc::missing_element: return "the data set has no such element, or no such value in it";
      case errc::wrong_vr: return "the element's VR does not hold what was asked for";
      case errc::invalid_value: return "the element's value is not valid for its VR or this type";
      case errc::truncated_data_set: return "the data set ends within an element or a sequence";
      case errc::invalid_element_length:
        return "an element's length is undefined where that is not allowed, or exceeds what holds "
               "it";
      case errc::invalid_item:
        return "an item or its delimiter is missing, or does not belong there";
      case errc::nested_too_deep: return "the data set's sequences are nested too deep";
      case errc::invalid_deflated_data: return "the deflated data set is damaged (RFC 1951)";
      case errc::deflate_not_available:
        return "a deflated data set: call codimse::use_deflate() of codimse/deflate.hpp first";
      case errc::cannot_encode_text:
        return "the character set cannot hold the text, or the text is not UTF-8";
      case errc::invalid_json: return "not JSON, or not a DICOM JSON data set (PS3.18 Annex F)";
      case errc::unknown_pdu_type: return "the peer sent an unknown PDU type";
      case errc::unexpected_pdu: return "the peer sent a PDU that does not belong here";
      case errc::pdu_too_long: return "the peer sent a PDU longer than allowed";
      case errc::invalid_pdu_parameter: return "the peer sent a malformed PDU";
      case errc::unexpected_pdu_parameter:
        return "the peer sent a PDU with an unexpected parameter";
      case errc::invalid_command_set: return "the peer sent a malformed command set";
      case errc::unexpected_response: return "the peer answered a request that was never sent";
      case errc::association_rejected: return "the peer rejected the association";
      case errc::aborted_by_user: return "the peer aborted the association";
      case errc::aborted_by_provider: return "the association was aborted by a service provider";
      case errc::no_common_presentation_context: return "the peer accepted no presentation context";
      case errc::peer_max_length_too_small:
        return "the peer's maximum PDU length is too small to send";
      case errc::connection_closed: return "the peer closed the connection";
      case errc::connect_failed: return "the connection could not be made";
      case errc::connect_timeout: return "timeout while connecting";
      case errc::acse_timeout: return "timeout while waiting for an association PDU";
      case errc::dimse_timeout: return "timeout while waiting for a DIMSE response";
      case errc::write_timeout: return "timeout: the peer does not read what we send";
      case errc::idle_timeout: return "the association was idle for too long";
    }
    return "unknown error";
  }
};

}  // namespace detail

[[nodiscard]] inline std::error_category const& error_category() noexcept {
  static detail::error_category const category;
  return category;
}

[[nodiscard]] inline std::error_code make_error_code(errc error) noexcept {
  return {static_cast<int>(error), error_category()};
}

/// What client calls throw: an `errc` (or an error of the system) with one clear line, and what
/// the peer said where it said something. `what()` may go to a terminal or a log as it is: paths,
/// names and received text in it have been through `printable`.
/// A value: distinct objects may be used from different threads.
class error : public std::system_error {
 public:
  explicit error(std::error_code code) : error{code, code.message()} {}
  explicit error(errc code) : error{make_error_code(code)} {}
  error(errc code, std::string_view what) : error{make_error_code(code), what} {}
  error(std::error_code code, std::string_view what)
      : std::system_error{code}, what_{std::make_shared<std::string const>(printable(what))} {}

  [[nodiscard]] char const* what() const noexcept override { return what_->c_str(); }

 private:
  std::shared_ptr<std::string const> what_;  // shared, because copying an exception must not throw
};

}  // namespace codimse::inline v0

template <>
struct std::is_error_code_enum<codimse::errc> : std::true_type {};

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/pdu/associate.hpp>

#include <string>
#include <string_view>

namespace codimse::inline v0 {

/// An A-ASSOCIATE-RJ in words (PS3.8 9.3.4). Values out of the table are shown as numbers.
[[nodiscard]] inline std::string describe(pdu::associate_rj const& answer) {
  auto const reason = [&]() -> std::string_view {
    switch (answer.source * 16 + answer.reason) {
      case 0x11: return "no reason given";
      case 0x12: return "application context name not supported";
      case 0x13: return "calling AE title not recognized";
      case 0x17: return "called AE title not recognized";
      case 0x21: return "no reason given (service provider, ACSE)";
      case 0x22: return "protocol version not supported";
      case 0x31: return "temporary congestion";
      case 0x32: return "local limit exceeded";
      default: return "";
    }
  }();
  std::string text = "association rejected, ";
  if (answer.result == 1) text += "permanent: ";
  else if (answer.result == 2) text += "transient: ";
  else text += "result " + std::to_string(answer.result) + ": ";
  if (!reason.empty()) return text.append(reason);
  return text + "source " + std::to_string(answer.source) + ", reason " +
         std::to_string(answer.reason);
}

/// Who aborted and why, in words (PS3.8 9.3.8).
[[nodiscard]] inline std::string describe(abort_reason const& why) {
  if (why.source != 2) return "association aborted by the peer (service user)";
  constexpr std::string_view reasons[] = {"reason not specified",
                                          "unrecognized PDU",
                                          "unexpected PDU",
                                          "reserved reason",
                                          "unrecognized PDU parameter",
                                          "unexpected PDU parameter",
                                          "invalid PDU parameter value"};
  std::string const text = "association aborted by a service provider: ";
  if (why.reason < std::size(reasons)) return text + std::string{reasons[why.reason]};
  return text + "reason " + std::to_string(why.reason);
}

/// The peer answered with A-ASSOCIATE-RJ. `answer().transient()`: a later retry may pass.
/// A value: distinct objects may be used from different threads.
class association_rejected : public error {
 public:
  explicit association_rejected(pdu::associate_rj answer)
      : error{errc::association_rejected, describe(answer)}, answer_{answer} {}
  [[nodiscard]] pdu::associate_rj const& answer() const { return answer_; }

 private:
  pdu::associate_rj answer_;
};

/// The association was aborted, by the peer or by a service provider (ours included).
/// A value: distinct objects may be used from different threads.
class association_aborted : public error {
 public:
  explicit association_aborted(abort_reason why)
      : error{why.source == 2 ? errc::aborted_by_provider : errc::aborted_by_user, describe(why)},
        why_{why} {}
  [[nodiscard]] abort_reason why() const { return why_; }

 private:
  abort_reason why_;
};

}  // namespace codimse::inline v0

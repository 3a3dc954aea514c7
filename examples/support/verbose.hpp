// SPDX-License-Identifier: BSL-1.0
#pragma once

// What --verbose prints, one line an event.
#include "support/terminal.hpp"
#include <codimse/assoc/errors.hpp>
#include <codimse/assoc/observer.hpp>
#include <codimse/core/command_field.hpp>
#include <codimse/pdu/codec.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace program {

/// Received text in quotes, as ASCII: it shows where it ends.
inline std::string escaped(std::string_view text) { return codimse::pdu::dumper::quoted(text); }

/// "A700", as the standard writes statuses.
inline std::string shown(codimse::status status) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%04X", unsigned{status.code});
  return text.data();
}

inline std::string milliseconds(codimse::duration time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f ms",
                std::chrono::duration<double, std::milli>{time}.count());
  return text.data();
}

/// Each event is one line.
class verbose_observer final : public codimse::association_observer {
 public:
  void observe(codimse::association_established const& event) override {
    auto const& agreed = event.association.negotiated();
    auto const accepted =
        std::ranges::count_if(agreed.contexts, [](auto const& one) { return one.accepted(); });
    say("association established: " + parties(event.association) + ", " + std::to_string(accepted) +
        " of " + std::to_string(agreed.contexts.size()) + " presentation contexts accepted" +
        profile(event.association));
  }
  void observe(codimse::association_refused const& event) override {
    say(codimse::describe(event.answer) + ": " + field(event.request.calling) + " -> " +
        field(event.request.called) + ", peer " + event.peer_address);
  }
  void observe(codimse::association_ended const& event) override {
    std::string const how = event.error ? escaped(event.explanation) : "released";
    say("association ended: " + parties(event.association) + ": " + how + "; " +
        std::to_string(event.operations) + " operations, " + std::to_string(event.bytes_received) +
        " bytes received, " + std::to_string(event.bytes_sent) + " sent, " +
        milliseconds(event.lasted));
  }
  void observe(codimse::operation_completed const& event) override {
    std::string line{codimse::command_name(event.command)};
    line += ' ' + std::to_string(event.message_id);
    if (!event.sop_instance.empty()) line += ' ' + escaped(event.sop_instance.view());
    if (event.data_set_bytes != 0) line += ", " + std::to_string(event.data_set_bytes) + " bytes";
    line += ", status " + shown(event.status);
    if (!event.error_comment.empty()) line += " (" + escaped(event.error_comment) + ')';
    say(line + ", " + milliseconds(event.took));
  }
  void observe(codimse::protocol_violation const& event) override {
    say("protocol violation by " + event.peer_address + ": " + escaped(event.explanation));
  }

 private:
  static std::string profile(codimse::association_info const& association) {
    auto const* const one = association.peer_profile();
    return one != nullptr ? ", peer profile " + std::string{one->name} : std::string{};
  }
  static std::string parties(codimse::association_info const& association) {
    return escaped(association.calling_ae_title().view()) + " -> " +
           escaped(association.called_ae_title().view()) + ", peer " + association.peer_address();
  }
  template <class Field>
  static std::string field(Field const& bytes) {
    return escaped(codimse::ae_title::from_field(bytes).view());
  }
};

}  // namespace program

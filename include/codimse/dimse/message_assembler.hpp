// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/core/limits.hpp>
#include <codimse/dimse/command_set.hpp>
#include <codimse/pdu/p_data.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace codimse::inline v0 {

/// Joins the fragments of one direction into messages (PS3.8 Annex E, PS3.7 6.3). The command set
/// is collected (it is small and bounded); data set slices pass through without being copied.
///
/// Takes fragments of any size: empty and odd ones, several a PDU, one byte at a time.
/// Used by one association, on its executor.
class message_assembler {
 public:
  enum class kind {
    nothing,  ///< the message goes on
    command,  ///< the command set is complete: `command`; `last` if no data set follows
    data,     ///< a slice of the data set: `bytes`; `last` with its end
    error,    ///< a protocol error: `failure`
  };
  struct step {
    message_assembler::kind kind = message_assembler::kind::nothing;
    std::uint8_t context_id = 0;
    bool last = false;
    errc failure{};
    std::span<std::byte const> bytes{};
    /// Refers to memory of the assembler; valid until the next message begins.
    command_set command{};
  };

  explicit message_assembler(limits const& bounds = {}) : bounds_{bounds} {}

  [[nodiscard]] step fragment(std::uint8_t context_id, pdu::message_control control,
                              std::span<std::byte const> bytes, bool pdv_complete) {
    bool const last = control.last && pdv_complete;
    if (phase_ == phase::between) begin(context_id);
    if (context_id != context_id_) return fail(errc::invalid_pdu_parameter);
    if (control.command != (phase_ == phase::command)) return fail(errc::unexpected_pdu_parameter);
    return control.command ? command_part(bytes, last) : data_part(bytes, last);
  }

  /// Is a message under way?
  [[nodiscard]] bool in_message() const { return phase_ != phase::between; }

 private:
  enum class phase {
    between,
    command,
    data
  };

  void begin(std::uint8_t context_id) {
    phase_ = phase::command;
    context_id_ = context_id;
    command_.clear();
    data_length_ = 0;
  }

  step command_part(std::span<std::byte const> bytes, bool last) {
    if (bytes.size() > bounds_.command_set_length - command_.size())
      return fail(errc::invalid_command_set);
    command_.insert(command_.end(), bytes.begin(), bytes.end());
    if (!last) return {};
    auto parsed = command_set::parse(command_);
    if (!parsed) return fail(errc::invalid_command_set);
    bool const data_follows = parsed->announces_data_set();
    phase_ = data_follows ? phase::data : phase::between;
    return {.kind = kind::command,
            .context_id = context_id_,
            .last = !data_follows,
            .command = *parsed};
  }

  step data_part(std::span<std::byte const> bytes, bool last) {
    data_length_ += bytes.size();
    if (bounds_.data_set_length != 0 && data_length_ > bounds_.data_set_length)
      return fail(errc::limit_exceeded);
    if (last) phase_ = phase::between;
    return {.kind = kind::data, .context_id = context_id_, .last = last, .bytes = bytes};
  }

  step fail(errc why) { return {.kind = kind::error, .context_id = context_id_, .failure = why}; }

  limits bounds_;
  phase phase_ = phase::between;
  std::uint8_t context_id_ = 0;
  std::uint64_t data_length_ = 0;
  std::vector<std::byte> command_;
};

}  // namespace codimse::inline v0

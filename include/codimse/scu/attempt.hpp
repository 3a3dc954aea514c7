// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/dimse/c_store.hpp>
#include <codimse/scu/delivery.hpp>
#include <codimse/scu/retry.hpp>

#include <optional>
#include <string>

namespace codimse::inline v0::detail {

/// What came of trying to send one file. Right at every moment: whoever is interrupted leaves
/// behind what is known by then.
/// A value: distinct objects may be used from different threads.
class attempt {
 public:
  delivery how = delivery::not_tried;
  bool transient = false;
  std::optional<status> answer;
  std::string problem;
  unsigned tries = 0;
  bool may_fail_after_end = false;  ///< transcoded: its source may fail when all was read

  /// Bytes of it are about to leave; `whole`: the last ones among them. Before that, no peer can
  /// have stored it.
  void leaves(bool whole) {
    how = whole ? delivery::unanswered : delivery::failed;
    tries = 1;
    problem = "interrupted";
  }
  void answered(c_store_rsp const& response) {
    answer = response.status;
    problem = response.error_comment.str();
    how = response.status.is_success()   ? delivery::stored
          : response.status.is_warning() ? delivery::warned
                                         : delivery::failed;
    transient = is_transient(response.status);
    tries = 1;
  }
  void ended_by(error const& why) {
    problem = why.what();
    transient = is_transient(why);
    bool const tried = how != delivery::not_tried;
    // Else it is another file whose source ended the association.
    if (may_fail_after_end && why.code() == errc::source_failed) how = delivery::failed;
    if (!tried && !transient && why.code() != errc::cancelled) how = delivery::failed;
  }

  /// This was another try after `last`, if there was one.
  void follow(attempt const* last) {
    if (last == nullptr) return;
    tries += last->tries;
    bool const stored = how == delivery::stored || how == delivery::warned;
    // Whatever is said of this try: the peer may have that one.
    if (!stored && last->how == delivery::unanswered) how = delivery::unanswered;
    else if (how == delivery::not_tried) how = last->how;
  }
  /// There was no other try after `last`, if there was one.
  void stand_in_for(attempt const* last) {
    if (last != nullptr) *this = *last;
  }
};

}  // namespace codimse::inline v0::detail

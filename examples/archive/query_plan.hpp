// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "archive/index.hpp"
#include <codimse/core/ae_title.hpp>
#include <codimse/core/status.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/service/query_retrieve.hpp>

#include <vector>

namespace archive {

/// How one C-FIND is answered: what the index is asked for, which keys decide, what goes back.
class query_plan {
 public:
  /// The identifier has been checked (`check_find_identifier`).
  query_plan(codimse::query_model model, query_level level, codimse::data_set const& identifier,
             codimse::ae_title const& retrieve_from);

  [[nodiscard]] selection const& search() const { return search_; }
  /// Does the entity match all keys that the archive supports?
  [[nodiscard]] bool matches(codimse::data_set const& entity) const;
  /// The identifier of the response (PS3.4 C.4.1.1.3).
  [[nodiscard]] codimse::data_set response(codimse::data_set const& entity) const;
  /// FF00, or FF01 where a key of the identifier is not supported.
  [[nodiscard]] codimse::status pending() const { return pending_; }

 private:
  void sort_keys();

  codimse::query_model model_;
  codimse::data_set identifier_;
  codimse::ae_title retrieve_from_;
  selection search_;
  codimse::data_set keys_;  // those that are matched
  codimse::status pending_ = codimse::status::pending;
};

/// What the identifier says about entities, for the index; values of more than a few hundred UIDs
/// narrow nothing.
[[nodiscard]] std::vector<condition> narrowing(codimse::data_set const& identifier);

/// What the unique keys of a retrieve name, in pieces that the index takes one after the other.
[[nodiscard]] std::vector<std::vector<condition>> named_by(query_level level,
                                                           codimse::query_model model,
                                                           codimse::data_set const& identifier);

}  // namespace archive

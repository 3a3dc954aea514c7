// SPDX-License-Identifier: BSL-1.0
#pragma once

// C-FIND: what the archive has.
#include "archive/async_index.hpp"
#include "archive/query_plan.hpp"
#include <codimse/service/query_retrieve.hpp>
#include <codimse/service/service.hpp>

#include <cstdint>
#include <vector>

namespace archive {

/// The query part of Query/Retrieve as SCP (PS3.4 C.4.1), hierarchical.
///
/// The index is read page by page, and each match goes out before the next is looked at: neither
/// a large answer nor a slow peer takes more memory than a page.
class query_service {
 public:
  static constexpr auto sop_classes =
      codimse::sop_class_list{codimse::sop::patient_root_find, codimse::sop::study_root_find,
                              codimse::sop::patient_study_only_find};

  query_service(async_index& index, codimse::ae_title own) : index_{&index}, own_{own} {}

  codimse::reply on(codimse::c_find_rq const& request, codimse::data_set const& identifier,
                    codimse::c_find_responses& out) {
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): it is one of sop_classes
    auto const model = *codimse::query_model_of(request.affected_sop_class_uid);
    auto const checked = codimse::check_find_identifier(model, identifier);
    if (checked.how.is_failure()) {
      out.fields().offending_elements = checked.offending;
      co_return checked.how;
    }
    query_plan const plan{model, checked.level, identifier, own_};
    try {
      co_await answer(plan, out);
    } catch (index_error const& failed) {
      co_return codimse::outcome{codimse::status::out_of_resources, failed.what()};
    }
    co_return codimse::status::success;
  }

 private:
  static constexpr std::size_t page_size = 64;

  asio::awaitable<void> answer(query_plan const& plan, codimse::c_find_responses& out) const {
    std::int64_t last = 0;
    while (!out.cancelled()) {
      auto const page = co_await index_->select(plan.search(), last, page_size);
      for (auto const& one : page) {
        if (out.cancelled()) break;
        if (plan.matches(one.entity))
          co_await out.pending(plan.response(one.entity), plan.pending());
      }
      if (page.size() < page_size) break;
      last = page.back().id;
    }
  }

  async_index* index_;
  codimse::ae_title own_;
};

}  // namespace archive

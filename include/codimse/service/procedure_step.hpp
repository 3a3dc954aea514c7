// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/new_uid.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/service/procedure_step_rules.hpp>
#include <codimse/service/procedure_step_store.hpp>
#include <codimse/service/service.hpp>
#include <codimse/sop/procedure_step.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace codimse::inline v0 {

/// Modality Performed Procedure Step as SCP (PS3.4 Annex F): modalities create steps and update
/// them until they are completed or discontinued (N-CREATE, N-SET); others read them (N-GET of the
/// retrieve SOP Class).
///
///     codimse::server server{executor, options, codimse::procedure_step_scp{my_database}};
///
/// The store says where steps are kept; what the standard allows is decided here, and answered with
/// the status, the Error ID and the attributes that it asks for. Not checked: which attributes of
/// type 3 there are, and that Patient and Study stay what N-CREATE said.
///
/// Copies share their store, so that a program can keep one and read `store()`; calls of the store
/// are never concurrent, also with several threads.
template <procedure_step_store Store = memory_procedure_steps>
class procedure_step_scp {
 public:
  static constexpr auto sop_classes = sop_class_list{
      sop::modality_performed_procedure_step, sop::modality_performed_procedure_step_retrieve};

  explicit procedure_step_scp(Store store = {}, procedure_step_options options = {})
      : shared_{std::make_shared<shared>(std::move(store))}, options_{options} {}

  /// The store; with several threads, only before and after the server runs.
  [[nodiscard]] Store& store() { return shared_->store; }

  reply on(n_create_rq const& rq, data_set const& attributes, n_responses& out) {
    co_return create(rq, attributes, out);
  }
  reply on(n_set_rq const& rq, data_set const& attributes, n_responses& out) {
    co_return update(rq, attributes, out);
  }
  reply on(n_get_rq const& rq, n_responses& out) { co_return read(rq, out); }

 private:
  struct shared {
    explicit shared(Store&& from) : store{std::move(from)} {}
    std::mutex lock;
    Store store;
  };

  /// The retrieve SOP Class has N-GET only, the other one has none.
  [[nodiscard]] static bool may_write(uid const& sop_class) {
    return sop_class == uid{sop::modality_performed_procedure_step.uid};
  }

  outcome create(n_create_rq const& rq, data_set const& step, n_responses& out) {
    if (!may_write(rq.affected_sop_class_uid)) return status::unrecognized_operation;
    uid const instance =
        rq.affected_sop_instance_uid.empty() ? new_uid() : rq.affected_sop_instance_uid;
    if (!instance.valid())
      return {status::invalid_sop_instance, "SOP Instance UID is not a valid UID"};
    if (auto const wrong = detail::wrong_in_new_step(step, options_)) return refuse(*wrong, out);
    std::scoped_lock const locked{shared_->lock};
    if (shared_->store.find(instance)) return status::duplicate_sop_instance;
    shared_->store.create(instance, step);
    out.affected_sop_instance(instance);
    return status::success;
  }

  outcome update(n_set_rq const& rq, data_set const& changes, n_responses& out) {
    if (!may_write(rq.requested_sop_class_uid)) return status::unrecognized_operation;
    std::scoped_lock const locked{shared_->lock};
    std::optional<data_set> const before = shared_->store.find(rq.requested_sop_instance_uid);
    if (!before) return status::no_such_sop_instance;
    if (auto const wrong = detail::wrong_in_changes(*before, changes, options_))
      return refuse(*wrong, out);
    data_set after = detail::changed_step(*before, changes);
    if (auto const wrong = detail::wrong_in_final_step(after, options_)) return refuse(*wrong, out);
    shared_->store.update(rq.requested_sop_instance_uid, std::move(after));
    return status::success;
  }

  outcome read(n_get_rq const& rq, n_responses& out) {
    if (may_write(rq.requested_sop_class_uid)) return status::unrecognized_operation;
    std::unique_lock locked{shared_->lock};
    std::optional<data_set> step = shared_->store.find(rq.requested_sop_instance_uid);
    locked.unlock();
    if (!step) return status::no_such_sop_instance;
    if (rq.attribute_identifier_list.empty()) {
      out.data_set(*std::move(step));
      return status::success;
    }
    data_set selected;
    if (step->has_value(tags::specific_character_set))
      selected.set(*step->find(tags::specific_character_set));
    for (tag const at : rq.attribute_identifier_list) {
      if (auto const* const found = step->find(at)) selected.set(*found);
      else out.fields().attribute_identifier_list.push_back(at);
    }
    out.data_set(std::move(selected));
    bool const all = out.fields().attribute_identifier_list.empty();
    return all ? status::success : statuses::procedure_step::optional_attributes_not_supported;
  }

  static outcome refuse(detail::step_problem const& wrong, n_responses& out) {
    out.fields().error_id = wrong.error_id;
    out.fields().attribute_identifier_list = wrong.attributes;
    return wrong.how;
  }

  std::shared_ptr<shared> shared_;
  procedure_step_options options_;
};

}  // namespace codimse::inline v0

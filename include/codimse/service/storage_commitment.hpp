// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/association_ref.hpp>
#include <codimse/assoc/connect.hpp>
#include <codimse/assoc/options.hpp>
#include <codimse/core/printable.hpp>
#include <codimse/service/commitment_result.hpp>
#include <codimse/service/nursery.hpp>
#include <codimse/service/service.hpp>
#include <codimse/sop/storage_commitment.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// How an SCP of storage commitment reports. Owns memory, so name it before passing it on.
/// A value: distinct objects may be used from different threads.
class commitment_options {
 public:
  commitment_options() = default;

  association_options association{};               ///< of associations that are opened for a report
  unsigned tries = 5;                              ///< associations opened for one report, at most
  duration first_wait = std::chrono::seconds{10};  ///< before the second; twice as long each time
  ae_title retrieve_ae_title{};                    ///< (0008,0054) of reports; empty: none
  /// Transactions that are checked or reported at once; more are refused with 0213.
  std::size_t most_pending = 1000;
  /// Told in one printable line of a report that could not be delivered, whatever the reason; may
  /// be called from any thread.
  std::function<void(std::string const&)> lost;
};

/// Does the SCP keep this object? `status::success`, or the Failure Reason (PS3.3 C.14.1.1), such
/// as `status::no_such_sop_instance` or `status::class_instance_conflict`. One that throws has not
/// found it: `status::processing_failure`.
template <class F>
concept commitment_check = requires(F& check, referenced_object const& object) {
  { check(object) } -> std::same_as<status>;
} || requires(F& check, referenced_object const& object) {
  { check(object) } -> std::same_as<asio::awaitable<status>>;
};

/// Where is the AE of this title, for reports on a new association? Nothing: nobody knows.
template <class F>
concept peer_finder = requires(F const& find, ae_title const& who) {
  { find(who) } -> std::same_as<std::optional<peer>>;
};

/// The Storage Commitment Push Model service class as SCP (PS3.4 Annex J): answers an N-ACTION at
/// once, then checks the objects and reports by N-EVENT-REPORT: on the same association while it
/// is open, else, or when that fails, on a new one to the requestor, with several tries.
///
///     codimse::nursery reports{executor};
///     codimse::storage_commitment_scp commitment{reports, check, find_peer};
///
/// Checks and reports live in the nursery, which must outlive the server: join it when the server
/// has stopped. One object serves all associations; `check` runs on the nursery's strand.
template <commitment_check Check, peer_finder Find>
class storage_commitment_scp {
 public:
  static constexpr auto sop_classes = sop::storage_commitment_push_model;

  storage_commitment_scp(nursery& reports, Check check, Find find, commitment_options options = {})
      : reports_{&reports},
        shared_{std::make_shared<shared>(std::move(check), std::move(find), std::move(options))} {}

  reply on(n_action_rq const& request, data_set const& information, n_responses&,
           association_info const& from) {
    if (request.action_type_id != request_commitment) co_return status::no_such_action_type;
    if (request.requested_sop_instance_uid.view() != sop::storage_commitment_push_model_instance)
      co_return status::no_such_sop_instance;
    auto wanted = parse_commitment_request(information);
    if (!wanted)
      co_return outcome{status::invalid_argument_value, "no valid Transaction UID or references"};
    auto turn = std::make_shared<pending>(shared_);
    if (turn->number > shared_->options.most_pending)
      co_return outcome{status::resource_limitation, "too many storage commitments are pending"};
    asio::any_io_executor const executor = co_await asio::this_coro::executor;
    requestor const who{from.association(), executor, from.calling_ae_title(),
                        from.called_ae_title()};
    // Runs when this handler has answered: a strand resumes what was posted later, later.
    reports_->spawn(perform(std::move(turn), who, *std::move(wanted)));
    co_return status::success;
  }

 private:
  struct shared {
    shared(Check c, Find f, commitment_options o)
        : check{std::move(c)}, find{std::move(f)}, options{std::move(o)} {}
    Check check;
    Find find;
    commitment_options options;
    std::atomic<std::size_t> pending = 0;
  };
  /// A transaction that is under way, counted as long as it lives.
  struct pending {
    explicit pending(std::shared_ptr<shared> s) : with{std::move(s)}, number{++with->pending} {}
    pending(pending const&) = delete;
    pending& operator=(pending const&) = delete;
    ~pending() { --with->pending; }
    std::shared_ptr<shared> with;
    std::size_t number;
  };
  struct requestor {
    association_ref association;
    asio::any_io_executor executor;
    ae_title title;
    ae_title called_us;
  };

  static asio::awaitable<void> perform(std::shared_ptr<pending> turn, requestor who,
                                       commitment_request wanted) {
    auto* const with = turn->with.get();
    std::string problem;
    try {
      commitment_result outcome_of;
      outcome_of.transaction = wanted.transaction;
      outcome_of.retrieve_ae_title = with->options.retrieve_ae_title;
      for (auto const& object : wanted.objects) {
        status const how = co_await checked(*with, object);
        if (how.is_success()) outcome_of.committed.push_back(object);
        else outcome_of.failed.push_back({object, how});
      }
      bool const told = co_await tell_there(who, outcome_of);
      if (!told) problem = co_await tell_anew(*with, who, outcome_of);
    } catch (std::exception const& failed) {  // cancelled, or out of memory
      problem = failed.what();
    }
    if (!problem.empty() && with->options.lost)
      with->options.lost(printable("storage commitment " + wanted.transaction.str() + " for " +
                                   who.title.str() + " not reported: " + problem));
  }
  static asio::awaitable<status> checked(shared& with, referenced_object const& object) {
    try {
      if constexpr (std::same_as<decltype(with.check(object)), status>)
        co_return with.check(object);
      else co_return co_await with.check(object);
    } catch (std::exception const&) {
      co_return status::processing_failure;
    }
  }

  /// On the association that the request came by, and on its executor.
  static asio::awaitable<bool> tell_there(requestor const& who, commitment_result const& what) {
    try {
      co_return co_await asio::co_spawn(who.executor, send(who.association, what),
                                        asio::use_awaitable);
    } catch (error const&) {
      co_return false;
    }
  }
  static asio::awaitable<bool> send(association_ref over, commitment_result const& what) {
    if (!over.established()) co_return false;
    n_event_report_rq event;
    event.affected_sop_class_uid = uid{sop::storage_commitment_push_model.uid};
    event.affected_sop_instance_uid = uid{sop::storage_commitment_push_model_instance};
    event.event_type_id = what.all_committed() ? commitment_successful : commitment_failures;
    auto const answer = co_await over.request(event, to_data_set(what));
    co_return !answer.status.is_failure();
  }

  /// On associations of our own, whose requestor is the SCP (PS3.4 J.3.3, PS3.7 D.3.3.4). Yields
  /// what went wrong at last.
  static asio::awaitable<std::string> tell_anew(shared const& with, requestor const& who,
                                                commitment_result const& what) {
    auto const to = with.find(who.title);
    std::string problem = "nobody knows where this AE is";
    duration wait = with.options.first_wait;
    for (unsigned i = 0; to && i < with.options.tries; ++i) {
      if (i > 0) {
        asio::any_io_executor const here = co_await asio::this_coro::executor;
        asio::steady_timer pause{here, wait};
        co_await pause.async_wait(asio::use_awaitable);
        wait *= 2;
      }
      problem = co_await tell_once(with, *to, what);
      if (problem.empty()) break;
    }
    co_return problem;
  }
  /// Yields what went wrong.
  static asio::awaitable<std::string> tell_once(shared const& with, peer to,
                                                commitment_result const& what) {
    try {
      proposals wanted{sop::storage_commitment_push_model};
      wanted.role(uid{sop::storage_commitment_push_model.uid}, false, true);
      auto options = with.options.association;
      // Those that leave the role unanswered take the report all the same.
      options.require_role_selection = false;
      asio::any_io_executor const here = co_await asio::this_coro::executor;
      association open = co_await connect(here, to, wanted, options);
      bool const told = co_await send(open, what);
      if (open.established()) co_await open.release();
      co_return told ? std::string{} : std::string{"it answered with a failure"};
    } catch (error const& failed) {
      co_return failed.what();
    }
  }

  nursery* reports_;
  std::shared_ptr<shared> shared_;
};

/// Asks a peer to keep objects (N-ACTION, PS3.4 J.3.2). Success says that it will tell: the result
/// comes to a `storage_commitment_results`, on this association or on one that the peer opens. The
/// Transaction UID must be a new one. Throws as `association_ref::request`.
inline asio::awaitable<answer<n_action_rsp>> request_storage_commitment(
    association_ref over, std::vector<referenced_object> objects, uid transaction) {
  n_action_rq request;
  request.requested_sop_class_uid = uid{sop::storage_commitment_push_model.uid};
  request.requested_sop_instance_uid = uid{sop::storage_commitment_push_model_instance};
  request.action_type_id = request_commitment;
  commitment_request wanted;
  wanted.transaction = transaction;
  wanted.objects = std::move(objects);
  co_return co_await over.request(request, to_data_set(wanted));
}

/// The SCU's side of reports (PS3.4 J.3.3): a service for `perform_here`, or for a server to which
/// peers report on associations of their own. `handler` takes a `commitment_result const&` and
/// yields an `outcome` or a status, for the peer.
template <std::invocable<commitment_result const&> Handler>
class storage_commitment_results {
 public:
  static constexpr auto sop_classes = sop::storage_commitment_push_model;

  explicit storage_commitment_results(Handler handler) : handler_{std::move(handler)} {}

  reply on(n_event_report_rq const& event, data_set const& information, n_responses&) {
    bool const known =
        event.event_type_id == commitment_successful || event.event_type_id == commitment_failures;
    if (!known) co_return status::no_such_event_type;
    auto const result = parse_commitment_result(information);
    if (!result)
      co_return outcome{status::invalid_argument_value, "no valid Transaction UID or references"};
    co_return outcome{handler_(*result)};
  }

 private:
  Handler handler_;
};

}  // namespace codimse::inline v0

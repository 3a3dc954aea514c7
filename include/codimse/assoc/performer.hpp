// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/attributes.hpp>
#include <codimse/assoc/host.hpp>
#include <codimse/assoc/link.hpp>
#include <codimse/assoc/observer.hpp>
#include <codimse/assoc/roles.hpp>
#include <codimse/dimse/message_assembler.hpp>
#include <codimse/dimse/messages.hpp>
#include <codimse/io/source.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_state.hpp>
#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/this_coro.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace codimse::inline v0::detail {

/// While it lives, C-CANCEL does not interrupt what the handler waits for: a message that is cut
/// off would cost the association. The handler is told by `end`.
class uninterrupted {
 public:
  explicit uninterrupted(performed_operation& operation)
      : operation_{operation}, before_{std::exchange(operation.sending, true)} {}
  uninterrupted(uninterrupted const&) = delete;
  uninterrupted& operator=(uninterrupted const&) = delete;
  ~uninterrupted() { operation_.sending = before_; }

  /// From here on it may be interrupted, and is if C-CANCEL has come. Not done by the destructor,
  /// which may run because the event loop goes away.
  void end() {
    operation_.sending = before_;
    if (!before_ && std::exchange(operation_.interrupted, false))
      operation_.signal.emit(asio::cancellation_type::partial);
  }

 private:
  performed_operation& operation_;
  bool before_;
};

/// The requests of the peer that are being performed on one association: each in a coroutine of
/// its own, so that reading goes on meanwhile, and as many at once as were agreed on.
class performer {
 public:
  /// All references must outlive the performer; its coroutines keep the owner that `begin` gets.
  performer(asio::any_io_executor executor, link& carrier, std::shared_ptr<service_host> host,
            condition& progress)
      : executor_{std::move(executor)},
        link_{carrier},
        host_{std::move(host)},
        progress_{progress} {}

  /// Called when an operation is answered, and again when its coroutine has ended.
  std::function<void()> on_done;

  /// After negotiation: which service each presentation context belongs to, and their states.
  void prepare(pdu::associate_rq const& request) {
    if (host_ == nullptr) return;
    states_ = host_->make_states();
    for (auto const& context : link_.facts().agreed.contexts)
      services_.push_back(context.accepted() ? service_of(context.abstract_syntax, request)
                                             : service_host::no_service);
  }
  [[nodiscard]] association_states* states() const { return states_.get(); }

  /// No operation is under way.
  [[nodiscard]] bool idle() const { return performed_.empty(); }
  /// Coroutines that have not ended.
  [[nodiscard]] std::size_t frames() const { return frames_; }
  /// Operations that were answered.
  [[nodiscard]] std::uint64_t answered() const { return answered_; }

  /// C-CANCEL; one that names nothing under way came too late, and is ignored (PS3.7 9.3.2.3).
  void cancel(command_set const& command) {
    auto const id = command.us(command_element::message_id_being_responded_to).value_or(0);
    auto const running = performed_;  // handlers may end, and leave the list, as they are told
    for (auto const& operation : running) {
      bool const meant = operation->message_id == id && can_be_cancelled(*operation);
      if (!meant || std::exchange(operation->cancelled, true)) continue;
      if (operation->sending) operation->interrupted = true;
      else operation->signal.emit(asio::cancellation_type::partial);
    }
  }

  /// The association is over: data sets end, handlers are cancelled.
  void fail(std::error_code why) {
    auto const running = performed_;  // handlers may end, and leave the list, as they are told
    for (auto const& operation : running) {
      operation->data.fail(why);
      operation->signal.emit(asio::cancellation_type::terminal);
    }
  }

  /// More requests than were agreed on wait until one is answered.
  asio::awaitable<void> wait_for_room() {
    auto const& facts = link_.facts();
    std::uint16_t window =
        facts.role == ul::role::acceptor ? facts.agreed.invoked : facts.agreed.performed;
    if (window == 0) window = std::max<std::uint16_t>(1, link_.options().operations_performed);
    while (performed_.size() >= window && !link_.over()) {
      link_.timers().set(deadlines::stall, link::stall_check);
      co_await progress_.wait();
    }
    link_.timers().clear(deadlines::stall);
  }

  /// Starts to perform a request. Yields the operation whose data set is to be received, if one
  /// follows. `owner` is kept alive as long as the operation's coroutine.
  std::shared_ptr<performed_operation> begin(message_assembler::step const& step,
                                             ul::negotiated_context const& context,
                                             std::shared_ptr<session> const& owner) {
    auto operation = make_operation(step, context);
    operation->by = this;
    operation->over = owner.get();
    operation->duplicate = std::ranges::any_of(
        performed_, [&](auto const& other) { return other->message_id == operation->message_id; });
    performed_.push_back(operation);
    link_.timers().clear(deadlines::idle);
    ++frames_;
    asio::co_spawn(executor_, perform(owner, *this, operation),
                   asio::bind_cancellation_slot(operation->signal.slot(),
                                                [owner, this, operation](std::exception_ptr) {
                                                  --frames_;
                                                  forget(operation);
                                                }));
    return step.last ? nullptr : operation;
  }

  /// A pending response, or another one that is not the last; with a data set, in the transfer
  /// syntax of the operation's presentation context. Throws when the association ends.
  asio::awaitable<void> respond(performed_operation& operation, outcome how,
                                response_fields const& fields, data_set const* attributes) {
    uninterrupted whole{operation};
    auto const& context = operation.info.context();
    byte_writer command;
    encode_response(command, operation.command, how, fields, attributes != nullptr);
    if (attributes == nullptr) {
      co_await link_.send_message(context.id, command.view(), nullptr, nullptr);
      whole.end();
      co_return;
    }
    auto const encoded = encode_attributes(*attributes, context.transfer_syntax);
    memory_source data{object_info{}, encoded};
    source_ref source{data};
    co_await link_.send_message(context.id, command.view(), &source, nullptr);
    whole.end();
  }

 private:
  /// The service of an abstract syntax, or of a general class that 57H relates it to.
  [[nodiscard]] std::size_t service_of(uid const& abstract_syntax,
                                       pdu::associate_rq const& request) const {
    auto found = host_->service_for(abstract_syntax);
    for (auto const& item : request.user.common) {
      if (item.sop_class != abstract_syntax) continue;
      for (uid const& general : ul::detail::considered(item.related_general_sop_classes))
        if (found == service_host::no_service) found = host_->service_for(general);
    }
    return found;
  }

  /// C-FIND, C-GET and C-MOVE (PS3.7 9.3.2.3).
  [[nodiscard]] static bool can_be_cancelled(performed_operation const& operation) {
    switch (static_cast<command_field>(operation.command.command())) {
      case command_field::c_find_rq:
      case command_field::c_get_rq:
      case command_field::c_move_rq: return true;
      default: return false;
    }
  }

  std::shared_ptr<performed_operation> make_operation(message_assembler::step const& step,
                                                      ul::negotiated_context const& context) {
    auto const& agreed = link_.facts().agreed;
    auto operation = std::make_shared<performed_operation>(link_.registry(), link_.options().limits,
                                                           link_.facts(), context);
    auto const bytes = step.command.bytes();
    operation->command_bytes.assign(bytes.begin(), bytes.end());
    auto reparsed = command_set::parse(operation->command_bytes);
    operation->command = *reparsed;
    operation->message_id = step.command.message_id();
    operation->states = states_.get();
    operation->begun = link_.timers().now();
    auto const index = static_cast<std::size_t>(&context - agreed.contexts.data());
    operation->service = index < services_.size() ? services_[index] : service_host::no_service;
    object_info object;
    object.sop_class = operation->command.sop_class();
    object.sop_instance =
        uid::from_wire(operation->command.raw_text(command_element::affected_sop_instance_uid));
    object.transfer_syntax = context.transfer_syntax;
    object.calling_ae_title = agreed.calling;
    object.called_ae_title = agreed.called;
    operation->data.begin(object, step.last);
    return operation;
  }

  /// Its place in the window is free as soon as it is answered; its frame may end later.
  void forget(std::shared_ptr<performed_operation> const& operation) {
    std::erase(performed_, operation);
    on_done();
  }

  /// Why a request is answered without asking a handler, in the order of docs/errors.md; the
  /// statuses are those of PS3.7 Annex C.
  [[nodiscard]] std::optional<outcome> refusal(performed_operation const& operation) const {
    auto const command = operation.command.command();
    if (!is_known_request(command)) return outcome{status::unrecognized_operation};
    if (operation.duplicate) return outcome{status::duplicate_invocation};
    bool const dimse_c = is_dimse_c(static_cast<command_field>(command));
    outcome const no_class{dimse_c ? status::sop_class_not_supported : status::no_such_sop_class};
    if (host_ == nullptr || operation.service == service_host::no_service) return no_class;
    bool const peer_is_requestor = link_.facts().role == ul::role::acceptor;
    bool const lenient = !link_.options().require_role_selection;
    if (!lenient && !may_invoke(operation.info.context(), peer_is_requestor, command))
      return no_class;
    bool const same_class =
        operation.command.sop_class() == operation.info.context().abstract_syntax;
    if (!same_class && !host_->allows_other_sop_class(operation.service)) return no_class;
    if (!host_->handles(operation.service, command)) return outcome{status::unrecognized_operation};
    if (needs_data_set(command) && !operation.command.announces_data_set())
      return outcome{failure_of_handler(command), "the request came without its data set"};
    return {};
  }

  static asio::awaitable<void> perform(std::shared_ptr<session> /*owner*/, performer& self,
                                       std::shared_ptr<performed_operation> operation) {
    outcome how;
    if (auto const refused = self.refusal(*operation)) {
      how = *refused;
    } else {
      how = co_await self.ask_handler(*operation);
    }
    if (can_be_cancelled(*operation)) {
      // A handler that let C-CANCEL interrupt what it waited for: what follows is not cancelled.
      co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
      if (operation->cut_short && !how.is_failure()) how = status::cancel;
    }
    if (how.status().is_pending())
      how = outcome{failure_of_handler(operation->command.command()),
                    "the handler ended with a pending status"};
    // Success and failure alike are answered after the whole message: few peers listen earlier.
    operation->data.drop();
    while (!operation->data.end_received() && !self.link_.over())
      co_await operation->data.wait_for_end();
    co_await self.answer(*operation, how);
    self.forget(operation);
  }

  asio::awaitable<outcome> ask_handler(performed_operation& operation) {
    std::string problem;
    try {
      outcome const how = co_await host_->perform(operation);
      co_return how;
    } catch (request_refused const& refused) {
      co_return refused.how;
    } catch (std::system_error const& failed) {
      if (operation.cancelled && failed.code() == asio::error::operation_aborted)
        co_return outcome{status::cancel};
      problem = failed.what();
    } catch (std::exception const& thrown) {
      problem = thrown.what();
    } catch (...) {
      problem = "unknown exception";
    }
    co_return outcome{failure_of_handler(operation.command.command()), fixed_text<64>{problem}};
  }

  asio::awaitable<void> answer(performed_operation& operation, outcome how) {
    if (link_.over()) co_return;
    auto const& last = operation.final_data_set;
    auto const* const attributes = last && !last->empty() ? &*last : nullptr;
    std::string unencodable;
    try {
      co_await respond(operation, how, operation.fields, attributes);
    } catch (error const& failure) {
      // Mostly, the association has ended, and whoever asked for it knows.
      if (failure.code() == errc::peer_max_length_too_small)
        link_.abort({2, 0}, failure.code(), failure.what());
      if (link_.over() || attributes == nullptr) co_return;
      unencodable = failure.what();
    } catch (std::exception const&) {
      co_return;  // cancelled, because the association has ended
    }
    if (!unencodable.empty()) {  // a data set that cannot be written: the peer must not wait for it
      operation.final_data_set.reset();
      outcome const failed{failure_of_handler(operation.command.command()),
                           fixed_text<64>{unencodable}};
      co_return co_await answer(operation, failed);
    }
    ++answered_;
    if (auto* const observer = link_.options().observer)
      observer->observe(operation_completed{
          operation.info, operation.command.command(), operation.message_id, true,
          operation.data.info().sop_instance, how.status(), how.error_comment().view(),
          operation.data.bytes(), link_.timers().now() - operation.begun});
  }

  asio::any_io_executor executor_;
  link& link_;
  std::shared_ptr<service_host> host_;
  condition& progress_;
  std::unique_ptr<association_states> states_;
  std::vector<std::size_t> services_;
  std::vector<std::shared_ptr<performed_operation>> performed_;
  std::size_t frames_ = 0;
  std::uint64_t answered_ = 0;
};

}  // namespace codimse::inline v0::detail

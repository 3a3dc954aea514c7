// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/host.hpp>
#include <codimse/assoc/link.hpp>
#include <codimse/assoc/observer.hpp>
#include <codimse/dimse/message_assembler.hpp>
#include <codimse/dimse/messages.hpp>
#include <codimse/pdu/codec.hpp>
#include <codimse/pdu/framer.hpp>
#include <codimse/ul/negotiation.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace codimse::inline v0::detail {

/// One association, either role: a coroutine that reads, one more for each request that is being
/// performed, and the requests of ours that wait for their responses. Everything happens on one
/// executor; the frames own the session.
class session : public std::enable_shared_from_this<session> {
 public:
  session(asio::any_io_executor executor, std::unique_ptr<stream> carrier, ul::role side,
          association_options const& options, std::shared_ptr<buffer_pool> pool,
          std::shared_ptr<service_host> host)
      : executor_{executor},
        link_{std::move(executor), std::move(carrier), side, options, std::move(pool)},
        host_{std::move(host)},
        framer_{options.limits, options.max_pdu_length},
        assembler_{options.limits},
        progress_{link_.registry()},
        established_{link_.registry()},
        ended_{link_.registry()} {}

  session(session const&) = delete;
  session& operator=(session const&) = delete;

  [[nodiscard]] asio::any_io_executor const& executor() const { return executor_; }
  [[nodiscard]] detail::link& link() { return link_; }
  [[nodiscard]] bool ended() const { return run_ended_; }
  /// Frames that only this session could resume are destroyed: for when the event loop has gone.
  void abandon() { link_.registry().abandon(); }

  /// The connection is open: to be called once, before `run` is spawned.
  void start_as_acceptor() {
    prepare();
    link_.apply(link_.provider().transport_indicated(begun_));
  }
  void start_as_requestor(pdu::associate_rq request) {
    prepare();
    request_ = std::move(request);
    link_.timers().set(deadlines::acse, link_.options().timeouts.acse);
    link_.apply(link_.provider().associate_request());
    auto const step = link_.provider().transport_confirmed(request_, begun_);
    if (step.allowed) link_.apply(step);
    else link_.end(errc::invalid_argument, "the request does not fit an A-ASSOCIATE-RQ");
  }

  /// The whole life of the association, from the open connection to its end, handlers included.
  static asio::awaitable<void> run(std::shared_ptr<session> self) {
    co_await self->live();
  }

  /// Requestor: waits for the answer to the request.
  asio::awaitable<void> establish() {
    co_await link_.flush();
    while (!link_.provider().established() && !link_.over()) {
      bool const cancelled = co_await established_.wait();
      if (cancelled) {
        link_.abort({}, errc::cancelled);
        break;
      }
    }
    if (link_.over()) link_.throw_end();
  }

  /// A request of ours that waits for its response; lives in the frame that waits.
  struct invoked_request {
    invoked_request(session& owner, std::uint16_t id) : self{owner}, message_id{id}, answer{owner.link_.registry()} {
      self.invoked_.push_back(this);
    }
    invoked_request(invoked_request const&) = delete;
    invoked_request& operator=(invoked_request const&) = delete;
    ~invoked_request() {
      std::erase(self.invoked_, this);
      self.became_idle();
      self.progress_.notify();
    }
    session& self;
    std::uint16_t message_id;
    waiter answer;
    bool done = false;
    time_point deadline = deadlines::never;
    std::vector<std::byte> response;
  };

  /// Sends a request and waits for its response, whose command set is left in `request`. The
  /// slot is registered before the request leaves, so that no response can come too early.
  asio::awaitable<void> exchange(invoked_request& request, std::uint8_t context_id,
                                 std::span<std::byte const> command, source_ref* data,
                                 duration timeout) {
    if (link_.over()) link_.throw_end();
    link_.timers().clear(deadlines::idle);
    co_await link_.send_message(context_id, command, data, &request.done);
    if (timeout > duration::zero()) {
      request.deadline = link_.timers().now() + timeout;
      arm_dimse();
    }
    while (!request.done && !link_.over()) {
      bool const cancelled = co_await request.answer.wait();
      if (cancelled && !request.done) {
        link_.abort({}, errc::cancelled);
        break;
      }
    }
    if (!request.done) link_.throw_end();
    ++operations_;
  }

  /// May another request of ours go out now (asynchronous operations window)?
  [[nodiscard]] bool window_open() const {
    auto const& agreed = facts().agreed;
    std::uint16_t const size =
        facts().role == ul::role::requestor ? agreed.invoked : agreed.performed;
    return size == 0 || invoked_.size() < size;
  }
  asio::awaitable<void> wait_for_window() {
    while (!window_open() && !link_.over()) {
      bool const cancelled = co_await progress_.wait();
      if (cancelled) throw error{errc::cancelled};
    }
    if (link_.over()) link_.throw_end();
  }
  [[nodiscard]] std::uint16_t next_message_id() {
    do {
      if (++last_message_id_ == 0) last_message_id_ = 1;
    } while (find_invoked(last_message_id_) != nullptr);
    return last_message_id_;
  }

  /// Requestor: A-RELEASE once our operations are answered, then the end of the connection.
  asio::awaitable<void> release() {
    while (!invoked_.empty() && !link_.over()) co_await progress_.wait();
    begin_release();
    co_await link_.flush();
    co_await wait_until_ended();
    if (link_.error()) link_.throw_end();
  }
  void begin_release() {
    auto const step = link_.provider().release_request();
    if (!step.allowed) return;
    link_.timers().set(deadlines::acse, link_.options().timeouts.acse);
    link_.apply(step);
  }
  asio::awaitable<void> wait_until_ended() {
    while (!run_ended_) {
      bool const cancelled = co_await ended_.wait();
      if (cancelled) throw error{errc::cancelled};
    }
  }

  void report(operation_completed const& what) {
    if (auto* const observer = link_.options().observer) observer->observe(what);
  }
  [[nodiscard]] association_info info() { return {facts(), nullptr}; }

 private:
  static constexpr int buffers_before_yield = 4;

  [[nodiscard]] association_facts const& facts() const { return link_.facts(); }

  // Life.

  void prepare() {
    begun_ = link_.timers().now();
    link_.on_over = [this] { fail_everything(); };
    link_.timers().on_ring([weak = weak_from_this()] { return ring_of(weak.lock()); });
  }

  asio::awaitable<void> live() {
    try {
      co_await read_loop();
    } catch (std::exception const& failure) {
      link_.abort({2, 0}, errc::cancelled, failure.what());
    }
    link_.transport_closed();
    while (!performed_.empty()) co_await progress_.wait();
    run_ended_ = true;
    place_ = {};
    link_.timers().stop();
    report_end();
    ended_.notify();
  }

  /// What the timer calls. Destroyed without having been called, it means that the event loop
  /// goes away: then the frames that only this session can resume go too.
  static std::function<void()> ring_of(std::shared_ptr<session> self) {
    struct bell {
      std::shared_ptr<session> self;
      std::uint64_t turn;
      explicit bell(std::shared_ptr<session> s) : self{std::move(s)}, turn{++self->bell_turn_} {}
      bell(bell const&) = delete;
      bell& operator=(bell const&) = delete;
      ~bell() {
        if (self->bell_turn_ == turn && !self->run_ended_) self->abandon();
      }
    };
    auto shared = std::make_shared<bell>(std::move(self));
    return [shared] {
      auto const session = shared->self;
      ++session->bell_turn_;
      session->on_alarm();
    };
  }

  void report_end() {
    auto const view = info();
    association_ended const how{view, link_.error(), link_.explanation(), bytes_received_,
                                link_.bytes_sent(), operations_,
                                link_.timers().now() - begun_};
    if (host_ != nullptr && was_established_) host_->ended(how, states_.get());
    if (auto* const observer = link_.options().observer; observer != nullptr && was_established_)
      observer->observe(how);
  }

  void fail_everything() {
    auto const running = performed_;  // handlers may end, and leave the list, as they are told
    for (auto const& operation : running) {
      operation->data.fail(end_error());
      operation->signal.emit(asio::cancellation_type::terminal);
    }
    auto const waiting = invoked_;
    for (auto* const request : waiting)
      if (std::ranges::find(invoked_, request) != invoked_.end()) request->answer.notify();
    established_.notify();
    progress_.notify();
  }
  [[nodiscard]] std::error_code end_error() {
    return link_.error() ? link_.error() : make_error_code(errc::connection_closed);
  }

  // Time.

  void on_alarm() {
    auto const now = link_.timers().now();
    link_.check_deadlines(now);
    if (link_.timers().expired(deadlines::dimse, now)) check_responses(now);
    if (link_.timers().expired(deadlines::idle, now)) idle_expired();
    link_.timers().sleep_again();
  }

  void arm_dimse() {
    auto earliest = deadlines::never;
    for (auto const* const request : invoked_) earliest = std::min(earliest, request->deadline);
    link_.timers().set_at(deadlines::dimse, earliest);
  }
  void check_responses(time_point now) {
    for (auto* const request : invoked_) {
      if (request->done || request->deadline > now) continue;
      link_.timers().clear(deadlines::dimse);
      link_.abort({}, errc::dimse_timeout);
      return;
    }
    arm_dimse();
  }

  [[nodiscard]] bool idle() const { return performed_.empty() && invoked_.empty(); }
  void became_idle() {
    if (idle() && !link_.over() && link_.provider().established())
      link_.timers().set(deadlines::idle, link_.options().timeouts.idle);
  }
  void idle_expired() {
    link_.timers().clear(deadlines::idle);
    if (!idle() || !link_.provider().established()) return;
    if (facts().role == ul::role::requestor) begin_release();
    else link_.abort({2, 0}, errc::idle_timeout);
  }

  // Reading.

  asio::awaitable<void> read_loop() {
    int buffers = 0;
    while (link_.provider().current() != ul::state::sta1_idle) {
      auto slab = link_.pool().take();
      auto const got = link_.carrier().read_some(slab.bytes());
      if (got.bytes > 0) {
        bytes_received_ += got.bytes;
        co_await consume(slab.bytes().first(got.bytes));
        // One busy peer must not keep the others of this thread waiting.
        if (++buffers % buffers_before_yield == 0) co_await asio::post(executor_, asio::use_awaitable);
        continue;
      }
      slab.release();
      std::error_code failed = got.error;
      if (failed == asio::error::would_block || failed == asio::error::try_again)
        failed = co_await link_.carrier().wait_readable();
      if (failed) link_.transport_closed();
    }
  }

  asio::awaitable<void> consume(std::span<std::byte const> bytes) {
    using kind = pdu::framer::kind;
    framer_.feed(bytes);
    for (;;) {
      auto const event = framer_.next();
      switch (event.kind) {
        case kind::need_more:
          if (!slices_.empty()) co_await hand_over(false);
          co_return;
        case kind::p_data: p_data_begins(); break;
        case kind::fragment:
          if (receiving_allowed_) co_await take_fragment(event);
          break;
        case kind::control: co_await take_control(event); break;
        case kind::error: unreadable(event); co_return;
      }
    }
  }

  void p_data_begins() {
    auto const step = link_.provider().p_data_received(link_.timers().now());
    receiving_allowed_ = step.tell == ul::indication::p_data;
    if (!receiving_allowed_) apply(step);
  }

  /// Does what the table says; a PDU that does not belong here ends the association.
  void apply(ul::provider::step const& step) {
    bool const unexpected =
        step.performed == ul::action::aa1 || step.performed == ul::action::aa8;
    if (unexpected) {
      observe_violation(errc::unexpected_pdu, make_error_code(errc::unexpected_pdu).message());
      link_.end(errc::unexpected_pdu);
    }
    link_.apply(step);
  }

  /// Only once: behind what is no PDU there are no others that could be answered.
  void unreadable(pdu::framer::event const& event) {
    if (std::exchange(unreadable_, true)) return;
    std::string what = make_error_code(event.failure).message();
    if (event.failure == errc::unknown_pdu_type && !was_established_)
      what = "the peer sent " + std::string{pdu::guess_protocol(event.type)};
    violation(event.failure, what);
  }
  void violation(errc why, std::string const& what) {
    observe_violation(why, what);
    link_.violation(why, what);
  }
  void observe_violation(errc why, std::string const& what) {
    if (!link_.over() && link_.options().observer != nullptr)
      link_.options().observer->observe(
          protocol_violation{facts().peer_address, make_error_code(why), what});
  }

  asio::awaitable<void> take_fragment(pdu::framer::event const& event) {
    using kind = message_assembler::kind;
    auto const step = assembler_.fragment(event.context_id, event.control_header, event.bytes,
                                          event.pdv_complete);
    switch (step.kind) {
      case kind::nothing: break;
      case kind::error:
        receiving_allowed_ = false;
        violation(step.failure, "malformed message: " + make_error_code(step.failure).message());
        break;
      case kind::command:
        if (is_response(step.command.command())) take_response(step);
        else co_await take_request(step);
        break;
      case kind::data:
        if (!step.bytes.empty()) slices_.push_back(step.bytes);
        if (step.last) co_await hand_over(true);
        break;
    }
  }

  /// Gives the slices of this buffer to whoever performs the request, and waits until they are
  /// used up: this is where a slow sink holds the peer back.
  asio::awaitable<void> hand_over(bool last) {
    if (receiving_ != nullptr) {
      auto const operation = receiving_;
      link_.timers().set(deadlines::stall, link::stall_check);
      co_await operation->data.publish(slices_, last);
      link_.timers().clear(deadlines::stall);
    }
    slices_.clear();
    if (last) receiving_.reset();
  }

  // Control PDUs.

  asio::awaitable<void> take_control(pdu::framer::event const& event) {
    auto const now = link_.timers().now();
    auto& provider = link_.provider();
    switch (static_cast<pdu::pdu_type>(event.type)) {
      case pdu::pdu_type::associate_rq: co_await take_associate_rq(event.bytes); break;
      case pdu::pdu_type::associate_ac: take_associate_ac(event.bytes); break;
      case pdu::pdu_type::associate_rj: take_associate_rj(event.bytes); break;
      case pdu::pdu_type::release_rq: take_release_rq(); break;
      case pdu::pdu_type::release_rp: take_release_rp(); break;
      case pdu::pdu_type::abort: {
        auto const abort = pdu::decode<pdu::abort>(event.bytes);
        link_.apply(provider.abort_received(abort ? *abort : pdu::abort{}, now));
        link_.end({});
        break;
      }
      case pdu::pdu_type::p_data_tf: break;
    }
    co_await link_.flush();
  }

  asio::awaitable<void> take_associate_rq(std::span<std::byte const> body) {
    auto decoded = pdu::decode<pdu::associate_rq>(body, link_.options().limits);
    if (!decoded || !ul::valid_context_ids(*decoded)) {
      violation(errc::invalid_pdu_parameter, "malformed A-ASSOCIATE-RQ");
      co_return;
    }
    auto const refused = ul::unacceptable(*decoded);
    auto const step = link_.provider().associate_rq_received(link_.timers().now(), refused);
    apply(step);
    request_ = std::move(*decoded);
    if (refused) refuse(*refused);
    if (step.tell == ul::indication::associate_requested) co_await answer_request();
  }

  asio::awaitable<void> answer_request() {
    auto& facts = link_.facts();
    facts.agreed.calling = request_.calling_ae_title();
    facts.agreed.called = request_.called_ae_title();
    facts.identity = request_.user.identity;
    link_.timers().set(deadlines::acse, link_.options().timeouts.acse);
    decision const word = co_await decide();
    link_.timers().clear(deadlines::acse);
    if (link_.over()) co_return;
    auto const now = link_.timers().now();
    if (auto const& rejection = word.rejection()) {
      link_.apply(link_.provider().associate_reject(*rejection, now));
      refuse(*rejection);
      co_return;
    }
    if (word.identity_response() && facts.identity &&
        facts.identity->positive_response_requested != 0)
      answer_.user.identity_response = pdu::user_identity_ac{*word.identity_response()};
    auto const step = link_.provider().associate_accept(answer_);
    if (!step.allowed) {  // an identity response that does not fit its item
      link_.abort({2, 0}, errc::invalid_argument);
      co_return;
    }
    link_.apply(step);
    established(ul::agree(request_, answer_));
  }

  /// Negotiation first, then the services' word.
  asio::awaitable<decision> decide() {
    if (host_ == nullptr) co_return decision{pdu::associate_rj::no_reason};
    place_ = host_->take_place();
    if (!place_) co_return decision{pdu::associate_rj::local_limit_exceeded};
    auto answer = ul::negotiate(request_, host_->policy());
    if (auto const* const rejection = std::get_if<pdu::associate_rj>(&answer))
      co_return decision{*rejection};
    answer_ = std::move(std::get<pdu::associate_ac>(answer));
    decision word;
    bool failed = false;
    try {
      auto const view = info();
      word = co_await host_->decide(request_, view);
    } catch (std::exception const&) {
      failed = true;
    }
    if (failed) co_return decision{pdu::associate_rj::no_reason};
    co_return word;
  }

  void refuse(pdu::associate_rj const& answer) {
    if (auto* const observer = link_.options().observer)
      observer->observe(association_refused{request_, answer, facts().peer_address});
    link_.end(errc::association_rejected, "refused: " + describe(answer));
    place_ = {};  // for somebody else, while this peer takes its time to close
    request_ = {};
  }

  void take_associate_ac(std::span<std::byte const> body) {
    auto const decoded = pdu::decode<pdu::associate_ac>(body, link_.options().limits);
    if (!decoded) return violation(errc::invalid_pdu_parameter, "malformed A-ASSOCIATE-AC");
    auto const step = link_.provider().associate_ac_received(link_.timers().now());
    apply(step);
    if (step.tell == ul::indication::associate_accepted) {
      link_.timers().clear(deadlines::acse);
      established(ul::agree(request_, *decoded));
    }
  }

  void take_associate_rj(std::span<std::byte const> body) {
    auto const decoded = pdu::decode<pdu::associate_rj>(body);
    if (!decoded) return violation(errc::invalid_pdu_parameter, "malformed A-ASSOCIATE-RJ");
    auto const step = link_.provider().associate_rj_received(link_.timers().now());
    if (step.tell == ul::indication::associate_rejected) {
      if (auto* const observer = link_.options().observer)
        observer->observe(association_refused{request_, *decoded, facts().peer_address});
      link_.rejected(*decoded);
    }
    apply(step);
  }

  void established(ul::negotiated agreed) {
    link_.facts().agreed = std::move(agreed);
    request_ = {};  // an idle association keeps what was agreed, not what was said
    answer_ = {};
    was_established_ = true;
    if (host_ != nullptr) prepare_services();
    became_idle();
    if (auto* const observer = link_.options().observer) {
      auto const view = info();
      observer->observe(association_established{view});
    }
    established_.notify();
  }
  void prepare_services() {
    states_ = host_->make_states();
    for (auto const& context : facts().agreed.contexts)
      services_.push_back(context.accepted() ? host_->service_for(context.abstract_syntax)
                                             : service_host::no_service);
  }

  void take_release_rq() {
    auto const step = link_.provider().release_rq_received(link_.timers().now());
    apply(step);
    if (step.tell != ul::indication::release_requested) return;
    // The peer wants no answers any more: whatever is still running may stop.
    bool const collision_as_acceptor =
        link_.provider().current() == ul::state::sta10_collision_acceptor_awaiting_rp;
    if (!collision_as_acceptor) answer_release();
  }
  void answer_release() {
    auto const step = link_.provider().release_response(link_.timers().now());
    link_.apply(step);
    link_.timers().clear(deadlines::acse);
    if (step.performed == ul::action::ar4) link_.end({});
    else link_.timers().set(deadlines::acse, link_.options().timeouts.acse);
  }
  void take_release_rp() {
    auto const step = link_.provider().release_rp_received(link_.timers().now());
    link_.timers().clear(deadlines::acse);
    if (step.performed == ul::action::ar3) link_.end({});
    apply(step);
    if (step.performed == ul::action::ar10) answer_release();
  }

  // Requests of the peer.

  asio::awaitable<void> take_request(message_assembler::step const& step) {
    auto const* const context = facts().agreed.find(step.context_id);
    if (context == nullptr || !context->accepted()) {
      receiving_allowed_ = false;
      violation(errc::invalid_pdu_parameter, "a message on a presentation context that was not accepted");
      co_return;
    }
    if (step.command.command() == static_cast<std::uint16_t>(command_field::c_cancel_rq)) {
      cancel_operation(step.command);
      co_return;
    }
    co_await wait_for_performer();
    if (link_.over()) co_return;
    begin_operation(step, *context);
  }

  void cancel_operation(command_set const& command) {
    auto const id = command.us(command_element::message_id_being_responded_to).value_or(0);
    for (auto const& operation : performed_)
      if (operation->message_id == id) operation->signal.emit(asio::cancellation_type::partial);
  }

  /// More requests than were agreed on wait until one is answered.
  asio::awaitable<void> wait_for_performer() {
    auto const& agreed = facts().agreed;
    std::uint16_t window = facts().role == ul::role::acceptor ? agreed.invoked : agreed.performed;
    if (window == 0) window = std::max<std::uint16_t>(1, link_.options().operations_performed);
    while (performed_.size() >= window && !link_.over()) {
      link_.timers().set(deadlines::stall, link::stall_check);
      co_await progress_.wait();
    }
    link_.timers().clear(deadlines::stall);
  }

  void begin_operation(message_assembler::step const& step, ul::negotiated_context const& context) {
    auto operation = std::make_shared<performed_operation>(link_.registry(), link_.options().limits,
                                                           facts(), context);
    auto const bytes = step.command.bytes();
    operation->command_bytes.assign(bytes.begin(), bytes.end());
    auto reparsed = command_set::parse(operation->command_bytes);
    operation->command = *reparsed;
    operation->message_id = step.command.message_id();
    operation->states = states_.get();
    operation->begun = link_.timers().now();
    auto const index = static_cast<std::size_t>(&context - facts().agreed.contexts.data());
    operation->service = index < services_.size() ? services_[index] : service_host::no_service;
    describe_object(*operation, context);
    if (step.last) operation->data.end_received_ = operation->data.end_handed_out_ = true;
    else receiving_ = operation;
    performed_.push_back(operation);
    link_.timers().clear(deadlines::idle);
    asio::co_spawn(executor_, perform(shared_from_this(), operation),
                   asio::bind_cancellation_slot(
                       operation->signal.slot(),
                       [self = shared_from_this(), operation](std::exception_ptr) {
                         std::erase(self->performed_, operation);
                         self->became_idle();
                         self->progress_.notify();
                       }));
  }

  void describe_object(performed_operation& operation, ul::negotiated_context const& context) {
    auto& object = operation.data.info_;
    object.sop_class = operation.command.sop_class();
    object.sop_instance =
        uid::from_wire(operation.command.raw_text(command_element::affected_sop_instance_uid));
    object.transfer_syntax = context.transfer_syntax;
    object.calling_ae_title = facts().agreed.calling;
    object.called_ae_title = facts().agreed.called;
  }

  /// Why a request is answered without asking a handler, in the order of PS3.7 6.3 and Annex C.
  [[nodiscard]] std::optional<outcome> refusal(performed_operation const& operation) const {
    auto const command = operation.command.command();
    if (!is_known_request(command)) return outcome{status::unrecognized_operation};
    auto const same_id = [&](auto const& other) {
      return other.get() != &operation && other->message_id == operation.message_id;
    };
    if (std::ranges::any_of(performed_, same_id)) return outcome{status::duplicate_invocation};
    bool const dimse_c = is_dimse_c(static_cast<command_field>(command));
    outcome const no_class{dimse_c ? status::sop_class_not_supported : status::no_such_sop_class};
    if (host_ == nullptr || operation.service == service_host::no_service) return no_class;
    bool const same_class =
        operation.command.sop_class() == operation.info.context().abstract_syntax;
    if (!same_class && !host_->allows_other_sop_class(operation.service)) return no_class;
    if (!host_->handles(operation.service, command))
      return outcome{status::unrecognized_operation};
    return {};
  }

  static asio::awaitable<void> perform(std::shared_ptr<session> self,
                                       std::shared_ptr<performed_operation> operation) {
    outcome how;
    if (auto const refused = self->refusal(*operation)) {
      how = *refused;
    } else {
      how = co_await self->ask_handler(*operation);
    }
    operation->data.drop();
    // Success and failure alike are answered after the whole message: few peers listen earlier.
    while (!operation->data.end_received() && !self->link_.over())
      co_await operation->data.consumer_.wait();
    co_await self->answer(*operation, how);
  }

  asio::awaitable<outcome> ask_handler(performed_operation& operation) {
    std::string problem;
    try {
      outcome const how = co_await host_->perform(operation);
      co_return how;
    } catch (std::exception const& thrown) {
      problem = thrown.what();
    } catch (...) {
      problem = "unknown exception";
    }
    co_return outcome{failure_of_handler(operation.command.command()), fixed_text<64>{problem}};
  }

  asio::awaitable<void> answer(performed_operation& operation, outcome const& how) {
    bool sent = false;
    if (!link_.over()) {
      byte_writer response;
      encode_status_response(response, operation.command, how);
      auto const context_id = operation.info.context().id;
      try {
        co_await link_.send_message(context_id, response.view(), nullptr, nullptr);
        sent = true;
      } catch (error const& failure) {
        // Mostly, the association has ended, and whoever asked for it knows.
        if (failure.code() == errc::peer_max_length_too_small)
          link_.abort({2, 0}, failure.code(), failure.what());
      } catch (std::exception const&) {
        // Cancelled, because the association has ended.
      }
    }
    if (!sent) co_return;
    ++operations_;
    report(operation_completed{operation.info, operation.command.command(), operation.message_id,
                               true, operation.data.info().sop_instance, how.status(),
                               operation.data.bytes(), link_.timers().now() - operation.begun});
  }

  // Responses to us.

  [[nodiscard]] invoked_request* find_invoked(std::uint16_t id) {
    auto const at = std::ranges::find(invoked_, id, &invoked_request::message_id);
    return at == invoked_.end() ? nullptr : *at;
  }

  /// A response to nothing we asked is ignored (PS3.7 leaves it open; aborting helps nobody). One
  /// without the ID can only mean the one request that is outstanding.
  void take_response(message_assembler::step const& step) {
    auto const id = step.command.us(command_element::message_id_being_responded_to);
    invoked_request* request = id ? find_invoked(*id) : nullptr;
    if (!id && invoked_.size() == 1) request = invoked_.front();
    if (request == nullptr || request->done) return;
    auto const bytes = step.command.bytes();
    request->response.assign(bytes.begin(), bytes.end());
    request->done = true;
    request->answer.notify();
  }

  asio::any_io_executor executor_;
  detail::link link_;
  std::shared_ptr<service_host> host_;
  service_host::place place_;  // destroyed before the host that counts it
  pdu::framer framer_;
  message_assembler assembler_;
  condition progress_;     // an operation of either direction is done, or everything is
  condition established_;
  condition ended_;
  pdu::associate_rq request_;
  pdu::associate_ac answer_;
  std::unique_ptr<association_states> states_;
  std::vector<std::size_t> services_;
  std::vector<std::span<std::byte const>> slices_;
  std::shared_ptr<performed_operation> receiving_;
  std::vector<std::shared_ptr<performed_operation>> performed_;
  std::vector<invoked_request*> invoked_;
  std::uint16_t last_message_id_ = 0;
  std::uint64_t bytes_received_ = 0;
  std::uint64_t operations_ = 0;
  std::uint64_t bell_turn_ = 0;
  time_point begun_{};
  bool receiving_allowed_ = false;
  bool unreadable_ = false;
  bool was_established_ = false;
  bool run_ended_ = false;
};

}  // namespace codimse::inline v0::detail

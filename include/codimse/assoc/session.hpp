// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/host.hpp>
#include <codimse/assoc/invoked_requests.hpp>
#include <codimse/assoc/link.hpp>
#include <codimse/assoc/observer.hpp>
#include <codimse/assoc/performer.hpp>
#include <codimse/dimse/message_assembler.hpp>
#include <codimse/dimse/messages.hpp>
#include <codimse/pdu/codec.hpp>
#include <codimse/pdu/framer.hpp>
#include <codimse/ul/negotiation.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
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
        ended_{link_.registry()},
        invoked_{link_.registry(), options.limits},
        performer_{executor_, link_, host_, progress_} {}

  session(session const&) = delete;
  session& operator=(session const&) = delete;

  [[nodiscard]] asio::any_io_executor const& executor() const { return executor_; }
  [[nodiscard]] detail::link& link() { return link_; }
  [[nodiscard]] bool ended() const { return run_ended_; }
  /// Frames that only this session could resume are destroyed: for when the event loop has gone.
  void abandon() { link_.registry().abandon(); }
  [[nodiscard]] bool abandoned() { return link_.registry().abandoned(); }

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
  static asio::awaitable<void> run(std::shared_ptr<session> self) { co_await self->live(); }

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

  /// Sends a request. Its slot was registered before, so that no response can come too early.
  asio::awaitable<void> send_request(invoked_requests::request& request, std::uint8_t context_id,
                                     std::span<std::byte const> command, source_ref* data,
                                     duration timeout) {
    if (link_.over()) link_.throw_end();
    link_.timers().clear(deadlines::idle);
    request.data_set_bytes =
        co_await link_.send_message(context_id, command, data, &request.refused);
    request.sent = true;
    request.timeout = timeout;
    expect_response(request);
  }
  /// Sends a request and waits for its only response. A cancelled wait aborts the association:
  /// the peer cannot be told to stop.
  asio::awaitable<void> exchange(invoked_requests::request& request, std::uint8_t context_id,
                                 std::span<std::byte const> command, source_ref* data,
                                 duration timeout) {
    co_await send_request(request, context_id, command, data, timeout);
    while (!request.has_response() && !link_.over()) {
      bool const cancelled = co_await request.answer.wait();
      if (cancelled && !request.has_response()) {
        link_.abort({}, errc::cancelled);
        break;
      }
    }
    if (!request.has_response()) link_.throw_end();
  }
  /// Waits until a response can be taken. Yields whether Asio cancellation ended the wait.
  asio::awaitable<bool> wait_for_response(invoked_requests::request& request) {
    while (!request.has_response() && !link_.over()) {
      bool const cancelled = co_await request.answer.wait();
      if (cancelled && !request.has_response()) co_return true;
    }
    if (!request.has_response()) link_.throw_end();
    co_return false;
  }
  [[nodiscard]] received_response take_response(invoked_requests::request& request) {
    auto response = invoked_.take(request, link_.timers().now());
    response.profile = facts().profile;
    if (!request.done) expect_response(request);
    else if (!request.has_response()) ++operations_;
    return response;
  }
  /// C-CANCEL, which has no response (PS3.7 9.3.2.3). Nobody need wait for it.
  void cancel_request(std::uint8_t context_id, std::uint16_t message_id) {
    if (link_.over()) return;
    ++cancelling_;
    asio::co_spawn(executor_, send_cancel(shared_from_this(), context_id, message_id),
                   [self = shared_from_this()](std::exception_ptr) {
                     --self->cancelling_;
                     self->progress_.notify();
                   });
  }

  /// The consumer of the responses goes away before the final one, which counts from now on.
  void give_up(invoked_requests::request& request) {
    if (link_.over() || request.done || request.timeout <= duration::zero()) return;
    request.deadline = link_.timers().now() + request.timeout;
    link_.timers().set_at(deadlines::dimse,
                          std::min(invoked_.earliest_deadline(), request.deadline));
  }

  /// Our requests, and room for one more (asynchronous operations window).
  [[nodiscard]] invoked_requests& invoked() { return invoked_; }
  [[nodiscard]] bool window_open() const {
    auto const& agreed = facts().agreed;
    std::uint16_t const size =
        facts().role == ul::role::requestor ? agreed.invoked : agreed.performed;
    return size == 0 || invoked_.size() < size;
  }
  asio::awaitable<void> wait_for_window() {
    invoked_requests::wait_behind const impatient{invoked_};
    while (!window_open() && !link_.over()) {
      bool const cancelled = co_await progress_.wait();
      if (cancelled) throw error{errc::cancelled};
    }
    if (link_.over()) link_.throw_end();
  }

  /// Requestor: A-RELEASE once our operations are answered, then the end of the connection.
  asio::awaitable<void> release() {
    invoked_requests::wait_behind const impatient{invoked_};
    while (!invoked_.empty() && !link_.over()) co_await progress_.wait();
    if (!link_.over()) begin_release();
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

  [[nodiscard]] association_info info() { return {facts(), nullptr}; }

 private:
  /// One busy peer must not keep the others of its thread waiting: after so much work in a row,
  /// measured in bytes, with something for each read, message or PDU, and fragment (which may be
  /// empty), it is their turn.
  static constexpr std::size_t work_before_yield = 1024 * 1024;
  static constexpr std::size_t work_of_a_read = 16 * 1024;
  static constexpr std::size_t work_of_a_message = 16 * 1024;
  static constexpr std::size_t work_of_an_event = 512;
  /// So much of an object within `timeouts::dimse` is progress.
  static constexpr std::size_t bytes_of_life = 64 * 1024;
  /// Slices handed over at once: a peer may send fragments of one byte.
  static constexpr std::size_t max_slices = 1024;

  [[nodiscard]] association_facts const& facts() const { return link_.facts(); }

  // Life.

  void prepare() {
    link_.facts().self = weak_from_this();
    begun_ = link_.timers().now();
    link_.on_over = [this] { fail_everything(); };
    invoked_.on_done = [this] { operation_done(); };
    performer_.on_done = [this] {
      sub_operation_lives();
      operation_done();
    };
    link_.timers().on_ring([weak = weak_from_this()] { return ring_of(weak.lock()); });
  }

  asio::awaitable<void> live() {
    try {
      co_await read_loop();
    } catch (std::exception const& failure) {
      link_.abort({2, 0}, errc::cancelled, failure.what());
    } catch (...) {
      link_.abort({2, 0}, errc::cancelled);
    }
    link_.transport_closed();
    while (performer_.frames() != 0 || cancelling_ != 0) co_await progress_.wait();
    run_ended_ = true;
    place_ = {};
    link_.timers().stop();
    try {
      report_end();
    } catch (...) {  // NOLINT(bugprone-empty-catch): an observer must not keep those who wait
    }
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
    association_ended const how{view,
                                link_.error(),
                                link_.explanation(),
                                bytes_received_,
                                link_.bytes_sent(),
                                operations_ + performer_.answered(),
                                link_.timers().now() - begun_};
    if (host_ != nullptr && was_established_) host_->ended(how, performer_.states());
    if (auto* const observer = link_.options().observer; observer != nullptr && was_established_)
      observer->observe(how);
  }

  void fail_everything() {
    auto const closed = make_error_code(errc::connection_closed);
    performer_.fail(link_.error() ? link_.error() : closed);
    if (!was_established_) place_ = {};  // even while a service still thinks about the request
    invoked_.wake();
    established_.notify();
    progress_.notify();
  }

  // Time.

  void on_alarm() {
    auto const now = link_.timers().now();
    link_.check_deadlines(now);
    if (link_.timers().expired(deadlines::dimse, now)) check_responses(now);
    if (link_.timers().expired(deadlines::idle, now)) idle_expired();
    link_.timers().sleep_again();
  }

  void check_responses(time_point now) {
    bool const we_do_not_read = link_.timers().at(deadlines::stall) != deadlines::never;
    bool const we_perform = receiving_ == nullptr && !performer_.idle();
    if (we_do_not_read || we_perform) invoked_.sub_operation_lives(now);
    auto const next = invoked_.earliest_deadline();
    if (next > now) return link_.timers().set_at(deadlines::dimse, next);
    link_.timers().clear(deadlines::dimse);
    link_.abort({}, errc::dimse_timeout);
  }

  [[nodiscard]] bool idle() const { return performer_.idle() && invoked_.empty(); }
  void operation_done() {
    became_idle();
    progress_.notify();
  }
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

  void expect_response(invoked_requests::request& request) {
    if (request.timeout <= duration::zero()) return;
    request.deadline = link_.timers().now() + request.timeout;
    link_.timers().set_at(deadlines::dimse, invoked_.earliest_deadline());
  }
  static asio::awaitable<void> send_cancel(std::shared_ptr<session> self, std::uint8_t context_id,
                                           std::uint16_t message_id) {
    byte_writer command;
    encode_command(command, c_cancel_rq{message_id}, false);
    co_await self->link_.send_message(context_id, command.view(), nullptr, nullptr);
  }

  // Reading.

  asio::awaitable<void> read_loop() {
    while (link_.provider().current() != ul::state::sta1_idle) {
      auto slab = link_.pool().take();
      auto const got = link_.carrier().read_some(slab.bytes());
      if (got.bytes > 0) {
        bytes_received_ += got.bytes;
        co_await consume(slab.bytes().first(got.bytes));
        work_ += got.bytes + work_of_a_read;
        if (work_ < work_before_yield) continue;
        slab.release();
        co_await let_others_work();
        continue;
      }
      slab.release();
      std::error_code failed = got.error;
      if (failed == asio::error::would_block || failed == asio::error::try_again) {
        work_ = 0;
        // A message that has begun must go on: silence in it is not idleness.
        bool const unfinished =
            assembler_.in_message() || (was_established_ && !framer_.at_boundary());
        if (unfinished) link_.timers().set(deadlines::receive, link_.options().timeouts.dimse);
        failed = co_await link_.carrier().wait_readable();
        link_.timers().clear(deadlines::receive);
      }
      if (failed) link_.transport_closed();
    }
  }

  asio::awaitable<void> let_others_work() {
    work_ = 0;
    co_await asio::post(executor_, asio::use_awaitable);
  }

  asio::awaitable<void> consume(std::span<std::byte const> bytes) {
    using kind = pdu::framer::kind;
    framer_.feed(bytes);
    for (;;) {
      work_ += work_of_an_event;
      if (work_ >= work_before_yield) co_await let_others_work();
      auto const event = framer_.next();
      switch (event.kind) {
        case kind::need_more:
          if (!slices_.empty()) co_await hand_over(false);
          co_return;
        case kind::p_data: p_data_begins(); break;
        case kind::fragment:
          if (receiving_allowed_) co_await take_fragment(event);
          break;
        case kind::control:
          work_ += work_of_a_message;
          co_await take_control(event);
          break;
        case kind::error: unreadable(event); co_return;
      }
    }
  }

  void p_data_begins() {
    auto const step = link_.provider().p_data_received(link_.timers().now());
    receiving_allowed_ = step.tell == ul::indication::p_data;
    p_data_answered_ = step.performed == ul::action::aa1 || step.performed == ul::action::aa8;
    if (!receiving_allowed_) apply(step);
  }

  /// Does what the table says; a PDU that does not belong here ends the association.
  void apply(ul::provider::step const& step) {
    bool const unexpected = step.performed == ul::action::aa1 || step.performed == ul::action::aa8;
    if (unexpected) {
      observe_violation(errc::unexpected_pdu, make_error_code(errc::unexpected_pdu).message());
      link_.end(errc::unexpected_pdu);
    }
    link_.apply(step);
  }

  /// Only once: behind what is no PDU there are no others that could be answered. Nor is a
  /// P-DATA-TF answered twice that did not belong there and is malformed too.
  void unreadable(pdu::framer::event const& event) {
    bool const within_p_data = event.type == static_cast<std::uint8_t>(pdu::pdu_type::p_data_tf) &&
                               event.failure != errc::pdu_too_long;
    if (std::exchange(unreadable_, true) || (within_p_data && p_data_answered_)) return;
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
        work_ += work_of_a_message;
        co_await take_command(step);
        break;
      case kind::data:
        if (!step.bytes.empty()) slices_.push_back(step.bytes);
        if (step.last || slices_.size() >= max_slices) co_await hand_over(step.last);
        break;
    }
  }

  asio::awaitable<void> take_command(message_assembler::step const& step) {
    auto const* const context = facts().agreed.find(step.context_id);
    if (context == nullptr || !context->accepted()) {
      receiving_allowed_ = false;
      violation(errc::invalid_pdu_parameter,
                "the peer sent a message on a presentation context that was not accepted");
      co_return;
    }
    responding_ = is_response(step.command.command());
    if (responding_) co_await take_response(step);
    else co_await take_request(step, *context);
  }

  /// Gives the slices of this buffer to whoever performs the request, and waits until they are
  /// used up: this is where a slow sink holds the peer back.
  asio::awaitable<void> hand_over(bool last) {
    count_sub_operation();
    if (responding_) {
      bool const fits = invoked_.take_data(slices_, last);
      if (!fits) object_to(invoked_requests::too_long());
      if (fits && last) co_await hold_back();
    } else if (receiving_ != nullptr) {
      auto const operation = receiving_;
      link_.timers().set(deadlines::stall, link::stall_check);
      co_await operation->data.publish(slices_, last);
      link_.timers().clear(deadlines::stall);
    }
    slices_.clear();
    if (last) receiving_.reset();
  }

  /// A C-GET may have no pending responses: then its objects say that the peer is at work. Bytes
  /// count, not fragments, so that a peer that sends one a second comes to an end.
  void count_sub_operation() {
    if (responding_ || invoked_.empty()) return;
    for (auto const& slice : slices_) sub_operation_bytes_ += slice.size();
    if (sub_operation_bytes_ < bytes_of_life) return;
    sub_operation_bytes_ = 0;
    sub_operation_lives();
  }
  void sub_operation_lives() {
    if (!invoked_.empty()) invoked_.sub_operation_lives(link_.timers().now());
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
    if (refused && step.performed == ul::action::ae6) refuse(*refused);
    if (step.tell == ul::indication::associate_requested) co_await answer_request();
  }

  asio::awaitable<void> answer_request() {
    auto& facts = link_.facts();
    facts.agreed.calling = request_.calling_ae_title();
    facts.agreed.called = request_.called_ae_title();
    facts.identity = request_.user.identity;
    recognise_peer(facts.agreed.calling, request_.user);
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
    if (auto const& response = word.identity_response();
        response && facts.identity && facts.identity->positive_response_requested != 0)
      answer_.user.identity_response = pdu::user_identity_ac{*response};
    auto const step = link_.provider().associate_accept(answer_);
    if (!step.allowed) {  // an identity response that does not fit its item
      link_.abort({2, 0}, errc::invalid_argument);
      co_return;
    }
    link_.apply(step);
    established(ul::agree(request_, answer_));
  }

  /// A profile that was chosen by AE title, before the peer had told its implementation, stays.
  void recognise_peer(ae_title const& title, pdu::user_information const& said) {
    if (facts().profile != nullptr) return;
    link_.meet(choose_profile(link_.options(), title, said.implementation_class.value_or(uid{}),
                              said.implementation_version.value_or(std::string{})));
  }

  [[nodiscard]] std::variant<pdu::associate_ac, pdu::associate_rj> negotiate() const {
    if (facts().profile == nullptr) return ul::negotiate(request_, host_->policy());
    ul::acceptor_policy policy = host_->policy();
    policy.max_length = capped(policy.max_length, facts().profile->max_pdu_length);
    if (!facts().profile->require_role_selection) policy.require_role_selection = false;
    return ul::negotiate(request_, policy);
  }

  /// Negotiation first, then the services' word.
  asio::awaitable<decision> decide() {
    if (host_ == nullptr) co_return decision{pdu::associate_rj::no_reason};
    place_ = host_->take_place();
    if (!place_) co_return decision{pdu::associate_rj::local_limit_exceeded};
    auto answer = negotiate();
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
      recognise_peer(request_.called_ae_title(), decoded->user);
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
    performer_.prepare(request_);
    request_ = {};  // an idle association keeps what was agreed, not what was said
    answer_ = {};
    was_established_ = true;
    became_idle();
    if (auto* const observer = link_.options().observer) {
      auto const view = info();
      observer->observe(association_established{view});
    }
    established_.notify();
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
    if (step.performed == ul::action::ar4) link_.released_by_peer();
    else link_.timers().set(deadlines::acse, link_.options().timeouts.acse);
  }
  void take_release_rp() {
    auto const step = link_.provider().release_rp_received(link_.timers().now());
    link_.timers().clear(deadlines::acse);
    if (step.performed == ul::action::ar3) link_.end({});
    apply(step);
    if (step.performed == ul::action::ar10) answer_release();
  }

  // Responses.

  asio::awaitable<void> take_response(message_assembler::step const& step) {
    auto const wrong =
        invoked_.take_response(step.command, step.context_id, step.last, link_.timers().now());
    if (wrong.why != errc{}) object_to(wrong);
    else if (step.last) co_await hold_back();
  }
  void object_to(invoked_requests::objection const& wrong) {
    receiving_allowed_ = false;
    violation(wrong.why, wrong.what.empty() ? make_error_code(wrong.why).message() : wrong.what);
  }
  /// Reads no further while a consumer of responses is too far behind.
  asio::awaitable<void> hold_back() {
    while (invoked_.overfull() && !link_.over()) {
      link_.timers().set(deadlines::stall, link::stall_check);
      co_await invoked_.taken().wait();
    }
    link_.timers().clear(deadlines::stall);
  }

  // Requests of the peer.

  asio::awaitable<void> take_request(message_assembler::step const& step,
                                     ul::negotiated_context const& context) {
    if (step.command.command() == static_cast<std::uint16_t>(command_field::c_cancel_rq)) {
      performer_.cancel(step.command);
      co_return;
    }
    sub_operation_lives();
    co_await performer_.wait_for_room();
    if (!link_.over()) receiving_ = performer_.begin(step, context, shared_from_this());
  }

  asio::any_io_executor executor_;
  detail::link link_;
  std::shared_ptr<service_host> host_;
  service_host::place place_;  // destroyed before the host that counts it
  pdu::framer framer_;
  message_assembler assembler_;
  condition progress_;  // an operation of either direction is done, or everything is
  condition established_;
  condition ended_;
  invoked_requests invoked_;
  performer performer_;
  pdu::associate_rq request_;
  pdu::associate_ac answer_;
  std::vector<std::span<std::byte const>> slices_;
  std::shared_ptr<performed_operation> receiving_;
  std::size_t work_ = 0;  // since others had their turn
  std::uint64_t bytes_received_ = 0;
  std::uint64_t operations_ = 0;
  std::uint64_t bell_turn_ = 0;
  std::size_t sub_operation_bytes_ = 0;
  time_point begun_{};
  std::size_t cancelling_ = 0;
  bool receiving_allowed_ = false;
  bool p_data_answered_ = false;  // by A-ABORT, because it did not belong there
  bool responding_ = false;       // the message under way is a response
  bool unreadable_ = false;
  bool was_established_ = false;
  bool run_ended_ = false;
};

}  // namespace codimse::inline v0::detail

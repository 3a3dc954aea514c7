// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/testing/duplex_stream.hpp>
#include <codimse/testing/virtual_clock.hpp>
#include <codimse/testing/wire.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace codimse::inline v0::testing {

/// What a peer says and expects, step by step, in literal PDUs. For either role of what is tested:
/// a script that begins with an A-ASSOCIATE-RQ plays a requestor, one that expects it an acceptor.
///
///     testing::script echo{"echo"};
///     echo.send(request).expect(pdu_type::associate_ac)
///         .send_raw(testing::message_pdus(1, c_echo_rq{.message_id = 7}))
///         .expect_response(0x8030, 7, 0x0000)
///         .send(pdu::release_rq{}).expect(pdu_type::release_rp);
///
/// After the last step the peer closes the connection. Copies are cheap to make and independent.
/// A value: distinct objects may be used from different threads.
class script {
 public:
  using pdu_check = std::function<bool(received_pdu const&)>;
  using message_check = std::function<bool(received_message const&)>;

  explicit script(std::string name) : name_{std::move(name)} {}
  [[nodiscard]] std::string const& name() const { return name_; }
  [[nodiscard]] std::size_t size() const { return steps_->size(); }

  /// The next PDU is of this type (and passes the check).
  script& expect(pdu::pdu_type type, pdu_check check = {}) {
    step one{kind::expect_pdu, "expect " + std::string{pdu::name_of(type)}};
    one.type = type;
    one.check_pdu = std::move(check);
    return add(std::move(one));
  }
  /// The next PDU is an A-ABORT of this source and reason (PS3.8 9.3.8).
  script& expect_abort(std::uint8_t source, std::uint8_t reason) {
    pdu::abort const wanted{source, reason};
    return expect(pdu::pdu_type::abort, [wanted](received_pdu const& got) {
      auto const decoded = got.as<pdu::abort>();
      return decoded && *decoded == wanted;
    });
  }
  script& expect_reject(pdu::associate_rj wanted) {
    return expect(pdu::pdu_type::associate_rj, [wanted](received_pdu const& got) {
      auto const decoded = got.as<pdu::associate_rj>();
      return decoded && *decoded == wanted;
    });
  }
  /// The next thing is a whole message with this Command Field (and it passes the check).
  script& expect_message(std::uint16_t command, message_check check = {}) {
    step one{kind::expect_message, "expect " + std::string{command_name(command)}};
    one.command = command;
    one.check_message = std::move(check);
    return add(std::move(one));
  }
  /// A response to this message ID with this status.
  script& expect_response(std::uint16_t command, std::uint16_t message_id, std::uint16_t status,
                          message_check const& check = {}) {
    return expect_message(command, [=](received_message const& got) {
      return got.responds_to() == message_id && got.status() == status && (!check || check(got));
    });
  }
  /// The other side closes the connection; nothing else comes before that.
  script& expect_close() { return add({kind::expect_close, "expect the end of the connection"}); }
  /// Reads whatever is under way until the other side closes, be it in the middle of a PDU.
  script& drain() { return add({kind::drain, "drain"}); }

  template <class Pdu>
  script& send(Pdu const& one) {
    return send_raw(pdu::encode(one), "send " + std::string{pdu::name_of(Pdu::type)});
  }
  script& send_raw(bytes what, std::string name = "send") {
    step one{kind::send, std::move(name)};
    one.data = std::move(what);
    return add(std::move(one));
  }
  /// Does nothing, not even read, for this long.
  script& wait(duration how_long) {
    step one{kind::wait, "wait"};
    one.time = how_long;
    return add(std::move(one));
  }
  /// Anything the test wants to do or look at here.
  script& run(std::function<void()> action, std::string name = "run") {
    step one{kind::run, std::move(name)};
    one.action = std::move(action);
    return add(std::move(one));
  }
  script& close() { return add({kind::close, "close"}); }
  /// Half-close: the peer sends no more, but reads on.
  script& shutdown_send() { return add({kind::shutdown_send, "half-close"}); }
  script& reset() { return add({kind::reset, "reset"}); }
  /// Appends the steps of another script.
  script& then(script const& more) {
    auto const steps = more.steps_;
    for (auto const& one : *steps) add(one);
    return *this;
  }

 private:
  friend class scripted_peer;

  enum class kind : std::uint8_t {
    expect_pdu,
    expect_message,
    expect_close,
    drain,
    send,
    wait,
    run,
    close,
    shutdown_send,
    reset,
  };
  struct step {
    step(kind k, std::string n) : what{k}, name{std::move(n)} {}
    kind what;
    std::string name;
    pdu::pdu_type type{};
    std::uint16_t command = 0;
    bytes data;
    duration time{};
    pdu_check check_pdu;
    message_check check_message;
    std::function<void()> action;
  };

  script& add(step one) {
    if (steps_.use_count() > 1) steps_ = std::make_shared<std::vector<step>>(*steps_);
    steps_->push_back(std::move(one));
    return *this;
  }

  std::string name_;
  std::shared_ptr<std::vector<step>> steps_ = std::make_shared<std::vector<step>>();
};

/// How the peer's end of a connection comes to an untimely end.
enum class breakage : std::uint8_t {
  half_close,  ///< it sends no more, but reads what comes: eof for the other side
  close,       ///< it closes: eof, and writes of the other side fail
  reset,       ///< connection reset; what is under way is lost
};

/// One way to play a script: as it is, or broken off at some point, or over a narrow connection.
/// Used on one executor, its association's or its owner's.
struct replay {
  std::size_t fail_before = unlimited;  ///< the step before which the connection breaks
  std::size_t cut_after = unlimited;    ///< how many bytes the peer sends before it does
  breakage how = breakage::half_close;
  std::size_t read_size = unlimited;   ///< what one read of the tested side delivers at most
  std::size_t write_size = unlimited;  ///< what one write of the tested side is taken of at most
  std::size_t capacity = std::size_t{64} * 1024;  ///< what fits into each direction

  [[nodiscard]] bool broken() const { return fail_before != unlimited || cut_after != unlimited; }
  [[nodiscard]] std::string describe() const {
    constexpr std::array names{"half-close", "close", "reset"};
    std::string const way = names[static_cast<std::size_t>(how)];
    if (fail_before != unlimited) return way + " before step " + std::to_string(fail_before + 1);
    if (cut_after != unlimited) return way + " after " + std::to_string(cut_after) + " bytes";
    if (read_size != unlimited) return "reads of " + std::to_string(read_size) + " bytes";
    if (write_size != unlimited) return "writes of " + std::to_string(write_size) + " bytes";
    return "as it is";
  }
};

/// What the peer saw and did.
/// Used on one executor, its association's or its owner's.
struct transcript {
  std::vector<received_pdu> pdus;
  std::vector<received_message> messages;
  std::size_t bytes_sent = 0;
  std::size_t bytes_received = 0;
  std::size_t longest_p_data = 0;  ///< length field of the longest P-DATA-TF that came
  std::size_t steps_done = 0;
  bool other_side_ended = false;  ///< it closed, in good order or not
  bool finished = false;
  std::string problem;    ///< the first thing that was not as the script says
  std::string malformed;  ///< what no script should see: mixed messages, broken PDVs

  /// The last A-ABORT that came.
  [[nodiscard]] std::optional<pdu::abort> abort() const {
    for (auto at = pdus.rbegin(); at != pdus.rend(); ++at)
      if (at->is(pdu::pdu_type::abort)) return at->as<pdu::abort>().value_or_throw();
    return {};
  }
  /// Everything that came in one line; messages in place of their P-DATA-TFs.
  [[nodiscard]] std::string summary() const {
    std::string out;
    for (auto const& one : pdus)
      if (!one.is(pdu::pdu_type::p_data_tf)) out += one.describe() + "; ";
    for (auto const& one : messages) out += one.describe() + "; ";
    return out;
  }
};

/// Plays a script on one end of a connection in memory.
/// Used on one executor, its association's or its owner's.
class scripted_peer {
 public:
  /// The clock must outlive the peer.
  scripted_peer(asio::any_io_executor executor, virtual_clock& clock,
                std::unique_ptr<duplex_stream> carrier, script what, replay how = {})
      : executor_{std::move(executor)},
        clock_{clock},
        stream_{std::move(carrier)},
        script_{std::move(what)},
        how_{how} {}

  /// What has happened so far; also of a peer that is still playing.
  [[nodiscard]] std::shared_ptr<transcript const> seen() const { return seen_; }

  /// The whole script. Ends with its last step or the first that fails, and closes.
  static asio::awaitable<void> play(std::unique_ptr<scripted_peer> self) {
    auto const& steps = *self->script_.steps_;
    for (auto const& one : steps) {
      if (self->how_.fail_before == self->seen_->steps_done) {
        co_await self->break_off();
        break;
      }
      bool const went_well = co_await self->perform(one);
      if (!went_well) break;
      ++self->seen_->steps_done;
    }
    self->stream_->close();
    self->seen_->finished = true;
  }

 private:
  using kind = script::kind;

  asio::awaitable<bool> perform(script::step const& one) {
    bool well = true;
    switch (one.what) {
      case kind::expect_pdu: well = co_await expect_pdu(one); break;
      case kind::expect_message: well = co_await expect_message(one); break;
      case kind::expect_close: well = co_await expect_close(one); break;
      case kind::drain: co_await read_rest(); break;
      case kind::send: well = co_await send(one); break;
      case kind::wait: co_await clock_.sleep(executor_, one.time); break;
      case kind::run: one.action(); break;
      case kind::close: stream_->close(); break;
      case kind::shutdown_send: stream_->shutdown_send(); break;
      case kind::reset: stream_->reset(); break;
    }
    co_return well;
  }

  bool fail(script::step const& one, std::string const& what) {
    if (seen_->problem.empty())
      seen_->problem =
          "step " + std::to_string(seen_->steps_done + 1) + " (" + one.name + "): " + what;
    return false;
  }

  asio::awaitable<bool> expect_pdu(script::step const& one) {
    bool const came = co_await read_pdu();
    if (!came) co_return fail(one, "the connection ended" + so_far());
    auto const& got = seen_->pdus.back();
    if (!got.is(one.type)) co_return fail(one, "got " + got.describe() + so_far());
    if (one.check_pdu && !one.check_pdu(got))
      co_return fail(one, "not as it should be: " + got.describe());
    co_return true;
  }

  asio::awaitable<bool> expect_message(script::step const& one) {
    while (joiner_.complete.empty()) {
      bool const came = co_await read_pdu();
      if (!came) co_return fail(one, "the connection ended" + so_far());
      auto const& got = seen_->pdus.back();
      if (!got.is(pdu::pdu_type::p_data_tf))
        co_return fail(one, "got " + got.describe() + so_far());
      if (!seen_->malformed.empty()) co_return fail(one, seen_->malformed);
    }
    auto const message = std::move(joiner_.complete.front());
    joiner_.complete.erase(joiner_.complete.begin());
    seen_->messages.push_back(message);
    if (message.field() != one.command) co_return fail(one, "got " + message.describe());
    if (one.check_message && !one.check_message(message))
      co_return fail(one, "not as it should be: " + message.describe());
    co_return true;
  }

  asio::awaitable<bool> expect_close(script::step const& one) {
    bool const came = co_await read_pdu();
    if (came) co_return fail(one, "got " + seen_->pdus.back().describe());
    if (!received_.empty()) co_return fail(one, "the other side ended in the middle of a PDU");
    co_return true;
  }

  asio::awaitable<bool> send(script::step const& one) {
    std::span<std::byte const> rest = one.data;
    while (!rest.empty()) {
      std::size_t const allowed = how_.cut_after - std::min(how_.cut_after, seen_->bytes_sent);
      if (allowed == 0) {
        co_await break_off();
        co_return false;
      }
      std::array const piece{rest.first(std::min(rest.size(), allowed))};
      auto const done = stream_->write_some(piece);
      seen_->bytes_sent += done.bytes;
      rest = rest.subspan(done.bytes);
      std::error_code failed = done.error;
      if (failed == asio::error::would_block) failed = co_await stream_->wait_writable();
      if (failed) {
        co_await read_rest();
        co_return fail(one, "the other side does not listen any more: " + failed.message());
      }
    }
    co_return true;
  }

  /// The untimely end; with a half-close what the other side still says is heard.
  asio::awaitable<void> break_off() {
    switch (how_.how) {
      case breakage::half_close:
        stream_->shutdown_send();
        co_await read_rest();
        break;
      case breakage::close: stream_->close(); break;
      case breakage::reset: stream_->reset(); break;
    }
  }
  asio::awaitable<void> read_rest() {
    bool more = true;
    while (more) more = co_await read_pdu();
  }

  /// The next whole PDU goes into the transcript; false where the other side has ended.
  asio::awaitable<bool> read_pdu() {
    while (!cut_pdu()) {
      std::array<std::byte, 4096> buffer;
      auto const got = stream_->read_some(buffer);
      seen_->bytes_received += got.bytes;
      received_.insert(received_.end(), buffer.begin(),
                       buffer.begin() + static_cast<std::ptrdiff_t>(got.bytes));
      std::error_code failed = got.error;
      if (failed == asio::error::would_block) failed = co_await stream_->wait_readable();
      if (failed) {
        seen_->other_side_ended = true;
        co_return false;
      }
    }
    co_return true;
  }
  bool cut_pdu() {
    if (received_.size() < pdu::header_size) return false;
    std::size_t const size = pdu::header_size + load_big<std::uint32_t>(received_.data() + 2);
    if (received_.size() < size) return false;
    auto const end = received_.begin() + static_cast<std::ptrdiff_t>(size);
    received_pdu one;
    one.type = std::to_integer<std::uint8_t>(received_[0]);
    one.body.assign(received_.begin() + static_cast<std::ptrdiff_t>(pdu::header_size), end);
    received_.erase(received_.begin(), end);
    if (one.is(pdu::pdu_type::p_data_tf)) {
      seen_->longest_p_data = std::max(seen_->longest_p_data, one.body.size());
      auto const complaint = joiner_.take(one.body);
      if (seen_->malformed.empty()) seen_->malformed = complaint;
      if (!complaint.empty() && seen_->problem.empty()) seen_->problem = complaint;
    }
    seen_->pdus.push_back(std::move(one));
    return true;
  }
  [[nodiscard]] std::string so_far() const {
    std::string out = " (so far:";
    for (auto const& one : seen_->pdus) out += " " + one.describe() + ";";
    return out + ")";
  }

  asio::any_io_executor executor_;
  virtual_clock& clock_;
  std::unique_ptr<duplex_stream> stream_;
  script script_;
  replay how_;
  std::shared_ptr<transcript> seen_ = std::make_shared<transcript>();
  bytes received_;
  message_joiner joiner_;
};

}  // namespace codimse::inline v0::testing

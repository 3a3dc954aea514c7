// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/association_info.hpp>
#include <codimse/assoc/incoming_data_set.hpp>
#include <codimse/assoc/observer.hpp>
#include <codimse/core/outcome.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/dimse/messages.hpp>
#include <codimse/pdu/associate.hpp>
#include <codimse/ul/negotiation.hpp>

#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace codimse::inline v0 {

/// A service's word on an A-ASSOCIATE-RQ: accepted unless a rejection is given. With an identity
/// response, 59H answers a 58H that asked for one (PS3.7 D.3.3.7).
/// A value: distinct objects may be used from different threads.
class decision {
 public:
  decision() = default;
  decision(pdu::associate_rj rejection) : rejection_{rejection} {}
  [[nodiscard]] static decision accept() { return {}; }
  [[nodiscard]] static decision accept_identity(std::vector<std::byte> server_response = {}) {
    decision out;
    out.identity_response_ = std::move(server_response);
    return out;
  }
  [[nodiscard]] std::optional<pdu::associate_rj> const& rejection() const { return rejection_; }
  [[nodiscard]] std::optional<std::vector<std::byte>> const& identity_response() const {
    return identity_response_;
  }

 private:
  std::optional<pdu::associate_rj> rejection_;
  std::optional<std::vector<std::byte>> identity_response_;
};

namespace detail {

/// Memory of the services for one association.
struct association_states {
  virtual ~association_states() = default;
};

class performer;
class session;

/// A request that is being performed.
struct performed_operation {
  performed_operation(waiter_registry& registry, limits const& bounds,
                      association_facts const& facts, ul::negotiated_context const& context)
      : data{registry, bounds}, info{facts, &context} {}

  std::vector<std::byte> command_bytes;
  command_set command;
  std::uint16_t message_id = 0;
  bool duplicate = false;  ///< the message ID was in use when the request came
  std::size_t service = 0;
  incoming_data_set data;
  association_info info;
  association_states* states = nullptr;
  asio::cancellation_signal signal;
  time_point begun{};
  performer* by = nullptr;
  session* over = nullptr;   ///< the operation's coroutine keeps it alive
  bool cancelled = false;    ///< C-CANCEL has come
  bool sending = false;      ///< a message must go out whole: nothing may interrupt the handler
  bool interrupted = false;  ///< C-CANCEL came meanwhile: the handler is told when it has
  bool cut_short = false;    ///< something was left out because of it
  response_fields fields;    ///< of the final response
  std::optional<data_set> final_data_set{};
};

/// The services of a server as an association sees them, behind one virtual call a message.
class service_host {
 public:
  static constexpr std::size_t no_service = static_cast<std::size_t>(-1);

  virtual ~service_host() = default;
  /// Negotiation as this server does it.
  [[nodiscard]] virtual ul::acceptor_policy const& policy() const = 0;
  virtual asio::awaitable<decision> decide(pdu::associate_rq const& request,
                                           association_info const& info) = 0;
  [[nodiscard]] virtual std::unique_ptr<association_states> make_states() = 0;
  [[nodiscard]] virtual std::size_t service_for(uid const& abstract_syntax) const = 0;
  [[nodiscard]] virtual bool allows_other_sop_class(std::size_t service) const = 0;
  [[nodiscard]] virtual bool handles(std::size_t service, std::uint16_t command) const = 0;
  virtual asio::awaitable<outcome> perform(performed_operation& operation) = 0;
  virtual void ended(association_ended const& how, association_states* states) = 0;

  /// A place among the associations that are served at once; exact whatever happens to them.
  class place {
   public:
    place() = default;
    place(place&& other) noexcept : host_{std::exchange(other.host_, nullptr)} {}
    place& operator=(place&& other) noexcept {
      std::swap(host_, other.host_);
      return *this;
    }
    ~place() {
      if (host_ != nullptr) --host_->associations_;
    }
    explicit operator bool() const { return host_ != nullptr; }

   private:
    friend class service_host;
    explicit place(service_host* host) : host_{host} {}
    service_host* host_ = nullptr;
  };
  void limit_associations(std::size_t most) { most_ = most; }
  [[nodiscard]] place take_place() {
    if (++associations_ <= most_) return place{this};
    --associations_;
    return {};
  }

 private:
  std::size_t most_ = static_cast<std::size_t>(-1);
  std::atomic<std::size_t> associations_ = 0;
};

}  // namespace detail
}  // namespace codimse::inline v0

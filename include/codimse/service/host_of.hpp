// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/attributes.hpp>
#include <codimse/assoc/options.hpp>
#include <codimse/service/retrieve.hpp>
#include <codimse/service/service.hpp>
#include <codimse/sop/storage.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace codimse::inline v0::detail {

/// The services of one server behind the interface that associations know. Which service a
/// presentation context belongs to is fixed at negotiation; which `on` a command belongs to is a
/// constant table per service.
template <class... S>
class host_of final : public service_host, public association_observer {
  static_assert(check_services<S...>());

 public:
  explicit host_of(S... services) : services_{std::move(services)...} {
    policy_.support = [this](uid const& abstract_syntax) { return support(abstract_syntax); };
    if constexpr ((answers_extended<S> || ...))
      policy_.extended = [this](auto const& item) { return answer_extended(item); };
  }

  static constexpr bool observes = (observer<S> || ...);

  /// The observer that the options name, beside those of the pack.
  void tell_also(association_observer* other) { also_ = other; }

  /// Negotiates as these options say.
  void negotiate_as(association_options const& options) {
    check_options(options);
    policy_.own_ae_title = options.ae_title;
    policy_.max_length = options.max_pdu_length;
    policy_.operations_performed = options.operations_performed;
    policy_.operations_invoked = options.operations_invoked;
    policy_.require_role_selection = options.require_role_selection;
  }
  [[nodiscard]] ul::acceptor_policy const& policy() const override { return policy_; }
  [[nodiscard]] ul::acceptor_policy& policy() { return policy_; }

  asio::awaitable<decision> decide(pdu::associate_rq const& request,
                                   association_info const& info) override {
    return decide_from<0>(request, info, {});
  }

  [[nodiscard]] std::unique_ptr<association_states> make_states() override {
    if constexpr ((std::same_as<typename state_of<S>::type, no_state> && ...)) return nullptr;
    else return std::make_unique<states>();
  }

  [[nodiscard]] std::size_t service_for(uid const& abstract_syntax) const override {
    std::size_t const declared = find_declared<0>(abstract_syntax);
    return declared != no_service ? declared : find_accepting<0>(abstract_syntax);
  }
  [[nodiscard]] bool allows_other_sop_class(std::size_t service) const override {
    constexpr std::array<bool, sizeof...(S)> allows{allows_any_class<S>()...};
    return allows[service];
  }
  [[nodiscard]] bool handles(std::size_t service, std::uint16_t command) const override {
    return find_thunk(service, command) != nullptr;
  }
  reply perform(performed_operation& operation) override {
    return find_thunk(operation.service, operation.command.command())(*this, operation);
  }
  void ended(association_ended const& how, association_states*) override {
    each([&how](auto& one) {
      if constexpr (requires { one.on(how); }) one.on(how);
    });
  }

  void observe(association_established const& event) override { tell(event); }
  void observe(association_refused const& event) override { tell(event); }
  void observe(association_ended const& event) override { tell(event); }
  void observe(operation_completed const& event) override { tell(event); }
  void observe(protocol_violation const& event) override { tell(event); }

 private:
  using thunk = reply (*)(host_of&, performed_operation&);
  struct entry {
    std::uint16_t command = 0;
    thunk perform = nullptr;
  };
  struct states final : association_states {
    std::tuple<typename state_of<S>::type...> all;
  };

  template <std::size_t I>
  using service_at = std::tuple_element_t<I, std::tuple<S...>>;

  template <class T>
  static constexpr bool answers_extended = requires(T& t, pdu::extended_negotiation const& item) {
    { t.on(item) } -> std::same_as<std::optional<std::vector<std::byte>>>;
  };
  template <class T>
  static consteval bool allows_any_class() {
    if constexpr (requires { T::any_sop_class_in_commands; }) return T::any_sop_class_in_commands;
    else return false;
  }

  template <class T>
  static consteval bool acts_as_scu() {
    if constexpr (requires { T::as_scu; }) return T::as_scu;
    else return handles_request<T, n_event_report_rq>();
  }
  template <class T>
  static consteval bool acts_as_scp() {
    return !only_notified<T>();
  }
  /// Who performs C-GET sends objects back, as an SCU of storage (PS3.4 C.4.3).
  static constexpr bool sends_back = (handles_request<S, c_get_rq>() || ...);

  // Dispatch.

  /// Owns the decoded request for as long as the handler runs.
  template <std::size_t I, class Rq>
  static reply perform_as(host_of& self, performed_operation& operation) {
    Rq const request = decode_command<Rq>(operation.command);
    using state_type = typename state_of<service_at<I>>::type;
    no_state none;
    state_type* state = nullptr;
    if constexpr (std::same_as<state_type, no_state>) state = &none;
    else state = &std::get<I>(static_cast<states*>(operation.states)->all);
    auto& target = std::get<I>(self.services_);
    using front = typename arguments_of<Rq>::type;
    if constexpr (std::same_as<front, arguments<Rq const&>>) {
      co_return co_await call_handler(target, operation.info, *state, request);
    } else if constexpr (std::same_as<front, arguments<Rq const&, incoming_data_set&>>) {
      co_return co_await call_handler(target, operation.info, *state, request, operation.data);
    } else if constexpr (!Rq::has_data_set) {
      n_responses out{operation};
      co_return co_await call_handler(target, operation.info, *state, request, out);
    } else {
      data_set const attributes = co_await read_attributes(operation);
      writer_in<front> out{operation};
      co_return co_await call_handler(target, operation.info, *state, request, attributes, out);
    }
  }

  template <class Front>
  struct last_argument;
  template <class A, class B, class Writer>
  struct last_argument<arguments<A, B, Writer&>> {
    using type = Writer;
  };
  template <class Front>
  using writer_in = typename last_argument<Front>::type;

  /// The data set that a handler wants taken apart. What cannot be is answered here.
  static asio::awaitable<data_set> read_attributes(performed_operation& operation) {
    auto const command = operation.command.command();
    auto const& bounds = operation.over->link().options().limits;
    bool const dimse_c = is_dimse_c(static_cast<command_field>(command));
    std::vector<std::byte> encoded;
    bool too_long = false;
    try {
      encoded = co_await operation.data.read_all(dimse_c ? bounds.identifier_length
                                                         : bounds.attributes_length);
    } catch (error const& failed) {
      too_long = failed.code() == errc::limit_exceeded;
      if (!too_long) throw;
    }
    outcome const refused{dimse_c ? status::out_of_resources : status::resource_limitation,
                          "the data set is longer than this service takes"};
    if (too_long) throw request_refused{refused};
    auto decoded = decode_attributes(std::move(encoded), operation.info.context().transfer_syntax,
                                     bounds, operation.info.peer_profile());
    if (!decoded && decoded.error() == errc::limit_exceeded) throw request_refused{refused};
    if (!decoded)
      throw request_refused{outcome{failure_of_data_set(command),
                                    fixed_text<64>{"the data set: " + decoded.error().message()}}};
    co_return *std::move(decoded);
  }

  template <std::size_t I, class Rq>
  static constexpr entry entry_for() {
    if constexpr (handles_request<service_at<I>, Rq>())
      return {static_cast<std::uint16_t>(Rq::command), &perform_as<I, Rq>};
    else return {};
  }
  template <std::size_t I, class... Rq>
  static constexpr auto entries_for(request_list<Rq...>) {
    return std::array<entry, sizeof...(Rq)>{entry_for<I, Rq>()...};
  }
  template <std::size_t... I>
  static constexpr auto make_table(std::index_sequence<I...>) {
    // The type is spelt out: with one service, deduction would flatten the two arrays into one.
    return std::array<std::array<entry, requests::size>, sizeof...(I)>{
        entries_for<I>(requests{})...};
  }
  [[nodiscard]] static thunk find_thunk(std::size_t service, std::uint16_t command) {
    static constexpr auto table = make_table(std::index_sequence_for<S...>{});
    for (entry const& one : table[service])
      if (one.perform != nullptr && one.command == command) return one.perform;
    return nullptr;
  }

  // Negotiation.

  /// By what is declared in any service first: one that accepts unknown SOP Classes takes none
  /// away from those behind it.
  template <std::size_t I>
  [[nodiscard]] static std::size_t find_declared(uid const& abstract_syntax) {
    if constexpr (I == sizeof...(S)) {
      return no_service;
    } else {
      static constexpr auto classes = classes_of<service_at<I>>();
      if (classes.contains(abstract_syntax.view())) return I;
      return find_declared<I + 1>(abstract_syntax);
    }
  }
  template <std::size_t I>
  [[nodiscard]] std::size_t find_accepting(uid const& abstract_syntax) const {
    if constexpr (I == sizeof...(S)) {
      return no_service;
    } else {
      if constexpr (requires { std::get<I>(services_).accepts(abstract_syntax); })
        if (std::get<I>(services_).accepts(abstract_syntax)) return I;
      return find_accepting<I + 1>(abstract_syntax);
    }
  }

  [[nodiscard]] std::optional<ul::abstract_syntax_support> support(
      uid const& abstract_syntax) const {
    std::size_t const index = service_for(abstract_syntax);
    bool const to_be_sent = sends_back && sop::all_storage.contains(abstract_syntax.view());
    using uids = std::span<std::string_view const>;
    if (index == no_service) {
      if (!to_be_sent) return {};
      return ul::abstract_syntax_support{storage_transfer_syntaxes, false, true};
    }
    static constexpr std::array<uids, sizeof...(S)> all{uids{transfer_syntaxes_of<S>}...};
    static constexpr std::array<bool, sizeof...(S)> scu{acts_as_scu<S>()...};
    static constexpr std::array<bool, sizeof...(S)> scp{acts_as_scp<S>()...};
    return ul::abstract_syntax_support{all[index], scp[index], scu[index] || to_be_sent};
  }

  [[nodiscard]] std::optional<std::vector<std::byte>> answer_extended(
      pdu::extended_negotiation const& item) {
    std::optional<std::vector<std::byte>> answer;
    each([&](auto& one) {
      if constexpr (answers_extended<std::remove_reference_t<decltype(one)>>)
        if (!answer) answer = one.on(item);
    });
    return answer;
  }

  /// Every service may have a word; the first rejection decides.
  template <std::size_t I>
  asio::awaitable<decision> decide_from(pdu::associate_rq const& request,
                                        association_info const& info, decision so_far) {
    if constexpr (I == sizeof...(S)) {
      co_return so_far;
    } else {
      auto& one = std::get<I>(services_);
      if constexpr (requires { one.on(request, info); })
        so_far = merge(so_far, co_await settle(one.on(request, info)));
      else if constexpr (requires { one.on(request); })
        so_far = merge(so_far, co_await settle(one.on(request)));
      if (so_far.rejection()) co_return so_far;
      co_return co_await decide_from<I + 1>(request, info, so_far);
    }
  }
  static asio::awaitable<decision> settle(decision now) { co_return now; }
  static asio::awaitable<decision> settle(asio::awaitable<decision> later) { return later; }
  static decision merge(decision const& before, decision const& next) {
    return next.rejection() || next.identity_response() ? next : before;
  }

  template <class F>
  void each(F f) {
    std::apply([&f](auto&... one) { (f(one), ...); }, services_);
  }
  template <class Event>
  void tell(Event const& event) {
    each([&event](auto& one) {
      if constexpr (requires { one.observe(event); }) one.observe(event);
    });
    if (also_ != nullptr) also_->observe(event);
  }

  std::tuple<S...> services_;
  ul::acceptor_policy policy_;
  association_observer* also_ = nullptr;
};

}  // namespace codimse::inline v0::detail

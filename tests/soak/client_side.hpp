// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "server_side.hpp"
#include <codimse/client.hpp>
#include <codimse/io/socket_stream.hpp>
#include <codimse/service/perform_here.hpp>
#include <codimse/testing/fault_injector.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// Clients that do everything, and break off at any moment.
namespace soak {

using namespace std::chrono_literals;
using testing::seeded_random;

/// How many of what a client did on purpose.
struct mishaps {
  std::size_t released = 0;
  std::size_t aborted = 0;
  std::size_t dropped = 0;
  std::size_t cut = 0;
  std::size_t half_pdus = 0;
  std::size_t rejected = 0;
  std::size_t cancelled = 0;

  mishaps& operator+=(mishaps const& more) {
    released += more.released;
    aborted += more.aborted;
    dropped += more.dropped;
    cut += more.cut;
    half_pdus += more.half_pdus;
    rejected += more.rejected;
    cancelled += more.cancelled;
    return *this;
  }
};

/// Takes the objects of a C-GET.
struct receiving {
  static constexpr auto sop_classes = sop::ct_image_storage;
  std::shared_ptr<std::vector<std::string>> got;
  reply on(c_store_rq const& rq, incoming_data_set& data) {
    auto const all = co_await data.read_all();
    got->push_back(rq.affected_sop_instance_uid.str());
    co_return all.size() > 100 ? status::success : status::out_of_resources;
  }
};

/// One client: associations one after the other, until all operations have been begun.
class client {
 public:
  client(ledger& book, std::uint16_t port, std::size_t number, std::uint64_t seed)
      : book_{book}, port_{port}, number_{number}, random_{seed + number * 7919} {}

  /// Must outlive the coroutine.
  asio::awaitable<void> run() {
    for (;;) {
      if (book_.begun() >= book_.wanted) break;
      try {
        if (random_.one_in(25)) co_await knock();
        else if (random_.one_in(40)) co_await be_rejected();
        else co_await one_association();
      } catch (std::system_error const& failed) {
        last_error_ = failed.what();
      } catch (std::exception const& failed) {
        book_.problem(std::string{"a client met "} + failed.what());
      }
    }
  }
  [[nodiscard]] mishaps const& did() const { return did_; }

  /// The object that a file of this client's must hold: that of the operation acknowledged last,
  /// or of one after it whose fate is not known.
  [[nodiscard]] std::map<std::string, std::set<std::size_t>> const& files() const { return files_; }

 private:
  using tcp = asio::ip::tcp;

  asio::awaitable<tcp::socket> connect_socket() {
    auto const executor = co_await asio::this_coro::executor;
    tcp::socket socket{executor};
    co_await socket.async_connect({asio::ip::address_v4::loopback(), port_}, asio::use_awaitable);
    co_return socket;
  }

  /// Half a PDU, or none at all, and away.
  asio::awaitable<void> knock() {
    auto socket = co_await connect_socket();
    constexpr std::array<std::uint8_t, 40> half{1, 0, 0, 0, 0, 200, 0, 1};
    auto const size = random_.below(half.size());
    co_await asio::async_write(socket, asio::buffer(half.data(), size), asio::use_awaitable);
    if (random_.one_in(2)) socket.set_option(asio::socket_base::linger{true, 0});
    ++did_.half_pdus;
  }
  asio::awaitable<void> be_rejected() {
    ++did_.rejected;
    auto const executor = co_await asio::this_coro::executor;
    auto socket = co_await connect_socket();
    auto carrier = std::make_unique<tcp_stream>(std::move(socket));
    try {
      proposals const wanted{sop::verification};
      association const open =
          co_await associate(executor, std::move(carrier), "NOBODY", wanted, options());
      book_.problem("an association with NOBODY was accepted");
    } catch (association_rejected const&) {
    }
  }

  [[nodiscard]] association_options options() {
    association_options out;
    out.ae_title = "SOAK";
    out.timeouts = {.connect = 20s, .acse = 20s, .dimse = 60s, .write = 20s, .idle = 60s};
    if (random_.one_in(3)) out.operations_invoked = 4;
    return out;
  }
  static proposals everything() {
    proposals wanted{sop::verification};
    wanted.add(to_file, explicit_le).add(to_nothing, explicit_le);
    wanted.role(uid{to_file}, true, true);
    wanted.add(sop::study_root_find.uid).add(sop::study_root_get.uid);
    wanted.add(sop::modality_performed_procedure_step.uid);
    return wanted;
  }

  asio::awaitable<void> one_association() {
    auto const executor = co_await asio::this_coro::executor;
    auto socket = co_await connect_socket();
    std::unique_ptr<stream> carrier = std::make_unique<tcp_stream>(std::move(socket));
    if (random_.one_in(4)) {
      ++did_.cut;
      testing::faults plan;
      auto const after = random_.below(random_.one_in(2) ? 3000 : 30000);
      if (random_.one_in(2)) plan.end_writing(after);
      else plan.reset_reading(after);
      carrier = std::make_unique<testing::fault_injector>(executor, std::move(carrier), plan);
    }
    auto const got = std::make_shared<std::vector<std::string>>();
    auto const performed = perform_here(receiving{got});
    association open = co_await associate(executor, std::move(carrier), "SOAK-SCP", everything(),
                                          options(), performed);
    auto const still_here = std::make_shared<bool>(true);  // destroyed before the association
    asio::steady_timer bomb{executor};
    if (random_.one_in(6)) {
      bomb.expires_after(std::chrono::microseconds{random_.below(20000)});
      bomb.async_wait([this, &open, weak = std::weak_ptr{still_here}](std::error_code cancelled) {
        if (cancelled || weak.expired() || !open.established()) return;
        ++did_.aborted;
        open.abort();
      });
    }
    auto const many = random_.between(1, 30);
    for (std::size_t i = 0; i < many && open.established(); ++i) {
      auto const number = book_.begin();
      if (number == 0) break;
      co_await one_operation(open, number, *got);
    }
    co_await end(open);
  }
  asio::awaitable<void> end(association& open) {
    switch (random_.below(12)) {
      case 0:
        ++did_.aborted;
        open.abort();
        co_return;
      case 1: ++did_.dropped; co_return;
      default: break;
    }
    if (!open.established()) co_return;
    co_await open.release();
    ++did_.released;
  }

  asio::awaitable<void> one_operation(association& open, std::size_t number,
                                      std::vector<std::string>& got) {
    auto const what = static_cast<kind>(random_.below(7));
    book_.kinds[number] = what;
    told answer = told::nothing;
    switch (what) {
      case kind::echo: answer = co_await echo(open); break;
      case kind::store_file: answer = co_await store_file(open, number); break;
      case kind::store_null:
        answer = co_await send(open, number, "2.25." + std::to_string(number), to_nothing);
        break;
      case kind::find: answer = co_await ask(open, number); break;
      case kind::get: answer = co_await get_files(open, number, got); break;
      case kind::n_create: answer = co_await create(open, number); break;
      case kind::n_set: answer = co_await modify(open, number); break;
    }
    book_.answers[number] = answer;
  }

  static told meaning(status how) {
    if (how == status::cancel) return told::cancel;
    return how.is_failure() ? told::failure : told::success;
  }

  asio::awaitable<told> echo(association& open) {
    auto const rsp = co_await open.request(c_echo_rq{});
    co_return meaning(rsp.status);
  }
  /// Few names, so that the disk stays small and files are overwritten.
  asio::awaitable<told> store_file(association& open, std::size_t number) {
    auto const name = "2.25." + std::to_string(number_) + "." + std::to_string(random_.below(8));
    auto& may_hold = files_[name];
    if (!fails(number) && number % 41 != 0) may_hold.insert(number);  // until it is known
    auto const answer = co_await send(open, number, name, to_file);
    // One whose fate is unknown may even come after this one: the association is another.
    if (answer == told::success && !unknown_.contains(name)) may_hold = {number};
    co_return answer;
  }
  asio::awaitable<told> send(association& open, std::size_t number, std::string name,
                             std::string_view sop_class) {
    auto const bytes = write_data_set(object(number, name, sop_class),
                                      transfer_syntaxes::explicit_vr_little_endian);
    object_info info;
    info.sop_class = uid{sop_class};
    info.sop_instance = uid{name};
    info.transfer_syntax = uid{explicit_le};
    memory_source const data{info, bytes};
    unknown_.insert(name);
    auto const rsp = co_await codimse::store(open, data);
    unknown_.erase(name);
    book_.require(rsp.affected_sop_instance_uid == uid{name}, "the response to another C-STORE");
    co_return meaning(rsp.status);
  }
  static data_set identifier(std::size_t number) {
    data_set all;
    all.set(tags::query_retrieve_level, "STUDY");
    all.set(tags::patient_id, id_of(number));
    return all;
  }
  asio::awaitable<told> ask(association& open, std::size_t number) {
    auto found = co_await find(open, identifier(number));
    bool const stop = random_.one_in(5);
    if (stop) ++did_.cancelled;
    std::size_t seen = 0;
    for (;; ++seen) {
      if (stop && seen == 2) found.cancel();
      auto const match = co_await found.next();
      if (!match) break;
      book_.require(match->get<std::string>(tags::patient_id) == id_of(seen), "another's match");
    }
    auto const answer = meaning(found.status());
    if (answer == told::success) book_.require(seen == matches_of(number), "matches are missing");
    co_return answer;
  }
  asio::awaitable<told> get_files(association& open, std::size_t number,
                                  std::vector<std::string>& got) {
    got.clear();
    auto sequence = co_await get(open, identifier(number));
    bool const stop = random_.one_in(5);
    if (stop) ++did_.cancelled;
    for (;;) {
      auto const pending = co_await sequence.next();
      if (!pending) break;
      if (stop) sequence.cancel();
    }
    auto const answer = meaning(sequence.final_response().status);
    if (answer == told::success)
      book_.require(got.size() == files_of_a_get, "objects of a C-GET are missing");
    co_return answer;
  }
  asio::awaitable<told> create(association& open, std::size_t number) {
    n_create_rq rq;
    rq.affected_sop_class_uid = uid{sop::modality_performed_procedure_step.uid};
    rq.affected_sop_instance_uid = uid{"2.25." + std::to_string(number)};
    auto const rsp = co_await open.request(rq, identifier(number));
    co_return meaning(rsp.status);
  }
  asio::awaitable<told> modify(association& open, std::size_t number) {
    n_set_rq rq;
    rq.requested_sop_class_uid = uid{sop::modality_performed_procedure_step.uid};
    rq.requested_sop_instance_uid = uid{"2.25." + std::to_string(number)};
    auto const rsp = co_await open.request(rq, identifier(number));
    if (rsp.status.is_success())
      book_.require(number_in(rsp.attributes()) == number, "the response to another N-SET");
    co_return meaning(rsp.status);
  }

  ledger& book_;
  std::uint16_t port_;
  std::size_t number_;
  seeded_random random_;
  mishaps did_;
  std::string last_error_;
  std::map<std::string, std::set<std::size_t>> files_;
  std::set<std::string> unknown_;  ///< names with a C-STORE that was never answered
};

}  // namespace soak

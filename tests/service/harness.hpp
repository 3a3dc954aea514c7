// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/connect.hpp>
#include <codimse/io/sink.hpp>
#include <codimse/io/source.hpp>
#include <codimse/server.hpp>
#include <codimse/sop/storage.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/read.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// A server and its clients on one event loop, over loopback, bounded in time; and a peer that
/// speaks in bytes, for what our own client would never say.
namespace harness {

using namespace codimse;
using namespace std::chrono_literals;
using task = asio::awaitable<void>;

inline server_options local_options() {
  return {.ae_title = "SERVER", .port = 0, .bind_address = "127.0.0.1"};
}

inline association_options client_options(ae_title title) {
  association_options options;
  options.ae_title = title;
  return options;
}

/// An event loop whose coroutines must all end, in time and without an exception.
class loop {
 public:
  asio::io_context io;

  [[nodiscard]] asio::any_io_executor executor() { return io.get_executor(); }

  void spawn(task one) {
    ++running_;
    asio::co_spawn(io, std::move(one), [this](std::exception_ptr failure) {
      --running_;
      if (failure && !failure_) failure_ = failure;
    });
  }
  /// Runs until nothing is left to do.
  void run(std::chrono::seconds at_most = 30s) {
    io.run_for(at_most);
    EXPECT_TRUE(io.stopped()) << "something still waits";
    EXPECT_EQ(running_, 0);
    if (failure_) std::rethrow_exception(failure_);
  }

  /// Serves while `client(loop, port)` runs, then stops.
  template <class Server, class Client>
  void play(Server& server, Client client) {
    spawn(server.run());
    spawn(then_stop(client(*this, server.port()), server));
    run();
  }

  [[nodiscard]] asio::awaitable<association> connect(std::uint16_t port, proposals wanted,
                                                     association_options options = {}) {
    peer const to{.host = "127.0.0.1", .port = port, .called_ae_title = "SERVER"};
    return codimse::connect(executor(), to, std::move(wanted), options);
  }

  static task sleep(duration how_long) {
    auto const here = co_await asio::this_coro::executor;
    asio::steady_timer timer{here, how_long};
    co_await timer.async_wait(asio::use_awaitable);
  }

 private:
  template <class Server>
  static task then_stop(task client, Server& server) {
    std::exception_ptr failure;
    try {
      co_await std::move(client);
    } catch (...) {
      failure = std::current_exception();
    }
    server.stop(1s);
    if (failure) std::rethrow_exception(failure);
  }

  int running_ = 0;
  std::exception_ptr failure_;
};

/// A received PDU.
struct received {
  std::uint8_t type = 0;
  std::vector<std::byte> body;
};

/// Speaks in PDUs over any socket.
template <class Protocol = asio::ip::tcp>
class raw_peer {
 public:
  explicit raw_peer(asio::any_io_executor executor) : socket_{std::move(executor)} {}

  task connect(std::uint16_t port) {
    asio::ip::tcp::endpoint const at{asio::ip::address_v4::loopback(), port};
    co_await socket_.async_connect(at, asio::use_awaitable);
  }
  typename Protocol::socket& socket() { return socket_; }

  task send(std::vector<std::byte> bytes) {
    co_await asio::async_write(socket_, asio::buffer(bytes), asio::use_awaitable);
  }
  /// Type 0 at the end of the stream.
  asio::awaitable<received> receive() {
    received out;
    std::array<std::byte, pdu::header_size> header{};
    std::error_code failed;
    co_await asio::async_read(socket_, asio::buffer(header),
                              asio::redirect_error(asio::use_awaitable, failed));
    if (failed) co_return out;
    out.type = std::to_integer<std::uint8_t>(header[0]);
    out.body.resize(load_big<std::uint32_t>(header.data() + 2));
    co_await asio::async_read(socket_, asio::buffer(out.body),
                              asio::redirect_error(asio::use_awaitable, failed));
    co_return out;
  }

  static pdu::associate_rq request(std::vector<std::string> const& abstract_syntaxes) {
    pdu::associate_rq rq;
    rq.called = ae_title{"SERVER"}.to_field();
    rq.calling = ae_title{"RAW"}.to_field();
    rq.user.maximum_length = 16384;
    unsigned id = 1;
    for (auto const& one : abstract_syntaxes) {
      pdu::presentation_context_rq context;
      context.id = static_cast<std::uint8_t>(id);
      context.abstract_syntax = uid{one};
      context.transfer_syntaxes = std::vector<uid>(1, uid{"1.2.840.10008.1.2"});
      rq.contexts.push_back(context);
      id += 2;
    }
    return rq;
  }
  asio::awaitable<received> associate(pdu::associate_rq const& rq) {
    co_await send(pdu::encode(rq));
    auto answer = co_await receive();
    co_return answer;
  }
  /// One command set (and one empty or given data set) in a P-DATA-TF each.
  task send_message(std::uint8_t context, std::span<std::byte const> command,
                    std::optional<std::vector<std::byte>> data = {}) {
    co_await send(p_data(context, true, command));
    if (data) co_await send(p_data(context, false, *data));
  }
  static std::vector<std::byte> p_data(std::uint8_t context, bool command,
                                       std::span<std::byte const> bytes) {
    std::vector<std::byte> out(pdu::p_data_overhead);
    pdu::write_p_data_header(out.data(), context, {command, true},
                             static_cast<std::uint32_t>(bytes.size()));
    out.insert(out.end(), bytes.begin(), bytes.end());
    return out;
  }
  /// Status of the next response; nothing if something else comes.
  asio::awaitable<std::optional<std::uint16_t>> status() {
    auto const got = co_await receive();
    if (got.type != 4 || got.body.size() < 6) co_return std::nullopt;
    auto const set = command_set::parse(std::span{got.body}.subspan(6));
    if (!set) co_return std::nullopt;
    co_return set->us(command_element::status);
  }

 private:
  typename Protocol::socket socket_;
};

/// A request command set with any Command Field.
inline std::vector<std::byte> any_command(std::uint16_t field, std::string_view sop_class,
                                          std::uint16_t message_id = 1, bool requested = false,
                                          bool with_data_set = false) {
  byte_writer out;
  command_encoder encoder{out, with_data_set};
  encoder.text(requested ? command_element::requested_sop_class_uid
                         : command_element::affected_sop_class_uid,
               sop_class, '\0');
  encoder.command(field);
  encoder.us(command_element::message_id, {}, message_id);
  encoder.data_set_type();
  encoder.finish();
  return std::move(out).take();
}

inline c_store_rq store_request(std::string_view sop_class = sop::ct_image_storage.uid) {
  c_store_rq rq;
  rq.affected_sop_class_uid = uid{sop_class};
  rq.affected_sop_instance_uid = uid{"1.2.3.4.5"};
  return rq;
}
inline object_info object(std::string_view sop_class = sop::ct_image_storage.uid,
                          std::string_view syntax = "1.2.840.10008.1.2.1") {
  object_info info;
  info.sop_class = uid{sop_class};
  info.sop_instance = uid{"1.2.3.4.5"};
  info.transfer_syntax = uid{syntax};
  return info;
}

}  // namespace harness

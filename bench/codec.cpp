// SPDX-License-Identifier: BSL-1.0
// The protocol without sockets: how long bytes take to become values, and back.
#include "support/samples.hpp"
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/data/head_scanner.hpp>
#include <codimse/dimse/messages.hpp>
#include <codimse/pdu/codec.hpp>
#include <codimse/pdu/framer.hpp>
#include <codimse/server.hpp>
#include <codimse/ul/negotiation.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <variant>
#include <vector>

namespace {

namespace pdu = codimse::pdu;
namespace ul = codimse::ul;

struct store {
  static constexpr auto sop_classes = codimse::sop::all_storage;
  codimse::reply on(codimse::c_store_rq const&, codimse::incoming_data_set& data) {
    co_return co_await data.save(codimse::null_sink{});
  }
};
using host = codimse::detail::host_of<codimse::verification, store>;

/// Contexts asked for by the benchmark's argument.
pdu::associate_rq request_for(benchmark::State const& state) {
  return bench::make_request(static_cast<std::size_t>(state.range(0)));
}
pdu::associate_ac answer_to(pdu::associate_rq const& request) {
  host const services{codimse::verification{}, store{}};
  return std::get<pdu::associate_ac>(ul::negotiate(request, services.policy()));
}

template <class Pdu>
void encode(benchmark::State& state, Pdu const& value) {
  codimse::byte_writer out;
  for (auto _ : state) {
    out.clear();
    auto const failed = pdu::encode_to(out, value);
    benchmark::DoNotOptimize(failed);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}
template <class Pdu>
void decode(benchmark::State& state, Pdu const& value) {
  auto const bytes = pdu::encode(value);
  auto const body = std::span{bytes}.subspan(pdu::header_size);
  for (auto _ : state) benchmark::DoNotOptimize(pdu::decode<Pdu>(body));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

void encode_associate_rq(benchmark::State& state) { encode(state, request_for(state)); }
void decode_associate_rq(benchmark::State& state) { decode(state, request_for(state)); }
void encode_associate_ac(benchmark::State& state) { encode(state, answer_to(request_for(state))); }
void decode_associate_ac(benchmark::State& state) { decode(state, answer_to(request_for(state))); }

void negotiate(benchmark::State& state) {
  auto const request = request_for(state);
  host const services{codimse::verification{}, store{}};
  for (auto _ : state) benchmark::DoNotOptimize(ul::negotiate(request, services.policy()));
}
void agree(benchmark::State& state) {
  auto const request = request_for(state);
  auto const answer = answer_to(request);
  for (auto _ : state) benchmark::DoNotOptimize(ul::agree(request, answer));
}

BENCHMARK(encode_associate_rq)->Arg(1)->Arg(32)->Arg(128);
BENCHMARK(decode_associate_rq)->Arg(1)->Arg(32)->Arg(128);
BENCHMARK(encode_associate_ac)->Arg(1)->Arg(32)->Arg(128);
BENCHMARK(decode_associate_ac)->Arg(1)->Arg(32)->Arg(128);
BENCHMARK(negotiate)->Arg(1)->Arg(32)->Arg(128);
BENCHMARK(agree)->Arg(1)->Arg(32)->Arg(128);

codimse::c_store_rq store_request() {
  codimse::c_store_rq request;
  request.affected_sop_class_uid = bench::make_object().sop_class;
  request.affected_sop_instance_uid = bench::instance;
  request.message_id = 7;
  return request;
}

template <class Rq>
void encode_command_set(benchmark::State& state, Rq const& request) {
  codimse::byte_writer out;
  for (auto _ : state) {
    out.clear();
    codimse::encode_command(out, request, Rq::has_data_set);
    benchmark::DoNotOptimize(out.view().data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}
template <class Rq>
void decode_command_set(benchmark::State& state, Rq const& request) {
  codimse::byte_writer out;
  codimse::encode_command(out, request, Rq::has_data_set);
  for (auto _ : state) {
    auto const parsed = codimse::command_set::parse(out.view());
    benchmark::DoNotOptimize(codimse::decode_command<Rq>(*parsed));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}
BENCHMARK_CAPTURE(encode_command_set, c_echo_rq, codimse::c_echo_rq{});
BENCHMARK_CAPTURE(decode_command_set, c_echo_rq, codimse::c_echo_rq{});
BENCHMARK_CAPTURE(encode_command_set, c_store_rq, store_request());
BENCHMARK_CAPTURE(decode_command_set, c_store_rq, store_request());

// Framing, a receive buffer at a time. Beside it the floor: the same bytes copied once.

constexpr std::size_t stream_size = 16 * 1024 * 1024;
constexpr std::size_t buffer_size = 256 * 1024;

template <class Use>
void in_buffers(benchmark::State& state, std::span<std::byte const> stream, Use use) {
  for (auto _ : state)
    for (auto rest = stream; !rest.empty();) {
      auto const part = rest.first(std::min(buffer_size, rest.size()));
      rest = rest.subspan(part.size());
      use(part);
    }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stream.size()));
}

void framer(benchmark::State& state) {
  auto const length = static_cast<std::uint32_t>(state.range(0));
  auto const stream = bench::make_stream(stream_size, length);
  pdu::framer frames{{}, length};
  in_buffers(state, stream, [&frames](std::span<std::byte const> part) {
    frames.feed(part);
    for (;;) {
      auto const event = frames.next();
      benchmark::DoNotOptimize(event.bytes.data());
      if (event.kind == pdu::framer::kind::need_more) break;
    }
  });
}
void copy_floor(benchmark::State& state) {
  auto const stream = bench::make_stream(stream_size, static_cast<std::uint32_t>(state.range(0)));
  std::vector<std::byte> buffer(buffer_size);
  in_buffers(state, stream, [&buffer](std::span<std::byte const> part) {
    std::memcpy(buffer.data(), part.data(), part.size());
    benchmark::DoNotOptimize(buffer.data());
    benchmark::ClobberMemory();
  });
}
BENCHMARK(framer)->Arg(16 * 1024)->Arg(128 * 1024);
BENCHMARK(copy_floor)->Arg(16 * 1024)->Arg(128 * 1024);

void head_scanner(benchmark::State& state) {
  auto const data_set = bench::make_data_set(4096);
  std::array const wanted{codimse::tags::study_instance_uid};
  for (auto _ : state) {
    codimse::head_scanner scanner{codimse::transfer_syntaxes::explicit_vr_little_endian, wanted,
                                  codimse::tags::study_instance_uid};
    benchmark::DoNotOptimize(scanner.feed(data_set));
  }
}
BENCHMARK(head_scanner);

// From a presentation context to its service (once an association), from a command to its handler
// (each message).

void find_service(benchmark::State& state) {
  host const services{codimse::verification{}, store{}};
  auto const wanted = bench::make_object().sop_class;
  for (auto _ : state) benchmark::DoNotOptimize(services.service_for(wanted));
}
void find_handler(benchmark::State& state) {
  host const services{codimse::verification{}, store{}};
  auto command = static_cast<std::uint16_t>(codimse::command_field::c_store_rq);
  for (auto _ : state) {
    benchmark::DoNotOptimize(command);
    benchmark::DoNotOptimize(services.handles(1, command));
  }
}
BENCHMARK(find_service);
BENCHMARK(find_handler);

}  // namespace

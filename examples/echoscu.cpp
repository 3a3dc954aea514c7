// SPDX-License-Identifier: BSL-1.0
// echoscu: asks a DICOM peer whether it is alive (C-ECHO, PS3.4 Annex A).
#include "support/program.hpp"
#include <codimse/client.hpp>

namespace {

asio::awaitable<int> echo_all(program::command_line& line, std::uint32_t repeat) {
  auto const executor = co_await asio::this_coro::executor;
  auto const options = line.association_options();
  auto association =
      co_await codimse::connect(executor, line.peer(), codimse::sop::verification, options);
  int exit_code = program::success;
  for (std::uint32_t i = 0; i < repeat; ++i) {
    auto const status = co_await codimse::echo(association);
    if (status.is_success()) continue;
    line.complain("the peer answered with status " + program::shown(status));
    exit_code = program::failure;
  }
  co_await association.release();
  co_return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  program::command_line line{"echoscu", "Asks a DICOM peer whether it is alive (C-ECHO)."};
  std::uint32_t repeat = 1;
  line.number<std::uint32_t>("--repeat", repeat, 1, 1000000000, "N", "C-ECHO so many times");
  line.add_association_options();
  line.add_peer();
  if (!line.parse(argc, argv)) return line.exit_code;

  asio::io_context context{1};
  return program::run_client(line, context, echo_all(line, repeat));
}

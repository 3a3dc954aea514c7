// SPDX-License-Identifier: BSL-1.0
// mppsscp: keeps what modalities tell about the procedure steps that they perform (MPPS as SCP,
// PS3.4 Annex F), in memory, and prints each change.
#include "support/match_text.hpp"
#include "support/program.hpp"
#include <codimse/server.hpp>
#include <codimse/service/procedure_step.hpp>

#include <iostream>
#include <stdexcept>

namespace {

/// In memory, and a block of lines for each change.
class printed_steps : public codimse::memory_procedure_steps {
 public:
  void create(codimse::uid const& instance, codimse::data_set const& step) {
    memory_procedure_steps::create(instance, step);
    print("created", instance, step);
  }
  void update(codimse::uid const& instance, codimse::data_set const& step) {
    memory_procedure_steps::update(instance, step);
    print("updated", instance, step);
  }

 private:
  static void print(std::string_view what, codimse::uid const& instance,
                    codimse::data_set const& step) {
    auto const state = step.get<std::string>(codimse::tags::performed_procedure_step_status);
    std::cout << what << ' ' << codimse::printable(instance.view()) << ": "
              << codimse::printable(state) << '\n'
              << program::match_text::of(step) << std::endl;
  }
};

void serve(program::command_line& line, codimse::procedure_step_options const& rules) {
  asio::io_context context{1};
  codimse::server_options options;
  options.association = line.association_options();
  options.ae_title = line.ae_title;
  options.port = line.port;
  // Steps of thousands of images take less, and each association may fill one, half or whole.
  options.association.limits.attributes_length = 1024 * 1024;
  codimse::server server{context.get_executor(), options, codimse::verification{},
                         codimse::procedure_step_scp{printed_steps{}, rules}};
  std::cout << "listening on port " << server.port() << std::endl;
  asio::signal_set signals{context, SIGINT, SIGTERM};
  signals.async_wait([&server](std::error_code failed, int) {
    if (!failed) server.stop(std::chrono::seconds{2});
  });
  asio::co_spawn(context, server.run(), [&signals](std::exception_ptr failed) {
    signals.cancel();
    if (failed != nullptr) std::rethrow_exception(failed);
  });
  context.run();
  if (!std::cout) throw std::runtime_error{"cannot write to standard output"};
}

}  // namespace

int main(int argc, char** argv) {
  program::command_line line{
      "mppsscp", "Keeps and prints the procedure steps that modalities perform (MPPS)."};
  bool lenient = false;
  line.app.add_flag("--lenient", lenient, "Take steps without the attributes that they must have");
  line.add_association_options();
  line.add_port("Port to listen on; 0: a free one");
  if (!line.parse(argc, argv)) return line.exit_code;

  std::signal(SIGPIPE, SIG_IGN);  // who reads our output may go away
  try {
    serve(line, {.require_attributes = !lenient});
    return program::success;
  } catch (std::exception const& e) {
    line.complain(e.what());
    return program::failure;
  }
}

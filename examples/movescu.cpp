// SPDX-License-Identifier: BSL-1.0
// movescu: has a peer send objects to another one (C-MOVE as SCU, PS3.4 C.4.2).
#include "support/query_client.hpp"
#include "support/query_model.hpp"
#include <codimse/client.hpp>

namespace {

class wishes {
 public:
  program::query_options keys;
  std::string destination;
  bool progress = false;
};

asio::awaitable<int> move_all(program::command_line& line, wishes const& wish,
                              program::interruption& stop) {
  auto const executor = co_await asio::this_coro::executor;
  auto const model = program::move_class(wish.keys.model);
  auto const options = line.association_options();
  auto association = co_await codimse::connect(executor, line.peer(), model, options);
  codimse::ae_title const destination{wish.destination};
  auto identifier = wish.keys.identifier();
  auto moving = co_await codimse::move(association, std::move(identifier), destination, model);
  program::asking const ctrl_c{stop, [&moving] { moving.cancel(); }};
  program::retrieve_progress progress{line, wish.progress};
  for (;;) {
    auto const pending = co_await moving.next();
    if (!pending) break;
    progress.show(pending->sub_operations);
  }
  progress.hide();
  bool const all_well =
      program::tell_end(line, moving.final_response(), codimse::c_move_rq::command, stop.asked);
  co_await association.release();
  co_return all_well ? program::success : program::failure;
}

}  // namespace

int main(int argc, char** argv) {
  program::command_line line{
      "movescu", "Has a DICOM peer send what it has to another one that it knows (C-MOVE)."};
  wishes wish;
  wish.keys.add_to(line, false, true);
  line.text("--destination,--dest", "AE", wish.destination, "AE title of who is to get it")
      ->check(program::command_line::is_ae_title())
      ->required();
  line.app.add_flag("--progress", wish.progress, "Show a bar, if standard error is a terminal");
  line.add_association_options();
  line.add_peer();
  if (!line.parse(argc, argv)) return line.exit_code;

  asio::io_context context{1};
  program::interruption stop;
  return program::run_query_client(line, context, move_all(line, wish, stop), stop);
}

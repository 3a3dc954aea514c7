// SPDX-License-Identifier: BSL-1.0
// findscu: asks a peer what it has, or what is scheduled (C-FIND as SCU, PS3.4 Annexes C and K).
#include "support/match_text.hpp"
#include "support/query_client.hpp"
#include "support/query_model.hpp"
#include <codimse/client.hpp>
#ifdef CODIMSE_EXAMPLE_JSON
#include <codimse/json.hpp>
#endif

namespace {

/// Prints matches as they come: blocks of lines, or one JSON array.
class match_printer {
 public:
  explicit match_printer(bool json) : json_{json} {
    if (json_) std::fputs("[", stdout);
  }
  match_printer(match_printer const&) = delete;
  match_printer& operator=(match_printer const&) = delete;
  /// Also when something went wrong: what was printed stays readable.
  ~match_printer() {
    if (json_) std::fputs(count_ == 0 ? "]\n" : "\n]\n", stdout);
    std::fflush(stdout);
  }

  void print(codimse::data_set const& match) {
    if (json_) print_json(match);
    else std::fputs(((count_ == 0 ? "" : "\n") + program::match_text::of(match)).c_str(), stdout);
    ++count_;
    std::fflush(stdout);
  }
  [[nodiscard]] bool failed() const { return std::ferror(stdout) != 0; }

 private:
#ifdef CODIMSE_EXAMPLE_JSON
  /// In ASCII: what controls terminals is escaped with everything else.
  void print_json(codimse::data_set const& match) const {
    auto const text =
        codimse::to_json(match).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    std::fputs(((count_ == 0 ? "\n" : ",\n") + text).c_str(), stdout);
  }
#else
  void print_json(codimse::data_set const&) const {}
#endif

  bool json_;
  std::size_t count_ = 0;
};

class query {
 public:
  void add_to(program::command_line& line) {
    keys.add_to(line, true, false);
    line.app.add_flag("--only-given", only_given,
                      "Ask for the given keys only, not also for the usual ones");
#ifdef CODIMSE_EXAMPLE_JSON
    line.app.add_flag("--json", json, "Print one JSON array (DICOM JSON model)");
#endif
  }
  [[nodiscard]] codimse::data_set identifier() const {
    auto made = keys.identifier();
    if (!only_given) program::ask_for_usual_keys(made, keys.model);
    return made;
  }

  program::query_options keys;
  bool only_given = false;
  bool json = false;
};

asio::awaitable<int> find_all(program::command_line& line, query const& what,
                              program::interruption& stop) {
  auto const executor = co_await asio::this_coro::executor;
  auto const model = program::find_class(what.keys.model);
  auto const options = line.association_options();
  auto association = co_await codimse::connect(executor, line.peer(), model, options);
  auto identifier = what.identifier();
  auto found = co_await codimse::find(association, std::move(identifier), model);
  program::asking const ctrl_c{stop, [&found] { found.cancel(); }};
  match_printer out{what.json};
  for (;;) {
    auto const match = co_await found.next();
    if (!match) break;
    out.print(*match);
  }
  co_await association.release();
  if (out.failed()) {
    line.complain("cannot write to standard output");
    co_return program::failure;
  }
  if (found.status().is_success()) co_return program::success;
  if (!stop.asked || found.status() != codimse::status::cancel)
    line.complain("the peer answered with " +
                  program::status_text(found.final_response(), codimse::c_find_rq::command));
  co_return program::failure;
}

}  // namespace

int main(int argc, char** argv) {
  program::command_line line{"findscu",
                             "Asks a DICOM peer what it has, or what is scheduled (C-FIND)."};
  query what;
  what.add_to(line);
  line.add_association_options();
  line.add_peer();
  if (!line.parse(argc, argv)) return line.exit_code;

  asio::io_context context{1};
  program::interruption stop;
  return program::run_query_client(line, context, find_all(line, what, stop), stop);
}

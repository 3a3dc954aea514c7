// SPDX-License-Identifier: BSL-1.0
// getscu: fetches objects from a peer over its own association (C-GET as SCU, PS3.4 C.4.3).
#include "support/query_client.hpp"
#include "support/query_model.hpp"
#include "support/retrievable_classes.hpp"
#include <codimse/client.hpp>
#include <codimse/file/part10_sink.hpp>

#include <memory>
#include <set>
#include <span>

namespace {

class wishes {
 public:
  void add_to(program::command_line& line) {
    keys.add_to(line, false, true);
    line.text("--output-directory", "DIR", directory, "Where files go; made if missing");
    uids(line, "--sop-class", sop_classes, 100, "Fetch objects of this SOP Class too");
    uids(line, "--transfer-syntax", transfer_syntaxes, 3,
         "Take this transfer syntax in place of the uncompressed ones (up to 3); compressed "
         "objects are not sent otherwise");
    line.app.add_flag("--lenient-roles", lenient_roles,
                      "Take objects also without the agreed role of a storage SCP");
    line.app.add_flag("--progress", progress, "Show a bar, if standard error is a terminal");
  }

  program::query_options keys;
  std::string directory = ".";
  std::vector<std::string> sop_classes;
  std::vector<std::string> transfer_syntaxes;
  bool lenient_roles = false;
  bool progress = false;

 private:
  static void uids(program::command_line& line, std::string const& name,
                   std::vector<std::string>& values, int most, std::string const& meaning) {
    auto const check = [](std::string& text) {
      return codimse::uid{text}.valid() ? std::string{} : "not a UID";
    };
    line.app.add_option(name, values, meaning)
        ->check(CLI::Validator{check, ""})
        ->type_name("UID")
        ->expected(1, most)
        ->allow_extra_args(false);
  }
};

/// Stores what comes back. The count is shared: what a handler does last, it may do when the caller
/// has gone already.
class receiver {
 public:
  static constexpr auto sop_classes = codimse::sop::all_storage;

  receiver(std::string directory, std::shared_ptr<std::size_t> failed)
      : directory_{std::move(directory)}, failed_{std::move(failed)} {}

  /// What --sop-class named.
  [[nodiscard]] bool accepts(codimse::uid const&) const { return true; }

  codimse::reply on(codimse::c_store_rq const&, codimse::incoming_data_set& data) {
    auto const how = co_await data.save(codimse::part10_sink{directory_});
    if (how.is_failure()) ++*failed_;
    co_return how;
  }

 private:
  std::string directory_;
  std::shared_ptr<std::size_t> failed_;
};

/// The GET class, then what was asked for, then the usual classes as far as there is room.
codimse::proposals proposals_for(wishes const& wish) {
  codimse::proposals wanted{program::get_class(wish.keys.model)};
  std::vector<codimse::uid> const syntaxes(wish.transfer_syntaxes.begin(),
                                           wish.transfer_syntaxes.end());
  std::set<std::string, std::less<>> proposed;
  auto const add = [&](std::string_view sop_class) {
    if (wanted.size() == codimse::ul::max_contexts || !proposed.emplace(sop_class).second) return;
    wanted.add(sop_class, std::span<codimse::uid const>{syntaxes});
    wanted.role(sop_class, false, true);
  };
  for (auto const& one : wish.sop_classes) add(one);
  for (auto const& one : program::retrievable_classes) add(one.uid);
  return wanted;
}

asio::awaitable<int> get_all(program::command_line& line, wishes const& wish,
                             program::interruption& stop) {
  auto const executor = co_await asio::this_coro::executor;
  auto const model = program::get_class(wish.keys.model);
  auto options = line.association_options();
  options.require_role_selection = !wish.lenient_roles;
  auto const failed = std::make_shared<std::size_t>(0);
  auto const here = codimse::perform_here(receiver{wish.directory, failed});
  auto wanted = proposals_for(wish);
  auto association =
      co_await codimse::connect(executor, line.peer(), std::move(wanted), options, here);
  auto identifier = wish.keys.identifier();
  auto fetching = co_await codimse::get(association, std::move(identifier), model);
  program::asking const ctrl_c{stop, [&fetching] { fetching.cancel(); }};
  program::retrieve_progress progress{line, wish.progress};
  for (;;) {
    auto const pending = co_await fetching.next();
    if (!pending) break;
    progress.show(pending->sub_operations);
  }
  progress.hide();
  std::size_t const told = *failed;
  bool const all_well = program::tell_end(line, fetching.final_response(),
                                          codimse::c_get_rq::command, stop.asked, told);
  co_await association.release();
  if (*failed != told) line.complain("more objects could not be stored here");  // ended since
  co_return all_well && *failed == 0 ? program::success : program::failure;
}

}  // namespace

int main(int argc, char** argv) {
  program::command_line line{"getscu", "Fetches what a DICOM peer has, as Part 10 files (C-GET)."};
  wishes wish;
  wish.add_to(line);
  line.add_association_options();
  line.add_peer();
  if (!line.parse(argc, argv)) return line.exit_code;

  try {
    std::filesystem::create_directories(wish.directory);
  } catch (std::exception const& e) {
    line.complain(e.what());
    return program::failure;
  }
  asio::io_context context{1};
  program::interruption stop;
  return program::run_query_client(line, context, get_all(line, wish, stop), stop);
}

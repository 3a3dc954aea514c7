// SPDX-License-Identifier: BSL-1.0
// archive: a small DICOM archive. Keeps what it is sent as Part 10 files with an index beside them
// (C-STORE), answers queries (C-FIND) and gives objects out (C-MOVE, C-GET), confirms that it keeps
// them (storage commitment), and serves a worklist from a folder.
#include "archive/async_index.hpp"
#include "archive/commitment.hpp"
#include "archive/directory_lock.hpp"
#include "archive/options.hpp"
#include "archive/peers.hpp"
#include "archive/query.hpp"
#include "archive/retrieve.hpp"
#include "archive/scan.hpp"
#include "archive/sqlite_index.hpp"
#include "archive/storage.hpp"
#include "archive/worklist_folder.hpp"
#include "support/progress_bar.hpp"
#include "support/run_on_threads.hpp"
#include <codimse/file/storage_folder.hpp>
#include <codimse/server.hpp>
#include <codimse/service/storage_commitment.hpp>
#ifdef CODIMSE_EXAMPLE_DEFLATE
#include <codimse/deflate.hpp>
#endif

#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>

#include <exception>
#include <iostream>
#include <optional>
#include <sys/resource.h>

namespace {

constexpr unsigned file_threads = 2;
constexpr std::chrono::seconds grace{2};

/// A folder of objects with its index.
class archive_files {
 public:
  archive_files(program::command_line const& line, archive::options const& options)
      : line_{line}, directory_{made(options)}, lock_{directory_} {
    auto const removed = codimse::remove_leftovers(directory_);
    if (removed > 0 && line_.verbose)
      line_.remark("removed " + std::to_string(removed) + " unfinished files");
    if (options.reindex || !std::filesystem::exists(index_path())) rebuild();
    if (!options.import.empty()) import(options.import);
  }

  [[nodiscard]] std::filesystem::path const& directory() const { return directory_; }
  [[nodiscard]] std::filesystem::path index_path() const { return directory_ / "index.sqlite"; }

 private:
  static std::filesystem::path made(archive::options const& options) {
    codimse::make_storage_folder(options.directory, options.durability);
    return std::filesystem::canonical(options.directory);
  }

  void rebuild() {
    watch("index", [this](archive::scan_callbacks const& how) {
      return archive::rebuild_index(directory_, index_path(), how);
    });
  }
  void import(std::filesystem::path const& from) {
    archive::sqlite_index index{index_path()};
    watch("import", [&](archive::scan_callbacks const& how) {
      return archive::index_files(from, index, how);
    });
  }

  template <class Scan>
  void watch(std::string const& what, Scan scan) const {
    std::optional<program::progress_bar> bar;
    archive::scan_callbacks how;
    how.progress = [&bar](std::uint64_t done, std::uint64_t all) {
      if (!bar) bar.emplace(true, all);
      bar->show(done);
    };
    how.complain = [&](std::string const& text) {
      if (bar) bar->hide();
      line_.remark(text);
    };
    auto const [added, unchanged, skipped] = scan(how);
    if (bar) bar->hide();
    if (added + skipped > 0 || line_.verbose)
      line_.remark(what + ": " + std::to_string(added) + " objects added, " +
                   std::to_string(unchanged) + " unchanged, " + std::to_string(skipped) +
                   " files skipped");
  }

  program::command_line const& line_;
  std::filesystem::path directory_;
  archive::directory_lock lock_;
};

/// The first signal lets associations finish for a moment, the second aborts them.
template <class Server>
void stop_on(asio::signal_set& signals, Server& server, codimse::duration wait) {
  signals.async_wait([&signals, &server, wait](std::error_code failed, int) {
    if (failed) return;
    server.stop(wait);
    stop_on(signals, server, codimse::duration::zero());
  });
}

/// Serves until it is told to stop; then nothing that was begun is left.
template <class Server>
asio::awaitable<void> serve_all(Server& server, codimse::nursery& reports) {
  co_await server.run();
  reports.cancel();
  co_await reports.join();
}

template <class Server>
void run(asio::io_context& context, Server& server, codimse::nursery& reports,
         archive::options const& options) {
  // Signals and the end of the server are handled one at a time, also with several threads.
  auto const control = asio::make_strand(context);
  asio::signal_set signals{control, SIGINT, SIGTERM};
  std::exception_ptr problem;
  stop_on(signals, server, grace);
  // Said, and flushed, only now: whoever started us may wait for it, and may stop us from then on.
  std::cout << "listening on "
            << (server.port() != 0 ? "port " + std::to_string(server.port())
                                   : codimse::printable(options.bind))
            << std::endl;
  asio::co_spawn(control, serve_all(server, reports), [&](std::exception_ptr failed) {
    problem = failed;
    signals.cancel();
  });
  program::run_on_threads(context, options.threads);
  if (problem != nullptr) std::rethrow_exception(problem);
}

void serve(program::command_line& line, archive::options const& options) {
  archive::peer_list peers;
  for (auto const& one : options.peers) peers.add(one);
  archive_files const files{line, options};

  // In this order: threads end before what they use goes, and the event loop goes last.
  asio::io_context context{static_cast<int>(options.threads)};
  archive::async_index index{std::make_unique<archive::sqlite_index>(files.index_path()),
                             std::make_unique<archive::sqlite_index>(files.index_path())};
  asio::thread_pool pool{file_threads};
  codimse::nursery reports{context.get_executor()};

  auto const own = line.association_options();
  codimse::ae_title const title{line.ae_title};
  archive::store const where{files.directory(), &index, pool.get_executor(), options.durability};
  codimse::commitment_options commitment;
  commitment.association = own;
  commitment.retrieve_ae_title = title;
  commitment.lost = [&line](std::string const& what) { line.remark(what); };
  auto const find_peer = [&peers](codimse::ae_title const& who) { return peers.find(who); };

  auto const with = [&](auto... more) {
    codimse::server server{
        context.get_executor(),
        options.for_server(line),
        codimse::verification{},
        archive::storage_service{where},
        archive::query_service{index, title},
        archive::retrieve_service{index, peers, own},
        codimse::storage_commitment_scp{reports, archive::kept_check{index, pool.get_executor()},
                                        find_peer, commitment},
        std::move(more)...};
    run(context, server, reports, options);
  };
  if (options.worklist.empty()) return with();
  archive::worklist_folder worklist{options.worklist, pool.get_executor(),
                                    [&line](std::string const& what) { line.remark(what); }};
  with(codimse::modality_worklist_scp{std::move(worklist)});
}

/// Many associations and their files need more descriptors than shells allow at first.
void raise_descriptor_limit() {
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return;
  descriptors.rlim_cur = descriptors.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &descriptors));
}

}  // namespace

int main(int argc, char** argv) {
  program::command_line line{"archive",
                             "A small DICOM archive: C-STORE, C-FIND, C-MOVE, C-GET, storage "
                             "commitment, and a worklist from a folder."};
  archive::options options;
  options.add_to(line);
  line.add_association_options();
  if (!line.parse(argc, argv)) return line.exit_code;

  std::signal(SIGPIPE, SIG_IGN);  // who reads our output may go away
#ifdef CODIMSE_EXAMPLE_DEFLATE
  codimse::use_deflate();
#endif
  raise_descriptor_limit();
  try {
    serve(line, options);
    return program::success;
  } catch (std::invalid_argument const& e) {
    line.complain(e.what());
    return program::wrong_usage;
  } catch (std::exception const& e) {
    line.complain(e.what());
    return program::failure;
  }
}

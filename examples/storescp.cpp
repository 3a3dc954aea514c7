// SPDX-License-Identifier: BSL-1.0
// storescp: stores what DICOM peers send as Part 10 files (C-STORE as SCP, PS3.4 Annex B), and
// answers C-ECHO.
#include "support/durability.hpp"
#include "support/program.hpp"
#include "support/run_on_threads.hpp"
#include <codimse/file/part10_sink.hpp>
#include <codimse/file/storage_folder.hpp>
#include <codimse/file/transcoding.hpp>
#include <codimse/server.hpp>
#include <codimse/sop/storage.hpp>
#ifdef CODIMSE_EXAMPLE_DEFLATE
#include <codimse/deflate.hpp>
#endif

#include <asio/bind_executor.hpp>
#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>

#include <atomic>
#include <iostream>
#include <map>
#include <optional>
#include <sys/resource.h>
#include <vector>

namespace {

struct counters {
  std::atomic<std::uint64_t> stored = 0;
  std::atomic<std::uint64_t> failed = 0;
};

/// The Storage service class as SCP. One object serves all associations.
class archive {
 public:
  static constexpr auto sop_classes = codimse::sop::all_storage;

  archive(std::filesystem::path root, codimse::part10_options options, counters& count)
      : root_{std::move(root)}, options_{options}, count_{&count} {}
  archive& discard(bool on) {
    discard_ = on;
    return *this;
  }
  archive& unknown_sop_classes(bool on) {
    unknown_ = on;
    return *this;
  }
  /// Keep uncompressed objects in this uncompressed transfer syntax; nullptr: as they come.
  archive& store_as(codimse::transfer_syntax const* syntax) {
    as_ = syntax;
    return *this;
  }
  archive& files_on(asio::any_io_executor pool) {
    pool_ = std::move(pool);
    return *this;
  }

  /// Any more abstract syntaxes: private ones, and storage ones younger than our registry. Not the
  /// standard's other services: those we know, and cannot do.
  [[nodiscard]] bool accepts(codimse::uid const& abstract_syntax) const {
    auto const uid = abstract_syntax.view();
    bool const of_the_standard = uid.starts_with("1.2.840.10008.");
    return unknown_ && (!of_the_standard || uid.starts_with("1.2.840.10008.5.1.4.1.1."));
  }

  codimse::reply on(codimse::c_store_rq const&, codimse::incoming_data_set& data) {
    codimse::outcome how;
    if (discard_) how = co_await data.save(codimse::null_sink{});
    else if (as_ == nullptr) how = co_await data.save(codimse::part10_sink{root_, options_, pool_});
    else how = co_await data.save(transcoded());
    ++(how.is_failure() ? count_->failed : count_->stored);
    co_return how;
  }

 private:
  using transcoded_file = codimse::transcoding_sink<codimse::part10_sink>;
  [[nodiscard]] transcoded_file transcoded() const {
    return transcoded_file{codimse::part10_sink{root_, options_, pool_}, *as_};
  }

  std::filesystem::path root_;
  codimse::part10_options options_;
  codimse::transfer_syntax const* as_ = nullptr;
  counters* count_;
  std::optional<asio::any_io_executor> pool_;
  bool discard_ = false;
  bool unknown_ = false;
};

struct store_options {
  bool require_called_ae_title = false;
  std::string bind;
  std::string directory = ".";
  bool by_study = false;
  codimse::on_duplicate duplicates = codimse::on_duplicate::overwrite;
  codimse::durability durability = codimse::durability::none;
  codimse::transfer_syntax const* as = nullptr;
  std::size_t max_associations = codimse::server_options{}.max_associations;
  unsigned threads = 1;
  unsigned file_threads = 0;
  bool discard = false;
  bool accept_unknown = false;

  void add_to(program::command_line& line) {
    auto& app = line.app;
    app.add_flag("--require-called-aet", require_called_ae_title,
                 "Reject calls of other AE titles");
    line.text("--bind", "ADDRESS", bind, "Listen on this address, or unix:PATH [all addresses]");
    line.text("--output-directory", "DIR", directory, "Where files go; made if missing");
    app.add_flag("--by-study", by_study, "Store as STUDY/INSTANCE.dcm, not INSTANCE.dcm (UIDs)");
    add_duplicates(app);
    program::add_durability(app, durability);
    add_store_as(app);
    line.number<std::size_t>("--max-associations", max_associations, 1, 1000000, "N",
                             "Reject more than these at once");
    line.number("--threads", threads, 1U, 256U, "N", "Threads that serve associations");
    line.number(
        "--file-threads", file_threads, 0U, 256U, "N",
        "More threads, for large files on slow disks; with --durability file or folder 2 where "
        "this is 0");
    app.add_flag("--discard,--ignore", discard, "Receive and answer success, but store nothing");
    app.add_flag("--accept-unknown-sop-classes,--promiscuous", accept_unknown,
                 "Store objects of private SOP Classes too");
    line.add_port("Port to listen on; 0: a free one (any with unix:PATH)");
  }
  /// Who waits for the disk must not keep the others waiting.
  [[nodiscard]] unsigned threads_for_files() const {
    constexpr unsigned for_waiting = 2;
    bool const waits = durability != codimse::durability::none;
    return waits && file_threads == 0 ? for_waiting : file_threads;
  }

 private:
  void add_duplicates(CLI::App& app) {
    using codimse::on_duplicate;
    std::map<std::string, on_duplicate> const words{{"overwrite", on_duplicate::overwrite},
                                                    {"keep", on_duplicate::keep},
                                                    {"refuse", on_duplicate::refuse}};
    app.add_option("--on-duplicate", duplicates,
                   "When an instance is there: overwrite, keep, refuse [overwrite]")
        ->transform(CLI::CheckedTransformer(words).description(""))
        ->type_name("WORD");
  }
  void add_store_as(CLI::App& app) {
    namespace syntaxes = codimse::transfer_syntaxes;
    auto const choose = [this](std::string const& word) {
      if (word == "implicit") as = &syntaxes::implicit_vr_little_endian;
      else if (word == "explicit") as = &syntaxes::explicit_vr_little_endian;
      else as = &syntaxes::explicit_vr_big_endian;
    };
    app.add_option_function<std::string>("--store-as", choose,
                                         "Keep uncompressed objects as implicit, explicit or big "
                                         "(VR and endianness) [as they come]")
        ->check(
            CLI::IsMember(std::vector<std::string>{"implicit", "explicit", "big"}).description(""))
        ->type_name("WORD");
  }
};

codimse::server_options make_server_options(program::command_line& line,
                                            store_options const& store) {
  codimse::server_options options;
  options.association = line.association_options();
  options.ae_title = line.ae_title;
  options.port = line.port;
  options.bind_address = store.bind;
  options.require_called_ae_title = store.require_called_ae_title;
  options.max_associations = store.max_associations;
  options.several_threads = store.threads > 1;
  return options;
}

/// The first signal lets associations finish for a moment, the second aborts them.
template <class Server>
void stop_on(asio::signal_set& signals, Server& server, codimse::duration grace) {
  signals.async_wait([&signals, &server, grace](std::error_code failed, int) {
    if (failed) return;
    server.stop(grace);
    stop_on(signals, server, codimse::duration::zero());
  });
}

/// A thousand associations and their files need more descriptors than shells allow at first.
void raise_descriptor_limit() {
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return;
  descriptors.rlim_cur = descriptors.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &descriptors));
}

/// Makes it where it is missing, and removes what a run that was killed has left there.
void prepare_folder(program::command_line const& line, store_options const& store) {
  codimse::make_storage_folder(store.directory, store.durability);
  auto const removed = codimse::remove_leftovers(store.directory);
  if (removed > 0 && line.verbose)
    line.remark("removed " + std::to_string(removed) + " unfinished files");
}

void serve(program::command_line& line, store_options const& store) {
  counters count;
  raise_descriptor_limit();
  if (!store.discard) prepare_folder(line, store);
  asio::io_context context{static_cast<int>(store.threads)};
  // Behind the context, so that files are written before what they are written from goes.
  asio::thread_pool file_threads{std::max(store.threads_for_files(), 1U)};
  codimse::part10_options const files{
      store.by_study ? codimse::file_layout::by_study : codimse::file_layout::flat,
      store.duplicates, store.durability};
  archive storage{store.directory, files, count};
  storage.discard(store.discard).unknown_sop_classes(store.accept_unknown).store_as(store.as);
  if (store.threads_for_files() > 0) storage.files_on(file_threads.get_executor());

  codimse::server server{context.get_executor(), make_server_options(line, store),
                         codimse::verification{}, storage};
  // Signals and the end of the server are handled one at a time, also with several threads.
  auto const control = asio::make_strand(context);
  asio::signal_set signals{control, SIGINT, SIGTERM};
  std::exception_ptr problem;
  stop_on(signals, server, std::chrono::seconds{2});
  // Said, and flushed, only now: whoever started us may wait for it, and may stop us from then on.
  std::cout << "listening on "
            << (server.port() != 0 ? "port " + std::to_string(server.port())
                                   : codimse::printable(store.bind))
            << std::endl;
  asio::co_spawn(control, server.run(), [&](std::exception_ptr failed) {
    problem = failed;
    signals.cancel();
  });
  program::run_on_threads(context, store.threads);
  if (problem != nullptr) std::rethrow_exception(problem);
  if (line.verbose)
    line.remark("stopped; " + std::to_string(count.stored) + " objects stored, " +
                std::to_string(count.failed) + " refused or failed");
}

}  // namespace

int main(int argc, char** argv) {
#ifdef CODIMSE_EXAMPLE_DEFLATE
  codimse::use_deflate();  // deflated data sets can be looked into
#endif
  program::command_line line{
      "storescp", "Stores what DICOM peers send as Part 10 files (C-STORE), and answers C-ECHO."};
  store_options store;
  store.add_to(line);
  line.add_association_options();
  if (!line.parse(argc, argv)) return line.exit_code;

  std::signal(SIGPIPE, SIG_IGN);  // who reads our output may go away
  try {
    serve(line, store);
    return program::success;
  } catch (std::exception const& e) {
    line.complain(e.what());
    return program::failure;
  }
}

// SPDX-License-Identifier: BSL-1.0
#pragma once

// What the command line programs share: their common options, their exit codes, and how a client
// runs. Not part of the library.
#include "support/peer_profiles.hpp"
#include "support/terminal.hpp"
#include "support/verbose.hpp"
#include <codimse/assoc/options.hpp>
#include <codimse/core/error.hpp>
#include <codimse/version.hpp>

#include <CLI/CLI.hpp>
#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace program {

// Exit codes.
inline constexpr int success = 0;
inline constexpr int failure = 1;
inline constexpr int wrong_usage = 2;
inline constexpr int interrupted = 130;  // what shells say of a program that Ctrl-C ended

/// The options that every program has, and how they are read.
class command_line {
 public:
  command_line(std::string const& name, std::string const& what_it_does)
      : app{what_it_does, name}, ae_title{name} {
    std::ranges::transform(ae_title, ae_title.begin(),
                           [](unsigned char c) { return std::toupper(c); });
    app.set_help_flag("-h,--help", "Print this and exit");
    app.set_version_flag("--version",
                         name + " (codimse " + std::string{codimse::version_string} + ")");
    app.get_formatter()->column_width(45);
    app.failure_message([](CLI::App const* of, CLI::Error const& e) {
      return of->get_name() + ": error: " + codimse::printable(e.what()) + " (--help explains)\n";
    });
    app.footer("Exit code: 0 everything succeeded, 1 something failed, 2 wrong usage.");
    text("--aet,--aetitle", "AE", ae_title, "Own AE title")->check(is_ae_title());
  }

  CLI::Option* text(std::string const& names, std::string const& kind, std::string& value,
                    std::string const& meaning) {
    auto* const option = app.add_option(names, value, meaning)->type_name(kind);
    return value.empty() ? option : option->capture_default_str();
  }
  template <class Number>
  CLI::Option* number(std::string const& names, Number& value, Number least, Number most,
                      std::string const& unit, std::string const& meaning) {
    return app.add_option(names, value, meaning)
        ->check(CLI::Range(least, most).description(""))
        ->type_name(unit)
        ->capture_default_str();
  }

  /// What the called program is, for those that call one.
  void add_peer() {
    text("--aec,--call", "AE", called_ae_title, "AE title of the peer")->check(is_ae_title());
    text("HOST", "", host, "Name or address of the peer, or unix:PATH")->required();
    add_port("Port of the peer (any with unix:PATH)");
    app.footer(
        "Exit code: 0 everything succeeded, 1 something failed, 2 wrong usage, 130 interrupted.");
  }
  void add_port(std::string const& meaning) {
    app.add_option("PORT", port, meaning)
        ->check(CLI::Range(0, 65535).description(""))
        ->type_name("")
        ->required();
  }
  void add_association_options() {
    number<std::uint32_t>("--max-pdu", max_pdu, 4096, 1048576, "BYTES", "Longest PDU to receive");
    seconds("--connect-timeout,--timeout", connect, "For a connection to be made");
    seconds("--acse-timeout", acse, "For an association to be agreed on or released");
    seconds("--dimse-timeout", dimse, "For the response to a request");
    seconds("--write-timeout", write, "For the peer to take some of what is sent");
    seconds("--idle-timeout", idle, "For an association without any operation");
    profiles_.add_to(app);
    app.add_flag("-v,--verbose", verbose, "Say what goes on, on standard error");
  }

  /// Parses; yields true when the program is to go on, else `exit_code` is set.
  [[nodiscard]] bool parse(int argc, char** argv) {
    try {
      app.parse(argc, argv);
      check_peer();
      return true;
    } catch (CLI::ParseError const& e) {
      exit_code = app.exit(e) == 0 ? success : wrong_usage;  // 0: --help and --version
      return false;
    }
  }

  [[nodiscard]] codimse::peer peer() const { return {host, port, called_ae_title}; }
  [[nodiscard]] codimse::association_options association_options() {
    codimse::association_options options;
    options.ae_title = ae_title;
    options.max_pdu_length = max_pdu;
    options.timeouts.connect = duration_of(connect);
    options.timeouts.acse = duration_of(acse);
    options.timeouts.dimse = duration_of(dimse);
    options.timeouts.write = duration_of(write);
    options.timeouts.idle = duration_of(idle);
    profiles_.put_into(options);
    if (verbose) options.observer = &log_;
    return options;
  }

  /// One line on standard error, whatever is in it.
  void complain(std::string const& what) const { say(app.get_name() + ": error: " + what); }
  void remark(std::string const& what) const { say(app.get_name() + ": " + what); }

  static CLI::Validator is_ae_title() {
    auto const check = [](std::string& text) {
      bool const valid = codimse::ae_title{text}.valid();
      return valid ? std::string{} : "not an AE title (1 to 16 printable characters, no backslash)";
    };
    return CLI::Validator{check, ""};
  }

  CLI::App app;
  int exit_code = success;
  bool verbose = false;
  std::string ae_title;
  std::string called_ae_title = "ANY-SCP";
  std::string host;
  std::uint16_t port = 0;
  std::uint32_t max_pdu = codimse::association_options{}.max_pdu_length;

 private:
  void seconds(std::string const& names, double& value, std::string const& meaning) {
    number(names, value, 0.0, 1e6, "SECONDS", meaning)->group("Timeouts (0: no limit)");
  }
  void check_peer() const {
    if (app.get_option_no_throw("HOST") == nullptr) return;
    auto const text = peer().host;
    if (text.empty() || !text.fits()) throw CLI::ValidationError("HOST", "1 to 255 characters");
    if (port == 0 && !host.starts_with("unix:"))
      throw CLI::ValidationError("PORT", "must not be 0");
  }
  static codimse::duration duration_of(double seconds) {
    return std::chrono::duration_cast<codimse::duration>(std::chrono::duration<double>{seconds});
  }

  double connect = default_seconds(codimse::timeouts{}.connect);
  double acse = default_seconds(codimse::timeouts{}.acse);
  double dimse = default_seconds(codimse::timeouts{}.dimse);
  double write = default_seconds(codimse::timeouts{}.write);
  double idle = default_seconds(codimse::timeouts{}.idle);
  static double default_seconds(codimse::duration time) {
    return std::chrono::duration<double>{time}.count();
  }
  peer_profiles profiles_;
  verbose_observer log_;
};

/// Runs a client to its end and yields its exit code. Ctrl-C and SIGTERM cancel it, which aborts
/// what it has under way; a second one ends the program the hard way.
inline int run_client(command_line const& line, asio::io_context& context,
                      asio::awaitable<int> client) {
  bool done = false;
  bool stopped = false;
  int exit_code = failure;
  asio::cancellation_signal cancel;
  asio::signal_set signals{context, SIGINT, SIGTERM};
  signals.async_wait([&](std::error_code failed, int) {
    if (failed) return;
    stopped = true;
    signals.clear();
    cancel.emit(asio::cancellation_type::terminal);
  });
  auto const finish = [&](std::exception_ptr problem, int code) {
    done = true;
    exit_code = code;
    signals.cancel();
    if (problem == nullptr || stopped) return;
    exit_code = failure;
    try {
      std::rethrow_exception(problem);
    } catch (std::exception const& e) {
      line.complain(e.what());
    }
  };
  asio::co_spawn(context, std::move(client), asio::bind_cancellation_slot(cancel.slot(), finish));
  while (!done && context.run_one() != 0) {
  }
  context.run_for(std::chrono::seconds{1});  // an A-ABORT on its way out
  if (!stopped) return exit_code;
  line.complain("interrupted");
  return interrupted;
}

}  // namespace program

// SPDX-License-Identifier: BSL-1.0
// A private SOP Class and a service of our own, with nothing changed in the library: devices send
// readings as small data sets by C-STORE, and only devices that we know may do so.
#include <codimse/assoc/errors.hpp>
#include <codimse/core/printable.hpp>
#include <codimse/core/transfer_syntaxes.hpp>
#include <codimse/server.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <system_error>

namespace {

/// A SOP Class is a constant: its UID, its name, and the operations that its SCP must perform. An
/// `on` that is missing for one of them does not compile.
inline constexpr codimse::sop_class device_reading_storage{
    "2.25.136949434240896388036188522794538439104", "Device Reading Storage (private)",
    codimse::dimse_operation::c_store};

class reading_service {
 public:
  static constexpr auto sop_classes = device_reading_storage;
  /// What we take; the default for C-STORE is every registered one.
  static constexpr std::array transfer_syntaxes{
      codimse::transfer_syntaxes::explicit_vr_little_endian};
  /// Memory of our own for each association: made with it, gone with it.
  struct association_state {
    std::uint64_t readings = 0;
    std::uint64_t bytes = 0;
  };

  /// Asked about each association before it is accepted.
  codimse::decision on(codimse::pdu::associate_rq const& request) {
    bool const known = request.calling_ae_title().view().starts_with("DEVICE");
    if (known) return codimse::decision::accept();
    // Rejected for good, by the service user: calling AE title not recognized (PS3.8 9.3.4).
    return codimse::pdu::associate_rj{1, 1, 3};
  }

  codimse::reply on(codimse::c_store_rq const& request, codimse::incoming_data_set& data,
                    codimse::association_info const& association, association_state& state) {
    // For small objects only, this: the whole data set in memory.
    auto const reading = co_await data.read_all();
    if (reading.size() > longest) co_return too_long();
    ++state.readings;
    state.bytes += reading.size();
    // Printable: an AE title is whatever the peer sent, and must not control our terminal.
    std::cout << codimse::printable(association.calling_ae_title().view()) << " at "
              << association.peer_address() << ": reading " << state.readings << ", " << state.bytes
              << " bytes so far"
              << (request.affected_sop_instance_uid.valid() ? "" : ", without a valid UID")
              << std::endl;
    co_return codimse::status::success;
  }

  /// Told when an association has ended, and how.
  void on(codimse::association_ended const& how) {
    std::cout << codimse::printable(how.association.calling_ae_title().view()) << " has left, "
              << (how.error ? how.explanation : "released") << std::endl;
  }

 private:
  static constexpr std::size_t longest = 1024 * 1024;
  static codimse::outcome too_long() {
    return {codimse::status::out_of_resources, "a reading has at most 1 MiB"};
  }
};

/// An observer is one more element of the pack: any type with one of these functions.
struct alarm_bell {
  void observe(codimse::protocol_violation const& event) {
    std::cerr << event.peer_address << " broke the protocol: " << event.explanation << '\n';
  }
  void observe(codimse::association_refused const& event) {
    std::cerr << event.peer_address << " was refused: " << codimse::describe(event.answer) << '\n';
  }
};

}  // namespace

int main(int argc, char** argv) {
  int const port = argc == 2 ? std::atoi(argv[1]) : -1;
  if (port < 0 || port > 65535) return std::cerr << "usage: custom_scp PORT\n", 2;
  try {
    asio::io_context context;
    codimse::server server{context.get_executor(),
                           {.ae_title = "READINGS", .port = static_cast<std::uint16_t>(port)},
                           codimse::verification{},
                           reading_service{},
                           alarm_bell{}};
    asio::signal_set signals{context, SIGINT, SIGTERM};
    signals.async_wait([&server](std::error_code failed, int) {
      if (!failed) server.stop(std::chrono::seconds{2});
    });
    std::cout << "listening on port " << server.port() << std::endl;
    asio::co_spawn(context, server.run(), [&signals](std::exception_ptr) { signals.cancel(); });
    context.run();
    return 0;
  } catch (std::exception const& e) {
    std::cerr << "custom_scp: error: " << e.what() << '\n';
    return 1;
  }
}

// SPDX-License-Identifier: BSL-1.0
// The Storage SCP of the README. A test holds the lines between the markers against it.
#include <codimse/file/part10_sink.hpp>
#include <codimse/server.hpp>
#include <codimse/sop/storage.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include <exception>
#include <filesystem>
#include <iostream>

// clang-format off: as short as the README has it
// [readme-scp]
struct archive {
  static constexpr auto sop_classes = codimse::sop::all_storage;
  std::filesystem::path root;
  codimse::reply on(codimse::c_store_rq const&, codimse::incoming_data_set& data) {
    co_return co_await data.save(codimse::part10_sink{root});
  }
};

int main() try {
  asio::io_context context;
  codimse::server server{context.get_executor(), {.ae_title = "ARCHIVE", .port = 11112},
                         codimse::verification{}, archive{"received"}};
  asio::co_spawn(context, server.run(), asio::detached);
  context.run();
} catch (std::exception const& e) {
  std::cerr << "error: " << e.what() << '\n';
  return 1;
}
// [/readme-scp]
// clang-format on

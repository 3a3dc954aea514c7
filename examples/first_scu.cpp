// SPDX-License-Identifier: BSL-1.0
// The Storage SCU of the README: sends one CT image to the SCP of first_scp.cpp. A test holds the
// lines between the markers against the README.
#include <codimse/client.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_future.hpp>

#include <filesystem>
#include <iostream>

// [readme-scu]
asio::awaitable<codimse::status> send(std::filesystem::path file, codimse::peer to) {
  auto const executor = co_await asio::this_coro::executor;
  auto association = co_await codimse::connect(executor, to, codimse::sop::ct_image_storage);
  auto const response = co_await codimse::store(association, codimse::part10_source{file});
  co_await association.release();
  co_return response.status;
}
// [/readme-scu]

int main(int argc, char** argv) {
  if (argc != 2) return std::cerr << "usage: first_scu FILE\n", 2;
  try {
    asio::io_context context;
    codimse::peer const archive{"localhost", 11112, "ARCHIVE"};
    auto status = asio::co_spawn(context, send(argv[1], archive), asio::use_future);
    context.run();
    return status.get().is_success() ? 0 : 1;
  } catch (std::exception const& e) {
    std::cerr << "first_scu: error: " << e.what() << '\n';
    return 1;
  }
}

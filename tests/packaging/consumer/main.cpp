#if __has_include(<codimse/codimse.hpp>)
#include <codimse/codimse.hpp>
#else
#include <codimse/version.hpp>
#endif

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/version.hpp>

#include <exception>
#include <iostream>

#ifndef ASIO_STANDALONE
#error "codimse::codimse must set ASIO_STANDALONE"
#endif

asio::awaitable<int> answer() { co_return 42; }

int main() {
  asio::io_context context;
  int result = 0;
  asio::co_spawn(context, answer(), [&result](std::exception_ptr, int value) { result = value; });
  context.run();
  std::cout << "codimse " << codimse::version_string << ", Asio " << ASIO_VERSION << '\n';
  return result == 42 ? 0 : 1;
}

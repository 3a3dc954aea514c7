// SPDX-License-Identifier: BSL-1.0
// expect: codimse: a request without a data set is request

struct my_source {
  codimse::object_info what;
  codimse::object_info const& info() const { return what; }
  std::uint64_t size() const { return 0; }
#ifndef CORRECTED
  std::size_t read(std::span<std::byte>) { return 0; }
#else
  codimse::read_result read(codimse::pieces) { return {.bytes = 0, .last = true}; }
#endif
};

asio::awaitable<void> use(codimse::association& opened, my_source& data) {
  codimse::c_store_rq const request{};
  co_await opened.request(request, data);
}

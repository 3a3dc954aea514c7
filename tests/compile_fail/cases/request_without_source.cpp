// SPDX-License-Identifier: BSL-1.0
// expect: codimse: a request without a data set is request

asio::awaitable<void> use(codimse::association& opened, codimse::memory_source& data) {
  codimse::c_store_rq const request{};
#ifndef CORRECTED
  static_cast<void>(data);
  co_await opened.request(request);
#else
  co_await opened.request(request, data);
#endif
}

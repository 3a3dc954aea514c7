// SPDX-License-Identifier: BSL-1.0
// expect: codimse: a request without a data set is request

asio::awaitable<void> use(codimse::association& opened,
                          [[maybe_unused]] codimse::data_set const& changes) {
#ifndef CORRECTED
  co_await opened.request(codimse::n_set_rq{});
#else
  co_await opened.request(codimse::n_set_rq{}, changes);
#endif
}

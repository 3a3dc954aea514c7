// SPDX-License-Identifier: BSL-1.0
// expect: C-FIND, C-GET and C-MOVE are start\(rq, identifier\)

asio::awaitable<void> use(codimse::association& opened, codimse::data_set const& identifier) {
#ifndef CORRECTED
  co_await opened.request(codimse::c_find_rq{}, identifier);
#else
  auto const found = co_await opened.start(codimse::c_find_rq{}, identifier);
#endif
}

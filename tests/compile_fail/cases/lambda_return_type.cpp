// SPDX-License-Identifier: BSL-1.0
// expect: codimse: the lambda's signature is not

void use(asio::any_io_executor executor) {
  codimse::server server{executor,
                         {.port = 0},
                         codimse::on<codimse::c_echo_rq, codimse::sop::verification>(
#ifndef CORRECTED
                             [](codimse::c_echo_rq const&) { return codimse::status::success; }
#else
                             [](codimse::c_echo_rq const&) -> codimse::reply {
                               co_return codimse::status::success;
                             }
#endif
                             )};
}

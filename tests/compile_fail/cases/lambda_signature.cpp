// SPDX-License-Identifier: BSL-1.0
// expect: codimse: the lambda's signature is not

void use(asio::any_io_executor executor) {
  codimse::server server{executor,
                         {.port = 0},
#ifndef CORRECTED
                         codimse::on<codimse::c_store_rq, codimse::sop::all_storage>(
                             [](codimse::c_store_rq const&) -> codimse::reply {
                               co_return codimse::status::success;
                             })};
#else
                         codimse::on<codimse::c_store_rq, codimse::sop::all_storage>(
                             [](codimse::c_store_rq const&, codimse::incoming_data_set&)
                                 -> codimse::reply { co_return codimse::status::success; })};
#endif
}

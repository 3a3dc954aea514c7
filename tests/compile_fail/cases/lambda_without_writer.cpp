// SPDX-License-Identifier: BSL-1.0
// expect: codimse: the lambda's signature is not

inline constexpr codimse::sop_class thing{"2.25.1", "Thing", codimse::dimse_operation::c_find};

void use(asio::any_io_executor executor) {
  codimse::server server {
    executor, {.port = 0},
        codimse::on<codimse::c_find_rq, thing>(
#ifndef CORRECTED
            [](codimse::c_find_rq const&, codimse::data_set const&) -> codimse::reply {
#else
            [](codimse::c_find_rq const&, codimse::data_set const&,
               codimse::c_find_responses&) -> codimse::reply {
#endif
              co_return codimse::status::success;
            })
  };
}

// SPDX-License-Identifier: BSL-1.0
// expect: codimse: the service has an on\(\) for a DIMSE request, but its signature is not

inline constexpr codimse::sop_class thing{"2.25.1", "Thing", codimse::dimse_operation::c_find};

struct my_service {
  static constexpr auto sop_classes = thing;
#ifndef CORRECTED
  codimse::reply on(codimse::c_find_rq const&, codimse::data_set const&){
#else
  codimse::reply on(codimse::c_find_rq const&, codimse::data_set const&,
                    codimse::c_find_responses&) {
#endif
      co_return codimse::status::success;
}
}
;

void use(asio::any_io_executor executor) {
  codimse::server server{executor, {.port = 0}, my_service{}};
}

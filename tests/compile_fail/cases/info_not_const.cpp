// SPDX-License-Identifier: BSL-1.0
// expect: codimse: the service has an on\(\) for a DIMSE request, but its signature is not

struct my_service {
  static constexpr auto sop_classes = codimse::sop::verification;
#ifndef CORRECTED
  codimse::reply on(codimse::c_echo_rq const&, codimse::association_info&) {
    co_return codimse::status::success;
  }
#else
  codimse::reply on(codimse::c_echo_rq const&, codimse::association_info const&) {
    co_return codimse::status::success;
  }
#endif
};

void use(asio::any_io_executor executor) {
  codimse::server server{executor, {.port = 0}, my_service{}};
}

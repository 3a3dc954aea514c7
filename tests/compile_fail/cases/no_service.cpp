// SPDX-License-Identifier: BSL-1.0
// expect: codimse: this is no service: it has no 'static constexpr auto sop_classes'

struct my_service {
#ifdef CORRECTED
  static constexpr auto sop_classes = codimse::sop::verification;
#endif
  codimse::reply on(codimse::c_echo_rq const&) { co_return codimse::status::success; }
};

void use(asio::any_io_executor executor) {
  codimse::server server{executor, {.port = 0}, my_service{}};
}

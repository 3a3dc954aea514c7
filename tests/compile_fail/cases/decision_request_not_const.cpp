// SPDX-License-Identifier: BSL-1.0
// expect: codimse: the service has an on\(\) for an event of the association

struct picky {
  static constexpr auto sop_classes = codimse::sop::verification;
  codimse::reply on(codimse::c_echo_rq const&) { co_return codimse::status::success; }
#ifndef CORRECTED
  codimse::decision on(codimse::pdu::associate_rq&) { return {}; }
#else
  codimse::decision on(codimse::pdu::associate_rq const&) { return {}; }
#endif
};

void use(asio::any_io_executor executor) { codimse::server server{executor, {.port = 0}, picky{}}; }

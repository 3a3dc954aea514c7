// SPDX-License-Identifier: BSL-1.0
// expect: codimse: the service offers a SOP Class but has no on\(\)

struct my_service {
  static constexpr auto sop_classes = codimse::sop::ct_image_storage;
#ifndef CORRECTED
  codimse::reply on(codimse::c_echo_rq const&) { co_return codimse::status::success; }
#else
  codimse::reply on(codimse::c_store_rq const&, codimse::incoming_data_set&) {
    co_return codimse::status::success;
  }
#endif
};

void use(asio::any_io_executor executor) {
  codimse::server server{executor, {.port = 0}, my_service{}};
}

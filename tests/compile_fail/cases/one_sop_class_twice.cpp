// SPDX-License-Identifier: BSL-1.0
// expect: codimse: two services of this server claim one SOP Class

struct archive {
  static constexpr auto sop_classes = codimse::sop::all_storage;
  codimse::reply on(codimse::c_store_rq const&, codimse::incoming_data_set&) {
    co_return codimse::status::success;
  }
};
struct ct_only {
#ifndef CORRECTED
  static constexpr auto sop_classes = codimse::sop::ct_image_storage;
#else
  static constexpr codimse::sop_class sop_classes{"2.25.1", "Mine",
                                                  codimse::dimse_operation::c_store};
#endif
  codimse::reply on(codimse::c_store_rq const&, codimse::incoming_data_set&) {
    co_return codimse::status::success;
  }
};

void use(asio::any_io_executor executor) {
  codimse::server server{executor, {.port = 0}, archive{}, codimse::verification{}, ct_only{}};
}

// SPDX-License-Identifier: BSL-1.0
// expect: codimse: this is no sink

struct my_sink {
  codimse::outcome open(codimse::object_info const&) { return {}; }
  codimse::outcome write(codimse::fragments) { return {}; }
#ifdef CORRECTED
  codimse::outcome commit() { return {}; }
#endif
  void discard() noexcept {}
};

codimse::reply use(codimse::incoming_data_set& data) {
  auto const how = co_await data.save(my_sink{});
  co_return how;
}

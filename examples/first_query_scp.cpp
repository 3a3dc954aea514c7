// SPDX-License-Identifier: BSL-1.0
// The query SCP of docs/first-query-scp.md: answers C-FIND from studies that it holds in memory. A
// test holds the lines between the markers against that page.
#include <codimse/data/matching.hpp>
#include <codimse/server.hpp>
#include <codimse/sop/query_retrieve.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include <exception>
#include <iostream>
#include <vector>

// clang-format off: as short as the page has it
// [first-query-scp]
struct studies {
  static constexpr auto sop_classes = codimse::sop::study_root_find;
  std::vector<codimse::data_set> all;
  codimse::reply on(codimse::c_find_rq const&, codimse::data_set const& identifier,
                    codimse::c_find_responses& out) {
    for (auto const& study : all) {
      if (out.cancelled()) break;
      if (!codimse::matches(identifier, study)) continue;
      co_await out.pending(codimse::select_requested(identifier, study));
    }
    co_return codimse::status::success;
  }
};

codimse::data_set study(char const* uid, char const* name, char const* id, char const* date) {
  codimse::data_set made;
  made.set(codimse::tags::study_instance_uid, uid).set(codimse::tags::patient_name, name)
      .set(codimse::tags::patient_id, id).set(codimse::tags::study_date, date);
  return made;
}

int main() try {
  asio::io_context context;
  studies held{{study("1.2.3.1", "Doe^John", "4711", "20240229"),
                study("1.2.3.2", "Doe^Jane", "4712", "20240301")}};
  codimse::server server{context.get_executor(), {.ae_title = "STUDIES", .port = 11112},
                         codimse::verification{}, held};
  asio::co_spawn(context, server.run(), asio::detached);
  context.run();
} catch (std::exception const& e) {
  std::cerr << "error: " << e.what() << '\n';
  return 1;
}
// [/first-query-scp]
// clang-format on

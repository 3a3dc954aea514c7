// SPDX-License-Identifier: BSL-1.0
// Services made of parts: every DIMSE-N request through one handler, and the Storage SCP.
#include "service/harness.hpp"
#include <codimse/service/n_service.hpp>
#include <codimse/service/storage.hpp>
#include <codimse/sop/print.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace harness;
namespace fs = std::filesystem;

constexpr auto meta_class = sop::basic_grayscale_print_management_meta;

/// A printer that answers everything, and remembers what it was asked.
struct printer {
  std::vector<std::string>* seen;

  reply operator()(n_request const& rq, n_responses& out) const {
    std::string line{command_name(static_cast<std::uint16_t>(rq.command))};
    line += ' ' + rq.sop_instance.str();
    if (rq.action_type_id) line += " action " + std::to_string(*rq.action_type_id);
    if (rq.event_type_id) line += " event " + std::to_string(*rq.event_type_id);
    line += " wants " + std::to_string(rq.attribute_identifier_list.size());
    line += " has " + std::to_string(rq.attributes.size());
    seen->push_back(line);
    if (rq.command == command_field::n_create_rq) out.affected_sop_instance(uid{"2.25.9"});
    data_set back;
    back.set(tags::printer_status, "NORMAL");
    out.data_set(std::move(back));
    co_return rq.sop_class == uid{"1.2"} ? status::no_such_sop_class : status::success;
  }
};

task ask_all(loop& lo, std::uint16_t port) {
  auto assoc = co_await lo.connect(port, meta_class);
  call_options const over_meta{.context = meta_class.uid};
  uid const film{sop::basic_film_session.uid};
  data_set attributes;
  attributes.set(tags::number_of_copies, "1");
  n_create_rq const create{.affected_sop_class_uid = film};
  auto const created = co_await assoc.request(create, attributes, over_meta);
  EXPECT_EQ(created.affected_sop_instance_uid, uid{"2.25.9"});
  EXPECT_EQ(created.attributes().text(tags::printer_status), "NORMAL");
  n_set_rq const set{.requested_sop_class_uid = film, .requested_sop_instance_uid = "2.25.9"};
  auto const changed = co_await assoc.request(set, attributes, over_meta);
  EXPECT_EQ(changed.status, status::success);
  n_get_rq const get{film, "2.25.9", {tags::printer_status, tags::printer_name}};
  auto const got = co_await assoc.request(get, over_meta);
  EXPECT_EQ(got.affected_sop_instance_uid, uid{"2.25.9"});
  n_action_rq const act{
      .requested_sop_class_uid = film, .requested_sop_instance_uid = "2.25.9", .action_type_id = 1};
  auto const acted = co_await assoc.request(act, over_meta);
  EXPECT_EQ(acted.action_type_id, 1);
  n_delete_rq const other{.requested_sop_class_uid = "1.2", .requested_sop_instance_uid = "2.25.9"};
  auto const gone = co_await assoc.request(other, over_meta);
  EXPECT_EQ(gone.status, status::no_such_sop_class);
  co_await assoc.release();
}

TEST(n_service, every_request_reaches_the_handler) {
  loop l;
  std::vector<std::string> seen;
  server s{l.executor(), local_options(), n_service<meta_class, printer>{printer{&seen}}};
  l.play(s, ask_all);
  std::vector<std::string> const expected{
      "N-CREATE-RQ  wants 0 has 1", "N-SET-RQ 2.25.9 wants 0 has 1",
      "N-GET-RQ 2.25.9 wants 2 has 0", "N-ACTION-RQ 2.25.9 action 1 wants 0 has 0",
      "N-DELETE-RQ 2.25.9 wants 0 has 0"};
  EXPECT_EQ(seen, expected);
}

TEST(storage_scp, keeps_part_10_files) {
  std::string folder = (fs::temp_directory_path() / "codimse-test-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  loop l;
  server s{l.executor(), local_options(), storage_scp{folder}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    auto assoc = co_await lo.connect(port, sop::ct_image_storage);
    std::vector<std::byte> const bytes(8);
    memory_source data{object(), bytes};
    auto const response = co_await assoc.request(store_request(), data);
    EXPECT_EQ(response.status, status::success);
    co_await assoc.release();
  });
  EXPECT_TRUE(fs::exists(fs::path{folder} / "1.2.3.4.5.dcm"));
  fs::remove_all(folder);
}

}  // namespace

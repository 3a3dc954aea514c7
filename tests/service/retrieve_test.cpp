// SPDX-License-Identifier: BSL-1.0
// Queries and retrieves over loopback: C-GET between our own, C-MOVE to a second server of ours,
// and handlers that are lambdas.
#include "service/harness.hpp"
#include <codimse/scu/find.hpp>
#include <codimse/scu/retrieve.hpp>
#include <codimse/service/perform_here.hpp>
#include <codimse/service/retrieve.hpp>
#include <codimse/sop/query_retrieve.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace harness;
namespace fs = std::filesystem;

constexpr std::string_view ct = sop::ct_image_storage.uid;
constexpr std::string_view mr = sop::mr_image_storage.uid;
constexpr std::string_view explicit_le = "1.2.840.10008.1.2.1";

/// Bare data sets on disk; what they are is said beside them.
class shelf {
 public:
  shelf() : root_{fs::temp_directory_path() / ("codimse_retrieve_" + std::to_string(::getpid()))} {
    fs::create_directories(root_);
  }
  shelf(shelf const&) = delete;
  shelf& operator=(shelf const&) = delete;
  ~shelf() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  part10_file object(int number, std::string_view sop_class = ct) const {
    part10_file one;
    one.path = root_ / std::to_string(number);
    std::ofstream{one.path, std::ios::binary} << std::string(1000, 'a');
    one.info.sop_class = uid{sop_class};
    one.info.sop_instance = uid{"1.2." + std::to_string(number)};
    one.info.transfer_syntax = uid{explicit_le};
    one.data_set_size = 1000;
    return one;
  }

 private:
  fs::path root_;
};

/// Where sub-operations end.
struct received_object {
  std::string originator;
  std::optional<std::uint16_t> originator_id;
  std::size_t size;
  friend bool operator==(received_object const&, received_object const&) = default;
};
struct arrivals {
  std::map<std::string, received_object> objects;
  std::function<status(std::string const&)> answer = [](std::string const&) {
    return status::success;
  };
};
struct destination {
  static constexpr auto sop_classes = sop::ct_image_storage;
  arrivals* book;
  reply on(c_store_rq const& rq, incoming_data_set& data) {
    auto const all = co_await data.read_all();
    auto const name = rq.affected_sop_instance_uid.str();
    book->objects[name] = {rq.move_originator_ae_title.str(), rq.move_originator_message_id,
                           all.size()};
    co_return book->answer(name);
  }
};

/// Sends what it has, to the AE titles that it knows.
struct archive {
  static constexpr auto sop_classes = sop::study_root_move + sop::study_root_get;
  std::vector<part10_file> files;
  std::map<std::string, std::uint16_t> known;

  reply on(c_move_rq const& rq, data_set const&, c_move_responses& out) {
    auto const at = known.find(rq.move_destination.str());
    if (at == known.end()) co_return statuses::retrieve::move_destination_unknown;
    peer const to{.host = "127.0.0.1", .port = at->second, .called_ae_title = rq.move_destination};
    auto const how = co_await out.send(to, files);
    co_return how;
  }
  reply on(c_get_rq const&, data_set const&, c_get_responses& out) {
    auto const how = co_await out.send(files);
    co_return how;
  }
};

data_set identifier() {
  data_set out;
  out.set(tags::query_retrieve_level, "STUDY");
  return out;
}

using counts = std::vector<int>;
template <class Rsp>
counts counters(Rsp const& rsp) {
  auto const& n = rsp.sub_operations;
  return {n.remaining ? *n.remaining : -1, n.completed.value_or(0), n.failed.value_or(0),
          n.warning.value_or(0)};
}

struct moved {
  std::vector<counts> pending;
  status how;
  counts last;
  std::string failed;
  std::string comment;
};
template <class Sequence>
asio::awaitable<moved> to_the_end(Sequence& from) {
  moved out;
  for (;;) {
    auto const one = co_await from.next();
    if (!one) break;
    out.pending.push_back(counters(*one));
  }
  auto const& last = from.final_response();
  out.how = last.status;
  out.last = counters(last);
  out.comment = last.error_comment.str();
  if (last.has_data_set()) {
    auto const list = last.attributes();
    for (auto const& one : list.template get_all<std::string>(tags::failed_sop_instance_uid_list))
      out.failed += (out.failed.empty() ? "" : " ") + one;
  }
  co_return out;
}

/// Two servers and what a C-MOVE from one to the other came to.
moved move_to(archive source, ae_title title, arrivals& book,
              std::optional<std::uint16_t> other_port = {}) {
  loop l;
  auto elsewhere = local_options();
  elsewhere.ae_title = title;
  server second{l.executor(), elsewhere, destination{&book}};
  source.known["DEST"] = other_port.value_or(second.port());
  server first{l.executor(), local_options(), std::move(source)};
  moved out;
  l.spawn(second.run());
  // hazard-ok: play keeps the closure until its coroutine has ended
  l.play(first, [&out, &second, title](loop& lo, std::uint16_t port) -> task {
    auto assoc = co_await lo.connect(port, sop::study_root_move, client_options("MOVER"));
    auto moving = co_await move(assoc, identifier(), title);
    out = co_await to_the_end(moving);
    co_await assoc.release();
    second.stop(1s);
  });
  return out;
}

TEST(retrieve, move_to_another_server) {
  shelf on_disk;
  arrivals book;
  archive source;
  for (int i = 1; i <= 3; ++i) source.files.push_back(on_disk.object(i));
  auto const how = move_to(source, "DEST", book);
  EXPECT_EQ(how.how, status::success);
  EXPECT_EQ(how.pending, (std::vector<counts>{{2, 1, 0, 0}, {1, 2, 0, 0}}));
  EXPECT_EQ(how.last, (counts{-1, 3, 0, 0}));
  ASSERT_EQ(book.objects.size(), 3U);
  for (auto const& [name, object] : book.objects)
    EXPECT_EQ(object, (received_object{"MOVER", std::uint16_t{1}, 1000})) << name;
}

TEST(retrieve, move_of_nothing) {
  arrivals book;
  auto const how = move_to({}, "DEST", book, std::uint16_t{1});  // nobody need be reached
  EXPECT_EQ(how.how, status::success);
  EXPECT_EQ(how.last, (counts{-1, 0, 0, 0}));
}

TEST(retrieve, move_to_an_unknown_destination) {
  shelf on_disk;
  arrivals book;
  archive source;
  source.files.push_back(on_disk.object(1));
  auto const how = move_to(source, "NOBODY", book);
  EXPECT_EQ(how.how.code, 0xA801);
  EXPECT_EQ(how.last, (counts{-1, 0, 0, 0}));
  EXPECT_TRUE(book.objects.empty());
}

TEST(retrieve, move_to_a_destination_that_cannot_be_reached) {
  shelf on_disk;
  arrivals book;
  archive source;
  for (int i = 1; i <= 2; ++i) source.files.push_back(on_disk.object(i));
  auto const how = move_to(source, "DEST", book, std::uint16_t{1});
  EXPECT_EQ(how.how.code, 0xA702);
  EXPECT_EQ(how.last, (counts{-1, 0, 2, 0}));
  EXPECT_EQ(how.failed, "1.2.1 1.2.2");
  EXPECT_TRUE(how.comment.starts_with("cannot connect")) << how.comment;
}

TEST(retrieve, move_with_failures_and_warnings) {
  shelf on_disk;
  arrivals book;
  book.answer = [](std::string const& name) {
    return name == "1.2.1"   ? status::out_of_resources
           : name == "1.2.2" ? status::coercion_of_data_elements
                             : status::success;
  };
  archive source;
  for (int i = 1; i <= 3; ++i) source.files.push_back(on_disk.object(i));
  source.files.push_back(on_disk.object(4, mr));  // the destination does not take it
  auto const how = move_to(source, "DEST", book);
  EXPECT_EQ(how.how.code, 0xB000);
  EXPECT_EQ(how.pending, (std::vector<counts>{{3, 0, 1, 0}, {2, 0, 1, 1}, {1, 1, 1, 1}}));
  EXPECT_EQ(how.last, (counts{-1, 1, 2, 1}));
  EXPECT_EQ(how.failed, "1.2.1 1.2.4");
}

TEST(retrieve, move_to_a_destination_that_takes_none_of_it) {
  shelf on_disk;
  arrivals book;
  archive source;
  for (int i = 1; i <= 2; ++i) source.files.push_back(on_disk.object(i, mr));
  auto const how = move_to(source, "DEST", book);
  EXPECT_EQ(how.how.code, 0xA702);
  EXPECT_EQ(how.last, (counts{-1, 0, 2, 0}));
  EXPECT_EQ(how.failed, "1.2.1 1.2.2");
}

TEST(retrieve, a_move_that_is_cancelled_on_its_way) {
  shelf on_disk;
  arrivals book;
  archive source;
  for (int i = 1; i <= 500; ++i) source.files.push_back(on_disk.object(i));
  loop l;
  server second{l.executor(), local_options(), destination{&book}};
  source.known["SERVER"] = second.port();
  server first{l.executor(), local_options(), source};
  l.spawn(second.run());
  // hazard-ok: play keeps the closure until its coroutine has ended
  l.play(first, [&](loop& lo, std::uint16_t port) -> task {
    auto assoc = co_await lo.connect(port, sop::study_root_move);
    auto moving = co_await move(assoc, identifier(), "SERVER");
    auto const first_pending = co_await moving.next();
    EXPECT_TRUE(first_pending);
    moving.cancel();
    auto const how = co_await to_the_end(moving);
    EXPECT_EQ(how.how, status::cancel);
    EXPECT_GT(how.last[0], 0);
    EXPECT_EQ(how.last[0] + how.last[1], 500);
    EXPECT_EQ(book.objects.size(), static_cast<std::size_t>(how.last[1]));
    co_await assoc.release();
    second.stop(1s);
  });
}

TEST(retrieve, a_requestor_of_a_move_that_goes_away) {
  shelf on_disk;
  arrivals book;
  archive source;
  for (int i = 1; i <= 500; ++i) source.files.push_back(on_disk.object(i));
  loop l;
  server second{l.executor(), local_options(), destination{&book}};
  source.known["SERVER"] = second.port();
  server first{l.executor(), local_options(), source};
  l.spawn(second.run());
  // hazard-ok: play keeps the closure until its coroutine has ended
  l.play(first, [&](loop& lo, std::uint16_t port) -> task {
    auto assoc = co_await lo.connect(port, sop::study_root_move);
    auto moving = co_await move(assoc, identifier(), "SERVER");
    auto const first_pending = co_await moving.next();
    EXPECT_TRUE(first_pending);
    assoc.abort();
    co_await loop::sleep(300ms);
    second.stop(1s);
  });
  EXPECT_LT(book.objects.size(), 500U);
}

TEST(retrieve, get_into_a_storage_service_of_the_requestor) {
  shelf on_disk;
  arrivals book;
  book.answer = [](std::string const& name) {
    return name == "1.2.2" ? status::elements_discarded : status::success;
  };
  archive source;
  for (int i = 1; i <= 3; ++i) source.files.push_back(on_disk.object(i));
  source.files.push_back(on_disk.object(4, mr));  // not proposed
  loop l;
  server s{l.executor(), local_options(), source};
  // hazard-ok: play keeps the closure until its coroutine has ended
  l.play(s, [&](loop& lo, std::uint16_t port) -> task {
    proposals wanted{sop::study_root_get};
    propose_to_receive(wanted, sop_class_list{sop::ct_image_storage});
    peer const to{.host = "127.0.0.1", .port = port, .called_ae_title = "SERVER"};
    auto here = perform_here(destination{&book});
    auto assoc = co_await connect(lo.executor(), to, wanted, {}, here);
    auto getting = co_await get(assoc, identifier());
    auto const how = co_await to_the_end(getting);
    EXPECT_EQ(how.how.code, 0xB000);
    EXPECT_EQ(how.pending, (std::vector<counts>{{3, 1, 0, 0}, {2, 1, 0, 1}, {1, 2, 0, 1}}));
    EXPECT_EQ(how.last, (counts{-1, 2, 1, 1}));
    EXPECT_EQ(how.failed, "1.2.4");
    co_await assoc.release();
  });
  ASSERT_EQ(book.objects.size(), 3U);
  for (auto const& [name, object] : book.objects)
    EXPECT_EQ(object, (received_object{"", {}, 1000})) << name;
}

inline constexpr sop_class log_class{"2.25.301", "Log", dimse_operation::n_action};
inline constexpr sop_class state_class{"2.25.302", "State", dimse_operation::n_get};

TEST(retrieve, handlers_that_are_lambdas) {
  loop l;
  std::string seen;
  // hazard-ok: the closures live in the server, longer than their coroutines
  auto find_it = [&seen](c_find_rq const&, data_set const& key, c_find_responses& out) -> reply {
    seen += "find " + key.get<std::string>(tags::query_retrieve_level) + ";";
    co_await out.pending(identifier());
    co_return status::success;
  };
  // hazard-ok: the closures live in the server, longer than their coroutines
  auto act = [&seen](n_action_rq const& rq, data_set const& information, n_responses&) -> reply {
    seen += "act " + std::to_string(rq.action_type_id) + (information.empty() ? " empty;" : ";");
    co_return status::success;
  };
  auto read = [](n_get_rq const&, n_responses& out) -> reply {
    out.data_set(identifier());
    co_return status::success;
  };
  server s{l.executor(), local_options(), on<c_find_rq, sop::study_root_find>(find_it),
           on<n_action_rq, log_class>(act), on<n_get_rq, state_class>(read)};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    proposals wanted{sop::study_root_find};
    wanted.add(log_class.uid).add(state_class.uid);
    auto assoc = co_await lo.connect(port, wanted);
    auto found = co_await find(assoc, identifier());
    auto const one = co_await found.next();
    EXPECT_TRUE(one && *one == identifier());
    auto const none = co_await found.next();
    EXPECT_FALSE(none);
    n_action_rq const action{.requested_sop_class_uid = log_class.uid, .action_type_id = 3};
    auto const acted = co_await assoc.request(action);
    EXPECT_EQ(acted.status, status::success);
    n_get_rq get{state_class.uid, "1.2"};
    auto const got = co_await assoc.request(std::move(get));
    EXPECT_TRUE(got.attributes() == identifier());
    co_await assoc.release();
  });
  EXPECT_EQ(seen, "find STUDY;act 3 empty;");
}

// Print: commands name other SOP Classes than the presentation context.
struct meta_printer {
  static constexpr sop_class sop_classes{"2.25.310", "Meta", dimse_operation::n_create};
  static constexpr bool any_sop_class_in_commands = true;
  reply on(n_create_rq const& rq, data_set const&, n_responses& out) {
    out.affected_sop_instance(uid{"2.25.1"});
    co_return rq.affected_sop_class_uid == uid{"2.25.311"} ? status::success
                                                           : status::no_such_sop_class;
  }
};

TEST(retrieve, a_context_that_is_named_beside_the_request) {
  loop l;
  server s{l.executor(), local_options(), meta_printer{}};
  l.play(s, [](loop& lo, std::uint16_t port) -> task {
    auto assoc = co_await lo.connect(port, meta_printer::sop_classes);
    n_create_rq const film{.affected_sop_class_uid = "2.25.311"};
    call_options const over_meta{.context = "2.25.310"};
    auto const made = co_await assoc.request(film, over_meta);
    EXPECT_EQ(made.status, status::success);
    EXPECT_EQ(made.affected_sop_instance_uid, uid{"2.25.1"});
    std::error_code thrown;
    try {
      co_await assoc.request(film);
    } catch (error const& failed) {
      thrown = failed.code();
    }
    EXPECT_EQ(thrown, errc::no_presentation_context);
    co_await assoc.release();
  });
}

}  // namespace

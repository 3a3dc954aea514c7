// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "harness.hpp"
#include <codimse/assoc/association_ref.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/write.hpp>
#include <codimse/service/perform_here.hpp>
#include <codimse/service/retrieve.hpp>
#include <codimse/sop/query_retrieve.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

/// What the tests of queries, retrieves and DIMSE-N share: contexts, messages of a peer, and
/// services whose handlers are given by the test.
namespace assoc_test {

inline constexpr std::string_view find_uid = sop::study_root_find.uid;
inline constexpr std::string_view get_uid = sop::study_root_get.uid;
inline constexpr std::string_view move_uid = sop::study_root_move.uid;
inline constexpr std::string_view thing_uid = "2.25.77";
inline constexpr sop_class things_class{thing_uid, "Things",
                                        dimse_operation::n_get | dimse_operation::n_set |
                                            dimse_operation::n_action | dimse_operation::n_create |
                                            dimse_operation::n_delete};

inline constexpr std::uint8_t find_context = 3;
inline constexpr std::uint8_t get_context = 5;
inline constexpr std::uint8_t store_context = 7;  ///< CT, the requestor is SCP
inline constexpr std::uint8_t thing_context = 9;
inline constexpr std::uint8_t move_context = 11;

inline pdu::associate_rq dimse_request(std::uint8_t thing_scu = 1, std::uint8_t thing_scp = 0) {
  auto rq = request();
  rq.contexts = {{echo_context, verification_uid, {implicit_le}, {}},
                 {find_context, find_uid, {explicit_le}, {}},
                 {get_context, get_uid, {explicit_le}, {}},
                 {store_context, ct_uid, {explicit_le}, {}},
                 {thing_context, thing_uid, {explicit_le}, {}}};
  rq.user.roles = {{ct_uid, 0, 1}};
  if (thing_scp != 0) rq.user.roles.push_back({thing_uid, thing_scu, thing_scp});
  return rq;
}
inline pdu::associate_ac dimse_acceptance() {
  auto ac = acceptance();
  ac.contexts.clear();
  for (std::uint8_t const id :
       {echo_context, find_context, get_context, store_context, thing_context, move_context})
    ac.contexts.push_back({id, 0, uid{explicit_le}, {}});
  ac.user.roles = {{ct_uid, 0, 1}};
  return ac;
}

/// One attribute, encoded by hand (explicit VR little endian).
inline bytes patient_id(std::string value) {
  if (value.size() % 2 != 0) value += ' ';
  bytes out = codimse::testing::text_bytes(std::string_view{"\x10\x00\x20\x00LO", 6});
  out.push_back(static_cast<std::byte>(value.size() & 0xFFU));
  out.push_back(static_cast<std::byte>(value.size() >> 8U));
  return codimse::testing::append(out, codimse::testing::text_bytes(value));
}
inline data_set patient(std::string_view id) {
  data_set out;
  out.set(tags::patient_id, id);
  return out;
}
/// Larger than what any connection of a test holds.
inline data_set large_patient() {
  data_set out;
  out.set(tags::patient_comments, std::string(9000, 'x'));
  for (std::uint16_t i = 0; i < 12; ++i)
    out.set(tag{0x0011, static_cast<std::uint16_t>(0x1000 + i)}, vr::lt, std::string(9000, 'y'));
  return out;
}
inline std::string id_of(data_set const& from) {
  return from.get_or<std::string>(tags::patient_id, "-");
}

template <class Rq>
bytes query_message(std::uint8_t context, std::string_view model, std::uint16_t id,
                    bytes const& identifier, std::size_t fragment = 16384) {
  Rq rq;
  rq.affected_sop_class_uid = uid{model};
  rq.message_id = id;
  return codimse::testing::message_pdus(context, rq, identifier, fragment);
}
inline bytes find_message(std::uint16_t id, bytes const& identifier = patient_id("P")) {
  return query_message<c_find_rq>(find_context, find_uid, id, identifier);
}
inline bytes get_message(std::uint16_t id) {
  return query_message<c_get_rq>(get_context, get_uid, id, patient_id("P"));
}
inline bytes cancel_message(std::uint8_t context, std::uint16_t id) {
  return codimse::testing::message_pdus(context, c_cancel_rq{id});
}
inline bytes find_answer(std::uint16_t id, std::uint16_t code) {
  c_find_rsp rsp;
  rsp.affected_sop_class_uid = uid{find_uid};
  rsp.message_id_being_responded_to = id;
  rsp.status = {code};
  return codimse::testing::message_pdus(find_context, rsp);
}
inline bytes match(std::uint16_t id, bytes const& identifier, std::uint16_t code = 0xFF00,
                   std::size_t fragment = 16384) {
  c_find_rsp rsp;
  rsp.affected_sop_class_uid = uid{find_uid};
  rsp.message_id_being_responded_to = id;
  rsp.status = {code};
  return codimse::testing::message_pdus(find_context, rsp, identifier, fragment);
}
template <class Rsp>
bytes object_answer(std::uint16_t id, std::uint16_t code = 0) {
  Rsp rsp;
  rsp.affected_sop_class_uid = uid{thing_uid};
  rsp.message_id_being_responded_to = id;
  rsp.status = {code};
  return codimse::testing::message_pdus(thing_context, rsp);
}
inline script::message_check data_set_is(bytes wanted) {
  return [wanted = std::move(wanted)](codimse::testing::received_message const& got) {
    return got.has_data && got.data == wanted;
  };
}
inline script::message_check without_data_set() {
  return [](codimse::testing::received_message const& got) { return !got.has_data; };
}

// What C-GET sends.

inline constexpr std::size_t object_size = 40;

inline std::vector<part10_file> files(std::size_t count, std::string_view second_class = ct_uid) {
  static auto const path = [] {
    auto const at = std::filesystem::temp_directory_path() /
                    ("codimse_assoc_cases_" + std::to_string(::getpid()));
    auto const data = some_data(object_size);
    std::ofstream{at, std::ios::binary}.write(reinterpret_cast<char const*>(data.data()),
                                              static_cast<std::streamsize>(data.size()));
    struct remover {
      std::filesystem::path what;
      ~remover() {
        std::error_code ignored;
        std::filesystem::remove(what, ignored);
      }
    };
    static remover const at_exit{at};
    return at;
  }();
  std::vector<part10_file> out;
  for (std::size_t i = 0; i < count; ++i) {
    part10_file one;
    one.path = path;
    one.info.sop_class = uid{i == 1 ? second_class : ct_uid};
    one.info.sop_instance = uid{"1.2." + std::to_string(i + 1)};
    one.info.transfer_syntax = uid{explicit_le};
    one.data_set_size = object_size;
    out.push_back(one);
  }
  return out;
}

// Services.

using find_handler = reply (*)(ledger&, data_set const&, c_find_responses&);
using get_handler = reply (*)(ledger&, c_get_responses&);

struct queries {
  static constexpr auto sop_classes = sop::study_root_find;
  std::shared_ptr<ledger> book;
  find_handler how;
  reply on(c_find_rq const&, data_set const& identifier, c_find_responses& out) {
    return how(*book, identifier, out);
  }
};
struct retrievals {
  static constexpr auto sop_classes = sop::study_root_get;
  std::shared_ptr<ledger> book;
  get_handler how;
  reply on(c_get_rq const&, data_set const&, c_get_responses& out) { return how(*book, out); }
};

/// Actions that invoke an event report before, or after, they are answered.
inline constexpr std::uint16_t report_first = 5;
inline constexpr std::uint16_t report_afterwards = 6;

inline asio::awaitable<void> report_event(association_ref to, std::shared_ptr<ledger> book,
                                          duration later) {
  if (later > duration{}) co_await book->loop.clock().sleep(book->loop.executor(), later);
  n_event_report_rq const rq{.affected_sop_class_uid = thing_uid,
                             .affected_sop_instance_uid = "2.25.1",
                             .event_type_id = 2};
  auto event = patient("E");
  try {
    auto const rsp = co_await to.request(rq, std::move(event));
    book->log.push_back("reported " + hex(rsp.status.code));
  } catch (error const& failed) {
    book->log.push_back("not reported: " + failed.code().message());
  }
}

struct things {
  static constexpr auto sop_classes = things_class;
  std::shared_ptr<ledger> book;

  reply on(n_get_rq const& rq, n_responses& out) {
    book->log.push_back("get " + std::to_string(rq.attribute_identifier_list.size()));
    if (rq.requested_sop_instance_uid != uid{"2.25.1"}) co_return status::no_such_sop_instance;
    out.data_set(patient("G"));
    co_return status::success;
  }
  reply on(n_set_rq const&, data_set const& changes, n_responses& out) {
    book->log.push_back("set " + id_of(changes));
    out.fields().attribute_identifier_list = {tags::patient_id, tags::patient_name};
    co_return status::attribute_list_warning;
  }
  reply on(n_action_rq const& rq, data_set const& information, n_responses& out,
           association_info const& info) {
    book->log.push_back("action " + std::to_string(rq.action_type_id) + " " + id_of(information));
    if (rq.action_type_id == report_first) {
      co_await report_event(info.association(), book, {});
    } else if (rq.action_type_id == report_afterwards) {
      asio::co_spawn(book->loop.executor(), report_event(info.association(), book, 1s),
                     [](std::exception_ptr) {});
    } else if (rq.action_type_id == 1) {
      out.data_set(patient("A"));
    } else {
      co_return status::no_such_action_type;
    }
    co_return status::success;
  }
  reply on(n_create_rq const& rq, data_set const& attributes, n_responses& out) {
    book->log.push_back("create " + id_of(attributes));
    if (rq.affected_sop_instance_uid.empty()) out.affected_sop_instance(uid{"2.25.5"});
    if (id_of(attributes) == "thrown") throw std::runtime_error{"no more things"};
    if (id_of(attributes) == "step") {
      out.fields().error_id = std::uint16_t{0xA710};
      co_return outcome{status::processing_failure, "the step is over"};
    }
    co_return status::success;
  }
  reply on(n_delete_rq const&, n_responses&) {
    book->log.emplace_back("delete");
    co_return status::success;
  }
  reply on(n_event_report_rq const& rq, data_set const& information, n_responses& out) {
    book->log.push_back("event " + std::to_string(rq.event_type_id) + " " + id_of(information));
    if (rq.event_type_id == 9) co_return status::no_such_event_type;
    if (!information.empty()) out.data_set(patient("R"));
    co_return status::success;
  }
};

inline reply no_find(ledger&, data_set const&, c_find_responses&) { co_return status::success; }
inline reply no_get(ledger&, c_get_responses&) { co_return status::success; }

struct dimse_setup {
  find_handler find = no_find;
  get_handler get = no_get;
  association_options options{};
};

inline asio::awaitable<codimse::testing::system_end> run_dimse_acceptor(
    codimse::testing::event_loop& loop, std::unique_ptr<stream> carrier, dimse_setup setup) {
  auto const book = std::make_shared<ledger>(loop);
  setup.options.clock = &loop.clock();
  codimse::testing::portless_scp scp{setup.options, verification{}, queries{book, setup.find},
                                     retrievals{book, setup.get}, things{book}};
  auto const how = co_await scp.serve(loop.executor(), std::move(carrier));
  codimse::testing::system_end end;
  end.error = how.error;
  end.what = how.explanation;
  end.log = book->log;
  if (book->running != 0) end.log.emplace_back("LEFT OPEN: a handler");
  co_return end;
}
inline codimse::testing::system_under_test dimse_acceptor(dimse_setup setup = {}) {
  return [setup](codimse::testing::event_loop& loop, std::unique_ptr<stream> carrier) {
    return run_dimse_acceptor(loop, std::move(carrier), setup);
  };
}

// The requestor.

inline proposals dimse_proposals() {
  proposals wanted{sop::verification};
  for (auto const model : {find_uid, get_uid, ct_uid, thing_uid, move_uid})
    wanted.add(uid{model}, explicit_le);
  wanted.role(ct_uid, false, true);
  return wanted;
}

inline asio::awaitable<void> run_dimse_program(codimse::testing::event_loop& loop,
                                               std::unique_ptr<stream> carrier,
                                               client_program program, association_options options,
                                               std::shared_ptr<ledger> book) {
  auto wanted = dimse_proposals();
  auto here = perform_here(storage{book, save}, things{book});
  association assoc = co_await associate(loop.executor(), std::move(carrier), "PEER",
                                         std::move(wanted), options, std::move(here));
  client c{loop, std::move(assoc), book->log};
  co_await program(c);
}
inline asio::awaitable<codimse::testing::system_end> run_dimse_requestor(
    codimse::testing::event_loop& loop, std::unique_ptr<stream> carrier, client_program program,
    association_options options) {
  auto const book = std::make_shared<ledger>(loop);
  codimse::testing::system_end end;
  options.clock = &loop.clock();
  try {
    co_await run_dimse_program(loop, std::move(carrier), program, options, book);
  } catch (std::system_error const& thrown) {
    end.error = thrown.code();
    end.what = thrown.what();
  }
  end.log = book->log;
  co_return end;
}
inline codimse::testing::system_under_test dimse_requestor(client_program program,
                                                           association_options options = {}) {
  return [program, options](codimse::testing::event_loop& loop, std::unique_ptr<stream> carrier) {
    return run_dimse_requestor(loop, std::move(carrier), program, options);
  };
}

std::vector<scripted_case> query_cases();      ///< C-FIND, C-CANCEL, C-GET performed
std::vector<scripted_case> object_cases();     ///< DIMSE-N, both roles
std::vector<scripted_case> response_cases();   ///< C-FIND, C-GET, C-MOVE invoked
std::vector<scripted_case> tolerance_cases();  ///< what is taken from every peer, both roles
std::vector<scripted_case> profile_cases();    ///< what is done for some peers, both roles

}  // namespace assoc_test

// SPDX-License-Identifier: BSL-1.0
// Every DIMSE service on both sides, for tests with peers that speak all of them. Not an example.
//
//   dimse_services scp PORT DATA.json FILES DESTINATION_PORT
//   dimse_services scu PORT DATA.json TRANSFER_SYNTAX
//
// The SCP answers by rules that a peer can follow as well, so that both can be held to the same
// expectations:
//   - a SOP Instance UID that ends in .99.N asks for the status N, with an Error Comment, for
//     DIMSE-N also with Error ID 7 and Offending Element (0010,0020)
//   - C-FIND yields the identifier as often as its Patient ID says ("endless": until it is
//     cancelled; "slow": the same, one a millisecond), numbered in Instance Number; with the Study
//     Description FF01, every second one with that status; Accession Number: the final status in
//     hexadecimal
//   - C-MOVE and C-GET send the files of FILES; the only destination known is DESTINATION
//   - N-CREATE, N-SET, N-ACTION, N-EVENT-REPORT give their data set back; N-CREATE without an
//     instance gets `created_instance`; N-GET yields what is asked for of DATA.json, or all of it
//   - the N-ACTION of storage commitment is followed by an N-EVENT-REPORT on the same association
//
// Both print a line of JSON for each message that came: {"at": "scp" or "scu", "message": its
// name, "step": of the SCU, "command": {...}, "data": {...} or null}, the last two in the DICOM
// JSON Model (PS3.18 Annex F).
#include <codimse/client.hpp>
#include <codimse/json.hpp>
#include <codimse/server.hpp>
#include <codimse/sop/print.hpp>
#include <codimse/sop/storage.hpp>
#include <codimse/sop/storage_commitment.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace codimse;
using nlohmann::json;

#define UID_ROOT "1.2.826.0.1.3680043.10.1411.7"
constexpr sop_class all_of_dimse_n{UID_ROOT ".1", "All of DIMSE-N",
                                   dimse_operation::n_create | dimse_operation::n_get |
                                       dimse_operation::n_set | dimse_operation::n_action |
                                       dimse_operation::n_delete};
constexpr std::string_view instance = UID_ROOT ".2";
constexpr std::string_view created_instance = UID_ROOT ".3";
constexpr std::string_view warning_stored = UID_ROOT ".2.99.45056";  // B000
constexpr std::string_view failure_stored = UID_ROOT ".2.99.42752";  // A700
constexpr std::string_view failure_instance = UID_ROOT ".2.99.274";  // 0112
constexpr std::string_view warning_instance = UID_ROOT ".2.99.263";  // 0107
constexpr std::string_view event_instance = UID_ROOT ".2.99.275";    // 0113
constexpr std::string_view film_session_class = "1.2.840.10008.5.1.1.1";

// --- what came, as lines of JSON
// ------------------------------------------------------------------

/// Writes a command like any data set in the DICOM JSON Model; `layout` calls it field by field.
class json_command {
 public:
  void ui(std::uint16_t element, char const*, uid const& value) {
    text(element, "UI", value.view());
  }
  void ae(std::uint16_t element, char const*, ae_title const& value) {
    text(element, "AE", value.view());
  }
  void lo(std::uint16_t element, char const*, fixed_text<64> const& value) {
    text(element, "LO", value.view());
  }
  void us(std::uint16_t element, char const*, std::uint16_t value) { add(element, "US", {value}); }
  void optional_us(std::uint16_t element, char const*, std::optional<std::uint16_t> value) {
    if (value) us(element, "", *value);
  }
  void status_code(std::uint16_t element, char const*, status value) {
    us(element, "", value.code);
  }
  void at(std::uint16_t element, char const*, std::vector<tag> const& tags) {
    json values = json::array();
    for (auto const& one : tags) {
      std::string name;
      detail::append_hex(name, one.number(), 8);
      values.push_back(name);
    }
    if (!tags.empty()) add(element, "AT", std::move(values));
  }
  void command(std::uint16_t value) { us(command_element::command_field, "", value); }
  void data_set_type() {}

  [[nodiscard]] json take() { return std::move(out_); }

 private:
  void text(std::uint16_t element, char const* type, std::string_view value) {
    if (!value.empty()) add(element, type, json::array({std::string{value}}));
  }
  void add(std::uint16_t element, char const* type, json values) {
    std::string name = "0000";
    detail::append_hex(name, element, 4);
    if (!values.is_array()) values = json::array({std::move(values)});
    out_[name] = {{"vr", type}, {"Value", std::move(values)}};
  }
  json out_ = json::object();
};

template <class Command>
void print(char const* at, std::string const& step, Command const& command, json data) {
  json_command fields;
  Command::layout(fields, command);
  json line{{"at", at}, {"step", step}, {"command", fields.take()}, {"data", std::move(data)}};
  line["message"] = command_name(line["command"]["00000100"]["Value"][0].get<std::uint16_t>());
  std::cout << line.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
}
template <class Rq>
void print_request(char const* at, Rq const& request, data_set const* data) {
  print(at, "", request, data == nullptr || data->empty() ? json{} : to_json(*data));
}

// --- the rules
// ------------------------------------------------------------------------------------

/// What the SCP knows.
struct knowledge {
  data_set attributes;
  std::vector<part10_file> files;
  std::uint16_t destination_port = 0;
};
using shared_knowledge = std::shared_ptr<knowledge const>;

std::uint16_t number(std::string_view text, int base) {
  std::uint16_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

/// .99.N at the end of a SOP Instance UID asks for the status N.
outcome asked_for(uid const& of) {
  auto const text = of.view();
  auto const mark = text.rfind(".99.");
  if (mark == std::string_view::npos) return status::success;
  return outcome{status{number(text.substr(mark + 4), 10)}, "as asked for"};
}
outcome asked_for(uid const& of, n_responses& out) {
  auto const how = asked_for(of);
  if (how.status().is_success()) return how;
  out.fields().error_id = std::uint16_t{7};
  out.fields().offending_elements = {tags::patient_id};
  return how;
}

void give_back(data_set const& received, n_responses& out) {
  if (!received.empty()) out.data_set(received);
}
data_set selected(data_set const& from, std::vector<tag> const& wanted) {
  if (wanted.empty()) return from;
  data_set some;
  for (auto const& one : wanted)
    if (auto const* const found = from.find(one)) some.set(*found);
  return some;
}

// --- the services
// ---------------------------------------------------------------------------------

struct echo_service {
  static constexpr auto sop_classes = sop::verification;
  reply on(c_echo_rq const& rq) {
    print_request("scp", rq, nullptr);
    co_return status::success;
  }
};

struct storage_service {
  static constexpr auto sop_classes = sop::secondary_capture_image_storage + sop::ct_image_storage;
  char const* at;

  reply on(c_store_rq const& rq, incoming_data_set& data) {
    auto const* const syntax = find_transfer_syntax(data.info().transfer_syntax.view());
    std::vector<std::byte> bytes = co_await data.read_all();
    auto const all = read_data_set(std::move(bytes), *syntax);
    if (!all) co_return status::cannot_understand;
    print_request(at, rq, &*all);
    co_return asked_for(rq.affected_sop_instance_uid);
  }
};

struct query_retrieve_service {
  static constexpr auto sop_classes =
      sop_class_list{sop::study_root_find, sop::study_root_move, sop::study_root_get};
  shared_knowledge known;

  reply on(c_find_rq const& rq, data_set const& identifier, c_find_responses& out) {
    print_request("scp", rq, &identifier);
    bool const slow = identifier.text(tags::patient_id) == "slow";
    bool const endless = slow || identifier.text(tags::patient_id) == "endless";
    auto const executor = co_await asio::this_coro::executor;
    asio::steady_timer timer{executor};
    unsigned const count = endless ? std::numeric_limits<unsigned>::max()
                                   : number(identifier.text(tags::patient_id), 10);
    bool const alternate = identifier.text(tags::study_description) == "FF01";
    for (unsigned i = 0; i < count && !out.cancelled(); ++i) {
      data_set match = identifier;
      match.set(tags::instance_number, std::to_string(i));
      bool const warn = alternate && i % 2 == 1;
      co_await out.pending(std::move(match), warn ? status::pending_with_warning : status::pending);
      timer.expires_after(std::chrono::milliseconds{slow ? 1 : 0});
      if (slow) co_await timer.async_wait(asio::use_awaitable);
    }
    auto const how = number(identifier.text(tags::accession_number), 16);
    if (how == 0) co_return status::success;
    co_return outcome{status{how}, "as asked for"};
  }
  reply on(c_move_rq const& rq, data_set const& identifier, c_move_responses& out) {
    print_request("scp", rq, &identifier);
    if (rq.move_destination.view() != "DESTINATION")
      co_return statuses::retrieve::move_destination_unknown;
    outcome const how = co_await out.send(peer{"127.0.0.1", known->destination_port}, known->files);
    co_return how;
  }
  reply on(c_get_rq const& rq, data_set const& identifier, c_get_responses& out) {
    print_request("scp", rq, &identifier);
    outcome const how = co_await out.send(known->files);
    co_return how;
  }
};

/// Performs all of DIMSE-N, in whatever SOP Class.
struct normalized {
  shared_knowledge known;
  char const* at = "scp";

  reply on(n_create_rq const& rq, data_set const& attributes, n_responses& out) {
    print_request(at, rq, &attributes);
    if (rq.affected_sop_instance_uid.empty()) out.affected_sop_instance(created_instance);
    give_back(attributes, out);
    co_return asked_for(rq.affected_sop_instance_uid, out);
  }
  reply on(n_set_rq const& rq, data_set const& attributes, n_responses& out) {
    print_request(at, rq, &attributes);
    give_back(attributes, out);
    co_return asked_for(rq.requested_sop_instance_uid, out);
  }
  reply on(n_action_rq const& rq, data_set const& information, n_responses& out) {
    print_request(at, rq, &information);
    give_back(information, out);
    co_return asked_for(rq.requested_sop_instance_uid, out);
  }
  reply on(n_event_report_rq const& rq, data_set const& information, n_responses& out) {
    print_request(at, rq, &information);
    give_back(information, out);
    co_return asked_for(rq.affected_sop_instance_uid, out);
  }
  reply on(n_get_rq const& rq, n_responses& out) {
    print_request(at, rq, nullptr);
    out.data_set(selected(known->attributes, rq.attribute_identifier_list));
    co_return asked_for(rq.requested_sop_instance_uid, out);
  }
  reply on(n_delete_rq const& rq, n_responses& out) {
    print_request(at, rq, nullptr);
    co_return asked_for(rq.requested_sop_instance_uid, out);
  }
};

struct all_of_dimse_n_service : normalized {
  static constexpr auto sop_classes = all_of_dimse_n;
  static constexpr bool as_scu = true;  // takes N-EVENT-REPORT of a requestor that is the SCP
};

/// Commands name Film Session, the presentation context the meta SOP Class.
struct print_service : normalized {
  static constexpr auto sop_classes = sop::basic_grayscale_print_management_meta;
  static constexpr bool any_sop_class_in_commands = true;
};

asio::awaitable<void> report_commitment(association_ref to, n_action_rq request,
                                        data_set information) {
  n_event_report_rq const event{request.requested_sop_class_uid, request.requested_sop_instance_uid,
                                1};
  auto const response = co_await to.request(event, std::move(information));
  print("scp", "", response, response.has_data_set() ? to_json(response.attributes()) : json{});
}

struct commitment_service {
  static constexpr auto sop_classes = sop::storage_commitment_push_model;

  reply on(n_action_rq const& rq, data_set const& information, n_responses&,
           association_info const& info) {
    print_request("scp", rq, &information);
    auto const executor = co_await asio::this_coro::executor;
    // Posted: it begins when the response to this request has gone.
    asio::co_spawn(executor, report_commitment(info.association(), rq, information),
                   asio::detached);
    co_return status::success;
  }
};

/// What the requestor performs: it is told of the commitment.
struct notified {
  static constexpr auto sop_classes = sop::storage_commitment_push_model;
  std::shared_ptr<bool> done;

  reply on(n_event_report_rq const& rq, data_set const& information, n_responses&) {
    print_request("scu", rq, &information);
    *done = true;
    co_return status::success;
  }
};

// --- the SCU
// --------------------------------------------------------------------------------------

class requestor {
 public:
  requestor(association& over, data_set attributes, uid const& syntax)
      : over_{over}, attributes_{std::move(attributes)}, syntax_{syntax} {}

  asio::awaitable<void> composite() {
    c_echo_rsp const echoed = co_await over_.request(c_echo_rq{});
    print("scu", "echo", echoed, {});
    co_await store("store", instance);
    co_await store("store, warning", warning_stored);
    co_await store("store, failure", failure_stored);
    co_await look_for("find", "25", "", "");
    co_await look_for("find, FF01", "4", "FF01", "");
    co_await look_for("find, none", "0", "", "");
    co_await look_for("find, failure", "2", "", "A700");
    // At full speed once: the peer may be slow to take what lies in the buffers between us.
    bool const implicit = syntax_ == transfer_syntaxes::implicit_vr_little_endian.uid;
    co_await look_for("find, cancel", implicit ? "endless" : "slow", "", "");
    co_await move_to("move", "DESTINATION");
    co_await move_to("move, unknown destination", "NOWHERE");
    co_await get_all();
  }

  /// All of DIMSE-N on one instance; `context` where it is not the SOP Class.
  asio::awaitable<void> normalized_on(std::string name, uid sop_class, uid on, uid context) {
    call_options options;
    options.context = context;
    std::vector<tag> const some{tags::specific_character_set, tags::patient_id, tags::patient_name,
                                tags::rows};
    n_create_rq const create{sop_class, on};
    n_get_rq const get_some{sop_class, on, some};
    n_set_rq const set{sop_class, on};
    n_action_rq const action{sop_class, on, 4};
    n_delete_rq const remove{sop_class, on};
    co_await invoke(name + ": create", create, options);
    co_await invoke(name + ": get", get_some, options);
    co_await invoke(name + ": set", set, options);
    co_await invoke(name + ": action", action, options);
    co_await invoke(name + ": delete", remove, options);
  }
  asio::awaitable<void> normalized_extras() {
    uid const sop_class{all_of_dimse_n.uid};
    call_options const options;
    std::vector<tag> const patient_id{tags::patient_id};
    n_create_rq const nameless{sop_class};
    n_get_rq const get_one{sop_class, instance, patient_id};
    n_get_rq const get_all{sop_class, instance};
    n_event_report_rq const event{sop_class, instance, 3};
    n_event_report_rq const failing{sop_class, event_instance, 3};
    n_action_rq const bare{sop_class, instance, 5};
    co_await invoke("create, no instance", nameless, options);
    co_await invoke("get, all", get_all, options);
    co_await invoke("get, one", get_one, options);
    co_await invoke("event", event, options);
    co_await invoke("event, failure", failing, options);
    auto const response = co_await over_.request(bare);
    print_answer("action, no data set", response);
  }
  asio::awaitable<void> commitment(std::shared_ptr<bool> done) {
    n_action_rq const rq{sop::storage_commitment_push_model.uid,
                         sop::storage_commitment_push_model_instance, 1};
    call_options const options;
    co_await invoke("commitment", rq, options);
    auto const executor = co_await asio::this_coro::executor;
    asio::steady_timer timer{executor};
    for (int i = 0; i < 1000 && !*done; ++i) {
      timer.expires_after(std::chrono::milliseconds{10});
      co_await timer.async_wait(asio::use_awaitable);
    }
  }

 private:
  template <class Answer>
  static void print_answer(std::string const& step, Answer const& response) {
    print("scu", step, response, response.has_data_set() ? to_json(response.attributes()) : json{});
  }

  template <class Rq>
  asio::awaitable<void> invoke(std::string step, Rq request, call_options options) {
    if constexpr (Rq::has_data_set) {
      auto const response = co_await over_.request(request, attributes_, options);
      print_answer(step, response);
    } else {
      auto const response = co_await over_.request(request, options);
      print_answer(step, response);
    }
  }

  asio::awaitable<void> store(std::string step, uid sop_instance) {
    data_set object = attributes_;
    object.set(tags::sop_instance_uid, sop_instance);
    auto const bytes = write_data_set(object, *find_transfer_syntax(syntax_.view()));
    object_info what;
    what.sop_class = uid{sop::secondary_capture_image_storage.uid};
    what.sop_instance = sop_instance;
    what.transfer_syntax = syntax_;
    memory_source source{what, bytes};
    c_store_rq rq;
    rq.affected_sop_class_uid = what.sop_class;
    rq.affected_sop_instance_uid = sop_instance;
    c_store_rsp const response = co_await over_.request(rq, source);
    print("scu", step, response, {});
  }

  asio::awaitable<void> look_for(std::string step, std::string patient, std::string description,
                                 std::string final_status) {
    data_set identifier = attributes_;
    identifier.set(tags::query_retrieve_level, "STUDY").set(tags::patient_id, patient);
    identifier.set(tags::study_description, description);
    identifier.set(tags::accession_number, final_status);
    c_find_rq rq;
    rq.affected_sop_class_uid = uid{sop::study_root_find.uid};
    auto found = co_await over_.start(rq, std::move(identifier));
    for (unsigned count = 1;; ++count) {
      auto const pending = co_await found.next();
      if (!pending) break;
      bool const cancelling = step == "find, cancel";
      if (!cancelling || count <= 3) print_answer(step, *pending);
      if (cancelling && count == 3) found.cancel();
    }
    print_answer(step, found.final_response());
  }

  static data_set study() {
    data_set identifier;
    identifier.set(tags::query_retrieve_level, "STUDY").set(tags::study_instance_uid, instance);
    return identifier;
  }
  asio::awaitable<void> move_to(std::string step, std::string_view destination) {
    auto sequence = co_await move(over_, study(), destination);
    co_await print_all(step, sequence);
  }
  asio::awaitable<void> get_all() {
    auto sequence = co_await get(over_, study());
    co_await print_all("get", sequence);
  }
  template <class Sequence>
  static asio::awaitable<void> print_all(std::string step, Sequence& sequence) {
    for (;;) {
      auto const pending = co_await sequence.next();
      if (!pending) break;
      print_answer(step, *pending);
    }
    print_answer(step, sequence.final_response());
  }

  association& over_;
  data_set attributes_;
  uid syntax_;
};

proposals everything(uid const& syntax) {
  proposals wanted;
  for (auto const& one :
       {sop::verification, sop::secondary_capture_image_storage, sop::ct_image_storage,
        sop::study_root_find, sop::study_root_move, sop::study_root_get, all_of_dimse_n,
        sop::storage_commitment_push_model, sop::basic_grayscale_print_management_meta})
    wanted.add(one.uid, syntax);
  for (auto const& one :
       {sop::secondary_capture_image_storage, sop::ct_image_storage, all_of_dimse_n})
    wanted.role(one.uid, true, true);
  return wanted;
}

asio::awaitable<void> invoke_all(std::uint16_t port, data_set attributes, uid syntax) {
  auto const executor = co_await asio::this_coro::executor;
  auto const done = std::make_shared<bool>(false);
  auto const here = perform_here(storage_service{"scu"}, notified{done});
  association_options options;
  options.timeouts.dimse = std::chrono::seconds{20};
  options.timeouts.acse = std::chrono::seconds{5};
  association over =
      co_await connect(executor, peer{"127.0.0.1", port}, everything(syntax), options, here);
  requestor calls{over, std::move(attributes), syntax};
  co_await calls.composite();
  co_await calls.normalized_on("all", all_of_dimse_n.uid, instance, {});
  co_await calls.normalized_on("failure", all_of_dimse_n.uid, failure_instance, {});
  co_await calls.normalized_on("warning", all_of_dimse_n.uid, warning_instance, {});
  co_await calls.normalized_extras();
  co_await calls.normalized_on("meta", film_session_class, instance,
                               sop::basic_grayscale_print_management_meta.uid);
  co_await calls.commitment(done);
  co_await over.release();
}

// --- the program
// ----------------------------------------------------------------------------------

data_set load(char const* path) {
  std::ifstream in{path, std::ios::binary};
  std::string const text{std::istreambuf_iterator<char>{in}, {}};
  auto read = from_json_text(text);
  if (!read) throw error{read.error(), path};
  return *std::move(read);
}

int serve(std::uint16_t port, shared_knowledge const& known) {
  asio::io_context context;
  server all{context.get_executor(),
             server_options{.port = port, .bind_address = "127.0.0.1"},
             echo_service{},
             storage_service{"scp"},
             query_retrieve_service{known},
             all_of_dimse_n_service{{known}},
             print_service{{known}},
             commitment_service{}};
  asio::signal_set signals{context, SIGINT, SIGTERM};
  signals.async_wait([&](std::error_code, int) { all.stop(duration::zero()); });
  asio::co_spawn(context, all.run(), asio::detached);
  context.run();
  return 0;
}

int invoke(std::uint16_t port, data_set attributes, uid const& syntax) {
  asio::io_context context;
  int code = 0;
  asio::co_spawn(context, invoke_all(port, std::move(attributes), syntax),
                 [&code](std::exception_ptr failed) {
                   try {
                     if (failed) std::rethrow_exception(failed);
                   } catch (std::exception const& problem) {
                     std::cerr << "dimse_services: " << problem.what() << '\n';
                     code = 1;
                   }
                 });
  context.run();
  return code;
}

shared_knowledge learn(char const* data, std::filesystem::path const& folder,
                       std::uint16_t destination_port) {
  auto known = std::make_shared<knowledge>();
  known->attributes = load(data);
  known->destination_port = destination_port;
  std::vector<std::filesystem::path> paths;
  for (auto const& entry : std::filesystem::directory_iterator{folder})
    paths.push_back(entry.path());
  std::ranges::sort(paths);
  for (auto const& path : paths) {
    auto const file = examine_part10(path);
    if (!file) throw error{file.error(), path.string()};
    known->files.push_back(*file);
  }
  return known;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::vector<char const*> const words(argv + 1, argv + argc);
    std::string_view const role = words.empty() ? "" : words[0];
    if (role == "scp" && words.size() == 5)
      return serve(number(words[1], 10), learn(words[2], words[3], number(words[4], 10)));
    if (role == "scu" && words.size() == 4)
      return invoke(number(words[1], 10), load(words[2]), uid{words[3]});
    std::cerr << "usage: dimse_services scp PORT DATA.json FILES DESTINATION_PORT\n"
                 "       dimse_services scu PORT DATA.json TRANSFER_SYNTAX\n";
    return 2;
  } catch (std::exception const& problem) {
    std::cerr << "dimse_services: " << problem.what() << '\n';
    return 1;
  }
}

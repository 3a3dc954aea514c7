// SPDX-License-Identifier: BSL-1.0
// What is done for peers that a profile fits, in both roles, beside what is done for others.
#include "dimse_harness.hpp"
#include <codimse/assoc/peer_profile.hpp>
#include <codimse/data/utf8_text.hpp>
#include <codimse/scu/find.hpp>
#include <codimse/scu/retrieve.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assoc_test {
namespace {

using namespace codimse::testing;

// Profiles by AE title, as users make them; the peers of the harness are called PEER.
constexpr std::array no_window{find_peer_profile("no-window")->for_peer("PEER")};
constexpr std::array other_peer{find_peer_profile("no-window")->for_peer("OTHER")};
constexpr std::array small_pdu{find_peer_profile("small-pdu")->for_peer("PEER")};
constexpr std::array lenient{find_peer_profile("lenient-roles")->for_peer("PEER")};
constexpr std::array no_wildcard{find_peer_profile("no-wildcard")->for_peer("PEER")};
constexpr std::array cyrillic{
    peer_profile{.name = "no character set", .ae_title = "PEER", .character_set = "ISO_IR 144"}};
constexpr std::array utf_8{find_peer_profile("utf-8")->for_peer("PEER")};
constexpr std::array always_cyrillic{peer_profile{.name = "wrong character set",
                                                  .ae_title = "PEER",
                                                  .character_set = "ISO_IR 144",
                                                  .replace_character_set = true}};
constexpr std::array implementation_first{
    peer_profile{.name = "by implementation",
                 .implementation_class = "1.2.276.0.7238010.5.0.3.5.4"},
    peer_profile{.name = "by title", .ae_title = "PEER"}};
constexpr std::array strict_horos{
    peer_profile{.name = "strict", .implementation_version = "OSIRIX"}};

constexpr std::string_view horos = "1.2.276.0.7238010.5.0.3.5.4";
constexpr std::string_view conquest = "1.2.826.0.1.3680043.2.135.1066.101";

association_options with(std::span<peer_profile const> profiles) {
  association_options options;
  options.peer_profiles = profiles;
  return options;
}

// Keys and attributes, by hand.

bytes name_element(std::string value) {
  if (value.size() % 2 != 0) value += ' ';
  bytes out = text_bytes(std::string_view{"\x10\0\x10\0PN", 6});
  out.push_back(static_cast<std::byte>(value.size()));
  out.push_back(std::byte{0});
  return append(out, text_bytes(value));
}
bytes character_set_element(std::string value) {
  bytes out = text_bytes(std::string_view{"\x08\0\x05\0CS\x0A\0", 8});
  return append(out, text_bytes(value));
}
// Programs and handlers.

std::string profile_of(association_info const& info) {
  return info.peer_profile() != nullptr ? std::string{info.peer_profile()->name} : "none";
}
struct profile_observer final : association_observer {
  std::string last;
  void observe(association_established const& event) override {
    last = profile_of(event.association);
  }
};
asio::awaitable<void> note_profile(client& c) {
  c.log.push_back("profile " + profile_of(c.assoc.info()));
  co_await c.assoc.release();
}
asio::awaitable<void> store(client& c, std::size_t size) {
  bytes const data = some_data(size);
  object_info what;
  what.transfer_syntax = explicit_le;
  memory_source source{what, data};
  c_store_rq const rq = store_rq(0);
  auto const rsp = co_await c.assoc.request(rq, source);
  c.log.push_back("store " + hex(rsp.status.code));
}
asio::awaitable<void> store_large(client& c) {
  co_await store(c, 40'000);
  co_await c.assoc.release();
}
asio::awaitable<void> get_all(client& c) {
  auto got = co_await get(c.assoc, patient("P"));
  for (;;) {
    auto const one = co_await got.next();
    if (!one) break;
  }
  c.log.push_back("final " + hex(got.final_response().status.code));
  co_await c.assoc.release();
}
data_set wild_query() {
  data_set item;
  item.set(tags::modality, "*").set(tags::scheduled_procedure_step_start_date, vr::cs, "*");
  data_set query;
  query.set(tags::patient_name, "M*").set(tags::patient_id, "*").set(tags::accession_number, "* ");
  query.add_item(tags::scheduled_procedure_step_sequence, std::move(item));
  return query;
}
asio::awaitable<void> find_all(client& c) {
  auto keys = wild_query();
  auto found = co_await find(c.assoc, std::move(keys));
  for (;;) {
    auto const one = co_await found.next();
    if (!one) break;
    c.log.push_back(utf8_text(*one, tags::patient_name));
  }
  co_await c.assoc.release();
}
/// Tells the keys of a C-FIND that are there, and which of them are asked for with `*`.
script::message_check asks_with_wildcards(bool wildcards) {
  return [wildcards](received_message const& got) {
    auto const keys = *read_data_set(got.data, transfer_syntaxes::explicit_vr_little_endian);
    auto const& item = keys.item(tags::scheduled_procedure_step_sequence);
    std::string_view const any = wildcards ? "*" : "";
    return keys.text(tags::patient_name) == "M*" && keys.find(tags::patient_id)->text() == any &&
           keys.find(tags::accession_number)->text() == any &&
           item.find(tags::modality)->text() == any &&
           item.find(tags::scheduled_procedure_step_start_date)->text() == any;
  };
}
reply notes_name(ledger& book, data_set const& identifier, c_find_responses&) {
  book.log.push_back(utf8_text(identifier, tags::patient_name));
  co_return status::success;
}

struct list {
  std::vector<scripted_case> cases;

  scripted_case& add(script what, system_under_test system, std::vector<std::string> log = {}) {
    cases.push_back({std::move(what), std::move(system), {}, std::move(log)});
    cases.back().most_cuts = 60;
    return cases.back();
  }
  static script& released(script& s) { return s.expect(type::release_rq).send(pdu::release_rp{}); }

  // We are the requestor.

  void recognised() {
    auto const accepts = [](std::string name, std::string_view implementation,
                            std::string version = {}) {
      auto ac = acceptance();
      ac.user.implementation_class = uid{implementation};
      if (!version.empty()) ac.user.implementation_version = version;
      auto s = accepting(std::move(name), ac);
      return released(s);
    };
    add(accepts("nobody special", "1.2.3"), requestor(note_profile),
        {"established", "profile none"});
    for (auto const& one : known_peers)
      add(accepts("an acceptor: " + std::string{one.name}, one.implementation_class),
          requestor(note_profile), {"established", "profile " + std::string{one.name}});
    association_options off;
    off.use_known_peers = false;
    add(accepts("an acceptor that we do not want to know", horos), requestor(note_profile, off),
        {"established", "profile none"});
    add(accepts("our own profile comes first", horos, "OSIRIX001"),
        requestor(note_profile, with(strict_horos)), {"established", "profile strict"});
    add(accepts("our own profile does not fit", horos, "HOROS"),
        requestor(note_profile, with(strict_horos)), {"established", "profile horos"});
    add(accepts("one that was chosen by AE title stays", horos),
        requestor(note_profile, with(implementation_first)), {"established", "profile by title"});
    auto rq = request();
    rq.user.implementation_class = uid{horos};
    auto s = requesting("an acceptor knows both at once", rq);
    acceptor_setup setup;
    setup.options = with(implementation_first);
    static profile_observer observer;
    setup.options.observer = &observer;
    add(echo_and_release(s), acceptor(setup)).check = [](replay_result const&) {
      return observer.last == "by implementation" ? std::string{} : "profile " + observer.last;
    };
  }

  void windows() {
    auto const window = [](std::string name, bool expected) {
      script s{std::move(name)};
      s.expect(type::associate_rq, [expected](received_pdu const& got) {
        return got.as<pdu::associate_rq>()->user.window.has_value() == expected;
      });
      s.send(acceptance());
      return released(s);
    };
    auto options = with(no_window);
    options.operations_invoked = 0;
    options.operations_performed = 0;
    add(window("a peer that is offered no window", false), requestor(note_profile, options),
        {"established", "profile no-window"});
    options.peer_profiles = other_peer;
    add(window("others are offered one", true), requestor(note_profile, options),
        {"established", "profile none"});
  }

  void lengths() {
    for (bool const small : {true, false}) {
      std::uint32_t const announced = small ? 16384 : ul::default_max_length;
      auto ac = acceptance();
      ac.user.maximum_length = 0;
      script s{small ? "a peer of short PDUs" : "a peer of long PDUs"};
      s.expect(type::associate_rq, [announced](received_pdu const& got) {
        return got.as<pdu::associate_rq>()->user.maximum_length == announced;
      });
      s.send(ac).expect_message(0x0001).send_raw(message_pdus(3, store_rsp(1)));
      auto const options = small ? with(small_pdu) : association_options{};
      add(released(s), requestor(store_large, options), {"established", "store 0000"}).check =
          [small](replay_result const& played) {
            bool const right = (played.seen.longest_p_data <= 16384) == small;
            return right ? std::string{} : "the longest P-DATA-TF is not as the profile says";
          };
      auto rq = request();
      rq.user.maximum_length = 0;
      acceptor_setup setup;
      setup.options = options;
      s = script{small ? "a requestor of short PDUs" : "a requestor of long PDUs"};
      s.send(rq).expect(type::associate_ac, [announced](received_pdu const& got) {
        return got.as<pdu::associate_ac>()->user.maximum_length == announced;
      });
      add(echo_and_release(s), acceptor(setup));
    }
  }

  void roles() {
    auto const sends_back = [](std::string name, std::string_view implementation,
                               std::uint16_t code) {
      auto ac = dimse_acceptance();
      ac.user.roles.clear();
      ac.user.implementation_class = uid{implementation};
      auto s = accepting(std::move(name), ac);
      s.expect_message(0x0010).send_raw(message_pdus(store_context, store_rq(1), some_data(40)));
      s.expect_response(0x8001, 1, code);
      c_get_rsp last;
      last.message_id_being_responded_to = 1;
      s.send_raw(message_pdus(get_context, last));
      return released(s);
    };
    add(sends_back("an acceptor that took no role sends objects", "1.2.3", 0x0122),
        dimse_requestor(get_all), {"final 0000"});
    add(sends_back("ConQuest took no role, and sends objects", conquest, 0),
        dimse_requestor(get_all), {"stored 40 ", "final 0000"});
    add(sends_back("a peer that is known to took no role, and sends objects", "1.2.3", 0),
        dimse_requestor(get_all, with(lenient)), {"stored 40 ", "final 0000"});

    auto const reports = [](std::string name, std::string_view implementation, std::uint16_t code) {
      auto rq = dimse_request();
      rq.user.implementation_class = uid{implementation};
      auto s = requesting(std::move(name), rq);
      n_event_report_rq event{.affected_sop_class_uid = thing_uid,
                              .affected_sop_instance_uid = "2.25.1",
                              .event_type_id = 2};
      event.message_id = 1;
      s.send_raw(message_pdus(thing_context, event)).expect_response(0x8100, 1, code);
      return echo_and_release(s);
    };
    add(reports("an SCU reports an event", "1.2.3", 0x0118), dimse_acceptor());
    add(reports("Horos may", horos, 0), dimse_acceptor(), {"event 2 -"});
    dimse_setup known;
    known.options = with(lenient);
    add(reports("one that is known by its AE title may", "1.2.3", 0), dimse_acceptor(known),
        {"event 2 -"});
    known.options.use_known_peers = false;
    known.options.peer_profiles = {};
    add(reports("Horos may not where nobody is known", horos, 0x0118), dimse_acceptor(known));
  }

  /// Horos asks for objects by C-GET without the SCP role of storage.
  void roles_of_c_get() {
    for (auto const implementation : {horos, std::string_view{"1.2.3"}}) {
      auto rq = dimse_request();
      rq.user.roles.clear();
      rq.user.implementation_class = uid{implementation};
      dimse_setup setup;
      setup.get = [](ledger&, c_get_responses& out) -> reply {
        outcome const how = co_await out.send(files(1));
        co_return how;
      };
      auto s = requesting("C-GET without roles of " + std::string{implementation}, rq);
      s.send_raw(get_message(9));
      if (implementation == horos) {
        s.expect_message(0x0001).send_raw(message_pdus(store_context, store_rsp(1)));
        add(echo_and_release(s.expect_response(0x8010, 9, 0)), dimse_acceptor(setup));
      } else {
        add(echo_and_release(s.expect_response(0x8010, 9, 0xA702)), dimse_acceptor(setup));
      }
    }
  }

  void wildcards() {
    for (bool const wild : {true, false}) {
      auto s = accepting(wild ? "keys with *" : "keys without *", dimse_acceptance());
      s.expect_message(0x0020, asks_with_wildcards(wild)).send_raw(find_answer(1, 0));
      auto const options = wild ? association_options{} : with(no_wildcard);
      add(released(s), dimse_requestor(find_all, options));
    }
  }

  /// What a name is taken for, in an identifier that we get and in a response.
  void name(std::string const& what, bytes const& data, std::span<peer_profile const> profiles,
            std::string const& expected) {
    dimse_setup setup;
    setup.find = notes_name;
    setup.options = with(profiles);
    auto s = requesting("identifier: " + what, dimse_request());
    s.send_raw(find_message(1, data)).expect_response(0x8020, 1, 0);
    add(echo_and_release(s), dimse_acceptor(setup), {expected});
    s = accepting("response: " + what, dimse_acceptance());
    s.expect_message(0x0020).send_raw(match(1, data)).send_raw(find_answer(1, 0));
    add(released(s), dimse_requestor(find_all, with(profiles)), {expected});
  }
  void character_sets() {
    std::string const zhe{"\xD0\x96"};    // UTF-8
    std::string const encoded{"\xB6"};    // ISO 8859-5
    std::string const guess{"\xC2\xB6"};  // ISO 8859-1 of it: a pilcrow
    auto const says = [](std::string set, std::string text) {
      auto out = character_set_element(std::move(set));
      return append(out, name_element(std::move(text)));
    };
    name("no character set", name_element(encoded), {}, guess);
    name("no character set, of a peer that is known", name_element(encoded), cyrillic, zhe);
    name("UTF-8 without saying so, of a peer that is known", name_element(zhe), utf_8, zhe);
    name("what names its character set keeps it", says("ISO_IR 192", zhe), cyrillic, zhe);
    name("a character set that is wrong", says("ISO_IR 192", encoded), always_cyrillic, zhe);
    name("ASCII", name_element("Doe"), always_cyrillic, "Doe");
  }
};

}  // namespace

std::vector<scripted_case> profile_cases() {
  list all;
  all.recognised();
  all.windows();
  all.lengths();
  all.roles();
  all.roles_of_c_get();
  all.wildcards();
  all.character_sets();
  return std::move(all.cases);
}

}  // namespace assoc_test

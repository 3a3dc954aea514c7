// SPDX-License-Identifier: BSL-1.0
// A whole PDU: what decodes must encode, decode again to the same, and be shown without harm.
#include <codimse/pdu/codec.hpp>
#include <codimse/ul/negotiation.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using namespace codimse;

void check(bool good) {
  if (!good) std::abort();
}

/// An archive that only looks for UIDs longer than a uid can hold: encoding shortens those.
struct overlong_finder {
  bool found = false;

  void look(uid const& one) { found = found || uid{one.view()} != one; }
  template <class T>
  void u8(std::string_view, T const&) {}
  template <class T>
  void u16(std::string_view, T const&) {}
  template <class T>
  void u32(std::string_view, T const&) {}
  template <class T>
  void field(std::string_view, T const&) {}
  template <class T>
  void rest_text(std::string_view, T const&) {}
  template <class T>
  void rest_bytes(std::string_view, T const&) {}
  template <class T>
  void bytes16(std::string_view, T const&) {}
  void reserved(std::size_t) {}
  void rest_uid(std::string_view, uid const& one) { look(one); }
  void uid16(std::string_view, uid const& one) { look(one); }
  void uid_list16(std::string_view, std::vector<uid> const& list) {
    for (uid const& one : list) look(one);
  }
  template <class... T>
  void items(std::vector<pdu::raw_item> const&, pdu::item_slot<T>... slots) {
    (pdu::detail::for_each_value(slots, [&](auto const& one) { pdu::detail::content(*this, one); }),
     ...);
  }
};

template <class Pdu>
std::optional<Pdu> try_pdu(std::span<std::byte const> body) {
  auto const decoded = pdu::decode<Pdu>(body);
  if (!decoded) {
    check(decoded.error() == errc::invalid_pdu_parameter);
    return {};
  }

  auto const text = pdu::dump(*decoded);
  check(std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));

  byte_writer out;
  if (pdu::encode_to(out, *decoded)) {
    check(out.size() == 0);  // an abstract syntax that did not come no longer fits its item
    return *decoded;
  }
  check(out.size() == pdu::encoded_size(*decoded));
  check(load_big<std::uint32_t>(out.view().data() + 2) == out.size() - pdu::header_size);
  auto const again =
      pdu::decode<Pdu>(out.view().subspan(pdu::header_size), {.associate_items = ~0U});
  check(again.has_value());
  overlong_finder overlong;
  Pdu::layout(overlong, *decoded);
  if (!overlong.found) {
    check(*again == *decoded);
    check(pdu::encode(*again).size() == out.size());
  }
  return *decoded;
}

/// A request that decodes must be answerable.
void answer(pdu::associate_rq const& request) {
  static constexpr std::string_view syntaxes[] = {"1.2.840.10008.1.2"};
  ul::acceptor_policy policy;
  policy.support = [](uid const& abstract) -> std::optional<ul::abstract_syntax_support> {
    if (abstract.view().ends_with('2')) return {};
    return ul::abstract_syntax_support{.transfer_syntaxes = syntaxes, .as_scu = true};
  };
  static_cast<void>(ul::unacceptable(request));
  static_cast<void>(ul::valid_context_ids(request));
  auto const answered = ul::negotiate(request, policy);
  auto const* const ac = std::get_if<pdu::associate_ac>(&answered);
  if (ac == nullptr) return;
  check(ac->contexts.size() == request.contexts.size());
  auto const agreed = ul::agree(request, *ac);
  for (auto const& context : agreed.contexts)
    check(context.accepted() != context.transfer_syntax.empty());
  byte_writer out;
  if (!pdu::encode_to(out, *ac))
    check(pdu::decode<pdu::associate_ac>(out.view().subspan(pdu::header_size),
                                         {.associate_items = ~0U})
              .has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < pdu::header_size) return 0;
  auto const body = std::as_bytes(std::span{data, size}).subspan(pdu::header_size);
  switch (data[0]) {
    case 1:
      if (auto const request = try_pdu<pdu::associate_rq>(body)) answer(*request);
      break;
    case 2: static_cast<void>(try_pdu<pdu::associate_ac>(body)); break;
    case 3: static_cast<void>(try_pdu<pdu::associate_rj>(body)); break;
    case 5: static_cast<void>(try_pdu<pdu::release_rq>(body)); break;
    case 6: static_cast<void>(try_pdu<pdu::release_rp>(body)); break;
    case 7: static_cast<void>(try_pdu<pdu::abort>(body)); break;
    default: break;
  }
  return 0;
}

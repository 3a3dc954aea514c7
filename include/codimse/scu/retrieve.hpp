// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/association_ref.hpp>
#include <codimse/assoc/proposals.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/dimse/c_get.hpp>
#include <codimse/dimse/c_move.hpp>
#include <codimse/sop/query_retrieve.hpp>

#include <asio/awaitable.hpp>

#include <cstddef>
#include <utility>

namespace codimse::inline v0 {

/// C-MOVE (PS3.4 C.4.2): has the peer send what the identifier names to the AE `destination`. Its
/// pending responses tell how far it is; `next` until there are no more, then `final_response`.
inline asio::awaitable<responses<c_move_rq>> move(association_ref over, data_set identifier,
                                                  ae_title destination,
                                                  sop_class model = sop::study_root_move,
                                                  call_options options = {}) {
  c_move_rq request;
  request.affected_sop_class_uid = model.uid;
  request.move_destination = destination;
  return over.start(request, std::move(identifier), options);
}

/// C-GET (PS3.4 C.4.3): has the peer send what the identifier names on this association, which must
/// have been connected with a storage service (`perform_here`) and with `propose_to_receive`.
inline asio::awaitable<responses<c_get_rq>> get(association_ref over, data_set identifier,
                                                sop_class model = sop::study_root_get,
                                                call_options options = {}) {
  c_get_rq request;
  request.affected_sop_class_uid = model.uid;
  return over.start(request, std::move(identifier), options);
}

/// Proposes SOP Classes as their SCP, for a C-GET: a context and a role (54H) for each.
template <std::size_t N>
void propose_to_receive(proposals& wanted, sop_class_list<N> const& classes) {
  for (sop_class const& one : classes) {
    wanted.add(one.uid);
    wanted.role(one.uid, false, true);
  }
}

}  // namespace codimse::inline v0

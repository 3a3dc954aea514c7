// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/association.hpp>
#include <codimse/dimse/c_store.hpp>
#include <codimse/io/source.hpp>

#include <asio/awaitable.hpp>

#include <utility>

namespace codimse::inline v0 {

namespace detail {

[[nodiscard]] inline c_store_rq store_request(object_info const& object) {
  c_store_rq request;
  request.affected_sop_class_uid = object.sop_class;
  request.affected_sop_instance_uid = object.sop_instance;
  return request;
}

}  // namespace detail

/// C-STORE of one object (PS3.7 9.1.1), sent as its source has it: a presentation context with its
/// SOP Class and transfer syntax must be accepted, else `errc::no_presentation_context`. The
/// association must outlive the call; the source is the call's own.
///
///     auto response = co_await codimse::store(assoc, codimse::part10_source{path});
template <source S>
asio::awaitable<c_store_rsp> store(association& over, S data, call_options options = {}) {
  c_store_rq const request = detail::store_request(data.info());
  c_store_rsp const response = co_await over.request(request, data, options);
  co_return response;
}

}  // namespace codimse::inline v0

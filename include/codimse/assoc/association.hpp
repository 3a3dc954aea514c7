// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/association_ref.hpp>
#include <codimse/assoc/proposals.hpp>
#include <codimse/assoc/requestor_services.hpp>
#include <codimse/assoc/session.hpp>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/post.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace codimse::inline v0 {

/// An association that we requested. Movable; destroying one that was not released aborts it: its
/// coroutine then ends by itself, at the latest when ARTIM (`timeouts::acse`) expires. Requests are
/// invoked as on any `association_ref`.
///
/// Use it on its executor only (the one given to `connect`), which must not run two things at once:
/// one thread, or a strand.
class association : public association_ref {
 public:
  /// None: not established. For callbacks, which must be able to get nothing.
  association() = default;
  explicit association(std::shared_ptr<detail::session> session)
      : association_ref{session}, session_{std::move(session)} {}
  association(association&& other) noexcept
      : association_ref{std::exchange(static_cast<association_ref&>(other), {})},
        session_{std::move(other.session_)} {}
  association& operator=(association&& other) noexcept {
    if (this == &other) return *this;
    abort();
    association_ref::operator=(std::exchange(static_cast<association_ref&>(other), {}));
    session_ = std::move(other.session_);
    return *this;
  }
  association(association const&) = delete;
  association& operator=(association const&) = delete;
  /// One that is still established is aborted, from the event loop: the destructor may run because
  /// that goes away, when nothing may be resumed any more.
  ~association() {
    if (session_ == nullptr || session_->abandoned() || session_->link().over()) return;
    asio::post(session_->executor(), [left = session_] { abort(*left); });
  }

  /// Releases the association (PS3.8 7.2) once outstanding operations are answered, and waits for
  /// the end of the connection, for at most `timeouts::acse`.
  asio::awaitable<void> release() { return release(session()); }

  /// Aborts the association (PS3.8 7.3); outstanding calls fail. Returns at once.
  void abort() {
    if (session_ != nullptr) abort(*session_);
  }

 private:
  static void abort(detail::session& session) {
    if (!session.link().over())
      session.link().abort({}, errc::not_established, "aborted by this program");
  }
  static asio::awaitable<void> release(std::shared_ptr<detail::session> session) {
    co_await session->release();
  }

  std::shared_ptr<detail::session> session_;
};

namespace detail {

/// What can be said about a request before anybody is asked.
inline void check_request(proposals const& wanted, ae_title const& called,
                          association_options const& options) {
  if (wanted.size() == 0) throw error{errc::invalid_argument, "no presentation context to propose"};
  if (wanted.size() > ul::max_contexts) throw error{errc::too_many_presentation_contexts};
  if (!called.valid()) throw error{errc::invalid_ae_title};
  check_options(options);
}

/// Releases an association that is of no use: how that goes is not what is to be told.
inline asio::awaitable<void> release_in_vain(std::shared_ptr<session> session) {
  try {
    co_await session->release();
  } catch (error const& failed) {
    if (failed.code() == errc::cancelled) throw;
  }
}

}  // namespace detail

/// Requests an association over a stream that is already connected. Throws
/// `association_rejected`, `association_aborted` or `error`;
/// `errc::no_common_presentation_context` where the peer refused all contexts (after a release).
/// `services` perform what the peer may request of us: C-STORE sub-operations of a C-GET,
/// N-EVENT-REPORT.
inline asio::awaitable<association> associate(asio::any_io_executor executor,
                                              std::unique_ptr<stream> carrier, ae_title called,
                                              proposals wanted, association_options options = {},
                                              requestor_services services = {}) {
  detail::check_request(wanted, called, options);
  auto const* const profile = detail::choose_profile(options, called);
  if (profile != nullptr) detail::adapt(options, *profile);
  pdu::associate_rq request;
  request.called = called.to_field();
  request.calling = options.ae_title.to_field();
  wanted.fill(request);
  request.user.maximum_length = options.max_pdu_length;
  request.user.implementation_class = implementation_class_uid;
  request.user.implementation_version = std::string{implementation_version_name};
  if (detail::asks_for_window(options) && (profile == nullptr || profile->propose_window))
    request.user.window = {options.operations_invoked, options.operations_performed};
  auto const session =
      std::make_shared<detail::session>(executor, std::move(carrier), ul::role::requestor, options,
                                        detail::shared_buffer_pool(), services.host());
  session->link().meet(profile);
  session->start_as_requestor(std::move(request));
  asio::co_spawn(executor, detail::session::run(session), [](std::exception_ptr) {});
  co_await session->establish();
  if (!session->link().facts().agreed.any_accepted()) {
    co_await detail::release_in_vain(session);
    throw error{errc::no_common_presentation_context};
  }
  co_return association{session};
}

}  // namespace codimse::inline v0

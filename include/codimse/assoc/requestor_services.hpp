// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/host.hpp>

#include <memory>
#include <utility>

namespace codimse::inline v0 {

/// Services that a requestor offers to the peer on its own association: made by `perform_here`
/// (service/perform_here.hpp); none by default. Copies share the services, which several
/// associations may use, one after the other or at once.
class requestor_services {
 public:
  requestor_services() = default;
  explicit requestor_services(std::shared_ptr<detail::service_host> host)
      : host_{std::move(host)} {}

  [[nodiscard]] std::shared_ptr<detail::service_host> const& host() const { return host_; }

 private:
  std::shared_ptr<detail::service_host> host_;
};

}  // namespace codimse::inline v0

// SPDX-License-Identifier: BSL-1.0
#pragma once

// The option --peer-profile of every program that has associations.
#include <codimse/assoc/options.hpp>
#include <codimse/assoc/peer_profile.hpp>
#include <codimse/core/ae_title.hpp>

#include <CLI/CLI.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace program {

/// Profiles that the user chose for peers. Must outlive the associations.
class peer_profiles {
 public:
  void add_to(CLI::App& app) {
    auto const take = [this](std::vector<std::string> const& all) {
      for (auto const& one : all) add(one);
    };
    app.add_option_function<std::vector<std::string>>(
           "--peer-profile", take,
           "Quirks of the peer, or of the one called AE: " + names() +
               "; none: recognise nobody; repeatable")
        ->type_name("[AE=]NAME")
        ->allow_extra_args(false);
  }

  void put_into(codimse::association_options& options) const {
    options.peer_profiles = chosen_;
    options.use_known_peers = known_too_;
  }

 private:
  void add(std::string_view wanted) {
    if (wanted == "none") {
      known_too_ = false;
      return;
    }
    auto const equals = wanted.find('=');
    bool const for_one = equals != std::string_view::npos;
    codimse::ae_title const title{for_one ? wanted.substr(0, equals) : std::string_view{}};
    auto const* const found =
        codimse::find_peer_profile(for_one ? wanted.substr(equals + 1) : wanted);
    if (found == nullptr || (for_one && !title.valid()))
      throw CLI::ValidationError("--peer-profile", "[AE=]NAME, where NAME is none, " + names());
    chosen_.push_back(found->for_peer(title));
  }

  static std::string names() {
    std::string all;
    auto const add = [&all](codimse::peer_profile const& one) {
      all.append(all.empty() ? "" : ", ").append(one.name);
    };
    for (auto const& one : codimse::known_peers) add(one);
    for (auto const& one : codimse::named_quirks) add(one);
    return all;
  }

  std::vector<codimse::peer_profile> chosen_;
  bool known_too_ = true;
};

}  // namespace program

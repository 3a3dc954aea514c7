// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "bytes.hpp"
#include <codimse/data/data_set.hpp>
#include <codimse/data/dictionary_vr.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace codimse_test {

/// Makes data sets of known elements with values of any bytes, sequences, and private elements: the
/// same ones for the same seed. Their VRs are those of the dictionary, so that implicit VR loses
/// nothing.
class random_data_sets {
 public:
  explicit random_data_sets(std::uint32_t seed) : random_{seed} {}

  data_set make(unsigned depth = 0) {
    data_set all;
    auto const wanted = below(depth == 0 ? 30 : 6);
    for (std::size_t i = 0; i < wanted; ++i) add(all, depth);
    return all;
  }
  std::size_t below(std::size_t n) { return random_() % n; }

 private:
  void add(data_set& all, unsigned depth) {
    auto const numbers = std::size(detail::dictionary_tags);
    auto at = tag::from_number(detail::dictionary_tags[below(numbers)]);
    if (below(8) == 0) at = tag{0x0009, static_cast<std::uint16_t>(0x1000 + below(256))};
    // What decides about others, and what belongs to no data set, would not come back the same.
    bool const special = at.group < 0x0008 || at.group >= 0xFFFC || at.is_group_length();
    if (special || at == tags::length_to_end || at == tags::pixel_representation) return;
    auto const type = dictionary_vr(at);
    if (type == vr::sq) return add_items(all, at, depth);
    auto value = bytes_t(2 * word_size(type) * below(9));
    for (auto& byte : value) byte = static_cast<std::byte>(random_());
    all.set_bytes(at, type, value);
  }
  void add_items(data_set& all, tag at, unsigned depth) {
    all.set_empty(at);
    if (depth >= 4) return;
    for (auto items = below(3); items > 0; --items) all.add_item(at, make(depth + 1));
  }

  std::mt19937 random_;
};

}  // namespace codimse_test

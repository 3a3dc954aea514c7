// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/data/data_set.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/testing/seeded_random.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

/// What the clients were told, and what the server did: one entry for each operation.
namespace soak {

using namespace codimse;

enum class kind : std::uint8_t {
  echo,
  store_file,
  store_null,
  find,
  get,
  n_create,
  n_set
};
inline constexpr std::array<std::string_view, 7> kind_names{
    "C-ECHO", "C-STORE to file", "C-STORE to nothing", "C-FIND", "C-GET", "N-CREATE", "N-SET"};

enum class told : std::uint8_t {
  nothing,  ///< the association ended first, or the call was cancelled
  success,
  failure,
  cancel
};

/// Operations have numbers from 1 on. Each is one client's and one handler's: no locks.
class ledger {
 public:
  explicit ledger(std::size_t operations)
      : wanted{operations}, kinds(operations + 1), answers(operations + 1), done(operations + 1) {}

  /// The next operation's number; 0 when all have been begun.
  std::size_t begin() {
    auto const number = next_.fetch_add(1) + 1;
    return number <= wanted ? number : 0;
  }
  [[nodiscard]] std::size_t begun() const { return std::min(next_.load(), wanted); }

  void problem(std::string what) {
    std::lock_guard const lock{mutex_};
    problems_.push_back(std::move(what));
  }
  void require(bool holds, std::string const& what) {
    if (!holds) problem(what);
  }
  [[nodiscard]] std::vector<std::string> const& problems() const { return problems_; }

  std::size_t const wanted;
  std::vector<kind> kinds;
  std::vector<told> answers;
  std::vector<std::atomic<std::uint8_t>> done;  ///< how often it took effect
  std::atomic<std::size_t> echoes{0};           ///< those have no names
  std::atomic<std::size_t> established{0};      ///< associations, as the server saw them
  std::atomic<std::size_t> ended{0};
  std::atomic<std::size_t> refused{0};
  std::atomic<std::size_t> violations{0};

 private:
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::vector<std::string> problems_;
};

/// Of the same length for every operation.
inline std::string id_of(std::size_t number) {
  auto const digits = std::to_string(number);
  return std::string(10 - digits.size(), '0') + digits;
}
/// The pixels of a stored object follow from the number of its operation.
inline std::vector<std::byte> pixels_of(std::size_t number) {
  testing::seeded_random random{number};
  std::size_t const sizes[] = {2, 500, 4000, 30000, 200000};
  std::size_t const size = random.one_in(20) ? random.pick(sizes) : random.below(2000) * 2;
  std::vector<std::byte> all(size);
  for (auto& one : all) one = static_cast<std::byte>(random.next() & 0xFFU);
  return all;
}
inline data_set object(std::size_t number, std::string const& name, std::string_view sop_class) {
  data_set all;
  all.set(tags::sop_class_uid, sop_class);
  all.set(tags::sop_instance_uid, name);
  all.set(tags::patient_id, id_of(number));
  auto const pixels = pixels_of(number);
  all.set_bytes(tags::pixel_data, vr::ow, pixels);
  return all;
}

}  // namespace soak

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "ledger.hpp"
#include <codimse/file/part10.hpp>
#include <codimse/file/part10_sink.hpp>
#include <codimse/server.hpp>
#include <codimse/service/retrieve.hpp>
#include <codimse/sop/procedure_step.hpp>
#include <codimse/sop/query_retrieve.hpp>
#include <codimse/sop/storage.hpp>
#include <codimse/sop/verification.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// The services, whose handlers fail now and then, and write down what they did.
namespace soak {

inline constexpr std::string_view explicit_le = "1.2.840.10008.1.2.1";
inline constexpr std::string_view to_file = sop::ct_image_storage.uid;
inline constexpr std::string_view to_nothing = sop::mr_image_storage.uid;
inline constexpr std::size_t files_of_a_get = 3;

/// Some operations fail, whoever asks; the same ones for the same numbers.
inline bool fails(std::size_t number) { return number % 37 == 0; }
inline void throw_for(std::size_t number) {
  if (number % 41 == 0) throw std::runtime_error{"something went wrong"};
}

/// A sink that finds out which operation its object belongs to, and counts it as it is committed.
template <class Below>
class counting_sink {
 public:
  counting_sink(ledger& book, Below below) : book_{&book}, below_{std::move(below)} {}

  outcome open(object_info const& object) { return below_.open(object); }
  outcome write(fragments slices) {
    for (auto const& slice : slices)
      if (number_ == 0 && head_.size() < enough) look(slice);
    if (number_ == 0) return below_.write(slices);  // not yet known
    if (fails(number_)) return {status::out_of_resources, "refused"};
    throw_for(number_);
    return below_.write(slices);
  }
  outcome commit() {
    if (number_ == 0) return {status::out_of_resources, "no number"};
    auto const how = below_.commit();
    if (!how.is_failure()) ++book_->done[number_];
    return how;
  }
  void discard() noexcept { below_.discard(); }

 private:
  static constexpr std::size_t enough = 1024;

  void look(std::span<std::byte const> slice) {
    auto const part = slice.first(std::min(slice.size(), enough));
    head_.append(reinterpret_cast<char const*>(part.data()), part.size());
    constexpr std::string_view patient_id{"\x10\x00\x20\x00LO\x0A\x00", 8};
    auto const at = head_.find(patient_id);
    if (at == std::string::npos || head_.size() < at + 18) return;
    number_ = std::stoul(head_.substr(at + 8, 10));
  }

  ledger* book_;
  Below below_;
  std::string head_;
  std::size_t number_ = 0;
};

struct echo_service {
  static constexpr auto sop_classes = sop::verification;
  ledger* book;
  reply on(c_echo_rq const&) {
    ++book->echoes;
    co_return status::success;
  }
};
struct file_service {
  static constexpr auto sop_classes = sop::ct_image_storage;
  ledger* book;
  std::filesystem::path root;
  reply on(c_store_rq const&, incoming_data_set& data) {
    counting_sink into{*book, part10_sink{root}};
    auto const how = co_await data.save(std::move(into));
    co_return how;
  }
};
struct null_service {
  static constexpr auto sop_classes = sop::mr_image_storage;
  ledger* book;
  reply on(c_store_rq const&, incoming_data_set& data) {
    counting_sink into{*book, null_sink{}};
    auto const how = co_await data.save(std::move(into));
    co_return how;
  }
};

inline std::size_t number_in(data_set const& all) {
  return std::stoul(all.get<std::string>(tags::patient_id));
}
inline std::size_t matches_of(std::size_t number) { return number % 50 == 0 ? 500 : number % 9; }

struct find_service {
  static constexpr auto sop_classes = sop::study_root_find;
  ledger* book;
  reply on(c_find_rq const&, data_set const& identifier, c_find_responses& out) {
    auto const number = number_in(identifier);
    if (fails(number)) co_return status::out_of_resources;
    for (std::size_t i = 0; i < matches_of(number) && !out.cancelled(); ++i) {
      data_set match;
      match.set(tags::patient_id, id_of(i));
      co_await out.pending(std::move(match));
    }
    throw_for(number);
    ++book->done[number];
    co_return status::success;
  }
};
struct get_service {
  static constexpr auto sop_classes = sop::study_root_get;
  ledger* book;
  std::vector<part10_file> files;
  reply on(c_get_rq const&, data_set const& identifier, c_get_responses& out) {
    auto const number = number_in(identifier);
    if (fails(number)) co_return status::out_of_resources;
    auto const how = co_await out.send(files);
    if (!how.is_failure()) ++book->done[number];
    co_return how;
  }
};
struct step_service {
  static constexpr auto sop_classes = sop::modality_performed_procedure_step;
  ledger* book;
  reply on(n_create_rq const&, data_set const& attributes, n_responses&) {
    return take(number_in(attributes));
  }
  reply on(n_set_rq const&, data_set const& attributes, n_responses& out) {
    data_set same{attributes};
    out.data_set(std::move(same));
    return take(number_in(attributes));
  }

 private:
  reply take(std::size_t number) {
    throw_for(number);
    if (fails(number)) co_return status::processing_failure;
    ++book->done[number];
    co_return status::success;
  }
};
struct watcher {
  ledger* book;
  void observe(association_established const&) { ++book->established; }
  void observe(association_ended const&) { ++book->ended; }
  void observe(association_refused const&) { ++book->refused; }
  void observe(protocol_violation const&) { ++book->violations; }
};

/// Files that C-GET sends, each the object of a number beyond those of the operations.
inline std::vector<part10_file> files_to_get(std::filesystem::path const& folder) {
  std::filesystem::create_directories(folder);
  std::vector<part10_file> all;
  for (std::size_t i = 0; i < files_of_a_get; ++i) {
    auto const number = 1'000'000'000 + i;
    auto const path = folder / id_of(number);
    save_part10(path, object(number, "2.25." + std::to_string(number), to_file),
                transfer_syntaxes::explicit_vr_little_endian);
    all.push_back(*examine_part10(path));
  }
  return all;
}

}  // namespace soak

// SPDX-License-Identifier: BSL-1.0
#pragma once

// C-STORE: an object is acknowledged when its file and its entry in the index are safe.
#include "archive/async_index.hpp"
#include "archive/instance_reader.hpp"
#include "archive/threads.hpp"
#include <codimse/file/part10_sink.hpp>
#include <codimse/service/service.hpp>
#include <codimse/sop/storage.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <exception>
#include <filesystem>
#include <optional>
#include <utility>

namespace archive {

/// Where objects go: a folder, an index, threads for work on files, and how safe files must be
/// before they are indexed and acknowledged.
struct store {
  std::filesystem::path directory;
  async_index* index;
  asio::any_io_executor files;
  codimse::durability durability;
};

/// A Part 10 file that is indexed before it counts as stored.
///
/// An object that is there already stays as it is, and the answer is success: a SOP Instance UID
/// names one object for ever, and no peer may replace what another one has stored.
///
/// The file has its name when the index learns of it. If the program ends between the two, the
/// file is left without an entry: nobody was told that it is stored, and sending it again, or
/// --reindex, gives it one.
class indexed_sink {
 public:
  indexed_sink(store const& where, codimse::c_store_rq const& request)
      : store_{where},
        sop_class_{request.affected_sop_class_uid},
        sop_instance_{request.affected_sop_instance_uid},
        file_{where.directory,
              {codimse::file_layout::by_study, codimse::on_duplicate::keep, where.durability},
              where.files} {}

  codimse::outcome open(codimse::object_info const& object) { return file_.open(object); }
  codimse::outcome write(codimse::fragments slices) { return file_.write(slices); }
  asio::awaitable<codimse::outcome> commit() {
    try {
      auto finish = [this] { return finish_file(); };
      codimse::outcome const how = co_await run_on(store_.files, std::move(finish));
      if (how.is_failure()) {
        if (placed_) co_await store_.index->drop(file_.path(), sop_instance_);
        co_return how;
      }
      auto const added = co_await store_.index->add(record_, placed_);
      if (added != async_index::added::elsewhere) co_return codimse::status::success;
      co_return codimse::outcome{codimse::status{0xC001},
                                 "this SOP Instance is stored otherwise, or in another study"};
    } catch (index_error const& failed) {
      co_return codimse::outcome{codimse::status::out_of_resources, failed.what()};
    }
  }
  void discard() noexcept { file_.discard(); }

  [[nodiscard]] bool wants_study_instance_uid() const { return true; }
  [[nodiscard]] std::optional<asio::any_io_executor> executor() const { return store_.files; }

 private:
  /// On a thread for files: gives the file its name, and reads what goes into the index.
  codimse::outcome finish_file() {
    std::error_code unknown;
    bool const was_there = std::filesystem::exists(file_.path(), unknown);
    if (auto const how = file_.commit(); how.is_failure()) return how;
    placed_ = !was_there;
    return read_back();
  }
  codimse::outcome read_back() {
    try {
      record_ = read_instance(file_.path());
    } catch (codimse::error const& failed) {
      // Else it is the disk's fault, and not the object's.
      bool const of_the_object = failed.code().category() == codimse::error_category();
      if (!of_the_object) return {codimse::status::out_of_resources, failed.what()};
      return {codimse::status::cannot_understand, failed.what()};
    } catch (std::exception const& failed) {
      return {codimse::status::out_of_resources, failed.what()};
    }
    auto const& is = record_.file.info;
    if (is.sop_class == sop_class_ && is.sop_instance == sop_instance_) return {};
    return {codimse::status::data_set_does_not_match,
            placed_ ? "its UIDs are not those of the request"
                    : "another object with this SOP Instance UID is stored"};
  }

  store store_;
  codimse::uid sop_class_;
  codimse::uid sop_instance_;
  codimse::part10_sink file_;
  instance_record record_;
  bool placed_ = false;  // the file is new, as far as we know: others may have placed it too
};

/// The Storage service class as SCP (PS3.4 Annex B).
class storage_service {
 public:
  static constexpr auto sop_classes = codimse::sop::all_storage;

  explicit storage_service(store where) : store_{std::move(where)} {}

  codimse::reply on(codimse::c_store_rq const& request, codimse::incoming_data_set& data) {
    indexed_sink target{store_, request};
    co_return co_await data.save(std::move(target));
  }

 private:
  store store_;
};

}  // namespace archive

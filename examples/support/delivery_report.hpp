// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "support/journal_file.hpp"
#include "support/report_text.hpp"
#include <codimse/scu/delivery.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <utility>
#include <vector>

namespace program {

/// What tells whether a file has changed. Size 0 and no time: it could not be looked at.
struct file_stamp {
  std::uint64_t size = 0;
  std::string changed;  // seconds.nanoseconds
  friend bool operator==(file_stamp const&, file_stamp const&) = default;
};

inline file_stamp stamp_of(std::filesystem::path const& path) {
  file_stamp out;
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) return out;
  out.size = static_cast<std::uint64_t>(about.st_size);
  auto const fraction = std::to_string(about.st_mtim.tv_nsec);
  out.changed =
      std::to_string(about.st_mtim.tv_sec) + "." + std::string(9 - fraction.size(), '0') + fraction;
  return out;
}

/// Account of what was sent, in its file at every moment (a crash of
/// the machine may lose the end of it): which files are to be sent, and what became
/// of each. Tab separated, bytes that are not printable ASCII as %XX (as in URLs):
///
///     codimse-storescu-report  1
///     peer  AE TITLE@HOST:PORT
///     STATE  PATH  SOP-INSTANCE-UID  SIZE  CHANGED  STATUS  transient|permanent  TRIES  PROBLEM
///     ...
///     listed  NUMBER OF FILES
///
/// STATE is not_tried, stored, warned, failed or unanswered; the last line of a PATH is what holds.
/// A file is listed as not_tried, written down as unanswered before its first byte leaves, and as
/// what became of it when that is known: so a run that is killed leaves the truth behind.
class delivery_report {
 public:
  struct record {
    std::filesystem::path path;
    std::string sop_instance;
    file_stamp stamp;
    codimse::delivery how = codimse::delivery::not_tried;
    std::string status;
    bool transient = false;
    unsigned tries = 0;
    std::string problem;
    /// In a former run: so it stays until there is an answer.
    bool was_unanswered = false;

    [[nodiscard]] bool acknowledged() const {
      return how == codimse::delivery::stored || how == codimse::delivery::warned;
    }
  };

  /// A new report for what is sent to `peer`. `former`, where there is one, comes first.
  delivery_report(std::filesystem::path const& path, std::string const& peer,
                  delivery_report const* former = nullptr)
      : file_{path} {
    if (!file_.read().empty())
      throw std::runtime_error{path.string() +
                               ": there is a report already, which --resume goes on from"};
    file_.write(report_text::line_of({title, "1"}) + report_text::line_of({"peer", peer}));
    if (former == nullptr) return;
    for (record const& one : former->records_) put(one);
    complete_ = former->complete_;
    flush();
  }
  /// Goes on from a former report, which must be of the same peer.
  static std::unique_ptr<delivery_report> resume(std::filesystem::path const& path,
                                                 std::string const& peer) {
    if (!std::filesystem::exists(path))
      throw std::runtime_error{path.string() + ": no such report"};
    return std::unique_ptr<delivery_report>{new delivery_report{path, peer, reading{}}};
  }

  /// Does it have all files of the former run?
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] std::filesystem::path const& path() const { return file_.path(); }
  [[nodiscard]] std::vector<std::filesystem::path> paths() const {
    std::vector<std::filesystem::path> out;
    out.reserve(records_.size());
    for (record const& one : records_) out.push_back(one.path);
    return out;
  }
  [[nodiscard]] record const* find(std::filesystem::path const& path) const {
    auto const at = places_.find(path.native());
    return at == places_.end() ? nullptr : &records_[at->second];
  }

  /// This file is to be sent. One that was sent and never answered stays so until it is answered,
  /// unless it is another object now.
  void list(std::filesystem::path const& path, std::string const& sop_instance,
            file_stamp const& stamp) {
    order_.push_back(path.native());
    auto const* const known = find(path);
    bool const same =
        known != nullptr && known->sop_instance == sop_instance && known->stamp == stamp;
    if (same) return;
    record one;
    one.path = path;
    one.sop_instance = sop_instance;
    one.stamp = stamp;
    put(one);
  }
  /// This one cannot even be read; what it was, or is now, is not known.
  void cannot_send(std::filesystem::path const& path, std::string const& why) {
    record one;
    if (auto const* const known = find(path); known != nullptr && known->was_unanswered)
      one = *known;
    else one.how = codimse::delivery::failed;
    one.path = path;
    one.transient = false;
    one.problem = why;
    put(one);
  }
  /// The list is complete.
  void listed() {
    buffer_ += report_text::line_of({"listed", std::to_string(records_.size())});
    flush();
  }

  /// The nth listed file leaves now.
  void begin(std::size_t nth) {
    record one = listed_at(nth);
    one.how = codimse::delivery::unanswered;
    one.status.clear();
    one.problem = "interrupted";
    one.transient = true;
    write(one);
  }
  void done(std::size_t nth, codimse::sent_file const& what, std::string const& status) {
    record& one = listed_at(nth);
    bool const unknown = one.was_unanswered && !what.status;
    one.how = unknown ? codimse::delivery::unanswered : what.how;
    one.status = status;
    one.transient = what.transient;
    one.tries += what.tries;
    one.problem = what.problem;
    write(one);
  }

 private:
  struct reading {};
  static constexpr char const* title = "codimse-storescu-report";

  delivery_report(std::filesystem::path const& path, std::string const& peer, reading)
      : file_{path} {
    std::string const text = file_.read();
    std::size_t number = 0;
    for (std::size_t at = 0; at < text.size(); ++number) {
      auto const end = text.find('\n', at);
      auto const fields = report_text::fields_of(std::string_view{text}.substr(at, end - at));
      bool const good = fields && understand(*fields, number, peer);
      if (!good)
        throw std::runtime_error{path.string() + ": line " + std::to_string(number + 1) +
                                 " is not that of a report"};
      at = end + 1;
    }
    if (number < 2) throw std::runtime_error{path.string() + ": not a report of storescu"};
    for (record& one : records_) one.was_unanswered = one.how == codimse::delivery::unanswered;
  }

  bool understand(std::vector<std::string> const& fields, std::size_t number,
                  std::string const& peer) {
    if (number == 0) return fields.size() == 2 && fields[0] == title && fields[1] == "1";
    if (number == 1 && fields.size() == 2 && fields[0] == "peer") {
      if (fields[1] == peer) return true;
      throw std::runtime_error{file_.path().string() + ": a report of what was sent to " +
                               report_text::escaped(fields[1]) + ", not to " + peer};
    }
    if (number > 1 && fields.size() == 2 && fields[0] == "listed") return complete_ = true;
    return number > 1 && understand_record(fields);
  }
  bool understand_record(std::vector<std::string> const& fields) {
    auto const how = state_of(fields[0]);
    if (fields.size() != 9 || !how || fields[1].empty()) return false;
    record one;
    one.how = *how;
    one.path = fields[1];
    one.sop_instance = fields[2];
    auto const size = number_of(fields[3]);
    auto const tries = number_of(fields[7]);
    if (!size || !tries) return false;
    one.stamp.size = *size;
    one.stamp.changed = fields[4];
    one.status = fields[5];
    one.transient = fields[6] == "transient";
    one.tries = static_cast<unsigned>(*tries);
    one.problem = fields[8];
    remember(one);
    return true;
  }
  static std::optional<codimse::delivery> state_of(std::string_view name) {
    using enum codimse::delivery;
    for (auto const one : {not_tried, stored, warned, failed, unanswered})
      if (codimse::name_of(one) == name) return one;
    return {};
  }
  static std::optional<std::uint64_t> number_of(std::string const& text) {
    if (text.empty() || text.size() > 18) return {};
    if (text.find_first_not_of("0123456789") != std::string::npos) return {};
    return std::stoull(text);
  }

  static std::string line_of(record const& one) {
    return report_text::line_of(
        {std::string{codimse::name_of(one.how)}, one.path.native(), one.sop_instance,
         std::to_string(one.stamp.size), one.stamp.changed, one.status,
         one.transient ? "transient" : "permanent", std::to_string(one.tries), one.problem});
  }
  void remember(record const& one) {
    auto const [at, is_new] = places_.emplace(one.path.native(), records_.size());
    if (is_new) records_.push_back(one);
    else records_[at->second] = one;
  }
  /// A list is written in large pieces, what becomes of a file at once.
  void put(record const& one) {
    remember(one);
    buffer_ += line_of(one);
    if (buffer_.size() > 65536) flush();
  }
  void flush() { file_.write(std::exchange(buffer_, {})); }
  void write(record const& one) { file_.write(line_of(one)); }
  record& listed_at(std::size_t nth) { return records_[places_.at(order_.at(nth))]; }

  journal_file file_;
  std::string buffer_;
  std::vector<record> records_;
  std::map<std::string, std::size_t> places_;
  std::vector<std::string> order_;  // of this run
  bool complete_ = false;
};

}  // namespace program

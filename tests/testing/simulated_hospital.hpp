// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/assoc/association.hpp>
#include <codimse/scu/find.hpp>
#include <codimse/scu/retrieve.hpp>
#include <codimse/service/perform_here.hpp>
#include <codimse/service/retrieve.hpp>
#include <codimse/sop/procedure_step.hpp>
#include <codimse/sop/query_retrieve.hpp>
#include <codimse/sop/storage.hpp>
#include <codimse/sop/storage_commitment.hpp>
#include <codimse/sop/verification.hpp>
#include <codimse/testing/portless_scp.hpp>
#include <codimse/testing/simulation.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// A server with every kind of service, whose handlers, sinks and sources are slow and fail at
/// random, and the model of what must have happened.
namespace hospital {

using namespace codimse;
namespace kit = codimse::testing;
using namespace std::chrono_literals;
using kit::seeded_random;
using kit::simulation;
using task = asio::awaitable<void>;

inline constexpr std::string_view explicit_le = "1.2.840.10008.1.2.1";
inline constexpr std::string_view ct = sop::ct_image_storage.uid;

/// The bytes of an object follow from its name, "2.25.NUMBER.SIZE".
inline std::string object_name(std::uint64_t number, std::size_t size) {
  return "2.25." + std::to_string(number) + "." + std::to_string(size);
}
inline std::vector<std::byte> object_bytes(std::string const& name) {
  auto const dot = name.rfind('.');
  auto const before = name.rfind('.', dot - 1);
  seeded_random random{std::stoull(name.substr(before + 1))};
  std::vector<std::byte> all(std::stoull(name.substr(dot + 1)));
  for (auto& one : all) one = static_cast<std::byte>(random.next() & 0xFFU);
  return all;
}
/// What arrives: odd lengths are made even with a zero byte (PS3.8 E.1).
inline std::vector<std::byte> object_on_the_wire(std::string const& name) {
  auto all = object_bytes(name);
  if (all.size() % 2 != 0) all.push_back(std::byte{0});
  return all;
}
inline object_info object_of(std::string const& name) {
  object_info info;
  info.sop_class = uid{ct};
  info.sop_instance = uid{name};
  info.transfer_syntax = uid{explicit_le};
  return info;
}

/// How often something took effect, and how often somebody was told so.
struct effect {
  int happened = 0;
  int acknowledged = 0;
};

/// One run's world: the model, and the randomness of its people.
struct world {
  explicit world(simulation& r) : run{r} {}

  simulation& run;
  std::map<std::string, effect> effects;  ///< stores, actions, creations: by name
  std::size_t frames = 0;                 ///< coroutines of ours

  /// Handlers may wait for ever. Then no network may keep to itself that the peer has gone.
  bool endless = run.random().one_in(2);
  bool trouble = true;  ///< handlers, sinks and sources fail and dawdle

  seeded_random& random() { return run.random(); }
  /// Once in n times, where there is trouble.
  bool maybe(std::size_t n) { return trouble && random().one_in(n); }
  void happened(std::string const& what) {
    run.trace().note("effect", what);
    ++effects[what].happened;
  }
  void acknowledged(std::string const& what) {
    run.trace().note("acknowledged", what);
    ++effects[what].acknowledged;
  }
  void require(bool holds, std::string const& what) { run.require(holds, what); }

  asio::awaitable<void> sleep(duration how_long) {
    return run.clock().sleep(run.loop().executor(), how_long);
  }
  /// Mostly nothing; now and then a wait, short or rather long.
  asio::awaitable<void> dawdle_a_while() {
    if (maybe(3)) co_await sleep(random().less_than(50ms));
    if (maybe(40)) co_await sleep(random().less_than(70s));
  }
  /// The same, or until somebody ends it.
  asio::awaitable<void> dawdle() {
    co_await dawdle_a_while();
    if (endless && maybe(100)) co_await sleep(24h);
  }

  void check() {
    for (auto const& [name, one] : effects) {
      require(one.happened <= 1, "happened more than once: " + name);
      require(one.acknowledged <= one.happened, "acknowledged, but did not happen: " + name);
    }
  }
};

/// Counts a coroutine of ours, to see that all have gone.
class present {
 public:
  explicit present(world& w) : world_{&w} { ++world_->frames; }
  present(present const&) = delete;
  present& operator=(present const&) = delete;
  ~present() { --world_->frames; }

 private:
  world* world_;
};

struct mishap_in_handler : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Keeps the object whole before it lets it count; slow, and fails at a step that is drawn.
class simulated_sink {
 public:
  explicit simulated_sink(world& w)
      : world_{&w}, fails_at_{w.trouble ? w.random().below(16) : 13} {}

  asio::awaitable<outcome> open(object_info const& object) {
    name_ = object.sop_instance.str();
    return step(0);
  }
  asio::awaitable<outcome> write(fragments slices) { return take(slices); }
  asio::awaitable<outcome> commit() { return finish(); }
  void discard() noexcept { got_.clear(); }

 private:
  asio::awaitable<outcome> step(std::size_t number) {
    co_await world_->dawdle();
    if (fails_at_ == 2 * number) co_return outcome{status::out_of_resources, "disk full"};
    if (fails_at_ == 2 * number + 1) throw mishap_in_handler{"the disk has gone"};
    co_return outcome{};
  }
  asio::awaitable<outcome> take(fragments slices) {
    auto const how = co_await step(1);
    // Only now: the slices must still be there after the wait.
    for (auto const& slice : slices) got_.insert(got_.end(), slice.begin(), slice.end());
    co_return how;
  }
  asio::awaitable<outcome> finish() {
    auto const how = co_await step(2);
    if (how.is_failure()) co_return how;
    world_->require(got_ == object_on_the_wire(name_), "wrong bytes stored of " + name_);
    world_->happened("store " + name_);
    if (fails_at_ == 15) throw mishap_in_handler{"stored, and then something failed"};
    if (fails_at_ == 14) co_return outcome{status{0xB000}};
    co_return outcome{};
  }

  world* world_;
  std::size_t fails_at_;
  std::string name_;
  std::vector<std::byte> got_;
};

/// What is sent: at once or slowly, and perhaps not to the end.
class simulated_source {
 public:
  simulated_source(world& w, std::string const& name)
      : world_{&w}, info_{object_of(name)}, bytes_{object_bytes(name)} {
    if (w.maybe(12)) fails_at_ = w.random().below(bytes_.size() + 1);
    throws_ = w.maybe(2);
    lazy_ = w.maybe(4);
  }
  [[nodiscard]] object_info const& info() const { return info_; }
  [[nodiscard]] std::uint64_t size() const { return bytes_.size(); }
  asio::awaitable<read_result> read(pieces into) {
    if (lazy_) co_await world_->dawdle_a_while();
    read_result out;
    for (auto const& piece : into) {
      auto const n = std::min(piece.size(), bytes_.size() - at_);
      std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), n, piece.begin());
      at_ += n;
      out.bytes += n;
    }
    if (at_ >= fails_at_) {
      if (throws_) throw std::system_error{std::make_error_code(std::errc::io_error)};
      co_return read_result{0, false, std::make_error_code(std::errc::io_error)};
    }
    out.last = at_ == bytes_.size();
    co_return out;
  }

 private:
  world* world_;
  object_info info_;
  std::vector<std::byte> bytes_;
  std::size_t at_ = 0;
  std::size_t fails_at_ = kit::unlimited;
  bool throws_ = false;
  bool lazy_ = false;
};

/// Files for C-GET: good ones, one that is shorter than it says, one that is not there.
class shelf {
 public:
  shelf() : root_{std::filesystem::temp_directory_path() / ("codimse_simulation_" + tag())} {
    std::filesystem::create_directories(root_);
    for (std::size_t i = 0; i < 4; ++i) good_.push_back(make(object_name(i, 10 + 333 * i), false));
    short_ = make(object_name(4, 5000), true);
    missing_ = make(object_name(5, 50), false);
    std::filesystem::remove(missing_.path);
  }
  shelf(shelf const&) = delete;
  shelf& operator=(shelf const&) = delete;
  ~shelf() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  [[nodiscard]] std::vector<part10_file> some(seeded_random& random) const {
    std::vector<part10_file> out;
    auto const count = random.below(5);
    for (std::size_t i = 0; i < count; ++i) {
      if (random.one_in(30)) out.push_back(short_);
      else if (random.one_in(20)) out.push_back(missing_);
      else out.push_back(good_[random.below(good_.size())]);
    }
    return out;
  }

 private:
  static std::string tag() { return std::to_string(std::random_device{}()); }
  part10_file make(std::string const& name, bool torn) {
    part10_file one;
    one.path = root_ / name;
    one.info = object_of(name);
    auto const bytes = object_bytes(name);
    one.data_set_size = bytes.size();
    std::ofstream file{one.path, std::ios::binary};
    file.write(reinterpret_cast<char const*>(bytes.data()),
               static_cast<std::streamsize>(torn ? bytes.size() / 2 : bytes.size()));
    return one;
  }

  std::filesystem::path root_;
  std::vector<part10_file> good_;
  part10_file short_;
  part10_file missing_;
};
inline shelf const& files() {
  static shelf const all;
  return all;
}

struct echo_service {
  static constexpr auto sop_classes = sop::verification;
  world* w;
  reply on(c_echo_rq const&, association_info const&) {
    present const here{*w};
    co_await w->dawdle();
    co_return status::success;
  }
};

struct store_service {
  static constexpr auto sop_classes = sop::ct_image_storage;
  world* w;
  reply on(c_store_rq const& rq, incoming_data_set& data) {
    present const here{*w};
    co_await w->dawdle();
    if (w->maybe(12)) co_return outcome{status::out_of_resources, "not today"};
    if (w->maybe(12)) throw mishap_in_handler{"the handler does not like it"};
    if (w->maybe(12)) co_return co_await half(data);
    if (w->maybe(10)) co_return co_await whole(rq, data);
    simulated_sink into{*w};
    auto const how = co_await data.save(std::move(into));
    if (w->maybe(20)) co_await w->dawdle();
    co_return how;
  }

 private:
  reply half(incoming_data_set& data) {
    auto const slices = co_await data.next();
    co_await w->dawdle();
    static_cast<void>(slices);
    co_return status::out_of_resources;
  }
  reply whole(c_store_rq const& rq, incoming_data_set& data) {
    auto const all = co_await data.read_all();
    auto const name = rq.affected_sop_instance_uid.str();
    w->require(all == object_on_the_wire(name), "wrong bytes read of " + name);
    co_await w->dawdle();
    w->happened("store " + name);
    co_return status::success;
  }
};

/// Patient ID says how many matches; each match has its number there.
struct find_service {
  static constexpr auto sop_classes = sop::study_root_find;
  world* w;
  reply on(c_find_rq const&, data_set const& identifier, c_find_responses& out) {
    present const here{*w};
    auto const count = std::stoul(identifier.get<std::string>(tags::patient_id));
    bool const polite = w->maybe(2);
    if (w->maybe(4))
      co_await asio::this_coro::reset_cancellation_state(asio::enable_partial_cancellation());
    for (std::size_t i = 0; i < count; ++i) {
      if (polite && out.cancelled()) break;
      if (w->maybe(150)) throw mishap_in_handler{"the database has gone"};
      if (w->maybe(4)) co_await w->dawdle();
      data_set match;
      match.set(tags::patient_id, std::to_string(i));
      co_await out.pending(std::move(match));
    }
    co_return status::success;
  }
};

/// C-GET from disk; C-MOVE to a second server, over a connection of its own.
struct retrieve_service {
  static constexpr auto sop_classes = sop::study_root_get + sop::study_root_move;
  world* w;
  std::function<asio::awaitable<association>()> open_destination;

  reply on(c_get_rq const&, data_set const& identifier, c_get_responses& out) {
    present const here{*w};
    seeded_random mine{std::stoull(identifier.get<std::string>(tags::patient_id))};
    co_await w->dawdle();
    auto const how = co_await out.send(files().some(mine));
    co_return how;
  }
  reply on(c_move_rq const&, data_set const& identifier, c_move_responses& out) {
    present const here{*w};
    seeded_random mine{std::stoull(identifier.get<std::string>(tags::patient_id))};
    auto& counts = out.fields().sub_operations;
    counts.completed = counts.failed = 0;
    auto const many = mine.below(4);
    try {
      association to = co_await open_destination();
      for (std::size_t i = 0; i < many && !out.cancelled(); ++i) {
        auto const name = object_name(mine.next() >> 1U, mine.below(3000));
        simulated_source data{*w, name};
        auto const rsp = co_await store(to, std::move(data));
        if (rsp.status.is_success() || rsp.status.is_warning()) w->acknowledged("store " + name);
        if (rsp.status.is_failure()) counts.failed = static_cast<std::uint16_t>(*counts.failed + 1);
        else counts.completed = static_cast<std::uint16_t>(*counts.completed + 1);
      }
      co_await to.release();
    } catch (std::system_error const&) {
      co_return statuses::retrieve::cannot_perform_sub_operations;
    }
    co_return status::success;
  }
};

/// To release from the acceptor's side, which the library's users cannot: a release collision.
struct releaser : association_ref {
  explicit releaser(association_ref const& from) : association_ref{from} {}
  static task release(std::shared_ptr<codimse::detail::session> s) {
    try {
      co_await s->release();
    } catch (std::system_error const&) {
    }
  }
  task go() const { return release(session()); }
};

/// N-ACTION with an event before or after its response, which may be a failure.
struct action_service {
  static constexpr auto sop_classes = sop::storage_commitment_push_model;
  world* w;
  reply on(n_action_rq const& rq, data_set const& what, n_responses& out,
           association_info const& info) {
    present const here{*w};
    auto const name = what.get<std::string>(tags::patient_id);
    co_await w->dawdle();
    bool const fails = w->maybe(10);
    if (!fails) w->happened("action " + name);
    association_ref const back = info.association();
    if (w->maybe(3)) co_await tell(w, back, name);
    else if (w->maybe(2)) w->run.loop().spawn(tell(w, back, name));
    if (w->maybe(8)) w->run.loop().spawn(releaser{back}.go());
    data_set answer;
    answer.set(tags::patient_id, name);
    if (rq.action_type_id % 2 == 0) out.data_set(std::move(answer));
    if (fails) co_return status::processing_failure;
    co_return status::success;
  }

 private:
  static task tell(world* w, association_ref back, std::string name) {
    present const here{*w};
    n_event_report_rq event;
    event.affected_sop_class_uid = uid{sop::storage_commitment_push_model.uid};
    event.affected_sop_instance_uid = uid{sop::storage_commitment_push_model_instance};
    event.event_type_id = 1;
    data_set about;
    about.set(tags::patient_id, name);
    try {
      auto const rsp = co_await back.request(event, std::move(about));
      if (rsp.status.is_success()) w->acknowledged("event " + name);
    } catch (std::system_error const&) {
    }
  }
};

struct step_service {
  static constexpr auto sop_classes = sop::modality_performed_procedure_step;
  world* w;
  reply on(n_create_rq const& rq, data_set const& attributes, n_responses& out) {
    present const here{*w};
    co_await w->dawdle();
    if (attributes.get<std::string>(tags::patient_id) != rq.affected_sop_instance_uid.str())
      w->require(false, "attributes of another N-CREATE");
    w->happened("create " + rq.affected_sop_instance_uid.str());
    out.affected_sop_instance(rq.affected_sop_instance_uid);
    co_return status::success;
  }
  reply on(n_set_rq const& rq, data_set const&, n_responses&) {
    present const here{*w};
    co_await w->dawdle();
    w->happened("set " + rq.requested_sop_instance_uid.str());
    co_return status::success;
  }
};

/// What a client performs: takes the objects of its C-GET, hears of events.
struct client_storage {
  static constexpr auto sop_classes = sop::ct_image_storage;
  world* w;
  std::shared_ptr<std::vector<std::string>> got;
  reply on(c_store_rq const& rq, incoming_data_set& data) {
    present const here{*w};
    auto const all = co_await data.read_all();
    auto const name = rq.affected_sop_instance_uid.str();
    w->require(all == object_on_the_wire(name), "wrong bytes got of " + name);
    co_await w->dawdle();
    got->push_back(name);
    co_return status::success;
  }
};
struct client_events {
  static constexpr auto sop_classes = sop::storage_commitment_push_model;
  world* w;
  reply on(n_event_report_rq const&, data_set const& about, n_responses&) {
    present const here{*w};
    co_await w->dawdle();
    w->happened("event " + about.get<std::string>(tags::patient_id));
    co_return status::success;
  }
};

}  // namespace hospital

// SPDX-License-Identifier: BSL-1.0
#include "files.hpp"
#include <codimse/data/read.hpp>
#include <codimse/data/write.hpp>
#include <codimse/file/transcoding.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <exception>
#include <optional>
#include <string>

namespace {

using namespace codimse_test;
using namespace transfer_syntaxes;

constexpr auto& little = explicit_vr_little_endian;
constexpr auto& big = explicit_vr_big_endian;

template <class T>
T run(asio::awaitable<T> what) {
  asio::io_context context;
  std::optional<T> result;
  asio::co_spawn(context, std::move(what), [&](std::exception_ptr thrown, T value) {
    if (thrown) std::rethrow_exception(thrown);
    result = std::move(value);
  });
  context.run();
  return *std::move(result);
}

/// Yields what a memory_source yields, later.
class later_source {
 public:
  later_source(object_info const& info, std::span<std::byte const> data) : inner_{info, data} {}
  [[nodiscard]] object_info const& info() const { return inner_.info(); }
  [[nodiscard]] std::uint64_t size() const { return inner_.size(); }
  asio::awaitable<read_result> read(pieces into) { co_return inner_.read(into); }

 private:
  memory_source inner_;
};
static_assert(source<transcoding_source<memory_source>>);
static_assert(source<transcoding_source<later_source>>);
static_assert(sink<transcoding_sink<memory_sink>>);

object_info info_in(transfer_syntax const& syntax) {
  object_info info;
  info.sop_class = uid{ct_class};
  info.transfer_syntax = uid{syntax.uid};
  return info;
}
data_set sample(std::size_t pixels) {
  data_set all;
  all.set(tags::rows, 4);
  all.add_item(tags::referenced_image_sequence).set(tags::rows, 5);
  all.set_bytes(tags::pixel_data, vr::ow, pattern(pixels));
  return all;
}

/// Reads a source with two pieces of some size at a time. No read but the last is short or the
/// last.
template <class S>
bytes_t all_of(S& from, std::size_t size) {
  bytes_t out;
  for (;;) {
    bytes_t first(size);
    bytes_t second(size + 1);
    std::array<std::span<std::byte>, 2> places{first, second};
    read_result got;
    if constexpr (std::same_as<decltype(from.read(places)), read_result>) got = from.read(places);
    else got = run(from.read(places));
    EXPECT_FALSE(got.error) << got.error.message();
    EXPECT_TRUE(got.last || got.bytes == 2 * size + 1);
    first.insert(first.end(), second.begin(), second.end());
    out.insert(out.end(), first.begin(), first.begin() + static_cast<long>(got.bytes));
    if (got.last || got.error) return out;
  }
}

TEST(transcoding_source, yields_the_data_set_in_the_other_syntax) {
  for (std::size_t const pixels : {0U, 1000U, 300'000U}) {
    auto const all = sample(pixels);
    auto const bytes = write_data_set(all, little);
    for (auto const* const to : plain_syntaxes)
      for (std::size_t const step : {1U, 100U, 70'000U}) {
        if (step == 1 && pixels > 1000) continue;
        transcoding_source now{memory_source{info_in(little), bytes}, *to};
        EXPECT_EQ(now.info().transfer_syntax.view(), to->uid);
        EXPECT_EQ(now.info().sop_class.view(), ct_class);
        EXPECT_EQ(now.size(), 0U);
        EXPECT_EQ(all_of(now, step), write_data_set(all, *to));
        transcoding_source later{later_source{info_in(little), bytes}, *to};
        EXPECT_EQ(all_of(later, step), write_data_set(all, *to));
      }
  }
}

TEST(transcoding_source, an_empty_data_set_ends_at_once) {
  transcoding_source from{memory_source{info_in(little), {}}, big};
  EXPECT_TRUE(all_of(from, 10).empty());
}

TEST(transcoding_source, errors_have_names) {
  auto const bytes = hex("28001000 5553 0400 04");
  transcoding_source from{memory_source{info_in(little), bytes}, big};
  bytes_t place(100);
  std::array<std::span<std::byte>, 1> places{place};
  EXPECT_EQ(from.read(places).error, errc::truncated_data_set);
  EXPECT_EQ(from.read(places).error, errc::truncated_data_set);
}

TEST(transcoding_source, is_for_uncompressed_ones) {
  auto const refuses = [](transfer_syntax const& from, transfer_syntax const& to) {
    try {
      transcoding_source const made{memory_source{info_in(from), {}}, to};
    } catch (error const& thrown) {
      return thrown.code() == errc::invalid_argument;
    }
    return false;
  };
  EXPECT_TRUE(refuses(jpeg_baseline_8_bit, little));
  EXPECT_TRUE(refuses(little, jpeg_baseline_8_bit));
  EXPECT_TRUE(refuses(little, deflated_explicit_vr_little_endian));
  EXPECT_FALSE(refuses(little, big));
}

/// Remembers what it was opened with.
class noting_sink {
 public:
  noting_sink(object_info& opened, bytes_t& into) : opened_{&opened}, inner_{into} {}
  outcome open(object_info const& info) {
    *opened_ = info;
    return inner_.open(info);
  }
  outcome write(fragments slices) { return inner_.write(slices); }
  outcome commit() { return inner_.commit(); }
  void discard() noexcept { inner_.discard(); }

 private:
  object_info* opened_;
  memory_sink inner_;
};

struct stored {
  object_info opened;
  bytes_t bytes;
  outcome how;
};
stored store(transfer_syntax const& from, std::span<std::byte const> bytes,
             transfer_syntax const& to, std::size_t step = 1000) {
  stored all;
  transcoding_sink target{noting_sink{all.opened, all.bytes}, to};
  all.how = run(target.open(info_in(from)));
  for (std::size_t i = 0; i < bytes.size() && !all.how.is_failure(); i += step) {
    std::array const slices{bytes.subspan(i, std::min(step, bytes.size() - i))};
    all.how = run(target.write(slices));
  }
  if (!all.how.is_failure()) all.how = run(target.commit());
  if (all.how.is_failure()) target.discard();
  return all;
}

TEST(transcoding_sink, stores_in_the_chosen_syntax) {
  auto const all = sample(100'000);
  for (auto const* const from : plain_syntaxes)
    for (auto const* const to : plain_syntaxes) {
      auto const got = store(*from, write_data_set(all, *from), *to);
      EXPECT_FALSE(got.how.is_failure());
      EXPECT_EQ(got.opened.transfer_syntax.view(), to->uid);
      EXPECT_EQ(got.bytes, write_data_set(all, *to));
    }
}

TEST(transcoding_sink, what_is_compressed_passes_unchanged) {
  auto const bytes = pattern(3000);
  for (auto const* const from : {&jpeg_baseline_8_bit, &deflated_explicit_vr_little_endian, &big}) {
    auto const got = store(*from, bytes, big);
    EXPECT_FALSE(got.how.is_failure());
    EXPECT_EQ(got.opened.transfer_syntax.view(), from->uid);
    EXPECT_EQ(got.bytes, bytes);
  }
}

TEST(transcoding_sink, a_data_set_that_cannot_be_read_is_a_failure) {
  auto const cut = store(little, hex("28001000 5553 0400 04"), big);
  EXPECT_EQ(cut.how.status(), status::cannot_understand);
  EXPECT_TRUE(cut.bytes.empty());
  auto const wrong = store(little, hex("FEFF00E0 00000000 28001000 5553"), big);
  EXPECT_EQ(wrong.how.status(), status::cannot_understand);
}

TEST(transcoding_sink, is_for_uncompressed_ones) {
  EXPECT_THROW((transcoding_sink{null_sink{}, jpeg_baseline_8_bit}), error);
}

}  // namespace

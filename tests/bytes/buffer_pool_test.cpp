// SPDX-License-Identifier: BSL-1.0
#include <codimse/bytes/buffer_pool.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace {

using codimse::buffer_pool;

TEST(buffer_pool, hands_out_slabs_of_its_size) {
  buffer_pool pool{128, 2};
  auto const slab = pool.take();
  EXPECT_TRUE(slab);
  EXPECT_EQ(slab.bytes().size(), 128U);
  EXPECT_EQ(pool.slab_size(), 128U);
  EXPECT_EQ(buffer_pool{}.slab_size(), buffer_pool::default_slab_size);
}

TEST(buffer_pool, reuses_what_came_back) {
  buffer_pool pool{128, 2};
  auto slab = pool.take();
  std::byte const* const memory = slab.bytes().data();
  slab.release();
  EXPECT_FALSE(slab);
  EXPECT_TRUE(slab.bytes().empty());
  slab.release();  // again: nothing
  EXPECT_EQ(pool.take().bytes().data(), memory);
  EXPECT_EQ(pool.take().bytes().data(), memory);  // the temporary of the line above came back
}

TEST(buffer_pool, keeps_no_more_than_it_was_told) {
  buffer_pool pool{64, 2};
  std::vector<buffer_pool::slab> slabs;
  std::set<std::byte const*> first;
  for (int i = 0; i < 5; ++i) {
    slabs.push_back(pool.take());
    first.insert(slabs.back().bytes().data());
  }
  EXPECT_EQ(first.size(), 5U);  // nobody shares

  // Returned in order, so the first two are kept and come back last in, first out.
  std::byte const* const kept[] = {slabs[0].bytes().data(), slabs[1].bytes().data()};
  for (auto& one : slabs) one.release();
  auto const a = pool.take();
  auto const b = pool.take();
  EXPECT_EQ(a.bytes().data(), kept[1]);
  EXPECT_EQ(b.bytes().data(), kept[0]);
}

TEST(buffer_pool, may_keep_nothing) {
  buffer_pool pool{64, 0};
  pool.take().release();
  EXPECT_TRUE(pool.take());
}

TEST(buffer_pool, slabs_move) {
  buffer_pool pool{64, 4};
  auto a = pool.take();
  std::byte const* const memory = a.bytes().data();
  auto b = std::move(a);
  EXPECT_EQ(b.bytes().data(), memory);

  auto c = pool.take();
  std::byte const* const other = c.bytes().data();
  c = std::move(b);
  EXPECT_EQ(c.bytes().data(), memory);
  EXPECT_EQ(pool.take().bytes().data(), other);  // what c held went back

  buffer_pool::slab empty;
  EXPECT_FALSE(empty);
  c = std::move(empty);
  EXPECT_FALSE(c);
}

TEST(buffer_pool, serves_threads) {
  buffer_pool pool{256, 3};
  std::atomic<bool> shared = false;
  std::vector<std::thread> threads;
  for (int n = 1; n <= 4; ++n)
    threads.emplace_back([&pool, &shared, mark = static_cast<std::byte>(n)] {
      for (int i = 0; i < 2000; ++i) {
        auto const slab = pool.take();
        std::ranges::fill(slab.bytes(), mark);
        if (i % 64 == 0) std::this_thread::yield();
        if (std::ranges::any_of(slab.bytes(), [mark](std::byte b) { return b != mark; }))
          shared = true;
      }
    });
  for (auto& one : threads) one.join();
  EXPECT_FALSE(shared);
}

TEST(buffer_pool, tells_what_is_lent) {
  codimse::buffer_pool pool{64, 1};
  EXPECT_EQ(pool.lent(), 0U);
  {
    auto const one = pool.take();
    auto two = pool.take();
    EXPECT_EQ(pool.lent(), 2U);
    auto const moved = std::move(two);
    EXPECT_EQ(pool.lent(), 2U);
  }
  EXPECT_EQ(pool.lent(), 0U);
  auto const again = pool.take();
  EXPECT_EQ(pool.lent(), 1U);
}

}  // namespace

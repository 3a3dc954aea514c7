// SPDX-License-Identifier: BSL-1.0
// co_await in a condition, in a body without a local at its top level.
#include "mini_task.hpp"

int visits = 0;

task<int> one() { co_return 1; }

task<int> condition() {
#ifdef SAFE
  int const got = co_await one();
  if (got != 2) ++visits;
#else
  if (co_await one() != 2) ++visits;
#endif
  co_return 7;
}

int main() {
  int const got = condition().run();
  return verdict(got == 7 && visits == 1);
}

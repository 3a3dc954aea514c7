// SPDX-License-Identifier: BSL-1.0
// co_await in the condition of a loop.
#include "mini_task.hpp"

int turns = 0;

task<bool> more() { co_return turns < 3; }

task<int> loop() {
#ifdef SAFE
  for (;;) {
    bool const go_on = co_await more();
    if (!go_on) break;
    ++turns;
  }
#else
  while (co_await more()) ++turns;
#endif
  co_return turns;
}

int main() {
  int const got = loop().run();
  return verdict(got == 3);
}

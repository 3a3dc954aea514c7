// SPDX-License-Identifier: BSL-1.0
// An aggregate that is built around a co_await.
#include "mini_task.hpp"

struct pair {
  counted first;
  counted second;
};

task<counted> make() {
  counted one;
  co_return one;
}

task<int> aggregate() {
#ifdef SAFE
  counted const one = co_await make();
  pair const both{one, counted{}};
#else
  pair const both{co_await make(), co_await make()};
#endif
  both.first.check();
  both.second.check();
  co_return 2;
}

int main() {
  int const got = aggregate().run();
  return verdict(got == 2);
}

// SPDX-License-Identifier: BSL-1.0
// co_await in one branch of the conditional operator.
#include "mini_task.hpp"

task<counted> make() {
  counted one;
  co_return one;
}
counted other() { return {}; }

task<int> conditional(bool which) {
#ifdef SAFE
  counted got;
  if (which) got = co_await make();
  else got = other();
#else
  counted got = which ? co_await make() : other();
#endif
  got.check();
  co_return 3;
}

int main() {
  int got = conditional(true).run();
  got += conditional(false).run();
  return verdict(got == 6);
}

// SPDX-License-Identifier: BSL-1.0
// A temporary aggregate with a member of class type in an await expression.
#include "mini_task.hpp"

struct options {
  counted member;
  int number = 0;
};

task<int> take(options o) {
  o.member.check();
  co_return o.number;
}

task<int> temporary_aggregate() {
#ifdef SAFE
  options const o{counted{}, 4};
  int const got = co_await take(o);
#else
  int const got = co_await take(options{counted{}, 4});
#endif
  co_return got;
}

int main() {
  int const got = temporary_aggregate().run();
  return verdict(got == 4);
}

// SPDX-License-Identifier: BSL-1.0
// A braced list of owning elements in an await expression: does not compile.
#include "mini_task.hpp"

#include <initializer_list>

task<int> take(std::initializer_list<counted> list) { co_return static_cast<int>(list.size()); }

task<int> braced_list() {
#ifdef SAFE
  std::initializer_list<counted> const list{counted{}, counted{}};
  int const got = co_await take(list);
#else
  int const got = co_await take({counted{}, counted{}});
#endif
  co_return got;
}

int main() {
  int const got = braced_list().run();
  return verdict(got == 2);
}

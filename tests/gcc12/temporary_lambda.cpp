// SPDX-License-Identifier: BSL-1.0
// A temporary lambda with a capture in an await expression.
#include "mini_task.hpp"

template <class F>
task<int> call(F f) {
  co_return f();
}

task<int> temporary_lambda(counted const& one) {
#ifdef SAFE
  auto f = [one] {
    one.check();
    return 5;
  };
  int const got = co_await call(std::move(f));
#else
  int const got = co_await call([one] {
    one.check();
    return 5;
  });
#endif
  co_return got;
}

int main() {
  int got = 0;
  {
    counted const one;
    got = temporary_lambda(one).run();
  }
  return verdict(got == 5);
}

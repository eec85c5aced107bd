// SPDX-License-Identifier: Apache-2.0
#include "accounts/throttle.h"

#include "tests/support/test.h"

using capid::accounts::Throttle;

namespace {

constexpr int64_t kSecond = 1'000;

}   // namespace

TEST_CASE("so many tries at once, and one more with every interval") {
  Throttle throttle(3, 10 * kSecond);
  for (int i = 0; i < 3; ++i) CHECK(throttle.take("ada", 0) == 0);
  CHECK(throttle.take("ada", 0) == 10 * kSecond);
  CHECK(throttle.take("ada", 4 * kSecond) == 6 * kSecond);   // what is refused is not counted
  CHECK(throttle.take("ada", 10 * kSecond) == 0);
  CHECK(throttle.take("ada", 10 * kSecond) == 10 * kSecond);
  CHECK(throttle.take("bob", 10 * kSecond) == 0);
  for (int i = 0; i < 3; ++i)
    CHECK(throttle.take("ada", 1'000 * kSecond) == 0);   // no more than at first, after however long
  CHECK(throttle.take("ada", 1'000 * kSecond) == 10 * kSecond);
}

TEST_CASE("a try that was not in vain does not count") {
  Throttle throttle(2, 10 * kSecond);
  for (int i = 0; i < 100; ++i) {
    CHECK(throttle.take("ada", 0) == 0);
    throttle.give_back("ada");
  }
  throttle.give_back("nobody");
  CHECK(throttle.take("ada", 0) == 0);
  CHECK(throttle.take("ada", 0) == 0);
  CHECK(throttle.take("ada", 0) > 0);
}

TEST_CASE("names without number do not make it forget whom it holds up at this moment") {
  Throttle throttle(1, 3'600 * kSecond);
  CHECK(throttle.take("ada", 0) == 0);
  for (int i = 0; i < 30'000; ++i) {
    (void)throttle.take("name " + std::to_string(i), i);
    if (i % 1'000 == 0) (void)throttle.take("ada", i);
  }
  CHECK(throttle.take("ada", 30'000) > 0);
}

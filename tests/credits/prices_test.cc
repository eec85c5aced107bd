// SPDX-License-Identifier: Apache-2.0
#include "credits/prices.h"

#include "tests/support/test.h"

using namespace capid::credits;

TEST_CASE("tokens cost what the price list says, to the nearest micro-credit") {
  const TokenPrice price{.input = 3'000'000, .output = 15'000'000, .cached = 300'000};
  CHECK(cost_of({}, price) == 0);
  CHECK(cost_of({.input = 1'000}, price) == 3'000'000);
  CHECK(cost_of({.output = 1}, price) == 15'000);
  CHECK(cost_of({.input = 1'000, .cached = 1'000}, price) == 300'000);
  CHECK(cost_of({.input = 1'234, .cached = 234, .output = 7}, price) == 3'000'000 + 70'200 + 105'000);
  // 0.0004, 0.0005 and 0.0006 of a micro-credit's thousand, and the sum is rounded once.
  CHECK(cost_of({.input = 1}, {.input = 499}) == 0);
  CHECK(cost_of({.input = 1}, {.input = 500}) == 1);
  CHECK(cost_of({.input = 1, .output = 1}, {.input = 499, .output = 499}) == 1);
  CHECK(cost_of({.input = 3}, {.input = 500}) == 2);
}

TEST_CASE("no count and no price makes a cost that wraps round, or one below nothing") {
  const TokenPrice dear{.input = INT64_MAX, .output = INT64_MAX, .cached = INT64_MAX};
  const int64_t most = cost_of({.input = INT64_MAX / 4, .output = INT64_MAX / 4}, dear);
  CHECK(most == INT64_MAX / 2);
  CHECK(cost_of({.input = 5, .cached = 7}, {.input = 1'000'000}) == 0);
}

TEST_CASE("processor time costs by the millisecond") {
  CHECK(cost_of_cpu(0, 2'500'000) == 0);
  CHECK(cost_of_cpu(1, 2'500'000) == 2'500);
  CHECK(cost_of_cpu(1'300, 2'500'000) == 3'250'000);
  CHECK(cost_of_cpu(INT64_MAX, INT64_MAX) == INT64_MAX / 2);
}

// SPDX-License-Identifier: Apache-2.0
#include "webhooks/budget.h"

#include "tests/support/test.h"

using namespace capid;
using webhooks::Budget;

namespace {

constexpr Budget::Limits kLimits{.all = {6, 1000}, .account = {4, 600}, .lane = {2, 300}};

const store::DeliveryLane kAdaA{"ada", "a"}, kAdaB{"ada", "b"}, kAdaC{"ada", "c"}, kBobA{"bob", "a"}, kBobB{"bob", "b"},
    kEveA{"eve", "a"};

}   // namespace

TEST_CASE("one receiver, one account and all of them have their bounds") {
  Budget budget(kLimits);
  CHECK(budget.take(kAdaA, 1));
  CHECK(budget.take(kAdaA, 1));
  CHECK_FALSE(budget.has_room(kAdaA));
  CHECK_FALSE(budget.take(kAdaA, 1));
  CHECK(budget.has_room(kAdaB));
  CHECK(budget.take(kAdaB, 1));
  CHECK(budget.take(kAdaB, 1));
  CHECK_FALSE(budget.has_room(kAdaC));
  CHECK_FALSE(budget.take(kAdaC, 1));
  CHECK(budget.take(kBobA, 1));   // the same receiver, but another's lane
  CHECK(budget.take(kBobA, 1));
  CHECK_FALSE(budget.has_room());
  CHECK_FALSE(budget.take(kEveA, 1));
  budget.give_back(kAdaA, 1);
  CHECK(budget.take(kEveA, 1));
}

TEST_CASE("bytes are bounded like counts, and come back") {
  Budget budget(kLimits);
  CHECK(budget.take(kAdaA, 200));
  CHECK_FALSE(budget.take(kAdaA, 101));
  CHECK(budget.take(kAdaA, 100));
  CHECK(budget.take(kAdaB, 300));
  CHECK_FALSE(budget.take(kAdaC, 1));
  CHECK(budget.take(kBobA, 300));
  CHECK_FALSE(budget.take(kEveA, 101));
  budget.give_back(kAdaA, 200);
  CHECK(budget.take(kEveA, 300));
}

TEST_CASE("what is larger than a limit goes alone") {
  Budget budget(kLimits);
  CHECK(budget.take(kAdaA, 5000));
  CHECK_FALSE(budget.take(kAdaA, 1));
  CHECK_FALSE(budget.take(kBobB, 1));
  budget.give_back(kAdaA, 5000);
  CHECK(budget.take(kBobB, 1));
  CHECK_FALSE(budget.take(kAdaA, 5000));
}

TEST_CASE("with few descriptors less is on its way at once, in the same proportion") {
  const auto counts = [](int64_t descriptors) {
    const auto limits = Budget::Limits::within(descriptors);
    CHECK(limits.lane.bytes == Budget::Limits{}.lane.bytes);
    return std::vector<int64_t>{limits.all.count, limits.account.count, limits.lane.count};
  };
  CHECK(counts(1'000'000) == std::vector<int64_t>{4096, 2048, 1536});
  CHECK(counts(1024) == std::vector<int64_t>{1024, 512, 384});
  CHECK(counts(0) == std::vector<int64_t>{1, 1, 1});
}

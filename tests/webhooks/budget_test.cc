// SPDX-License-Identifier: Apache-2.0
#include "webhooks/budget.h"

#include "tests/support/test.h"

using namespace capid;
using webhooks::Budget;

namespace {

constexpr Budget::Limits kLimits{.all = {8, 1600}, .account = {4, 800}, .lane = {2, 400}};

const store::DeliveryLane kAdaA{"ada", "a"}, kAdaB{"ada", "b"}, kAdaC{"ada", "c"}, kAdaD{"ada", "d"}, kBobA{"bob", "a"},
    kBobB{"bob", "b"}, kBobC{"bob", "c"}, kEveA{"eve", "a"}, kEveB{"eve", "b"}, kKimA{"kim", "a"}, kTomA{"tom", "a"};

}   // namespace

TEST_CASE("a receiver has its bound, and the last quarter of an account's room is for another receiver") {
  Budget budget(kLimits);
  CHECK(budget.take(kAdaA, 1));
  CHECK(budget.take(kAdaA, 1));
  CHECK_FALSE(budget.has_room(kAdaA));
  CHECK_FALSE(budget.take(kAdaA, 1));
  CHECK(budget.take(kAdaB, 1));
  CHECK_FALSE(budget.has_room(kAdaB));   // it has something on its way
  CHECK_FALSE(budget.take(kAdaB, 1));
  CHECK(budget.has_room(kAdaC));
  CHECK(budget.take(kAdaC, 1));
  CHECK_FALSE(budget.take(kAdaD, 1));   // the account's bound
  budget.give_back(kAdaA, 1);
  CHECK(budget.take(kAdaD, 1));
}

TEST_CASE("the last quarter of all the room is for accounts that have nothing on its way") {
  Budget budget(kLimits);
  for (const auto* lane : {&kAdaA, &kAdaA, &kAdaB, &kBobA, &kBobA, &kBobB}) CHECK(budget.take(*lane, 1));
  CHECK_FALSE(budget.take(kAdaC, 1));
  CHECK_FALSE(budget.take(kBobC, 1));
  CHECK(budget.has_room());
  CHECK(budget.has_room(kEveA));
  CHECK(budget.take(kEveA, 1));
  CHECK_FALSE(budget.take(kEveB, 1));
  CHECK(budget.take(kKimA, 1));
  CHECK_FALSE(budget.has_room());
  CHECK_FALSE(budget.take(kTomA, 1));
  budget.give_back(kEveA, 1);
  CHECK(budget.take(kTomA, 1));
}

TEST_CASE("bytes are bounded like counts, and come back") {
  Budget budget(kLimits);
  CHECK(budget.take(kAdaA, 300));
  CHECK_FALSE(budget.take(kAdaA, 101));
  CHECK(budget.take(kAdaA, 100));
  CHECK(budget.take(kAdaB, 200));
  CHECK_FALSE(budget.take(kAdaB, 1));
  CHECK_FALSE(budget.take(kAdaC, 201));
  CHECK(budget.take(kAdaC, 200));
  CHECK(budget.take(kBobA, 400));
  CHECK_FALSE(budget.take(kBobB, 1));
  CHECK(budget.take(kEveA, 400));
  budget.give_back(kAdaA, 300);
  CHECK(budget.take(kKimA, 300));
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

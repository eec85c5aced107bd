// SPDX-License-Identifier: Apache-2.0
#include "api/rate_limit.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::api;

namespace {

constexpr int64_t kStart = 1'000'000;

keys::Grant key(const std::string& id, std::optional<int64_t> own = std::nullopt) {
  return {.key = id, .requests_per_minute = own};
}

}   // namespace

TEST_CASE("in no sixty seconds are there more requests than the quota") {
  RateLimit limit(3);
  std::vector<int64_t> admitted;
  for (int64_t now = kStart; now < kStart + 300'000; now += 700) {
    if (limit.admit(key("k"), now).admitted) admitted.push_back(now);
  }
  REQUIRE(admitted.size() >= 13);
  for (size_t i = 3; i < admitted.size(); ++i) CHECK(admitted[i] - admitted[i - 3] >= 60'000);
}

TEST_CASE("what was refused does not count, and the way back is told") {
  RateLimit limit(2);
  CHECK(limit.admit(key("k"), kStart).remaining == 1);
  CHECK(limit.admit(key("k"), kStart + 30'000).remaining == 0);
  for (int i = 0; i < 100; ++i) {
    const auto refused = limit.admit(key("k"), kStart + 40'000);
    CHECK_FALSE(refused.admitted);
    CHECK(refused.remaining == 0);
    CHECK(refused.reset_s == 21);
  }
  CHECK_FALSE(limit.admit(key("k"), kStart + 60'000).admitted);
  CHECK(limit.admit(key("k"), kStart + 60'100).admitted);
  CHECK_FALSE(limit.admit(key("k"), kStart + 60'100).admitted);
  CHECK(limit.admit(key("k"), kStart + 90'100).admitted);
}

TEST_CASE("each key has a window of its own, and may have a quota of its own") {
  RateLimit limit(1);
  CHECK(limit.admit(key("a"), kStart).admitted);
  CHECK_FALSE(limit.admit(key("a"), kStart).admitted);
  CHECK(limit.admit(key("b"), kStart).admitted);
  const auto wide = limit.admit(key("c", 100'000), kStart);
  CHECK(wide.quota == 100'000);
  CHECK(wide.remaining == 99'999);
}

TEST_CASE("the headers say quota, window, what is left and when there is more") {
  const auto headers = rate_limit_headers({.admitted = true, .quota = 30, .remaining = 12, .reset_s = 34});
  REQUIRE(headers.size() == 2);
  CHECK(headers[0] == std::pair<std::string, std::string>{"RateLimit-Policy", "\"perkey\";q=30;w=60"});
  CHECK(headers[1] == std::pair<std::string, std::string>{"RateLimit", "\"perkey\";r=12;t=34"});
}

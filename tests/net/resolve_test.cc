// SPDX-License-Identifier: Apache-2.0
#include "net/resolve.h"

#include "tests/support/test.h"

using namespace capid;
using namespace std::chrono_literals;
using Addresses = std::vector<std::string>;

TEST_CASE("numeric addresses and localhost ask nobody") {
  CHECK(*net::resolve("10.1.2.3", 0ms) == Addresses{"10.1.2.3"});
  CHECK(*net::resolve("fe80::1", 0ms) == Addresses{"fe80::1"});
  CHECK(*net::resolve("localhost", 0ms) == Addresses{"127.0.0.1", "::1"});
  CHECK(*net::resolve("app.localhost", 0ms) == Addresses{"127.0.0.1", "::1"});
}

TEST_CASE("a name that cannot be one is told without a look-up") {
  const auto found = net::resolve(std::string(64, 'x') + ".invalid", 1000ms);
  REQUIRE_FALSE(found);
  CHECK(found.error().message.find(".invalid\" was not found (") != std::string::npos);
}

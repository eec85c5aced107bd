// SPDX-License-Identifier: Apache-2.0
#include "http/client_address.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::http;

namespace {

std::string client(const std::vector<std::string>& trusted, const std::string& peer, const std::string& forwarded) {
  const auto proxies = TrustedProxies::make(trusted);
  REQUIRE(proxies);
  Request request;
  request.peer = peer;
  request.forwarded_for = forwarded;
  return proxies->client_of(request);
}

}   // namespace

TEST_CASE("a client is who connects, or who a trusted proxy says it is") {
  CHECK(client({}, "203.0.113.9", "198.51.100.1") == "203.0.113.9");
  CHECK(client({"127.0.0.1"}, "127.0.0.1", "") == "127.0.0.1");
  CHECK(client({"127.0.0.1"}, "127.0.0.1", "198.51.100.1") == "198.51.100.1");
  CHECK(client({"127.0.0.1"}, "127.0.0.1", "1.1.1.1, 198.51.100.1") == "198.51.100.1");
  CHECK(client({"127.0.0.1", "10.0.0.0/8"}, "127.0.0.1", "1.1.1.1, 198.51.100.1 ,10.1.2.3") == "198.51.100.1");
  CHECK(client({"127.0.0.1"}, "127.0.0.1", "198.51.100.1, not an address") == "127.0.0.1");
  CHECK(client({"::1"}, "::1", "2001:DB8::1") == "2001:db8::1");
  CHECK(client({}, "::ffff:203.0.113.9", "") == "203.0.113.9");
  CHECK(client({"127.0.0.1"}, "::ffff:127.0.0.1", "::ffff:198.51.100.1") == "198.51.100.1");
  CHECK(client({"unix"}, "", "198.51.100.1") == "198.51.100.1");
  CHECK(client({}, "", "198.51.100.1").empty());
}

TEST_CASE("what is no place of a proxy's is refused by its name") {
  for (const char* entry : {"10.0.0.1/8", "localhost", "", "unix:/run/x"}) {
    const auto refused = TrustedProxies::make({"::1", entry});
    REQUIRE(!refused);
    CHECK(refused.error().message.find('"' + std::string(entry) + '"') != std::string::npos);
  }
}

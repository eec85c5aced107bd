// SPDX-License-Identifier: Apache-2.0
#include "net/address_guard.h"

#include "base/text.h"
#include "net/target.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::net;

namespace {

bool is_public_text(const std::string& text) { return is_public(base::parse_ip(text).value()); }

AddressGuard guard_of(const std::vector<std::string>& allow) { return AddressGuard::make(allow).value(); }

// The address as a webhookUrl, from its text to the guard's word.
bool may_be_called(const std::string& address) {
  const bool v6 = address.find(':') != std::string::npos;
  const auto target = parse_target("http://" + (v6 ? "[" + address + "]" : address) + "/");
  return target && guard_of({}).check(target->host, {target->host});
}

std::string detail_of(const std::string& address) {
  const auto checked = guard_of({}).check("h.example", {address});
  return checked ? "public" : checked.error().detail;
}

#define ONES "ffff:ffff:ffff:ffff:ffff"

}   // namespace

TEST_CASE("no range of a special purpose is public, from its first to its last address") {
  struct Case {
    const char *first, *last, *name;
    const char *before, *after;   ///< its neighbours, where they are public
  };
  constexpr Case cases[] = {
      {"0.0.0.0", "0.255.255.255", "this network (RFC 791)", nullptr, "1.0.0.0"},
      {"10.0.0.0", "10.255.255.255", "private use (RFC 1918)", "9.255.255.255", "11.0.0.0"},
      {"100.64.0.0", "100.127.255.255", "shared address space (RFC 6598)", "100.63.255.255", "100.128.0.0"},
      {"127.0.0.0", "127.255.255.255", "loopback (RFC 1122)", "126.255.255.255", "128.0.0.0"},
      {"168.63.129.16", "168.63.129.16", "Azure's wire server, which every virtual machine there reaches (Microsoft)",
       "168.63.129.15", "168.63.129.17"},
      {"169.254.0.0", "169.254.255.255", "link local (RFC 3927)", "169.253.255.255", "169.255.0.0"},
      {"172.16.0.0", "172.31.255.255", "private use (RFC 1918)", "172.15.255.255", "172.32.0.0"},
      {"192.0.0.0", "192.0.0.255", "IETF protocol assignments (RFC 6890)", "191.255.255.255", "192.0.1.0"},
      {"192.0.2.0", "192.0.2.255", "documentation (RFC 5737)", "192.0.1.255", "192.0.3.0"},
      {"192.31.196.0", "192.31.196.255", "AS112 (RFC 7535)", "192.31.195.255", "192.31.197.0"},
      {"192.52.193.0", "192.52.193.255", "AMT (RFC 7450)", "192.52.192.255", "192.52.194.0"},
      {"192.88.99.0", "192.88.99.255", "6to4 relay anycast (RFC 7526)", "192.88.98.255", "192.88.100.0"},
      {"192.168.0.0", "192.168.255.255", "private use (RFC 1918)", "192.167.255.255", "192.169.0.0"},
      {"192.175.48.0", "192.175.48.255", "AS112 (RFC 7534)", "192.175.47.255", "192.175.49.0"},
      {"198.18.0.0", "198.19.255.255", "benchmarking (RFC 2544)", "198.17.255.255", "198.20.0.0"},
      {"198.51.100.0", "198.51.100.255", "documentation (RFC 5737)", "198.51.99.255", "198.51.101.0"},
      {"203.0.113.0", "203.0.113.255", "documentation (RFC 5737)", "203.0.112.255", "203.0.114.0"},
      {"224.0.0.0", "239.255.255.255", "multicast (RFC 5771)", "223.255.255.255", nullptr},
      {"240.0.0.0", "255.255.255.254", "reserved (RFC 1112)", nullptr, nullptr},
      {"255.255.255.255", "255.255.255.255", "limited broadcast (RFC 919)", nullptr, nullptr},

      {"::", "::", "unspecified (RFC 4291)", nullptr, nullptr},
      {"::1", "::1", "loopback (RFC 4291)", nullptr, nullptr},
      {"::2", "::255.255.255.255", "IPv4-compatible (RFC 4291)", nullptr, nullptr},
      {"::ffff:0.0.0.0", "::ffff:255.255.255.255", "IPv4-mapped (RFC 4291)", nullptr, nullptr},
      {"64:ff9b::", "64:ff9b::ffff:ffff", "IPv4 translation (RFC 6052)", nullptr, nullptr},
      {"64:ff9b:1::", "64:ff9b:1:" ONES, "IPv4 translation (RFC 8215)", nullptr, nullptr},
      {"100::", "100::ffff:ffff:ffff:ffff", "discard only (RFC 6666)", nullptr, nullptr},
      {"100:0:0:1::", "100::1:ffff:ffff:ffff:ffff", "dummy prefix (RFC 9780)", nullptr, nullptr},
      {"1fff:ffff::", "1fff:ffff:ffff:" ONES, "outside the global unicast space (RFC 4291)", nullptr, "2000::"},
      {"2001::", "2001:0:ffff:" ONES, "Teredo (RFC 4380)", "2000:ffff:ffff:" ONES, nullptr},
      {"2001:1::1", "2001:1::2", "IETF protocol assignments (RFC 2928)", nullptr, nullptr},
      {"2001:2::", "2001:2:0:" ONES, "benchmarking (RFC 5180)", nullptr, nullptr},
      {"2001:3::", "2001:3:ffff:" ONES, "AMT (RFC 7450)", nullptr, nullptr},
      {"2001:4:112::", "2001:4:112:" ONES, "AS112 (RFC 7535)", nullptr, nullptr},
      {"2001:10::", "2001:1f:ffff:" ONES, "ORCHID (RFC 4843)", nullptr, nullptr},
      {"2001:20::", "2001:2f:ffff:" ONES, "ORCHIDv2 (RFC 7343)", nullptr, nullptr},
      {"2001:30::", "2001:3f:ffff:" ONES, "drone remote identification (RFC 9374)", nullptr, nullptr},
      {"2001:40::", "2001:1ff:ffff:" ONES, "IETF protocol assignments (RFC 2928)", nullptr, "2001:200::"},
      {"2001:db8::", "2001:db8:ffff:" ONES, "documentation (RFC 3849)", "2001:db7:ffff:" ONES, "2001:db9::"},
      {"2002::", "2002:ffff:ffff:" ONES, "6to4 (RFC 3056)", "2001:ffff:ffff:" ONES, "2003::"},
      {"2620:4f:8000::", "2620:4f:8000:" ONES, "AS112 (RFC 7534)", "2620:4f:7fff:" ONES, "2620:4f:8001::"},
      {"3fff::", "3fff:fff:ffff:" ONES, "documentation (RFC 9637)", "3ffe:ffff:ffff:" ONES, "3fff:1000::"},
      {"4000::", "4000::1", "outside the global unicast space (RFC 4291)", "3fff:ffff:ffff:" ONES, nullptr},
      {"5f00::", "5f00:ffff:ffff:" ONES, "segment routing (RFC 9602)", nullptr, nullptr},
      {"fc00::", "fdff:ffff:ffff:" ONES, "unique local (RFC 4193)", nullptr, nullptr},
      {"fe80::", "febf:ffff:ffff:" ONES, "link local (RFC 4291)", nullptr, nullptr},
      {"fec0::", "feff:ffff:ffff:" ONES, "site local (RFC 3879)", nullptr, nullptr},
      {"ff00::", "ffff:ffff:ffff:" ONES, "multicast (RFC 4291)", nullptr, nullptr},
  };
  for (const Case& one : cases) {
    for (const char* address : {one.first, one.last}) {
      CAPTURE(address);
      CHECK_FALSE(is_public_text(address));
      CHECK_FALSE(may_be_called(address));
      CHECK(detail_of(address) == "h.example has " + std::string(address) + ": " + one.name);
    }
    for (const char* address : {one.before, one.after}) {
      if (!address) continue;
      CAPTURE(address);
      CHECK(is_public_text(address));
      CHECK(may_be_called(address));
    }
  }
}

TEST_CASE("where clouds tell their machines' secrets is not public") {
  for (const char* address : {"169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192",
                              "fd00:ec2::254", "fd20:ce::254"}) {
    CAPTURE(address);
    CHECK_FALSE(is_public_text(address));
  }
}

TEST_CASE("what is allowed is a range, an address or a host's exact name, and nothing that is meant otherwise") {
  CHECK(AddressGuard::make({}));
  CHECK(AddressGuard::make({"10.0.0.0/8", "10.1.2.3", "fd00::/8", "::1", "ci.internal", "CI.Internal.", "a_b"}));
  for (const char* entry : {"", "*", "*.internal", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.*", "10", "10.1", "0x7f000001",
                            "http://ci.internal", "ci.internal:80", "[::1]", "fe80::1%eth0", "ci internal", "a..b"}) {
    CAPTURE(entry);
    const auto guard = AddressGuard::make({"10.0.0.0/8", entry});
    REQUIRE_FALSE(guard);
    CHECK(guard.error().code == Code::kInvalidParameter);
    CHECK(guard.error().message ==
          "webhooks.allow: \"" + std::string(entry) +
              "\" is not a range such as 10.0.0.0/8 (no bit set after its prefix), an address, or a host's exact name "
              "such as ci.internal");
  }
}

TEST_CASE("a private address is allowed by its range or by its host's name, and no other is") {
  struct Case {
    std::vector<std::string> allow;
    const char *host, *address;
    bool allowed;
  };
  const Case cases[] = {
      {{}, "a.example", "1.1.1.1", true},
      {{}, "a.example", "10.0.0.1", false},
      {{"10.0.0.0/8"}, "a.example", "10.255.255.255", true},
      {{"10.0.0.0/8"}, "10.0.0.1", "10.0.0.1", true},
      {{"10.0.0.0/8"}, "a.example", "192.168.0.1", false},
      {{"10.0.0.0/8"}, "a.example", "1.1.1.1", true},
      {{"10.0.0.1"}, "a.example", "10.0.0.1", true},
      {{"10.0.0.1"}, "a.example", "10.0.0.2", false},
      {{"fd00::/8"}, "a.example", "fd12::1", true},
      {{"fd00::/8"}, "a.example", "fc00::1", false},
      {{"192.168.0.0/16", "10.0.0.0/8"}, "a.example", "10.0.0.1", true},
      {{"ci.internal"}, "ci.internal", "10.0.0.1", true},
      {{"CI.Internal."}, "ci.internal", "fd00::1", true},
      {{"ci.internal"}, "a.ci.internal", "10.0.0.1", false},
      {{"ci.internal"}, "ci.internal.example", "10.0.0.1", false},
      {{"ci.internal"}, "internal", "10.0.0.1", false},
      {{"ci.internal"}, "xci.internal", "10.0.0.1", false},
      // An IPv4 address inside an IPv6 one is no IPv4 address.
      {{"0.0.0.0/0"}, "a.example", "::ffff:10.0.0.1", false},
      {{"10.0.0.0/8"}, "a.example", "::ffff:10.0.0.1", false},
      {{"10.0.0.0/8"}, "a.example", "::10.0.0.1", false},
      {{"10.0.0.0/8"}, "a.example", "64:ff9b::a00:1", false},
      {{"10.0.0.0/8"}, "a.example", "2002:a00:1::", false},
      {{"64:ff9b::/96"}, "a.example", "64:ff9b::808:808", true},
      {{"::/0"}, "a.example", "fd00::1", true},
      {{"::/0"}, "a.example", "10.0.0.1", false},
      {{"::/0"}, "a.example", "::ffff:10.0.0.1", false},
      {{"::/95"}, "a.example", "::10.0.0.1", true},
      {{"::ffff:0.0.0.0/96"}, "a.example", "::ffff:10.0.0.1", true},
      {{"::ffff:10.0.0.1"}, "a.example", "::ffff:10.0.0.1", true},
      {{"::ffff:10.0.0.1"}, "a.example", "10.0.0.1", false},
  };
  for (const Case& one : cases) {
    CAPTURE(base::join(one.allow, " "));
    CAPTURE(one.host);
    CAPTURE(one.address);
    CHECK(guard_of(one.allow).allows(one.host, base::parse_ip(one.address).value()) == one.allowed);
  }
}

TEST_CASE("a host is allowed where every one of its addresses is, and there is one") {
  struct Case {
    const char* host;
    std::vector<std::string> addresses;
    const char* refused_for;   ///< nullptr: allowed
  };
  const Case cases[] = {
      {"a.example", {"1.1.1.1"}, nullptr},
      {"a.example", {"1.1.1.1", "8.8.8.8", "2606:4700:4700::1111"}, nullptr},
      {"a.example", {"10.1.2.3"}, nullptr},
      {"a.example", {"10.1.2.3", "1.1.1.1"}, nullptr},
      {"a.example", {"1.1.1.1", "10.1.2.3", "fd00::7"}, nullptr},
      {"ci.internal", {"192.168.1.1", "127.0.0.1"}, nullptr},
      {"a.example", {"192.168.1.1"}, "192.168.1.1: private use (RFC 1918)"},
      {"a.example", {"192.168.1.1", "192.168.1.2"}, "192.168.1.1: private use (RFC 1918)"},
      {"a.example", {"1.1.1.1", "192.168.1.1"}, "192.168.1.1: private use (RFC 1918)"},
      {"a.example", {"192.168.1.1", "1.1.1.1"}, "192.168.1.1: private use (RFC 1918)"},
      {"a.example", {"10.1.2.3", "192.168.1.1"}, "192.168.1.1: private use (RFC 1918)"},
      {"a.example", {"1.1.1.1", "fd00::8"}, "fd00::8: unique local (RFC 4193)"},
      {"a.example", {"127.0.0.1", "2606:4700:4700::1111"}, "127.0.0.1: loopback (RFC 1122)"},
      {"a.example", {"1.1.1.1", "::ffff:10.1.2.3"}, "::ffff:10.1.2.3: IPv4-mapped (RFC 4291)"},
      {"a.example", {"1.1.1.1", ""}, ": not an address"},
      {"a.example", {"fe80::1%eth0"}, "fe80::1%eth0: not an address"},
      {"ci.internal", {"nonsense"}, "nonsense: not an address"},
      {"192.168.1.1", {"192.168.1.1"}, "192.168.1.1: private use (RFC 1918)"},
  };
  const AddressGuard guard = guard_of({"10.0.0.0/8", "fd00::7", "ci.internal"});
  for (const Case& one : cases) {
    const std::string host = one.host;
    CAPTURE(host);
    CAPTURE(base::join(one.addresses, " "));
    const auto checked = guard.check(host, one.addresses);
    CHECK(bool(checked) == (one.refused_for == nullptr));
    if (checked) continue;
    CHECK(checked.error().code == Code::kWebhookUrlNotAllowed);
    CHECK(checked.error().field.empty());
    const char* why =
        one.addresses.size() > 1 ? "not all of whose addresses are public or allowed" : "which is not public";
    CHECK(checked.error().message == "a webhook must not lead to \"" + host + "\", " + why +
                                         ": the operator can allow it in capid's config, under webhooks.allow");
    CHECK(checked.error().detail == host + " has " + one.refused_for);
  }
  const auto none = guard.check("ci.internal", {});
  REQUIRE_FALSE(none);
  CHECK(none.error().code == Code::kWebhookUrlNotAllowed);
  CHECK(none.error().message == "a webhook must not lead to \"ci.internal\", which has no address");
}

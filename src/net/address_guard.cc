// SPDX-License-Identifier: Apache-2.0
#include "net/address_guard.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace capid::net {
namespace {

using base::IpAddress;
using base::IpRange;

struct Special {
  const char* range;
  const char* name;
  const char* source;
};

// The IANA special-purpose registries, multicast, and what clouds answer at. The first row that holds an address names
// it, so a part stands above its whole. The registries call some rows globally reachable (AS112, AMT, PCP, TURN,
// ORCHIDv2, 64:ff9b::/96): they are refused like the others, because an anycast address is answered by the nearest
// node, which may be the operator's own, and nobody takes webhooks there.
// Metadata services: 169.254.169.254, 100.100.100.200, 192.0.0.192 and fd00:ec2::254 lie in rows of the registries.
constexpr Special kSpecial[] = {
    {"0.0.0.0/8", "this network", "RFC 791"},
    {"10.0.0.0/8", "private use", "RFC 1918"},
    {"100.64.0.0/10", "shared address space", "RFC 6598"},
    {"127.0.0.0/8", "loopback", "RFC 1122"},
    {"168.63.129.16", "Azure's wire server, which every virtual machine there reaches", "Microsoft"},
    {"169.254.0.0/16", "link local", "RFC 3927"},
    {"172.16.0.0/12", "private use", "RFC 1918"},
    {"192.0.0.0/24", "IETF protocol assignments", "RFC 6890"},
    {"192.0.2.0/24", "documentation", "RFC 5737"},
    {"192.31.196.0/24", "AS112", "RFC 7535"},
    {"192.52.193.0/24", "AMT", "RFC 7450"},
    {"192.88.99.0/24", "6to4 relay anycast", "RFC 7526"},
    {"192.168.0.0/16", "private use", "RFC 1918"},
    {"192.175.48.0/24", "AS112", "RFC 7534"},
    {"198.18.0.0/15", "benchmarking", "RFC 2544"},
    {"198.51.100.0/24", "documentation", "RFC 5737"},
    {"203.0.113.0/24", "documentation", "RFC 5737"},
    {"224.0.0.0/4", "multicast", "RFC 5771"},
    {"255.255.255.255", "limited broadcast", "RFC 919"},
    {"240.0.0.0/4", "reserved", "RFC 1112"},

    {"::", "unspecified", "RFC 4291"},
    {"::1", "loopback", "RFC 4291"},
    {"::/96", "IPv4-compatible", "RFC 4291"},
    {"::ffff:0.0.0.0/96", "IPv4-mapped", "RFC 4291"},
    {"64:ff9b::/96", "IPv4 translation", "RFC 6052"},
    {"64:ff9b:1::/48", "IPv4 translation", "RFC 8215"},
    {"100::/64", "discard only", "RFC 6666"},
    {"100:0:0:1::/64", "dummy prefix", "RFC 9780"},
    {"2001::/32", "Teredo", "RFC 4380"},
    {"2001:2::/48", "benchmarking", "RFC 5180"},
    {"2001:3::/32", "AMT", "RFC 7450"},
    {"2001:4:112::/48", "AS112", "RFC 7535"},
    {"2001:10::/28", "ORCHID", "RFC 4843"},
    {"2001:20::/28", "ORCHIDv2", "RFC 7343"},
    {"2001:30::/28", "drone remote identification", "RFC 9374"},
    {"2001::/23", "IETF protocol assignments", "RFC 2928"},
    {"2001:db8::/32", "documentation", "RFC 3849"},
    {"2002::/16", "6to4", "RFC 3056"},
    {"2620:4f:8000::/48", "AS112", "RFC 7534"},
    {"3fff::/20", "documentation", "RFC 9637"},
    {"2000::/3", "", ""},   // global unicast: what of it no row above holds is public
    {"5f00::/16", "segment routing", "RFC 9602"},
    {"fc00::/7", "unique local", "RFC 4193"},
    {"fe80::/10", "link local", "RFC 4291"},
    {"fec0::/10", "site local", "RFC 3879"},
    {"ff00::/8", "multicast", "RFC 4291"},
    {"::/0", "outside the global unicast space", "RFC 4291"},
};

struct SpecialRange {
  IpRange range;
  std::string name;   ///< empty: nothing is special about it
};

const std::vector<SpecialRange>& special_ranges() {
  static const std::vector<SpecialRange> kRanges = [] {
    std::vector<SpecialRange> ranges;
    for (const Special& row : kSpecial) {
      const auto range = base::parse_ip_range(row.range);
      CHECK(range);
      const std::string name = row.name;
      ranges.push_back({*range, name.empty() ? "" : name + " (" + row.source + ")"});
    }
    return ranges;
  }();
  return kRanges;
}

// What is special about `address`; empty: nothing.
std::string special_name(const IpAddress& address) {
  for (const SpecialRange& row : special_ranges()) {
    if (base::contains(row.range, address)) return row.name;
  }
  return "";
}

bool holds(const IpRange& range, const IpAddress& address) {
  constexpr int kMappedPrefix = 96;
  static const IpRange kMapped = base::parse_ip_range("::ffff:0.0.0.0/96").value();
  if (range.prefix < kMappedPrefix && base::contains(kMapped, address)) return false;
  return base::contains(range, address);
}

Error refuse(const std::string& host, const std::string& why, const std::string& detail) {
  return {.code = Code::kWebhookUrlNotAllowed,
          .message = "a webhook must not lead to \"" + host + "\", " + why,
          .detail = detail};
}

}   // namespace

bool is_public(const IpAddress& address) { return special_name(address).empty(); }

Result<AddressGuard> AddressGuard::make(const std::vector<std::string>& allow) {
  AddressGuard guard;
  for (const std::string& entry : allow) {
    const auto place = base::parse_place(entry);
    if (!place) {
      return Error{Code::kInvalidParameter,
                   "webhooks.allow: \"" + entry + "\" is not " + std::string(base::kPlaceForms)};
    }
    if (const auto* range = std::get_if<IpRange>(&*place)) {
      guard.ranges_.push_back(*range);
    } else {
      guard.hosts_.push_back(std::get<std::string>(*place));
    }
  }
  return guard;
}

bool AddressGuard::allows(const std::string& host, const IpAddress& address) const {
  return is_public(address) ||
         std::any_of(ranges_.begin(), ranges_.end(), [&](const IpRange& range) { return holds(range, address); }) ||
         std::find(hosts_.begin(), hosts_.end(), host) != hosts_.end();
}

Result<void> AddressGuard::check(const std::string& host, const std::vector<std::string>& addresses) const {
  if (addresses.empty()) return refuse(host, "which has no address", "");
  for (const std::string& text : addresses) {
    const auto address = base::parse_ip(text);
    if (address && allows(host, *address)) continue;
    return refuse(
        host,
        std::string(addresses.size() > 1 ? "not all of whose addresses are public or allowed" : "which is not public") +
            ": the operator can allow it in capid's config, under webhooks.allow",
        host + " has " + text + ": " + (address ? special_name(*address) : "not an address"));
  }
  return {};
}

}   // namespace capid::net

// SPDX-License-Identifier: Apache-2.0
#include "base/ip.h"

#include "tests/support/test.h"

using namespace capid::base;
using namespace std::string_view_literals;

namespace {

std::string show(std::string_view text) {
  const auto address = parse_ip(text);
  if (!address) return "refused";
  return (address->family == IpAddress::Family::kV4 ? "4 " : "6 ") + to_text(*address);
}

std::string show_range(std::string_view text) {
  const auto range = parse_ip_range(text);
  return range ? to_text(range->first) + "/" + std::to_string(range->prefix) : "refused";
}

std::string show_place(std::string_view text) {
  const auto place = parse_place(text);
  if (!place) return "refused";
  if (const auto* name = std::get_if<std::string>(&*place)) return *name;
  const auto& range = std::get<IpRange>(*place);
  return to_text(range.first) + "/" + std::to_string(range.prefix);
}

}   // namespace

TEST_CASE("an address is read from its first to its last byte, and has one spelling") {
  struct Case {
    std::string_view text, expected;
  };
  constexpr Case cases[] = {
      {"0.0.0.0", "4 0.0.0.0"},
      {"127.0.0.1", "4 127.0.0.1"},
      {"255.255.255.255", "4 255.255.255.255"},
      {"::", "6 ::"},
      {"::1", "6 ::1"},
      {"0:0:0:0:0:0:0:1", "6 ::1"},
      {"2001:DB8:0:0:1:0:0:1", "6 2001:db8::1:0:0:1"},      // the first of two runs that are equally long
      {"2001:db8:0:1:1:1:1:1", "6 2001:db8:0:1:1:1:1:1"},   // one group is not shortened
      {"::ffff:127.0.0.1", "6 ::ffff:127.0.0.1"},
      {"::FFFF:7F00:1", "6 ::ffff:127.0.0.1"},
      {"fe80::0001", "6 fe80::1"},
      {"", "refused"},
      {" 127.0.0.1", "refused"},
      {"127.0.0.1 ", "refused"},
      {"127.0.0.1\n", "refused"},
      {"127.0.0.1\0"sv, "refused"},
      {"127.0.0.1\0.evil"sv, "refused"},
      {"::1\0"sv, "refused"},
      {"127.0.0.1.", "refused"},
      {"127.0.0", "refused"},
      {"127.1", "refused"},
      {"2130706433", "refused"},
      {"0x7f.0.0.1", "refused"},
      {"0177.0.0.1", "refused"},
      {"127.0.0.01", "refused"},
      {"127.0.0.256", "refused"},
      {"127.0.0.1/8", "refused"},
      {"[::1]", "refused"},
      {"::1%lo", "refused"},
      {"fe80::1%25eth0", "refused"},
      {":::", "refused"},
      {"1::2::3", "refused"},
      {"1:2:3:4:5:6:7", "refused"},
      {"1:2:3:4:5:6:7:8:9", "refused"},
      {"::12345", "refused"},
      {"::ffff:127.0.0.01", "refused"},
      {"localhost", "refused"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(show(one.text) == one.expected);
  }
  CHECK(show("127.0.0.1" + std::string(100'000, '0')) == "refused");
}

TEST_CASE("addresses are compared by family and bytes") {
  CHECK(*parse_ip("::1") == *parse_ip("0:0::1"));
  CHECK(*parse_ip("10.0.0.1") < *parse_ip("10.0.0.2"));
  CHECK(*parse_ip("9.255.255.255") < *parse_ip("10.0.0.0"));
  CHECK(*parse_ip("1.2.3.4") != *parse_ip("102:304::"));   // the same bytes
}

TEST_CASE("a range is an address and how many of its bits count; no others may be set") {
  struct Case {
    std::string_view text, expected;
  };
  constexpr Case cases[] = {
      {"10.0.0.0/8", "10.0.0.0/8"},
      {"10.1.2.3", "10.1.2.3/32"},
      {"10.1.2.3/32", "10.1.2.3/32"},
      {"0.0.0.0/0", "0.0.0.0/0"},
      {"172.16.0.0/12", "172.16.0.0/12"},
      {"192.168.1.128/25", "192.168.1.128/25"},
      {"fd00::/8", "fd00::/8"},
      {"::1", "::1/128"},
      {"::/0", "::/0"},
      {"FD00:0::/8", "fd00::/8"},
      {"2001:db8::/33", "2001:db8::/33"},
      {"10.0.0.1/8", "refused"},
      {"172.24.0.0/12", "refused"},
      {"192.168.1.128/24", "refused"},
      {"0.0.0.1/0", "refused"},
      {"fd00::1/8", "refused"},
      {"2001:db8:8000::/32", "refused"},
      {"10.0.0.0/33", "refused"},
      {"fd00::/129", "refused"},
      {"10.0.0.0/-1", "refused"},
      {"0.0.0.0/-0", "refused"},
      {"10.0.0.0/+8", "refused"},
      {"10.0.0.0/08", "refused"},
      {"10.0.0.0/ 8", "refused"},
      {"10.0.0.0/8 ", "refused"},
      {"10.0.0.0/", "refused"},
      {"10.0.0.0//8", "refused"},
      {"10.0.0.0/8/8", "refused"},
      {"10.0.0.0/255.0.0.0", "refused"},
      {"10.0.0.0/18446744073709551624", "refused"},   // 2^64 + 8
      {"10/8", "refused"},
      {"10.0.0.*", "refused"},
      {"10.0.0.0-10.0.0.9", "refused"},
      {"/8", "refused"},
      {"", "refused"},
      {"[fd00::]/8", "refused"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(show_range(one.text) == one.expected);
  }
}

TEST_CASE("a range holds its first and its last address and not their neighbours, and nothing of the other family") {
  struct Case {
    const char *range, *before, *first, *last, *after;
  };
  constexpr Case cases[] = {
      {"10.0.0.0/8", "9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
      {"172.16.0.0/12", "172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
      {"10.1.2.3", "10.1.2.2", "10.1.2.3", "10.1.2.3", "10.1.2.4"},
      {"192.168.1.128/25", "192.168.1.127", "192.168.1.128", "192.168.1.255", "192.168.2.0"},
      {"fd00::/8", "fcff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fd00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
       "fe00::"},
      {"2001:db8::/33", "2001:db7:ffff::", "2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff", "2001:db8:8000::"},
      {"::1", "::", "::1", "::1", "::2"},
      {"0.0.0.0/0", "::ffff:1.2.3.4", "0.0.0.0", "255.255.255.255", "::1.2.3.4"},
      {"::/0", "1.2.3.4", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "255.255.255.255"},
      {"::ffff:0.0.0.0/96", "10.0.0.1", "::ffff:0.0.0.0", "::ffff:255.255.255.255", "::1:0:0:0"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.range);
    const IpRange range = parse_ip_range(one.range).value();
    CHECK_FALSE(contains(range, parse_ip(one.before).value()));
    CHECK(contains(range, parse_ip(one.first).value()));
    CHECK(contains(range, parse_ip(one.last).value()));
    CHECK_FALSE(contains(range, parse_ip(one.after).value()));
  }
}

TEST_CASE("what may be allowed is a range, an address or a host's exact name") {
  const std::string label(63, 'a'), longest = label + "." + label + "." + label + "." + std::string(61, 'a');
  struct Case {
    std::string text, expected;
  };
  const Case cases[] = {
      {"10.0.0.0/8", "10.0.0.0/8"},
      {"10.1.2.3", "10.1.2.3/32"},
      {"fd00::/8", "fd00::/8"},
      {"ci.internal", "ci.internal"},
      {"CI.Internal.", "ci.internal"},
      {"build_host-1", "build_host-1"},
      {"localhost", "localhost"},
      {"_x.y_", "_x.y_"},
      {"xn--bcher-kva.example", "xn--bcher-kva.example"},
      {"3com.example", "3com.example"},
      {"1.2.3.4.example", "1.2.3.4.example"},
      {"0xfg", "0xfg"},
      {longest, longest},
      {longest + ".", longest},
      {longest + "a", "refused"},
      {label + "a.example", "refused"},
      {"", "refused"},
      {".", "refused"},
      {"a..b", "refused"},
      {".a", "refused"},
      {"a..", "refused"},
      {"-a", "refused"},
      {"a-.b", "refused"},
      {"*", "refused"},
      {"*.internal", "refused"},
      {".internal", "refused"},
      {"ci.internal:8080", "refused"},
      {"http://ci.internal", "refused"},
      {"ci.internal/", "refused"},
      {" ci.internal", "refused"},
      {"ci internal", "refused"},
      {"b\xc3\xbc"
       "cher.example",
       "refused"},
      {std::string("ci\0", 3), "refused"},
      {"10.0.0.1/8", "refused"},
      {"10.0.0.0/33", "refused"},
      {"10.0.0", "refused"},
      {"10.0.0.1.", "refused"},
      {"host.10", "refused"},
      {"0x7f000001", "refused"},
      {"host.0X", "refused"},
      {"[::1]", "refused"},
      {"fe80::1%eth0", "refused"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(show_place(one.text) == one.expected);
  }
}

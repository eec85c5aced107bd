// SPDX-License-Identifier: Apache-2.0
#include "net/allowed_host.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::net;

namespace {

std::string read(std::string_view text, uint16_t default_port) {
  const auto place = parse_host_and_port(text, default_port);
  return place ? to_text(*place) : "wrong: " + place.error().message;
}

bool matches(std::string_view entry, std::string_view place) {
  const auto rule = parse_allowed_host(entry);
  REQUIRE(rule);
  return rule->allows(parse_host_and_port(place, 0).value());
}

}   // namespace

TEST_CASE("a host and its port are read once, into the one form that is dialled") {
  struct Case {
    std::string_view text;
    std::string expected;
  };
  for (const auto& [text, expected] : {
           Case{"example.org:443", "example.org:443"},
           Case{"EXAMPLE.Org.:8080", "example.org:8080"},
           Case{"example.org", "example.org:80"},
           Case{"xn--bcher-kva.example:1", "xn--bcher-kva.example:1"},
           Case{"93.184.216.34:65535", "93.184.216.34:65535"},
           Case{"[2001:DB8::0:1]:443", "[2001:db8::1]:443"},
           Case{"[::1]", "[::1]:80"},
           Case{"localhost:80", "localhost:80"},
       }) {
    CAPTURE(text);
    CHECK(read(text, 80) == expected);
  }
  CHECK(read("example.org", 0) == "wrong: has no port");
}

TEST_CASE("what different programs would read differently is no host") {
  using namespace std::string_view_literals;
  for (const std::string_view text : std::initializer_list<std::string_view>{
           "",
           ":443",
           "example.org:",
           "example.org:0",
           "example.org:65536",
           "example.org:0443",
           "example.org:+443",
           "example.org:443 ",
           "example.org:443:443",
           "a\0b:443"sv,
           "example.org\0:443"sv,
           "example.org\r\n:443",
           "example.org\n:443",
           " example.org:443",
           "exa%6dple.org:443",
           "user@example.org:443",
           "example.org/:443",
           "example.org\\:443",
           "b\xc3\xbc.example:443",
           "2130706433:443",
           "0x7f000001:443",
           "0x7f.1:443",
           "127.1:443",
           "0177.0.0.1:443",
           "127.0.0.1.:443",
           "127.0.0.256:443",
           "1.2.3.4.5:443",
           "example.org..:443",
           ".example.org:443",
           "exa..mple.org:443",
           "-example.org:443",
           "*.example.org:443",
           "::1:443",
           "[::1:443",
           "[::1]443",
           "[fe80::1%eth0]:443",
           "[fe80::1%25eth0]:443",
           "[127.0.0.1]:443",
           "[example.org]:443",
           "[]:443",
       }) {
    CAPTURE(text);
    CHECK_FALSE(parse_host_and_port(text, 80));
  }
}

TEST_CASE("an entry is one host, or every name below one, at its port or at 80 and 443") {
  struct Case {
    std::string_view entry, place;
    bool expected;
  };
  for (const auto& [entry, place, expected] : {
           Case{"api.github.com:443", "api.github.com:443", true},
           Case{"API.GitHub.com.:443", "api.github.COM.:443", true},
           Case{"api.github.com:443", "api.github.com:80", false},
           Case{"api.github.com:443", "github.com:443", false},
           Case{"api.github.com:443", "x.api.github.com:443", false},
           Case{"api.github.com", "api.github.com:443", true},
           Case{"api.github.com", "api.github.com:80", true},
           Case{"api.github.com", "api.github.com:22", false},
           Case{"*.example.org", "a.example.org:443", true},
           Case{"*.example.org", "a.b.example.org:80", true},
           Case{"*.example.org", "example.org:443", false},
           Case{"*.example.org", "badexample.org:443", false},
           Case{"*.example.org", "a.example.org.evil.test:443", false},
           Case{"*.Example.Org.:8443", "A.example.org:8443", true},
           Case{"*.example.org:8443", "a.example.org:443", false},
           Case{"*.org", "example.org:443", true},
           Case{"10.0.0.1:5432", "10.0.0.1:5432", true},
           Case{"10.0.0.1:5432", "10.0.0.11:5432", false},
           Case{"[2001:db8::1]:443", "[2001:0db8:0::1]:443", true},
           Case{"[::1]", "[::1]:80", true},
           Case{"localhost:8000", "localhost:8000", true},
           Case{"localhost:8000", "127.0.0.1:8000", false},
       }) {
    CAPTURE(entry);
    CAPTURE(place);
    CHECK(matches(entry, place) == expected);
  }
}

TEST_CASE("what can match nothing, or everything, is no entry, and the message says what is meant") {
  struct Case {
    std::string_view entry;
    std::string problem;
  };
  for (const auto& [entry, problem] : {
           Case{"", "is empty"},
           Case{"https://api.github.com", "must not have a scheme: write the host, and the port after a colon"},
           Case{"api.github.com/repos", "must have neither a path nor a prefix: it is one host"},
           Case{"10.0.0.0/8", "must have neither a path nor a prefix: it is one host"},
           Case{"*", "would be every host: name those that the app needs"},
           Case{"*:443", "would be every host: name those that the app needs"},
           Case{"api.*.com", "may have an asterisk only as its whole first label, as in *.example.org"},
           Case{"*example.org", "may have an asterisk only as its whole first label, as in *.example.org"},
           Case{"*.*.example.org", "may have an asterisk only as its whole first label, as in *.example.org"},
           Case{"*.", "is empty"},
           Case{"*.10.0.0.1", "can match nothing: there are no names below an address"},
           Case{"*.[::1]", "can match nothing: there are no names below an address"},
           Case{"*.0.0.1", "ends in a number but is not an IPv4 address of four decimal numbers"},
           Case{"127.1", "ends in a number but is not an IPv4 address of four decimal numbers"},
           Case{"::1", "has more than one colon (an IPv6 address stands in brackets)"},
           Case{"[fe80::1%eth0]", "has something other than an IPv6 address without a zone in its brackets"},
           Case{"api.github.com:https", "has a port that is not a plain number from 1 to 65535"},
           Case{"api github.com", "may hold letters, digits, '-', '_' and dots alone"},
       }) {
    CAPTURE(entry);
    const auto rule = parse_allowed_host(entry);
    REQUIRE(!rule);
    CHECK(rule.error().message == problem);
  }
}

TEST_CASE("no entry allows nothing") {
  CHECK_FALSE(allows({}, {.host = "example.org", .port = 443}));
  CHECK(allows({parse_allowed_host("a.test").value(), parse_allowed_host("b.test").value()},
               {.host = "b.test", .port = 443}));
}

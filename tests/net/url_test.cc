// SPDX-License-Identifier: Apache-2.0
#include "net/url.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::net;

TEST_CASE("an address is read, and written as it was") {
  struct Case {
    const char* text;
    const char* host;
    int port;
    const char* path;
    bool local;
    const char* written;
  };
  for (const Case& expected : {
           Case{"http://127.0.0.1:8080", "127.0.0.1", 8080, "", true, "http://127.0.0.1:8080"},
           Case{"http://localhost/", "localhost", 80, "", true, "http://localhost"},
           Case{"https://Capid.Example.org/team//", "capid.example.org", 443, "/team", false,
                "https://capid.example.org/team"},
           Case{"https://[::1]:8443/x", "::1", 8443, "/x", true, "https://[::1]:8443/x"},
           Case{"http://[fe80::1]", "fe80::1", 80, "", false, "http://[fe80::1]"},
           Case{"unix:/run/capid.sock", "/run/capid.sock", 0, "", true, "unix:/run/capid.sock"},
       }) {
    CAPTURE(expected.text);
    const auto url = parse_url(expected.text);
    REQUIRE(url);
    CHECK(url->host == expected.host);
    CHECK(url->port == expected.port);
    CHECK(url->path == expected.path);
    CHECK(url->is_local() == expected.local);
    CHECK(to_text(*url) == expected.written);
  }
}

TEST_CASE("what is no address is refused, and not repeated") {
  for (const char* text :
       {"", "localhost:8080", "ftp://host", "http://", "http://:80", "http://host:0", "http://host:65536",
        "http://host:80x", "http://[::1", "http://[::1]80", "http://user:secret@host", "http://host/?key=secret",
        "http://host/#secret", "http://ho st", "http://host\r\nX: secret", "unix:secret"}) {
    CAPTURE(text);
    const auto url = parse_url(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().code == Code::kInvalidParameter);
    CHECK(url.error().message.find("secret") == std::string::npos);
  }
  CHECK_FALSE(parse_url("unix:/" + std::string(107, 'x')));
}

TEST_CASE("what is encoded can stand anywhere in an address") {
  CHECK(encode("a-Z_0.9~") == "a-Z_0.9~");
  CHECK(encode("../a b?c=d&e#f%") == "..%2Fa%20b%3Fc%3Dd%26e%23f%25");
  CHECK(encode("é\n") == "%C3%A9%0A");
}

// SPDX-License-Identifier: Apache-2.0
#include "egress/head.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::egress;
using namespace std::string_literals;

namespace {

std::string lines(std::initializer_list<std::string> all) {
  std::string text;
  for (const std::string& line : all) text += line + "\r\n";
  return text + "\r\n";
}

std::string refusal_of(const std::string& text) {
  const auto head = parse_request_head(text);
  return head ? "none" : head.error().message;
}

// "tunnel HOST:PORT", "HOST:PORT PATH", or what is wrong.
std::string wanted(const std::string& request_line) {
  const auto head = parse_request_head(lines({request_line}));
  if (!head) return head.error().message;
  const auto wanted = wanted_of_proxy(*head);
  if (!wanted) return wanted.error().message;
  const std::string place = net::to_text(wanted->place);
  return wanted->is_tunnel ? "tunnel " + place : place + " " + wanted->path;
}

}   // namespace

TEST_CASE("a request's head is read") {
  const auto head =
      parse_request_head(lines({"POST http://a.test/x HTTP/1.1", "Host: a.test", "X-Empty:", "X-Odd:  a\tb  "}));
  REQUIRE(head);
  CHECK(head->method == "POST");
  CHECK(head->target == "http://a.test/x");
  CHECK(head->version == "HTTP/1.1");
  REQUIRE(head->headers.size() == 3);
  CHECK(head->headers[1].value.empty());
  CHECK(head->headers[2].name == "X-Odd");
  CHECK(head->headers[2].value == "a\tb");
}

TEST_CASE("a head that two programs could read differently is refused") {
  const std::string get = "GET http://a.test/ HTTP/1.1";
  struct Case {
    std::string text, why;
  };
  for (const auto& [text, why] : {
           Case{"\r\n", "the request's first line is not METHOD TARGET HTTP/1.1"},
           Case{lines({"GET http://a.test/"}), "the request's first line is not METHOD TARGET HTTP/1.1"},
           Case{lines({"GET  http://a.test/ HTTP/1.1"}), "the request's first line is not METHOD TARGET HTTP/1.1"},
           Case{lines({" " + get}), "the request's first line is not METHOD TARGET HTTP/1.1"},
           Case{lines({"G(T http://a.test/ HTTP/1.1"}), "the request has no method"},
           Case{lines({"GET http://a.test/ HTTP/2"}), "this speaks HTTP/1.1 and HTTP/1.0 alone"},
           Case{lines({"GET http://a.test/ http/1.1"}), "this speaks HTTP/1.1 and HTTP/1.0 alone"},
           Case{lines({"CONNECT a.test\0.b.test:443 HTTP/1.1"s}),
                "the request's target holds a control character, or is empty"},
           Case{lines({"CONNECT a.test\n:443 HTTP/1.1"}),
                "the request's target holds a control character, or is empty"},
           Case{lines({"CONNECT a.test\r:443 HTTP/1.1"}),
                "the request's target holds a control character, or is empty"},
           Case{lines({get, "X: a\nHost: b.test"}), "a header holds a control character"},
           Case{lines({get, "X: a\rHost: b.test"}), "a header holds a control character"},
           Case{lines({get, "X: a\0b"s}), "a header holds a control character"},
           Case{lines({get, "X: a", " folded"}), "a header is not NAME: VALUE on one line"},
           Case{lines({get, "Content-Length : 5"}), "a header is not NAME: VALUE on one line"},
           Case{lines({get, "no colon"}), "a header is not NAME: VALUE on one line"},
           Case{lines({get, ": no name"}), "a header is not NAME: VALUE on one line"},
           Case{lines({get, "Content-Length: 5", "content-length: 5"}),
                "the request says more than once where its body ends"},
           Case{lines({get, "Content-Length: 5", "Transfer-Encoding: chunked"}),
                "the request says more than once where its body ends"},
           Case{lines({get, "Content-Length: 5, 5"}), "Content-Length is not a number"},
           Case{lines({get, "Content-Length: +5"}), "Content-Length is not a number"},
           Case{lines({get, "Content-Length:"}), "Content-Length is not a number"},
           Case{lines({get, "Transfer-Encoding: gzip, chunked"}), "Transfer-Encoding is not chunked"},
           Case{lines({get, "Transfer-Encoding: xchunked"}), "Transfer-Encoding is not chunked"},
           Case{lines({"POST http://a.test/ HTTP/1.0", "Transfer-Encoding: chunked"}), "HTTP/1.0 knows no chunks"},
       }) {
    CAPTURE(text);
    CHECK(refusal_of(text) == why);
  }
}

TEST_CASE("a proxy is asked for a tunnel, or for a whole URL") {
  const std::string ask = "this is a proxy: ask it for http://HOST/PATH, or CONNECT HOST:PORT";
  const std::string scheme = "a proxy is asked for http://HOST/PATH; for https it takes CONNECT HOST:PORT";
  struct Case {
    std::string line, expected;
  };
  for (const auto& [line, expected] : {
           Case{"CONNECT A.test.:443 HTTP/1.1", "tunnel a.test:443"},
           Case{"CONNECT [2001:db8::1]:443 HTTP/1.0", "tunnel [2001:db8::1]:443"},
           Case{"GET http://a.test HTTP/1.1", "a.test:80 /"},
           Case{"GET HTTP://A.test:8080/x?y=http://b.test/ HTTP/1.1", "a.test:8080 /x?y=http://b.test/"},
           Case{"GET http://a.test?x=@b.test HTTP/1.1", "a.test:80 /?x=@b.test"},
           Case{"CONNECT a.test HTTP/1.1", "the target has no port"},
           Case{"CONNECT http://a.test:443 HTTP/1.1",
                "the target has more than one colon (an IPv6 address stands in brackets)"},
           Case{"CONNECT 2130706433:443 HTTP/1.1",
                "the target ends in a number but is not an IPv4 address of four decimal numbers"},
           Case{"CONNECT a.test%00:443 HTTP/1.1", "the target may hold letters, digits, '-', '_' and dots alone"},
           Case{"CONNECT u@a.test:443 HTTP/1.1", "the target must hold no user and no password"},
           Case{"GET / HTTP/1.1", ask},
           Case{"OPTIONS * HTTP/1.1", scheme},
           Case{"GET https://a.test/ HTTP/1.1", scheme},
           Case{"GET ftp://a.test/ HTTP/1.1", scheme},
           Case{"GET a.test:443 HTTP/1.1", scheme},
           Case{"GET http://u:p@a.test/ HTTP/1.1", "the target must hold no user and no password"},
           Case{"GET http:///x HTTP/1.1", "the target is empty"},
           Case{"GET http://a.test/#x HTTP/1.1", "the target has a fragment, which is never sent"},
           Case{"GET http://a.test#@b.test/ HTTP/1.1", "the target has a fragment, which is never sent"},
           Case{"GET http://a.test\\@b.test/ HTTP/1.1", "the target must hold no user and no password"},
           Case{"GET http://a.test\\.b.test/ HTTP/1.1", "the target may hold letters, digits, '-', '_' and dots alone"},
       }) {
    CAPTURE(line);
    CHECK(wanted(line) == expected);
  }
}

TEST_CASE("a server is asked for a path") {
  const auto path = [](const std::string& line) {
    const auto found = wanted_of_server(parse_request_head(lines({line})).value());
    return found ? *found : found.error().message;
  };
  CHECK(path("GET /a?b HTTP/1.1") == "/a?b");
  CHECK(path("GET //other.test/a HTTP/1.1") == "//other.test/a");
  for (const std::string line : {"GET http://b.test/ HTTP/1.1", "CONNECT b.test:443 HTTP/1.1", "OPTIONS * HTTP/1.1"})
    CHECK(path(line) == "this is no proxy: ask it for a path, as in GET /PATH HTTP/1.1");
}

TEST_CASE("a host gets what is meant for it, under its own name") {
  const auto head =
      parse_request_head(lines({"POST http://a.test/x HTTP/1.1", "Host: b.test", "Accept: */*",
                                "Proxy-Authorization: Basic eA==", "proxy-connection: keep-alive",
                                "Connection: keep-alive, X-Hop, Content-Length", "x-hop: 1", "Keep-Alive: 300",
                                "TE: trailers", "Upgrade: h2c", "Host: c.test", "Content-Length: 5", "Cookie: a=b"}));
  REQUIRE(head);
  CHECK(forwarded_request(*head, "/x", "a.test", {}) ==
        lines({"POST /x HTTP/1.1", "Host: a.test", "Accept: */*", "Content-Length: 5", "Cookie: a=b",
               "Connection: close"}));
}

TEST_CASE("an added header is the only one of its name, whatever the run sent") {
  for (const std::string more : {"X-More: 1", "Connection: authorization", "connection: close, Authorization"}) {
    CAPTURE(more);
    const auto head = parse_request_head(
        lines({"GET /x HTTP/1.0", "authorization: mine", "AUTHORIZATION: mine, too", "Authorization2: other", more}));
    REQUIRE(head);
    const std::string kept = more.starts_with("X-") ? more + "\r\n" : "";
    CHECK(forwarded_request(*head, "/x", "a.test:8443", Header{"Authorization", "Bearer s3cret"}) ==
          "GET /x HTTP/1.0\r\nHost: a.test:8443\r\nAuthorization2: other\r\n" + kept +
              "Authorization: Bearer s3cret\r\nConnection: close\r\n\r\n");
  }
}

TEST_CASE("an answer ends the connection, and is passed on otherwise") {
  const auto passed_on = [](const std::string& text) {
    const auto answer = forwarded_answer(text);
    return answer ? answer->text + (answer->is_final ? "final" : "interim") : "none";
  };
  CHECK(
      passed_on(lines({"HTTP/1.1 302 Found", "Location: http://b.test/", "Connection: keep-alive, X-Hop",
                       "Keep-Alive: 5", "X-Hop: 1", "Proxy-Authenticate: Basic", "Set-Cookie: a", "set-cookie: b"})) ==
      lines({"HTTP/1.1 302 Found", "Location: http://b.test/", "Set-Cookie: a", "set-cookie: b", "Connection: close"}) +
          "final");
  CHECK(passed_on(lines({"HTTP/1.1 100 Continue"})) == lines({"HTTP/1.1 100 Continue"}) + "interim");
  CHECK(passed_on(lines({"HTTP/1.0 200"})) == lines({"HTTP/1.0 200", "Connection: close"}) + "final");
  for (const std::string& text : {lines({"HTTP/1.1 101 Switching Protocols"}), lines({"HTTP/2 200"}),
                                  lines({"HTTP/1.1 20"}), lines({"SSH-2.0-x"}), lines({"HTTP/1.1 200 OK", "no colon"}),
                                  lines({"HTTP/1.1 200 OK", "X: a", " folded"}), lines({})})
    CHECK(passed_on(text) == "none");
}

TEST_CASE("a header's value has no line ends and no other control characters") {
  CHECK(is_header_value("Bearer a\tb \xc3\xbc"));
  CHECK(is_header_value(""));
  for (const std::string& text : {"a\rb"s, "a\nb"s, "a\0b"s, "a\x7f"s, "\x1b"s}) CHECK_FALSE(is_header_value(text));
}

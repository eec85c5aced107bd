// SPDX-License-Identifier: Apache-2.0
#include "net/target.h"

#include <algorithm>
#include <random>

#include "net/address_guard.h"
#include "tests/net/refused_webhook_urls.h"
#include "tests/net/webhook_urls.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::net;
using namespace capid::net::test;

namespace {

// Where the URL's host is an address, what the guard says of it: there is nothing to look up.
Result<void> check_literal(const Target& target) {
  if (!base::parse_ip(target.host)) return {};
  return AddressGuard::make({}).value().check(target.host, {target.host});
}

std::string as_taken(const Target& target) { return receiver_of(target) + target.path; }

// The message with which `url` is refused; empty: it is not.
std::string refusal(std::string_view url) {
  const auto target = parse_target(url);
  if (target) return "";
  CHECK(target.error().code == Code::kWebhookUrlNotAllowed);
  CHECK(target.error().field.empty());
  CHECK(target.error().message.starts_with("the address "));
  return target.error().message;
}

std::string mutated(std::string text, std::mt19937& random) {
  constexpr std::string_view kOdd = "/\\@:#?%[].-_0129xXaf \t\n\r\"|\x7f\xe3\x80\x82\0"sv;
  const auto upto = [&](size_t most) { return std::uniform_int_distribution<size_t>(0, most)(random); };
  for (size_t changes = upto(3) + 1; changes > 0; --changes) {
    const size_t at = upto(text.size());
    switch (upto(3)) {
      case 0:
        text.insert(at, 1, kOdd[upto(kOdd.size() - 1)]);
        break;
      case 1:
        text.erase(at, upto(3));
        break;
      case 2:
        if (at < text.size()) text[at] = kOdd[upto(kOdd.size() - 1)];
        break;
      default:
        text.insert(at, text.substr(upto(text.size()), upto(8)));
    }
  }
  return text;
}

bool is_plain_host(const std::string& host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.' || c == ':';
  });
}

}   // namespace

TEST_CASE("a webhookUrl that says one thing to everybody is taken as that") {
  for (const Form& form : kTaken) {
    CAPTURE(form.url);
    const auto target = parse_target(form.url);
    REQUIRE(target);
    CHECK(as_taken(*target) == form.verdict);
    CHECK(check_literal(*target));
  }
}

TEST_CASE("a webhookUrl that programs read differently is refused, with the reason") {
  for (const Form& form : kRefused) {
    CAPTURE(form.url);
    CAPTURE(form.verdict);
    const std::string why = refusal(form.url);
    CAPTURE(why);
    CHECK(why.find(form.verdict) != std::string::npos);
    CHECK(why.find("secret") == std::string::npos);
  }
}

TEST_CASE("an address in a webhookUrl is read, and refused where it is not public") {
  for (const std::string_view url : kNotPublic) {
    CAPTURE(url);
    const auto target = parse_target(url);
    REQUIRE(target);
    const auto checked = check_literal(*target);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().message.find("which is not public") != std::string::npos);
  }
}

TEST_CASE("there are as many forms as it takes") {
  CHECK(std::size(kTaken) + std::size(kRefused) + std::size(kNotPublic) >= 300);
}

TEST_CASE("lengths have their bounds") {
  const std::string host = "http://example.org/", label(63, 'a');
  CHECK(refusal(host + std::string(2'048 - host.size(), 'x')).empty());
  CHECK(refusal(host + std::string(2'049 - host.size(), 'x')).find(kLong) != std::string::npos);
  CHECK(refusal(std::string(1'000'000, '\\')).find(kLong) != std::string::npos);
  CHECK(refusal("http://" + label + ".example").empty());
  CHECK(refusal("http://" + label + "a.example").find(kLabel) != std::string::npos);
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'a');
  CHECK(refusal("http://" + longest).empty());
  CHECK(refusal("http://" + longest + ".").empty());
  CHECK(refusal("http://" + longest + "a").find(kName) != std::string::npos);
}

TEST_CASE("the receiver has its port always, the Host header where it is not the scheme's own") {
  struct Case {
    const char *url, *receiver, *header;
  };
  for (const Case& one : {
           Case{"http://Example.org./a?b", "http://example.org:80", "example.org"},
           Case{"http://example.org:443", "http://example.org:443", "example.org:443"},
           Case{"https://example.org:443", "https://example.org:443", "example.org"},
           Case{"https://example.org:80", "https://example.org:80", "example.org:80"},
           Case{"https://1.1.1.1:8443", "https://1.1.1.1:8443", "1.1.1.1:8443"},
           Case{"https://[2606:4700:4700::1111]", "https://[2606:4700:4700::1111]:443", "[2606:4700:4700::1111]"},
           Case{"http://[2606:4700:4700::1111]:8080", "http://[2606:4700:4700::1111]:8080",
                "[2606:4700:4700::1111]:8080"},
       }) {
    CAPTURE(one.url);
    const auto target = parse_target(one.url);
    REQUIRE(target);
    CHECK(receiver_of(*target) == one.receiver);
    CHECK(host_header(target->scheme, target->host, target->port) == one.header);
  }
}

TEST_CASE("whatever is made of a refused webhookUrl, what is taken of it reads as itself and has a plain host") {
  constexpr int kOfEach = 400;
  std::mt19937 random(20'240'607);   // the same mutations every time
  int taken = 0, wrong = 0;
  for (const Form& form : kRefused) {
    for (int i = 0; i < kOfEach; ++i) {
      const std::string text = mutated(std::string(form.url), random);
      const auto target = parse_target(text);
      if (!target) continue;
      ++taken;
      const auto again = parse_target(as_taken(*target));
      const bool right = again && *again == *target && is_plain_host(target->host) && target->path.starts_with('/') &&
                         (!base::ends_in_number(target->host) || base::parse_ip(target->host));
      if (right) continue;
      ++wrong;
      CAPTURE(text);
      CHECK(right);
      if (wrong > 10) return;
    }
  }
  CHECK(taken > 1'000);
}

// SPDX-License-Identifier: Apache-2.0
#include "http/multipart.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::http;

namespace {

constexpr size_t kWhole = SIZE_MAX;

Request form(const std::string& body, size_t piece,
             const std::string& content_type = "multipart/form-data; boundary=XX") {
  Request request;
  request.content_type = content_type;
  request.read_body = [body, piece](const TakeBytes& take) -> Result<void> {
    for (std::string_view rest = body; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size())))
      TRY(take(rest.substr(0, piece)));
    return {};
  };
  return request;
}

// Each part as "name/filename=content;", or the error.
std::string parts(const Request& request) {
  std::string shown;
  const auto read = read_multipart(request, {.on_part = [&](const PartHeader& part) -> Result<void> {
                                               if (!shown.empty()) shown += ";";
                                               shown += part.name + "/" + part.filename + "=";
                                               return {};
                                             },
                                             .on_bytes = [&](std::string_view bytes) -> Result<void> {
                                               shown += bytes;
                                               return {};
                                             }});
  if (read) return shown;
  return std::string(base::to_string(read.error().code)) + ": " + read.error().message;
}

std::string part(const std::string& headers, const std::string& content) {
  return "--XX\r\n" + headers + "\r\n\r\n" + content + "\r\n";
}
std::string named(const std::string& name) { return "Content-Disposition: form-data; name=\"" + name + "\""; }
const std::string kEnd = "--XX--\r\n";

constexpr const char* kCutOff =
    "INVALID_MULTIPART: the form data ends before its closing boundary: the body was cut off, or it is no form data";
constexpr const char* kBadHeaders = "INVALID_MULTIPART: the form data has a part whose headers are not understood";
constexpr const char* kTooLong =
    "INVALID_MULTIPART: the form data has more than 16 KiB of headers at one place, or no part begins where one should";
constexpr const char* kBadBoundary =
    "INVALID_MULTIPART: the Content-Type of form data must name a boundary of 1 to 70 characters";

}   // namespace

TEST_CASE("a form is read alike in whatever pieces it comes") {
  struct Case {
    std::string body, expected;
  };
  const std::string binary("\0\xff\r\n--X\r\n--XY-\r", 16);   // almost a boundary, several times
  const std::string large(100'000, 'x');
  const Case cases[] = {
      {part(named("a"), "1") + kEnd, "a/=1"},
      {part(named("a"), "") + kEnd, "a/="},
      {part(named("a"), "1") + part(named("b"), "2\r\n3") + kEnd, "a/=1;b/=2\r\n3"},
      {part(named("a"), "1") + "--XX--", "a/=1"},
      {"a preamble\r\n" + part(named("a"), "1") + kEnd, "a/=1"},
      {part(named("f") + "; filename=\"report.pdf\"\r\nContent-Type: application/pdf", binary) + kEnd,
       "f/report.pdf=" + binary},
      {part(named("f") + "; filename=\"Bericht für März.pdf\"", "x") + kEnd, "f/Bericht für März.pdf=x"},
      {part(named("f") + "; filename=\"x\"; filename*=UTF-8''%e2%82%ac.txt", "x") + kEnd, "f/€.txt=x"},
      {part("content-disposition: form-data; name=a", "1") + kEnd, "a/=1"},
      {part("Content-Type: text/plain\r\n" + named("a"), "1") + kEnd, "a/=1"},
      {part(named("f") + "; filename=\"f.txt\"", large) + kEnd, "f/f.txt=" + large},
      {part(named("f") + "; filename=\"\"", "1") + kEnd, "f/=1"},

      {"", kCutOff},
      {"no form at all", kCutOff},
      {kEnd, kCutOff},
      {part(named("a"), "1"), kCutOff},
      {part(named("a"), "1") + "--XX-", kCutOff},
      {part(named("a"), "1") + "--YY--\r\n", kCutOff},
      {"--XX\r\n" + named("a"), kCutOff},
      {"--XX\r\n" + named("a") + "\r\n\r\n", kCutOff},
      {part("Content-Disposition: form-data; filename=\"no name\"", "1") + kEnd, kBadHeaders},
      {part("no colon", "1") + kEnd, kBadHeaders},
      {part(named("f") + "; filename*=latin1''x", "1") + kEnd, kBadHeaders},
      {"--XX\r\n" + named("a") + "\r\nX: " + std::string(9'000, 'x') + "\r\n\r\n1\r\n" + kEnd, kBadHeaders},
  };
  for (const Case& one : cases) {
    for (const size_t piece : {size_t{1}, size_t{7}, kWhole}) {
      CAPTURE(one.body.substr(0, 100));
      CAPTURE(piece);
      CHECK(parts(form(one.body, piece)) == one.expected);
    }
  }
}

TEST_CASE("header lines, a preamble and rubbish after a boundary cannot go on for ever") {
  const auto repeated = [](const std::string& text) {
    std::string many;
    while (many.size() < 40'000) many += text;
    return many;
  };
  struct Case {
    std::string body, expected;
  };
  const Case cases[] = {
      {"--XX\r\n" + repeated("X: y\r\n"), kTooLong},
      {repeated("preamble\r\n"), kTooLong},
      {repeated("--X"), kTooLong},
      {part(named("a"), "1") + "--XX" + repeated("junk"), kTooLong},
      {"--XX\r\nX: " + repeated("y"), kBadHeaders},
  };
  for (const Case& one : cases) {
    for (const size_t piece : {size_t{7}, kWhole}) {
      CAPTURE(one.body.substr(0, 20));
      CHECK(parts(form(one.body, piece)) == one.expected);
    }
  }
}

TEST_CASE("the boundary comes from the Content-Type, and is bounded") {
  const auto with = [](const std::string& boundary, const std::string& content_type) {
    const std::string body = "--" + boundary + "\r\n" + named("a") + "\r\n\r\n1\r\n--" + boundary + "--\r\n";
    return parts(form(body, kWhole, content_type));
  };
  const std::string longest(70, 'b');
  CHECK(with(longest, "multipart/form-data; boundary=" + longest) == "a/=1");
  CHECK(with("a b", "multipart/form-data; boundary=\"a b\"") == "a/=1");
  CHECK(with("XX", "multipart/form-data; charset=utf-8; boundary=XX") == "a/=1");
  CHECK(with(longest + "b", "multipart/form-data; boundary=" + longest + "b") == kBadBoundary);
  CHECK(with("XX", "multipart/form-data") == kBadBoundary);
  CHECK(with("", "multipart/form-data; boundary=") == kBadBoundary);
  CHECK(with("", "multipart/form-data; boundary=\"\"") == kBadBoundary);
}

TEST_CASE("an error of a handler or of the connection ends the reading") {
  const std::string body = part(named("a"), "1") + part(named("b"), "2") + kEnd;
  std::string seen;
  const PartHandlers refuse_b{.on_part = [&](const PartHeader& part) -> Result<void> {
                                seen += part.name;
                                if (part.name == "b") return Error{Code::kUnknownField, "no b"};
                                return {};
                              },
                              .on_bytes = [&](std::string_view bytes) -> Result<void> {
                                seen += bytes;
                                return {};
                              }};
  const auto refused = read_multipart(form(body, kWhole), refuse_b);
  REQUIRE(!refused);
  CHECK(refused.error().message == "no b");
  CHECK(seen == "a1b");

  Request cut_off = form(body, kWhole);
  cut_off.read_body = [](const TakeBytes& take) -> Result<void> {
    TRY(take("--XX\r\n"));
    return Error{Code::kInvalidParameter, "the body was cut off"};
  };
  CHECK(parts(cut_off) == "INVALID_PARAMETER: the body was cut off");
}

TEST_CASE("file names come whole, whatever they hold") {
  struct Case {
    std::string disposition, expected;
  };
  const Case cases[] = {
      {R"(; filename="Q1; final = v2.pdf")", "f/Q1; final = v2.pdf=x"},
      {R"(; filename="a%22b.txt")", "f/a\"b.txt=x"},
      {R"(; filename="a\"b.txt")", "f/a\"b.txt=x"},
      {R"(; filename=plain.txt)", "f/plain.txt=x"},
      {R"(; filename*=UTF-8''caf%C3%A9.txt)", "f/caf\xc3\xa9.txt=x"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.disposition);
    CHECK(parts(form(part(named("f") + one.disposition, "x") + kEnd, kWhole)) == one.expected);
  }
}

TEST_CASE("what follows the closing boundary means nothing, in whatever pieces it comes") {
  for (const size_t piece : {size_t{1}, size_t{7}, kWhole}) {
    CHECK(parts(form(part(named("a"), "1") + kEnd + "The end.\r\n--XX\r\n", piece)) == "a/=1");
  }
}

// SPDX-License-Identifier: Apache-2.0
#include "http/preferences.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::http;

TEST_CASE("Prefer: wait is found among others, bounded, and ignored where it cannot be met") {
  const std::pair<const char*, int> cases[] = {
      {"wait=10", 10},   {"WAIT=10", 10},          {"respond-async, wait=5", 5},
      {"wait=5;x=y", 5}, {" wait=7 ", 7},          {"wait=60", 60},
      {"wait=61", 60},   {"wait=99999999999", 60}, {"wait=0", 0},
      {"", -1},          {"respond-async", -1},    {"wait", -1},
      {"wait=", -1},     {"wait=soon", -1},        {"wait=-1", -1},
      {"wait=1.5", -1},  {"await=3", -1},
  };
  for (const auto& [header, expected] : cases) {
    CAPTURE(header);
    const auto wait = preferred_wait(header);
    CHECK((wait ? static_cast<int>(wait->count()) : -1) == expected);
  }
}

TEST_CASE("an idempotency key is the same quoted and bare") {
  const std::pair<std::string, std::string> good[] = {
      {"abc", "abc"},
      {"\"abc\"", "abc"},
      {" abc ", "abc"},
      {R"("a\"b")", "a\"b"},
      {R"("a\\b")", "a\\b"},
      {"a b", "a b"},
      {std::string(255, 'x'), std::string(255, 'x')},
      {"a\"b", "a\"b"},
  };
  for (const auto& [header, key] : good) {
    CAPTURE(header);
    const auto parsed = parse_idempotency_key(header);
    REQUIRE(parsed);
    CHECK(*parsed == key);
  }
  for (const std::string bad : {"", " ", "\"\"", "\"abc", "\"a\"b\"", R"("a\x")", R"("a\)", "\xc3\xa9", "\"a\";b"}) {
    CAPTURE(bad);
    const auto parsed = parse_idempotency_key(bad);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == Code::kInvalidParameter);
    CHECK(parsed.error().field == "Idempotency-Key");
  }
  CHECK_FALSE(parse_idempotency_key(std::string(256, 'x')));
}

TEST_CASE("a list is given where JSON is asked for, a stream everywhere else") {
  CHECK(wants_json("application/json"));
  CHECK(wants_json("Application/JSON, text/plain"));
  for (const char* accept : {"", "*/*", "text/event-stream", "text/event-stream, application/json"}) {
    CAPTURE(accept);
    CHECK_FALSE(wants_json(accept));
  }
}

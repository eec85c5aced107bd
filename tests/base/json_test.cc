// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::base;
using namespace std::string_view_literals;

namespace {

// The text of what was parsed, or the error.
std::string parsed(std::string_view text) {
  const auto json = parse_json(text);
  if (json) return dump(*json);
  CHECK(json.error().code == Code::kInvalidJson);
  return json.error().message;
}

std::string nested(int depth, const std::string& open, const std::string& inside, const std::string& close) {
  std::string text = inside;
  for (int i = 0; i < depth; ++i) text = open + text + close;
  return text;
}

std::string breaks_at(int byte) { return "this is not valid JSON: it breaks at byte " + std::to_string(byte); }
constexpr const char* kTooDeep = "the JSON is nested more than 64 levels deep";

}   // namespace

TEST_CASE("JSON is parsed whole or refused with the place") {
  struct Case {
    std::string_view text;
    std::string expected;
  };
  const Case cases[] = {
      {R"({"b":1,"a":[true,null,"ä"]})", R"({"a":[true,null,"ä"],"b":1})"},
      {" 5 ", "5"},
      {"9223372036854775807", "9223372036854775807"},
      {"18446744073709551615", "18446744073709551615"},
      {R"("\u0000")", R"("\u0000")"},
      {R"({"a":1,"a":2})", R"({"a":2})"},
      {"", breaks_at(1)},
      {"{", breaks_at(2)},
      {"[1,]", breaks_at(4)},
      {"{} x", breaks_at(4)},
      {"{}{}", breaks_at(3)},
      {"nul", breaks_at(4)},
      {"'a'", breaks_at(1)},
      {"NaN", breaks_at(1)},
      {"01", breaks_at(2)},
      {"// no comments\n1", breaks_at(1)},
      {"\"a\nb\"", breaks_at(3)},
      {"\"a\0b\""sv, breaks_at(3)},
      {"\"\xff\"", breaks_at(2)},
      {"\"\xc0\xaf\"", breaks_at(2)},
      {"\"\xed\xa0\x80\"", breaks_at(3)},
      {R"("\ud800")", breaks_at(8)},
      {"1e999", "this is not valid JSON: a number is out of range"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(parsed(one.text) == one.expected);
  }
}

TEST_CASE("JSON is at most 64 levels deep") {
  const std::string list = nested(64, "[", "1", "]"), object = nested(64, "{\"a\":", "1", "}");
  CHECK(parsed(list) == list);
  CHECK(parsed(object) == object);
  CHECK(parsed("[" + list + "]") == kTooDeep);
  CHECK(parsed("{\"a\":" + object + "}") == kTooDeep);
  CHECK(parsed(nested(100'000, "[", "", "]")) == kTooDeep);
  CHECK(parsed(std::string(100'000, '[')) == kTooDeep);
}

TEST_CASE("what goes out keeps its order, and text that is not UTF-8 is mended") {
  CHECK(dump(OrderedJson{{"b", 1}, {"a", "x\xff"}}) == "{\"b\":1,\"a\":\"x\xEF\xBF\xBD\"}");
  CHECK(dump(Json{{"b", 1}, {"a", "x\xff"}}) == "{\"a\":\"x\xEF\xBF\xBD\",\"b\":1}");
}

TEST_CASE("depth is counted for empty containers too, and nothing may follow, not even behind a NUL") {
  CHECK(parse_json(std::string(64, '[') + std::string(64, ']')));
  CHECK(!parse_json(std::string(65, '[') + std::string(65, ']')));
  CHECK(parsed("{}\0 anything at all"sv) == "this is not valid JSON: it breaks at byte 3");
}

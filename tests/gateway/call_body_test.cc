// SPDX-License-Identifier: Apache-2.0
#include "gateway/call_body.h"

#include "base/json.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::gateway;

namespace {

std::string prepared(const std::string& text, Protocol protocol = Protocol::kMessages, const std::string& model = "M") {
  const auto body = prepare_call(protocol, text, model);
  return body ? body->text : std::string(base::to_string(body.error().code));
}

std::string chat(const std::string& text) {
  const auto body = prepare_call(Protocol::kChatCompletions, text, "M");
  REQUIRE(body);
  return body->text + (body->usage_was_added ? " added" : "");
}

}   // namespace

TEST_CASE("the model is replaced wherever it stands at the top, and nothing else is touched") {
  CHECK(prepared(R"({"model":"a"})") == R"({"model":"M"})");
  CHECK(prepared(R"({ "model" : "a" , "x" : [1.0e5, {"model":"inner"}] })") ==
        R"({ "model" : "M" , "x" : [1.0e5, {"model":"inner"}] })");
  CHECK(prepared(R"({"x":{"a":[{"b":"}]"}]},"model":{"not":"a name"}})") == R"({"x":{"a":[{"b":"}]"}]},"model":"M"})");
  CHECK(prepared(R"({"model":"a","y":1,"model":"b"})") == R"({"model":"M","y":1,"model":"M"})");
  CHECK(prepared("\n{\"model\":null}\n") == "\n{\"model\":\"M\"}\n");
  CHECK(prepared(R"({"model":12345678901234567890,"big":12345678901234567890123})") ==
        R"({"model":"M","big":12345678901234567890123})");
}

TEST_CASE("a name that another server would take for the model is taken for it") {
  CHECK(prepared(R"({"mod\u0065l":"a"})") == R"({"mod\u0065l":"M"})");
  CHECK(prepared(R"({"Model":"a","MODEL":"b"})") == R"({"Model":"M","MODEL":"M"})");
  CHECK(prepared(R"({"models":"a","x":"model"})") == R"({"model":"M","models":"a","x":"model"})");
}

TEST_CASE("a request that names no model gets one") {
  CHECK(prepared("{}") == R"({"model":"M"})");
  CHECK(prepared(R"( {"a":1})") == R"( {"model":"M","a":1})");
}

TEST_CASE("quotes and backslashes, in names, values and the model itself") {
  CHECK(prepared(R"({"a\"}":"\\\"{","model":"x\"y"})") == R"({"a\"}":"\\\"{","model":"M"})");
  CHECK(prepared(R"({"model":1})", Protocol::kMessages, "a\"b\\c") == R"({"model":"a\"b\\c"})");
}

TEST_CASE("what is no JSON object is refused") {
  for (const char* text : {"", " ", "[]", "null", "\"model\"", "{", "{\"model\":1", "{\"a\":1,}", "{} {}", "{\"a\":01}",
                           "{\"a\":\"\xff\"}", "{'model':1}", "{\"a\" 1}"}) {
    CAPTURE(text);
    CHECK(prepared(text) == "INVALID_JSON");
  }
  CHECK(prepared(std::string(200'000, '[')) == "INVALID_JSON");
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  CHECK(prepared("{\"model\":1,\"deep\":" + deep + "}") == "{\"model\":\"M\",\"deep\":" + deep + "}");
}

TEST_CASE("an answer that would come later is refused, since nobody could tell what it cost") {
  CHECK(prepared(R"({"background":true})", Protocol::kResponses) == "INVALID_PARAMETER");
  CHECK(prepared(R"({"Background":1})", Protocol::kResponses) == "INVALID_PARAMETER");
  CHECK(prepared(R"({"background":false,"model":"a"})", Protocol::kResponses) == R"({"background":false,"model":"M"})");
  CHECK(prepared(R"({"background": null,"model":"a"})", Protocol::kResponses) == R"({"background": null,"model":"M"})");
}

TEST_CASE("a stream of chat completions is asked for its usage, and it is known who asked") {
  CHECK(chat(R"({"model":1})") == R"({"model":"M"})");
  CHECK(chat(R"({"model":1,"stream":false})") == R"({"model":"M","stream":false})");
  CHECK(chat(R"({"model":1,"stream":true})") ==
        R"({"stream_options":{"include_usage":true},"model":"M","stream":true} added)");
  CHECK(chat(R"({"model":1,"stream":true,"stream_options":{"include_usage":true}})") ==
        R"({"model":"M","stream":true,"stream_options":{"include_usage":true}})");
  CHECK(chat(R"({"model":1,"stream":true,"stream_options":{"include_usage":false,"x":1}})") ==
        R"({"model":"M","stream":true,"stream_options":{"include_usage":true,"x":1}} added)");
  CHECK(chat(R"({"model":1,"stream":true,"stream_options":null})") ==
        R"({"model":"M","stream":true,"stream_options":{"include_usage":true}} added)");
  CHECK(chat(R"({"stream":true})") == R"({"stream_options":{"include_usage":true},"model":"M","stream":true} added)");
}

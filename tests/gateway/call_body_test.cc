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

TEST_CASE("a name that another server would take for the model is taken for it, and the true one is never missing") {
  CHECK(prepared(R"({"mod\u0065l":"a"})") == R"({"mod\u0065l":"M"})");
  CHECK(prepared(R"({"Model":"a","MODEL":"b"})") == R"({"model":"M","Model":"M","MODEL":"M"})");
  CHECK(prepared(R"({"a":"model","x":{"models":1}})") == R"({"model":"M","a":"model","x":{"models":1}})");
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
  CHECK(
      chat(R"({"model":1,"stream":true,"Stream_Options":{"include_usage":false}})") ==
      R"({"stream_options":{"include_usage":true},"model":"M","stream":true,"Stream_Options":{"include_usage":true}} added)");
  CHECK(chat(R"({"stream":true})") == R"({"stream_options":{"include_usage":true},"model":"M","stream":true} added)");
}

TEST_CASE("a name that a server could fold to one of ASCII is refused, or goes") {
  for (const char* name : {"\u017ftream", "fallbac\u212as", "m\u00f6del"}) {
    CAPTURE(name);
    CHECK(prepared("{\"model\":1,\"" + std::string(name) + "\":true}") == "INVALID_PARAMETER");
  }
  CHECK(chat("{\"model\":1,\"stream\":true,\"stream_options\":{\"include_u\u017fage\":false,\"Include_Usage\":false,"
             "\"x\":1}}") == R"({"model":"M","stream":true,"stream_options":{"include_usage":true,"x":1}} added)");
}

TEST_CASE("fields that could bring another model are refused, however they are written") {
  for (const char* name : {"extra_body", "context_window_fallbacks", "content_policy_fallbacks", "models", "fallbacks",
                           "Route", "mock_testing_fallbacks", "MODELS"}) {
    CAPTURE(name);
    CHECK(prepared("{\"model\":1,\"" + std::string(name) + "\":[\"other\"]}") == "INVALID_PARAMETER");
    CHECK(prepared("{\"model\":1,\"" + std::string(name) + "\":null}").starts_with("{\"model\":\"M\""));
  }
}

TEST_CASE("what only some servers take for a stream is asked for its usage as well, and nothing overrides that") {
  CHECK(chat(R"({"model":1,"stream":1})") ==
        R"({"stream_options":{"include_usage":true},"model":"M","stream":1} added)");
  CHECK(chat(R"({"model":1,"Stream":true})") ==
        R"({"stream_options":{"include_usage":true},"model":"M","Stream":true} added)");
  CHECK(
      chat(
          R"({"model":1,"stream":"true","stream_options":{"include_usage":true,"include_usage":false},"Stream_Options":{}})") ==
      R"({"model":"M","stream":"true","stream_options":{"include_usage":true},"Stream_Options":{"include_usage":true}} added)");
  CHECK(chat(R"({"model":1,"stream":null,"stream_options":{"x":1}})") ==
        R"({"model":"M","stream":null,"stream_options":{"x":1}})");
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  const auto body =
      prepare_call(Protocol::kChatCompletions, R"({"stream":true,"stream_options":{"a":)" + deep + "}}", "M");
  CHECK(body.error().code == Code::kInvalidJson);
}

TEST_CASE("a body without end is refused at once, and so is one that ends before its end") {
  std::string many = "{";
  for (int i = 0; i < 500'000; ++i) many += "\"model\":1,";
  CHECK(prepared(many + "\"x\":1}") == "INVALID_JSON");
  CHECK(prepared(std::string("{\"model\":1}\0&model=other", 24)) == "INVALID_JSON");
}

// SPDX-License-Identifier: Apache-2.0
#include "http/errors.h"

#include <map>

#include "tests/support/test.h"

using namespace capid;
using namespace capid::http;

namespace {

struct Named {
  Code code;
  std::string_view text;
};

constexpr Named kAll[] = {
#define NAMED(name, text) {Code::name, text},
    CAPID_CODES(NAMED)
#undef NAMED
};

std::string headers(const Response& response) {
  std::string shown;
  for (const auto& [name, value] : response.headers) shown += name + ": " + value + ";";
  return shown;
}

}   // namespace

TEST_CASE("every code has its status") {
  const std::map<std::string_view, int> expected{{"INVALID_JSON", 400},
                                                 {"MISSING_APP_ID", 400},
                                                 {"INVALID_INPUT", 400},
                                                 {"INVALID_PARAMETER", 400},
                                                 {"UNKNOWN_FIELD", 400},
                                                 {"INVALID_MULTIPART", 400},
                                                 {"TOO_MANY_FILES", 400},
                                                 {"EMPTY_FILE", 400},
                                                 {"UNKNOWN_MODEL", 400},
                                                 {"WEBHOOK_URL_NOT_ALLOWED", 400},
                                                 {"INVALID_API_KEY", 401},
                                                 {"NOT_SIGNED_IN", 401},
                                                 {"SIGN_IN_FAILED", 401},
                                                 {"INSUFFICIENT_CREDITS", 402},
                                                 {"INVALID_SETUP_TOKEN", 403},
                                                 {"ADMINS_ONLY", 403},
                                                 {"FOREIGN_ORIGIN", 403},
                                                 {"KEY_NOT_FOUND", 404},
                                                 {"ACCOUNT_NOT_FOUND", 404},
                                                 {"DELIVERY_NOT_FOUND", 404},
                                                 {"APP_SCOPE_RESTRICTED", 403},
                                                 {"ROUTE_NOT_FOUND", 404},
                                                 {"APP_NOT_FOUND", 404},
                                                 {"RUN_NOT_FOUND", 404},
                                                 {"ARTIFACT_NOT_FOUND", 404},
                                                 {"THREAD_NOT_FOUND", 404},
                                                 {"WORKSPACE_NOT_FOUND", 404},
                                                 {"RUN_NOT_CANCELLABLE", 409},
                                                 {"THREAD_BUSY", 409},
                                                 {"WORKSPACE_BUSY", 409},
                                                 {"IDEMPOTENCY_IN_PROGRESS", 409},
                                                 {"IDEMPOTENCY_KEY_REUSED", 422},
                                                 {"RATE_LIMITED", 429},
                                                 {"EXPIRED", 500},
                                                 {"METHOD_NOT_ALLOWED", 405},
                                                 {"APP_DISABLED", 409},
                                                 {"LENGTH_REQUIRED", 411},
                                                 {"FILE_TOO_LARGE", 413},
                                                 {"PAYLOAD_TOO_LARGE", 413},
                                                 {"UNSUPPORTED_MEDIA_TYPE", 415},
                                                 {"UNSUPPORTED_FILE_TYPE", 415},
                                                 {"INTERNAL", 500},
                                                 {"SHUTTING_DOWN", 503},
                                                 {"QUEUE_FULL", 503},
                                                 {"STORE_UNAVAILABLE", 503},
                                                 {"AGENT_EXIT_NONZERO", 500},
                                                 {"AGENT_KILLED", 500},
                                                 {"TIMEOUT", 500},
                                                 {"OUT_OF_MEMORY", 500},
                                                 {"OUTPUT_TOO_LARGE", 500},
                                                 {"SANDBOX_SETUP_FAILED", 500},
                                                 {"COMMAND_NOT_FOUND", 500},
                                                 {"MODEL_ERROR", 500},
                                                 {"MAX_TURNS", 500},
                                                 {"OUTPUT_SCHEMA_MISMATCH", 500},
                                                 {"BUDGET_EXCEEDED", 500},
                                                 {"INTERRUPTED", 500}};
  for (const Named& one : kAll) {
    CAPTURE(one.text);
    CHECK(base::to_string(one.code) == one.text);
    REQUIRE(expected.contains(one.text));
    CHECK(status_of(one.code) == expected.at(one.text));
    CHECK(error_response({one.code, "m"}).status == expected.at(one.text));
  }
  CHECK(std::size(kAll) == expected.size());
}

TEST_CASE("an error is a code and a message, with the field and the details where there are any") {
  CHECK(error_response({Code::kRunNotFound, "no such run"}).body ==
        R"({"error":{"code":"RUN_NOT_FOUND","message":"no such run"}})"
        "\n");
  CHECK(error_response({Code::kInvalidInput, "is wrong", "inputs.a"}).body ==
        R"({"error":{"code":"INVALID_INPUT","message":"is wrong","field":"inputs.a"}})"
        "\n");
  const Error several{Code::kInvalidInput,
                      "a is wrong (and 1 more: see details)",
                      "inputs.a",
                      "for the log alone",
                      {{Code::kInvalidInput, "a is wrong", "inputs.a"}, {Code::kUnknownField, "no b", "inputs.b"}}};
  const Response response = error_response(several);
  CHECK(response.content_type == "application/json");
  CHECK(
      response.body ==
      R"j({"error":{"code":"INVALID_INPUT","message":"a is wrong (and 1 more: see details)","field":"inputs.a","details":[)j"
      R"j({"code":"INVALID_INPUT","message":"a is wrong","field":"inputs.a"},)j"
      R"j({"code":"UNKNOWN_FIELD","message":"no b","field":"inputs.b"}]}})j"
      "\n");
}

TEST_CASE("what a stranger sent is shown as text that JSON can hold") {
  CHECK(error_response({Code::kUnknownField, std::string("\"\xff\0\n", 4), "<\xc0>"}).body ==
        "{\"error\":{\"code\":\"UNKNOWN_FIELD\",\"message\":\"\\\"\xEF\xBF\xBD\xEF\xBF\xBD\\n\",\"field\":\"<"
        "\xEF\xBF\xBD>\"}}\n");
}

TEST_CASE("some codes bring a header") {
  CHECK(headers(error_response({Code::kInvalidApiKey, "m"})) == "WWW-Authenticate: Bearer;");
  for (const Code code : {Code::kQueueFull, Code::kShuttingDown, Code::kStoreUnavailable}) {
    CHECK(headers(error_response({code, "m"})) == "Retry-After: 5;");
  }
  CHECK(headers(error_response({Code::kInternal, "m"})).empty());
  CHECK(headers(error_response({Code::kAppScopeRestricted, "m"})).empty());
}

TEST_CASE("an answer that the HTTP library gives by itself has the same form") {
  struct Case {
    int from, status;
    std::string_view code;
  };
  constexpr Case cases[] = {{400, 400, "INVALID_PARAMETER"}, {404, 404, "ROUTE_NOT_FOUND"},
                            {413, 413, "PAYLOAD_TOO_LARGE"}, {414, 400, "INVALID_PARAMETER"},
                            {416, 416, "INVALID_PARAMETER"}, {500, 500, "INTERNAL"},
                            {599, 500, "INTERNAL"}};
  for (const Case& one : cases) {
    const Response response = error_response_for_status(one.from);
    CAPTURE(one.from);
    CHECK(response.status == one.status);
    CHECK(Json::parse(response.body)["error"]["code"] == one.code);
  }
}

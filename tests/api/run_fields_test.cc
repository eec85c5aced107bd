// SPDX-License-Identifier: Apache-2.0
#include "api/run_fields.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::api;

namespace {

const std::string kThread = "01a21337-ee79-7001-9321-b3c475b470bf";

// What a field makes of a run, or the error.
std::string show(const runs::NewRun& run) {
  const auto number = [](const std::optional<int64_t>& value) { return value ? std::to_string(*value) : "-"; };
  const store::RunOptions& options = run.options;
  return run.app + "|" + run.inputs.dump() + "|" + options.model.value_or("-") + "|" + options.workspace.value_or("-") +
         "|" + run.thread.value_or("-") + "|" + Json(options.tags).dump() + "|" + Json(options.metadata).dump() + "|" +
         number(run.ttl_ms) + "|" + number(options.timeout_ms) + "|" + number(options.max_credits);
}

std::string show(const Result<void>& set, const runs::NewRun& run) {
  if (set) return show(run);
  return std::string(base::to_string(set.error().code)) + " (" + set.error().field + ")";
}

std::string from_json(const std::string& name, const std::string& value) {
  runs::NewRun run;
  const auto set = set_field(run, name, Json::parse(value));
  return show(set, run);
}

std::string from_text(const std::string& name, const std::string& value) {
  runs::NewRun run;
  const auto set = set_field_from_text(run, name, value);
  return show(set, run);
}

std::string list_of(size_t count) {
  Json list = Json::array();
  for (size_t i = 0; i < count; ++i) list.push_back("t" + std::to_string(i));
  return list.dump();
}

std::string object_of(size_t count) {
  Json object = Json::object();
  for (size_t i = 0; i < count; ++i) object["k" + std::to_string(i)] = "v";
  return object.dump();
}

std::string quoted(size_t length) { return '"' + std::string(length, 'x') + '"'; }

}   // namespace

TEST_CASE("a field is set from JSON, and from a form's text alike") {
  struct Case {
    const char *name, *json, *text, *expected;
  };
  const Case cases[] = {
      {"appId", "\"a\"", "a", "a|{}|-|-|-|[]|{}|-|-|-"},
      {"inputs", R"({"x":1})", R"({"x":1})", R"(|{"x":1}|-|-|-|[]|{}|-|-|-)"},
      {"chatModelId", "\"m\"", "m", "|{}|m|-|-|[]|{}|-|-|-"},
      {"workspaceId", "\"w_1-\"", "w_1-", "|{}|-|w_1-|-|[]|{}|-|-|-"},
      {"tags", R"(["b","a","b"])", R"(["b","a","b"])", R"(|{}|-|-|-|["b","a"]|{}|-|-|-)"},
      {"metadata", R"({"k":"v"})", R"({"k":"v"})", R"(|{}|-|-|-|[]|{"k":"v"}|-|-|-)"},
      {"ttlSeconds", "60", "60", "|{}|-|-|-|[]|{}|60000|-|-"},
      {"timeoutSeconds", "604800", "604800", "|{}|-|-|-|[]|{}|-|604800000|-"},
      {"maxCredits", "1.25", "1.25", "|{}|-|-|-|[]|{}|-|-|1250000"},
      {"maxCredits", "0", "0", "|{}|-|-|-|[]|{}|-|-|0"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    CHECK(from_json(one.name, one.json) == one.expected);
    CHECK(from_text(one.name, one.text) == one.expected);
    CHECK(from_json(one.name, "null") == "|{}|-|-|-|[]|{}|-|-|-");
  }
  CHECK(from_json("threadId", '"' + kThread + '"') == "|{}|-|-|" + kThread + "|[]|{}|-|-|-");
  CHECK(from_text("chatModelId", "") == "|{}|-|-|-|[]|{}|-|-|-");
}

TEST_CASE("a value of the wrong kind or out of its bounds is refused with its field") {
  struct Case {
    const char* name;
    std::string json;
    const char* expected;
  };
  const Case cases[] = {
      {"appId", "1", "INVALID_PARAMETER (appId)"},
      {"inputs", "[]", "INVALID_INPUT (inputs)"},
      {"chatModelId", "[]", "INVALID_PARAMETER (chatModelId)"},
      {"workspaceId", "\"W\"", "INVALID_PARAMETER (workspaceId)"},
      {"workspaceId", "\"../x\"", "INVALID_PARAMETER (workspaceId)"},
      {"workspaceId", quoted(65), "INVALID_PARAMETER (workspaceId)"},
      {"threadId", "\"x\"", "INVALID_PARAMETER (threadId)"},
      {"tags", "\"a\"", "INVALID_PARAMETER (tags)"},
      {"tags", "[1]", "INVALID_PARAMETER (tags)"},
      {"tags", "[\"\"]", "INVALID_PARAMETER (tags)"},
      {"tags", "[" + quoted(65) + "]", "INVALID_PARAMETER (tags)"},
      {"tags", list_of(11), "INVALID_PARAMETER (tags)"},
      {"metadata", "[]", "INVALID_PARAMETER (metadata)"},
      {"metadata", R"({"k":1})", "INVALID_PARAMETER (metadata.k)"},
      {"metadata", R"({"":"v"})", "INVALID_PARAMETER (metadata.)"},
      {"metadata", "{\"k\":" + quoted(513) + "}", "INVALID_PARAMETER (metadata.k)"},
      {"metadata", object_of(33), "INVALID_PARAMETER (metadata)"},
      {"ttlSeconds", "0", "INVALID_PARAMETER (ttlSeconds)"},
      {"ttlSeconds", "604801", "INVALID_PARAMETER (ttlSeconds)"},
      {"ttlSeconds", "1.5", "INVALID_PARAMETER (ttlSeconds)"},
      {"ttlSeconds", "18446744073709551615", "INVALID_PARAMETER (ttlSeconds)"},
      {"timeoutSeconds", "\"60\"", "INVALID_PARAMETER (timeoutSeconds)"},
      {"timeoutSeconds", "-1", "INVALID_PARAMETER (timeoutSeconds)"},
      {"maxCredits", "-0.1", "INVALID_PARAMETER (maxCredits)"},
      {"maxCredits", "1e10", "INVALID_PARAMETER (maxCredits)"},
      {"webhookUrl", "7", "INVALID_PARAMETER (webhookUrl)"},
      {"inputz", "{}", "UNKNOWN_FIELD (inputz)"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    CAPTURE(one.json);
    CHECK(from_json(one.name, one.json) == one.expected);
  }
  CHECK(from_text("tags", "a") == "INVALID_JSON (tags)");
  CHECK(from_text("metadata", "") == "INVALID_JSON (metadata)");
  CHECK(from_text("ttlSeconds", "soon") == "INVALID_PARAMETER (ttlSeconds)");
  CHECK(from_text("maxCredits", "1,5") == "INVALID_PARAMETER (maxCredits)");
  CHECK(from_json("tags", list_of(10)) != "INVALID_PARAMETER (tags)");
  CHECK(from_json("metadata", object_of(32)) != "INVALID_PARAMETER (metadata)");
}

// SPDX-License-Identifier: Apache-2.0
#include "apps/output_schema.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::apps;

namespace {

const Json kSchema = Json::parse(
    R"({"type":"object","required":["total"],"properties":{"total":{"type":"integer"},"names":{"type":"array","items":{"type":"string"}}},"additionalProperties":false})");

std::string mismatch(const std::string& text) { return schema_mismatch(kSchema, text).value_or("none"); }

}   // namespace

TEST_CASE("a result is held against its schema") {
  CHECK(mismatch(R"({"total":3})") == "none");
  CHECK(mismatch(R"( {"total":3,"names":["a"]} )") == "none");
  CHECK(mismatch("three").starts_with("it is not JSON"));
  CHECK(mismatch(R"({"total":3} and more)").starts_with("it is not JSON"));
  CHECK(mismatch("{}").find("total") != std::string::npos);
  CHECK(mismatch(R"({"total":"3"})").find("$[total]") != std::string::npos);
  CHECK(mismatch(R"({"total":3,"names":["a",7]})").find("$[names]") != std::string::npos);
  CHECK(mismatch(R"({"total":3,"other":1})").find("other") != std::string::npos);
  CHECK(mismatch("[]") != "none");
  CHECK(mismatch(std::string(70, '[')).starts_with("it is not JSON"));
}

TEST_CASE("references that fan out do not keep the server") {
  Json schema{{"definitions", Json::object()}, {"$ref", "#/definitions/d0"}};
  for (int i = 0; i < 40; ++i) {
    const Json next{{"$ref", "#/definitions/d" + std::to_string(i + 1)}};
    schema["definitions"]["d" + std::to_string(i)] = {{"allOf", {next, next}}};
  }
  schema["definitions"]["d40"] = Json::object();
  CHECK(schema_problem(schema));
}

TEST_CASE("what is no schema is found out") {
  CHECK(!schema_problem(kSchema));
  CHECK(!schema_problem(Json::object()));
  const char* tree = R"({"type":"object","properties":{"children":{"type":"array","items":{"$ref":"#"}}}})";
  CHECK(!schema_problem(Json::parse(tree)));
  CHECK(schema_mismatch(Json::parse(tree), R"({"children":[{"children":[7]}]})"));
  for (const char* wrong :
       {"[]", "7", "null", R"({"type":"integr"})", R"({"properties":7})", R"({"$ref":"http://127.0.0.1/x.json"})",
        R"({"required":"total"})", R"({"$ref":"#"})", R"({"allOf":[{"$ref":"#"}]})",
        R"({"definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}},"$ref":"#/definitions/a"})",
        R"({"properties":{"x":{"not":{"$ref":"#/properties/x"}}}})", R"({"multipleOf":0})",
        R"({"properties":{"x":{"multipleOf":-1}}})", R"({"pattern":"("})"}) {
    CAPTURE(wrong);
    CHECK(schema_problem(Json::parse(wrong)));
  }
}

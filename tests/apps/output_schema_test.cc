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

TEST_CASE("what is no schema is found out") {
  CHECK(!schema_problem(kSchema));
  CHECK(!schema_problem(Json::object()));
  for (const char* wrong : {"[]", "7", "null", R"({"type":"integr"})", R"({"properties":7})",
                            R"({"$ref":"http://127.0.0.1/x.json"})", R"({"required":"total"})"}) {
    CAPTURE(wrong);
    CHECK(schema_problem(Json::parse(wrong)));
  }
}

// SPDX-License-Identifier: Apache-2.0
#include "apps/prompt.h"

#include "apps/manifest.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::apps;

namespace {

const std::vector<InputField> kInputs{{.name = "topic"}, {.name = "some-flag", .type = InputType::kBoolean}};

std::string problem(const std::string& text) { return prompt_problem(text, kInputs).value_or("none"); }

}   // namespace

TEST_CASE("a prompt is filled in with inputs and files") {
  const Json given = Json::parse(
      R"({"inputs":{"topic":"a <b> {{inputs.n}}","n":3,"yes":true,"no":false,"empty":""},"files":[{"name":"x","path":"/in/files/x","type":"t","size":7},{"name":"y","size":0}]})");
  CHECK(render_prompt("{{inputs.topic}} {{inputs.n}} {{inputs.yes}}|{{inputs.no}}|{{inputs.absent}}", given) ==
        "a <b> {{inputs.n}} 3 true||");
  CHECK(render_prompt("{{#files}}{{name}}={{size}};{{/files}}", given) == "x=7;y=0;");
  CHECK(render_prompt(
            "{{#inputs.yes}}yes{{/inputs.yes}}{{#inputs.no}}no{{/inputs.no}}{{^inputs.empty}}empty{{/inputs.empty}}",
            given) == "yesempty");
  CHECK(render_prompt("{{^files}}none{{/files}}", Json::parse(R"({"inputs":{},"files":[]})")) == "none");
  CHECK(render_prompt("a\n{{#files}}\n- {{name}}\n{{/files}}\nb", given) == "a\n- x\n- y\nb");
}

TEST_CASE("a prompt that asks for what no run is given is refused") {
  CHECK(problem("{{inputs.topic}} {{inputs.some-flag}} {{#files}}{{name}}{{path}}{{type}}{{size}}{{/files}}") ==
        "none");
  CHECK(problem("plain text") == "none");
  CHECK(problem("{{inputs.topc}}") == "names {{inputs.topc}}, which no run is given; did you mean \"inputs.topic\"?");
  CHECK(problem("{{#inputs.topic}}{{wrong}}{{/inputs.topic}}").starts_with("names {{wrong}}"));
  CHECK(problem("{{^inputs.topic}}{{wrong}}{{/inputs.topic}}").starts_with("names {{wrong}}"));
  CHECK(problem("{{#files}}{{wrong}}{{/files}}").starts_with("names {{wrong}}"));
  CHECK(problem("{{>inputs.topic}}").starts_with("has a partial"));
  CHECK(problem("{{inputs.topic").starts_with("is no template"));
  CHECK(problem("{{#inputs.topic}}").starts_with("is no template"));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "{{#inputs.topic}}";
  CHECK(problem(deep) == "has more than 2,000 tags");
}

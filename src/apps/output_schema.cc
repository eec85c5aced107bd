// SPDX-License-Identifier: Apache-2.0
#include "apps/output_schema.h"

#include <regex>
#define VALIJSON_USE_EXCEPTIONS 1   // else it ends the program
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "base/text.h"

namespace capid::apps {
namespace {

using Adapter = valijson::adapters::NlohmannJsonAdapter;

constexpr size_t kMostProblems = 5;
constexpr size_t kMostBytes = size_t{2} << 10;

// The library throws what it finds wrong with a schema; a reference to elsewhere is wrong, as nobody fetches it.
void parse(const Json& schema, valijson::Schema& into) {
  valijson::SchemaParser parser;
  parser.populateSchema(Adapter(schema), into);
}

// What the library takes, and then ends the program, or never does.
std::optional<std::string> problem_within(const Json& part) {
  for (const auto& [name, value] : part.items()) {
    if (name == "multipleOf" && !(value.is_number() && value.get<double>() > 0))
      return "is no JSON Schema: multipleOf must be a number above 0";
    if (name == "pattern" && value.is_string()) {
      try {
        const std::regex tried(value.get<std::string>());
      } catch (const std::regex_error&) {
        return "is no JSON Schema: pattern is no regular expression: " + value.get<std::string>();
      }
    }
    if (!value.is_structured()) continue;
    if (auto problem = problem_within(value)) return problem;
  }
  return std::nullopt;
}

// Whether a part refers to itself without going down into the data, as {"$ref": "#"} does. `steps` are those that are left for
// the whole schema: who needs more refers too often.
bool leads_to_itself(const Json& whole, const Json& part, int references, int& steps) {
  constexpr int kMostReferences = 50;   // one after the other: so many are a circle
  if (references > kMostReferences || --steps < 0) return true;
  const std::string reference(base::text_of(base::member(part, "$ref")));
  if (reference.starts_with('#')) {
    try {
      return leads_to_itself(whole, whole.at(Json::json_pointer(reference.substr(1))), references + 1, steps);
    } catch (const Json::exception&) {
      return false;   // it leads nowhere, which the library says
    }
  }
  for (const char* name : {"allOf", "anyOf", "oneOf"}) {
    for (const Json& each : base::member(part, name)) {
      if (leads_to_itself(whole, each, references, steps)) return true;
    }
  }
  return base::member(part, "not").is_object() && leads_to_itself(whole, part["not"], references, steps);
}

// Each part, wherever it stands.
bool any_leads_to_itself(const Json& whole, const Json& part, int& steps) {
  if (part.is_object() && leads_to_itself(whole, part, 0, steps)) return true;
  for (const Json& inner : part) {
    if (inner.is_structured() && any_leads_to_itself(whole, inner, steps)) return true;
  }
  return false;
}

// "$.total: is not a number", from the library's "<root>[total]" and its sentences.
std::string line_of(const valijson::ValidationResults::Error& problem) {
  std::string place = "$";
  for (const std::string& part : problem.context) {
    if (part != "<root>") place += part;
  }
  return place + ": " + problem.description;
}

}   // namespace

std::optional<std::string> schema_problem(const Json& schema) {
  if (!schema.is_object()) return "must be a JSON Schema, which is a mapping";
  if (const auto problem = problem_within(schema)) return problem;
  int steps = 100'000;
  if (any_leads_to_itself(schema, schema, steps))
    return "is no JSON Schema: a $ref leads back to where it stands, or there are too many of them";
  try {
    valijson::Schema parsed;
    parse(schema, parsed);
  } catch (const std::exception& error) {
    return std::string("is no JSON Schema: ") + error.what();
  }
  return std::nullopt;
}

std::optional<std::string> schema_mismatch(const Json& schema, std::string_view text) {
  const auto result = base::parse_json(text);
  if (!result) return "it is not JSON (" + result.error().message + ")";
  std::vector<std::string> lines;
  try {
    valijson::Schema parsed;
    parse(schema, parsed);
    valijson::Validator validator;
    if (validator.validate(parsed, Adapter(*result), nullptr)) return std::nullopt;
    valijson::ValidationResults problems;
    (void)validator.validate(parsed, Adapter(*result), &problems);
    valijson::ValidationResults::Error problem;
    while (lines.size() < kMostProblems && problems.popError(problem)) lines.push_back(line_of(problem));
  } catch (const std::exception& error) {
    return std::string("it could not be checked: ") + error.what();
  }
  return base::to_utf8(base::join(lines, "\n").substr(0, kMostBytes));
}

}   // namespace capid::apps

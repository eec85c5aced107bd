// SPDX-License-Identifier: Apache-2.0
#include "apps/output_schema.h"

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
    valijson::ValidationResults problems;
    if (validator.validate(parsed, Adapter(*result), &problems)) return std::nullopt;
    valijson::ValidationResults::Error problem;
    while (lines.size() < kMostProblems && problems.popError(problem)) lines.push_back(line_of(problem));
  } catch (const std::exception& error) {   // a pattern that goes too deep, for one
    return std::string("it could not be checked: ") + error.what();
  }
  return base::to_utf8(base::join(lines, "\n").substr(0, kMostBytes));
}

}   // namespace capid::apps

// SPDX-License-Identifier: Apache-2.0
#include "api/openapi_parts.h"

#include <set>

#include "base/json.h"
#include "http/errors.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::api;

TEST_CASE("every code of a refusal is described with some call") {
  std::set<Code> described;
  for (const Operation& operation : operations()) described.insert(operation.errors.begin(), operation.errors.end());
  for (const Code code : base::all_codes()) {
    CAPTURE(base::to_string(code));
    const bool of_no_call = code == Code::kRouteNotFound || code == Code::kMethodNotAllowed || is_for_the_page(code);
    const bool refuses = http::status_of(code) != 500 || code == Code::kInternal;
    CHECK(described.contains(code) == (refuses && !of_no_call));
  }
}

TEST_CASE("every name that is referred to is there") {
  const Json components = Json::parse(openapi_components());
  const auto check = [&](const std::string& text) {
    constexpr std::string_view kReference = "#/components/";
    for (size_t at = text.find(kReference); at != std::string::npos; at = text.find(kReference, at + 1)) {
      const std::string name = text.substr(at + 1, text.find('"', at) - at - 1);
      CAPTURE(name);
      CHECK(components.contains(Json::json_pointer(name.substr(std::string("/components").size()))));
    }
  };
  check(openapi_components());
  for (const Operation& operation : operations()) {
    check(operation.parameters);
    check(operation.body);
    check(operation.answers);
  }
}

// SPDX-License-Identifier: Apache-2.0
#include "api/openapi.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "api/openapi_parts.h"
#include "apps/input_schema.h"
#include "base/text.h"
#include "http/errors.h"
#include "http/params.h"

namespace capid::api {
namespace {

constexpr const char* kComponents = "#/components";
constexpr const char* kAppParameter = "#/components/parameters/appId";
constexpr const char* kAppInPath = "{appId}";

// How a run fails, and what a request is refused with: every code is one of the two, or both. http/errors knows: what is no
// outcome of a request has the status of a fault of capid's own.
bool fails_runs(Code code) { return http::status_of(code) == 500 || code == Code::kInsufficientCredits; }
bool refuses_requests(Code code) {
  return (http::status_of(code) != 500 || code == Code::kInternal) && !is_for_the_page(code);
}

template <typename Wanted>
OrderedJson codes(Wanted wanted) {
  OrderedJson list = OrderedJson::array();
  for (const Code code : base::all_codes()) {
    if (wanted(code)) list.push_back(base::to_string(code));
  }
  return list;
}

OrderedJson header(const char* name) { return {{"$ref", std::string("#/components/headers/") + name}}; }

OrderedJson error_answer(const std::vector<std::string>& codes) {
  return {{"description", base::join(codes, ", ")},
          {"headers", {{"X-Request-Id", header("RequestId")}}},
          {"content", {{"application/json", {{"schema", {{"$ref", "#/components/schemas/Error"}}}}}}},
          {"x-codes", codes}};
}

OrderedJson answers(const Operation& operation) {
  OrderedJson answers = OrderedJson::parse(operation.answers);
  const bool keyed = operation.reach != Reach::kOpen;
  for (auto& [status, answer] : answers.items()) {
    answer["headers"]["X-Request-Id"] = header("RequestId");
    if (keyed) answer["headers"]["RateLimit"] = header("RateLimit");
    if (keyed) answer["headers"]["RateLimit-Policy"] = header("RateLimitPolicy");
  }
  std::map<int, std::vector<std::string>> by_status;
  for (const Code code : operation.errors) by_status[http::status_of(code)].emplace_back(base::to_string(code));
  for (const auto& [status, codes] : by_status) {
    OrderedJson answer = error_answer(codes);
    if (status == 429 || status == 503) answer["headers"]["Retry-After"] = header("RetryAfter");
    answers[std::to_string(status)] = std::move(answer);
  }
  return answers;
}

OrderedJson describe(const Operation& operation) {
  OrderedJson json{{"operationId", operation.id}, {"summary", operation.summary}};
  OrderedJson parameters = OrderedJson::parse(operation.parameters);
  if (!parameters.empty()) json["parameters"] = std::move(parameters);
  if (*operation.body) json["requestBody"] = OrderedJson::parse(operation.body);
  json["responses"] = answers(operation);
  if (operation.reach == Reach::kOpen)
    json["security"] = OrderedJson::array({OrderedJson::object(), {{"key", OrderedJson::array()}}});
  return json;
}

OrderedJson frame(const std::string& title, const std::string& description, const std::string& server) {
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", title},
            {"description", description},
            {"version", "1"},
            {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
          {"servers", OrderedJson::array({{{"url", server.empty() ? "/" : server}}})},
          {"security", OrderedJson::array({{{"key", OrderedJson::array()}}})},
          {"paths", OrderedJson::object()},
          {"webhooks", OrderedJson::parse(openapi_webhooks())}};
}

OrderedJson components() {
  OrderedJson components = OrderedJson::parse(openapi_components());
  components["schemas"]["ErrorCode"]["enum"] = codes(refuses_requests);
  components["schemas"]["RunErrorCode"]["enum"] = codes(fails_runs);
  return components;
}

OrderedJson whole_document(const std::string& server) {
  OrderedJson document = frame("capid", "Turns agents on a Linux host into HTTP endpoints.", server);
  for (const Operation& operation : operations())
    document["paths"][operation.path][operation.method] = describe(operation);
  document["components"] = components();
  return document;
}

// The app's id goes into the addresses, where a parameter stood.
void settle_app(OrderedJson& description) {
  if (!description.contains("parameters")) return;
  OrderedJson kept = OrderedJson::array();
  for (OrderedJson& parameter : description["parameters"]) {
    if (parameter.value("$ref", "") != kAppParameter) kept.push_back(std::move(parameter));
  }
  description["parameters"] = std::move(kept);
}

// The components that `node` refers to, and what those refer to in turn, as "/schemas/Run".
void gather_references(const OrderedJson& node, const OrderedJson& components, std::set<std::string>& found) {
  if (node.is_object() && node.contains("$ref")) {
    const std::string name = node["$ref"].get<std::string>().substr(std::string(kComponents).size());
    if (found.insert(name).second) gather_references(components.at(OrderedJson::json_pointer(name)), components, found);
  }
  if (!node.is_structured()) return;
  for (const OrderedJson& child : node) gather_references(child, components, found);
}

OrderedJson without_unused(const OrderedJson& components, const OrderedJson& paths) {
  std::set<std::string> used;
  gather_references(paths, components, used);
  OrderedJson kept{{"securitySchemes", components["securitySchemes"]}};
  for (const char* kind : {"headers", "parameters", "schemas"}) {
    for (const auto& [name, component] : components[kind].items()) {
      if (used.contains(std::string("/") + kind + "/" + name)) kept[kind][name] = component;
    }
  }
  return kept;
}

OrderedJson app_document(const apps::Version& version, const std::string& server) {
  const apps::Manifest& manifest = version.manifest;
  OrderedJson document =
      frame(manifest.name, manifest.description.empty() ? manifest.name : manifest.description, server);
  for (const Operation& operation : operations()) {
    if (operation.reach != Reach::kApp && operation.reach != Reach::kItem) continue;
    std::string path = operation.path;
    OrderedJson description = describe(operation);
    if (const size_t at = path.find(kAppInPath); at != std::string::npos) {
      path.replace(at, std::string(kAppInPath).size(), version.app);
      settle_app(description);
    }
    document["paths"][path][operation.method] = std::move(description);
  }
  OrderedJson all = components();
  OrderedJson& schemas = all["schemas"];
  schemas["Inputs"] = apps::input_schema(manifest, false);
  for (const apps::InputField& field : manifest.inputs) {
    if (field.type == apps::InputType::kFile) schemas["RunForm"]["properties"][field.name] = apps::field_schema(field);
  }
  schemas["RunForm"]["additionalProperties"] = false;
  document["components"] = without_unused(all, document["paths"]);
  return document;
}

http::Response document_response(std::string body) {
  http::Response response;
  response.body = std::move(body);
  return response;
}

}   // namespace

bool is_for_the_page(Code code) {
  constexpr std::array kCodes{Code::kNotSignedIn,     Code::kSignInFailed,    Code::kInvalidSetupToken,
                              Code::kAdminsOnly,      Code::kForeignOrigin,   Code::kKeyNotFound,
                              Code::kAccountNotFound, Code::kDeliveryNotFound};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

OpenApi::OpenApi(apps::Registry& apps, const std::string& public_url)
    : apps_(apps), public_url_(public_url), whole_(base::dump(whole_document(public_url)) + "\n") {}

Result<http::Response> OpenApi::whole(const http::Request& request, const keys::Grant&) {
  TRY(http::check_params(request, {}));
  return document_response(whole_);
}

Result<http::Response> OpenApi::of_app(const http::Request& request, const keys::Grant&) {
  TRY(http::check_params(request, {}));
  const auto version = TRY(apps_.current(request.param("appId")));
  return document_response(base::dump(app_document(*version, public_url_)) + "\n");
}

}   // namespace capid::api

// SPDX-License-Identifier: Apache-2.0
#include "gateway/protocol.h"

#include <array>

#include "base/json.h"

namespace capid::gateway {
namespace {

struct Route {
  std::string_view method;
  std::string_view path;
  Endpoint::Kind kind;
  Protocol protocol;
};

constexpr std::array kRoutes{
    Route{"POST", "/v1/chat/completions", Endpoint::Kind::kCall, Protocol::kChatCompletions},
    Route{"POST", "/v1/responses", Endpoint::Kind::kCall, Protocol::kResponses},
    Route{"POST", "/v1/messages", Endpoint::Kind::kCall, Protocol::kMessages},
    Route{"POST", "/v1/messages/count_tokens", Endpoint::Kind::kCountTokens, Protocol::kMessages},
    Route{"GET", "/v1/models", Endpoint::Kind::kModels, Protocol::kChatCompletions},
    Route{"GET", "/search", Endpoint::Kind::kSearch, Protocol::kChatCompletions},
};

Error not_found() {
  std::string known;
  for (const Route& route : kRoutes)
    known += (known.empty() ? "" : ", ") + std::string(route.method) + " " + std::string(route.path);
  return {Code::kRouteNotFound, "this gateway to models answers " + known};
}

// The types that the protocols' own clients know.
const char* openai_type(int status) {
  switch (status) {
    case 402:
      return "insufficient_quota";
    case 429:
      return "rate_limit_exceeded";
    default:
      return status < 500 ? "invalid_request_error" : "server_error";
  }
}

const char* anthropic_type(int status) {
  switch (status) {
    case 402:
      return "billing_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    default:
      return status < 500 ? "invalid_request_error" : "api_error";
  }
}

OrderedJson openai_error(int status, const Error& error) {
  return {{"message", error.message},
          {"type", openai_type(status)},
          {"param", nullptr},
          {"code", std::string(base::to_string(error.code))}};
}

OrderedJson anthropic_error(int status, const Error& error) {
  const std::string message = error.message + " (" + std::string(base::to_string(error.code)) + ")";
  return {{"type", "error"}, {"error", {{"type", anthropic_type(status)}, {"message", message}}}};
}

constexpr int kBadGateway = 502;

// The query of a call that is passed on, and no other: some servers take a model, and more, from it.
constexpr std::string_view kBeta = "?beta=true";

}   // namespace

Result<Endpoint> find_endpoint(std::string_view method, std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  for (const Route& route : kRoutes) {
    if (path != route.path) continue;
    if (method != route.method)
      return Error{Code::kMethodNotAllowed, std::string(path) + " is asked for by " + std::string(route.method)};
    const bool keeps_query = route.kind == Endpoint::Kind::kSearch || target.substr(path.size()) == kBeta;
    return Endpoint{.kind = route.kind, .protocol = route.protocol, .path = std::string(keeps_query ? target : path)};
  }
  return not_found();
}

std::string error_body(Protocol protocol, int status, const Error& error) {
  if (protocol == Protocol::kMessages) return base::dump(anthropic_error(status, error));
  return base::dump(OrderedJson{{"error", openai_error(status, error)}});
}

std::string error_event(Protocol protocol, const Error& error) {
  switch (protocol) {
    case Protocol::kChatCompletions:
      return "data: " + error_body(protocol, kBadGateway, error) + "\n\n";
    case Protocol::kResponses: {
      OrderedJson data = openai_error(kBadGateway, error);
      data["type"] = "error";
      return "event: error\ndata: " + base::dump(data) + "\n\n";
    }
    case Protocol::kMessages:
      return "event: error\ndata: " + error_body(protocol, kBadGateway, error) + "\n\n";
  }
  return {};
}

std::string models_body(Protocol protocol, const std::string& model) {
  OrderedJson data = OrderedJson::array();
  if (protocol != Protocol::kMessages) {
    if (!model.empty()) data.push_back({{"id", model}, {"object", "model"}, {"created", 0}, {"owned_by", "capid"}});
    return base::dump(OrderedJson{{"object", "list"}, {"data", std::move(data)}});
  }
  const OrderedJson id = model.empty() ? OrderedJson(nullptr) : OrderedJson(model);
  if (!model.empty())
    data.push_back({{"type", "model"}, {"id", model}, {"display_name", model}, {"created_at", "1970-01-01T00:00:00Z"}});
  return base::dump(OrderedJson{{"data", std::move(data)}, {"has_more", false}, {"first_id", id}, {"last_id", id}});
}

}   // namespace capid::gateway

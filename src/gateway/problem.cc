// SPDX-License-Identifier: Apache-2.0
#include "gateway/problem.h"

#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace capid::gateway {

int status_of(Code code) {
  switch (code) {
    case Code::kRouteNotFound:
      return 404;
    case Code::kMethodNotAllowed:
      return 405;
    case Code::kPayloadTooLarge:
      return 413;
    case Code::kUnsupportedMediaType:
      return 415;
    case Code::kRateLimited:
      return 429;
    case Code::kBudgetExceeded:
    case Code::kInsufficientCredits:
      return 402;
    case Code::kModelError:
      return 502;
    case Code::kStoreUnavailable:
      return 503;
    default:
      return 400;
  }
}

Error model_error(std::string message) { return {Code::kModelError, std::move(message)}; }

Error no_model() {
  return {
      Code::kUnknownModel,
      "this run uses no model: name one as chatModelId, in the app's manifest, or as default_model in capid's config"};
}

Error compressed() { return {Code::kUnsupportedMediaType, "requests to models are not compressed here"}; }

Error refusal_of(int status, const std::string& body) {
  const Json answer = Json::parse(body, nullptr, false);
  const Json& error = base::member(answer, "error");
  const std::string_view said = base::text_of(error.is_string() ? error : base::member(error, "message"));
  return model_error("the model's server answered " + std::to_string(status) +
                     (said.empty() ? "" : ": " + base::to_utf8(said.substr(0, 500))));
}

bool is_about_credential(int status) { return status == 401 || status == 403; }

Error refused_credential(int status) {
  return model_error("the model's server refused capid's credential (" + std::to_string(status) +
                     "): the operator of capid can mend it");
}

}   // namespace capid::gateway

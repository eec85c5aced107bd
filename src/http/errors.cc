// SPDX-License-Identifier: Apache-2.0
#include "http/errors.h"

#include "base/log.h"
#include "base/text.h"

namespace capid::http {
namespace {

OrderedJson shape(std::string_view code, const std::string& message, const std::string& field) {
  OrderedJson error{{"code", code}, {"message", base::to_utf8(message)}};
  if (!field.empty()) error["field"] = base::to_utf8(field);
  return error;
}

}   // namespace

int status_of(Code code) {
  switch (code) {
    case Code::kInvalidJson:
    case Code::kMissingAppId:
    case Code::kInvalidInput:
    case Code::kInvalidParameter:
    case Code::kUnknownField:
    case Code::kInvalidMultipart:
    case Code::kTooManyFiles:
    case Code::kEmptyFile:
    case Code::kUnknownModel:
    case Code::kWebhookUrlNotAllowed:
      return 400;
    case Code::kInvalidApiKey:
    case Code::kNotSignedIn:
    case Code::kSignInFailed:
      return 401;
    case Code::kInsufficientCredits:
      return 402;
    case Code::kAppScopeRestricted:
    case Code::kInvalidSetupToken:
    case Code::kAdminsOnly:
    case Code::kForeignOrigin:
      return 403;
    case Code::kRouteNotFound:
    case Code::kAppNotFound:
    case Code::kRunNotFound:
    case Code::kThreadNotFound:
    case Code::kArtifactNotFound:
    case Code::kWorkspaceNotFound:
    case Code::kKeyNotFound:
    case Code::kAccountNotFound:
    case Code::kDeliveryNotFound:
      return 404;
    case Code::kMethodNotAllowed:
      return 405;
    case Code::kRunNotCancellable:
    case Code::kThreadBusy:
    case Code::kWorkspaceBusy:
    case Code::kIdempotencyInProgress:
    case Code::kAppDisabled:
      return 409;
    case Code::kLengthRequired:
      return 411;
    case Code::kFileTooLarge:
    case Code::kPayloadTooLarge:
      return 413;
    case Code::kUnsupportedMediaType:
    case Code::kUnsupportedFileType:
      return 415;
    case Code::kIdempotencyKeyReused:
      return 422;
    case Code::kRateLimited:
      return 429;
    case Code::kShuttingDown:
    case Code::kQueueFull:
    case Code::kStoreUnavailable:
      return 503;
    case Code::kInternal:
    // How runs fail: never the outcome of a request.
    case Code::kAgentExitNonzero:
    case Code::kAgentKilled:
    case Code::kTimeout:
    case Code::kOutOfMemory:
    case Code::kOutputTooLarge:
    case Code::kSandboxSetupFailed:
    case Code::kCommandNotFound:
    case Code::kModelError:
    case Code::kMaxTurns:
    case Code::kOutputSchemaMismatch:
    case Code::kBudgetExceeded:
    case Code::kExpired:
    case Code::kInterrupted:
      return 500;
  }
  return 500;
}

Response error_response(const Error& error) {
  OrderedJson body = shape(base::to_string(error.code), error.message, error.field);
  for (const base::FieldProblem& problem : error.details) {
    body["details"].push_back(shape(base::to_string(problem.code), problem.message, problem.field));
  }
  Response response = json_response(status_of(error.code), OrderedJson{{"error", std::move(body)}});
  if (error.code == Code::kInvalidApiKey) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  constexpr int64_t kUnavailableForS = 5;
  const int64_t retry_after_s = response.status == 503 ? kUnavailableForS : error.retry_after_s;
  if (retry_after_s > 0) response.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
  return response;
}

Response failure_response(const Error& error, const std::string& request_id) {
  if (error.code == Code::kInternal || error.code == Code::kStoreUnavailable) {
    base::log::error("a request failed",
                     {{"message", error.message}, {"detail", error.detail}, {"request", request_id}});
  }
  return error_response(error);
}

Response error_response_for_status(int status) {
  switch (status) {
    case 404:
      return error_response({Code::kRouteNotFound, "there is nothing at this address"});
    case 413:
      return error_response({Code::kPayloadTooLarge, "the request's body is too large"});
    case 416: {
      Response response =
          error_response({Code::kInvalidParameter, "the Range header asks for bytes that are not there", "Range"});
      response.status = 416;
      return response;
    }
    default:
      if (status >= 500)
        return error_response({Code::kInternal, "something went wrong inside capid; its log says more"});
      return error_response({Code::kInvalidParameter,
                             "this is not a valid HTTP request: see its first line, its headers and their lengths"});
  }
}

}   // namespace capid::http

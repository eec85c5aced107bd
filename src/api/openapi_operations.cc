// SPDX-License-Identifier: Apache-2.0
#include "api/openapi_parts.h"

namespace capid::api {
namespace {

using base::Code;
using Codes = std::vector<Code>;

constexpr const char* kApp = R"([{"$ref": "#/components/parameters/appId"}])";
constexpr const char* kRun = R"([{"$ref": "#/components/parameters/runId"}])";
constexpr const char* kAppAndRun =
    R"([{"$ref": "#/components/parameters/appId"}, {"$ref": "#/components/parameters/runId"}])";

constexpr const char* kCreateParameters =
    R"([{"$ref": "#/components/parameters/idempotencyKey"}, {"$ref": "#/components/parameters/prefer"}])";
constexpr const char* kCreateInAppParameters =
    R"([{"$ref": "#/components/parameters/appId"}, {"$ref": "#/components/parameters/idempotencyKey"},
        {"$ref": "#/components/parameters/prefer"}])";
constexpr const char* kReplayParameters =
    R"([{"$ref": "#/components/parameters/runId"}, {"$ref": "#/components/parameters/idempotencyKey"},
        {"$ref": "#/components/parameters/prefer"}])";
constexpr const char* kListParameters =
    R"([{"$ref": "#/components/parameters/status"}, {"$ref": "#/components/parameters/limit"},
        {"$ref": "#/components/parameters/offset"}, {"$ref": "#/components/parameters/before"},
        {"$ref": "#/components/parameters/tag"}, {"$ref": "#/components/parameters/metadata"}])";
constexpr const char* kListInAppParameters =
    R"([{"$ref": "#/components/parameters/appId"}, {"$ref": "#/components/parameters/status"},
        {"$ref": "#/components/parameters/limit"}, {"$ref": "#/components/parameters/offset"},
        {"$ref": "#/components/parameters/before"}, {"$ref": "#/components/parameters/tag"},
        {"$ref": "#/components/parameters/metadata"}])";

constexpr const char* kRunBody = R"({"content": {
  "application/json": {"schema": {"$ref": "#/components/schemas/RunRequest"}},
  "multipart/form-data": {"schema": {"$ref": "#/components/schemas/RunForm"}}}})";

constexpr const char* kAcceptedOrRun = R"({
  "202": {"description": "Accepted: the run is on the disk.",
          "headers": {"Location": {"$ref": "#/components/headers/Location"},
                      "Idempotent-Replayed": {"$ref": "#/components/headers/IdempotentReplayed"},
                      "Preference-Applied": {"$ref": "#/components/headers/PreferenceApplied"}},
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Accepted"}}}},
  "200": {"description": "With Prefer: wait=N, where the run ended in time: the run, whether it completed or not.",
          "headers": {"Location": {"$ref": "#/components/headers/Location"},
                      "Idempotent-Replayed": {"$ref": "#/components/headers/IdempotentReplayed"},
                      "Preference-Applied": {"$ref": "#/components/headers/PreferenceApplied"}},
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Run"}}}}})";

#define CAPID_ANSWER(description, schema)                                                        \
  R"({"200": {"description": ")" description R"(", "content": {"application/json": {"schema": )" \
  R"({"$ref": "#/components/schemas/)" schema R"("}}}}})"

constexpr const char* kArtifactBytes = R"({
  "200": {"description": "The bytes.", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
  "206": {"description": "A part of them, as Range asked for.", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
  "416": {"description": "INVALID_PARAMETER: the Range is not in the file.",
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}})";

constexpr const char* kEventStream = R"({
  "200": {"description": "Each event as the data of a Server-Sent Event whose id is its sequence, until the run ends; or a page of the list, where Accept asks for JSON.",
          "content": {"text/event-stream": {"schema": {"type": "string"}},
                      "application/json": {"schema": {"$ref": "#/components/schemas/EventList"}}}}})";

constexpr const char* kDocument =
    R"({"200": {"description": "OpenAPI 3.1.", "content": {"application/json": {"schema": {"type": "string", "contentMediaType": "application/json"}}}}})";

constexpr const char* kMetrics =
    R"({"200": {"description": "Prometheus's text format.", "content": {"text/plain": {"schema": {"type": "string"}}}}})";

// Of every call with a key.
Codes with_key(const Codes& more) {
  Codes codes{Code::kInvalidParameter, Code::kUnknownField,     Code::kInvalidApiKey,
              Code::kRateLimited,      Code::kStoreUnavailable, Code::kInternal};
  codes.insert(codes.end(), more.begin(), more.end());
  return codes;
}

Codes of_app(Codes more) {
  more.insert(more.end(), {Code::kAppScopeRestricted, Code::kAppNotFound});
  return with_key(more);
}

Codes of_run(Codes more) {
  more.insert(more.end(), {Code::kAppScopeRestricted, Code::kRunNotFound});
  return with_key(more);
}

// Of every call that takes a body.
const Codes kBody{Code::kLengthRequired, Code::kPayloadTooLarge, Code::kUnsupportedMediaType};

Codes with_body(Codes more) {
  more.insert(more.end(), kBody.begin(), kBody.end());
  return more;
}

Codes of_request(Codes more) {
  more.insert(more.end(), {Code::kInvalidJson, Code::kMissingAppId, Code::kInvalidInput, Code::kInvalidMultipart,
                           Code::kTooManyFiles, Code::kEmptyFile, Code::kUnknownModel, Code::kWebhookUrlNotAllowed,
                           Code::kFileTooLarge, Code::kUnsupportedFileType, Code::kAppDisabled});
  return with_body(std::move(more));
}

Codes of_acceptance(Codes more) {
  more.insert(more.end(), {Code::kInsufficientCredits, Code::kThreadBusy, Code::kIdempotencyInProgress,
                           Code::kIdempotencyKeyReused, Code::kQueueFull, Code::kShuttingDown, Code::kThreadNotFound});
  return more;
}

std::vector<Operation> all() {
  return {
      {"post", "/api/v1/runs", "createRun", Reach::kAccount, "Trigger the app that the body names", kCreateParameters,
       kRunBody, kAcceptedOrRun, of_app(of_acceptance(of_request({})))},
      {"post", "/api/v1/apps/{appId}/runs", "createAppRun", Reach::kApp, "Trigger the app", kCreateInAppParameters,
       kRunBody, kAcceptedOrRun, of_app(of_acceptance(of_request({})))},
      {"get", "/api/v1/runs", "listRuns", Reach::kAccount, "List runs, newest first", kListParameters, "",
       CAPID_ANSWER("A page of runs.", "RunList"), with_key({})},
      {"get", "/api/v1/apps/{appId}/runs", "listAppRuns", Reach::kApp, "List the app's runs, newest first",
       kListInAppParameters, "", CAPID_ANSWER("A page of runs.", "RunList"), with_key({Code::kAppScopeRestricted})},
      {"get", "/api/v1/runs/{runId}", "getRun", Reach::kAccount, "Get a run", kRun, "", CAPID_ANSWER("The run.", "Run"),
       of_run({})},
      {"get", "/api/v1/apps/{appId}/runs/{runId}", "getAppRun", Reach::kApp, "Get a run of the app", kAppAndRun, "",
       CAPID_ANSWER("The run.", "Run"), of_run({})},
      {"post", "/api/v1/runs/{runId}/cancel", "cancelRun", Reach::kAccount, "Cancel a run that is not over", kRun, "",
       CAPID_ANSWER("It is cancelled, and its processes are gone.", "Success"),
       of_run(with_body({Code::kRunNotCancellable}))},
      {"post", "/api/v1/apps/{appId}/runs/{runId}/cancel", "cancelAppRun", Reach::kApp,
       "Cancel a run of the app that is not over", kAppAndRun, "",
       CAPID_ANSWER("It is cancelled, and its processes are gone.", "Success"),
       of_run(with_body({Code::kRunNotCancellable}))},
      {"post", "/api/v1/runs/{runId}/replay", "replayRun", Reach::kItem,
       "Run the same version on the same inputs and files once more", kReplayParameters, "", kAcceptedOrRun,
       of_run(of_acceptance(
           with_body({Code::kAppNotFound, Code::kAppDisabled, Code::kUnknownModel, Code::kWebhookUrlNotAllowed})))},
      {"get", "/api/v1/runs/{runId}/artifacts", "listArtifacts", Reach::kItem, "List what a run left", kRun, "",
       CAPID_ANSWER("Its artifacts.", "ArtifactList"), of_run({})},
      {"get", "/api/v1/runs/{runId}/artifacts/{artifactId}", "getArtifact", Reach::kItem, "Download an artifact",
       R"([{"$ref": "#/components/parameters/runId"}, {"$ref": "#/components/parameters/artifactId"}])", "",
       kArtifactBytes, of_run({Code::kArtifactNotFound})},
      {"get", "/api/v1/runs/{runId}/events", "getRunEvents", Reach::kItem, "Watch a run, or list its events",
       R"([{"$ref": "#/components/parameters/runId"}, {"$ref": "#/components/parameters/lastEventId"},
           {"$ref": "#/components/parameters/after"}, {"$ref": "#/components/parameters/eventLimit"}])",
       "", kEventStream, of_run({Code::kQueueFull})},
      {"get", "/api/v1/threads/{threadId}", "getThread", Reach::kItem, "List the events of a thread",
       R"([{"$ref": "#/components/parameters/threadId"}, {"$ref": "#/components/parameters/after"},
           {"$ref": "#/components/parameters/eventLimit"}])",
       "", CAPID_ANSWER("A page of the thread.", "Thread"),
       with_key({Code::kAppScopeRestricted, Code::kThreadNotFound})},
      {"get", "/api/v1/apps", "listApps", Reach::kAccount, "List the apps that the key may trigger", "[]", "",
       CAPID_ANSWER("The apps.", "AppList"), with_key({})},
      {"get", "/api/v1/apps/{appId}", "getApp", Reach::kApp, "Get the app and its inputs", kApp, "",
       CAPID_ANSWER("The app.", "App"), of_app({})},
      {"post", "/api/v1/apps/{appId}/validate-input", "validateInput", Reach::kApp,
       "Check a request without running anything", kApp, kRunBody, CAPID_ANSWER("The app would take it.", "Valid"),
       of_app(of_request({Code::kShuttingDown}))},
      {"get", "/api/v1/apps/{appId}/openapi.json", "getAppOpenApi", Reach::kApp, "This description, of the app alone",
       kApp, "", kDocument, of_app({Code::kAppDisabled})},
      {"get", "/api/v1/openapi.json", "getOpenApi", Reach::kAccount, "This description", "[]", "", kDocument,
       with_key({})},
      {"get", "/api/v1/workspaces", "listWorkspaces", Reach::kAccount, "List workspaces", "[]", "",
       CAPID_ANSWER("The account's workspaces, or those that the key's app has used.", "WorkspaceList"), with_key({})},
      {"delete", "/api/v1/workspaces/{workspaceId}", "deleteWorkspace", Reach::kAccount,
       "Remove a workspace with all that is in it", R"([{"$ref": "#/components/parameters/workspaceId"}])", "",
       CAPID_ANSWER("It is gone.", "Success"),
       with_key({Code::kAppScopeRestricted, Code::kWorkspaceNotFound, Code::kWorkspaceBusy})},
      {"get", "/api/v1/usage", "getUsage", Reach::kAccount, "Balance and spending",
       R"([{"$ref": "#/components/parameters/days"}])", "",
       CAPID_ANSWER("What is left, and what was spent by day, app and model.", "Usage"), with_key({})},
      {"get",
       "/livez",
       "live",
       Reach::kOpen,
       "Is the process alive?",
       "[]",
       "",
       CAPID_ANSWER("It is.", "Health"),
       {Code::kInvalidParameter, Code::kInternal}},
      {"get",
       "/readyz",
       "ready",
       Reach::kOpen,
       "May it be given work?",
       R"([{"$ref": "#/components/parameters/verbose"}])",
       "",
       CAPID_ANSWER("It may.", "Health"),
       {Code::kInvalidParameter, Code::kInvalidApiKey, Code::kAppScopeRestricted, Code::kShuttingDown,
        Code::kStoreUnavailable}},
      {"get", "/metrics", "getMetrics", Reach::kAccount, "What the server counts, for an admin's key", "[]", "",
       kMetrics, with_key({Code::kAppScopeRestricted})},
  };
}

}   // namespace

const char* openapi_webhooks() {
  return R"({"runEnded": {"post": {
    "operationId": "runEnded",
    "summary": "A run that asked for it is over, however it ended",
    "description": "Signed as Standard Webhooks has it, with the account's secret. Sent again where the answer is not 2xx, with the same webhook-id.",
    "security": [],
    "parameters": [
      {"name": "webhook-id", "in": "header", "required": true, "schema": {"type": "string", "format": "uuid"}},
      {"name": "webhook-timestamp", "in": "header", "required": true, "schema": {"type": "string", "pattern": "^[0-9]+$"}},
      {"name": "webhook-signature", "in": "header", "required": true, "schema": {"type": "string"}}],
    "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Run"}}}},
    "responses": {
      "2XX": {"description": "It arrived."},
      "3XX": {"description": "It is tried again; not followed."},
      "4XX": {"description": "It is tried again; not after 410."},
      "5XX": {"description": "It is tried again."}}}}})";
}

std::span<const Operation> operations() {
  static const std::vector<Operation> kOperations = all();
  return kOperations;
}

}   // namespace capid::api

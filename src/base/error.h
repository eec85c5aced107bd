// SPDX-License-Identifier: Apache-2.0
// What can go wrong, as data: a stable code for programs, a message for people.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace capid::base {

// Every code of the HTTP contract and of failed runs, spelled alike in C++, SQL and JSON. http/errors.cc alone knows
// which HTTP status belongs to which.
#define CAPID_CODES(X)                                 \
  X(kInvalidJson, "INVALID_JSON")                      \
  X(kMissingAppId, "MISSING_APP_ID")                   \
  X(kInvalidInput, "INVALID_INPUT")                    \
  X(kInvalidParameter, "INVALID_PARAMETER")            \
  X(kUnknownField, "UNKNOWN_FIELD")                    \
  X(kInvalidMultipart, "INVALID_MULTIPART")            \
  X(kTooManyFiles, "TOO_MANY_FILES")                   \
  X(kEmptyFile, "EMPTY_FILE")                          \
  X(kUnknownModel, "UNKNOWN_MODEL")                    \
  X(kWebhookUrlNotAllowed, "WEBHOOK_URL_NOT_ALLOWED")  \
  X(kInvalidApiKey, "INVALID_API_KEY")                 \
  X(kInsufficientCredits, "INSUFFICIENT_CREDITS")      \
  X(kAppScopeRestricted, "APP_SCOPE_RESTRICTED")       \
  X(kNotSignedIn, "NOT_SIGNED_IN")                     \
  X(kSignInFailed, "SIGN_IN_FAILED")                   \
  X(kInvalidSetupToken, "INVALID_SETUP_TOKEN")         \
  X(kAdminsOnly, "ADMINS_ONLY")                        \
  X(kForeignOrigin, "FOREIGN_ORIGIN")                  \
  X(kRouteNotFound, "ROUTE_NOT_FOUND")                 \
  X(kAppNotFound, "APP_NOT_FOUND")                     \
  X(kRunNotFound, "RUN_NOT_FOUND")                     \
  X(kThreadNotFound, "THREAD_NOT_FOUND")               \
  X(kArtifactNotFound, "ARTIFACT_NOT_FOUND")           \
  X(kWorkspaceNotFound, "WORKSPACE_NOT_FOUND")         \
  X(kKeyNotFound, "KEY_NOT_FOUND")                     \
  X(kAccountNotFound, "ACCOUNT_NOT_FOUND")             \
  X(kDeliveryNotFound, "DELIVERY_NOT_FOUND")           \
  X(kMethodNotAllowed, "METHOD_NOT_ALLOWED")           \
  X(kRunNotCancellable, "RUN_NOT_CANCELLABLE")         \
  X(kThreadBusy, "THREAD_BUSY")                        \
  X(kWorkspaceBusy, "WORKSPACE_BUSY")                  \
  X(kIdempotencyInProgress, "IDEMPOTENCY_IN_PROGRESS") \
  X(kAppDisabled, "APP_DISABLED")                      \
  X(kLengthRequired, "LENGTH_REQUIRED")                \
  X(kFileTooLarge, "FILE_TOO_LARGE")                   \
  X(kPayloadTooLarge, "PAYLOAD_TOO_LARGE")             \
  X(kUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE")   \
  X(kUnsupportedFileType, "UNSUPPORTED_FILE_TYPE")     \
  X(kIdempotencyKeyReused, "IDEMPOTENCY_KEY_REUSED")   \
  X(kRateLimited, "RATE_LIMITED")                      \
  X(kInternal, "INTERNAL")                             \
  X(kShuttingDown, "SHUTTING_DOWN")                    \
  X(kQueueFull, "QUEUE_FULL")                          \
  X(kStoreUnavailable, "STORE_UNAVAILABLE")            \
  X(kAgentExitNonzero, "AGENT_EXIT_NONZERO")           \
  X(kAgentKilled, "AGENT_KILLED")                      \
  X(kTimeout, "TIMEOUT")                               \
  X(kOutOfMemory, "OUT_OF_MEMORY")                     \
  X(kOutputTooLarge, "OUTPUT_TOO_LARGE")               \
  X(kSandboxSetupFailed, "SANDBOX_SETUP_FAILED")       \
  X(kCommandNotFound, "COMMAND_NOT_FOUND")             \
  X(kModelError, "MODEL_ERROR")                        \
  X(kMaxTurns, "MAX_TURNS")                            \
  X(kOutputSchemaMismatch, "OUTPUT_SCHEMA_MISMATCH")   \
  X(kBudgetExceeded, "BUDGET_EXCEEDED")                \
  X(kExpired, "EXPIRED")                               \
  X(kInterrupted, "INTERRUPTED")

enum class Code {
#define CAPID_CODE_NAME(name, text) name,
  CAPID_CODES(CAPID_CODE_NAME)
#undef CAPID_CODE_NAME
};

[[nodiscard]] std::span<const Code> all_codes();

/// The code as programs see it, e.g. "RUN_NOT_FOUND".
[[nodiscard]] std::string_view to_string(Code code);

/// One thing that is wrong with one field of a request.
struct FieldProblem {
  Code code;
  std::string message;
  std::string field;
};

struct Error {
  Code code;
  std::string message;                      ///< for a human; says what to do; never holds a secret
  std::string field = {};                   ///< the one field at fault, or empty
  std::string detail = {};                  ///< for the log alone, never sent to a client
  std::vector<FieldProblem> details = {};   ///< set where several fields are at fault
  int64_t retry_after_s = 0;                ///< when to try again, where that is known
};

}   // namespace capid::base

// SPDX-License-Identifier: Apache-2.0
#include "runs/verdict.h"

#include <cstring>

#include "base/text.h"
#include "runs/not_found.h"

namespace capid::runs {
namespace {

using credits::Bill;
using sandbox::End;
using store::RunStatus;

Verdict failed(Code code, std::string message, Bill bill = Bill::kCharge) {
  return {.status = RunStatus::kFailed, .text = {}, .error = code, .message = std::move(message), .bill = bill};
}

std::string with_tail(std::string message, std::string_view stderr_tail) {
  const std::string tail = base::to_utf8(stderr_tail);
  const size_t end = tail.find_last_not_of(" \t\r\n");
  return end == std::string::npos ? message : message + ":\n" + tail.substr(0, end + 1);
}

std::string errno_text(int error) { return std::strerror(error); }

Verdict completed(std::string text) {
  return {.status = RunStatus::kCompleted, .text = std::move(text), .error = {}, .message = {}};
}

Verdict too_much(const std::string& what) {
  return failed(Code::kOutputTooLarge, "the agent " + what + ": leave large results as files in /out");
}

// An agent that fails after its latest call of a model had failed, failed for that; else for what it says itself.
Verdict judge_failure(const Evidence& evidence) {
  if (const auto latest = evidence.trouble.latest())
    return failed(latest->code, with_tail(latest->message, evidence.stderr_tail));
  if (evidence.transcript && evidence.transcript->problem)
    return failed(evidence.transcript->problem->code, evidence.transcript->problem->message);
  return failed(
      Code::kAgentExitNonzero,
      with_tail("the agent ended with exit code " + std::to_string(evidence.outcome.exit_code), evidence.stderr_tail));
}

Verdict judge_exit(const Evidence& evidence) {
  constexpr size_t kMostText = size_t{1} << 20;
  const bool says_it_failed = evidence.transcript && evidence.transcript->problem;
  if (evidence.outcome.exit_code != 0 || says_it_failed) return judge_failure(evidence);
  if (evidence.transcript) {
    const bool is_on_both = evidence.manifest.transcript == apps::Transcript::kEvents;
    if (evidence.outcome.events_truncated && is_on_both && !evidence.transcript->text)
      return too_much("said more than 4 MiB on descriptor 3, and named no result before");
    if (evidence.outcome.stdout_truncated) return too_much("said more than 64 MiB on stdout");
    if (evidence.transcript->is_cut && !evidence.transcript->text)
      return too_much("said a line of more than 8 MiB, and named no result");
    std::string text = evidence.transcript->text.value_or("");
    return text.size() > kMostText ? too_much("names a result of more than 1 MiB") : completed(std::move(text));
  }
  if (evidence.outcome.stdout_truncated) return too_much("wrote more than 1 MiB to stdout");
  return completed(base::to_utf8(evidence.outcome.stdout_bytes));
}

// By itself, or because of what it did.
bool has_run(End end) {
  return end == End::kExited || end == End::kSignaled || end == End::kTimedOut || end == End::kOutOfMemory;
}

// In a workspace that holds more than the app's disk limit.
Verdict workspace_full(int64_t limit_bytes) {
  return failed(Code::kOutputTooLarge,
                "the workspace holds more than the " + std::to_string(limit_bytes >> 20) +
                    " MiB that limits.disk of this app allows, or folders that cannot be looked into");
}

// What the sandbox says of its end.
Verdict judge_end(const Evidence& evidence) {
  const sandbox::Outcome& outcome = evidence.outcome;
  const std::string& stderr_tail = evidence.stderr_tail;
  if (const auto refused = evidence.trouble.refused(); refused && has_run(outcome.end))
    return failed(refused->code, "the agent was refused a model: " + refused->message);
  switch (outcome.end) {
    case End::kExited:
      return judge_exit(evidence);
    case End::kSignaled:
      return failed(Code::kAgentKilled, with_tail("the agent was killed by signal " + std::to_string(outcome.signal) +
                                                      " (" + ::strsignal(outcome.signal) + ")",
                                                  stderr_tail));
    case End::kTimedOut:
      return failed(
          Code::kTimeout,
          with_tail("the agent took longer than its limit allows and was ended: raise limits.timeout of this app, or "
                    "timeoutSeconds of the request",
                    stderr_tail));
    case End::kTerminated:
      return interrupted();
    case End::kOutOfMemory:
      return failed(Code::kOutOfMemory,
                    with_tail("the agent used more memory than its limit allows and was ended by the kernel: raise "
                              "limits.memory of this app, or let it do less at a time",
                              stderr_tail));
    case End::kCommandNotFound:
      return failed(Code::kCommandNotFound, not_found_message(evidence.manifest, outcome.error), Bill::kRefund);
    case End::kSetupFailed:
      return failed(Code::kSandboxSetupFailed,
                    "the sandbox could not be set up: step " + outcome.failed_step + " failed (" +
                        errno_text(outcome.error) + "); nothing was run: ask the operator to look at this host",
                    Bill::kRefund);
  }
  return failed(Code::kInternal, "the run ended in a way that is not known", Bill::kRefund);
}

}   // namespace

Verdict judge(const Evidence& evidence) {
  if (evidence.outcome.end == End::kTerminated && evidence.stop == Stop::kCancelled) return cancelled(Bill::kCharge);
  const int64_t most = evidence.manifest.limits.disk_bytes;
  if (evidence.stop == Stop::kWorkspaceFull) return workspace_full(most);
  Verdict verdict = judge_end(evidence);
  const bool completed = verdict.status == RunStatus::kCompleted;
  return completed && evidence.workspace_bytes > most ? workspace_full(most) : verdict;
}

Verdict interrupted() {
  return failed(Code::kInterrupted, "capid was stopped while the agent ran: send the request again", Bill::kRefund);
}

Verdict cancelled(Bill bill) {
  return {.status = RunStatus::kCancelled, .text = {}, .error = {}, .message = {}, .bill = bill};
}

Verdict expired() {
  return failed(Code::kExpired,
                "the run waited for its start longer than its ttlSeconds allow: send it again, or give it longer",
                Bill::kRefund);
}

Verdict not_satisfied(const Error& problem) {
  if (problem.code != Code::kOutputSchemaMismatch) return failed(problem.code, problem.message, Bill::kRefund);
  return failed(problem.code, "the result does not satisfy the app's output_schema: " + problem.message);
}

Verdict not_prepared(const Error& error) {
  const bool says_it_all = error.code == Code::kSandboxSetupFailed;
  return failed(Code::kSandboxSetupFailed,
                says_it_all ? error.message : "the run's files could not be laid out: " + error.message, Bill::kRefund);
}

Verdict not_kept(const Error& error) {
  return failed(Code::kInternal, "what the run left could not be kept: " + error.message, Bill::kRefund);
}

}   // namespace capid::runs

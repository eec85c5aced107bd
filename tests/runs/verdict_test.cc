// SPDX-License-Identifier: Apache-2.0
#include "runs/verdict.h"

#include <csignal>

#include "tests/support/test.h"

using namespace capid;
using namespace capid::runs;
using sandbox::End;
using sandbox::Outcome;

namespace {

// status | error | text | message | bill
std::string show(const Verdict& verdict) {
  return std::string(store::to_string(verdict.status)) + "|" +
         (verdict.error ? std::string(base::to_string(*verdict.error)) : "-") + "|" + verdict.text.value_or("-") + "|" +
         verdict.message + "|" + (verdict.bill == credits::Bill::kCharge ? "charge" : "refund");
}

std::string judged(Outcome outcome, std::string_view stderr_tail = "", const ModelTrouble& trouble = {}) {
  apps::Manifest manifest;
  manifest.command = {"no-such-program"};
  return show(judge({outcome, manifest, std::string(stderr_tail), trouble}));
}

}   // namespace

TEST_CASE("what a sandbox's outcome means for the run and its bill") {
  CHECK(judged({.end = End::kExited, .stdout_bytes = "the answer\n"}) == "completed|-|the answer\n||charge");
  CHECK(judged({.end = End::kExited}) == "completed|-|||charge");
  CHECK(judged({.end = End::kExited, .stdout_bytes = std::string("a\0b\xff", 4)}) ==
        "completed|-|a\xEF\xBF\xBD"
        "b\xEF\xBF\xBD||charge");
  CHECK(judged({.end = End::kExited, .stdout_bytes = "ok"}, "warnings do no harm") == "completed|-|ok||charge");
  CHECK(judged({.end = End::kExited, .stdout_bytes = "ok", .stderr_truncated = true}) == "completed|-|ok||charge");

  CHECK(judged({.end = End::kExited, .exit_code = 3, .stdout_bytes = "half an answer"}) ==
        "failed|AGENT_EXIT_NONZERO|-|the agent ended with exit code 3|charge");
  CHECK(judged({.end = End::kExited, .exit_code = 1, .stdout_truncated = true}, "Traceback\nKeyError \xff\n\n") ==
        "failed|AGENT_EXIT_NONZERO|-|the agent ended with exit code 1:\nTraceback\nKeyError \xEF\xBF\xBD|charge");
  CHECK(judged({.end = End::kExited, .exit_code = 1}, " \n\t\r\n") ==
        "failed|AGENT_EXIT_NONZERO|-|the agent ended with exit code 1|charge");
  CHECK(judged({.end = End::kExited, .stdout_bytes = "too much", .stdout_truncated = true}) ==
        "failed|OUTPUT_TOO_LARGE|-|the agent wrote more than 1 MiB to stdout: leave large results as files in "
        "/out|charge");

  CHECK(judged({.end = End::kSignaled, .signal = SIGSEGV}, "bye\n") ==
        "failed|AGENT_KILLED|-|the agent was killed by signal 11 (Segmentation fault):\nbye|charge");
  CHECK(judged({.end = End::kTimedOut}, "step 3\n") ==
        "failed|TIMEOUT|-|the agent took longer than its limit allows and was ended: raise limits.timeout of this app, "
        "or "
        "timeoutSeconds of the request:\nstep 3|charge");
  CHECK(judged({.end = End::kTerminated}, "said a lot") ==
        "failed|INTERRUPTED|-|capid was stopped while the agent ran: send the request again|refund");
  CHECK(judged({.end = End::kCommandNotFound, .error = ENOENT}) ==
        "failed|COMMAND_NOT_FOUND|-|the command \"no-such-program\" cannot be run inside the sandbox (No such file or "
        "directory): it sees the host's "
        "/usr, /bin and /lib and the app's folder as /app, and nothing of /home, /opt or /root|refund");
  CHECK(judged({.end = End::kSetupFailed, .failed_step = "mounts.root", .error = EPERM}) ==
        "failed|SANDBOX_SETUP_FAILED|-|the sandbox could not be set up: step mounts.root failed (Operation not "
        "permitted); nothing was run: "
        "ask the operator to look at this host|refund");
}

TEST_CASE("a run that capid ended, or whose workspace is full, has ended for that") {
  constexpr int64_t kLimit = 3 << 20, kMore = kLimit + 1;
  const auto ended = [](const Outcome& outcome, Stop stop, int64_t workspace_bytes = 0) {
    apps::Manifest manifest;
    manifest.limits.disk_bytes = kLimit;
    return show(judge({.outcome = outcome,
                       .manifest = manifest,
                       .stderr_tail = "",
                       .trouble = {},
                       .stop = stop,
                       .workspace_bytes = workspace_bytes}));
  };
  const std::string full =
      "failed|OUTPUT_TOO_LARGE|-|the workspace holds more than the 3 MiB that limits.disk of this app allows, or "
      "folders "
      "that cannot be looked into|charge";
  CHECK(ended({.end = End::kTerminated}, Stop::kCancelled) == "cancelled|-|-||charge");
  CHECK(ended({.end = End::kExited}, Stop::kCancelled) == "completed|-|||charge");   // it was quicker
  CHECK(ended({.end = End::kTerminated}, Stop::kWorkspaceFull) == full);
  CHECK(ended({.end = End::kExited}, Stop::kWorkspaceFull) == full);
  CHECK(ended({.end = End::kExited}, Stop::kNone, kMore) == full);
  CHECK(ended({.end = End::kExited}, Stop::kNone, kLimit) == "completed|-|||charge");
  CHECK(ended({.end = End::kExited, .exit_code = 3}, Stop::kNone, kMore) ==
        "failed|AGENT_EXIT_NONZERO|-|the agent ended with exit code 3|charge");
}

TEST_CASE("a run that never ran the agent is refunded") {
  CHECK(show(interrupted()) ==
        "failed|INTERRUPTED|-|capid was stopped while the agent ran: send the request again|refund");
  CHECK(show(not_prepared({Code::kInternal, "an attachment could not be laid out"})) ==
        "failed|SANDBOX_SETUP_FAILED|-|the run's files could not be laid out: an attachment could not be laid "
        "out|refund");
  CHECK(show(not_prepared({Code::kSandboxSetupFailed, "the secret A is not set"})) ==
        "failed|SANDBOX_SETUP_FAILED|-|the secret A is not set|refund");
}

TEST_CASE("a run that was refused a model has failed for that, however it ended by itself") {
  ModelTrouble trouble;
  trouble.refuse({Code::kBudgetExceeded, "it is spent"});
  trouble.refuse({Code::kInsufficientCredits, "later"});
  trouble.note(std::nullopt);
  const std::string refused = "failed|BUDGET_EXCEEDED|-|the agent was refused a model: it is spent|charge";
  CHECK(judged({.end = End::kExited, .stdout_bytes = "done"}, "", trouble) == refused);
  CHECK(judged({.end = End::kExited, .exit_code = 1}, "", trouble) == refused);
  CHECK(judged({.end = End::kSignaled, .signal = SIGKILL}, "", trouble) == refused);
  CHECK(judged({.end = End::kTimedOut}, "", trouble) == refused);
  CHECK(judged({.end = End::kTerminated}, "", trouble).starts_with("failed|INTERRUPTED"));
  CHECK(judged({.end = End::kSetupFailed}, "", trouble).starts_with("failed|SANDBOX_SETUP_FAILED"));
}

TEST_CASE("a run that fails after its latest call of a model had failed, failed for that") {
  ModelTrouble trouble;
  trouble.note(Error{Code::kModelError, "the model's server answered 500"});
  CHECK(judged({.end = End::kExited, .exit_code = 1}, "gave up", trouble) ==
        "failed|MODEL_ERROR|-|the model's server answered 500:\ngave up|charge");
  CHECK(judged({.end = End::kExited, .stdout_bytes = "went on"}, "", trouble) == "completed|-|went on||charge");
  CHECK(judged({.end = End::kTimedOut}, "", trouble).starts_with("failed|TIMEOUT"));
  trouble.note(std::nullopt);
  CHECK(judged({.end = End::kExited, .exit_code = 1}, "", trouble).starts_with("failed|AGENT_EXIT_NONZERO"));
}

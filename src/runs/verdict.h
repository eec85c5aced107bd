// SPDX-License-Identifier: Apache-2.0
// The verdict: what a sandbox's outcome means for the run.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apps/manifest.h"
#include "credits/credits.h"
#include "runs/model_trouble.h"
#include "sandbox/outcome.h"
#include "store/runs.h"
#include "transcripts/reader.h"

namespace capid::runs {

/// Why capid ends a run before its time.
enum class Stop { kNone, kShutdown, kCancelled, kWorkspaceFull };

struct Verdict {
  store::RunStatus status = store::RunStatus::kFailed;
  std::optional<std::string> text;   ///< completed: the result
  std::optional<Code> error;         ///< failed: why, for programs
  std::string message;               ///< failed: why, for people
  credits::Bill bill = credits::Bill::kCharge;
};

/// What is known of a run at its end.
struct Evidence {
  const sandbox::Outcome& outcome;
  const apps::Manifest& manifest;
  std::string stderr_tail;   ///< the last of what the agent said there
  const ModelTrouble& trouble;
  const transcripts::Summary* transcript = nullptr;   ///< what its transcript says; none: stdout is the result as it is
  Stop stop = Stop::kNone;
  int64_t workspace_bytes = 0;   ///< what its workspace holds now
};

/// Runs that never got to run the agent are refunded. One that was refused a model for want of credits has failed for that,
/// however it ended; one that failed after its latest call of a model had failed, has failed for that.
[[nodiscard]] Verdict judge(const Evidence& evidence);

/// For a run that the server's end cut off.
[[nodiscard]] Verdict interrupted();

/// For a run that its owner cancelled: charged where it had begun, refunded where it had not.
[[nodiscard]] Verdict cancelled(credits::Bill bill);

/// For a run that waited for its start longer than it was allowed to.
[[nodiscard]] Verdict expired();

/// For a run whose files could not be laid out, or that lacks what its app names: such an error is a kSandboxSetupFailed,
/// whose message says it all.
[[nodiscard]] Verdict not_prepared(const Error& error);

/// For one whose result is not what its app's output_schema wants, or could not be checked: see ResultCheck.
[[nodiscard]] Verdict not_satisfied(const Error& problem);

/// For one that completed, but whose files in /out could not be kept.
[[nodiscard]] Verdict not_kept(const Error& error);

}   // namespace capid::runs

// SPDX-License-Identifier: Apache-2.0
#include "cli/outcome.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/crypto.h"
#include "cli/download.h"
#include "cli/follow.h"
#include "cli/github.h"
#include "cli/terminal.h"
#include "cli/value_names.h"

namespace capid::cli {
namespace {

constexpr size_t kKeyBytes = 16;

std::string how_to_go_on(const std::string& id) {
  return "The run goes on. See it with  capid runs show " + id + "  or end it with  capid runs cancel " + id + "\n";
}

std::string cost_text(const Json& run) {
  const Json& usage = part_of(run, "usage");
  return time_text(number_at(usage, "wallSeconds")) + ", " + credits_text(number_at(usage, "credits"));
}

// The last thing of a step in GitHub Actions, so that its page says why it failed.
void annotate_end(const Json& run) {
  const std::string app = text_at(run, "appId"), id = text_at(run, "id");
  if (text_at(run, "status") == "cancelled") {
    annotate("capid: " + app + " was cancelled", "run " + id);
  } else {
    annotate("capid: " + app + " failed",
             text_at(run, "errorCode") + ": " + text_at(run, "errorMessage") + "\nrun " + id);
  }
}

// How it ended, for people.
int tell_end(const Json& run) {
  const std::string status = text_at(run, "status");
  if (status == "completed") {
    std::cerr << painted("✓ completed in " + cost_text(run), Colour::kGreen) << std::endl;
    return kDone;
  }
  if (status == "cancelled") {
    std::cerr << painted("✗ the run was cancelled", Colour::kYellow) << std::endl;
    return kRunCancelled;
  }
  std::cerr << painted("✗ the run failed: " + harmless(text_at(run, "errorCode")), Colour::kRed) << "\n"
            << harmless(text_at(run, "errorMessage")) << std::endl;
  return kRunFailed;
}

void print_run(const Document& run, int ended, bool as_json) {
  if (as_json) {
    print_json(run.text);
  } else if (ended == kDone) {
    print_data(text_at(part_of(run.json, "result"), "text"));
  }
}

}   // namespace

void add_outcome_options(CLI::App& command, OutcomeOptions& options) {
  command.add_flag("--wait", options.wait, "watch the run, then print its result");
  command.add_option("-o,--output", options.folder, "wait, then save its artifacts in this folder")
      ->type_name(kFolderWord);
  command.add_flag("--json", options.as_json, "print JSON: the run when it is over, or with no --wait the answer");
}

Result<int> start_run(ApiClient& api, ApiClient::Post post, const OutcomeOptions& options) {
  if (post.idempotency_key.empty()) post.idempotency_key = base::random_hex(kKeyBytes);
  api.interrupt().say("The run may have been started all the same: see  capid runs list\n");
  const Document accepted = TRY(api.post(post));
  const std::string id = text_at(accepted.json, "id");
  if (!options.wait && options.folder.empty()) {
    if (options.as_json) {
      print_json(accepted.text);
    } else {
      print_data(harmless(id) + "\n");
    }
    return kDone;
  }
  api.interrupt().say(how_to_go_on(id));
  std::cerr << painted("· run " + harmless(id) + " is accepted", Colour::kDim) << std::endl;
  TRY(follow(api, id, [](const Json& event, const std::string&) { std::cerr << event_text(event) << std::flush; }));
  const Document run = TRY(api.get(run_path(id)));
  const int ended = tell_end(run.json);
  print_run(run, ended, options.as_json);
  const auto saved = options.folder.empty() ? Result<void>() : download_artifacts(api, id, options.folder);
  if (ended != kDone && in_github_actions()) annotate_end(run.json);
  if (ended == kDone) TRY(saved);
  return ended;
}

}   // namespace capid::cli

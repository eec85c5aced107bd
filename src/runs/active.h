// SPDX-License-Identifier: Apache-2.0
// A run on its way: what the dispatcher knows of it, and what that means for the sandbox.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "apps/registry.h"
#include "runs/host_view.h"
#include "runs/launch_secrets.h"
#include "runs/model_trouble.h"
#include "runs/queue.h"
#include "runs/record.h"
#include "runs/verdict.h"
#include "runs/workspace_folder.h"
#include "sandbox/spec.h"
#include "store/runs.h"

namespace capid::runs {

/// A run between its place in the queue and its settlement.
struct Active {
  QueuedRun queued;
  store::Run row;
  std::shared_ptr<const apps::Version> version;
  std::string thread;
  std::string folder;
  HostView host;
  std::vector<OpenSecret> secrets;   // until it is launched
  std::string workspace;             // its folder's name; empty: a scratch folder of its own
  std::shared_ptr<Record> record = std::make_shared<Record>();
  std::unique_ptr<transcripts::Reader> transcript;   // of its stdout; none: that is the result as it is
  std::unique_ptr<transcripts::Reader> events;       // of descriptor 3
  std::shared_ptr<ModelTrouble> trouble = std::make_shared<ModelTrouble>();
  uint64_t egress = 0;                 // the handle of its way out; 0: it has none
  uint64_t gateway = 0;                // likewise, to models
  std::atomic<bool> measured{false};   // its workspace, at this moment
  std::atomic<uint64_t> handle = 0;    // the sandbox's; 0 before it has one
  Stop stop = Stop::kNone;             // the first reason wins
  std::chrono::steady_clock::time_point launched_at;

  /// What the agent's own words say of the whole, once it has ended; none where its stdout is the result as it is.
  [[nodiscard]] std::optional<transcripts::Summary> summary() const;
};

/// What its stdout is read as; nothing where that is the result as it is.
[[nodiscard]] std::optional<transcripts::Language> language_of(const apps::Manifest& manifest);

/// What to run, and within which bounds.
[[nodiscard]] sandbox::Spec spec_for(const Active& run, const WorkspaceFolders& workspaces, int64_t default_timeout_ms);

}   // namespace capid::runs

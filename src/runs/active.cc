// SPDX-License-Identifier: Apache-2.0
#include "runs/active.h"

namespace capid::runs {
namespace {

constexpr int64_t kTranscriptBytes = int64_t{64} << 20;   // read as they come, and not kept

int64_t timeout_of(const Active& run, int64_t default_timeout_ms) {
  const int64_t of_app = run.version->manifest.limits.timeout_ms;
  return run.row.options.timeout_ms.value_or(of_app > 0 ? of_app : default_timeout_ms);
}

void set_variable(sandbox::Spec& spec, const std::string& name, std::string_view value) {
  std::erase_if(spec.env, [&](const auto& variable) { return variable.first == name; });
  spec.env.emplace_back(name, value);
}

}   // namespace

// In our own language both streams may name the result, and either may say that there is none.
std::optional<transcripts::Summary> Active::summary() const {
  if (!transcript) return std::nullopt;
  transcripts::Summary summary = transcript->summary();
  if (!events || version->manifest.transcript != apps::Transcript::kEvents) return summary;
  const transcripts::Summary& other = events->summary();
  if (!summary.text) summary.text = other.text;
  if (!summary.problem) summary.problem = other.problem;
  summary.is_cut = summary.is_cut || other.is_cut;
  return summary;
}

std::optional<transcripts::Language> language_of(const apps::Manifest& manifest) {
  switch (manifest.transcript) {
    case apps::Transcript::kText:
      return std::nullopt;
    case apps::Transcript::kEvents:
      return transcripts::Language::kEvents;
    case apps::Transcript::kClaude:
      return transcripts::Language::kClaude;
    case apps::Transcript::kCodex:
      return transcripts::Language::kCodex;
  }
  return std::nullopt;
}

sandbox::Spec spec_for(const Active& run, const WorkspaceFolders& workspaces, int64_t default_timeout_ms) {
  const apps::Manifest& manifest = run.version->manifest;
  sandbox::Spec spec;
  spec.argv = manifest.command;
  spec.env.reserve(32 + manifest.env.size() + run.secrets.size());   // secrets are not moved when it grows
  spec.env = {{"HOME", sandbox::kHomeFolder},
              {"USER", "agent"},
              {"LANG", "C.UTF-8"},
              {"TMPDIR", "/tmp"},
              {"CAPI_INPUTS", "/in/inputs.json"},
              {"CAPI_FILES", "/in/files"},
              {"CAPI_OUT", sandbox::kOutFolder},
              {"CAPI_EVENTS_FD", "3"},
              {"CAPI_RUN_ID", run.row.id},
              {"CAPI_APP_ID", run.row.app},
              {"CAPI_THREAD_ID", run.thread}};
  spec.env.emplace_back("PATH", sandbox::kPath);
  for (const auto& [name, value] : manifest.env) set_variable(spec, name, value);
  for (const OpenSecret& secret : run.secrets) {
    if (!secret.use.inject) set_variable(spec, secret.use.env, secret.value.view());
  }
  spec.mounts = {{.host = run.version->folder, .at = "/app"}, {.host = run.folder + "/in", .at = "/in"}};
  if (!run.workspace.empty())
    spec.mounts.push_back({.host = workspaces.path(run.workspace), .at = sandbox::kWorkingFolder, .writable = true});
  spec.mounts.insert(spec.mounts.end(), run.host.mounts.begin(), run.host.mounts.end());
  spec.rootfs = run.host.rootfs;
  spec.limits.wall_ms = timeout_of(run, default_timeout_ms);
  spec.limits.memory_bytes = manifest.limits.memory_bytes;
  spec.limits.millicpus = manifest.limits.millicpus;
  spec.limits.pids = manifest.limits.pids;
  spec.limits.disk_bytes = manifest.limits.disk_bytes;
  if (language_of(manifest)) spec.limits.stdout_bytes = kTranscriptBytes;
  return spec;
}

}   // namespace capid::runs

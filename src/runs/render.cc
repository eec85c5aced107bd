// SPDX-License-Identifier: Apache-2.0
#include "runs/render.h"

#include "base/clock.h"
#include "base/text.h"

namespace capid::runs {
namespace {

using base::or_null;
using base::time_or_null;

constexpr double kMilli = 1e3;

Result<OrderedJson> render_result(store::Database& database, const store::Run& run, const std::string& public_url) {
  if (run.status != store::RunStatus::kCompleted) return OrderedJson(nullptr);
  OrderedJson artifacts = OrderedJson::array();
  for (const store::Artifact& artifact : TRY(store::artifacts_of_run(database, run.id)))
    artifacts.push_back(render_artifact(artifact, public_url));
  return base::object({{"text", run.result_text.value_or("")}, {"artifacts", std::move(artifacts)}});
}

OrderedJson render_files(const std::vector<store::RunFile>& files) {
  OrderedJson rendered = OrderedJson::array();
  for (const store::RunFile& file : files) {
    rendered.push_back(base::object({{"name", file.name},
                                     {"type", file.type},
                                     {"size", file.size},
                                     {"sha256", file.sha256},
                                     {"input", or_null(file.input)}}));
  }
  return rendered;
}

OrderedJson render_usage(const store::Run& run) {
  return base::object({{"credits", base::micro_to_number(run.credits)},
                       {"inputTokens", run.input_tokens},
                       {"outputTokens", run.output_tokens},
                       {"cpuSeconds", static_cast<double>(run.cpu_ms) / kMilli},
                       {"peakMemoryBytes", run.peak_memory_bytes},
                       {"wallSeconds", static_cast<double>(run.wall_ms) / kMilli}});
}

}   // namespace

OrderedJson render_artifact(const store::Artifact& artifact, const std::string& public_url) {
  return base::object({{"id", artifact.id},
                       {"type", artifact.type},
                       {"title", artifact.title},
                       {"filename", artifact.filename},
                       {"size", artifact.size},
                       {"sha256", artifact.sha256},
                       {"downloadUrl", public_url + "/api/v1/runs/" + artifact.run + "/artifacts/" + artifact.id}});
}

Result<OrderedJson> render_run(store::Database& database, const store::Run& run, const std::string& public_url) {
  const auto files = TRY(store::files_of_run(database, run.id));
  return base::object({{"id", run.id},
                       {"status", store::to_string(run.status)},
                       {"threadId", run.started_at ? or_null(run.thread) : OrderedJson(nullptr)},
                       {"result", TRY(render_result(database, run, public_url))},
                       {"errorCode", or_null(run.error_code)},
                       {"errorMessage", or_null(run.error_message)},
                       {"startedAt", time_or_null(run.started_at)},
                       {"completedAt", time_or_null(run.completed_at)},
                       {"createdAt", base::to_iso8601(run.created_at)},
                       {"appId", run.app},
                       {"appName", run.app_name},
                       {"appVersion", run.app_version},
                       {"origin", run.origin},
                       {"apiKeyId", or_null(run.key)},
                       {"chatModelId", or_null(run.options.model)},
                       {"workspaceId", or_null(run.options.workspace)},
                       {"inputs", TRY(base::parse_json(run.inputs))},
                       {"files", render_files(files)},
                       {"tags", run.options.tags},
                       {"metadata", run.options.metadata},
                       {"degraded", run.degraded},
                       {"usage", render_usage(run)}});
}

Result<std::string> render_run_text(store::Database& database, const store::Run& run, const std::string& public_url) {
  return base::dump(TRY(render_run(database, run, public_url))) + "\n";
}

}   // namespace capid::runs

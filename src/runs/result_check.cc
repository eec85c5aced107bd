// SPDX-License-Identifier: Apache-2.0
#include "runs/result_check.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "apps/output_schema.h"
#include "base/fd.h"
#include "runs/own_program.h"

namespace capid::runs {
namespace {

constexpr const char* kSchema = "/schema.json";
constexpr const char* kResult = "/result";
constexpr const char* kInside = "/check";
constexpr size_t kMostBytes = size_t{4} << 20;   // of each of the two
constexpr int kSatisfies = 0, kDoesNot = 1;

Result<void> lay_out(const std::string& folder, const Json& schema, const std::string& result) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  for (const auto& [name, text] : {std::pair(kSchema, base::dump(schema)), std::pair(kResult, result)}) {
    const auto file = TRY(base::open_file(folder + name, O_WRONLY | O_CREAT | O_TRUNC, 0644));
    TRY(base::write_all(file.get(), text));
  }
  return {};
}

Error could_not_look(const std::string& why, const std::string& detail = "") {
  return {
      Code::kSandboxSetupFailed,
      "the result could not be held against output_schema, since " + why + ": ask the operator to look at this host",
      {},
      detail};
}

std::optional<Error> problem_in(const sandbox::Outcome& outcome) {
  using sandbox::End;
  if (outcome.end == End::kExited && outcome.exit_code == kSatisfies) return std::nullopt;
  if (outcome.end == End::kExited && outcome.exit_code == kDoesNot)
    return Error{Code::kOutputSchemaMismatch, outcome.stdout_bytes};
  if (outcome.end == End::kSetupFailed || outcome.end == End::kCommandNotFound)
    return could_not_look("this host could not make a sandbox for that");
  return Error{Code::kOutputSchemaMismatch, "it could not be checked within 5 s and 256 MiB"};
}

}   // namespace

void ResultCheck::start(const std::string& folder, const Json& schema, const std::string& result,
                        std::function<void(std::optional<Error>)> done) {
  if (const auto laid_out = lay_out(folder, schema, result); !laid_out)
    return done(could_not_look("it could not be laid out", laid_out.error().detail));
  sandbox::Spec spec{.mounts = {{.host = folder, .at = kInside}}};
  show_program(program_, {"check-result", kInside}, spec);
  spec.limits = {.wall_ms = 5'000, .memory_bytes = int64_t{256} << 20, .pids = 8, .disk_bytes = int64_t{1} << 20};
  sandbox_.launch(std::move(spec),
                  {.on_end = [done = std::move(done)](const sandbox::Outcome& outcome) { done(problem_in(outcome)); }});
}

int check_result(const std::string& folder) {
  const auto schema = base::read_file(folder + kSchema, kMostBytes),
             result = base::read_file(folder + kResult, kMostBytes);
  const Json parsed = schema ? Json::parse(*schema, nullptr, false) : Json();
  if (!result || !parsed.is_object()) return kDoesNot + 1;
  const auto why = apps::schema_mismatch(parsed, *result);
  if (!why) return kSatisfies;
  (void)base::write_all(STDOUT_FILENO, *why);
  return kDoesNot;
}

}   // namespace capid::runs

// SPDX-License-Identifier: Apache-2.0
// Whether a run's result satisfies its app's output_schema. The check is this program in a sandbox of its own, since a result can
// be made so that its check takes any time or memory.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "sandbox/sandbox.h"

namespace capid::runs {

class ResultCheck {
 public:
  /// `program` is what reachable_program() says.
  ResultCheck(sandbox::Sandbox& sandbox, std::string program) : sandbox_(sandbox), program_(std::move(program)) {}

  /// Calls `done` with nothing where it does; else with kOutputSchemaMismatch and why it does not, or with
  /// kSandboxSetupFailed where this host could not find out. On the event loop's thread, or from within. What is looked at is laid
  /// out in `folder`, which is the caller's to remove.
  void start(const std::string& folder, const Json& schema, const std::string& result,
             std::function<void(std::optional<Error> problem)> done);

 private:
  sandbox::Sandbox& sandbox_;
  std::string program_;
};

/// The other side, inside: holds `folder`/result against `folder`/schema.json, and says why not on stdout. Returns the exit code:
/// 0 where it satisfies.
[[nodiscard]] int check_result(const std::string& folder);

}   // namespace capid::runs

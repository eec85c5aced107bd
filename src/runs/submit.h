// SPDX-License-Identifier: Apache-2.0
// Submit: from a checked request to an accepted run, which survives a power loss from the moment this returns.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/inputs.h"
#include "apps/registry.h"
#include "base/json.h"
#include "credits/credits.h"
#include "files/blobs.h"
#include "keys/keys.h"
#include "runs/queue.h"
#include "store/runs.h"
#include "store/writer.h"

namespace capid::runs {

/// A file that came with the request: written to the disk, not yet kept.
struct NewFile {
  std::string part;   ///< the form field it came in
  std::string name;   ///< as the client spelled it
  files::Incoming content;
};

struct NewRun {
  std::string app;
  Json inputs = Json::object();
  std::optional<std::string> model;
  std::vector<NewFile> files;
};

struct Accepted {
  std::string id;
  std::string app;
  std::string app_name;
};

class Submit {
 public:
  struct Options {
    credits::Prices prices;
    std::vector<std::string> models;   ///< the ids of the configured catalogue
  };

  /// `wake` is called after each acceptance, to start what may start.
  Submit(Options options, apps::Registry& apps, files::Blobs& blobs, store::Writer& writer, Queue& queue,
         std::function<void()> wake);

  /// Checks the inputs against the app's schema, makes the files durable, reserves the price and commits the run,
  /// queued. Errors: kAppNotFound, kAppDisabled, kInvalidInput, kUnknownField, kUnknownModel, kUnsupportedFileType,
  /// kInsufficientCredits, kQueueFull, kShuttingDown, kStoreUnavailable. After an error nothing of the request is left.
  [[nodiscard]] Result<Accepted> operator()(NewRun request, const keys::Grant& grant);

  /// From here on every call fails with kShuttingDown.
  void stop_accepting() { accepting_ = false; }

 private:
  /// A request that one version of its app would take.
  struct Candidate {
    std::shared_ptr<const apps::Version> version;
    apps::CheckedInputs inputs;
  };

  [[nodiscard]] Result<Candidate> check(const NewRun& request) const;
  [[nodiscard]] bool was_replaced(const Candidate& candidate) const;
  [[nodiscard]] Result<Accepted> accept(const NewRun& request, const Candidate& candidate,
                                        std::vector<store::RunFile> files, const keys::Grant& grant);
  [[nodiscard]] Result<void> check_model(const std::optional<std::string>& model) const;

  Options options_;
  apps::Registry& apps_;
  files::Blobs& blobs_;
  store::Writer& writer_;
  Queue& queue_;
  std::function<void()> wake_;
  std::atomic<bool> accepting_{true};
};

}   // namespace capid::runs

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
#include "runs/idempotency.h"
#include "runs/queue.h"
#include "runs/waiting_clock.h"
#include "store/runs.h"
#include "store/writer.h"
#include "webhooks/targets.h"

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
  store::RunOptions options;
  std::optional<std::string> thread;   ///< the thread to continue
  std::optional<int64_t> ttl_ms;       ///< how long it may wait for its start
  std::vector<NewFile> files;
  std::optional<std::string> idempotency_key;
};

struct Accepted {
  std::string id;
  std::string app;
  std::string app_name;
  bool repeated = false;   ///< the request was accepted before, under the same idempotency key
};

class Submit {
 public:
  struct Options {
    credits::Prices prices;
    std::vector<std::string> models;   ///< the ids of the configured catalogue
    int64_t default_timeout_ms = 600'000;
    int64_t min_free_disk = 0;   ///< with less bytes on the disk nothing is accepted
  };

  /// `wake` is called after each acceptance, to start what may start.
  Submit(Options options, apps::Registry& apps, const webhooks::Targets& targets, files::Blobs& blobs,
         store::Writer& writer, Queue& queue, Idempotency& idempotency, const WaitingClock& clock,
         std::function<void()> wake);

  /// Checks the request against the app, makes the files durable, reserves the price and commits the run, queued. Errors:
  /// kAppNotFound, kAppDisabled, kInvalidInput, kInvalidParameter, kUnknownField, kUnknownModel, kWebhookUrlNotAllowed,
  /// kUnsupportedFileType, kThreadNotFound, kThreadBusy, kAppScopeRestricted, kIdempotencyInProgress,
  /// kIdempotencyKeyReused, kInsufficientCredits, kQueueFull, kShuttingDown, kStoreUnavailable. After an error nothing of
  /// the request is left.
  [[nodiscard]] Result<Accepted> operator()(NewRun request, const keys::Grant& grant);

  /// The same version of the app once more, on copies of the same inputs, as a new run on a thread of its own. `files`
  /// are the earlier run's. Errors: as above.
  [[nodiscard]] Result<Accepted> replay(const store::Run& run, const std::vector<store::RunFile>& files,
                                        const std::optional<std::string>& idempotency_key, const keys::Grant& grant);

  /// Whether the app would take the request, without taking it. Errors: those that lie in the request itself.
  [[nodiscard]] Result<void> validate(NewRun request) const;

  /// Whether runs are accepted now, and the disk has room for their files: worth asking before a large body is read. Errors:
  /// kShuttingDown, kStoreUnavailable.
  [[nodiscard]] Result<void> check_accepting() const;

  /// From here on every call that would start a run fails with kShuttingDown.
  void stop_accepting() { accepting_ = false; }

 private:
  /// A request that one version of its app would take.
  struct Candidate {
    std::shared_ptr<const apps::Version> version;
    apps::CheckedInputs inputs;
  };

  /// A run that only needs its files kept and its row committed.
  struct Ready {
    store::NewRun run;
    int64_t app_concurrency = 0;
    std::optional<int64_t> ttl_ms;
    std::optional<store::IdempotencyKey> key;
    std::string fingerprint;
    keys::Grant grant;   ///< of who asks
  };

  [[nodiscard]] Ready ready_for(const keys::Grant& grant, const std::string& app,
                                const std::optional<std::string>& idempotency_key) const;
  [[nodiscard]] Result<Candidate> check(const NewRun& request) const;
  static void adopt(const Candidate& candidate, Ready& ready);
  [[nodiscard]] bool was_replaced(const Candidate& candidate) const;
  [[nodiscard]] Result<Accepted> once(const Ready& ready, const std::function<Result<Accepted>()>& accept);
  [[nodiscard]] Result<Accepted> enqueue(Ready& ready, std::vector<files::Incoming> contents,
                                         const std::function<Result<Accepted>()>& commit);
  [[nodiscard]] Result<Accepted> commit(const Ready& ready);
  [[nodiscard]] Result<void> check_options(const store::RunOptions& options, const apps::Manifest& manifest) const;
  [[nodiscard]] Result<void> check_model(const std::optional<std::string>& model) const;
  [[nodiscard]] Result<void> check_model_of_app(const std::string& model) const;
  [[nodiscard]] Result<void> check_webhook(const std::optional<std::string>& url) const;

  Options options_;
  apps::Registry& apps_;
  const webhooks::Targets& targets_;
  files::Blobs& blobs_;
  store::Writer& writer_;
  Queue& queue_;
  Idempotency& idempotency_;
  const WaitingClock& clock_;
  std::function<void()> wake_;
  std::atomic<bool> accepting_{true};
};

}   // namespace capid::runs

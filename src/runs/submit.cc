// SPDX-License-Identifier: Apache-2.0
#include "runs/submit.h"

#include <algorithm>

#include "apps/inputs.h"
#include "base/log.h"
#include "base/text.h"
#include "files/disk_space.h"
#include "files/types.h"
#include "store/workspaces.h"
#include "threads/threads.h"

namespace capid::runs {
namespace {

// Holds a place in the queue until the run is in it, or until it is not accepted.
class Place {
 public:
  explicit Place(Queue& queue) : queue_(queue), held_(queue.reserve()) {}
  ~Place() {
    if (held_) queue_.give_back();
  }
  [[nodiscard]] bool held() const { return held_; }
  void fill(QueuedRun run) {
    held_ = false;
    queue_.push_reserved(std::move(run));
  }

 private:
  Queue& queue_;
  bool held_;
};

std::vector<apps::OfferedFile> offered(const std::vector<NewFile>& files) {
  std::vector<apps::OfferedFile> offered;
  for (const NewFile& file : files) offered.push_back({.part = file.part, .name = file.name});
  return offered;
}

Result<std::vector<store::RunFile>> describe(std::vector<NewFile>& files) {
  std::vector<store::RunFile> described;
  std::set<std::string> names;
  for (size_t i = 0; i < files.size(); ++i) {
    store::RunFile file;
    file.type = TRY(files::type_of_attachment(files[i].name, files[i].content.head()));
    file.name = files::safe_name(files[i].name, names);
    file.size = files[i].content.size();
    file.sha256 = files[i].content.sha256();
    names.insert(file.name);
    described.push_back(std::move(file));
  }
  return described;
}

std::vector<files::Incoming> contents(std::vector<NewFile>& files) {
  std::vector<files::Incoming> contents;
  for (NewFile& file : files) contents.push_back(std::move(file.content));
  return contents;
}

// Over what was understood, never over raw bytes: another boundary, another order of fields or other white space make no
// other request.
std::string fingerprint_of(const NewRun& request, const std::vector<store::RunFile>& described) {
  const store::RunOptions& options = request.options;
  Json files = Json::array();
  for (size_t i = 0; i < described.size(); ++i)
    files.push_back({request.files[i].part, request.files[i].name, described[i].sha256});
  const auto or_null = [](const auto& value) { return value ? Json(*value) : Json(); };
  Json asked{{"inputs", request.inputs},
             {"model", or_null(options.model)},
             {"workspace", or_null(options.workspace)},
             {"thread", or_null(request.thread)},
             {"tags", options.tags},
             {"metadata", options.metadata},
             {"ttl", or_null(request.ttl_ms)},
             {"timeout", or_null(options.timeout_ms)},
             {"maxCredits", or_null(options.max_credits)},
             {"files", files}};
  if (options.webhook_url) asked["webhook"] = *options.webhook_url;   // else as it was before there were webhooks
  base::Sha256 hash;
  hash.update(base::dump(asked));
  return hash.hex();
}

// An account's workspace is open to every app of it, but a key of one app does not get at what only others have put there.
Result<void> enter_workspace(store::Transaction& transaction, const store::NewRun& run, bool scoped) {
  const std::optional<std::string>& id = run.options.workspace;
  if (!id) return {};
  if (scoped) {
    const auto apps = TRY(store::apps_of_workspace(transaction.database(), run.account, *id));
    if (!apps.empty() && std::find(apps.begin(), apps.end(), run.app) == apps.end()) {
      return Error{Code::kAppScopeRestricted,
                   "the workspace \"" + *id + "\" belongs to other apps than the one this key works for"};
    }
  }
  return store::use_workspace(transaction, run.account, *id, run.app);
}

}   // namespace

Submit::Submit(Options options, apps::Registry& apps, const webhooks::Targets& targets, files::Blobs& blobs,
               store::Writer& writer, Queue& queue, Idempotency& idempotency, const WaitingClock& clock,
               std::function<void()> wake)
    : options_(std::move(options)),
      apps_(apps),
      targets_(targets),
      blobs_(blobs),
      writer_(writer),
      queue_(queue),
      idempotency_(idempotency),
      clock_(clock),
      wake_(std::move(wake)) {}

Result<Accepted> Submit::operator()(NewRun request, const keys::Grant& grant) {
  TRY(check_accepting());
  Ready ready = ready_for(grant, request.app, request.idempotency_key);
  ready.run.files = TRY(describe(request.files));
  ready.run.thread = request.thread;
  ready.run.options = request.options;
  ready.ttl_ms = request.ttl_ms;
  if (ready.key) ready.fingerprint = fingerprint_of(request, ready.run.files);
  return once(ready, [&]() -> Result<Accepted> {
    Candidate candidate = TRY(check(request));
    adopt(candidate, ready);
    return enqueue(ready, contents(request.files), [&]() -> Result<Accepted> {
      auto accepted = commit(ready);
      while (!accepted && was_replaced(candidate)) {
        candidate = TRY(check(request));
        adopt(candidate, ready);
        accepted = commit(ready);
      }
      return accepted;
    });
  });
}

Result<Accepted> Submit::replay(const store::Run& run, const std::vector<store::RunFile>& files,
                                const std::optional<std::string>& idempotency_key, const keys::Grant& grant) {
  TRY(check_accepting());
  Ready ready = ready_for(grant, run.app, idempotency_key);
  ready.fingerprint = "replay of " + run.id;
  return once(ready, [&]() -> Result<Accepted> {
    TRY(apps_.current(run.app));   // an app that was disabled or taken away runs nothing, in no version
    const apps::Manifest& manifest = TRY(apps_.find(run.app, run.app_version))->manifest;
    TRY(check_options(run.options, manifest));
    ready.app_concurrency = manifest.concurrency;
    ready.run.app_name = run.app_name;
    ready.run.app_version = run.app_version;
    ready.run.inputs = run.inputs;
    ready.run.options = run.options;
    ready.run.files = files;
    std::vector<files::Incoming>
        copies;   // so that no two runs share a file, and each keeps its own as long as it lives
    for (const store::RunFile& file : files) {
      if (file.blob.empty())
        return Error{Code::kInvalidParameter, "the run's files are no longer kept: send it anew, with its files"};
      copies.push_back(TRY(blobs_.copy(file.blob)));
    }
    return enqueue(ready, std::move(copies), [&] { return commit(ready); });
  });
}

Result<void> Submit::validate(NewRun request) const {
  TRY(describe(request.files));
  TRY(check(request));
  return {};
}

Submit::Ready Submit::ready_for(const keys::Grant& grant, const std::string& app,
                                const std::optional<std::string>& idempotency_key) const {
  Ready ready{.run = {.account = grant.account, .app = app, .key = grant.key}, .grant = grant};
  if (idempotency_key) ready.key = store::IdempotencyKey{grant.account, app, *idempotency_key};
  return ready;
}

// With a key: the first request of that key is accepted, a repeat of it gets the first one's answer.
Result<Accepted> Submit::once(const Ready& ready, const std::function<Result<Accepted>()>& accept) {
  if (!ready.key) return accept();
  const Idempotency::Use use = TRY(idempotency_.begin(*ready.key, ready.fingerprint));
  if (!use.earlier) return accept();
  return Accepted{.id = use.earlier->run, .app = ready.run.app, .app_name = use.earlier->app_name, .repeated = true};
}

// From here on a place in the queue is held, and the files go to the disk before the row that names them.
Result<Accepted> Submit::enqueue(Ready& ready, std::vector<files::Incoming> contents,
                                 const std::function<Result<Accepted>()>& commit) {
  Place place(queue_);
  if (!place.held()) return Error{Code::kQueueFull, "too many runs are waiting: send the request again later"};
  const auto blobs = TRY(blobs_.keep(contents));
  for (size_t i = 0; i < blobs.size(); ++i) ready.run.files[i].blob = blobs[i];
  auto accepted = commit();
  if (!accepted) {
    const bool stay = writer_.may_have_kept_what_it_refused();   // the sweep of the next start knows
    for (size_t i = 0; !stay && i < blobs.size(); ++i) blobs_.remove(blobs[i]);
    return accepted;
  }
  place.fill({.id = accepted->id,
              .app = ready.run.app,
              .workspace = lane_of(ready.run.account, ready.run.options.workspace),
              .app_concurrency = ready.app_concurrency});
  wake_();
  return accepted;
}

Result<Submit::Candidate> Submit::check(const NewRun& request) const {
  auto version = TRY(apps_.current(request.app));
  auto inputs = TRY(apps::check_inputs(version->manifest, request.inputs, offered(request.files)));
  TRY(check_options(request.options, version->manifest));
  return Candidate{.version = std::move(version), .inputs = std::move(inputs)};
}

void Submit::adopt(const Candidate& candidate, Ready& ready) {
  const apps::Version& version = *candidate.version;
  for (size_t i = 0; i < ready.run.files.size(); ++i) ready.run.files[i].input = candidate.inputs.file_inputs[i];
  ready.run.app_name = version.manifest.name;
  ready.run.app_version = version.version;
  ready.run.inputs = base::dump(candidate.inputs.values);
  ready.app_concurrency = version.manifest.concurrency;
}

// An app that is saved at this very moment takes its old version away; the request is then checked against the new one.
bool Submit::was_replaced(const Candidate& candidate) const {
  const auto now = apps_.current(candidate.version->app);
  return now && (*now)->version != candidate.version->version;
}

Result<Accepted> Submit::commit(const Ready& ready) {
  return writer_.commit([&](store::Transaction& transaction) -> Result<Accepted> {
    TRY(keys::check_still(transaction, ready.grant));
    store::NewRun run = ready.run;
    const bool scoped = ready.grant.app.has_value();
    if (run.thread) TRY(threads::check_continuable(transaction, run.account, run.app, *run.thread, scoped));
    TRY(enter_workspace(transaction, run, scoped));
    if (ready.ttl_ms) run.expires_at = clock_.now_ms() + *ready.ttl_ms;
    const std::string id = TRY(store::insert_run(transaction, run));
    TRY(credits::reserve(transaction, options_.prices, run.account, id));
    if (ready.key) TRY(store::keep_acceptance(transaction, *ready.key, ready.fingerprint, id));
    return Accepted{.id = id, .app = run.app, .app_name = run.app_name};
  });
}

Result<void> Submit::check_accepting() const {
  if (!accepting_) return Error{Code::kShuttingDown, "capid is shutting down: send the request again in a moment"};
  return files::check_room(blobs_.folder(), options_.min_free_disk);
}

Result<void> Submit::check_options(const store::RunOptions& options, const apps::Manifest& manifest) const {
  constexpr int64_t kSecondMs = 1000;
  const auto wrong = [](const char* field, std::string message) {
    return Error{Code::kInvalidParameter, std::move(message), field};
  };
  TRY(check_model(options.model));
  if (!options.model && !manifest.model.empty()) TRY(check_model_of_app(manifest.model));
  const int64_t own_timeout_ms =
      manifest.limits.timeout_ms > 0 ? manifest.limits.timeout_ms : options_.default_timeout_ms;
  if (options.timeout_ms.value_or(0) > own_timeout_ms) {
    return wrong("timeoutSeconds", "timeoutSeconds may be at most " + std::to_string(own_timeout_ms / kSecondMs) +
                                       ", the app's own limit");
  }
  if (options.max_credits && *options.max_credits < options_.prices.per_run) {
    return wrong("maxCredits", "maxCredits is less than the " + base::micro_to_text(options_.prices.per_run) +
                                   " credits that every run costs");
  }
  if (manifest.workspace == apps::WorkspaceUse::kNone && options.workspace)
    return wrong("workspaceId", "this app uses no workspace: leave workspaceId out");
  if (manifest.workspace == apps::WorkspaceUse::kRequired && !options.workspace)
    return wrong("workspaceId", "this app needs a workspace: name one in workspaceId");
  return check_webhook(options.webhook_url);   // last: it may take a look-up of a name
}

Result<void> Submit::check_webhook(const std::optional<std::string>& url) const {
  if (!url) return {};
  auto checked = targets_.check(*url);
  if (!checked && !checked.error().detail.empty())
    base::log::info("webhook address refused", {{"why", checked.error().detail}});
  return checked;
}

Result<void> Submit::check_model_of_app(const std::string& model) const {
  if (check_model(model)) return {};
  return Error{Code::kUnknownModel,
               "this app uses the model \"" + base::to_utf8(model.substr(0, 64)) +
                   "\", which is not configured: name another one, or ask the operator to add it to models",
               "chatModelId"};
}

Result<void> Submit::check_model(const std::optional<std::string>& model) const {
  if (!model || std::find(options_.models.begin(), options_.models.end(), *model) != options_.models.end()) return {};
  return Error{Code::kUnknownModel,
               "the model \"" + base::to_utf8(model->substr(0, 64)) + "\" is not configured" +
                   base::did_you_mean(*model, options_.models),
               "chatModelId"};
}

}   // namespace capid::runs

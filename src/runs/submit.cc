// SPDX-License-Identifier: Apache-2.0
#include "runs/submit.h"

#include <algorithm>

#include "apps/inputs.h"
#include "base/text.h"
#include "files/types.h"

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
    queue_.push(std::move(run));
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

}   // namespace

Submit::Submit(Options options, apps::Registry& apps, files::Blobs& blobs, store::Writer& writer, Queue& queue,
               std::function<void()> wake)
    : options_(std::move(options)),
      apps_(apps),
      blobs_(blobs),
      writer_(writer),
      queue_(queue),
      wake_(std::move(wake)) {}

Result<Accepted> Submit::operator()(NewRun request, const keys::Grant& grant) {
  if (!accepting_) return Error{Code::kShuttingDown, "capid is shutting down: send the request again in a moment"};
  Candidate candidate = TRY(check(request));
  auto files = TRY(describe(request.files));

  Place place(queue_);
  if (!place.held()) return Error{Code::kQueueFull, "too many runs are waiting: send the request again later"};

  std::vector<files::Incoming> incoming = contents(request.files);
  const auto blobs = TRY(blobs_.keep(incoming));   // on the disk before the row that names them
  for (size_t i = 0; i < files.size(); ++i) files[i].blob = blobs[i];
  auto accepted = accept(request, candidate, files, grant);
  while (!accepted && was_replaced(candidate)) {
    auto again = check(request);
    if (!again) {
      accepted = std::move(again).error();
      break;
    }
    candidate = std::move(*again);
    accepted = accept(request, candidate, files, grant);
  }
  if (!accepted) {
    for (const std::string& blob : blobs) blobs_.remove(blob);
    return accepted;
  }
  const apps::Version& version = *candidate.version;
  place.fill({.id = accepted->id,
              .app = version.app,
              .app_version = version.version,
              .app_concurrency = version.manifest.concurrency});
  wake_();
  return accepted;
}

Result<Submit::Candidate> Submit::check(const NewRun& request) const {
  auto version = TRY(apps_.current(request.app));
  auto inputs = TRY(apps::check_inputs(version->manifest, request.inputs, offered(request.files)));
  TRY(check_model(request.model));
  return Candidate{.version = std::move(version), .inputs = std::move(inputs)};
}

// An app that is saved at this very moment takes its old version away; the request is then checked against the new one.
bool Submit::was_replaced(const Candidate& candidate) const {
  const auto now = apps_.current(candidate.version->app);
  return now && (*now)->version != candidate.version->version;
}

Result<Accepted> Submit::accept(const NewRun& request, const Candidate& candidate, std::vector<store::RunFile> files,
                                const keys::Grant& grant) {
  for (size_t i = 0; i < files.size(); ++i) files[i].input = candidate.inputs.file_inputs[i];
  const apps::Version& version = *candidate.version;
  const store::NewRun run{.account = grant.account,
                          .app = version.app,
                          .app_name = version.manifest.name,
                          .app_version = version.version,
                          .key = grant.key,
                          .inputs = base::dump(candidate.inputs.values),
                          .model = request.model,
                          .files = std::move(files)};
  return writer_.commit([&](store::Transaction& transaction) -> Result<Accepted> {
    const std::string id = TRY(store::insert_run(transaction, run));
    TRY(credits::reserve(transaction, options_.prices, run.account, id));
    return Accepted{.id = id, .app = run.app, .app_name = run.app_name};
  });
}

Result<void> Submit::check_model(const std::optional<std::string>& model) const {
  if (!model || std::find(options_.models.begin(), options_.models.end(), *model) != options_.models.end()) return {};
  return Error{Code::kUnknownModel,
               "the model \"" + base::to_utf8(model->substr(0, 64)) + "\" is not configured" +
                   base::did_you_mean(*model, options_.models),
               "chatModelId"};
}

}   // namespace capid::runs

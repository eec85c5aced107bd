// SPDX-License-Identifier: Apache-2.0
#include "runs/dispatch.h"

#include <condition_variable>
#include <map>
#include <mutex>

#include "base/log.h"
#include "runs/active.h"
#include "runs/ending.h"
#include "runs/input_folder.h"
#include "store/workspaces.h"
#include "threads/threads.h"

namespace capid::runs {
namespace {

constexpr int kRecordFlushMs = 250;
constexpr int kStoreRetryMs = 1'000;
constexpr std::chrono::seconds kLastSettlements{10};
constexpr int kWorkspaceCheckMs = 500;

// Gone: somebody else took it, or it was ended while it waited. Expired: its time to begin is over, and it has been ended for that.
enum class Claim { kOurs, kGone, kExpired };

}   // namespace

struct Dispatch::State {
  Options options;
  Queue& queue;
  apps::Registry& apps;
  const secrets::Secrets& secrets;
  files::Blobs& blobs;
  WorkspaceFolders& workspaces;
  store::Writer& writer;
  store::Readers& readers;
  const Settle& settle;
  threads::Feed& feed;
  sandbox::Sandbox& sandbox;
  Outlets& outlets;
  base::EventLoop& loop;
  base::WorkerPool& workers;
  Ending ending{{.node = options.node,
                 .per_cpu_second = options.per_cpu_second,
                 .on_over = [this](const Active& run) { leave(run); }},
                blobs,
                workspaces,
                writer,
                settle,
                ResultCheck(sandbox, outlets.program()),
                loop,
                workers};

  std::mutex mutex;
  std::condition_variable settled;
  std::map<std::string, std::shared_ptr<Active>> active;   // by run id
  bool interrupting = false;

  void wake() {
    while (auto run = queue.pop()) {
      workers.post([this, run = std::move(*run)] { start(run); });
    }
  }

  // Known before it is claimed: whoever reads that a run is running can cancel it.
  void start(const QueuedRun& queued) {
    auto run = std::make_shared<Active>();
    run->queued = queued;
    {
      std::lock_guard lock(mutex);
      active[queued.id] = run;
    }
    auto claimed = claim(*run);
    if (!claimed) {
      base::log::error("a run could not be claimed; it waits in the queue",
                       {{"run", queued.id}, {"error", claimed.error().detail}});
      queue.push(queued);
      return loop.after(kStoreRetryMs, [this, run] { workers.post([this, run] { leave(*run); }); });
    }
    if (*claimed != Claim::kOurs) {
      settle.announce(queued.id, *claimed == Claim::kExpired ? std::optional(store::RunStatus::kFailed) : std::nullopt);
      return leave(*run);
    }
    feed.announce(queued.id);
    if (auto prepared = prepare(*run); !prepared) {
      base::log::error("a run could not be prepared",
                       {{"run", queued.id}, {"error", prepared.error().message}, {"detail", prepared.error().detail}});
      return ending.end_unlaunched(run, prepared.error());
    }
    launch(run);
  }

  Result<Claim> claim(Active& run) {
    return writer.commit([&](store::Transaction& transaction) -> Result<Claim> {
      auto row = TRY(store::find_run(transaction.database(), run.queued.id));
      if (!row || row->status != store::RunStatus::kPending) return Claim::kGone;
      if (row->expires_at && *row->expires_at <= options.clock.now_ms()) {
        TRY(settle.unstarted(transaction, {.id = row->id, .account = row->account, .attempt = row->attempt},
                             expired()));
        return Claim::kExpired;
      }
      run.thread = row->thread ? *row->thread : TRY(store::insert_thread(transaction, row->account, row->app));
      const auto attempt = TRY(store::claim_run(
          transaction, row->id, {.node = options.node, .thread = run.thread, .degraded = options.degraded}));
      if (!attempt) return Claim::kGone;
      run.row = std::move(*TRY(store::find_run(transaction.database(), row->id)));
      TRY(threads::append_status(transaction, {.thread = run.thread, .run = run.row.id}, "running",
                                 "Starting sandbox"));
      return Claim::kOurs;
    });
  }

  Result<void> prepare(Active& run) {
    run.version = TRY(apps.find(run.row.app, run.row.app_version));
    run.host = TRY(host_view(run.version->manifest, apps.host_rules()));
    run.secrets = TRY(open_secrets(run.version->manifest, secrets, readers));
    run.folder = options.runs_folder + "/" + run.row.id;
    const auto files = TRY(store::files_of_run(*readers.lend(), run.row.id));
    TRY(lay_out_inputs(run.folder + "/in", run.row, files, blobs));
    if (run.row.thread_start.value_or(0) > 0) TRY(lay_out_thread(run.folder + "/in", run.row, readers));
    return prepare_workspace(run);
  }

  Result<void> prepare_workspace(Active& run) {
    if (!run.row.options.workspace) return {};
    const auto workspace = TRY(store::find_workspace(*readers.lend(), run.row.account, *run.row.options.workspace));
    CHECK(workspace);   // no workspace is removed while a run of its own is unfinished
    TRY(workspaces.open(workspace->folder));
    run.workspace = workspace->folder;
    return {};
  }

  void launch(const std::shared_ptr<Active>& run) {
    sandbox::Callbacks callbacks;
    listen(run, callbacks);
    callbacks.on_end = [this, run](sandbox::Outcome outcome) {
      for (const auto& reader : {run->transcript.get(), run->events.get()}) {
        if (reader) reader->finish();
      }
      settle.metrics().observe(run->row, outcome.wall_ms, std::chrono::steady_clock::now() - run->launched_at);
      workers.post([this, run, outcome = std::make_shared<sandbox::Outcome>(std::move(outcome))] {
        outlets.close(*run, [=, this] { workers.post([=, this] { ending.end(run, outcome, stop_of(*run)); }); });
      });
    };
    sandbox::Spec spec = spec_for(*run, workspaces, options.default_timeout_ms);
    outlets.prepare(run, spec, callbacks);
    std::lock_guard lock(mutex);
    run->launched_at = std::chrono::steady_clock::now();
    run->handle = sandbox.launch(std::move(spec), std::move(callbacks));
    run->secrets.clear();
    if (interrupting) stop(*run, Stop::kShutdown);
    if (run->stop != Stop::kNone) sandbox.terminate(run->handle);
  }

  static void listen(const std::shared_ptr<Active>& run, sandbox::Callbacks& callbacks) {
    const transcripts::Listener listener{
        .on_step = [record = run->record](const transcripts::Step& step) { record->add_step(step); },
        .on_title = [record = run->record](const transcripts::FileTitle& title) { record->add_title(title); }};
    run->events = transcripts::make_reader(transcripts::Language::kEvents, listener);
    callbacks.on_events = [run](std::string_view bytes) { run->events->feed(bytes); };
    callbacks.on_stderr = [record = run->record](std::string_view bytes) { record->add_stderr(bytes); };
    if (const auto language = language_of(run->version->manifest)) {
      run->transcript = transcripts::make_reader(*language, listener);
      callbacks.on_stdout = [run](std::string_view bytes) { run->transcript->feed(bytes); };
    }
  }

  Stop stop_of(const Active& run) {
    std::lock_guard lock(mutex);
    return run.stop;
  }

  // With the mutex held.
  void stop(Active& run, Stop reason) {
    if (run.stop == Stop::kNone) run.stop = reason;
    if (run.handle != 0) sandbox.terminate(run.handle);
  }

  void cancel(const std::string& id) {
    std::lock_guard lock(mutex);
    const auto found = active.find(id);
    if (found != active.end()) stop(*found->second, Stop::kCancelled);
  }

  // Those that have been launched: what they are is then written and does not change.
  std::vector<std::shared_ptr<Active>> in_workspaces() {
    std::lock_guard lock(mutex);
    std::vector<std::shared_ptr<Active>> runs;
    for (const auto& [id, run] : active) {
      if (run->handle != 0 && !run->workspace.empty()) runs.push_back(run);
    }
    return runs;
  }

  // A workspace lies on the host's disk, which no quota of the sandbox guards: it is looked at again and again.
  void check_workspaces() {
    for (const auto& run : in_workspaces()) {
      if (run->measured.exchange(true)) continue;
      workers.post([this, run] {
        const int64_t most = run->version->manifest.limits.disk_bytes;
        const bool full = workspaces.size(run->workspace, most).value_or(0) > most;
        run->measured = false;
        std::lock_guard lock(mutex);
        if (full) stop(*run, Stop::kWorkspaceFull);
      });
    }
  }

  void leave(const Active& run) {
    queue.finished(run.queued);
    {
      std::lock_guard lock(mutex);
      const auto found = active.find(run.queued.id);   // another try of the same run may be there by now
      if (found != active.end() && found->second.get() == &run) active.erase(found);
    }
    settled.notify_all();
    wake();
  }

  std::vector<std::shared_ptr<Active>> all_active() {
    std::lock_guard lock(mutex);
    std::vector<std::shared_ptr<Active>> runs;
    for (const auto& [id, run] : active) runs.push_back(run);
    return runs;
  }

  void flush_records() {
    for (const auto& run : all_active()) {
      run->record->hand_over([&](std::vector<threads::News> news) {
        if (news.empty()) return;
        const threads::Place place{.thread = run->thread, .run = run->row.id};
        const auto job = [place, news = std::move(news)](store::Transaction& transaction) {
          return threads::append(transaction, place, news);
        };
        writer.submit(job, [this, id = run->row.id](const Result<void>& durable) {
          if (!durable) base::log::error("some of a run's events were lost", {{"error", durable.error().detail}});
          feed.announce(id);
        });
      });
    }
  }

  void drain(std::chrono::milliseconds grace) {
    queue.close();
    std::unique_lock lock(mutex);
    const auto all_settled = [&] { return queue.running() == 0; };
    if (settled.wait_for(lock, grace, all_settled)) return;
    interrupting = true;
    for (const auto& [id, run] : active) stop(*run, Stop::kShutdown);
    if (settled.wait_for(lock, kLastSettlements, all_settled)) return;
    base::log::error("some runs could not be settled; they will be at the next start");
    ending.give_up();
    outlets.give_up();
    settled.wait(lock, all_settled);
  }
};

Dispatch::Dispatch(Options options, Queue& queue, apps::Registry& apps, const secrets::Secrets& secrets,
                   files::Blobs& blobs, WorkspaceFolders& workspaces, store::Writer& writer, store::Readers& readers,
                   const Settle& settle, threads::Feed& feed, sandbox::Sandbox& sandbox, Outlets& outlets,
                   base::EventLoop& loop, base::WorkerPool& workers)
    : state_(new State{.options = std::move(options),
                       .queue = queue,
                       .apps = apps,
                       .secrets = secrets,
                       .blobs = blobs,
                       .workspaces = workspaces,
                       .writer = writer,
                       .readers = readers,
                       .settle = settle,
                       .feed = feed,
                       .sandbox = sandbox,
                       .outlets = outlets,
                       .loop = loop,
                       .workers = workers}) {
  remove_folder(state_->options.runs_folder);
  loop.every(kRecordFlushMs, [state = state_.get()] { state->flush_records(); });
  loop.every(kWorkspaceCheckMs, [state = state_.get()] { state->check_workspaces(); });
}

Dispatch::~Dispatch() = default;

void Dispatch::wake() { state_->wake(); }

void Dispatch::cancel(const std::string& run) { state_->cancel(run); }

void Dispatch::drain(std::chrono::milliseconds grace) { state_->drain(grace); }

}   // namespace capid::runs

// SPDX-License-Identifier: Apache-2.0
#include "server/server.h"

#include <malloc.h>
#include <sys/resource.h>

#include "accounts/accounts.h"
#include "accounts/setup.h"
#include "base/event_loop.h"
#include "base/log.h"
#include "base/worker_pool.h"
#include "runs/cancel.h"
#include "runs/dispatch.h"
#include "runs/expire.h"
#include "runs/recover.h"
#include "sandbox/protection.h"
#include "server/data_folder.h"
#include "server/gateway_options.h"
#include "server/open_store.h"
#include "server/page.h"
#include "server/part_options.h"
#include "server/process_metrics.h"
#include "store/artifacts.h"
#include "store/runs.h"
#include "store/workspaces.h"

namespace capid::server {
namespace {

constexpr const char* kNode =
    "local";   // one server a data folder; several machines on one store will each have a name
constexpr size_t kReaders = 8;
constexpr size_t kKeyReaders = 4;   // of their own: a slow list keeps nobody from being recognised
constexpr size_t kWorkers = 8;
constexpr int kLastUsedFlushMs = 2'000;
constexpr int kExpireMs = 500;
constexpr int kForgetKeysMs = 5'000;
constexpr int kForgetSessionsMs = 60'000;
constexpr std::chrono::seconds kLastDeliveries{3};
constexpr size_t kMostWatchers = 2'000;

// Each run and each connection takes a few.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// The allocator would give each few threads an arena of their own, and each keeps what its busiest moment took. What is allocated
// here is little enough for two. Before there is a second thread.
void share_arenas() { ::mallopt(M_ARENA_MAX, 2); }

Result<void> make_first_account(store::Writer& writer, const credits::Prices& prices) {
  return writer.commit([&](store::Transaction& transaction) -> Result<void> {
    if (TRY(store::find_account_by_name(transaction.database(), accounts::kFirstAccount))) return {};
    const std::string id = TRY(accounts::add(transaction, accounts::kFirstAccount, "admin"));
    return credits::open_account(transaction, prices, id);
  });
}

}   // namespace

// What answers the routes.
struct Api {
  api::Runs runs;
  api::Artifacts artifacts;
  api::Events events;
  api::Apps apps;
  api::Workspaces workspaces;
  api::Usage usage;
  api::OpenApi openapi;
  api::Health health;
  api::Metrics metrics;
  api::RateLimit rate_limit;
};

// They are destroyed in the opposite order; stop() has its own.
struct Server::Parts {
  config::Config config;
  sandbox::CgroupTree cgroups;
  std::vector<std::string> missing_protection;   // what this host lacks
  DataFolder folder;
  base::Fd lock;
  base::SystemClock clock;
  base::EventLoop loop;
  std::unique_ptr<sandbox::Sandbox> sandbox;
  std::optional<base::SecretKey> instance_secret;
  std::unique_ptr<store::Writer> writer;
  std::unique_ptr<store::Readers> readers;
  std::unique_ptr<store::Readers> key_readers;
  std::unique_ptr<accounts::Sessions> sessions;
  std::unique_ptr<files::Blobs> blobs;
  threads::Feed feed;
  runs::RunMetrics run_metrics;
  runs::WorkspaceFolders workspaces;
  std::unique_ptr<keys::Verifier> verifier;
  std::unique_ptr<apps::Registry> apps;
  std::unique_ptr<secrets::Secrets> secrets;
  std::unique_ptr<net::AddressGuard> guard;
  std::unique_ptr<webhooks::Secrets> webhook_secrets;
  std::unique_ptr<store::Readers> outbox_readers;
  std::unique_ptr<webhooks::Outbox> outbox;
  std::unique_ptr<webhooks::Targets> targets;
  std::unique_ptr<runs::Settle> settle;
  std::unique_ptr<net::AddressGuard> egress_guard;
  std::unique_ptr<egress::Egress> egress;
  std::unique_ptr<store::Readers> gateway_readers;
  std::unique_ptr<gateway::Gateway> gateway;
  std::unique_ptr<runs::Outlets> outlets;
  std::unique_ptr<runs::Queue> queue;
  runs::WaitingClock waiting_clock{clock};
  std::unique_ptr<runs::Expiry> expiry;   // before the workers, who call it until they have ended
  std::unique_ptr<base::WorkerPool> workers;
  std::unique_ptr<runs::Dispatch> dispatch;
  std::unique_ptr<runs::Idempotency> idempotency;
  std::unique_ptr<runs::Submit> submit;
  std::unique_ptr<runs::Cancel> cancel;
  std::unique_ptr<runs::Retention> retention;
  std::unique_ptr<Api> api;
  std::unique_ptr<Page> page;
  std::unique_ptr<http::Routes> routes;
  std::unique_ptr<http::Server> http;
  std::atomic<bool> draining{false};

  Parts(config::Config its_config, sandbox::CgroupTree its_cgroups)
      : config(std::move(its_config)),
        cgroups(std::move(its_cgroups)),
        folder(config.data),
        workspaces(folder.workspaces()) {}

  Result<void> start_sandbox() {
    lock = TRY(folder.lock());
    share_arenas();
    raise_descriptor_limit();   // the fork server has it from here
    sandbox =
        TRY(sandbox::Sandbox::start(loop, {.cgroups = cgroups}));   // before there is a second thread or any secret
    missing_protection = sandbox::missing_protection(cgroups);
    for (const std::string& what : missing_protection) {
      if (config.sandbox.strict)
        return Error{Code::kInvalidParameter,
                     "sandbox.strict forbids runs with less protection than there can be, and " + what};
      base::log::warn("runs have less protection than they could: " + what);
    }
    return {};
  }

  Result<void> start_store() {
    instance_secret = TRY(folder.open_secret());
    const base::SecretKey& secret = *instance_secret;
    auto database = TRY(open_store(folder));
    const std::string newest = TRY(store::newest_id(database));
    writer = std::make_unique<store::Writer>(std::move(database), clock, newest);
    readers = TRY(store::Readers::open(folder.database(), kReaders));
    key_readers = TRY(store::Readers::open(folder.database(), kKeyReaders));
    verifier = std::make_unique<keys::Verifier>(*key_readers, clock, secret);
    sessions = std::make_unique<accounts::Sessions>(*key_readers, *writer, clock, secret);
    secrets = std::make_unique<secrets::Secrets>(secret);
    webhook_secrets = std::make_unique<webhooks::Secrets>(secret);
    TRY(make_first_account(*writer, prices_of(config.credits)));
    blobs = std::make_unique<files::Blobs>(TRY(files::Blobs::open(folder.files(), clock)));
    const auto kept = TRY(store::workspace_folders(*readers->lend()));
    workspaces.sweep({kept.begin(), kept.end()});
    return blobs->sweep([this](const std::string& blob) { return store::blob_is_used(*readers->lend(), blob); });
  }

  Result<void> start_webhooks() {
    guard = std::make_unique<net::AddressGuard>(TRY(net::AddressGuard::make(config.webhooks.allow)));
    targets = std::make_unique<webhooks::Targets>(*guard);
    outbox_readers = TRY(store::Readers::open(folder.database(), 1));
    outbox = std::make_unique<webhooks::Outbox>(outbox_options(config.webhooks, kNode), *guard, *webhook_secrets,
                                                *writer, *outbox_readers, clock);
    settle = std::make_unique<runs::Settle>(config.public_url, feed, run_metrics, [this] { outbox->wake(); });
    return outbox->recover();
  }

  Result<void> start_runs() {
    apps = std::make_unique<apps::Registry>(
        apps::Registry::Options{.apps_folder = config.apps.empty() ? folder.apps() : config.apps,
                                .versions_folder = folder.versions(),
                                .host_rules = {.allow = config.sandbox.mount_allow, .own = folder.path()}},
        *writer, *readers);
    TRY(apps->start());
    queue = std::make_unique<runs::Queue>(config.runs.concurrency, config.runs.queue_limit);
    egress_guard = std::make_unique<net::AddressGuard>(TRY(net::AddressGuard::make(config.egress.allow)));
    egress = std::make_unique<egress::Egress>(*egress_guard);
    egress->start();
    gateway_readers = TRY(store::Readers::open(folder.database(), 1));   // nobody may keep its one thread waiting
    gateway = std::make_unique<gateway::Gateway>(TRY(gateway_options(config)), *writer, *gateway_readers, feed);
    gateway->start();
    outlets = std::make_unique<runs::Outlets>(outlet_options(config, folder), *sandbox, *egress, *gateway);
    workers = std::make_unique<base::WorkerPool>(kWorkers);
    dispatch =
        std::make_unique<runs::Dispatch>(runs::Dispatch::Options{.node = kNode,
                                                                 .runs_folder = folder.runs(),
                                                                 .default_timeout_ms = config.runs.default_timeout_ms,
                                                                 .degraded = !missing_protection.empty(),
                                                                 .per_cpu_second = config.credits.per_cpu_second,
                                                                 .clock = waiting_clock},
                                         *queue, *apps, *secrets, *blobs, workspaces, *writer, *readers, *settle, feed,
                                         *sandbox, *outlets, loop, *workers);
    TRY(runs::recover(kNode, *queue, *apps, *writer, *readers, *settle));
    idempotency = std::make_unique<runs::Idempotency>(*readers, clock);
    submit = std::make_unique<runs::Submit>(submit_options(config), *apps, *targets, *blobs, *writer, *queue,
                                            *idempotency, waiting_clock, [this] {
                                              dispatch->wake();
                                              feed.announce(threads::Feed::kAnyRun);
                                            });
    cancel = std::make_unique<runs::Cancel>(*dispatch, *queue, *writer, *readers, *settle, feed);
    expiry =
        std::make_unique<runs::Expiry>(*queue, *writer, *readers, waiting_clock, *settle, [this] { dispatch->wake(); });
    retention =
        std::make_unique<runs::Retention>(retention_options(config.retention), *writer, *readers, clock, *blobs, *apps);
    loop.every(kLastUsedFlushMs, [this] { verifier->flush_last_used(*writer); });
    loop.every(kForgetKeysMs, [this] { idempotency->forget_old(*writer); });
    loop.every(kForgetSessionsMs, [this] { sessions->forget_old(); });
    loop.every(kExpireMs, [this] { workers->post([this] { expiry->end_due(); }); });
    loop.start();
    return sandbox::self_test(*sandbox);
  }

  Result<void> start_http() {
    TRY(start_api());
    http = std::make_unique<http::Server>(TRY(http_options(config, folder)), *routes);
    TRY(http->start());
    TRY(folder.write_server_url(config.tls ? "unix:" + folder.local_socket() : http->urls().front()));
    outbox->start();    // only now: a server that cannot listen must have sent nothing,
    dispatch->wake();   // and started no agents
    retention->start();
    return {};
  }

  Result<void> start_api() {
    api.reset(new Api{
        .runs =
            {{.submit = *submit, .cancel = *cancel, .apps = *apps, .blobs = *blobs, .readers = *readers, .feed = feed},
             config.public_url},
        .artifacts = {*blobs, *readers, config.public_url},
        .events = {*readers, feed, [this](const keys::Grant& grant) { return recheck(grant); }, kMostWatchers},
        .apps = {*apps, *submit, *blobs},
        .workspaces = {workspaces, *writer, *readers},
        .usage = {*readers, clock, config.credits.enforce},
        .openapi = {*apps, config.public_url},
        .health = {*apps, *verifier, [this] { return is_ready(); }},
        .metrics = api::Metrics({[this](base::MetricsText& text) { return count_all(text); }}),
        .rate_limit = api::RateLimit(config.requests_per_minute),
    });
    const api::Handlers handlers{api->runs,  api->artifacts, api->events, api->apps,   api->workspaces,
                                 api->usage, api->openapi,   api->health, api->metrics};
    page = TRY(Page::make({.config = config,
                           .folder = folder,
                           .clock = clock,
                           .instance_secret = *instance_secret,
                           .writer = *writer,
                           .readers = *readers,
                           .feed = feed,
                           .apps = *apps,
                           .webhook_secrets = *webhook_secrets,
                           .webhook_targets = *targets,
                           .sessions = *sessions,
                           .programs = handlers,
                           .wake_outbox = [this] { outbox->wake(); },
                           .cgroups = cgroups,
                           .missing_protection = missing_protection,
                           .listening = [this] { return http->urls(); }}));
    auto all = api::routes(handlers, *verifier, api->rate_limit);
    for (http::Route& route : page->routes()) all.push_back(std::move(route));
    routes = std::make_unique<http::Routes>(std::move(all));
    return {};
  }

  // Whether a caller who watches for long may still do so.
  Result<void> recheck(const keys::Grant& grant) {
    if (grant.key) return verifier->recheck(grant);
    const store::Session session = TRY(sessions->recheck(grant.session));
    if (grant.reaches_all && !session.is_admin) return Error{Code::kAdminsOnly, "no admin any more"};
    return {};
  }

  Result<void> count_all(base::MetricsText& text) {
    http->write_metrics(text);
    runs::write_metrics(run_metrics, *queue, text);
    gateway->write_metrics(text);
    const store::Writer::Metrics& commits = writer->metrics();
    text.family("capid_store_commit_seconds", "histogram", "How long commits took, which is how long the disk did.");
    text.samples(commits.commit_seconds);
    text.family("capid_store_batch_jobs", "histogram", "How many changes one commit made durable.");
    text.samples(commits.batch);
    text.family("capid_store_failures_total", "counter", "Commits that the disk did not take.");
    text.sample({}, static_cast<double>(commits.failed.value()));
    write_process_metrics(text, folder.path());
    auto reader = readers->lend();
    return webhooks::write_metrics(outbox->metrics(), *reader, text);
  }

  Result<void> is_ready() {
    if (draining) return Error{Code::kShuttingDown, "capid is shutting down"};
    return writer->commit([](store::Transaction&) -> Result<void> { return {}; });
  }

  void stop() {
    if (draining.exchange(true)) return;
    if (submit) submit->stop_accepting();
    if (retention) retention->stop();
    if (dispatch) dispatch->drain(std::chrono::milliseconds(config.runs.shutdown_grace_ms));
    feed.close();
    if (http) http->stop();
    if (outbox) outbox->stop(kLastDeliveries);
    if (http && !http->urls().empty())
      folder.remove_server_url();   // where the start failed, it may be another server's
    loop.stop();                    // first: its timers post to the workers
    if (workers) workers->finish();
    if (egress) egress->stop();
    if (gateway) gateway->stop();
    if (verifier && writer) verifier->flush_last_used(*writer);
  }
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::start(const config::Config& config, const sandbox::CgroupTree& cgroups) {
  std::unique_ptr<Server> server(new Server(std::make_unique<Parts>(config, cgroups)));
  TRY(server->parts_->start_sandbox());
  TRY(server->parts_->start_store());
  TRY(server->parts_->start_webhooks());
  TRY(server->parts_->start_runs());
  TRY(server->parts_->start_http());
  return server;
}

const std::vector<std::string>& Server::urls() const { return parts_->http->urls(); }

bool Server::needs_setup() const {
  const auto account = store::find_account_by_name(*parts_->readers->lend(), accounts::kFirstAccount);
  return account && *account && !(*account)->has_password;
}

Result<std::string> Server::make_setup_token() {
  return parts_->writer->commit([&](store::Transaction& transaction) {
    return accounts::make_setup_token(transaction, *parts_->instance_secret);
  });
}

void Server::prove_alive(std::chrono::milliseconds interval, std::function<void()> tell) {
  parts_->loop.every(static_cast<int>(interval.count()), [this, tell = std::move(tell)] {
    parts_->writer->submit([](store::Transaction&) -> Result<void> { return {}; }, [tell](Result<void>) { tell(); });
  });
}

void Server::stop() { parts_->stop(); }

}   // namespace capid::server

// SPDX-License-Identifier: Apache-2.0
#include "apps/registry.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>

#include "apps/snapshot.h"
#include "apps/watcher.h"
#include "base/log.h"
#include "base/text.h"
#include "store/app_versions.h"

namespace capid::apps {
namespace {

namespace fs = std::filesystem;

// None where an error came before or comes now.
std::vector<std::string> names_in(const std::string& folder, std::error_code& error) {
  std::vector<std::string> names;
  if (error) return names;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error))
    names.push_back(entry->path().filename().string());
  return names;
}

}   // namespace

Result<std::vector<std::string>> app_ids(const std::string& apps_folder) {
  std::vector<std::string> ids;
  std::error_code error;
  for (auto entry = fs::directory_iterator(apps_folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code ignored;
    if (is_app_id(name) && entry->is_directory(ignored)) ids.push_back(name);
  }
  if (error) return Error{Code::kInternal, "the apps folder " + apps_folder + " cannot be read", {}, error.message()};
  std::sort(ids.begin(), ids.end());
  return ids;
}

struct Registry::State {
  Options options;
  store::Writer& writer;
  store::Readers& readers;
  std::mutex refreshing;      // the first reading and the watcher's thread may meet
  mutable std::mutex mutex;   // guards what follows; never held over a read of the disk
  std::map<std::string, AppState> apps;
  std::map<std::string, std::shared_ptr<const Version>> older;   // by snapshot folder
  std::unique_ptr<Watcher> watcher;

  std::string snapshots_of(const std::string& app) const { return options.versions_folder + "/" + app; }

  Result<std::shared_ptr<const Version>> load(const std::string& app, const std::string& version) const {
    auto loaded = std::make_shared<Version>();
    loaded->app = app;
    loaded->version = version;
    loaded->folder = snapshots_of(app) + "/" + version;
    loaded->manifest = TRY(read_manifest(loaded->folder, app));
    return std::shared_ptr<const Version>(std::move(loaded));
  }

  // The live manifest is read first only so that a broken one is reported under the path where its author will mend it.
  Result<std::shared_ptr<const Version>> take(const std::string& app) const {
    const std::string folder = options.apps_folder + "/" + app;
    TRY(read_manifest(folder, app, &options.host_rules));
    const std::string version = TRY(take_snapshot(folder, snapshots_of(app)));
    auto loaded = TRY(load(app, version));
    TRY(writer.commit([&](store::Transaction& transaction) {
      return store::insert_app_version(transaction, {.app = app, .version = version});
    }));
    return loaded;
  }

  void refresh(const std::string& app) {
    if (!is_app_id(app)) return;
    std::lock_guard one_at_a_time(refreshing);
    std::error_code error;
    const auto kind = fs::status(options.apps_folder + "/" + app, error).type();
    if (kind == fs::file_type::none)   // not gone: it cannot be looked at
      return publish(app, Error{Code::kAppDisabled, "its folder cannot be looked at: " + error.message()});
    if (kind != fs::file_type::directory) {
      {
        std::lock_guard lock(mutex);
        if (apps.erase(app) == 0) return;
      }
      base::log::info("app removed", {{"app", app}});
      return remove_unused(app, "");
    }
    auto taken = take(app);
    publish(app, taken);
    if (taken) remove_unused(app, (*taken)->version);
  }

  void refresh_all() {
    std::set<std::string> names;
    if (auto ids = app_ids(options.apps_folder)) names.insert(ids->begin(), ids->end());
    {
      std::lock_guard lock(mutex);
      for (const auto& [app, ignored] : apps) names.insert(app);
    }
    for (const std::string& name : names) refresh(name);
  }

  void publish(const std::string& app, const Result<std::shared_ptr<const Version>>& taken) {
    std::lock_guard lock(mutex);
    AppState& state = apps[app];
    const std::string before = state.version ? state.version->version : state.problem;
    state = {.app = app, .version = taken ? *taken : nullptr, .problem = taken ? "" : taken.error().message};
    if (before == (taken ? state.version->version : state.problem)) return;
    if (taken) {
      base::log::info("app ready", {{"app", app}, {"version", state.version->version.substr(0, 12)}});
    } else {
      base::log::warn("app disabled", {{"app", app}, {"problem", state.problem}, {"detail", taken.error().detail}});
    }
  }

  // The row goes first: a run can then no longer be accepted for that version, and the folder may go.
  void remove_unused(const std::string& app, const std::string& current) {
    const auto unused = store::unused_app_versions(*readers.lend());
    if (!unused) return;
    for (const store::AppVersion& version : *unused) {
      if (version.app != app || version.version == current) continue;
      auto gone = writer.commit(
          [&](store::Transaction& transaction) { return store::remove_unused_app_version(transaction, version); });
      if (gone && *gone) remove_folder(app, version.version);
    }
  }

  void remove_unused() {
    std::lock_guard one_at_a_time(refreshing);
    const auto unused = store::unused_app_versions(*readers.lend());
    if (!unused) return;
    std::set<std::string> names;
    for (const store::AppVersion& version : *unused) names.insert(version.app);
    for (const std::string& app : names) remove_unused(app, current_version(app));
  }

  std::string current_version(const std::string& app) const {
    std::lock_guard lock(mutex);
    const auto found = apps.find(app);
    return found != apps.end() && found->second.version ? found->second.version->version : "";
  }

  void remove_folder(const std::string& app, const std::string& version) {
    const std::string folder = snapshots_of(app) + "/" + version;
    {
      std::lock_guard lock(mutex);
      older.erase(folder);
    }
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  // Snapshots without a row are what a crash left between the copy and its commit.
  Result<void> sweep() {
    std::set<std::string> kept;
    for (const store::AppVersion& version : TRY(store::list_app_versions(*readers.lend()))) {
      kept.insert(version.app + "/" + version.version);
    }
    std::error_code error;
    for (const std::string& app : names_in(options.versions_folder, error)) {
      for (const std::string& version : names_in(options.versions_folder + "/" + app, error)) {
        const std::string name = app + "/" + version;
        if (!kept.contains(name)) fs::remove_all(options.versions_folder + "/" + name, error);
      }
    }
    if (error) return Error{Code::kInternal, "cannot look through " + options.versions_folder, {}, error.message()};
    return {};
  }
};

Registry::Registry(Options options, store::Writer& writer, store::Readers& readers)
    : state_(new State{.options = std::move(options), .writer = writer, .readers = readers}) {}

Registry::~Registry() = default;

void Registry::remove_unused_versions() { state_->remove_unused(); }

Result<void> Registry::start() {
  std::error_code error;
  fs::create_directories(state_->options.versions_folder, error);
  if (!error) fs::create_directories(state_->options.apps_folder, error);
  if (error)
    return Error{Code::kInternal, "cannot make the apps folder " + state_->options.apps_folder, {}, error.message()};
  TRY(state_->sweep());
  state_->watcher = TRY(Watcher::open(state_->options.apps_folder));
  state_->watcher->start([state = state_.get()](const std::set<std::string>& names) {
    if (names.empty()) return state->refresh_all();
    for (const std::string& name : names) state->refresh(name);
  });
  TRY(app_ids(state_->options.apps_folder));
  state_->refresh_all();
  return {};
}

Result<AppState> Registry::state(const std::string& app) const {
  std::lock_guard lock(state_->mutex);
  const auto found = state_->apps.find(app);
  if (found != state_->apps.end()) return found->second;
  std::vector<std::string> ids;
  for (const auto& [id, ignored] : state_->apps) ids.push_back(id);
  return Error{Code::kAppNotFound,
               "there is no app \"" + base::to_utf8(app.substr(0, 64)) + "\"" + base::did_you_mean(app, ids), "appId"};
}

Result<std::shared_ptr<const Version>> Registry::current(const std::string& app) const {
  AppState found = TRY(state(app));
  if (found.version) return std::move(found.version);
  return Error{Code::kAppDisabled, "the app \"" + app + "\" is disabled until its manifest is mended: " + found.problem,
               "appId"};
}

Result<std::shared_ptr<const Version>> Registry::find(const std::string& app, const std::string& version) {
  {
    std::lock_guard lock(state_->mutex);
    const auto found = state_->apps.find(app);
    if (found != state_->apps.end() && found->second.version && found->second.version->version == version)
      return found->second.version;
    const auto known = state_->older.find(state_->snapshots_of(app) + "/" + version);
    if (known != state_->older.end()) return known->second;
  }
  auto loaded = TRY(state_->load(app, version));
  std::lock_guard lock(state_->mutex);
  state_->older[loaded->folder] = loaded;
  return loaded;
}

const HostRules& Registry::host_rules() const { return state_->options.host_rules; }

std::vector<AppState> Registry::list() const {
  std::lock_guard lock(state_->mutex);
  std::vector<AppState> list;
  for (const auto& [id, state] : state_->apps) list.push_back(state);
  return list;
}

}   // namespace capid::apps

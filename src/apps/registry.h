// SPDX-License-Identifier: Apache-2.0
// The registry: which apps there are, in which version. It watches the apps folder; a saved change is a new version.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/manifest.h"
#include "store/readers.h"
#include "store/writer.h"

namespace capid::apps {

/// One immutable version of an app.
struct Version {
  std::string app;
  std::string version;   ///< the hash of its content
  std::string folder;    ///< the snapshot, to be mounted as /app
  Manifest manifest;
};

/// An app as its folder is now: a version, or what is wrong with it.
struct AppState {
  std::string app;
  std::shared_ptr<const Version> version;   ///< null: disabled
  std::string problem;
};

/// The ids of the apps in a folder, sorted. Names that cannot be ids, and hidden ones, are passed over.
[[nodiscard]] Result<std::vector<std::string>> app_ids(const std::string& apps_folder);

class Registry {
 public:
  struct Options {
    std::string apps_folder;
    std::string versions_folder;
    HostRules host_rules;
  };

  Registry(Options options, store::Writer& writer, store::Readers& readers);
  ~Registry();   ///< stops watching

  /// Reads every app once, then watches the folder on a thread of its own.
  [[nodiscard]] Result<void> start();

  /// Errors: kAppNotFound, with the nearest id; kAppDisabled, with what is wrong in the manifest.
  [[nodiscard]] Result<std::shared_ptr<const Version>> current(const std::string& app) const;

  /// A version that some run refers to, current or not.
  [[nodiscard]] Result<std::shared_ptr<const Version>> find(const std::string& app, const std::string& version);

  [[nodiscard]] std::vector<AppState> list() const;

  /// Takes away the snapshots that no run refers to any more, but for each app's current one. Blocks on the disk.
  void remove_unused_versions();

  /// What apps may see of the host, for a run that is about to start.
  [[nodiscard]] const HostRules& host_rules() const;

  /// One app of that list. Errors: kAppNotFound, with the nearest id.
  [[nodiscard]] Result<AppState> state(const std::string& app) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}   // namespace capid::apps

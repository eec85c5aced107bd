// SPDX-License-Identifier: Apache-2.0
// Watches the apps folder with inotify and says which apps changed, once they have been quiet for a moment.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "base/fd.h"

namespace capid::apps {

class Watcher {
 public:
  /// `changed` is called on the watcher's thread with the names of entries directly below `folder` that changed
  /// anywhere inside, or with nothing where too much happened to tell: then all may have.
  using Changed = std::function<void(const std::set<std::string>& names)>;

  /// Opens its descriptors at once, before runs can use up what the user may have of them.
  [[nodiscard]] static Result<std::unique_ptr<Watcher>> open(std::string folder);
  ~Watcher();

  /// Begins to watch what is there now. A change after this call is reported; one before it is not.
  void start(Changed changed);

 private:
  explicit Watcher(std::string folder) : folder_(std::move(folder)) {}
  void run();
  void watch_all();
  void watch_tree(const std::string& name);
  void add_watch(const std::string& path, const std::string& name);
  bool gather(std::set<std::string>& names);   ///< false: the watcher must stop

  std::string folder_;
  base::Fd inotify_;
  base::Pipe stop_;
  Changed changed_;
  std::map<int, std::string> names_;   ///< watch → the entry it lies in; empty: the folder itself
  std::thread thread_;
};

}   // namespace capid::apps

// SPDX-License-Identifier: Apache-2.0
#include "apps/watcher.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <filesystem>

namespace capid::apps {
namespace {

namespace fs = std::filesystem;

// Editors and copies write several times; an app is read once nothing has happened for this long.
constexpr int kQuietMs = 150;
constexpr uint32_t kEvents =
    IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

}   // namespace

Result<std::unique_ptr<Watcher>> Watcher::open(std::string folder) {
  std::unique_ptr<Watcher> watcher(new Watcher(std::move(folder)));
  watcher->inotify_ = base::Fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!watcher->inotify_)
    return base::system_error("cannot watch the apps folder: raise fs.inotify.max_user_instances", "inotify_init1");
  watcher->stop_ = TRY(base::make_pipe());
  return watcher;
}

Watcher::~Watcher() {
  stop_.write_end.reset();
  if (thread_.joinable()) thread_.join();
}

void Watcher::start(Changed changed) {
  changed_ = std::move(changed);
  watch_all();
  thread_ = std::thread([this] { run(); });
}

void Watcher::watch_all() {
  add_watch(folder_, "");
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_, ignored)) watch_tree(entry.path().filename().string());
}

void Watcher::watch_tree(const std::string& name) {
  const std::string top = folder_ + "/" + name;
  std::error_code ignored;
  if (!fs::is_directory(top, ignored)) return;
  add_watch(top, name);
  for (auto entry = fs::recursive_directory_iterator(top, ignored);
       !ignored && entry != fs::recursive_directory_iterator(); entry.increment(ignored)) {
    if (entry->is_directory(ignored) && !entry->is_symlink(ignored)) add_watch(entry->path().string(), name);
  }
}

void Watcher::add_watch(const std::string& path, const std::string& name) {
  const int watch = ::inotify_add_watch(inotify_.get(), path.c_str(), kEvents | IN_ONLYDIR);
  if (watch >= 0) names_[watch] = name;
}

void Watcher::run() {
  for (;;) {
    std::set<std::string> names;
    if (!gather(names)) return;
    if (names.contains("")) {
      names.clear();
      watch_all();
    }
    for (const std::string& name : names) watch_tree(name);
    changed_(names);
  }
}

// Waits for a first event, then until nothing comes for a while. An empty name among them stands for "all".
bool Watcher::gather(std::set<std::string>& names) {
  std::array<pollfd, 2> watched{{{inotify_.get(), POLLIN, 0}, {stop_.read_end.get(), POLLIN, 0}}};
  for (int timeout_ms = -1;; timeout_ms = kQuietMs) {
    const int ready = ::poll(watched.data(), watched.size(), timeout_ms);
    if (watched[1].revents != 0) return false;
    if (ready == 0) return true;
    alignas(inotify_event) char buffer[16384];
    const ssize_t got = ::read(inotify_.get(), buffer, sizeof buffer);
    for (ssize_t at = 0; at < got;) {
      const auto& event = *reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof event + event.len);
      const auto known = names_.find(event.wd);
      if (event.mask & IN_Q_OVERFLOW) {
        names.insert("");
      } else if (known != names_.end()) {
        const std::string& inside = known->second;
        names.insert(inside.empty() && event.len > 0 ? std::string(event.name) : inside);
      }
      if (event.mask & IN_IGNORED) names_.erase(event.wd);
    }
  }
}

}   // namespace capid::apps

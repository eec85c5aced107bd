// SPDX-License-Identifier: Apache-2.0
#include "sandbox/cgroup_tree.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <optional>
#include <thread>
#include <variant>

#include "base/text.h"
#include "sandbox/cgroup_files.h"
#include "sandbox/cgroup_mounts.h"

namespace capid::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* kControllers = "+cpu +memory +pids";
// The server is answered first: all runs together weigh this much beside its 100, wherever CPU is short.
constexpr const char* kRunsWeight = "20";
constexpr const char* kRunsShares = "205";   // the same in version 1, beside 1,024

struct Owner {
  uid_t user;
  gid_t group;
};

// A tree that cannot be had: what stood in the way.
struct Refusal {
  std::string why;
};
template <typename T>
using Made = std::variant<T, Refusal>;

Refusal refusal(const std::string& what) { return {what + ": " + std::strerror(errno)}; }

bool make_folder(const std::string& path) { return ::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST; }

// What its owner needs to make children and move processes. Files of the limits themselves stay root's.
bool give(const std::string& folder, const Owner& owner) {
  if (::geteuid() != 0) return true;
  if (::chown(folder.c_str(), owner.user, owner.group) != 0) return false;
  for (const char* file : {"cgroup.procs", "cgroup.threads", "cgroup.subtree_control", "tasks"}) {
    const std::string path = folder + "/" + file;
    if (::chown(path.c_str(), owner.user, owner.group) != 0 && errno != ENOENT) return false;
  }
  return true;
}

std::shared_ptr<const base::Fd> lock_folder(const std::string& path) {
  base::Fd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::flock(folder.get(), LOCK_EX | LOCK_NB) != 0) return nullptr;
  return std::make_shared<const base::Fd>(std::move(folder));
}

std::vector<std::string> children(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) found.push_back(entry->path().string());
  }
  return found;
}

// Deepest first. What still has a process in it stays.
void remove_tree(const std::string& folder) {
  for (const std::string& child : children(folder)) remove_tree(child);
  ::rmdir(folder.c_str());
}

// Trees of servers that are gone: nobody holds their lock.
void sweep(const std::string& shared) {
  for (const std::string& tree : children(shared)) {
    if (!lock_folder(tree)) continue;
    for (const std::string& child : children(tree)) write_cgroup_file(child, "cgroup.kill", "1");
    remove_tree(tree);
  }
}

// Servers that start at the same time take turns: a folder that its server has made, and does not hold yet, would be swept by
// another one. Returns 0 or an errno.
int make_in_turn(const std::string& shared, const std::string& own, const Owner& owner, CgroupTree& tree) {
  if (!make_folder(shared) || !give(shared, owner)) return errno;
  const base::Fd turn(::open(shared.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!turn || ::flock(turn.get(), LOCK_EX) != 0) return errno;
  sweep(shared);
  if (!make_folder(own) || !give(own, owner)) return errno;
  auto lock = lock_folder(own);
  if (!lock) return errno;
  tree.locks.push_back(std::move(lock));
  return 0;
}

// A folder for this server below `shared`, which the user's servers have together. Whoever cleans up may take that away while it
// is empty.
Made<std::string> make_own_folder(const std::string& shared, const Owner& owner, CgroupTree& tree) {
  constexpr int kTries = 10;
  const std::string own = shared + "/" + std::to_string(::getpid());
  int error = ENOENT;
  for (int tries = 0; error == ENOENT && tries < kTries; ++tries) error = make_in_turn(shared, own, owner, tree);
  if (error == 0) return own;
  errno = error;
  return refusal(own);
}

// Version 2. Processes live in leaves alone: this one in `server`, each run below `runs`.
Made<std::string> split(const std::string& folder, const Owner& owner) {
  const std::string server = folder + "/server", runs = folder + "/runs";
  if (!make_folder(server) || !give(server, owner)) return refusal(server);
  if (const int error = write_cgroup_file(server, "cgroup.procs", "0")) return errno = error, refusal(server);
  if (const int error = write_cgroup_file(folder, "cgroup.subtree_control", kControllers)) {
    write_cgroup_file(folder, "cgroup.procs", "0");
    ::rmdir(server.c_str());
    errno = error;
    return refusal(folder + "/cgroup.subtree_control");
  }
  if (!make_folder(runs) || !give(runs, owner) || !give(folder, owner)) return refusal(runs);
  if (const int error = write_cgroup_file(runs, "cgroup.subtree_control", kControllers))
    return errno = error, refusal(runs + "/cgroup.subtree_control");
  write_cgroup_file(runs, "cpu.weight", kRunsWeight);   // a courtesy: without it everything is only slower
  return runs;
}

bool has_controllers(const std::string& folder) {
  const auto listed = base::split(read_cgroup_file(folder, "cgroup.controllers"), ' ');
  const auto has = [&](const char* name) { return std::find(listed.begin(), listed.end(), name) != listed.end(); };
  return has("cpu") && has("memory") && has("pids");
}

Made<std::string> split_own(const CgroupPlace& place, const Owner& owner) {
  if (place.own == place.top) return Refusal{place.own + " is everybody's"};
  if (!has_controllers(place.own)) return Refusal{place.own + " lacks the cpu, memory or pids controller"};
  return split(place.own, owner);
}

// By root alone: a folder at the top, where only the topmost cgroup may hold processes beside children.
Made<std::string> split_top(const CgroupPlace& place, const Owner& owner, CgroupTree& tree) {
  if (!has_controllers(place.top)) return Refusal{place.top + " lacks the cpu, memory or pids controller"};
  if (const int error = write_cgroup_file(place.top, "cgroup.subtree_control", kControllers))
    return errno = error, refusal(place.top + "/cgroup.subtree_control");
  const std::string shared = shared_cgroup(place.top, owner.user);
  if (!make_folder(shared)) return refusal(shared);
  if (const int error = write_cgroup_file(shared, "cgroup.subtree_control", kControllers))
    return errno = error, refusal(shared + "/cgroup.subtree_control");
  auto own = make_own_folder(shared, owner, tree);
  if (std::holds_alternative<Refusal>(own)) return own;
  return split(std::get<std::string>(own), owner);
}

Made<CgroupTree> prepare_v2(const Owner& owner) {
  const auto place = find_cgroup_v2();
  if (!place) return Refusal{"cgroup version 2 is not mounted"};
  CgroupTree tree{.version = CgroupVersion::kTwo};
  auto runs = split_own(*place, owner);
  if (std::holds_alternative<Refusal>(runs) && ::geteuid() == 0) runs = split_top(*place, owner, tree);
  if (auto* refused = std::get_if<Refusal>(&runs)) return std::move(*refused);
  tree.memory = tree.pids = tree.cpu = tree.usage = std::get<std::string>(runs);
  return tree;
}

Made<CgroupTree> prepare_v1(const Owner& owner) {
  CgroupTree tree{.version = CgroupVersion::kOne};
  const std::pair<const char*, std::string*> wanted[] = {
      {"memory", &tree.memory}, {"pids", &tree.pids}, {"cpu", &tree.cpu}, {"cpuacct", &tree.usage}};
  std::vector<std::string> shared_folders;
  for (const auto& [controller, folder] : wanted) {
    const auto place = find_cgroup_v1(controller);
    if (!place) return Refusal{std::string("there is no cgroup hierarchy with the controller ") + controller};
    const std::string shared = shared_cgroup(place->own, owner.user);
    *folder = shared + "/" + std::to_string(::getpid());
    if (std::find(shared_folders.begin(), shared_folders.end(), shared) != shared_folders.end()) continue;
    shared_folders.push_back(shared);
    auto own = make_own_folder(shared, owner, tree);
    if (auto* refused = std::get_if<Refusal>(&own)) return std::move(*refused);
  }
  write_cgroup_file(tree.cpu, "cpu.shares", kRunsShares);
  return tree;
}

std::string advice(const std::string& v2, const std::string& v1) {
  return "no cgroups are delegated to capid (" + v2 + "; " + v1 +
         "): start it by its systemd unit, or on a desktop with: systemd-run --user --scope -p Delegate=yes capid "
         "serve";
}

}   // namespace

std::vector<std::string> CgroupTree::folders() const {
  std::vector<std::string> each;
  for (const std::string& folder : {memory, pids, cpu, usage}) {
    if (!folder.empty() && std::find(each.begin(), each.end(), folder) == each.end()) each.push_back(folder);
  }
  return each;
}

std::vector<std::string> CgroupTree::words() const {
  return {std::to_string(static_cast<int>(version)), memory, pids, cpu, usage};
}

CgroupTree CgroupTree::from_words(std::span<const char* const> words) {
  const int64_t version = words.size() == kWords ? base::to_integer(words[0]).value_or(0) : 0;
  if (version != 1 && version != 2) return {};
  return {.version = static_cast<CgroupVersion>(version),
          .memory = words[1],
          .pids = words[2],
          .cpu = words[3],
          .usage = words[4]};
}

CgroupTree prepare_cgroups(uid_t user, gid_t group) {
  const Owner owner{user, group};
  auto v2 = prepare_v2(owner);
  if (auto* tree = std::get_if<CgroupTree>(&v2)) {
    remove_run_cgroups(*tree);
    return std::move(*tree);
  }
  auto v1 = prepare_v1(owner);
  if (auto* tree = std::get_if<CgroupTree>(&v1)) return std::move(*tree);
  return {.missing = advice(std::get<Refusal>(v2).why, std::get<Refusal>(v1).why)};
}

std::string shared_cgroup(const std::string& parent, uid_t user) { return parent + "/capid-" + std::to_string(user); }

void remove_run_cgroups(const CgroupTree& tree) {
  constexpr int kTries = 100;
  for (int tries = 0; tries < kTries; ++tries) {
    bool any = false;
    for (const std::string& folder : tree.folders()) {
      for (const std::string& run : children(folder)) {
        write_cgroup_file(run, "cgroup.kill", "1");
        any |= ::rmdir(run.c_str()) != 0;
      }
    }
    if (!any) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void remove_cgroups(const CgroupTree& tree) {
  remove_run_cgroups(tree);
  for (const std::string& folder : tree.folders()) ::rmdir(folder.c_str());
}

}   // namespace capid::sandbox

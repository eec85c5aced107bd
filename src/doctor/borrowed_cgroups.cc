// SPDX-License-Identifier: Apache-2.0
#include "doctor/borrowed_cgroups.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "sandbox/cgroup_files.h"

namespace capid::doctor {
namespace {

constexpr const char* kControl = "cgroup.subtree_control";
constexpr const char* kProcesses = "cgroup.procs";
constexpr const char* kHere = "0";   // whoever writes it

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// Those that `folder` gives its children now, and did not before.
std::string without_added(const std::string& folder, const std::string& before) {
  std::string less;
  const auto old = base::split(before, ' ');
  for (const std::string& name : base::split(sandbox::read_cgroup_file(folder, kControl), ' ')) {
    if (!name.empty() && !contains(old, name)) less += (less.empty() ? "-" : " -") + name;
  }
  return less;
}

}   // namespace

BorrowedCgroups::BorrowedCgroups(uid_t user, gid_t group) : user_(user), home_(sandbox::find_cgroup_v2()) {
  if (home_) {
    parents_.push_back(home_->top);
    top_controllers_ = sandbox::read_cgroup_file(home_->top, kControl);
    struct stat home {};
    if (::stat(home_->own.c_str(), &home) == 0) home_user_ = home.st_uid, home_group_ = home.st_gid;
  }
  for (const char* controller : {"memory", "pids", "cpu", "cpuacct"}) {
    const auto place = sandbox::find_cgroup_v1(controller);
    if (place && !contains(parents_, place->own)) parents_.push_back(place->own);
  }
  for (const std::string& parent : parents_) {
    if (const std::string shared = sandbox::shared_cgroup(parent, user); exists(shared)) old_.push_back(shared);
  }
  tree_ = sandbox::prepare_cgroups(user, group);
}

BorrowedCgroups::~BorrowedCgroups() {
  sandbox::remove_cgroups(tree_);
  if (tree_.version == sandbox::CgroupVersion::kTwo) leave_version_2();
  remove_own_folders();
  if (!home_) return;
  if (const std::string less = without_added(home_->top, top_controllers_); !less.empty())
    sandbox::write_cgroup_file(home_->top, kControl, less);   // refused where others use them by now
}

// The runs' folder is gone by now. Home may hold processes again once it gives its children nothing.
void BorrowedCgroups::leave_version_2() {
  const std::string folder = tree_.memory.substr(0, tree_.memory.rfind('/'));
  sandbox::write_cgroup_file(folder, kControl, "-cpu -memory -pids");
  sandbox::write_cgroup_file(home_->own, kProcesses, kHere);
  ::rmdir((folder + "/server").c_str());
  if (folder == home_->own && ::geteuid() == 0) take_home_back();
}

// The preparation gave it to the user who would serve.
void BorrowedCgroups::take_home_back() const {
  for (const char* part : {"", "/cgroup.procs", "/cgroup.threads", "/cgroup.subtree_control"})
    (void)!::chown((home_->own + part).c_str(), home_user_, home_group_);
}

// Also what a preparation that failed half-way has made.
void BorrowedCgroups::remove_own_folders() {
  for (const std::string& parent : parents_) {
    const std::string shared = sandbox::shared_cgroup(parent, user_), own = shared + "/" + std::to_string(::getpid());
    for (const char* part : {"/runs", "/server", ""}) ::rmdir((own + part).c_str());
    if (!contains(old_, shared)) ::rmdir(shared.c_str());
  }
}

}   // namespace capid::doctor

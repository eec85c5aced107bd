// SPDX-License-Identifier: Apache-2.0
#include "sandbox/plan.h"

#include <linux/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "sandbox/landlock.h"
#include "sandbox/seccomp.h"

namespace capid::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kDevice = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;

// On a merged-usr system /bin and its kin are links into /usr; elsewhere they are folders of their own.
constexpr std::array kSystemFolders{"bin", "sbin", "lib", "lib32", "lib64", "libx32"};

// What programs need of /etc: how to load libraries, which programs are the default, which certificates to trust,
// fonts. Everything else of the host's /etc stays outside.
constexpr std::array kEtc{
    "etc/alternatives",           "etc/ld.so.cache", "etc/ssl/certs", "etc/ssl/openssl.cnf", "etc/pki/tls/certs",
    "etc/pki/ca-trust/extracted", "etc/fonts"};

constexpr std::array kDevices{"null", "zero", "full", "random", "urandom"};

constexpr std::array kMasked{"kcore",         "kallsyms",   "keys",        "key-users", "cmdline",
                             "sysrq-trigger", "timer_list", "sched_debug", "modules"};

constexpr const char* kPasswd =
    "root:x:0:0:root:/root:/usr/sbin/nologin\n"
    "agent:x:1000:1000:agent:/home/agent:/bin/sh\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
constexpr const char* kGroup = "root:x:0:\nagent:x:1000:\nnogroup:x:65534:\n";
constexpr const char* kHosts = "127.0.0.1 localhost capid\n::1 localhost\n";
constexpr const char* kNsswitch = "passwd: files\ngroup: files\nhosts: files\n";

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

void look_at_system_folders(SystemView& view) {
  view.binds.push_back({"/usr", "usr", kReadOnly, true});
  view.folders.push_back("usr");
  for (const std::string name : kSystemFolders) {
    const std::string path = "/" + name;
    std::error_code error;
    if (fs::is_symlink(path, error)) {
      view.links.push_back({fs::read_symlink(path).string(), name});
    } else if (is_folder(path)) {
      view.binds.push_back({path, name, kReadOnly, true});
      view.folders.push_back(name);
    }
  }
}

void look_at_etc(SystemView& view) {
  view.folders.push_back("etc");
  for (const std::string name : kEtc) {
    const std::string path = "/" + name;
    if (::access(path.c_str(), R_OK) != 0) continue;
    for (size_t slash = name.find('/', 4); slash != std::string::npos; slash = name.find('/', slash + 1)) {
      const std::string above = name.substr(0, slash);
      if (std::find(view.folders.begin(), view.folders.end(), above) == view.folders.end())
        view.folders.push_back(above);
    }
    const bool folder = is_folder(path);
    if (folder) view.folders.push_back(name);
    view.binds.push_back({path, name, kReadOnly, folder});
  }
  std::error_code error;
  const fs::path localtime = fs::read_symlink("/etc/localtime", error);
  if (!error) view.links.push_back({localtime.string(), "etc/localtime"});
  view.files = {{"etc/passwd", kPasswd},
                {"etc/group", kGroup},
                {"etc/hosts", kHosts},
                {"etc/hostname", "capid\n"},
                {"etc/nsswitch.conf", kNsswitch},
                {"etc/resolv.conf", "# no resolver in here\n"}};
}

void look_at_devices(SystemView& view) {
  view.folders.push_back("dev");
  view.folders.push_back("dev/shm");
  for (const std::string name : kDevices) view.binds.push_back({"/dev/" + name, "dev/" + name, kDevice, false});
  view.links.push_back({"/proc/self/fd", "dev/fd"});
  view.links.push_back({"/proc/self/fd/0", "dev/stdin"});
  view.links.push_back({"/proc/self/fd/1", "dev/stdout"});
  view.links.push_back({"/proc/self/fd/2", "dev/stderr"});
}

void look_at_proc(SystemView& view) {
  view.folders.push_back("proc");
  for (const std::string name : kMasked) view.masked.push_back("proc/" + name);
}

// The quota of what the agent may write, and what the root itself takes beside it.
std::string root_options(const SystemView& system, const Limits& limits) {
  constexpr int64_t kBytesPerInode = 8192, kLeastInodes = 1024,
                    kMostInodes = 1 << 20;   // as file systems on disk have it
  constexpr int64_t kPage = 4096, kOwnInodes = 256;
  const int64_t inodes = std::clamp(limits.disk_bytes / kBytesPerInode, kLeastInodes, kMostInodes);
  const int64_t own_bytes = static_cast<int64_t>(system.files.size()) * kPage;
  return "size=" + std::to_string(limits.disk_bytes + own_bytes) + ",nr_inodes=" + std::to_string(inodes + kOwnInodes);
}

std::vector<std::string> candidates_for(const std::string& program, const std::string& path) {
  if (program.find('/') != std::string::npos) return {program};
  std::vector<std::string> candidates;
  for (size_t start = 0; start <= path.size();) {
    const size_t end = std::min(path.find(':', start), path.size());
    if (end > start) candidates.push_back(path.substr(start, end - start) + "/" + program);
    start = end + 1;
  }
  return candidates;
}

std::vector<const char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  pointers.push_back(nullptr);
  return pointers;
}

}   // namespace

Result<SystemView> SystemView::look() {
  SystemView view;
  view.folders = {"home", "home/agent", "out", "tmp", "workspace"};
  look_at_system_folders(view);
  look_at_etc(view);
  look_at_devices(view);
  look_at_proc(view);
  view.uid_map = "1000 " + std::to_string(::geteuid()) + " 1\n";
  view.gid_map = "1000 " + std::to_string(::getegid()) + " 1\n";
  view.landlock = landlock_version();
  view.filter = TRY(compile_filter());
  return view;
}

Plan::Plan(const SystemView& system, Spec spec)
    : listen_ports(std::move(spec.listen_ports)), limits(spec.limits), looks_only(spec.looks_only) {
  for (const Mount& mount : spec.mounts) {
    const std::string target = mount.at.substr(1);
    const bool folder = is_folder(mount.host);
    const bool over_scratch = mount.at == kWorkingFolder;   // that folder is there already
    CHECK(!mount.writable || over_scratch);
    if (folder && !over_scratch) folders.push_back(target);
    binds.push_back({mount.host, target, mount.writable ? kWritable : kReadOnly, folder, mount.follow_links});
  }
  rootfs = std::move(spec.rootfs);
  root_options = sandbox::root_options(system, limits);

  std::string path = kPath;
  for (const auto& [name, value] : spec.env) {
    variables_.push_back(name + "=" + value);
    if (name == "PATH") path = value;
  }
  words_ = std::move(spec.argv);
  candidates = candidates_for(words_.front(), path);
  argv = pointers_to(words_);
  env = pointers_to(variables_);
}

}   // namespace capid::sandbox

// SPDX-License-Identifier: Apache-2.0
// The steps that build the sandbox's view of the file system. Each returns 0 or an errno.
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sandbox/mount_calls.h"
#include "sandbox/protocol.h"
#include "sandbox/steps.h"

namespace capid::sandbox {
namespace {

// Where the new root is put together: a folder that every system has and nothing of a run's lies below. Only this mount
// namespace sees it there.
constexpr const char* kConstruction = "/sys";

// Enough for the root itself; a run's own quota comes with its orders.
constexpr const char* kCommonRootOptions = "mode=0755,size=4m,nr_inodes=1024";

struct ScratchFolder {
  const char* path;
  mode_t mode;
};
constexpr ScratchFolder kScratchFolders[] = {
    {"out", 0755}, {"tmp", 01777}, {"home/agent", 0755}, {"dev/shm", 01777}, {"workspace", 0755}};

int make_file(int root, const char* path) {
  const int fd = ::openat(root, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd < 0) return errno;
  ::close(fd);
  return 0;
}

int attach(int root, int copy, const Bind& bind) {
  if (!bind.is_folder) {
    if (const int error = make_file(root, bind.target.c_str())) return error;
  }
  if (move_mount(copy, root, bind.target.c_str()) != 0) return errno;
  ::close(copy);
  return 0;
}

// A link in an image would lead from here to wherever it leads on the host.
int make_parents(int root, const std::string& path) {
  for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (::mkdirat(root, folder.c_str(), 0755) == 0) continue;
    if (errno != EEXIST) return errno;
    const int there = open_without_links(root, folder.c_str(), O_PATH | O_DIRECTORY);
    if (there < 0) return errno;
    ::close(there);
  }
  return 0;
}

int write_file(int root, const char* path, const char* content, int flags) {
  const int fd = ::openat(root, path, flags | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd < 0) return errno;
  const auto size = static_cast<ssize_t>(std::strlen(content));
  const int error = ::write(fd, content, static_cast<size_t>(size)) == size ? 0 : errno;
  ::close(fd);
  return error;
}

constexpr uint64_t kProcFile = kReadOnly | MOUNT_ATTR_NOEXEC;

int cover_with(int root, const char* source, const char* target, uint64_t attributes) {
  const int copy = copy_inside(root, source, attributes);
  if (copy < 0) return errno;
  const int error = move_mount(copy, root, target) == 0 ? 0 : errno;
  ::close(copy);
  return error;
}

}   // namespace

int make_mounts_private(Child&) {
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 ? 0 : errno;
}

int copy_mounts(Child& child) {
  const SystemView& system = child.system;
  for (size_t i = 0; i < system.binds.size(); ++i) {
    if ((child.system_binds[i] = copy_mount(system.binds[i])) < 0) return errno;
  }
  return 0;
}

int build_root(Child& child) {
  if (::mount("root", kConstruction, "tmpfs", MS_NOSUID | MS_NODEV, kCommonRootOptions) != 0) return errno;
  child.root = ::open(kConstruction, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (child.root < 0) return errno;
  for (const std::string& folder : child.system.folders) {
    if (::mkdirat(child.root, folder.c_str(), 0755) != 0) return errno;
  }
  return 0;
}

int attach_system(Child& child) {
  const SystemView& system = child.system;
  for (size_t i = 0; i < system.binds.size(); ++i) {
    if (const int error = attach(child.root, child.system_binds[i], system.binds[i])) return error;
  }
  return 0;
}

int write_etc(Child& child) {
  for (const SmallFile& file : child.system.files) {
    if (const int error = write_file(child.root, file.path.c_str(), file.content.c_str(), O_CREAT | O_EXCL))
      return error;
  }
  return 0;
}

// The device nodes themselves were bound with the system; what is left are the names that shells expect.
int make_devices(Child& child) {
  for (const Link& link : child.system.links) {
    if (::symlinkat(link.target.c_str(), child.root, link.path.c_str()) != 0) return errno;
  }
  return 0;
}

// hidepid=2 hides what the payload may not touch, init above all.
int mount_proc(Child& child) {
  if (::fchdir(child.root) != 0) return errno;
  return ::mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "hidepid=2") == 0 ? 0 : errno;
}

// With an empty file that nobody may write. Its name goes; what covers keeps it.
int mask_proc(Child& child) {
  constexpr const char* kEmpty = "empty";
  if (::faccessat(child.root, "proc/self", F_OK, 0) != 0) return errno;
  if (const int error = make_file(child.root, kEmpty)) return error;
  if (::fchmodat(child.root, kEmpty, 0444, 0) != 0) return errno;
  for (const std::string& path : child.system.masked) {
    const int error = cover_with(child.root, kEmpty, path.c_str(), kProcFile);
    if (error != 0 && error != ENOENT) return error;   // the server's own /proc may show less, so it is not asked
  }
  return ::unlinkat(child.root, kEmpty, 0) == 0 ? 0 : errno;
}

int attach_own(Child& child) {
  for (const Bind& bind : child.plan->binds) {
    if (const int error = make_parents(child.root, bind.target)) return error;
  }
  for (const std::string& folder : child.plan->folders) {
    if (::mkdirat(child.root, folder.c_str(), 0755) != 0) return errno;
  }
  for (const Bind& bind : child.plan->binds) {
    const int copy = copy_mount(bind);
    if (copy < 0) return errno;
    if (bind.attributes == kWritable) {
      if (const int error = allow_writing(child, copy)) return error;
    }
    if (const int error = attach(child.root, copy, bind)) return error;
  }
  return 0;
}

// One file system holds the root and everything that the agent may write, so that its quota is exact. The root's own
// mount becomes read-only; these folders are mounted over themselves and stay writable.
int make_scratch(Child& child) {
  for (const ScratchFolder& folder : kScratchFolders) {
    if (::fchmodat(child.root, folder.path, folder.mode, 0) != 0) return errno;
    if (const int error = cover_with(child.root, folder.path, folder.path, kWritable)) return error;
  }
  return 0;
}

int set_quota(Child& child) {
  const char* options = child.plan->root_options.c_str();
  if (::fchdir(child.root) != 0) return errno;
  return ::mount(nullptr, ".", nullptr, MS_REMOUNT | MS_NOSUID | MS_NODEV, options) == 0 ? 0 : errno;
}

// Written as the owner of the new user namespace, just before /proc/sys is covered by a read-only copy: no further
// namespace can be made in here, filter or not, and one run cannot use up the host user's inotify instances. Every copy
// of a mount takes a mount namespace for a moment, so this comes after the last of them.
int close_namespaces(Child& child) {
  constexpr const char* kNoMore[] = {"proc/sys/user/max_user_namespaces",   "proc/sys/user/max_pid_namespaces",
                                     "proc/sys/user/max_mnt_namespaces",    "proc/sys/user/max_net_namespaces",
                                     "proc/sys/user/max_ipc_namespaces",    "proc/sys/user/max_uts_namespaces",
                                     "proc/sys/user/max_cgroup_namespaces", "proc/sys/user/max_time_namespaces"};
  const int cover = copy_inside(child.root, "proc/sys", kProcFile);
  if (cover < 0) return errno;
  for (const char* limit : kNoMore) {
    if (const int error = write_file(child.root, limit, "0", 0)) return error;
  }
  if (const int error = write_file(child.root, "proc/sys/user/max_inotify_instances", "8", 0)) return error;
  if (const int error = write_file(child.root, "proc/sys/user/max_inotify_watches", "8192", 0)) return error;
  if (move_mount(cover, child.root, "proc/sys") != 0) return errno;
  ::close(cover);
  return 0;
}

// The server collects the outputs through the first descriptor, after every process in here is dead. The second only
// keeps the mount namespace: taking it apart waits for the kernel's other processors, and init's end need not wait for
// that. The others are the run's listeners: nothing in here keeps them.
int send_descriptors(Child& child) {
  const int out = ::openat(child.root, "out", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  const int mounts = ::openat(child.root, "proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (out < 0 || mounts < 0) return errno;
  int descriptors[kMaxDescriptors] = {out, mounts};
  const size_t count = kReadyDescriptors + child.listener_count;
  std::copy_n(child.listeners, child.listener_count, descriptors + kReadyDescriptors);
  const Report ready{.kind = ReportKind::kReady};
  iovec content{const_cast<Report*>(&ready), sizeof ready};
  union {
    cmsghdr header;
    char bytes[CMSG_SPACE(sizeof descriptors)];
  } control{};
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = CMSG_SPACE(count * sizeof(int));
  cmsghdr* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(count * sizeof(int));
  std::memcpy(CMSG_DATA(part), descriptors, count * sizeof(int));
  const int error = ::sendmsg(kReport, &message, MSG_NOSIGNAL) == sizeof ready ? 0 : errno;
  for (size_t i = 0; i < count; ++i) ::close(descriptors[i]);
  return error;
}

int pivot(Child& child) {
  if (::fchdir(child.root) != 0) return errno;
  if (syscall(SYS_pivot_root, ".", ".") != 0) return errno;
  if (::umount2(".", MNT_DETACH) != 0) return errno;
  if (::chdir("/") != 0) return errno;
  struct stat root {
  }, here{};
  if (::fstat(child.root, &root) != 0 || ::stat(".", &here) != 0) return errno;
  if (root.st_dev != here.st_dev || root.st_ino != here.st_ino) return EXDEV;
  ::close(child.root);
  child.root = -1;
  return 0;
}

int make_root_read_only(Child&) { return set_attributes(AT_FDCWD, "/", 0, MOUNT_ATTR_RDONLY) == 0 ? 0 : errno; }

}   // namespace capid::sandbox

// SPDX-License-Identifier: Apache-2.0
// The step that shows a run an unpacked system of the operator's in place of the host's. Everything of it is read-only, so
// each of its topmost entries is mounted on its own, and no overlay is needed: that would fail where root owns the files.
#include <dirent.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "sandbox/mount_calls.h"
#include "sandbox/steps.h"

namespace capid::sandbox {
namespace {

constexpr const char* kImage = "image";
constexpr size_t kMaxEntries = 256;

// What every sandbox has of its own; an image's are not looked at, least of all its devices and its /proc.
constexpr const char* kOwn[] = {"proc", "dev", "sys", "home", "out", "tmp", "workspace", "app", "in", ".capid"};
constexpr const char* kTaken[] = {"proc", "dev", "home/agent", "out", "tmp", "workspace"};
constexpr const char* kIdentity[] = {"etc/passwd",   "etc/group",       "etc/hosts",
                                     "etc/hostname", "etc/resolv.conf", "etc/nsswitch.conf"};

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

// Returns an errno.
int list(int folder, std::vector<std::string>& names) {
  const int own = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (own < 0) return errno;
  const std::unique_ptr<DIR, CloseFolder> stream(::fdopendir(own));
  if (!stream) return errno;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == ".." || std::find(std::begin(kOwn), std::end(kOwn), name) != std::end(kOwn)) continue;
    if (names.size() == kMaxEntries) return E2BIG;
    names.push_back(name);
  }
  return 0;
}

int link_as_there(int image, int root, const char* name) {
  char target[4096];
  const ssize_t size = ::readlinkat(image, name, target, sizeof target - 1);
  if (size < 0) return errno;
  target[size] = '\0';
  return ::symlinkat(target, root, name) == 0 ? 0 : errno;
}

int mount_entry(int image, int root, const char* name, bool is_folder) {
  const int copy = open_tree(image, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
  if (copy < 0 || set_attributes(copy, "", AT_EMPTY_PATH, kReadOnly) != 0) return errno;
  if (is_folder && ::mkdirat(root, name, 0755) != 0) return errno;
  if (!is_folder && ::mknodat(root, name, S_IFREG | 0644, 0) != 0) return errno;
  if (move_mount(copy, root, name) != 0) return errno;
  ::close(copy);
  return 0;
}

// Topmost folders, files and links. What else lies there is left out.
int show_image(int image, int root) {
  std::vector<std::string> names;
  if (const int error = list(image, names)) return error;
  for (const std::string& name : names) {
    struct stat status {};
    if (::fstatat(image, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return errno;
    int error = 0;
    if (S_ISLNK(status.st_mode)) error = link_as_there(image, root, name.c_str());
    if (S_ISDIR(status.st_mode) || S_ISREG(status.st_mode))
      error = mount_entry(image, root, name.c_str(), S_ISDIR(status.st_mode));
    if (error != 0) return error;
  }
  return 0;
}

// Takes /proc, /dev and the scratch folders over from the root that was made ready.
int take_over(int from, int root) {
  if (::mkdirat(root, "home", 0755) != 0) return errno;
  for (const char* path : kTaken) {
    const int copy = open_tree(from, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    if (copy < 0 || ::mkdirat(root, path, 0755) != 0 || move_mount(copy, root, path) != 0) return errno;
    ::close(copy);
  }
  return set_attributes(root, "dev", 0, kReadOnly) == 0 ? 0 : errno;
}

// Who the agent is and how names are looked up is capid's to say, as far as the image has files for it.
int show_identity(int from, int root) {
  for (const char* path : kIdentity) {
    const int place = open_without_links(root, path, O_PATH);
    if (place < 0) continue;   // the image has none, or a link to somewhere
    const int copy = copy_inside(from, path, kReadOnly);
    if (copy < 0 || move_mount(copy, root, path) != 0) return errno;
    ::close(place);
    ::close(copy);
  }
  return 0;
}

}   // namespace

int use_image(Child& child) {
  if (child.plan->rootfs.empty()) return 0;
  const int image = open_without_links(AT_FDCWD, child.plan->rootfs.c_str(), O_PATH | O_DIRECTORY);
  if (image < 0 || ::mkdirat(child.root, kImage, 0755) != 0) return errno;
  const int over_itself = copy_inside(child.root, kImage, kWritable);
  if (over_itself < 0 || move_mount(over_itself, child.root, kImage) != 0) return errno;
  ::close(over_itself);
  const int root = ::openat(child.root, kImage, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return errno;
  if (const int error = take_over(child.root, root)) return error;
  if (const int error = show_image(image, root)) return error;
  if (const int error = show_identity(child.root, root)) return error;
  if (const int error = allow_reading(child, root)) return error;
  ::close(image);
  ::close(child.root);
  child.root = root;
  return 0;
}

}   // namespace capid::sandbox

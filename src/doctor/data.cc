// SPDX-License-Identifier: Apache-2.0
// Checks of the data folder: is it there, whose is it, on what does it lie, what is in it, who uses it now.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/crypto.h"
#include "base/fd.h"
#include "doctor/checks.h"
#include "store/migrations.h"

namespace capid::doctor {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOthers = 077;
constexpr int64_t kMiB = 1 << 20;

std::optional<struct stat> status_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

std::string octal(mode_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", mode & 07777);
  return text;
}

// The folder, or the nearest above it that is there.
std::string nearest_folder(const Host& host) {
  fs::path path = host.folder.path();
  while (path.has_relative_path() && ::access(path.c_str(), F_OK) != 0) path = path.parent_path();
  return path.string();
}

Answer judge_missing_folder(const Host& host) {
  if (errno != ENOENT)
    return error("the user " + host.user.name + " cannot get to it: " + std::strerror(errno),
                 "capid serve --data /var/lib/capid   # or another folder that this user can reach");
  if (host.started_as_root || ::access(nearest_folder(host).c_str(), W_OK | X_OK) == 0)
    return info("it is not there yet: capid serve makes it");
  return error("it is not there, and the user " + host.user.name + " may not make it",
               "install -d -m 700 -o " + host.user.name + " " + host.folder.path() + "   # as root");
}

Answer judge_owner(const Host& host, const struct stat& status) {
  const std::string& path = host.folder.path();
  if (status.st_uid == 0 && host.started_as_root)
    return info("it is root's still: capid serve gives it to " + host.user.name);
  return error("it belongs to the user " + std::to_string(status.st_uid) + ", and capid serves as " + host.user.name +
                   " (" + std::to_string(host.user.uid) + ")",
               "chown -R " + host.user.name + " " + path + "   # as root");
}

struct FileSystem {
  int64_t type;
  const char* name;
  const char* danger;
};

constexpr const char* kLost = "what it holds is gone with the container";
constexpr const char* kNetwork = "locks and flushes over a network do not keep what a database is promised";

// The numbers are the kernel's (linux/magic.h, and the file systems' own).
constexpr FileSystem kFileSystems[] = {
    {0x6969, "NFS", kNetwork},
    {0xFF534D42, "CIFS", kNetwork},
    {0xFE534D42, "SMB", kNetwork},
    {0x01021997, "9p", kNetwork},
    {0x65735546, "FUSE", "whether it keeps what it was told to flush is up to a program"},
    {0x794C7630, "overlay", kLost},
    {0x01021994, "tmpfs", "what it holds is gone when the machine restarts"},
    {0x858458F6, "ramfs", "what it holds is gone when the machine restarts"},
    {0xEF53, "ext4", nullptr},
    {0x58465342, "XFS", nullptr},
    {0x9123683E, "btrfs", nullptr},
    {0x2FC12FC1, "ZFS", nullptr},
    {0xF2F52010, "F2FS", nullptr},
};

// Nobody else is kept from the lock for longer than this call takes.
bool is_locked(const std::string& path) {
  const auto file = base::open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  return file && ::flock(file->get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}   // namespace

Answer check_data_folder(const Host& host) {
  const std::string& path = host.folder.path();
  const auto status = status_of(path);
  if (!status) return judge_missing_folder(host);
  if (!S_ISDIR(status->st_mode))
    return error("it is no folder", "capid serve --data /var/lib/capid   # or another folder");
  if (status->st_uid != host.user.uid) return judge_owner(host, *status);
  if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0)
    return error("the user " + host.user.name + " may not write in it: " + std::strerror(errno), "chmod 700 " + path);
  if (status->st_mode & kOthers)
    return warning("its mode is " + octal(status->st_mode) + ": other users can look into it", "chmod 700 " + path);
  return ok("it belongs to the user " + host.user.name + ", and is closed to others");
}

Answer check_file_system(const Host& host) {
  const std::string folder = nearest_folder(host);
  struct statfs status {};
  if (::statfs(folder.c_str(), &status) != 0)
    return info("it cannot be asked for: " + std::string(std::strerror(errno)));
  for (const FileSystem& known : kFileSystems) {
    if (static_cast<uint32_t>(status.f_type) != static_cast<uint32_t>(known.type)) continue;
    if (!known.danger) return ok(known.name);
    return warning(std::string(known.name) + ": " + known.danger,
                   "data: /var/lib/capid   # in the config: a folder on a local disk, or a volume of the container's");
  }
  return ok("a local one");
}

Answer judge_space(int64_t bytes, int64_t inodes) {
  constexpr int64_t kLeast = 64 * kMiB, kLow = 1024 * kMiB, kLeastInodes = 1'000, kLowInodes = 20'000;
  const std::string left =
      size_words(bytes) + " left" + (inodes < 0 ? "" : ", and room for " + std::to_string(inodes) + " files");
  const std::string fix = "retention: {runs: 30d, artifacts: 7d}   # in the config, or a larger disk: df -h; df -i";
  const bool counts_inodes = inodes >= 0;
  if (bytes < kLeast || (counts_inodes && inodes < kLeastInodes)) return error(left + ": runs will be refused", fix);
  if (bytes < kLow || (counts_inodes && inodes < kLowInodes)) return warning(left, fix);
  return ok(left);
}

Answer check_space(const Host& host) {
  struct statvfs status {};
  if (::statvfs(nearest_folder(host).c_str(), &status) != 0)
    return info("it cannot be asked for: " + std::string(std::strerror(errno)));
  const auto inodes = status.f_files == 0 ? -1 : static_cast<int64_t>(status.f_favail);
  return judge_space(static_cast<int64_t>(status.f_bavail * status.f_frsize), inodes);
}

Answer check_secret(const Host& host) {
  const std::string path = host.folder.instance_secret();
  const auto status = status_of(path);
  if (!status && errno != ENOENT) return info("it cannot be looked at: " + std::string(std::strerror(errno)));
  if (!status && !status_of(host.folder.database())) return info("there is none yet: capid serve makes it");
  if (!status)
    return error("it is missing, and without it no key in the database can be checked",
                 "restore " + path + " from a backup; its mode is 600");
  if (status->st_uid != host.user.uid)
    return error("it belongs to the user " + std::to_string(status->st_uid) + ", and capid serves as " + host.user.name,
                 "chown " + host.user.name + " " + path + "   # as root");
  if (status->st_mode & kOthers)
    return error("its mode is " + octal(status->st_mode) + ": whoever reads it can make keys that hold",
                 "chmod 600 " + path);
  const auto secret = base::load_instance_secret(path);
  if (!secret) return error("it cannot be used: " + secret.error().message, "restore " + path + " from a backup");
  return ok("it is there, and its owner's alone");
}

Answer check_schema(const Host& host) {
  const std::string path = host.folder.database();
  if (!status_of(path)) {
    if (errno == ENOENT) return info("there is none yet: capid serve makes it");
    return info("it cannot be looked at: " + std::string(std::strerror(errno)));
  }
  const auto found = store::schema_of(path);
  const std::string ours = std::to_string(store::newest_schema());
  if (!found)
    return error("it cannot be read: " + found.error().message,
                 "restore " + path + " from a backup, or look for its owner: ls -l");
  const std::string schema = "schema " + std::to_string(*found);
  if (*found > store::newest_schema())
    return error(
        schema + " was written by a newer capid, and this one knows up to " + ours + ": it refuses to serve it",
        "install the capid that wrote it, or restore a backup of before");
  if (*found < store::newest_schema())
    return info(schema + " is older than this capid's " + ours + ": capid serve brings it up to date when it starts",
                "cp -a " + host.folder.path() +
                    " SOMEWHERE   # a backup of all, with the server stopped; it copies the database itself");
  return ok(schema + ", this capid's own");
}

Answer check_server(const Host& host) {
  const auto url = host.folder.read_server_url();
  if (is_locked(host.folder.lock_file()))
    return ok("one serves this folder" + (url ? " at " + *url : std::string(", and does not listen yet")));
  if (!url) return info("none serves this folder now");
  return info("none serves this folder now; one was killed at " + *url +
              " and left its note, which the next one replaces");
}

}   // namespace capid::doctor

// SPDX-License-Identifier: Apache-2.0
#include "backup/restore.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "backup/archive.h"
#include "backup/make.h"
#include "base/folder_tree.h"
#include "base/json.h"
#include "base/text.h"
#include "store/copy.h"
#include "store/migrations.h"

namespace capid::backup {
namespace {

constexpr std::array kFolders{"files", "versions", "apps", "workspaces"};
constexpr std::array kFiles{kDatabase, kInstanceSecret, kManifest};
constexpr size_t kMostManifest = 64 << 20;

Error refuse(const std::string& why) { return {Code::kInvalidParameter, "the backup cannot be restored: " + why}; }

// A folder of our own below another one, gone with its scope.
class Aside {
 public:
  static Result<Aside> below(const std::string& folder) {
    std::string path = folder + "/.restoring-XXXXXX";
    if (!::mkdtemp(path.data())) return base::system_error("cannot write into " + folder, "mkdtemp");
    return Aside(path);
  }
  Aside(Aside&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  Aside& operator=(Aside&&) = delete;
  ~Aside() {
    if (!path_.empty()) (void)base::remove_tree(path_);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit Aside(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

bool is_ours(const Entry& entry) {
  const auto parts = base::split(entry.name, '/');
  for (const std::string& part : parts)
    if (part.empty() || part == "." || part == "..") return false;
  const auto known = [&](const auto& names) {
    return std::find(names.begin(), names.end(), parts.front()) != names.end();
  };
  if (parts.size() == 1)
    return entry.kind == Entry::Kind::kFile ? known(kFiles) : entry.kind == Entry::Kind::kFolder && known(kFolders);
  return known(kFolders);
}

// Puts entries below a folder. No part of a name may be a link, whatever the archive put there before.
class Unpacking {
 public:
  explicit Unpacking(base::Fd root) : root_(std::move(root)) {}

  Result<void> put(const Entry& entry, ArchiveReader& archive) {
    const size_t slash = entry.name.rfind('/');
    const std::string own = slash == std::string::npos ? entry.name : entry.name.substr(slash + 1);
    const base::Fd parent = TRY(folder(slash == std::string::npos ? "" : entry.name.substr(0, slash)));
    switch (entry.kind) {
      case Entry::Kind::kFolder: {
        const base::Fd made = TRY(folder(entry.name));
        return ::fchmod(made.get(), entry.mode | S_IRWXU) == 0 ? Result<void>{} : failed(entry, "fchmod");
      }
      case Entry::Kind::kLink:
        return ::symlinkat(entry.target.c_str(), parent.get(), own.c_str()) == 0 ? Result<void>{}
                                                                                 : failed(entry, "symlinkat");
      case Entry::Kind::kFile:
        return put_file(parent, own, entry, archive);
    }
    return {};
  }

 private:
  static Error failed(const Entry& entry, const char* call) {
    return base::system_error("cannot write " + entry.name, call);
  }

  static Result<void> put_file(const base::Fd& parent, const std::string& own, const Entry& entry,
                               ArchiveReader& archive) {
    const base::Fd file(
        ::openat(parent.get(), own.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return failed(entry, "open");
    TRY(archive.copy_to(file.get()));
    if (::fchmod(file.get(), entry.mode) != 0) return failed(entry, "fchmod");
    const timespec times[2]{entry.changed_at, entry.changed_at};
    if (::futimens(file.get(), times) != 0) return failed(entry, "futimens");
    return {};
  }

  Result<base::Fd> folder(const std::string& name) {
    base::Fd at(::openat(root_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (name.empty()) return at;
    for (const std::string& part : base::split(name, '/')) {
      if (::mkdirat(at.get(), part.c_str(), 0700) != 0 && errno != EEXIST)
        return base::system_error("cannot make " + name, "mkdir");
      base::Fd next(::openat(at.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!next) return base::system_error("cannot enter " + name, "open");
      at = std::move(next);
    }
    return at;
  }

  base::Fd root_;
};

Result<base::Fd> open_folder(const std::string& path) { return base::open_file(path, O_RDONLY | O_DIRECTORY); }

// Everything, or only what is needed to look at it. The checksums of all that the archive holds.
Result<Checksums> unpack(int archive, const std::string& into, bool everything) {
  auto reader = TRY(ArchiveReader::from(archive));
  Unpacking unpacking(TRY(open_folder(into)));
  while (const auto entry = TRY(reader.next())) {
    if (!is_ours(*entry)) return refuse("\"" + entry->name + "\" does not belong into one");
    const bool needed = entry->name == kDatabase || entry->name == kManifest;
    if (everything || needed) TRY(unpacking.put(*entry, reader));
  }
  return reader.checksums();
}

Result<Restored> read_manifest(const std::string& folder) {
  const Error unknown = refuse("it says nothing about itself, or what this version does not know");
  const auto text = base::read_file(folder + "/" + kManifest, kMostManifest);
  const auto json = text ? base::parse_json(*text) : Result<Json>(Error{});
  if (!json) return unknown;
  try {
    if (json->value("format", 0) != 1) return unknown;
    return Restored{.created_at = json->value("createdAt", ""), .damaged = json->at("damaged")};
  } catch (const Json::exception&) {   // of a type that it should not have
    return unknown;
  }
}

Result<Restored> examine(const std::string& folder, const Checksums& sums) {
  for (const char* name : kFiles)
    if (!sums.contains(name)) return refuse(std::string(name) + " is missing in it");
  Restored restored = TRY(read_manifest(folder));
  const std::string path = folder + "/" + kDatabase;
  if (const int64_t schema = TRY(store::schema_of(path)); schema > store::newest_schema())
    return refuse("it was made by a newer capid (schema " + std::to_string(schema) + "): restore it with that one");
  auto database = TRY(store::Database::open(path, store::Database::Mode::kReadOnly));
  TRY(store::check_integrity(database));
  restored.runs = TRY(store::count_all_runs(database));
  const std::set<std::string> damaged(restored.damaged.begin(), restored.damaged.end());
  TRY(store::each_kept_blob(database, [&](const store::KeptBlob& blob) -> Result<void> {
    const std::string name = std::string(kBlobs) + "/" + blob.name;
    ++restored.files;
    if (damaged.contains(name)) return {};
    const auto sum = sums.find(name);
    if (sum == sums.end()) return refuse("the file " + name + " is missing in it");
    if (sum->second != blob.sha256) return refuse("the file " + name + " is not what the database says of it");
    return {};
  }));
  return restored;
}

Result<void> move_into_place(const std::string& from, const std::string& to) {
  const auto root = TRY(open_folder(to));
  if (::syncfs(root.get()) != 0) return base::system_error("cannot write to the disk", "syncfs");
  ::unlink((from + "/" + kManifest).c_str());
  for (const char* name : {"files", "versions", "apps", "workspaces", kInstanceSecret, kDatabase}) {
    if (::rename((from + "/" + name).c_str(), (to + "/" + name).c_str()) != 0 && errno != ENOENT)
      return base::system_error("cannot put " + std::string(name) + " into " + to, "rename");
  }
  return base::sync(root.get());
}

}   // namespace

Result<Restored> verify(int archive, const std::string& scratch) {
  const Aside aside = TRY(Aside::below(scratch));
  const Checksums sums = TRY(unpack(archive, aside.path(), false));
  return examine(aside.path(), sums);
}

Result<Restored> restore(int archive, const std::string& folder) {
  const Aside aside = TRY(Aside::below(folder));
  const Checksums sums = TRY(unpack(archive, aside.path(), true));
  Restored restored = TRY(examine(aside.path(), sums));
  TRY(move_into_place(aside.path(), folder));
  return restored;
}

}   // namespace capid::backup

// SPDX-License-Identifier: Apache-2.0
#include "backup/make.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>
#include <set>

#include "backup/archive.h"
#include "base/json.h"
#include "base/version.h"
#include "store/copy.h"
#include "store/migrations.h"
#include "store/moments.h"

namespace capid::backup {
namespace {

constexpr base::TimeMs kRenewMs = 3'600'000;
constexpr int kDeepest = 100;
constexpr size_t kLongestName = PATH_MAX, kNamed = 20;
// Of files with holes: what a disk limit does not count would be written out.
constexpr int64_t kMostHoles = 1 << 30, kStatBlock = 512;

// The copy of the database, for as long as it is read.
class Scratch {
 public:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  ~Scratch() { ::unlink(path_.c_str()); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

 private:
  std::string path_;
};

class Making {
 public:
  Making(const Source& source, ArchiveWriter archive, const HoldFiles& hold)
      : source_(source), archive_(std::move(archive)), hold_(hold) {}

  Result<Made> all() {
    TRY(renew_hold());
    const Scratch scratch(source_.scratch);
    TRY(store::copy_database(source_.root + "/" + kDatabase, source_.scratch));
    TRY(add(kDatabase, source_.scratch));
    TRY(add(kInstanceSecret, source_.root + "/" + kInstanceSecret));
    for (const std::string& folder : source_.folders) TRY(add_tree(folder));
    TRY(add_blobs());
    TRY(archive_.add_text(kManifest, base::dump(manifest()) + "\n"));
    TRY(archive_.finish());
    return std::move(made_);
  }

 private:
  Result<void> add(const std::string& name, const std::string& path) {
    const auto file = TRY(base::open_file(path, O_RDONLY | O_NOFOLLOW));
    TRY(archive_.add_file(name, file));
    return {};
  }

  // Long before it ends, so that what is large has the time that it takes. Only the first must succeed: there are hours for the next.
  Result<void> renew_hold() {
    const base::TimeMs now = clock_.now_ms();
    if (now < renewed_at_ + kRenewMs && now >= renewed_at_) return {};
    const auto held = hold_(now + store::kLongestHoldMs);
    if (!held && renewed_at_ == 0) return held;
    renewed_at_ = now;
    return {};
  }

  void leave_out(const std::string& name) {
    if (made_.left_out.size() < kNamed) made_.left_out.push_back(name);
    ++made_.left_out_count;
  }

  Result<void> add_tree(const std::string& name) {
    const int fd = ::open((source_.root + "/" + name).c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) return {};
    if (fd < 0) return base::system_error("cannot read " + source_.root + "/" + name, "open");
    return add_folder(name, base::Fd(fd), 0);
  }

  // Agents filled it: no link is followed, and what cannot be read is left out. What is gone meanwhile, too.
  Result<void> add_folder(const std::string& name, base::Fd folder, int depth) {
    struct stat status {};
    if (::fstat(folder.get(), &status) != 0) return base::system_error("cannot read " + name, "fstat");
    TRY(archive_.add_folder(name, status.st_mode));
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(folder.get()), ::closedir);
    if (!entries) return base::system_error("cannot read " + name, "fdopendir");
    const int fd = folder.release();
    for (const std::string& own : TRY(names_in(entries.get(), name))) TRY(add_entry(fd, own, name + "/" + own, depth));
    return {};
  }

  // A folder that changes while it is read may give a name twice.
  static Result<std::set<std::string>> names_in(DIR* folder, const std::string& name) {
    std::set<std::string> names;
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(folder);
      if (!entry && errno != 0) return base::system_error("cannot read " + name, "readdir");
      if (!entry) return names;
      names.insert(entry->d_name);
      names.erase(".");
      names.erase("..");
    }
  }

  Result<void> add_entry(int folder, const std::string& own, const std::string& name, int depth) {
    TRY(renew_hold());
    struct stat status {};
    if (::fstatat(folder, own.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return {};
    if (S_ISLNK(status.st_mode)) return add_link(folder, own, name);
    if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)) return {};
    const int kind = S_ISDIR(status.st_mode) ? O_DIRECTORY : 0;
    base::Fd fd(::openat(folder, own.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | kind));
    struct stat opened {};
    const bool sound = fd && ::fstat(fd.get(), &opened) == 0 && S_ISDIR(opened.st_mode) == (kind != 0) &&
                       name.size() <= kLongestName && (!kind || depth < kDeepest);
    const int64_t hole = sound && !kind ? std::max<int64_t>(0, opened.st_size - opened.st_blocks * kStatBlock) : 0;
    if (!sound || (hole > 0 && holes_ + hole > kMostHoles)) {
      leave_out(name);
      return {};
    }
    holes_ += hole;
    if (kind) return add_folder(name, std::move(fd), depth + 1);
    TRY(archive_.add_file(name, fd));
    return {};
  }

  Result<void> add_link(int folder, const std::string& own, const std::string& name) {
    char target[PATH_MAX];
    const ssize_t length = ::readlinkat(folder, own.c_str(), target, sizeof target);
    if (length <= 0) return {};
    return archive_.add_link(name, std::string(target, static_cast<size_t>(length)));
  }

  Result<void> add_blobs() {
    auto database = TRY(store::Database::open(source_.scratch, store::Database::Mode::kReadOnly));
    made_.runs = TRY(store::count_all_runs(database));
    return store::each_kept_blob(database, [&](const store::KeptBlob& blob) { return add_blob(blob); });
  }

  // One that the disk has lost or changed must not keep the others from being saved.
  Result<void> add_blob(const store::KeptBlob& blob) {
    TRY(renew_hold());
    const std::string name = std::string(kBlobs) + "/" + blob.name;
    const auto file = base::open_file(source_.root + "/" + name, O_RDONLY | O_NOFOLLOW);
    ++made_.files;
    if (!file || TRY(archive_.add_file(name, *file)) != blob.sha256) made_.damaged.push_back(name);
    return {};
  }

  OrderedJson manifest() const {
    return {{"format", 1},
            {"capid", base::kVersion},
            {"schema", store::newest_schema()},
            {"createdAt", base::to_iso8601(clock_.now_ms())},
            {"runs", made_.runs},
            {"files", made_.files},
            {"damaged", made_.damaged},
            {"leftOut", made_.left_out_count}};
  }

  const Source& source_;
  ArchiveWriter archive_;
  const HoldFiles& hold_;
  const base::SystemClock clock_;
  base::TimeMs renewed_at_ = 0;
  int64_t holes_ = 0;
  Made made_;
};

}   // namespace

Result<Made> make(const Source& source, int out, const HoldFiles& hold) {
  auto made = Making(source, TRY(ArchiveWriter::to(out)), hold).all();
  (void)hold(0);   // it would end by itself
  return made;
}

}   // namespace capid::backup

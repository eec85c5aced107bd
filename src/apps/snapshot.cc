// SPDX-License-Identifier: Apache-2.0
#include "apps/snapshot.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/crypto.h"
#include "base/fd.h"

namespace capid::apps {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxEntries = 20'000;
constexpr int64_t kMaxBytes = int64_t{1} << 30;
constexpr size_t kChunk = 1 << 16;

enum class Kind : char { kFolder = 'd', kFile = 'f', kLink = 'l' };

struct Entry {
  std::string path;   // below the folder
  Kind kind;
  bool executable;
};

Error unusable(const std::string& what) { return {Code::kAppDisabled, what}; }

Result<Entry> describe(const fs::path& root, const fs::directory_entry& found) {
  const std::string path = found.path().lexically_relative(root).string();
  const fs::file_status status = found.symlink_status();
  const bool executable = (status.permissions() & fs::perms::owner_exec) != fs::perms::none;
  switch (status.type()) {
    case fs::file_type::directory:
      return Entry{path, Kind::kFolder, true};
    case fs::file_type::regular:
      return Entry{path, Kind::kFile, executable};
    case fs::file_type::symlink:
      return Entry{path, Kind::kLink, false};
    default:
      return unusable(found.path().string() + " is neither file, folder nor link: an app may hold only those");
  }
}

Result<std::vector<Entry>> list(const std::string& folder) {
  std::vector<Entry> entries;
  std::error_code error;
  for (auto found = fs::recursive_directory_iterator(folder, error);
       !error && found != fs::recursive_directory_iterator(); found.increment(error)) {
    entries.push_back(TRY(describe(folder, *found)));
    if (entries.size() > kMaxEntries)
      return unusable(folder + " holds more than 20,000 files: keep an app small, and mount the rest");
  }
  if (error) return unusable(folder + " cannot be read: " + error.message());
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.path < b.path; });
  return entries;
}

// Calls `take` with the file's bytes, piece by piece, up to what is left of `budget`.
template <typename Take>
Result<void> read_pieces(const std::string& path, int64_t& budget, Take take) {
  auto fd = base::open_file(path, O_RDONLY | O_NOFOLLOW);
  if (!fd) return unusable(path + " cannot be read: " + fd.error().detail);
  std::string buffer(kChunk, '\0');
  for (;;) {
    const ssize_t got = ::read(fd->get(), buffer.data(), buffer.size());
    if (got < 0) return unusable(path + " cannot be read");
    if (got == 0) return {};
    budget -= got;
    if (budget < 0) return unusable("the app holds more than 1 GiB: keep an app small, and mount the rest");
    TRY(take(std::string_view(buffer.data(), static_cast<size_t>(got))));
  }
}

void hash_header(base::Sha256& hash, const Entry& entry) {
  const char kind_and_mode[] = {static_cast<char>(entry.kind), entry.executable ? 'x' : '-', '\0'};
  hash.update({kind_and_mode, sizeof kind_and_mode});
  hash.update(entry.path);
  hash.update({"\0", 1});
}

Result<std::string> file_hash(const std::string& path, int64_t& budget) {
  base::Sha256 hash;
  TRY(read_pieces(path, budget, [&](std::string_view piece) -> Result<void> {
    hash.update(piece);
    return {};
  }));
  return hash.hex();
}

Result<void> copy_file(const std::string& from, const std::string& to, bool executable, int64_t& budget) {
  auto out = TRY(base::open_file(to, O_WRONLY | O_CREAT | O_EXCL, executable ? 0755 : 0644));
  TRY(read_pieces(from, budget, [&](std::string_view piece) { return base::write_all(out.get(), piece); }));
  return base::sync(out.get());
}

Result<void> copy_entry(const Entry& entry, const std::string& from, const std::string& to, int64_t& budget) {
  std::error_code error;
  switch (entry.kind) {
    case Kind::kFolder:
      if (::mkdir(to.c_str(), 0755) != 0) return base::system_error("cannot copy " + from, "mkdir");
      return {};
    case Kind::kLink:
      fs::copy_symlink(from, to, error);
      if (error) return unusable("cannot copy " + from + ": " + error.message());
      return {};
    case Kind::kFile:
      return copy_file(from, to, entry.executable, budget);
  }
  return {};
}

Result<void> copy_folder(const std::string& from, const std::string& to) {
  int64_t budget = kMaxBytes;
  const auto entries = TRY(list(from));
  for (const Entry& entry : entries) TRY(copy_entry(entry, from + "/" + entry.path, to + "/" + entry.path, budget));
  for (const Entry& entry : entries) {
    if (entry.kind == Kind::kFolder) TRY(base::sync_folder(to + "/" + entry.path));
  }
  return base::sync_folder(to);
}

// A folder that goes with its scope, unless it was renamed away.
struct TemporaryFolder {
  std::string path;
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

}   // namespace

Result<std::string> hash_folder(const std::string& folder) {
  base::Sha256 hash;
  int64_t budget = kMaxBytes;
  for (const Entry& entry : TRY(list(folder))) {
    const std::string path = folder + "/" + entry.path;
    hash_header(hash, entry);
    if (entry.kind == Kind::kFile) hash.update(TRY(file_hash(path, budget)));
    if (entry.kind == Kind::kLink) {
      std::error_code error;
      hash.update(fs::read_symlink(path, error).string());
      if (error) return unusable(path + " cannot be read: " + error.message());
    }
  }
  return hash.hex();
}

Result<std::string> take_snapshot(const std::string& folder, const std::string& into) {
  const std::string known = TRY(hash_folder(folder));
  if (fs::exists(into + "/" + known)) return known;

  const TemporaryFolder copy{into + "/.copy-" + base::random_hex(8)};
  std::error_code error;
  fs::create_directories(copy.path, error);
  if (error) return Error{Code::kInternal, "cannot write to " + into, {}, error.message()};
  TRY(copy_folder(folder, copy.path));
  std::string hash = TRY(hash_folder(copy.path));
  if (fs::exists(into + "/" + hash)) return hash;
  if (::rename(copy.path.c_str(), (into + "/" + hash).c_str()) != 0)
    return base::system_error("cannot keep the snapshot", "rename");
  TRY(base::sync_folder(into));
  return hash;
}

}   // namespace capid::apps

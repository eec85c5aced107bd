// SPDX-License-Identifier: Apache-2.0
#include "apps/snapshot.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
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

constexpr const char* kNotCopied = "the app's snapshot cannot be written";

struct Entry {
  std::string path;   // below the folder
  Kind kind;
  bool executable;
};

Error unusable(const std::string& what) { return {Code::kAppDisabled, what}; }

Result<Entry> describe(const fs::path& root, const fs::directory_entry& found) {
  const std::string path = found.path().lexically_relative(root).string();
  std::error_code error;
  const fs::file_status status = found.symlink_status(error);
  if (error) return unusable(path + " cannot be looked at: " + error.message());
  const bool executable = (status.permissions() & fs::perms::owner_exec) != fs::perms::none;
  switch (status.type()) {
    case fs::file_type::directory:
      return Entry{path, Kind::kFolder, true};
    case fs::file_type::regular:
      return Entry{path, Kind::kFile, executable};
    case fs::file_type::symlink:
      return Entry{path, Kind::kLink, false};
    default:
      return unusable(path + " is neither file, folder nor link: an app may hold only those");
  }
}

// An error's words reach whoever may see the app: they name what is in it, and never the host's path.
Result<std::vector<Entry>> list(const std::string& folder) {
  std::vector<Entry> entries;
  std::error_code error;
  for (auto found = fs::recursive_directory_iterator(folder, error);
       !error && found != fs::recursive_directory_iterator(); found.increment(error)) {
    entries.push_back(TRY(describe(folder, *found)));
    if (entries.size() > kMaxEntries)
      return unusable("the app holds more than 20,000 files: keep it small, and mount the rest");
  }
  const std::string at = entries.empty() ? "the app's folder" : entries.back().path;   // what was to be entered
  if (error) return unusable(at + " cannot be read: " + error.message());
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.path < b.path; });
  return entries;
}

// Calls `take` with the file's bytes, piece by piece, up to what is left of `budget`.
template <typename Take>
Result<void> read_pieces(const std::string& folder, const Entry& file, int64_t& budget, Take take) {
  const base::Fd fd(::open((folder + "/" + file.path).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return unusable(file.path + " cannot be read: " + std::strerror(errno));
  std::string buffer(kChunk, '\0');
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0) return unusable(file.path + " cannot be read: " + std::strerror(errno));
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

Result<std::string> file_hash(const std::string& folder, const Entry& file, int64_t& budget) {
  base::Sha256 hash;
  TRY(read_pieces(folder, file, budget, [&](std::string_view piece) -> Result<void> {
    hash.update(piece);
    return {};
  }));
  return hash.hex();
}

Result<void> copy_file(const Entry& file, const std::string& from, const std::string& to, int64_t& budget) {
  auto out = TRY(base::open_own_file(to + "/" + file.path, O_WRONLY | O_CREAT | O_EXCL, file.executable ? 0755 : 0644,
                                     kNotCopied));
  TRY(read_pieces(from, file, budget, [&](std::string_view piece) { return base::write_all(out.get(), piece); }));
  return base::sync(out.get());
}

Result<void> copy_entry(const Entry& entry, const std::string& from, const std::string& to, int64_t& budget) {
  std::error_code error;
  switch (entry.kind) {
    case Kind::kFolder:
      if (::mkdir((to + "/" + entry.path).c_str(), 0755) != 0) return base::system_error(kNotCopied, "mkdir");
      return {};
    case Kind::kLink:
      fs::copy_symlink(from + "/" + entry.path, to + "/" + entry.path, error);
      if (error) return unusable(entry.path + " cannot be copied: " + error.message());
      return {};
    case Kind::kFile:
      return copy_file(entry, from, to, budget);
  }
  return {};
}

Result<void> copy_folder(const std::string& from, const std::string& to) {
  int64_t budget = kMaxBytes;
  const auto entries = TRY(list(from));
  for (const Entry& entry : entries) TRY(copy_entry(entry, from, to, budget));
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
    hash_header(hash, entry);
    if (entry.kind == Kind::kFile) hash.update(TRY(file_hash(folder, entry, budget)));
    if (entry.kind == Kind::kLink) {
      std::error_code error;
      hash.update(fs::read_symlink(folder + "/" + entry.path, error).string());
      if (error) return unusable(entry.path + " cannot be read: " + error.message());
    }
  }
  return hash.hex();
}

Result<std::string> take_snapshot(const std::string& folder, const std::string& into) {
  const std::string known = TRY(hash_folder(folder));
  std::error_code error;
  if (fs::exists(into + "/" + known, error)) return known;

  const TemporaryFolder copy{into + "/.copy-" + base::random_hex(8)};
  fs::create_directories(copy.path, error);
  if (error) return Error{Code::kInternal, kNotCopied, {}, into + ": " + error.message()};
  TRY(copy_folder(folder, copy.path));
  std::string hash = TRY(hash_folder(copy.path));
  if (fs::exists(into + "/" + hash, error)) return hash;
  if (::rename(copy.path.c_str(), (into + "/" + hash).c_str()) != 0)
    return base::system_error("cannot keep the snapshot", "rename");
  TRY(base::sync_folder(into));
  return hash;
}

}   // namespace capid::apps

// SPDX-License-Identifier: Apache-2.0
#include "files/blobs.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>

namespace capid::files {
namespace {

namespace fs = std::filesystem;

constexpr size_t kHeadSize = 64;
constexpr size_t kCopyChunk = 64 << 10;
constexpr size_t kHourLength = 13;   // 2026-11-23T18
constexpr std::chrono::hours kSwept{2};

Error disk_error(const std::error_code& error, const std::string& path) {
  return {Code::kInternal, "a folder for files cannot be prepared", {}, path + ": " + error.message()};
}

Result<void> make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return disk_error(error, path);
  return {};
}

}   // namespace

Incoming::Incoming(Incoming&& other) noexcept
    : fd_(std::move(other.fd_)),
      path_(std::exchange(other.path_, {})),
      head_(std::move(other.head_)),
      size_(other.size_),
      hash_(other.hash_) {}

Incoming::~Incoming() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Result<void> Incoming::write(std::string_view bytes) {
  TRY(base::write_all(fd_.get(), bytes));
  if (head_.size() < kHeadSize) head_.append(bytes.substr(0, kHeadSize - head_.size()));
  hash_.update(bytes);
  size_ += static_cast<int64_t>(bytes.size());
  return {};
}

Result<void> Incoming::write_from(const base::Fd& from) {
  std::string buffer(kCopyChunk, '\0');
  for (;;) {
    const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
    if (got < 0) return base::system_error("a file could not be read", "read");
    if (got == 0) return {};
    TRY(write({buffer.data(), static_cast<size_t>(got)}));
  }
}

Result<Blobs> Blobs::open(std::string folder, const base::Clock& clock) {
  TRY(make_folder(folder + "/blobs"));
  TRY(make_folder(folder + "/incoming"));
  std::error_code error;
  for (const auto& left : fs::directory_iterator(folder + "/incoming", error)) fs::remove_all(left.path(), error);
  if (error) return disk_error(error, folder + "/incoming");
  return Blobs(std::move(folder), clock);
}

Result<Incoming> Blobs::begin() {
  std::string path = folder_ + "/incoming/" + base::random_hex(16);
  auto fd = TRY(base::open_own_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600, "a file cannot be made"));
  return Incoming(std::move(fd), std::move(path));
}

Result<Incoming> Blobs::copy(const std::string& name) {
  const auto from = TRY(base::open_own_file(path(name), O_RDONLY, 0, "a file that was kept cannot be read"));
  Incoming to = TRY(begin());
  TRY(to.write_from(from));
  return to;
}

Result<std::vector<std::string>> Blobs::keep(std::span<Incoming> incoming) {
  std::vector<std::string> names;
  if (incoming.empty()) return names;
  for (const Incoming& one : incoming) TRY(base::sync(one.fd_.get()));

  const std::string hour = base::to_iso8601(clock_->now_ms()).substr(0, kHourLength);
  TRY(open_hour(hour));
  const auto none = [&](const Error& error) {
    for (const std::string& kept : names) remove(kept);
    return error;
  };
  for (Incoming& one : incoming) {
    std::string name = hour + "/" + base::random_hex(16);
    if (::rename(one.path_.c_str(), path(name).c_str()) != 0)
      return none(base::system_error("cannot keep the file", "rename"));
    one.path_.clear();
    names.push_back(std::move(name));
  }
  if (auto synced = base::sync_folder(path(hour)); !synced) return none(synced.error());
  return names;
}

// Whoever finds the folder made may not go on before its name is on the disk.
Result<void> Blobs::open_hour(const std::string& hour) const {
  const std::lock_guard lock(hour_->mutex);
  std::error_code ignored;
  if (hour_->synced == hour && fs::exists(path(hour), ignored)) return {};
  TRY(make_folder(path(hour)));
  TRY(base::sync_folder(folder_ + "/blobs"));
  hour_->synced = hour;
  return {};
}

void Blobs::remove(const std::string& name) const { ::unlink(path(name).c_str()); }

Result<void> Blobs::remove_durably(const std::vector<std::string>& names) const {
  std::set<std::string> hours;
  for (const std::string& name : names) {
    remove(name);
    hours.insert(name.substr(0, kHourLength));
  }
  std::error_code ignored;
  for (const std::string& hour : hours)
    if (fs::exists(path(hour), ignored)) TRY(base::sync_folder(path(hour)));
  return {};
}

Result<void> Blobs::sweep(const std::function<Result<bool>(const std::string& name)>& is_used) const {
  std::error_code error;
  std::vector<std::pair<std::string, fs::file_time_type>> hours;
  fs::file_time_type newest = fs::file_time_type::min();
  for (const auto& hour : fs::directory_iterator(folder_ + "/blobs", error)) {
    if (!hour.is_directory(error)) continue;
    hours.emplace_back(hour.path().filename().string(), hour.last_write_time(error));
    newest = std::max(newest, hours.back().second);
  }
  for (const auto& [hour, changed] : hours) {
    if (newest - changed > kSwept) continue;
    for (const auto& file : fs::directory_iterator(path(hour), error)) {
      const std::string name = hour + "/" + file.path().filename().string();
      if (!TRY(is_used(name))) remove(name);
    }
  }
  if (error) return disk_error(error, folder_ + "/blobs");
  return {};
}

}   // namespace capid::files

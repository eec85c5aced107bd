// SPDX-License-Identifier: Apache-2.0
#include "server/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "store/migrations.h"

namespace capid::server {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLongestUrl = 1024;

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

}   // namespace

Result<base::Fd> DataFolder::lock() const {
  auto fd = TRY(base::open_file(lock_file(), O_RDWR | O_CREAT, 0600));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  return Error{Code::kInvalidParameter,
               "another capid serves " + path_ + ": stop it, or choose another data folder with --data"};
}

Result<base::SecretKey> DataFolder::open_secret() const {
  if (exists(instance_secret())) return base::load_instance_secret(instance_secret());
  if (!exists(database())) return base::create_instance_secret(instance_secret());
  return Error{
      Code::kInvalidParameter,
      instance_secret() + " is missing: without it no key in the database can be checked; restore it from a backup"};
}

// Renamed into place: a reader finds a whole address or none.
Result<void> DataFolder::write_server_url(const std::string& url) const {
  const std::string unfinished = server_url() + ".new";
  {
    const auto file = TRY(base::open_file(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600));
    TRY(base::write_all(file.get(), url + "\n"));
  }
  if (::rename(unfinished.c_str(), server_url().c_str()) == 0) return {};
  return base::system_error("cannot write " + server_url(), "rename");
}

void DataFolder::remove_server_url() const { ::unlink(server_url().c_str()); }

// The folder's owner may be another than the reader, who must not be led elsewhere by a link.
std::optional<std::string> DataFolder::read_server_url() const {
  const auto file = base::open_file(server_url(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file) return std::nullopt;
  const auto text = base::read_all(file->get(), kLongestUrl);
  if (!text || text->empty()) return std::nullopt;
  return text->substr(0, text->find('\n'));
}

Result<store::Database> DataFolder::open_database(store::Database::Mode mode) const {
  if (!exists(database())) {
    return Error{Code::kInvalidParameter,
                 "there is no capid data in " + path_ + ": start `capid serve` once, or say where it is with --data"};
  }
  auto opened = TRY(store::Database::open(database(), mode));
  TRY(store::check_schema(opened));
  return opened;
}

Result<void> write_once(const DataFolder& folder, const std::function<Result<void>(store::Transaction&)>& job) {
  auto database = TRY(folder.open_database(store::Database::Mode::kReadWrite));
  return store::commit_once(database, job);
}

}   // namespace capid::server

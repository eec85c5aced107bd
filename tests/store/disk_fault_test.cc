// SPDX-License-Identifier: Apache-2.0
// A disk that refuses to write or to sync: SQLite's own file system layer, with two switches.
#include <sqlite3.h>

#include <atomic>
#include <map>
#include <mutex>

#include "base/text.h"
#include "store/accounts.h"
#include "store/writer.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::store;

namespace {

std::atomic<bool> sync_fails{false};
std::atomic<bool> disk_is_full{false};
sqlite3_vfs* real = nullptr;

// Each table of methods that SQLite gives its files, with an altered copy.
std::mutex mutex;
std::map<const sqlite3_io_methods*, sqlite3_io_methods> altered;
std::map<const sqlite3_io_methods*, const sqlite3_io_methods*> originals;

const sqlite3_io_methods& original(const sqlite3_file* file) {
  std::lock_guard lock(mutex);
  return *originals.at(file->pMethods);
}

int sync_or_fail(sqlite3_file* file, int flags) {
  return sync_fails ? SQLITE_IOERR_FSYNC : original(file).xSync(file, flags);
}

int write_or_fail(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  return disk_is_full ? SQLITE_FULL : original(file).xWrite(file, bytes, size, offset);
}

int open_altered(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int code = real->xOpen(real, name, file, flags, out_flags);
  if (!file->pMethods) return code;
  std::lock_guard lock(mutex);
  auto& copy = altered.try_emplace(file->pMethods, *file->pMethods).first->second;
  copy.xSync = sync_or_fail;
  copy.xWrite = write_or_fail;
  originals[&copy] = file->pMethods;
  file->pMethods = &copy;
  return code;
}

// While it lives, databases are opened on the faulty disk.
class FaultyDisk {
 public:
  FaultyDisk() {
    real = sqlite3_vfs_find(nullptr);
    faulty_ = *real;
    faulty_.zName = "faulty";
    faulty_.xOpen = open_altered;
    sqlite3_vfs_register(&faulty_, 1);
  }
  ~FaultyDisk() {
    sync_fails = false;
    disk_is_full = false;
    sqlite3_vfs_unregister(&faulty_);
    sqlite3_vfs_register(real, 1);
  }

 private:
  sqlite3_vfs faulty_;
};

std::string add(test::TestStore& store, const std::string& name) {
  const auto id = store.commit([&](Transaction& transaction) { return insert_account(transaction, name, "member"); });
  return id ? "durable" : std::string(base::to_string(id.error().code)) + ": " + id.error().message;
}

std::string names(test::TestStore& store) {
  std::vector<std::string> names;
  for (const Account& account : store.read([](Database& database) { return list_accounts(database); }))
    names.push_back(account.name);
  return base::join(names, " ");
}

constexpr const char* kRefused =
    "STORE_UNAVAILABLE: the database could not make this durable; nothing was kept: try again";

}   // namespace

TEST_CASE("after a failed sync nothing is promised any more, although the disk says that it is well again") {
  const FaultyDisk disk;
  test::TestStore store;
  CHECK(add(store, "before") == "durable");
  sync_fails = true;
  CHECK_FALSE(store.writer->may_have_kept_what_it_refused());
  CHECK(add(store, "unsynced") ==
        "STORE_UNAVAILABLE: the disk failed while this was made durable; whether it was kept shows when capid is "
        "restarted: send "
        "it again then, with the same Idempotency-Key");
  CHECK(store.writer->may_have_kept_what_it_refused());
  sync_fails = false;
  CHECK(add(store, "after") == kRefused);
  CHECK(add(store, "later") == kRefused);
  CHECK(names(store) == "before");
}

TEST_CASE("a commit that finds the disk full is refused, and the writer goes on once there is room") {
  const FaultyDisk disk;
  test::TestStore store;
  CHECK(add(store, "before") == "durable");
  disk_is_full = true;
  CHECK(add(store, "no room") == kRefused);
  CHECK(add(store, "still none") == kRefused);
  CHECK(names(store) == "before");
  disk_is_full = false;
  CHECK(add(store, "after") == "durable");
  CHECK(names(store) == "after before");
}

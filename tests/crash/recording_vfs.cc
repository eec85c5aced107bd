// SPDX-License-Identifier: Apache-2.0
// Linked into capid itself, this writes down every change of the database's file and of its write-ahead log, and every sync that
// has returned, so that a test can tell what a power loss could have left (tests/crash/disk.py). It does so where
// CAPID_POWER_LOSS_RECORD names the file to append to. CAPID_POWER_LOSS_PAGES is how long the log gets before it is checkpointed,
// so that little load sees many checkpoints. CAPID_POWER_LOSS_AT says at which change of which file this kills itself, such as d12 or
// l300 (the database's or the log's): it is written down, and not done.
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace {

enum class Kind : char { kWrite = 'W', kTruncate = 'T', kSync = 'S', kDelete = 'D' };
enum class Which : char { kNone = '-', kDatabase = 'd', kLog = 'l' };

struct Entry {
  Kind kind;
  Which which;
  char padding[6] = {};
  int64_t offset = 0;   // of a write; of a truncation: the new length
  int64_t length = 0;   // of the bytes that follow
};

// An open file of SQLite's: the one of the system's VFS lies right behind it.
struct File {
  sqlite3_file base;
  Which which;
  int64_t padding;   // what follows is as aligned as this is
};

const char* record_path() { return std::getenv("CAPID_POWER_LOSS_RECORD"); }

sqlite3_vfs* system_vfs() {
  static sqlite3_vfs* const found = sqlite3_vfs_find("unix");
  return found;
}

sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1); }

// In the order of the record: of two changes at once, both must know which came first.
std::mutex& order() {
  static std::mutex mutex;
  return mutex;
}

bool is_the_last(Which which) {
  static const char* const last = std::getenv("CAPID_POWER_LOSS_AT");
  static int changes = 0;
  return last && last[0] == static_cast<char>(which) && ++changes == std::atoi(last + 1);
}

void note(Entry entry, const void* bytes = nullptr) {
  static const int record = ::open(record_path(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  iovec parts[] = {{&entry, sizeof entry}, {const_cast<void*>(bytes), static_cast<size_t>(entry.length)}};
  const auto whole = static_cast<ssize_t>(sizeof entry) + entry.length;
  if (::writev(record, parts, 2) != whole) std::abort();
  if (entry.kind != Kind::kSync && is_the_last(entry.which)) ::raise(SIGKILL);
}

Which which(sqlite3_file* file) { return reinterpret_cast<File*>(file)->which; }

int close_file(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }

int read_file(sqlite3_file* file, void* bytes, int length, sqlite3_int64 offset) {
  return real(file)->pMethods->xRead(real(file), bytes, length, offset);
}

int write_file(sqlite3_file* file, const void* bytes, int length, sqlite3_int64 offset) {
  const std::lock_guard lock(order());
  if (which(file) != Which::kNone)
    note({.kind = Kind::kWrite, .which = which(file), .offset = offset, .length = length}, bytes);
  return real(file)->pMethods->xWrite(real(file), bytes, length, offset);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 length) {
  const std::lock_guard lock(order());
  if (which(file) != Which::kNone) note({.kind = Kind::kTruncate, .which = which(file), .offset = length});
  return real(file)->pMethods->xTruncate(real(file), length);
}

// Held throughout: what is written while a sync is on its way is not known to be in it.
int sync_file(sqlite3_file* file, int flags) {
  const std::lock_guard lock(order());
  const int code = real(file)->pMethods->xSync(real(file), flags);
  if (code == SQLITE_OK && which(file) != Which::kNone) note({.kind = Kind::kSync, .which = which(file)});
  return code;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) { return real(file)->pMethods->xFileSize(real(file), size); }
int lock_file(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }
int unlock_file(sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }

int is_reserved(sqlite3_file* file, int* answer) {
  return real(file)->pMethods->xCheckReservedLock(real(file), answer);
}

int control_file(sqlite3_file* file, int what, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), what, argument);
}

int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
int characteristics(sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }

int map_shared(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
}

int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}

void order_shared(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
int unmap_shared(sqlite3_file* file, int remove) { return real(file)->pMethods->xShmUnmap(real(file), remove); }

// Version 2: without memory-mapped reads, whose pages nobody would see change.
constexpr sqlite3_io_methods kMethods{
    2,           close_file,   read_file,    write_file,   truncate_file, sync_file,       file_size,
    lock_file,   unlock_file,  is_reserved,  control_file, sector_size,   characteristics, map_shared,
    lock_shared, order_shared, unmap_shared, nullptr,      nullptr};

bool ends_with(const char* text, const char* end) {
  const size_t length = std::strlen(text), wanted = std::strlen(end);
  return length >= wanted && std::strcmp(text + length - wanted, end) == 0;
}

Which which_of(const char* path) {
  if (!path) return Which::kNone;
  return ends_with(path, "/capid.db")       ? Which::kDatabase
         : ends_with(path, "/capid.db-wal") ? Which::kLog
                                            : Which::kNone;
}

int open_file(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  reinterpret_cast<File*>(file)->which = which_of(path);
  const int code = system_vfs()->xOpen(system_vfs(), path, real(file), flags, out_flags);
  file->pMethods = real(file)->pMethods ? &kMethods : nullptr;
  return code;
}

int delete_file(sqlite3_vfs*, const char* path, int sync_folder) {
  const std::lock_guard lock(order());
  if (which_of(path) != Which::kNone) note({.kind = Kind::kDelete, .which = which_of(path)});
  return system_vfs()->xDelete(system_vfs(), path, sync_folder);
}

int set_checkpoint(sqlite3* database, const char**, const sqlite3_api_routines*) {
  const char* pages = std::getenv("CAPID_POWER_LOSS_PAGES");
  return pages ? sqlite3_wal_autocheckpoint(database, std::atoi(pages)) : SQLITE_OK;
}

// The other members are the system's own, and look at none of what is changed here.
[[maybe_unused]] const int registered = [] {
  if (!record_path()) return 0;
  static sqlite3_vfs vfs = *system_vfs();
  vfs.szOsFile += static_cast<int>(sizeof(File));
  vfs.pNext = nullptr;
  vfs.zName = "recording";
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  sqlite3_auto_extension(reinterpret_cast<void (*)()>(set_checkpoint));
  return sqlite3_vfs_register(&vfs, 1);
}();

}   // namespace

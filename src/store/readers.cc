// SPDX-License-Identifier: Apache-2.0
#include "store/readers.h"

#include "base/log.h"

namespace capid::store {

Result<std::unique_ptr<Readers>> Readers::open(const std::string& path, size_t count) {
  std::unique_ptr<Readers> readers(new Readers(path, count));
  readers->all_.push_back(std::make_unique<Database>(TRY(Database::open(path, Database::Mode::kReadOnly))));
  readers->idle_.push_back(readers->all_.back().get());
  return readers;
}

Database* Readers::take() {
  std::unique_lock lock(mutex_);
  if (idle_.empty() && all_.size() < count_ && !opening_) {
    opening_ = true;
    lock.unlock();
    auto another = Database::open(path_, Database::Mode::kReadOnly);
    lock.lock();
    opening_ = false;
    if (another) return all_.emplace_back(std::make_unique<Database>(std::move(*another))).get();
    base::log::warn("one more connection to the database cannot be opened: " + another.error().detail);
  }
  returned_.wait(lock, [&] { return !idle_.empty(); });
  Database* database = idle_.back();
  idle_.pop_back();
  return database;
}

void Readers::give_back(Database* database) {
  {
    std::lock_guard lock(mutex_);
    idle_.push_back(database);
  }
  returned_.notify_one();
}

}   // namespace capid::store

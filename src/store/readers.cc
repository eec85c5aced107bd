// SPDX-License-Identifier: Apache-2.0
#include "store/readers.h"

namespace capid::store {

Result<std::unique_ptr<Readers>> Readers::open(const std::string& path, size_t count) {
  std::unique_ptr<Readers> readers(new Readers);
  for (size_t i = 0; i < count; ++i) {
    readers->all_.push_back(std::make_unique<Database>(TRY(Database::open(path, Database::Mode::kReadOnly))));
    readers->idle_.push_back(readers->all_.back().get());
  }
  return readers;
}

Database* Readers::take() {
  std::unique_lock lock(mutex_);
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

// SPDX-License-Identifier: Apache-2.0
// A bounded pool of reading connections, lent for the time of one look-up.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "store/database.h"

namespace capid::store {

class Readers {
 public:
  /// At most `count` connections to the database at `path`: one now, each other one when all that are open are lent.
  [[nodiscard]] static Result<std::unique_ptr<Readers>> open(const std::string& path, size_t count);

  /// A connection that goes back to the pool with its scope. Waits for one; never keep it while waiting for anything
  /// else.
  class Lease {
   public:
    explicit Lease(Readers& pool) : pool_(pool), database_(pool.take()) {}
    ~Lease() { pool_.give_back(database_); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    [[nodiscard]] Database& operator*() { return *database_; }

   private:
    Readers& pool_;
    Database* database_;
  };

  [[nodiscard]] Lease lend() { return Lease(*this); }

 private:
  Readers(std::string path, size_t count) : path_(std::move(path)), count_(count) {}
  [[nodiscard]] Database* take();
  void give_back(Database* database);

  const std::string path_;
  const size_t count_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Database>> all_;
  bool opening_ = false;   // one at a time, outside the lock
  std::vector<Database*> idle_;
};

}   // namespace capid::store

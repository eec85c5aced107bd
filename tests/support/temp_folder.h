// SPDX-License-Identifier: Apache-2.0
// What tests stand on: a folder that goes with its scope, a clock that is set by hand, and a real store in such a folder.
#pragma once

#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "store/accounts.h"
#include "store/app_versions.h"
#include "store/migrations.h"
#include "store/readers.h"
#include "store/runs.h"
#include "store/writer.h"

namespace capid::test {

/// An empty folder of its own below /tmp, removed with everything in it.
class TempFolder {
 public:
  TempFolder() {
    std::string pattern = "/tmp/capid-test-XXXXXX";
    CHECK(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  /// Writes a file, with the folders above it.
  void write(const std::string& name, const std::string& content) const {
    const std::filesystem::path file = path_ + "/" + name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << content;
    out.close();
    CHECK(out.good());
  }

 private:
  std::string path_;
};

/// The bytes of a file; it must be there.
[[nodiscard]] inline std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  CHECK(in.good());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

class FakeClock final : public base::Clock {
 public:
  static constexpr base::TimeMs kStart = 1'777'273'271'000;   // 2026-04-27T07:01:11Z

  [[nodiscard]] base::TimeMs now_ms() const override { return now_; }
  [[nodiscard]] base::TimeMs elapsed_ms() const override { return elapsed_; }
  void set(base::TimeMs now) { now_ = now; }   // as a person does: no time passes
  void advance(base::TimeMs by) {
    now_ += by;
    elapsed_ += by;
  }

 private:
  std::atomic<base::TimeMs> now_{kStart};
  std::atomic<base::TimeMs> elapsed_{0};
};

/// A migrated database with its writer and two readers.
struct TestStore {
  TempFolder folder;
  FakeClock clock;
  std::string path = folder / "capid.db";
  std::unique_ptr<store::Writer> writer;
  std::unique_ptr<store::Readers> readers;

  TestStore() {
    store::Database database = store::Database::open(path, store::Database::Mode::kCreate).value();
    store::migrate(database).value();
    writer = std::make_unique<store::Writer>(std::move(database), clock, "");
    readers = store::Readers::open(path, 2).value();
  }

  template <typename F>
  auto commit(F job) {
    return writer->commit(std::move(job));
  }

  /// What `look` finds in the database, through a reader; the look-up must succeed.
  template <typename F>
  auto read(F look) {
    return look(*readers->lend()).value();
  }

  std::string add_account(const std::string& name) {
    return commit([&](store::Transaction& transaction) { return store::insert_account(transaction, name, "member"); })
        .value();
  }

  /// A pending run of the app "summary" in its version "v1".
  std::string add_run(const std::string& account) {
    return commit([&](store::Transaction& transaction) -> Result<std::string> {
             TRY(store::insert_app_version(transaction, {.app = "summary", .version = "v1"}));
             return store::insert_run(
                 transaction,
                 {.account = account, .app = "summary", .app_name = "Summary", .app_version = "v1", .inputs = "{}"});
           })
        .value();
  }

  [[nodiscard]] store::Database another_connection() const {
    return store::Database::open(path, store::Database::Mode::kReadWrite).value();
  }
};

}   // namespace capid::test

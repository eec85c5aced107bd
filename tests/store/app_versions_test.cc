// SPDX-License-Identifier: Apache-2.0
#include "store/app_versions.h"

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::store;

namespace {

struct Versions : test::TestStore {
  void add(const AppVersion& version) {
    REQUIRE(commit([&](Transaction& transaction) { return insert_app_version(transaction, version); }));
  }
  bool remove(const AppVersion& version) {
    return commit([&](Transaction& transaction) { return remove_unused_app_version(transaction, version); }).value();
  }
  std::string list() {
    std::string list;
    for (const AppVersion& version : read([](Database& database) { return list_app_versions(database); }))
      list += version.app + "/" + version.version + " ";
    return list;
  }
};

}   // namespace

TEST_CASE("a version is kept once") {
  Versions versions;
  versions.add({"a", "v1"});
  versions.add({"a", "v1"});
  versions.add({"a", "v2"});
  versions.add({"b", "v1"});
  CHECK(versions.list() == "a/v1 a/v2 b/v1 ");
}

TEST_CASE("a version that no run refers to is removed, and no other") {
  Versions versions;
  for (const AppVersion& version : {AppVersion{"a", "v1"}, AppVersion{"a", "v2"}, AppVersion{"b", "v1"}})
    versions.add(version);
  CHECK(versions.remove({"a", "v1"}));
  CHECK_FALSE(versions.remove({"a", "v1"}));
  CHECK_FALSE(versions.remove({"b", "v2"}));
  CHECK(versions.list() == "a/v2 b/v1 ");
}

TEST_CASE("a version stays while a run refers to it, also one that has ended") {
  Versions versions;
  const std::string run = versions.add_run(versions.add_account("ada"));
  versions.add({"summary", "v2"});
  CHECK_FALSE(versions.remove({"summary", "v1"}));
  REQUIRE(versions
              .commit([&](Transaction& transaction) {
                return settle_run(transaction,
                                  {.run = run, .node = "here", .attempt = 0, .status = RunStatus::kCancelled});
              })
              .value());
  CHECK_FALSE(versions.remove({"summary", "v1"}));
  CHECK(versions.remove({"summary", "v2"}));
  CHECK(versions.list() == "summary/v1 ");
}

// SPDX-License-Identifier: Apache-2.0
#include "store/artifacts.h"

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::store;

namespace {

std::string show(const Artifact& artifact) {
  return artifact.title + "|" + artifact.filename + "|" + artifact.type + "|" + std::to_string(artifact.size) + "|" +
         artifact.sha256 + "|" + artifact.blob;
}

struct Artifacts : test::TestStore {
  std::string account = add_account("ada");
  std::string run = add_run(account), other_run = add_run(account);

  std::string add(const std::string& to, int64_t position, const std::string& name) {
    return commit([&](Transaction& transaction) {
             return insert_artifact(transaction, to, position,
                                    {.title = "out/" + name,
                                     .filename = name,
                                     .type = "text/plain",
                                     .size = 3,
                                     .sha256 = "s",
                                     .blob = "hour/" + name});
           })
        .value();
  }
  bool is_used(const std::string& blob) {
    return read([&](Database& database) { return blob_is_used(database, blob); });
  }
};

}   // namespace

TEST_CASE("a run's artifacts come in the order of their positions, and of that run alone") {
  Artifacts artifacts;
  const std::string second = artifacts.add(artifacts.run, 1, "b.txt");
  const std::string first = artifacts.add(artifacts.run, 0, "c.txt");
  artifacts.add(artifacts.other_run, 0, "a.txt");
  const auto found = artifacts.read([&](Database& database) { return artifacts_of_run(database, artifacts.run); });
  REQUIRE(found.size() == 2);
  CHECK(show(found[0]) == "out/c.txt|c.txt|text/plain|3|s|hour/c.txt");
  CHECK(show(found[1]) == "out/b.txt|b.txt|text/plain|3|s|hour/b.txt");
  CHECK(found[0].id == first);
  CHECK(found[1].id == second);
  CHECK(found[0].run == artifacts.run);
}

TEST_CASE("an artifact is found only through its own run") {
  Artifacts artifacts;
  const std::string id = artifacts.add(artifacts.run, 0, "a.txt");
  const auto find = [&](const std::string& run) {
    const auto found = artifacts.read([&](Database& database) { return find_artifact(database, run, id); });
    return found ? show(*found) : "none";
  };
  CHECK(find(artifacts.run) == "out/a.txt|a.txt|text/plain|3|s|hour/a.txt");
  CHECK(find(artifacts.other_run) == "none");
}

TEST_CASE("a blob is used while an artifact or an attachment names it") {
  Artifacts artifacts;
  artifacts.add(artifacts.run, 0, "a.txt");
  REQUIRE(artifacts.commit([&](Transaction& transaction) {
    return insert_run(
        transaction,
        {.account = artifacts.account,
         .app = "summary",
         .app_name = "Summary",
         .app_version = "v1",
         .inputs = "{}",
         .files = {{.name = "in.txt", .type = "text/plain", .size = 1, .sha256 = "s", .blob = "hour/in"}}});
  }));
  CHECK(artifacts.is_used("hour/a.txt"));
  CHECK(artifacts.is_used("hour/in"));
  CHECK_FALSE(artifacts.is_used("hour/a"));
  CHECK_FALSE(artifacts.is_used(""));
}

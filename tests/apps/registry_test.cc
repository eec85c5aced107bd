// SPDX-License-Identifier: Apache-2.0
#include "apps/registry.h"

#include <chrono>
#include <thread>

#include "base/text.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::apps;

namespace {

namespace fs = std::filesystem;

std::string manifest(const std::string& name) { return "name: " + name + "\nagent: {command: [/app/main]}\n"; }

struct House : test::TestStore {
  std::unique_ptr<Registry> registry;

  void save(const std::string& app, const std::string& content) { folder.write("apps/" + app + "/app.yaml", content); }
  void start() {
    registry = std::make_unique<Registry>(
        Registry::Options{.apps_folder = folder / "apps", .versions_folder = folder / "versions"}, *writer, *readers);
    REQUIRE(registry->start());
  }
  // "id=name" for a ready app, "id!problem" for a disabled one.
  std::string list() const {
    std::string list;
    for (const AppState& state : registry->list())
      list += state.app + (state.version ? "=" + state.version->manifest.name : "!" + state.problem) + " ";
    return list;
  }
  // What list() says once it says `expected`, or what it still says after a time in which any machine gets there.
  std::string soon(const std::string& expected) const {
    for (int tries = 0; tries < 1'000 && list() != expected; ++tries)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return list();
  }
  std::string version_of(const std::string& app) const { return registry->current(app).value()->version; }
  std::string kept_rows() {
    std::vector<std::string> rows;
    for (const auto& version : read([](store::Database& database) { return store::list_app_versions(database); })) {
      rows.push_back(version.app + "/" + version.version);
    }
    return base::join(rows, " ");
  }
  bool is_kept(const std::string& app, const std::string& version) const {
    return fs::exists(folder / "versions/" + app + "/" + version);
  }
};

std::string refusal(const Result<std::shared_ptr<const Version>>& result) {
  REQUIRE(!result);
  return std::string(base::to_string(result.error().code)) + ": " + result.error().message;
}

}   // namespace

TEST_CASE("the apps that are there at the start are ready, and what is no app is passed over") {
  House house;
  house.save("summary", manifest("Summary"));
  house.save("translate", manifest("Translate"));
  house.save(".hidden", manifest("Hidden"));
  house.save("bad name", manifest("Bad"));
  house.folder.write("apps/README", "not a folder");
  house.start();
  CHECK(house.list() == "summary=Summary translate=Translate ");
  const auto version = house.registry->current("summary").value();
  CHECK(version->app == "summary");
  CHECK(version->folder == house.folder / "versions/summary/" + version->version);
  CHECK(test::content_of(version->folder + "/app.yaml") == manifest("Summary"));
  CHECK(house.kept_rows() == "summary/" + house.version_of("summary") + " translate/" + house.version_of("translate"));
}

TEST_CASE("without an apps folder one is made") {
  House house;
  house.start();
  CHECK(house.list().empty());
  CHECK(fs::is_directory(house.folder / "apps"));
}

TEST_CASE("an app that is added, moved in or removed is noticed") {
  House house;
  house.start();
  house.save("summary", manifest("Summary"));
  CHECK(house.soon("summary=Summary ") == "summary=Summary ");
  house.folder.write("elsewhere/app.yaml", manifest("Moved"));
  fs::rename(house.folder / "elsewhere", house.folder / "apps/moved");
  CHECK(house.soon("moved=Moved summary=Summary ") == "moved=Moved summary=Summary ");
  fs::remove_all(house.folder / "apps/summary");
  CHECK(house.soon("moved=Moved ") == "moved=Moved ");
  CHECK(refusal(house.registry->current("summary")) == "APP_NOT_FOUND: there is no app \"summary\"");
}

TEST_CASE("an app that cannot be looked at is disabled, and no other") {
  House house;
  house.save("summary", manifest("Summary"));
  house.start();
  fs::create_symlink("round", house.folder / "apps/round");   // a link to itself
  const std::string expected =
      "APP_DISABLED: the app \"round\" is disabled until its manifest is mended: its folder cannot be looked at: Too "
      "many levels of "
      "symbolic links";
  std::string said;
  for (int tries = 0; tries < 500 && said != expected; ++tries) {
    said = refusal(house.registry->current("round"));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  CHECK(said == expected);
  CHECK(house.registry->current("summary"));
}

TEST_CASE("a saved change is a new version, and one that no run needs goes") {
  House house;
  house.save("summary", manifest("One"));
  house.start();
  const std::string first = house.version_of("summary");
  house.save("summary", manifest("Two"));
  CHECK(house.soon("summary=Two ") == "summary=Two ");
  const std::string second = house.version_of("summary");
  CHECK(first != second);
  for (int tries = 0; tries < 1'000 && house.is_kept("summary", first); ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK_FALSE(house.is_kept("summary", first));
  CHECK(house.is_kept("summary", second));
  CHECK(house.kept_rows() == "summary/" + second);
  CHECK_FALSE(house.registry->find("summary", first));

  house.save("summary", manifest("One"));
  CHECK(house.soon("summary=One ") == "summary=One ");
  CHECK(house.version_of("summary") == first);
}

TEST_CASE("a change deep inside an app's folder is a new version too") {
  House house;
  house.save("summary", manifest("Summary"));
  house.folder.write("apps/summary/lib/deep/code.py", "1");
  house.start();
  const std::string first = house.version_of("summary");
  house.folder.write("apps/summary/lib/deep/code.py", "2");
  for (int tries = 0; tries < 1'000 && house.version_of("summary") == first; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(house.version_of("summary") != first);
  CHECK(test::content_of(house.registry->current("summary").value()->folder + "/lib/deep/code.py") == "2");
}

TEST_CASE("a version that a run refers to stays, also across a restart") {
  House house;
  house.save("summary", manifest("One"));
  house.start();
  const std::string first = house.version_of("summary");
  REQUIRE(house.commit([&](store::Transaction& transaction) -> Result<std::string> {
    const std::string account = TRY(store::insert_account(transaction, "ada", "member"));
    return store::insert_run(
        transaction, {.account = account, .app = "summary", .app_name = "One", .app_version = first, .inputs = "{}"});
  }));
  house.save("summary", manifest("Two"));
  CHECK(house.soon("summary=Two ") == "summary=Two ");
  CHECK(house.registry->find("summary", first).value()->manifest.name == "One");
  house.registry.reset();
  house.start();
  CHECK(house.registry->find("summary", first).value()->manifest.name == "One");
  CHECK(house.registry->find("summary", house.version_of("summary")).value()->manifest.name == "Two");
}

TEST_CASE("a broken manifest disables its app alone, until it is mended") {
  House house;
  house.save("summary", manifest("Summary"));
  house.save("translate", manifest("Translate"));
  house.start();
  house.save("summary", "agnt: {}\n");
  const std::string problem =
      "summary/app.yaml:1: agent is missing: it says what to run, for example  agent: {command: [python3, "
      "/app/main.py]}  or, with the built-in agent,  agent: {prompt: \"…\"}\n"
      "summary/app.yaml:1: unknown key \"agnt\"; did you mean \"agent\"?";
  CHECK(house.soon("summary!" + problem + " translate=Translate ") == "summary!" + problem + " translate=Translate ");
  CHECK(refusal(house.registry->current("summary")) ==
        "APP_DISABLED: the app \"summary\" is disabled until its manifest is mended: " + problem);
  CHECK(house.registry->current("translate"));
  house.save("summary", manifest("Mended"));
  CHECK(house.soon("summary=Mended translate=Translate ") == "summary=Mended translate=Translate ");
}

TEST_CASE("an app that is not there is refused with the nearest one") {
  House house;
  house.save("summary", manifest("Summary"));
  house.start();
  CHECK(refusal(house.registry->current("sumary")) ==
        "APP_NOT_FOUND: there is no app \"sumary\"; did you mean \"summary\"?");
  CHECK(refusal(house.registry->current("../etc")) == "APP_NOT_FOUND: there is no app \"../etc\"");
}

TEST_CASE("what a crash left of snapshots goes with the next start") {
  House house;
  house.save("summary", manifest("Summary"));
  house.start();
  const std::string kept = house.version_of("summary");
  house.registry.reset();
  house.folder.write("versions/summary/.copy-0123/app.yaml", "half a copy");
  house.folder.write("versions/gone/" + std::string(64, 'a') + "/app.yaml", "a copy without a row");
  house.start();
  CHECK(house.is_kept("summary", kept));
  CHECK_FALSE(house.is_kept("summary", ".copy-0123"));
  CHECK_FALSE(house.is_kept("gone", std::string(64, 'a')));
}

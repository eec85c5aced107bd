// SPDX-License-Identifier: Apache-2.0
#include "apps/snapshot.h"

#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::apps;

namespace {

namespace fs = std::filesystem;

// A small app: a manifest, a script that may run, a link and an empty folder.
struct App {
  test::TempFolder folder;

  App() {
    folder.write("app/app.yaml", "agent: {command: [/app/bin/main]}");
    folder.write("app/bin/main", "#!/bin/sh\n");
    fs::permissions(folder / "app/bin/main", fs::perms::owner_exec, fs::perm_options::add);
    fs::create_symlink("bin/main", folder / "app/link");
    fs::create_directory(folder / "app/empty");
    fs::create_directory(folder / "versions");
  }
  std::string path() const { return folder / "app"; }
  std::string hash() const { return hash_folder(path()).value(); }
  std::string snapshot() const { return take_snapshot(path(), folder / "versions").value(); }
};

std::string refusal(const Result<std::string>& result) {
  REQUIRE(!result);
  CHECK(result.error().code == Code::kAppDisabled);
  return result.error().message;
}

}   // namespace

TEST_CASE("the same content has the same hash, wherever it lies and whenever it was written") {
  const App one, two;
  CHECK(one.hash() == two.hash());
  CHECK(one.hash().size() == 64);
  fs::last_write_time(one.folder / "app/app.yaml", fs::file_time_type::min() + std::chrono::hours(24));
  fs::permissions(one.folder / "app/app.yaml", fs::perms::group_write, fs::perm_options::add);
  CHECK(one.hash() == two.hash());
}

TEST_CASE("every change of content, name, kind, run bit or link target is another hash") {
  const App app;
  std::set<std::string> hashes{app.hash()};
  const auto is_new = [&] { return hashes.insert(app.hash()).second; };
  app.folder.write("app/app.yaml", "agent: {command: [/app/bin/main2]}");
  CHECK(is_new());
  fs::rename(app.folder / "app/bin/main", app.folder / "app/bin/main2");
  CHECK(is_new());
  fs::permissions(app.folder / "app/bin/main2", fs::perms::owner_exec, fs::perm_options::remove);
  CHECK(is_new());
  fs::remove(app.folder / "app/link");
  CHECK(is_new());
  fs::create_symlink("bin/main2", app.folder / "app/link");
  CHECK(is_new());
  fs::remove(app.folder / "app/link");
  app.folder.write("app/link", "bin/main2");
  CHECK(is_new());
  fs::remove(app.folder / "app/empty");
  CHECK(is_new());
  app.folder.write("app/empty", "");
  CHECK(is_new());
  app.folder.write("app/.hidden", "");
  CHECK(is_new());
}

TEST_CASE("what moves from a name to a content, or from one file to the next, is another hash") {
  const test::TempFolder folder;
  std::set<std::string> hashes;
  const auto hash_of = [&](const std::string& name, const std::vector<std::pair<std::string, std::string>>& files) {
    for (const auto& [file, content] : files) folder.write(name + "/" + file, content);
    return hash_folder(folder / name).value();
  };
  CHECK(hashes.insert(hash_of("1", {{"a", "bc"}})).second);
  CHECK(hashes.insert(hash_of("2", {{"ab", "c"}})).second);
  CHECK(hashes.insert(hash_of("3", {{"a", "b"}, {"c", ""}})).second);
  CHECK(hashes.insert(hash_of("4", {{"a", ""}, {"c", "b"}})).second);
  CHECK(hashes.insert(hash_of("5", {{"a/c", "b"}})).second);
}

TEST_CASE("a snapshot is a whole copy, named by its hash") {
  const App app;
  const std::string hash = app.snapshot();
  CHECK(hash == app.hash());
  const std::string copy = app.folder / "versions/" + hash;
  CHECK(hash_folder(copy).value() == hash);
  CHECK(test::content_of(copy + "/app.yaml") == "agent: {command: [/app/bin/main]}");
  CHECK((fs::status(copy + "/bin/main").permissions() & fs::perms::all) == static_cast<fs::perms>(0755));
  CHECK((fs::status(copy + "/app.yaml").permissions() & fs::perms::all) == static_cast<fs::perms>(0644));
  CHECK(fs::is_symlink(copy + "/link"));
  CHECK(fs::read_symlink(copy + "/link") == "bin/main");
  CHECK(fs::is_empty(copy + "/empty"));
}

TEST_CASE("a snapshot does not change with its app, and one that exists is not written again") {
  const App app;
  const std::string first = app.snapshot();
  app.folder.write("app/app.yaml", "changed");
  const std::string second = app.snapshot();
  CHECK(first != second);
  CHECK(test::content_of(app.folder / "versions/" + first + "/app.yaml") == "agent: {command: [/app/bin/main]}");
  CHECK(test::content_of(app.folder / "versions/" + second + "/app.yaml") == "changed");

  const auto inode = [&] {
    struct stat status {};
    REQUIRE(::stat((app.folder / "versions/" + second + "/app.yaml").c_str(), &status) == 0);
    return status.st_ino;
  };
  const auto before = inode();
  CHECK(app.snapshot() == second);
  CHECK(inode() == before);
  CHECK(std::distance(fs::directory_iterator(app.folder / "versions"), {}) == 2);
}

TEST_CASE("links are copied as links, also those that lead out of the app or nowhere") {
  const App app;
  fs::create_symlink("/etc", app.folder / "app/out");
  fs::create_symlink("nowhere", app.folder / "app/dangling");
  const std::string copy = app.folder / "versions/" + app.snapshot();
  CHECK(fs::read_symlink(copy + "/out") == "/etc");
  CHECK(fs::read_symlink(copy + "/dangling") == "nowhere");
}

TEST_CASE("a FIFO is refused, and nothing of the copy stays") {
  const App app;
  const std::string fifo = app.folder / "app/bin/pipe";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const std::string expected = "bin/pipe is neither file, folder nor link: an app may hold only those";
  CHECK(refusal(hash_folder(app.path())) == expected);
  CHECK(refusal(take_snapshot(app.path(), app.folder / "versions")) == expected);
  CHECK(fs::is_empty(app.folder / "versions"));
}

TEST_CASE("a folder that is not there is refused") {
  const App app;
  CHECK(refusal(hash_folder(app.folder / "none")) == "the app's folder cannot be read: No such file or directory");
}

TEST_CASE("what may not be read or entered is named, without the host's path") {
  if (::geteuid() == 0) return;   // root may
  const App app;
  const auto closed = [&](const char* name, unsigned mode) {
    REQUIRE(::chmod((app.path() + name).c_str(), mode) == 0);
    std::string said = refusal(hash_folder(app.path()));
    REQUIRE(::chmod((app.path() + name).c_str(), 0755) == 0);
    return said;
  };
  CHECK(closed("/bin", 0644) == "bin/main cannot be looked at: Permission denied");
  CHECK(closed("/bin", 0) == "bin cannot be read: Permission denied");
  CHECK(closed("/bin/main", 0) == "bin/main cannot be read: Permission denied");
}

TEST_CASE("a folder of more than 20,000 entries is refused") {
  const test::TempFolder folder;
  fs::create_directory(folder / "app");
  for (int i = 0; i <= 20'000; ++i) REQUIRE(::symlink("x", (folder / "app/" + std::to_string(i)).c_str()) == 0);
  CHECK(refusal(hash_folder(folder / "app")) ==
        "the app holds more than 20,000 files: keep it small, and mount the rest");
}

// SPDX-License-Identifier: Apache-2.0
#include "apps/host_rules.h"

#include <sys/stat.h>

#include <filesystem>

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::apps;

namespace {

namespace fs = std::filesystem;

// A host with an allowed folder, and another beside it.
struct Host {
  test::TempFolder folder;
  HostRules rules{.allow = {folder / "allowed"}, .own = folder / "own"};

  Host() {
    folder.write("allowed/tools/run", "x");
    folder.write("elsewhere/secret", "x");
    folder.write("own/capid.db", "x");
  }
  void link(const std::string& to, const std::string& name) { fs::create_symlink(to, folder / name); }
  // Where it leads below the folder, or the error, with the folder's path left out.
  std::string resolve(const std::string& name) {
    const auto got = resolve_host_path(name.starts_with('/') ? name : folder / name, rules);
    std::string text = got ? *got : std::string(base::to_string(got.error().code)) + ": " + got.error().message;
    for (size_t at = 0; (at = text.find(folder.path() + "/")) != std::string::npos;)
      text.erase(at, folder.path().size() + 1);
    return text;
  }
};

std::string not_allowed(const std::string& path) {
  return "is not allowed: the operator allows it in capid's config with  sandbox: {mount_allow: [" + path + "]}";
}

}   // namespace

TEST_CASE("what lies in an allowed folder is allowed, files and folders") {
  Host host;
  CHECK(host.resolve("allowed") == "allowed");
  CHECK(host.resolve("allowed/tools") == "allowed/tools");
  CHECK(host.resolve("allowed/tools/run") == "allowed/tools/run");
  CHECK(host.resolve("elsewhere") == "APP_DISABLED: elsewhere " + not_allowed("elsewhere"));
  CHECK(host.resolve("allowed-not") == "APP_DISABLED: allowed-not " + not_allowed("allowed-not"));
  host.rules.allow.clear();
  CHECK(host.resolve("allowed") == "APP_DISABLED: allowed " + not_allowed("allowed"));
}

TEST_CASE("a link is followed, but never out of what is allowed") {
  Host host;
  host.link("tools", "allowed/current");
  CHECK(host.resolve("allowed/current") == "allowed/tools");
  CHECK(host.resolve("allowed/current/run") == "allowed/tools/run");
  const std::string refused = ", which " + not_allowed("elsewhere");
  host.link("../elsewhere", "allowed/out");
  CHECK(host.resolve("allowed/out") == "APP_DISABLED: allowed/out leads to elsewhere" + refused);
  host.link(host.folder / "elsewhere/secret", "allowed/tools/file");
  CHECK(host.resolve("allowed/tools/file") ==
        "APP_DISABLED: allowed/tools/file leads to elsewhere/secret, which " + not_allowed("elsewhere/secret"));
  CHECK(host.resolve("allowed/out/secret") ==
        "APP_DISABLED: allowed/out/secret leads to elsewhere/secret, which " + not_allowed("elsewhere/secret"));
  host.link("out", "allowed/twice");
  CHECK(host.resolve("allowed/twice") == "APP_DISABLED: allowed/twice leads to elsewhere" + refused);
}

TEST_CASE("an allowed folder may itself be a link: what it leads to is allowed") {
  Host host;
  host.link("elsewhere", "opt");
  host.rules.allow = {host.folder / "opt"};
  CHECK(host.resolve("opt") == "elsewhere");
  CHECK(host.resolve("opt/secret") == "elsewhere/secret");
  CHECK(host.resolve("elsewhere/secret") == "elsewhere/secret");
  CHECK(host.resolve("allowed") == "APP_DISABLED: allowed " + not_allowed("allowed"));
}

TEST_CASE("the kernel's folders and capid's own stay out, whatever the config says") {
  Host host;
  host.rules.allow = {"/"};
  CHECK(host.resolve("elsewhere") == "elsewhere");
  for (const std::string folder : {"/proc", "/sys", "/dev"}) {
    CHECK(host.resolve(folder) ==
          "APP_DISABLED: " + folder + " cannot be mounted: " + folder + " is never shown to an agent");
  }
  CHECK(host.resolve("/proc/1/root") ==
        "APP_DISABLED: /proc/1/root cannot be mounted: /proc is never shown to an agent");
  CHECK(host.resolve("/") == "APP_DISABLED: / cannot be mounted: /proc is never shown to an agent");
  host.link("/proc/self", "allowed/link");
  CHECK(host.resolve("allowed/link").ends_with("/proc is never shown to an agent"));
  for (const std::string own : {"own", "own/capid.db"})
    CHECK(host.resolve(own) ==
          "APP_DISABLED: " + own + " cannot be mounted: capid's own data is never shown to an agent");
  CHECK(host.resolve(host.folder.path()).ends_with("capid's own data is never shown to an agent"));
  host.link("../own/capid.db", "allowed/database");
  CHECK(host.resolve("allowed/database") ==
        "APP_DISABLED: own/capid.db cannot be mounted: capid's own data is never shown to an agent");
}

TEST_CASE("what is not there, or is neither folder nor file, cannot be mounted") {
  Host host;
  CHECK(host.resolve("allowed/gone") ==
        "SANDBOX_SETUP_FAILED: allowed/gone of the host cannot be mounted: No such file or directory (as the user that "
        "capid runs as sees it)");
  host.link("gone", "allowed/dangling");
  CHECK(host.resolve("allowed/dangling").starts_with("SANDBOX_SETUP_FAILED: allowed/dangling of the host"));
  REQUIRE(::mkfifo((host.folder / "allowed/pipe").c_str(), 0600) == 0);
  CHECK(host.resolve("allowed/pipe") ==
        "SANDBOX_SETUP_FAILED: allowed/pipe of the host cannot be mounted: it is neither a folder nor a file");
}

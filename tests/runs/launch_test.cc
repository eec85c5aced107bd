// SPDX-License-Identifier: Apache-2.0
// What a run is given at its launch beside its files: secrets, and parts of the host.
#include <filesystem>

#include "runs/active.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::runs;

namespace {

base::SecretKey key() {
  const std::array<unsigned char, base::SecretKey::kSize> bytes{1};
  return base::SecretKey(bytes);
}

struct House : test::TestStore {
  secrets::Secrets secrets{key()};
  apps::Manifest manifest;

  void set(const std::string& name, const std::string& value) {
    REQUIRE(commit([&](store::Transaction& transaction) { return secrets.set(transaction, name, value); }));
  }
  void use(const std::string& name, const std::string& env) {
    manifest.secrets.push_back({.name = name, .env = env, .inject = {}});
  }
  void inject(const std::string& name) {
    manifest.secrets.push_back(
        {.name = name,
         .env = {},
         .inject = apps::SecretInjection{.host = "h.org", .header = "H", .format = "{}", .base_url_env = "URL"}});
  }
  // NAME=VALUE; for each, or the error.
  std::string open() {
    const auto opened = open_secrets(manifest, secrets, *readers);
    if (!opened) return std::string(base::to_string(opened.error().code)) + ": " + opened.error().message;
    std::string text;
    for (const OpenSecret& secret : *opened) text += secret.use.name + "=" + std::string(secret.value.view()) + ";";
    return text;
  }
  sandbox::Spec spec() {
    auto version = std::make_shared<apps::Version>();
    manifest.command = {"main"};
    version->manifest = manifest;
    Active run;
    run.version = version;
    run.secrets = open_secrets(manifest, secrets, *readers).value();
    run.host.rootfs = "/srv/root";
    run.host.mounts = {{.host = "/srv/real", .at = "/tools"}};
    return spec_for(run, WorkspaceFolders(folder / "workspaces"), 1'000);
  }
};

std::string variable(const sandbox::Spec& spec, const std::string& wanted) {
  std::string values;
  for (const auto& [name, value] : spec.env) {
    if (name == wanted) values += value + ";";
  }
  return values;
}

}   // namespace

TEST_CASE("secrets are opened in the app's order, as they are at that moment") {
  House house;
  CHECK(house.open().empty());
  house.use("B", "X");
  house.use("A", "Y");
  house.set("A", "one");
  CHECK(house.open() ==
        "SANDBOX_SETUP_FAILED: the secret B is not set: the operator sets it with  capid secrets set B");
  house.set("B", "two");
  CHECK(house.open() == "B=two;A=one;");
  house.set("B", "three");
  CHECK(house.open() == "B=three;A=one;");
}

TEST_CASE("a secret that was sealed under another instance secret fails the run with words") {
  House house;
  house.use("A", "X");
  REQUIRE(house.commit([](store::Transaction& transaction) {
    const std::array<unsigned char, base::SecretKey::kSize> other{2};
    return secrets::Secrets(base::SecretKey(other)).set(transaction, "A", "value");
  }));
  CHECK(house.open() ==
        "SANDBOX_SETUP_FAILED: the secret A cannot be opened: a stored secret cannot be opened: the instance secret is "
        "not the one it was sealed with");
}

TEST_CASE("what would break a header is not injected, but fits into a variable") {
  House house;
  for (const char* bad : {"a\r\nX-Admin: 1", "a\n", "a\tb", "\x7f"}) {
    CAPTURE(bad);
    house.set("A", bad);
    house.manifest.secrets.clear();
    house.inject("A");
    CHECK(house.open() ==
          "SANDBOX_SETUP_FAILED: the secret A cannot be added to requests: it holds a line's end or another control "
          "character");
    house.manifest.secrets.clear();
    house.use("A", "X");
    CHECK(house.open() == std::string("A=") + bad + ";");
  }
}

TEST_CASE("variables hold at most 48 KiB of secrets; what is injected does not count") {
  House house;
  house.set("A", std::string(16 << 10, 'x'));
  for (const char* env : {"A", "B", "C"}) house.use("A", env);
  house.inject("A");
  CHECK(house.open().size() > 48 << 10);
  house.set("D", "x");
  house.use("D", "D");
  CHECK(house.open() ==
        "SANDBOX_SETUP_FAILED: the secrets that this app is given as variables are larger than 48 KiB together");
}

TEST_CASE(
    "the sandbox is given secrets as variables, never injected ones, and the host's folders by their real paths") {
  House house;
  house.set("A", "value");
  house.set("B", "hidden");
  house.use("A", "TOKEN");
  house.use("A", "HOME");
  house.inject("B");
  const sandbox::Spec spec = house.spec();
  CHECK(variable(spec, "TOKEN") == "value;");
  CHECK(variable(spec, "HOME") == "value;");   // one variable, one value
  CHECK(variable(spec, "PATH") == std::string(sandbox::kPath) + ";");
  for (const auto& [name, value] : spec.env) CHECK(value.find("hidden") == std::string::npos);
  REQUIRE(spec.mounts.size() == 3);
  CHECK(spec.mounts[2].host == "/srv/real");
  CHECK(spec.mounts[2].at == "/tools");
  CHECK_FALSE(spec.mounts[2].writable);
  CHECK(spec.rootfs == "/srv/root");
}

TEST_CASE("what a run sees of the host is looked at again at its launch") {
  const test::TempFolder folder;
  folder.write("allowed/tools/run", "x");
  std::filesystem::create_symlink("tools", folder / "allowed/current");
  apps::Manifest manifest;
  manifest.mounts = {{.host = folder / "allowed/current", .at = "/tools"}};
  manifest.rootfs = folder / "allowed/current";
  apps::HostRules rules{.allow = {folder / "allowed"}, .own = ""};
  const auto view = host_view(manifest, rules);
  REQUIRE(view);
  REQUIRE(view->mounts.size() == 1);
  CHECK(view->mounts[0].host == folder / "allowed/tools");
  CHECK(view->mounts[0].at == "/tools");
  CHECK_FALSE(view->mounts[0].follow_links);   // whatever is put there from now on
  CHECK(view->rootfs == folder / "allowed/tools");

  const auto error = [&] {
    const auto refused = host_view(manifest, rules);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::kSandboxSetupFailed);
    return refused.error().message;
  };
  manifest.rootfs = folder / "allowed/tools/run";
  CHECK(error() == "the rootfs " + manifest.rootfs + " is not a folder");
  rules.allow.clear();
  CHECK(error().starts_with(manifest.mounts[0].host + " is not allowed: the operator allows it"));
}

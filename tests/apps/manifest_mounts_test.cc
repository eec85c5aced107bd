// SPDX-License-Identifier: Apache-2.0
#include "apps/manifest_mounts.h"

#include "base/paths.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::apps;

namespace {

std::string with(const std::string& more) { return "agent: {command: [main]}\n" + more; }

// What is wrong with a manifest, a line each; empty: nothing.
std::string problems(const std::string& text, const HostRules* rules = nullptr) {
  const auto manifest = parse_manifest(text, "app.yaml", "summary", rules);
  return manifest ? "" : manifest.error().message;
}

std::string at(const std::string& path) { return problems(with("mounts: [{host: /srv/x, at: \"" + path + "\"}]")); }

const std::string kPlain = std::string(": must be ") + base::kPlainPathForm;

}   // namespace

TEST_CASE("mounts and a rootfs are read to the last key") {
  const Manifest manifest = parse_manifest(with(R"(
rootfs: /srv/roots/node
mounts:
  - {host: /opt/agents}
  - {host: /srv/tools, at: /tools, mode: ro}
  - {host: /home/ada/.local, at: /home/ada}
)"),
                                           "app.yaml", "summary")
                                .value();
  CHECK(manifest.rootfs == "/srv/roots/node");
  REQUIRE(manifest.mounts.size() == 3);
  CHECK(manifest.mounts[0].host == "/opt/agents");
  CHECK(manifest.mounts[0].at == "/opt/agents");
  CHECK(manifest.mounts[1].host == "/srv/tools");
  CHECK(manifest.mounts[1].at == "/tools");
  CHECK(manifest.mounts[2].at == "/home/ada");
  CHECK(parse_manifest(with(""), "app.yaml", "summary").value().mounts.empty());
}

TEST_CASE("a mount that is wrong is reported with file, line and key") {
  struct Case {
    std::string text, expected;
  };
  const Case cases[] = {
      {with("mounts: /opt"), "app.yaml:2: mounts: must be a list"},
      {with("mounts: [/opt]"),
       "app.yaml:2: mounts[0]: must be a mapping of keys to values\napp.yaml:2: mounts[0]: needs host, the path of a "
       "folder or file"},
      {with("mounts: [{at: /opt}]"), "app.yaml:2: mounts[0]: needs host, the path of a folder or file"},
      {with("mounts: [{host: opt}]"), "app.yaml:2: mounts[0].host" + kPlain},
      {with("mounts: [{host: /opt/../etc}]"), "app.yaml:2: mounts[0].host" + kPlain},
      {with("mounts: [{host: /opt, at: /opt/}]"), "app.yaml:2: mounts[0].at" + kPlain},
      {with("mounts: [{host: /opt, mode: rw}]"),
       "app.yaml:2: mounts[0].mode: must be ro: an agent changes nothing of the host; what is to be kept goes into a "
       "workspace"},
      {with("mounts: [{host: /opt, to: /x}]"), "app.yaml:2: unknown key \"to\" in mounts[0]"},
      {with("mounts:\n  - {host: /opt}\n  - {host: /srv, at: /opt/x}"),
       "app.yaml:4: mounts[1]: cannot be at /opt/x: another mount is at /opt"},
      {with("mounts:\n  - {host: /opt/x}\n  - {host: /opt}"),
       "app.yaml:4: mounts[1]: cannot be at /opt: another mount is at /opt/x"},
      {with("mounts: [{host: /opt}, {host: /opt}]"),
       "app.yaml:2: mounts[1]: cannot be at /opt: another mount is at /opt"},
      {with("mounts: [{host: /usr/share/x}]"),
       "app.yaml:2: mounts[0]: cannot be at /usr/share/x: every sandbox has its own /usr"},
      {with("rootfs: roots/node"), "app.yaml:2: rootfs" + kPlain},
      {with("rootfs: [/srv]"), "app.yaml:2: rootfs: must be text\napp.yaml:2: rootfs" + kPlain},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(problems(one.text) == one.expected);
  }
}

TEST_CASE("a mount takes the place of nothing that every sandbox has") {
  for (const char* taken : {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/proc", "/dev",
                            "/sys", "/app", "/in", "/out", "/tmp", "/workspace", "/home/agent"}) {
    CAPTURE(taken);
    const std::string own = std::string(": every sandbox has its own ") + taken;
    CHECK(at(taken) == std::string("app.yaml:2: mounts[0]: cannot be at ") + taken + own);
    CHECK(at(std::string(taken) + "/x") == std::string("app.yaml:2: mounts[0]: cannot be at ") + taken + "/x" + own);
    CHECK(is_taken(taken));
  }
  CHECK(at("/home") == "app.yaml:2: mounts[0]: cannot be at /home: every sandbox has its own /home/agent");
  CHECK(at("/").find("cannot be at /: every sandbox has its own /usr") != std::string::npos);
  for (const char* free : {"/opt", "/srv/x/y", "/home/ada", "/library", "/root", "/inbox", "/applications"}) {
    CAPTURE(free);
    CHECK(at(free).empty());
    CHECK_FALSE(is_taken(free));
  }
}

TEST_CASE("an app has at most 16 mounts") {
  const auto mounts = [](int count) {
    std::string text = "mounts:\n";
    for (int i = 0; i < count; ++i) text += "  - {host: /srv/" + std::to_string(i) + "}\n";
    return with(text);
  };
  CHECK(problems(mounts(16)).empty());
  CHECK(problems(mounts(17)) == "app.yaml:2: mounts: has more than 16 entries");
}

TEST_CASE(
    "a path that the operator does not allow is a problem, with the line for the config; a missing one is none yet") {
  const HostRules rules{.allow = {"/srv/no-such"}, .own = ""};
  CHECK(problems(with("rootfs: /srv/no-such/root\nmounts: [{host: /srv/no-such}, {host: /srv/no-such/x, at: /x}]"),
                 &rules)
            .empty());
  CHECK(
      problems(with("rootfs: /srv/root\nmounts:\n  - {host: /srv/no-such}\n  - {host: /opt/agents}"), &rules) ==
      "app.yaml:2: rootfs: /srv/root is not allowed: the operator allows it in capid's config with  sandbox: "
      "{mount_allow: [/srv/root]}\n"
      "app.yaml:5: mounts[1].host: /opt/agents is not allowed: the operator allows it in capid's config with  sandbox: "
      "{mount_allow: [/opt/agents]}");
}

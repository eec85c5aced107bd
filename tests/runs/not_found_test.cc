// SPDX-License-Identifier: Apache-2.0
#include "runs/not_found.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "base/crypto.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::runs;

namespace {

// Programs of the host, below /var/tmp: what lies in /tmp is taken for the sandbox's own.
struct Host {
  std::string top = "/var/tmp/capid-test-" + base::random_hex(8);

  Host() {
    for (const char* name : {"claude/bin/claude", "bin/tool", "plain/tool"}) add(name, 0755);
    add("claude/bin/notes", 0644);
  }
  ~Host() { std::filesystem::remove_all(top); }

  void add(const std::string& name, mode_t mode) const {
    const std::filesystem::path path = top + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "#!/bin/sh\n";
    CHECK(::chmod(path.c_str(), mode) == 0);
  }
  std::string message(const std::string& command, std::vector<apps::HostMount> mounts = {}) const {
    apps::Manifest manifest;
    manifest.command = {command, "--flag"};
    manifest.mounts = std::move(mounts);
    return not_found_message(manifest, ENOENT, {top + "/bin", top + "/claude/bin"});
  }
};

std::string begin(const std::string& command) {
  return "the command \"" + command + "\" cannot be run inside the sandbox (No such file or directory)";
}

const std::string kNowhere =
    ": it sees the host's /usr, /bin and /lib and the app's folder as /app, and nothing of /home, /opt or /root";

std::string lines(const std::string& folder, const std::string& between = "") {
  return ": the host has it, but the app does not see it. Add to app.yaml\nmounts: [{host: " + folder + "}]\n" +
         between + "and to capid's config, where its operator has not done so yet\nsandbox: {mount_allow: [" + folder +
         "]}";
}

}   // namespace

TEST_CASE("a program of the host is told with the very lines that let the agent see it") {
  const Host host;
  const std::string claude = host.top + "/claude/bin/claude";
  CHECK(host.message(claude) == begin(claude) + lines(host.top + "/claude"));
  const std::string plain = host.top + "/plain/tool";
  CHECK(host.message(plain) == begin(plain) + lines(host.top + "/plain"));
  CHECK(host.message("claude") ==
        begin("claude") + lines(host.top + "/claude", "there begin the command with " + claude + "\n"));
}

TEST_CASE("what is proposed is neither a whole home nor everything") {
  struct Case {
    std::string program, part;
  };
  for (const Case& one :
       {Case{"/opt/x/bin/tool", "/opt/x"}, Case{"/opt/bin/tool", "/opt/bin"}, Case{"/opt/tool", "/opt"},
        Case{"/home/ada/bin/tool", "/home/ada/bin"}, Case{"/home/ada/tool", "/home/ada/tool"},
        Case{"/home/ada/.local/bin/tool", "/home/ada/.local"}, Case{"/root/tool", "/root/tool"},
        Case{"/root/.local/bin/tool", "/root/.local"}, Case{"/tool", "/tool"}})
    CHECK(part_to_mount(one.program) == one.part);
}

TEST_CASE("what the host does not have either, or what is no program, is told in general") {
  const Host host;
  for (const std::string& command :
       {host.top + "/claude/bin/gone", host.top + "/claude/bin/notes", host.top + "/claude", std::string("gone"),
        std::string("notes"), std::string("./claude"), std::string("/usr/bin/env"), std::string("/app/run")})
    CHECK(host.message(command) == begin(command) + kNowhere);
}

TEST_CASE("what lies in a mount is missing something itself") {
  const Host host;
  const std::string claude = host.top + "/claude/bin/claude";
  const std::string expected =
      ": it is looked for in a mount of the app; what it needs itself (the interpreter in its first line, a library) "
      "must "
      "be seen inside too";
  CHECK(host.message(claude, {{.host = host.top, .at = host.top}}) == begin(claude) + expected);
  CHECK(host.message("/tools/x", {{.host = host.top, .at = "/tools"}}) == begin("/tools/x") + expected);
  CHECK(host.message("claude", {{.host = host.top, .at = host.top}}) == begin("claude") + kNowhere);
}

TEST_CASE("with a rootfs of its own an app is not told about the host's programs") {
  apps::Manifest manifest;
  manifest.command = {"/opt/x"};
  manifest.rootfs = "/srv/root";
  CHECK(not_found_message(manifest, EACCES, {}) ==
        "the command \"/opt/x\" cannot be run inside the sandbox (Permission denied): it is looked for in the app's "
        "rootfs");
}

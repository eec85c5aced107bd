// SPDX-License-Identifier: Apache-2.0
#include "doctor/checks.h"

#include "tests/support/test.h"

using namespace capid::doctor;
using capid::config::Listener;

namespace {

bool says(const Answer& answer, Severity severity, const std::string& finding, const std::string& fix) {
  CAPTURE(answer.finding);
  CAPTURE(answer.fix);
  CHECK(answer.severity == severity);
  CHECK(answer.finding.find(finding) != std::string::npos);
  CHECK((fix.empty() ? answer.fix.empty() : answer.fix.find(fix) != std::string::npos));
  return true;
}

NamespaceSettings limits(std::vector<std::pair<std::string, int64_t>> each) {
  return {.offered = true, .unprivileged_clone = 1, .limits = std::move(each)};
}

}   // namespace

TEST_CASE("a kernel is new enough from 5.14 on, however its release is spelled") {
  for (const char* release : {"5.14.0", "5.14", "5.15.0-91-generic", "6.1.0-18-amd64", "10.0"})
    CHECK(judge_kernel(release).severity == Severity::kOk);
  for (const char* release : {"5.13.19", "5.4.0-generic", "4.19.0", "3.10.0-1160.el7.x86_64", "5", "unknown", ""})
    CHECK(says(judge_kernel(release), Severity::kError, "is too old: 5.14 is the least", "boot a newer kernel"));
}

TEST_CASE("what keeps user namespaces from being made is named, with the sysctl that mends it") {
  CHECK(says(judge_namespaces(limits({{"max_user_namespaces", 100}}), 24), Severity::kOk, "may make them", ""));
  CHECK(says(judge_namespaces({.offered = true, .unprivileged_clone = {}, .limits = {}}, 24), Severity::kOk, "", ""));
  CHECK(says(judge_namespaces({.offered = false}, 24), Severity::kError, "has no user namespaces", "CONFIG_USER_NS=y"));
  CHECK(says(judge_namespaces({.offered = true, .unprivileged_clone = 0, .limits = {}}, 24), Severity::kError,
             "ordinary users may not", "sysctl -w kernel.unprivileged_userns_clone=1 && echo "));
  CHECK(says(judge_namespaces(limits({{"max_user_namespaces", 100}, {"max_net_namespaces", 0}}), 24), Severity::kError,
             "user.max_net_namespaces is 0", "sysctl -w user.max_net_namespaces=15000"));
  CHECK(says(judge_namespaces(limits({{"max_user_namespaces", 23}, {"max_net_namespaces", 24}}), 24),
             Severity::kWarning,
             "user.max_user_namespaces is 23, and as many runs at once as the config allows take 24",
             "sysctl -w user.max_user_namespaces=15000"));
}

TEST_CASE("AppArmor's restriction matters where it keeps capid itself from making a sandbox") {
  CHECK(says(judge_apparmor(0, false, "/usr/bin/capid"), Severity::kOk, "does not restrict", ""));
  CHECK(says(judge_apparmor(1, true, "/usr/bin/capid"), Severity::kOk, "lets capid make them", ""));
  CHECK(says(judge_apparmor(1, false, "/opt/capid"), Severity::kError, "no exception for /opt/capid",
             "profile capid /opt/capid flags=(unconfined)"));
}

TEST_CASE("groups that open more than a user's own files are named") {
  CHECK(says(judge_groups({"ada", "users", "dockerish"}, "ada"), Severity::kOk, "none that opens more", ""));
  CHECK(says(judge_groups({"ada", "docker"}, "ada"), Severity::kWarning,
             "ada is in the group docker, and so is every agent", "gpasswd -d ada docker"));
  CHECK(says(judge_groups({"disk", "ada", "shadow"}, "ada"), Severity::kWarning, "in the groups disk, shadow, ",
             "useradd"));
}

TEST_CASE("limits are compared with what the config's runs take") {
  CHECK(says(judge_descriptors(1024, 4096, 2048), Severity::kOk, "soft 1024, hard 4096", ""));
  CHECK(says(judge_descriptors(1024, 0, 2048), Severity::kOk, "hard any number", ""));
  CHECK(says(judge_descriptors(256, 2047, 2048), Severity::kWarning, "take 2048", "LimitNOFILE="));
  CHECK(says(judge_processes(0, 0, 32768, 1280), Severity::kOk, "this user may have any number, this cgroup any number", ""));
  CHECK(says(judge_processes(1279, 0, 32768, 1280), Severity::kWarning, "this user may have 1279", "nproc"));
  CHECK(says(judge_processes(0, 512, 32768, 1280), Severity::kWarning, "this cgroup may have 512", "TasksMax="));
  CHECK(says(judge_processes(0, 0, 1000, 1280), Severity::kWarning, "the kernel may have 1000", "kernel.pid_max"));
}

TEST_CASE("a disk that is nearly full is a warning, and one that is full an error; so with inodes") {
  constexpr int64_t kGiB = 1 << 30;
  CHECK(says(judge_space(2 * kGiB, -1), Severity::kOk, "2.0 GiB left", ""));
  CHECK(says(judge_space(2 * kGiB, 20'000), Severity::kOk, "room for 20000 files", ""));
  CHECK(says(judge_space(kGiB - 1, 20'000), Severity::kWarning, "left", "retention:"));
  CHECK(says(judge_space(2 * kGiB, 19'999), Severity::kWarning, "room for 19999 files", "df -i"));
  CHECK(says(judge_space((64 << 20) - 1, -1), Severity::kError, "runs will be refused", "retention:"));
  CHECK(says(judge_space(2 * kGiB, 0), Severity::kError, "room for 0 files", "df -i"));
}

TEST_CASE("only addresses that other machines may reach need TLS, and low ports are root's") {
  const Listener loopback{.address = "127.0.0.1", .port = 8080}, v6{.address = "::1", .port = 8080},
      everywhere{.address = "0.0.0.0", .port = 8080}, socket{.unix_path = "/run/capid/capid.sock"};
  CHECK(says(judge_listeners({loopback, v6, socket}, false, 1024), Severity::kOk,
             "127.0.0.1:8080, [::1]:8080, unix:/run/capid/capid.sock", ""));
  CHECK(says(judge_listeners({loopback, everywhere}, false, 1024), Severity::kWarning, "in the clear to 0.0.0.0:8080,",
             "listen: 127.0.0.1:8080"));
  CHECK(says(judge_listeners({{.address = "::", .port = 80}}, false, 80), Severity::kWarning, "[::]:80",
             "reverse proxy"));
  CHECK(judge_listeners({everywhere}, true, 1024).severity == Severity::kOk);
  CHECK(says(judge_listeners({{.address = "127.0.0.1", .port = 443}}, false, 1024), Severity::kError,
             "port 443 is root's alone", "sysctl -w net.ipv4.ip_unprivileged_port_start=443"));
  CHECK(judge_listeners({{.address = "127.0.0.1", .port = 0}}, false, 1024).severity == Severity::kOk);
}

// SPDX-License-Identifier: Apache-2.0
// The doctor's parts beside the checks: items as JSON, causes of failed steps, systemd's words, children, borrowed cgroups.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <set>

#include "base/fd.h"
#include "doctor/borrowed_cgroups.h"
#include "doctor/failed_steps.h"
#include "doctor/in_child.h"
#include "doctor/item.h"
#include "doctor/unit.h"
#include "sandbox/steps.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::doctor;

namespace {

constexpr std::chrono::milliseconds kLong{10'000}, kShort{200};

void write_text(int fd, std::string_view text) { (void)base::write_all(fd, text); }

std::set<std::string> cgroup_folders() {
  std::set<std::string> found;
  std::error_code error;
  const auto options = std::filesystem::directory_options::skip_permission_denied;
  for (std::filesystem::recursive_directory_iterator at("/sys/fs/cgroup", options, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code ignored;
    const std::string path = at->path().string();
    if (at->is_directory(ignored) && path.find("capid-54321") != std::string::npos) found.insert(path);
  }
  return found;
}

}   // namespace

TEST_CASE("items go through JSON and come back, and what is none is refused") {
  const std::vector<Item> items{{"a.b", "A", ok("fine")}, {"c", "C \"c\"", error("no \xff", "mend it")}};
  OrderedJson json = OrderedJson::array();
  for (const Item& item : items) json.push_back(to_json(item));
  CHECK(base::dump(json[0]) == R"({"id":"a.b","title":"A","severity":"ok","finding":"fine","fix":null})");
  const auto back = items_from_json(base::dump(json)).value();
  REQUIRE(back.size() == 2);
  CHECK(back[0].answer.fix.empty());
  CHECK(back[1].title == "C \"c\"");
  CHECK(back[1].answer.severity == Severity::kError);
  CHECK(back[1].answer.fix == "mend it");
  CHECK(worst(back) == Severity::kError);
  CHECK(worst({}) == Severity::kOk);
  for (const char* text : {"", "{}", "[1]", "[{}]", R"([{"id":"a","severity":"fatal"}])", R"([{"severity":"ok"}])"}) {
    CAPTURE(text);
    CHECK(!items_from_json(text));
  }
}

TEST_CASE("the usual causes of failed steps are told, the nearest first, and each is of a step that exists") {
  const auto finding = [](const char* step, int number) { return explain_failed_step(step, number).finding; };
  CHECK(finding("clone", ENOSPC).find("step clone failed (No space left on device): no more namespaces") !=
        std::string::npos);
  CHECK(finding("mounts.proc", EPERM).find("something covers files in /proc") != std::string::npos);
  CHECK(finding("mounts.root", EPERM).find("mounting is forbidden") != std::string::npos);
  CHECK(finding("landlock.rules", EPERM).find("a filter around capid forbids Landlock") != std::string::npos);
  CHECK(finding("quota", EINVAL) == "no sandbox can be made: step quota failed (Invalid argument)");
  CHECK(explain_failed_step("quota", EINVAL).fix.find("journalctl -k") == 0);
  for (const std::string_view step : steps_with_causes()) {
    CAPTURE(step);
    const bool exists =
        std::any_of(sandbox::common_steps().begin(), sandbox::common_steps().end(),
                    [&](const sandbox::Step& one) { return std::string_view(one.name).starts_with(step); });
    CHECK((exists || sandbox::find_step(step) || sandbox::find_step(std::string(step) + "make")));
  }
}

TEST_CASE("a unit counts where systemd has loaded it, and delegates where all three controllers are named") {
  const auto unit = parse_unit(
      "LoadState=loaded\nActiveState=active\nDelegate=yes\nDelegateControllers=cpu memory pids\nTasksMax=16384\n");
  REQUIRE(unit);
  CHECK(unit->is_running);
  CHECK(unit->delegates);
  CHECK(unit->tasks_max == "16384");
  CHECK(
      !parse_unit("LoadState=loaded\nActiveState=inactive\nDelegate=yes\nDelegateControllers=cpu memory\n")->delegates);
  CHECK(!parse_unit("LoadState=loaded\nDelegate=no\nDelegateControllers=cpu memory pids\n")->delegates);
  CHECK(!parse_unit("LoadState=not-found\nActiveState=inactive\n"));
  CHECK(!parse_unit(""));
}

TEST_CASE("a child's words and complaints are heard, and how it ended") {
  const Said well = in_child(
      [](int out) {
        write_text(out, "words");
        write_text(STDERR_FILENO, "complaint");
      },
      kLong);
  CHECK(well.ended_well);
  CHECK(well.text == "words");
  CHECK(well.complaints == "complaint");
  CHECK(!in_child([](int) { ::_exit(3); }, kLong).ended_well);
  CHECK(!in_child([](int) { ::raise(SIGKILL); }, kLong).ended_well);
  const auto begun = std::chrono::steady_clock::now();
  const Said late = in_child(
      [](int out) {
        write_text(out, "begun");
        ::sleep(20);
      },
      kShort);
  CHECK(!late.ended_well);
  CHECK(late.text == "begun");
  CHECK(std::chrono::steady_clock::now() - begun < kLong);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);   // none is left
}

TEST_CASE("a program is heard, with nothing of this environment") {
  ::setenv("CAPID_TEST_SECRET", "x", 1);
  const Said said = run_program({"/usr/bin/env"}, kLong);
  ::unsetenv("CAPID_TEST_SECRET");
  CHECK(said.ended_well);
  CHECK(said.text == "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nLC_ALL=C\n");
  CHECK(!run_program({"/nonexistent"}, kLong).ended_well);
}

TEST_CASE("borrowed cgroups are there for a moment, and gone without a trace") {
  constexpr uid_t kNobodysUser = 54321;
  CHECK(cgroup_folders().empty());
  {
    const BorrowedCgroups cgroups(kNobodysUser, kNobodysUser);
    if (cgroups.tree()) CHECK(std::filesystem::is_directory(cgroups.tree().memory));
    if (!cgroups.tree()) CHECK(!cgroups.tree().missing.empty());
  }
  CHECK(cgroup_folders().empty());
}

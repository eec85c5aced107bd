// SPDX-License-Identifier: Apache-2.0
#include "doctor/unit.h"

#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "doctor/in_child.h"

namespace capid::doctor {
namespace {

constexpr const char* kSystemctl = "/usr/bin/systemctl";
constexpr std::chrono::seconds kMost{3};

bool has_all_controllers(const std::string& listed) {
  const auto names = base::split(listed, ' ');
  const auto has = [&](const char* name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  return has("cpu") && has("memory") && has("pids");
}

}   // namespace

std::optional<Unit> look_at_unit() {
  if (::access(kSystemctl, X_OK) != 0) return std::nullopt;
  const Said said = run_program(
      {kSystemctl, "show", "--property=LoadState,ActiveState,Delegate,DelegateControllers,TasksMax", "capid.service"},
      kMost);
  if (!said.ended_well) return std::nullopt;
  return parse_unit(said.text);
}

std::optional<Unit> parse_unit(std::string_view properties) {
  std::map<std::string, std::string> values;
  for (const std::string& line : base::split(properties, '\n')) {
    const size_t equals = line.find('=');
    if (equals != std::string::npos) values[line.substr(0, equals)] = line.substr(equals + 1);
  }
  if (values["LoadState"] != "loaded") return std::nullopt;
  return Unit{.is_running = values["ActiveState"] == "active",
              .delegates = values["Delegate"] == "yes" && has_all_controllers(values["DelegateControllers"]),
              .controllers = values["DelegateControllers"],
              .tasks_max = values["TasksMax"]};
}

}   // namespace capid::doctor

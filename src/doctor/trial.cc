// SPDX-License-Identifier: Apache-2.0
#include "doctor/trial.h"

#include "base/event_loop.h"
#include "base/json.h"
#include "base/text.h"
#include "doctor/in_child.h"
#include "sandbox/protection.h"

namespace capid::doctor {
namespace {

constexpr std::chrono::seconds kMost{40};   // longer than its two runs may take

// How it went with a program that does nothing, as sandbox::self_test has it, but with the outcome's parts.
OrderedJson to_json(const sandbox::Outcome& outcome) {
  using sandbox::End;
  const bool ran = outcome.end == End::kExited || outcome.end == End::kCommandNotFound;
  std::string problem;
  if (outcome.end == End::kExited && outcome.exit_code != 0)
    problem = "/bin/true ended with exit code " + std::to_string(outcome.exit_code);
  if (outcome.end == End::kSignaled) problem = "/bin/true was killed by signal " + std::to_string(outcome.signal);
  if (outcome.end == End::kTimedOut) problem = "/bin/true did not end within ten seconds";
  if (outcome.end == End::kOutOfMemory) problem = "/bin/true was killed for its memory";
  return base::object({{"worked", ran && problem.empty()},
                       {"step", outcome.failed_step},
                       {"error", outcome.error},
                       {"problem", problem}});
}

std::string programs_inside(sandbox::Sandbox& sandbox) {
  std::string script = "for program in";
  for (const char* program : kUsualPrograms) script += std::string(" ") + program;
  script += "; do command -v $program >/dev/null && echo $program; done";
  return sandbox::try_out(sandbox, {"/bin/sh", "-c", script}).stdout_bytes;
}

std::string try_here(const sandbox::CgroupTree& cgroups) {
  base::EventLoop loop;
  auto sandbox = sandbox::Sandbox::start(loop, {.cgroups = cgroups});
  if (!sandbox)
    return base::dump(
        base::object({{"problem", sandbox.error().message + " (" + sandbox.error().detail + ")"}, {"worked", false}}));
  loop.start();
  OrderedJson told = to_json(sandbox::try_out(**sandbox, {"/bin/true"}));
  if (told["worked"]) told["programs"] = programs_inside(**sandbox);
  loop.stop();
  sandbox->reset();
  return base::dump(told);
}

// The fork server says on stderr why it ends; its server's words come after.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}   // namespace

Trial try_sandbox(const sandbox::CgroupTree& cgroups) {
  const Said said = in_child([&](int out) { (void)base::write_all(out, try_here(cgroups)); }, kMost);
  const auto told = base::parse_json(said.text);
  if (!said.ended_well || !told || !told->is_object()) {
    const std::string words = first_line(said.complaints);
    return {.problem = "the fork server did not do its work" + (words.empty() ? "" : ": " + words)};
  }
  const std::string found = told->value("programs", "");
  Trial trial{.worked = told->value("worked", false),
              .failed_step = told->value("step", ""),
              .error = told->value("error", 0),
              .problem = told->value("problem", "")};
  for (const std::string& program : base::split(found, '\n')) {
    if (!program.empty()) trial.programs.push_back(program);
  }
  return trial;
}

}   // namespace capid::doctor

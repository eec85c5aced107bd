// SPDX-License-Identifier: Apache-2.0
// sandbox_driver [--without STEP]... [--fail-after STEP] [--mount HOST:AT]... [--listen PORT]... [--rootfs DIR] [--memory BYTES] [--millicpus N] [--pids N]
//     [--disk BYTES] [--wall MS] [--env NAME=VALUE]... [--times N] [--user UID] -- PROGRAM ARGUMENT...
// sandbox_driver --steps
//
// Runs a program in the sandbox library and prints the outcome as JSON. With --without, a step of the set-up is left out:
// that is how a test shows what the step is worth. What is so weakened could reach the machine, so it is refused in
// the machine's own pid namespace, and where CAPID_THROWAWAY is not set. With --fail-after, a step fails after it took
// effect. With --times it does so again and again, prints the last outcome, and ends once its stdin does. Root must say with --user as whom to run:
// then cgroups are prepared first, as the server does it.
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <mutex>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "sandbox/collect.h"
#include "sandbox/fork_server.h"
#include "sandbox/sandbox.h"
#include "sandbox/steps.h"

using namespace capid;

namespace {

const char* end_name(sandbox::End end) {
  switch (end) {
    case sandbox::End::kExited:
      return "exited";
    case sandbox::End::kSignaled:
      return "signaled";
    case sandbox::End::kTimedOut:
      return "timed_out";
    case sandbox::End::kTerminated:
      return "terminated";
    case sandbox::End::kOutOfMemory:
      return "out_of_memory";
    case sandbox::End::kCommandNotFound:
      return "command_not_found";
    case sandbox::End::kSetupFailed:
      return "setup_failed";
  }
  return "?";
}

// The kernel's number for the machine's own pid namespace. (NSpid in /proc/self/status would not do: a /proc that was mounted
// inside a pid namespace tells nothing of those around it.)
constexpr ino_t kMachinesPidNamespace = 0xEFFFFFFC;

bool is_in_its_own_pid_namespace() {
  struct stat status {};
  return ::stat("/proc/self/ns/pid", &status) == 0 && status.st_ino != kMachinesPidNamespace;
}

void refuse_on_the_bare_host(uint64_t omitted, bool is_promised) {
  if (omitted == 0 || (is_promised && is_in_its_own_pid_namespace())) return;
  std::cerr
      << "refused: --without is for throwaway namespaces (unshare, with CAPID_THROWAWAY=1), never for the bare host\n";
  std::exit(2);
}

uint32_t step_named(const std::string& name) {
  const auto step = sandbox::find_step(name);
  if (!step) std::cerr << "no such step: " << name << "\n", std::exit(2);
  return *step;
}

struct Call {
  sandbox::Spec spec;
  sandbox::StepFaults faults;
  int times = 1;
  uid_t user = 0;
};

Call parse(int argc, char** argv) {
  Call call;
  call.spec.env = {{"PATH", sandbox::kPath}};
  int i = 1;
  for (; i + 1 < argc && std::strcmp(argv[i], "--") != 0; i += 2) {
    const std::string option = argv[i], value = argv[i + 1];
    const size_t middle = value.find(option == "--env" ? '=' : ':');
    if (option == "--without") {
      call.faults.omitted |= uint64_t{1} << step_named(value);
    } else if (option == "--fail-after") {
      call.faults.fails_after = step_named(value);
    } else if (option == "--times") {
      call.times = std::stoi(value);
    } else if (option == "--user") {
      call.user = static_cast<uid_t>(std::stoul(value));
    } else if (option == "--memory") {
      call.spec.limits.memory_bytes = std::stoll(value);
    } else if (option == "--millicpus") {
      call.spec.limits.millicpus = std::stoll(value);
    } else if (option == "--mount") {
      call.spec.mounts.push_back({.host = value.substr(0, middle), .at = value.substr(middle + 1)});
    } else if (option == "--env") {
      call.spec.env.emplace_back(value.substr(0, middle), value.substr(middle + 1));
    } else if (option == "--listen") {
      call.spec.listen_ports.push_back(static_cast<uint16_t>(std::stoul(value)));
    } else if (option == "--rootfs") {
      call.spec.rootfs = value;
    } else if (option == "--pids") {
      call.spec.limits.pids = std::stoll(value);
    } else if (option == "--disk") {
      call.spec.limits.disk_bytes = std::stoll(value);
    } else if (option == "--wall") {
      call.spec.limits.wall_ms = std::stoll(value);
    } else {
      std::cerr << "not understood: " << option << "\n", std::exit(2);
    }
  }
  for (++i; i < argc; ++i) call.spec.argv.emplace_back(argv[i]);
  return call;
}

Json to_json(sandbox::Outcome& outcome, const std::string& err) {
  Json files = Json::array(), skipped = Json::array();
  if (outcome.out_folder) {
    auto left = sandbox::collect(outcome.out_folder, {},
                                 [&](const std::string& path, const base::Fd&, int64_t size) -> Result<void> {
                                   files.push_back({base::to_utf8(path), size});
                                   return {};
                                 });
    for (const auto& one : left.value().skipped) skipped.push_back({base::to_utf8(one.path), one.reason});
  }
  return {{"end", end_name(outcome.end)}, {"exit_code", outcome.exit_code},
          {"signal", outcome.signal},     {"failed_step", outcome.failed_step},
          {"error", outcome.error},       {"stdout", base::to_utf8(outcome.stdout_bytes)},
          {"stderr", base::to_utf8(err)}, {"files", files},
          {"skipped", skipped},           {"wall_ms", outcome.wall_ms},
          {"cpu_ms", outcome.cpu_ms},     {"peak_memory_bytes", outcome.peak_memory_bytes}};
}

sandbox::CgroupTree become(uid_t user) {
  if (::geteuid() != 0) return sandbox::prepare_cgroups(::geteuid(), ::getegid());
  if (user == 0) std::cerr << "root must say with --user as whom to run\n", std::exit(2);
  auto cgroups = sandbox::prepare_cgroups(user, user);
  CHECK(::setgroups(0, nullptr) == 0 && ::setresgid(user, user, user) == 0 && ::setresuid(user, user, user) == 0);
  return cgroups;
}

int list_steps() {
  for (uint32_t step = 0; sandbox::find_step(sandbox::step_name(step)); ++step)
    std::cout << sandbox::step_name(step) << "\n";
  return 0;
}

class Driver {
 public:
  Driver(const Call& call, const sandbox::CgroupTree& cgroups) {
    auto box =
        sandbox::Sandbox::start(loop_, {.arguments = {sandbox::kForkServerArgument, std::to_string(call.faults.omitted),
                                                      std::to_string(call.faults.fails_after)},
                                        .cgroups = cgroups});
    if (!box) std::cerr << box.error().message << " " << box.error().detail << "\n", std::exit(1);
    box_ = std::move(*box);
    loop_.start();
  }
  ~Driver() { loop_.stop(); }

  Json run(const sandbox::Spec& spec) {
    bool done = false;
    std::string err;
    sandbox::Outcome outcome;
    box_->launch(spec, {.on_stderr = [&](std::string_view bytes) { err += bytes; },
                        .on_end =
                            [&](sandbox::Outcome ended_as) {
                              std::lock_guard lock(mutex_);
                              outcome = std::move(ended_as);
                              done = true;
                              ended_.notify_one();
                            }});
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [&] { return done; });
    return to_json(outcome, err);
  }

 private:
  base::EventLoop loop_;
  std::unique_ptr<sandbox::Sandbox> box_;
  std::mutex mutex_;
  std::condition_variable ended_;
};

}   // namespace

int main(int argc, char** argv) {
  if (argc == 4 + static_cast<int>(sandbox::CgroupTree::kWords) &&
      std::strcmp(argv[1], sandbox::kForkServerArgument) == 0) {
    const sandbox::StepFaults faults{.omitted = std::stoull(argv[2]),
                                     .fails_after = static_cast<uint32_t>(std::stoul(argv[3]))};
    refuse_on_the_bare_host(faults.omitted, true);   // its environment is empty; who started it has asked
    sandbox::run_fork_server(sandbox::CgroupTree::from_words({argv + 4, argv + argc}), faults);
  }
  if (argc == 2 && std::strcmp(argv[1], "--steps") == 0) return list_steps();
  base::init_crypto();
  const Call call = parse(argc, argv);
  refuse_on_the_bare_host(call.faults.omitted, std::getenv("CAPID_THROWAWAY") != nullptr);
  const auto cgroups = become(call.user);
  Driver driver(call, cgroups);
  Json outcome;
  for (int i = 0; i < call.times; ++i) outcome = driver.run(call.spec);
  std::cout << base::dump(outcome) << std::endl;
  while (call.times > 1 && std::cin.get() != EOF) {
  }
  return 0;
}
